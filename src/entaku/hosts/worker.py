"""What runs in a worker process: its log, its application, and the moment from which on it hears that it is to end.

A worker that was told to end while it still started would forget it, and be killed when the drain is over. So workers
are forked with these signals blocked. One that finds such a signal waiting when it has started closes again without
having listened: it would only take connections that it could not answer. Any later one is heard when it serves.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import signal
import sys
from multiprocessing.util import Finalize
from typing import Any

from entaku.api.log_lines import LogLines

GARBAGE_THRESHOLD = 10_000
"""New objects between two collections; a request makes about fifty, nearly all of them freed by their count."""
HEARS_AFTER_S = 0.1
_SIGNALS = {signal.SIGTERM, signal.SIGINT}


def load(target: str, *, writes_log: bool) -> Any:
    """The application that `target` makes, as in `package.module:function`; called in each worker."""
    if writes_log:
        lines = LogLines(sys.stderr)
        # A worker leaves without the interpreter's own end; this runs there, and nothing logged is lost.
        Finalize(None, lines.stop, exitpriority=1)
    module, _, name = target.partition(":")
    application = getattr(importlib.import_module(module), name)()
    # The application lives as long as the process: no collection need ever look at it again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    return _hearing_signals_once_it_serves(application)


def hold_back_signals() -> None:
    """In the parent before a fork; what comes meanwhile is heard by both processes afterwards."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def hear_signals() -> None:
    """In the parent after a fork, in the worker when it serves."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _hearing_signals_once_it_serves(application: Any) -> Any:
    async def live(scope: Any, receive: Any, send: Any) -> None:
        ends_early = False

        async def hear() -> Any:
            return {"type": "lifespan.shutdown"} if ends_early else await receive()

        async def tell(message: Any) -> None:
            nonlocal ends_early
            if message["type"] == "lifespan.startup.complete" and _SIGNALS & signal.sigpending():
                ends_early = True
            elif message["type"] == "lifespan.startup.complete":
                # The server stops the loop here, starts to serve, and runs the loop again: so this is called then.
                asyncio.get_running_loop().call_later(HEARS_AFTER_S, hear_signals)
            if not ends_early:
                await send(message)

        await application(scope, hear, tell)
        if ends_early:
            asyncio.get_running_loop().call_soon(sys.exit)

    def serve_or_live(scope: Any, receive: Any, send: Any) -> Any:
        return live(scope, receive, send) if scope["type"] == "lifespan" else application(scope, receive, send)

    return serve_or_live
