"""Whether a port can be listened at."""

from __future__ import annotations

import socket
from contextlib import closing

from entaku.core.errors import Unavailable

TRIED_MAX = 50


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there. Binds and lets go: servers share their ports, so asking to share would not tell."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def next_free(host: str, port: int) -> int:
    """The port itself, or the first free one after it. Raises Unavailable when many in a row are taken."""
    last = min(port + TRIED_MAX, 65_536) - 1
    for candidate in range(port, last + 1):
        if is_free(host, candidate):
            return candidate
    raise Unavailable(f"no port from {port} to {last} of {host} is free; choose one with --port")
