"""Which addresses are this machine's own."""

from __future__ import annotations

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_this_machine(host: str | None) -> bool:
    """Whether a host, as `urlsplit` gives it, is reached without a network."""
    return host in _LOOPBACK
