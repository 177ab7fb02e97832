"""Asking an issuer for its keys, by OpenID Connect Discovery 1.0: the document at the issuer, then the keys it names.

What answers is trusted with who may come in, so little is left to it: https (http on this machine alone), no redirect,
few seconds, few bytes. This file blocks; `key_sets` calls it from a thread.
"""

from __future__ import annotations

import time
from typing import Any, cast

import msgspec

from entaku.core.errors import Unavailable
from entaku.core.ids import shown
from entaku.core.limits import KIB
from entaku.modules.accounts.sign_in.foreign_tokens import ALGORITHMS
from entaku.modules.accounts.sign_in.issuer_rules import is_fetchable
from entaku.modules.accounts.sign_in.key_sets import PublicKey

SILENCE_S_MAX = 3.0
FETCH_S_MAX = 5.0
"""For each of the two documents, however slowly it trickles in once its headers are there."""
DOCUMENT_BYTES_MAX = 256 * KIB
KEYS_MAX = 100
RSA_BITS_MIN = 2048
DISCOVERY = "/.well-known/openid-configuration"

_CHUNK_BYTES = 16 * KIB


class _Discovery(msgspec.Struct, frozen=True):
    issuer: str
    jwks_uri: str


class _Keys(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


def fetch_keys(issuer: str) -> tuple[PublicKey, ...]:
    """The keys of an issuer that one of our algorithms goes with. Raises Unavailable."""
    found = _read(issuer.rstrip("/") + DISCOVERY, _Discovery)
    if found.issuer != issuer:
        raise Unavailable(f"{issuer} calls itself {shown(found.issuer, 100)}; name it by the word that it uses")
    is_near = issuer.startswith("http://")
    if not is_fetchable(found.jwks_uri) or (found.jwks_uri.startswith("http://") and not is_near):
        raise Unavailable(f"{issuer} has its keys at {shown(found.jwks_uri, 100)}, which is no https address")
    listed = _read(found.jwks_uri, _Keys).keys
    if len(listed) > KEYS_MAX:
        raise Unavailable(f"{issuer} has {len(listed)} keys; at most {KEYS_MAX} are read")
    keys = tuple(key for key in map(read_key, listed) if key is not None)
    if not keys:
        raise Unavailable(f"{issuer} has no key that is understood: {', '.join(ALGORITHMS)}, RSA from 2048 bits on")
    return keys


def read_key(jwk: dict[str, Any]) -> PublicKey | None:
    """A key from its JWK; None for what is no public key that signs by an algorithm of ours."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    kind, curve = jwk.get("kty"), jwk.get("crv")
    declared, key_id, uses = jwk.get("alg"), jwk.get("kid"), jwk.get("key_ops", ["verify"])
    algorithms = frozenset(
        name
        for name, (of_kind, of_curve) in ALGORITHMS.items()
        if of_kind == kind and of_curve in (None, curve) and declared in (None, name)
    )
    is_for_signing = jwk.get("use", "sig") == "sig" and isinstance(uses, list) and "verify" in uses
    # What has a private part was published by mistake: whoever has read it signs as well as the issuer.
    if not algorithms or not is_for_signing or "d" in jwk or not isinstance(key_id, str | None):
        return None
    try:
        key = PyJWK(jwk, algorithm=min(algorithms)).key
    except (PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        return None
    if kind == "RSA" and key.key_size < RSA_BITS_MIN:
        return None
    return PublicKey(key_id, algorithms, key)


def _read(address: str, kind: type[Any]) -> Any:
    from http.client import HTTPException

    try:
        return msgspec.json.decode(_download(address), type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unavailable(f"{address} answers something else than it must: {error}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(f"{address} does not answer: {error}") from error


def _download(address: str) -> bytes:
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class NoRedirect(HTTPRedirectHandler):
        """A redirect is an answer like any other, and not the one that was asked for."""

        def redirect_request(self, *_: Any, **__: Any) -> None:
            return None

    ends_at = time.monotonic() + FETCH_S_MAX
    request = Request(address, headers={"Accept": "application/json", "User-Agent": "entaku"})
    try:
        response = build_opener(NoRedirect()).open(request, timeout=SILENCE_S_MAX)
    except HTTPError as error:
        error.close()  # It is an answer too, and keeps its connection.
        raise
    with response:
        content = b""
        while chunk := cast("bytes", response.read1(_CHUNK_BYTES)):
            content += chunk
            if len(content) > DOCUMENT_BYTES_MAX:
                raise ValueError(f"it is longer than {DOCUMENT_BYTES_MAX} bytes")
            if time.monotonic() > ends_at:
                raise TimeoutError(f"it takes longer than {FETCH_S_MAX:g} s")
        return content
