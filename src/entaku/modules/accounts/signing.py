"""Signatures of documents: detached JWS (RFC 7515, appendix F; RFC 7797), made with the keys that sign access tokens,
and verified with the public halves of those, long after a key has been rotated away.

The public halves are a JWK Set, as every library for tokens reads it (RFC 7517, RFC 8037).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.modules.accounts.tokens import ALGORITHM, KeyRing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEYS_MAX = 1_000
"""Public keys that a set may hold."""


def sign_detached(keys: KeyRing, payload: bytes) -> str:
    """A signature of the payload, by the newest key, which it names."""
    import jwt

    key = keys.current()
    return jwt.PyJWS().encode(
        payload, key.private, algorithm=ALGORITHM, headers={"kid": key.key_id, "typ": "JOSE"}, is_payload_detached=True
    )


def verify_detached(keys: Mapping[str, Ed25519PublicKey], signature: str, payload: bytes) -> str:
    """The id of the key that made the signature. Raises Invalid for a key that is not among these, and for a signature
    that is of something else."""
    import jwt

    try:
        key_id = str(jwt.get_unverified_header(signature).get("kid"))
    except jwt.InvalidTokenError as error:
        raise Invalid(f"the signature cannot be read: {error}") from error
    key = keys.get(key_id)
    if key is None:
        raise Invalid(
            f"the signature is by key {shown(key_id)}, which is not among the {len(keys)} that are given; ask the"
            " service that made the document for its public keys"
        )
    try:
        jwt.PyJWS().decode(signature, key, algorithms=[ALGORITHM], detached_payload=payload)
        is_as_written = _is_canonical(signature.rpartition(".")[2])
    except jwt.InvalidTokenError as error:
        raise Invalid(f"the signature by key {key_id!r} does not hold: what was signed was changed") from error
    if not is_as_written:
        raise Invalid(f"the signature by key {key_id!r} is not in the form in which it was written")
    return key_id


def _is_canonical(text: str) -> bool:
    """Whether it is the one way to write its bytes: the last letter of base64url has bits that decoders overlook."""
    from jwt.utils import base64url_decode, base64url_encode

    return base64url_encode(base64url_decode(text)).decode() == text


def key_set(keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    """The keys as a JWK Set."""
    from jwt.algorithms import OKPAlgorithm

    def jwk(key_id: str, key: Ed25519PublicKey) -> dict[str, Any]:
        return {**OKPAlgorithm.to_jwk(key, as_dict=True), "kid": key_id, "use": "sig", "alg": ALGORITHM}

    return {"keys": [jwk(key_id, keys[key_id]) for key_id in sorted(keys)]}


def read_key_set(text: bytes) -> dict[str, Ed25519PublicKey]:
    """The keys of a JWK Set that are for signatures of ours. Raises Invalid for what is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from jwt.algorithms import OKPAlgorithm
    from jwt.exceptions import InvalidKeyError

    try:
        jwks = msgspec.json.decode(text, type=_KeySet).keys
        if len(jwks) > KEYS_MAX:
            raise Invalid(f"the key set has {len(jwks)} keys; at most {KEYS_MAX} are possible")
        own = {str(jwk["kid"]): jwk for jwk in jwks if jwk.get("crv") == "Ed25519" and "kid" in jwk}
        found = {key_id: OKPAlgorithm.from_jwk(jwk) for key_id, jwk in own.items()}
    except (msgspec.DecodeError, InvalidKeyError) as error:
        raise Invalid(f"that is no set of public keys (JWK Set, as 'entaku keys' prints it): {error}") from error
    return {key_id: key for key_id, key in found.items() if isinstance(key, Ed25519PublicKey)}


class _KeySet(msgspec.Struct):
    """RFC 7517, section 5."""

    keys: list[dict[str, Any]]
