"""Access tokens: short-lived statements of who calls, signed with a key in the data folder (EdDSA, RFC 8037).

Keys rotate with an overlap: a new key signs, the old ones verify until the last token they signed has expired, and then
no more: what has leaked ends with that. Every process that shares the folder sees within seconds what comes and goes.
The public halves of all keys are kept in `keys/retired`, for signatures of documents are verified years later.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from entaku.core.clock import Clock, to_ms
from entaku.core.errors import Invalid, Unauthenticated

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LIFETIME = timedelta(hours=1)
ISSUER = "entaku"
AUDIENCE = "entaku"
ALGORITHM = "EdDSA"
RETIRED = "retired"
"""The folder of what is left of keys that are gone, in that of the keys."""
RELOADS_EVERY = timedelta(seconds=5)
"""How often at most a process looks at the folder again."""

_KEY_ID = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{8}")


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token says."""

    tenant_id: str
    user_id: str
    issued_at: datetime
    expires_at: datetime


class SigningKey(msgspec.Struct, frozen=True):
    """One private key and the id that tokens name it by. Ids sort by age."""

    key_id: str
    private: Ed25519PrivateKey


class KeyRing:
    """The signing keys of a deployment: files `keys/<key id>.pem` in the data folder, readable by their owner alone."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self._keys: dict[str, SigningKey] = {}
        self._loaded_at: datetime | None = None

    def current(self) -> SigningKey:
        """The newest key; the first call on a new folder makes one."""
        if not self._keys:
            self._load()
        return self._keys[max(self._keys)] if self._keys else self.rotate()

    def find(self, key_id: str) -> SigningKey | None:
        """The key of that id, as of some seconds ago, unless it is outlived."""
        if self._may_load():
            self._load()
        return None if key_id in self._outlived() else self._keys.get(key_id)

    def rotate(self) -> SigningKey:
        """Makes a new key that signs from now on, and removes those that no valid token can name any more."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        key = SigningKey(f"{self._clock.now():%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(4)}", Ed25519PrivateKey.generate())
        pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f".{key.key_id}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        part.rename(self._folder / f"{key.key_id}.pem")
        self._load()
        for key_id in self._outlived():
            self._retire(self._keys[key_id])
            (self._folder / f"{key_id}.pem").unlink(missing_ok=True)
            del self._keys[key_id]
        return self._keys[max(self._keys)]

    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        """The public halves of all keys there ever were, by id."""
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        self._load()
        found = {key_id: key.private.public_key() for key_id, key in self._keys.items()}
        for path in sorted((self._folder / RETIRED).glob("*.pub")):
            if _KEY_ID.fullmatch(path.stem) and path.stem not in found:
                found[path.stem] = load_pem_public_key(path.read_bytes())  # pyright: ignore[reportArgumentType]
        return found

    def _retire(self, key: SigningKey) -> None:
        """Keeps the public half of a key that is about to go."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        folder = self._folder / RETIRED
        folder.mkdir(mode=0o700, exist_ok=True)
        part = folder / f".{key.key_id}.{secrets.token_hex(4)}"
        part.write_bytes(key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        part.rename(folder / f"{key.key_id}.pub")

    def _outlived(self) -> list[str]:
        """The keys whose successor is older than a token can be, and as much again for clocks that differ."""
        latest = self._clock.now() - 2 * LIFETIME
        return [key_id for key_id, successor in pairwise(sorted(self._keys)) if _born(successor) < latest]

    def _may_load(self) -> bool:
        return self._loaded_at is None or abs(self._clock.now() - self._loaded_at) >= RELOADS_EVERY

    def _load(self) -> None:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        self._loaded_at = self._clock.now()
        keys: dict[str, SigningKey] = {}
        for path in sorted(self._folder.glob("*.pem")):
            if not _KEY_ID.fullmatch(path.stem):
                continue  # Somebody's copy of a key, which must neither sign nor verify.
            known = self._keys.get(path.stem)
            private = known.private if known else load_pem_private_key(path.read_bytes(), None)
            keys[path.stem] = SigningKey(path.stem, private)  # pyright: ignore[reportArgumentType]
        self._keys = keys


def _born(key_id: str) -> datetime:
    return datetime.strptime(key_id.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)


class Tokens:
    """Mints access tokens and reads them."""

    def __init__(self, keys: KeyRing, clock: Clock) -> None:
        self._keys, self._clock = keys, clock

    def mint(self, tenant_id: str, user_id: str, *, lifetime: timedelta = LIFETIME) -> str:
        """An access token for a user. Raises Invalid for a lifetime over an hour."""
        import jwt

        if not timedelta(0) < lifetime <= LIFETIME:
            raise Invalid(f"an access token lives at most {LIFETIME.seconds} s, not {lifetime.total_seconds():g}")
        now = self._clock.now()
        key = self._keys.current()
        claims: Mapping[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user_id,
            "tenant": tenant_id,
            # In milliseconds as everything stored, so that who is created and gets a token in one of them may use it.
            "iat": to_ms(now) / 1000,
            "nbf": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": secrets.token_hex(8),
        }
        return jwt.encode(dict(claims), key.private, algorithm=ALGORITHM, headers={"kid": key.key_id})

    def read(self, token: str) -> Claims:
        """What a token of ours says. Raises Unauthenticated unless it is signed by a key of ours and valid now."""
        import jwt

        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            key = self._keys.find(key_id) if isinstance(key_id, str) else None
            if key is None:
                raise Unauthenticated("the access token is signed by no key of ours; get a new one")
            payload = jwt.decode(
                token,
                key.private.public_key(),
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # The times are checked below, by the clock we were given: PyJWT asks the machine's.
                options={
                    "require": ["exp", "iat", "nbf", "sub", "tenant"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            claims = msgspec.convert(payload, _Payload)
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise Unauthenticated(f"the access token is not valid: {error}") from error
        now = self._clock.now().timestamp()
        if now >= claims.exp:
            raise Unauthenticated("the access token has expired; get a new one")
        if claims.exp - claims.iat > LIFETIME.total_seconds():
            raise Unauthenticated("the access token would live longer than any of ours does; get a new one")
        # In whole seconds, so that a clock which is set back a little does not refuse what was just minted.
        if now < int(max(claims.nbf, claims.iat)):
            raise Unauthenticated("the access token is not valid yet; is the clock right?")
        return Claims(
            tenant_id=claims.tenant,
            user_id=claims.sub,
            issued_at=datetime.fromtimestamp(claims.iat, UTC),
            expires_at=datetime.fromtimestamp(claims.exp, UTC),
        )


class _Payload(msgspec.Struct, frozen=True):
    """The claims that we need, as they stand in the token."""

    sub: str
    tenant: str
    iat: float
    nbf: float
    exp: float
