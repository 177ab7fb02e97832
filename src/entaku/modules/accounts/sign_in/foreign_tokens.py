"""Tokens of other issuers, read before anybody is believed: JWTs in the one form in which they can mean one thing.

Everything of a token is the caller's to write until its signature is checked. So the algorithm is one of the list here
and one that the key is made for, which leaves no room for `none` and for a public key used as a shared secret; the
headers that bring keys along, or say where to get some, are not looked at (RFC 8725, 3.1 and 3.10).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec

from entaku.core.errors import Unauthenticated
from entaku.core.ids import shown

ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""The algorithms that are understood, each with the one type of key, and the curve, that it goes with."""
TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt", "application/jwt"})
"""What a token may call itself, in small letters; those for other purposes, as `logout+jwt`, let nobody in."""
LEEWAY = timedelta(seconds=60)
"""How far the clock of an issuer may be from ours."""
AGE_MAX = timedelta(hours=24)
"""Older tokens are refused whatever they say of their end: for so long it is remembered who was deleted."""
AUDIENCES_MAX = 10
KEY_ID_LENGTH_MAX = 255

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class Claims(msgspec.Struct, frozen=True):
    """What every token must say, as it stands in it. Times are seconds since 1970."""

    iss: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    nbf: int | float | None = None
    azp: str | None = None
    email_verified: Any = None


class ForeignToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token as its caller wrote it: nothing of it is to be believed before its signature is checked."""

    text: str
    algorithm: str
    key_id: str | None
    claims: Claims
    payload: dict[str, Any]
    """All claims, those of others too."""

    @property
    def audiences(self) -> list[str]:
        """Each once."""
        return [self.claims.aud] if isinstance(self.claims.aud, str) else list(dict.fromkeys(self.claims.aud))

    @property
    def issued_at(self) -> datetime:
        return datetime.fromtimestamp(self.claims.iat, UTC)

    @property
    def good_until(self) -> datetime:
        """When it is refused from, the leeway included."""
        return min(datetime.fromtimestamp(self.claims.exp, UTC) + LEEWAY, self.issued_at + AGE_MAX)


class _Issuer(msgspec.Struct, frozen=True):
    iss: str


def find_issuer(text: str) -> str | None:
    """Who a token says that it comes from; None for what is no token, or does not say. Costs microseconds."""
    try:
        return _issuer_decoder.decode(_decoded(text.split(".")[1])).iss
    except (IndexError, ValueError, msgspec.DecodeError, RecursionError):
        return None


_issuer_decoder = msgspec.json.Decoder(_Issuer)


def read_foreign(text: str) -> ForeignToken:
    """What a token says. Raises Unauthenticated for what is no signed JWT, leaves something open, or has a header that
    must be understood and is not."""
    if _TOKEN.fullmatch(text) is None:
        raise Unauthenticated("the access token is no signed JWT: three parts in base64url, with dots between them")
    head, body, _ = text.split(".")
    header, payload = _read_part(head, "header"), _read_part(body, "payload")
    algorithm, key_id, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise Unauthenticated(
            f"the access token is signed by {shown(str(algorithm))}; understood are {', '.join(ALGORITHMS)}"
        )
    if "crit" in header:
        raise Unauthenticated("the access token says that its header must be understood (crit), and it is not")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise Unauthenticated(f"the access token calls itself {shown(str(kind))}, which lets nobody in")
    if key_id is not None and not (isinstance(key_id, str) and 0 < len(key_id) <= KEY_ID_LENGTH_MAX):
        raise Unauthenticated("the access token names its key by something that is no name of one (kid)")
    try:
        claims = msgspec.convert(payload, Claims)
    except msgspec.ValidationError as error:
        raise Unauthenticated(f"the access token lacks what it must say, or says it strangely: {error}") from error
    token = ForeignToken(text=text, algorithm=algorithm, key_id=key_id, claims=claims, payload=payload)
    if not 0 < len(token.audiences) <= AUDIENCES_MAX:
        raise Unauthenticated(f"the access token names {len(token.audiences)} audiences; 1 to {AUDIENCES_MAX} may be")
    return token


def check_times(token: ForeignToken, now: datetime) -> None:
    """Raises Unauthenticated unless the token is good at this instant, give or take the leeway."""
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    claims = token.claims
    try:
        is_over = now >= token.good_until
    except (ValueError, OverflowError, OSError) as error:
        raise Unauthenticated("the access token names times that no clock shows") from error
    if is_over:
        raise Unauthenticated("the access token has expired; sign in again")
    if at + leeway < max(claims.iat, claims.nbf or 0):
        raise Unauthenticated("the access token is not valid yet; is the clock right?")


def is_signed(token: ForeignToken, key: Any) -> bool:
    """Whether the key signed the token by its algorithm. `key` is one for that algorithm."""
    import jwt

    try:
        jwt.PyJWS().decode_complete(token.text, key, algorithms=[token.algorithm])
    except jwt.InvalidTokenError:
        return False
    return True


def _read_part(part: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(_decoded(part), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unauthenticated(f"the {what} of the access token cannot be read: {_reason(error)}") from error
    if not isinstance(value, dict):
        raise Unauthenticated(f"the {what} of the access token is no JSON object")
    return cast("dict[str, Any]", value)


def _reason(error: Exception) -> str:
    return str(error) if type(error) is ValueError else "it is no JSON text in UTF-8"


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("it is not in base64url") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that says each thing once: of two readers of a doubled name each may believe another."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it says {shown(next(name for name in names if names.count(name) > 1))} twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"it holds {name}, which is no JSON")
