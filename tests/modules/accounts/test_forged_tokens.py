"""What is tried against tokens of issuers: every row is a way in that others have left open, and none is one here."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import warnings
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Unauthenticated
from entaku.modules.accounts import TenantChange
from entaku.modules.accounts.sign_in.foreign_tokens import ALGORITHMS, find_issuer, read_foreign
from entaku.testing import ManualClock
from tests.emulators.scripted_issuer import Private, jwk, scripted_issuer, unsigned
from tests.modules.accounts.conftest import OPERATOR
from tests.modules.accounts.sign_in_world import AUDIENCE, SigningIn, sign_in_app

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
RSA_SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)
FOREIGN = ec.generate_private_key(ec.SECP256R1())
HEADER = {"alg": "ES256", "kid": "first", "typ": "JWT"}


@pytest.fixture
async def world(engine: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[SigningIn]:
    with scripted_issuer() as issuer:
        async with sign_in_app(engine, tmp_path / "data", clock) as app:
            clock.advance(timedelta(seconds=2))
            signing_in = SigningIn(app, issuer, clock)
            await signing_in.trust()
            yield signing_in


def shared_secret(world: SigningIn, secret: bytes, algorithm: str = "HS256") -> str:
    """Signed by a secret that everybody knows: the public key."""
    message = unsigned({**HEADER, "alg": algorithm}, world.claims()).rpartition(".")[0]
    signature = hmac.new(secret, message.encode(), hashlib.sha256).digest()
    return f"{message}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def public_pem(world: SigningIn) -> bytes:
    return world.issuer.keys["first"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def with_header(world: SigningIn, **more: Any) -> str:
    return world.issuer.token(world.claims(), headers=more)


def foreign(world: SigningIn, **more: Any) -> str:
    return jwt.encode(world.claims(), FOREIGN, "ES256", {"kid": "first", **more})


def resigned(world: SigningIn, payload: bytes) -> str:
    """Signed by the issuer, with a payload written by hand."""
    return jwt.PyJWS().encode(payload, world.issuer.keys["first"], "ES256", {"kid": "first", "typ": "JWT"})


def altered(world: SigningIn, part: int, change: Callable[[dict[str, Any]], Any]) -> str:
    """A good token of which one part was changed afterwards."""
    parts = world.token().split(".")
    content = json.loads(base64.urlsafe_b64decode(parts[part] + "=="))
    change(content)
    parts[part] = base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
    return ".".join(parts)


ATTACKS: dict[str, Callable[[SigningIn], str]] = {
    "no signature asked for": lambda w: unsigned({"alg": "none"}, w.claims(), b""),
    "none, with a signature": lambda w: unsigned({**HEADER, "alg": "none"}, w.claims()),
    "None": lambda w: unsigned({**HEADER, "alg": "None"}, w.claims()),
    "the public key as a secret": lambda w: shared_secret(w, public_pem(w)),
    "the public JWK as a secret": lambda w: shared_secret(w, json.dumps(w.issuer.jwks()["keys"][0]).encode()),
    "an empty secret": lambda w: shared_secret(w, b""),
    "HS256 called ES256": lambda w: shared_secret(w, public_pem(w), "ES256"),
    "an algorithm of another type of key": lambda w: jwt.encode(w.claims(), RSA, "RS256", {"kid": "first"}),
    "an algorithm of another curve": lambda w: unsigned({**HEADER, "alg": "ES384"}, w.claims()),
    "secp256k1": lambda w: unsigned({**HEADER, "alg": "ES256K"}, w.claims()),
    "an algorithm that is no text": lambda w: unsigned({**HEADER, "alg": ["ES256"]}, w.claims()),
    "no algorithm": lambda w: unsigned({"kid": "first"}, w.claims()),
    "another key of the same id": foreign,
    "the attacker's key in the header": lambda w: foreign(w, jwk=jwk(FOREIGN)),
    "where the attacker's keys are": lambda w: foreign(w, jku="https://evil.example/keys"),
    "where the attacker's certificate is": lambda w: foreign(w, x5u="https://evil.example/cert"),
    "the attacker's certificate": lambda w: foreign(w, x5c=["MIIB"]),
    "a key id that is a path": lambda w: foreign(w, kid="../../../../dev/null"),
    "a key id that is a query": lambda w: foreign(w, kid="' UNION SELECT 'x"),
    "a key id that is a number": lambda w: unsigned({**HEADER, "kid": 1}, w.claims()),
    "a key id of 10 kB": lambda w: unsigned({**HEADER, "kid": "k" * 10_000}, w.claims()),
    "an empty key id": lambda w: unsigned({**HEADER, "kid": ""}, w.claims()),
    "a header to be understood": lambda w: with_header(w, crit=["exp"], exp=1),
    "an empty list of them": lambda w: with_header(w, crit=[]),
    "a payload that is elsewhere": lambda w: with_header(w, b64=False, crit=["b64"]),
    "a logout token": lambda w: with_header(w, typ="logout+jwt"),
    "a proof of possession": lambda w: with_header(w, typ="dpop+jwt"),
    "an encrypted token": lambda w: with_header(w, typ="JWT").replace(".", "..", 1) + ".x",
    "another user put in": lambda w: altered(w, 1, lambda c: c.update(sub="ann")),
    "another tenant put in": lambda w: altered(w, 1, lambda c: c.update(org="other")),
    "another algorithm put in": lambda w: altered(w, 0, lambda h: h.update(alg="EdDSA")),
    "the signature cut off": lambda w: w.token().rpartition(".")[0] + ".",
    "the signature shortened": lambda w: w.token()[:-4],
    "a signature of zeros": lambda w: unsigned(HEADER, w.claims(), bytes(64)),
    "a signature as OpenSSL has it": lambda w: unsigned(HEADER, w.claims(), b"\x30\x06\x02\x01\x00\x02\x01\x00"),
    "another issuer": lambda w: w.token(iss="https://evil.example"),
    "its issuer and a slash": lambda w: w.token(iss=w.issuer.issuer + "/"),
    "its issuer in capitals": lambda w: w.token(iss=w.issuer.issuer.upper()),
    "an issuer that is a list": lambda w: resigned(w, json.dumps({**w.claims(), "iss": [w.issuer.issuer]}).encode()),
    "no issuer": lambda w: w.token(iss=None),
    "our own name as issuer": lambda w: w.token(iss="entaku"),
    "another audience": lambda w: w.token(aud="another-app"),
    "no audience": lambda w: w.token(aud=None),
    "an empty list of audiences": lambda w: w.token(aud=[]),
    "a part of the audience": lambda w: w.token(aud=AUDIENCE[:-1]),
    "several audiences and no client": lambda w: w.token(aud=[AUDIENCE, "another"]),
    "several audiences and another's client": lambda w: w.token(aud=[AUDIENCE, "another"], azp="another"),
    "a hundred audiences": lambda w: w.token(aud=[AUDIENCE, *map(str, range(100))], azp=AUDIENCE),
    "audiences that are numbers": lambda w: w.token(aud=[7]),
    "over": lambda w: w.token(exp=int(w.clock.now().timestamp()) - 61),
    "no end": lambda w: w.token(exp=None),
    "an end that is a text": lambda w: w.token(exp="9999999999"),
    "an end that is true": lambda w: w.token(exp=True),
    "an end that is infinite": lambda w: resigned(w, json.dumps({**w.claims(), "exp": float("inf")}).encode()),
    "an end of 1e400": lambda w: resigned(w, json.dumps({**w.claims(), "exp": 0}).replace(": 0}", ": 1e400}").encode()),
    "an end of 400 digits": lambda w: w.token(exp=10**400),
    "an end of 5,000 digits": lambda w: resigned(w, b'{"exp":' + b"9" * 5_000 + b"}"),
    "not yet": lambda w: w.token(nbf=int(w.clock.now().timestamp()) + 61),
    "made in the future": lambda w: w.token(iat=int(w.clock.now().timestamp()) + 61),
    "made never": lambda w: w.token(iat=None),
    "made a day ago": lambda w: w.token(iat=int(w.clock.now().timestamp()) - 86_400),
    "made before Christ": lambda w: w.token(iat=-(10**12)),
    "a claim twice": lambda w: resigned(w, json.dumps(w.claims()).replace('"sub"', '"sub": "ann", "sub"').encode()),
    "a claim twice, once escaped": lambda w: resigned(
        w, json.dumps(w.claims()).replace('"sub"', '"su\\u0062": "ann", "sub"').encode()
    ),
    "a header twice": lambda w: unsigned(b'{"alg":"ES256","alg":"none","kid":"first"}', w.claims()),
    "a list for claims": lambda w: resigned(w, b"[]"),
    "claims that are no JSON": lambda w: resigned(w, b"{"),
    "claims that are not UTF-8": lambda w: resigned(w, b'{"sub":"\xff"}'),
    "claims nested 3,000 deep": lambda w: resigned(w, b'{"iss":' + b"[" * 3_000 + b"]" * 3_000 + b"}"),
    "a header nested 3,000 deep": lambda w: unsigned(b'{"alg":' + b"[" * 3_000, w.claims()),
    "padding": lambda w: w.token() + "==",
    "a line break": lambda w: w.token() + "\n",
    "a NUL": lambda w: w.token() + "\0",
    "base64 that is not for addresses": lambda w: w.token().replace("_", "/").replace("-", "+") + "/",
    "two parts": lambda w: w.token().rpartition(".")[0],
    "five parts": lambda w: w.token() + ".a.b",
    "nothing but dots": lambda w: "..",
    "another tenant's user": lambda w: w.token(sub="ann@other"),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_nobody_comes_in_by(world: SigningIn, name: str) -> None:
    token = ATTACKS[name](world)

    with pytest.raises(Unauthenticated):
        await world.enter(token)


async def test_after_all_attacks_a_good_token_is_still_good(world: SigningIn) -> None:
    for attack in ATTACKS.values():
        with pytest.raises(Unauthenticated):
            await world.enter(attack(world))

    assert (await world.enter_as()).user_id == "ben"


async def test_who_has_signed_nothing_is_told_nothing_of_a_tenant(world: SigningIn) -> None:
    await world.trust(clients=frozenset({"web"}))
    await world.app.accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))

    with pytest.raises(Unauthenticated, match="not signed by its issuer"):
        await world.enter(foreign(world))
    with pytest.raises(Unauthenticated, match="'acme' is suspended"):
        await world.enter_as(azp="web")


@pytest.mark.parametrize(
    "more",
    [
        {"exp": -59},
        {"nbf": 59},
        {"iat": 59},
        {"aud": [AUDIENCE]},
        {"aud": [AUDIENCE, AUDIENCE]},
        {"aud": [AUDIENCE, "another"], "azp": AUDIENCE},
        {"azp": "another"},
    ],
)
async def test_what_is_good_comes_in(world: SigningIn, more: dict[str, Any]) -> None:
    now = int(world.clock.now().timestamp())
    claims = {name: now + value if isinstance(value, int) else value for name, value in more.items()}

    assert (await world.enter_as(**claims)).user_id == "ben"


@pytest.mark.parametrize(("azp", "comes_in"), [("web", True), ("cli", True), ("other", False), (None, False)])
async def test_a_rule_may_name_the_clients(world: SigningIn, azp: str | None, comes_in: bool) -> None:
    await world.trust(clients=frozenset({"web", "cli"}))

    try:
        await world.enter_as(azp=azp)
    except Unauthenticated:
        assert not comes_in
    else:
        assert comes_in


KEYS: dict[str, Private] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSA),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_every_algorithm_is_understood_with_its_own_key_alone(world: SigningIn, algorithm: str) -> None:
    world.issuer.rotate("k", KEYS[algorithm])
    token = world.issuer.token(world.claims(), algorithm=algorithm)

    assert (await world.enter(token)).user_id == "ben"
    for other in ALGORITHMS:
        if ALGORITHMS[other] != ALGORITHMS[algorithm]:
            with pytest.raises(Unauthenticated):
                await world.enter(jwt.encode(world.claims(), KEYS[other], other, {"kid": "k"}))


PUBLISHED: dict[str, Any] = {
    "a secret": {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"},
    "a private key": {**jwk(FOREIGN), "d": "AAAA"},
    "a key for encryption": jwk(FOREIGN, use="enc"),
    "a key to sign with": jwk(FOREIGN, key_ops=["sign"]),
    "a key of another algorithm": jwk(FOREIGN, alg="ES384"),
    "a key of 1024 bits": jwk(RSA_SMALL),
    "a key off its curve": {**jwk(FOREIGN), "x": "AAAA"},
    "a key without a type": {"crv": "P-256"},
    "a key id that is a number": {**jwk(FOREIGN), "kid": 7},
}


@pytest.mark.parametrize("name", PUBLISHED)
async def test_an_issuers_key_is_not_used_for_what_it_is_not_for(world: SigningIn, name: str) -> None:
    world.issuer.published = {"keys": [*world.issuer.jwks()["keys"], {"kid": "odd", **PUBLISHED[name]}]}
    with_its_own = world.token()
    with warnings.catch_warnings(action="ignore"):  # That the key is too short.
        with_the_odd_one = jwt.encode(
            world.claims(),
            RSA_SMALL if "1024" in name else FOREIGN,
            "RS256" if "1024" in name else "ES256",
            {"kid": "odd"},
        )

    assert (await world.enter(with_its_own)).user_id == "ben"
    with pytest.raises(Unauthenticated):
        await world.enter(with_the_odd_one)


@given(st.text(max_size=200) | st.tuples(st.text("e30.AZ_-", max_size=60)).map("".join))
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    find_issuer(text)

    with contextlib.suppress(Unauthenticated):
        read_foreign(text)
