"""An issuer that does as it is told: it rotates, hangs, lies, redirects, and signs whatever a test wants signed."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class ScriptedIssuer:
    """Answers on 127.0.0.1. What it publishes can be changed at any time."""

    def __init__(self, address: str) -> None:
        self.issuer = address
        self.keys: dict[str, Private] = {}
        self.discovery: Any = {"issuer": address, "jwks_uri": f"{address}/keys"}
        """What it says of itself: an object, or bytes as they are."""
        self.published: Any = None
        """In the place of its keys."""
        self.status = 200
        self.location = ""
        self.visits = 0
        """How often it was asked for its keys."""
        self.visited = threading.Semaphore(0)
        """Can be acquired once for each time."""
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.was_asked = threading.Event()
        self.rotate("first")

    def rotate(self, key_id: str, key: Private | None = None) -> None:
        """From now on it has this key alone."""
        self.keys = {key_id: key or ec.generate_private_key(ec.SECP256R1())}

    def token(
        self,
        claims: dict[str, Any],
        *,
        key_id: str | None = None,
        algorithm: str = "ES256",
        headers: dict[str, Any] | None = None,
    ) -> str:
        """Signed with its key, as it is or was."""
        name = key_id or next(iter(self.keys))
        return jwt.encode(claims, self.keys[name], algorithm, {"kid": name, **(headers or {})})

    def nameless(self, claims: dict[str, Any], key_id: str | None = None) -> str:
        """The same without saying by which key."""
        return jwt.encode(claims, self.keys[key_id or next(iter(self.keys))], "ES256")

    def jwks(self) -> dict[str, Any]:
        return {"keys": [jwk(key, kid=name, use="sig") for name, key in self.keys.items()]}

    def answer(self, path: str) -> bytes:
        self.was_asked.set()
        self.may_answer.wait(30)
        if path == "/keys":
            self.visits += 1
            self.visited.release()
            content = self.jwks() if self.published is None else self.published
        else:
            content = self.discovery
        return content if isinstance(content, bytes) else json.dumps(content).encode()


def jwk(key: Private, **more: Any) -> dict[str, Any]:
    """The public part of a key, as issuers publish it."""
    public: Any = key.public_key()
    match key:
        case rsa.RSAPrivateKey():
            found = RSAAlgorithm.to_jwk(public, as_dict=True)
        case ec.EllipticCurvePrivateKey():
            found = ECAlgorithm.to_jwk(public, as_dict=True)
        case _:
            found = OKPAlgorithm.to_jwk(public, as_dict=True)
    return {**found, **more}


def unsigned(header: dict[str, Any] | bytes, claims: dict[str, Any] | bytes, signature: bytes = b"s") -> str:
    """A token written by hand."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, signature))


@contextmanager
def scripted_issuer() -> Iterator[ScriptedIssuer]:
    """One issuer, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = issuer.answer(self.path)
            self.send_response(issuer.status)
            if issuer.location:
                self.send_header("Location", issuer.location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """It says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = ScriptedIssuer(f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield issuer
        finally:
            issuer.may_answer.set()
            server.shutdown()
            serving.join()
