"""What a serving process needs beside the program itself, imported once by the server that it is forked from."""

from __future__ import annotations

import granian.server.embed
import litestar

import entaku.hosts.asgi
from entaku.modules.accounts import http_routes as account_routes
from entaku.modules.sharing import http_routes as sharing_routes

__all__ = ["account_routes", "entaku", "granian", "litestar", "sharing_routes"]

# A route is read when it is asked for, and with it the web framework.
sharing_routes()
account_routes()
