"""The least that a server can be asked for: an ASGI application that answers everything with the same bytes.

What a request to it costs is the price of the server, the event loop and the kernel; nothing of ours is in it.
"""

from __future__ import annotations

import os
from typing import Any

BODY_BYTES_VARIABLE = "BENCHMARK_BODY_BYTES"


class Bare:
    """Answers at once."""

    def __init__(self, body_bytes: int) -> None:
        self._body = b'{"user_id":"' + b"x" * (body_bytes - 14) + b'"}'
        self._headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._body))]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for word in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{word}.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


def application() -> Bare:
    """What the server loads."""
    return Bare(int(os.environ[BODY_BYTES_VARIABLE]))


def main() -> None:
    """Serves it the way the service is served: `python -m load.bare` with the number of workers."""
    import sys

    from entaku.hosts.local import ServeSettings, serve

    serve(
        "load.bare:application",
        ServeSettings(port=0, workers=int(sys.argv[1])),
        announce=lambda address: print(address, flush=True),
    )


if __name__ == "__main__":
    main()
