"""What the workers of these tests serve. It tells on standard output what becomes of it: `starts`, `serves`, `ends`.

The test's folder decides the rest: while there is a pipe `gate`, a start waits until somebody writes to it; while there
is a file `broken`, it fails. `/slow` tells that it `answers`, and waits for somebody to write to the pipe `leave`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = "FOLDER"


def application() -> Any:
    folder = Path(os.environ[FOLDER])

    async def reporting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _live(folder, receive, send)
            return
        if scope["path"] == "/slow":
            _say("answers")
            await asyncio.to_thread((folder / "leave").read_text)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(os.getpid()).encode(), "more_body": False})

    return reporting


async def _live(folder: Path, receive: Any, send: Any) -> None:
    await receive()
    _say("starts")
    if (folder / "gate").exists():
        await asyncio.to_thread((folder / "gate").read_text)
    if (folder / "broken").exists():
        await send({"type": "lifespan.startup.failed", "message": "broken"})
        return
    await send({"type": "lifespan.startup.complete"})
    _say("serves")
    await receive()
    _say("ends")
    await send({"type": "lifespan.shutdown.complete"})


def _say(what: str) -> None:
    """One write, so that the words of several processes do not mingle."""
    os.write(sys.stdout.fileno(), f"{what} {os.getpid()}\n".encode())
