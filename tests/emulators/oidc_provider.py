"""An OpenID provider of others (`oidc-provider-mock`, on Authlib and Flask), for signing in as people really do.

It lives in a virtual environment of its own inside the project's, because it brings a web framework with it, and ends
with the process that started it. Each start has a signing key of its own, so a restart on its port is a rotation.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tests.emulators.beside import installed

VERSION = "0.3.4"
STOPS_WITHIN_S = 20.0
CALLBACK = "https://app.example.com/callback"


class OidcProvider:
    """One provider, running."""

    def __init__(self, port: int = 0) -> None:
        """Raises CannotStart."""
        self._process = subprocess.Popen(
            [
                installed(f"oidc-provider-mock=={VERSION}") / "python",
                "-I",
                "-W",
                "ignore",
                Path(__file__).parent / "oidc_provider_process.py",
                str(port),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, f"oidc-provider-mock {VERSION} ended before it served"
        self.port = int(said)
        # It listens on the name, and calls itself as it is called.
        self.issuer = f"http://localhost:{self.port}"

    def sign_in(self, subject: str, client: str, **claims: object) -> str:
        """The ID token that a browser brings home: somebody is asked for at the provider, agrees, and the code that the
        browser is sent back with is exchanged."""
        self._send("PUT", f"/users/{subject}", json.dumps(claims).encode(), "application/json")
        asked = {
            "client_id": client,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile email",
        }
        agreed = urlencode({"sub": subject}).encode()
        sent_to = self._send("POST", f"/oauth2/authorize?{urlencode(asked)}", agreed).headers["Location"]
        (code,) = parse_qs(urlsplit(sent_to).query)["code"]
        exchanged = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": client,
            "client_secret": "any",
        }
        return json.loads(self._send("POST", "/oauth2/token", urlencode(exchanged).encode()).body)["id_token"]

    def rotated(self) -> OidcProvider:
        """The same provider with another key."""
        self.stop()
        return OidcProvider(self.port)

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(
        self, method: str, path: str, body: bytes, content_type: str = "application/x-www-form-urlencoded"
    ) -> _Answer:
        request = Request(self.issuer + path, body, {"Content-Type": content_type}, method=method)
        try:
            with build_opener(_Stay()).open(request, timeout=30) as response:
                return _Answer(dict(response.headers), response.read())
        except HTTPError as error:
            with error:
                if error.code >= 400:
                    raise
                return _Answer(dict(error.headers), b"")


class _Answer:
    def __init__(self, headers: dict[str, str], body: bytes) -> None:
        self.headers, self.body = headers, body


class _Stay(HTTPRedirectHandler):
    """Follows nobody: where the browser would be sent is what we want to know."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None
