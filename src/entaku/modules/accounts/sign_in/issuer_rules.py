"""Issuer rules as values: whose tokens are good for a tenant, and whom in it they stand for."""

from __future__ import annotations

import enum
import re
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from entaku.core.addresses import is_this_machine
from entaku.core.context import AccessLevel
from entaku.core.errors import Invalid
from entaku.core.ids import check_id, shown

ISSUERS_MAX = 10
"""Rules of one tenant: they are kept in its entry of the registry."""
ISSUER_LENGTH_MAX = 255
AUDIENCE_LENGTH_MAX = 200
CLAIM_LENGTH_MAX = 100
CLIENTS_MAX = 20

_PRINTABLE = re.compile(r"[\x21-\x7e]+")

ClaimName = Annotated[str, msgspec.Meta(max_length=CLAIM_LENGTH_MAX)]


class FoundBy(enum.StrEnum):
    """What the user claim is compared with."""

    ID = "id"
    """The id of the user, letter by letter."""
    EMAIL = "email"
    """The e-mail address of the user, whatever its case."""


class IssuerRule(msgspec.Struct, frozen=True, kw_only=True):
    """One way to sign in to a tenant: tokens of this issuer for this audience."""

    issuer_id: str
    """What operators call it; unique within the tenant."""
    issuer: str
    """As in the claim `iss`, letter by letter."""
    audience: str
    """One of the claim `aud`: the id of the client, or of the API."""
    tenant_claim: str | None = None
    """The claim that tells tenants apart which share issuer and audience; None where the tenant has both to itself."""
    tenant_value: str | None = None
    """What that claim says for this tenant."""
    user_claim: str = "sub"
    found_by: FoundBy = FoundBy.ID
    clients: frozenset[str] = frozenset()
    """Clients that tokens may have been issued to (`azp`); empty for every one where there is a single audience, and
    else for the audience alone."""
    level_max: AccessLevel = AccessLevel.TENANT_ADMIN
    """Callers act with this access level at most: who issues the tokens of a tenant is not always whom an operator of
    the platform trusts."""
    provisions: bool = False
    """Whether whom the claim names is made a member of the tenant, if there is no such user yet."""
    name_claim: str | None = None
    """What a new user is called; by default the id."""
    email_claim: str | None = None
    """The e-mail address of a new user, taken only where the issuer says that it is verified."""

    @property
    def place(self) -> tuple[str, str, str | None]:
        """What tokens are found by: no two rules have the same."""
        return self.issuer, self.audience, self.tenant_value


def check_rule(rule: IssuerRule) -> IssuerRule:
    """The rule itself. Raises Invalid, which names the value and what it must be."""
    check_id(rule.issuer_id, "issuer")
    check_issuer(rule.issuer)
    _check_text(rule.audience, "audience", AUDIENCE_LENGTH_MAX)
    for client in sorted(rule.clients):
        _check_text(client, "client", AUDIENCE_LENGTH_MAX)
    if len(rule.clients) > CLIENTS_MAX:
        raise Invalid(f"a rule names {CLIENTS_MAX} clients at most, not {len(rule.clients)}")
    for claim in (rule.user_claim, rule.tenant_claim, rule.name_claim, rule.email_claim):
        if claim is not None:
            _check_text(claim, "claim", CLAIM_LENGTH_MAX)
    if (rule.tenant_claim is None) != (rule.tenant_value is None):
        raise Invalid("tenant_claim and tenant_value go together: give both, or neither for an audience of its own")
    if rule.tenant_value is not None:
        _check_text(rule.tenant_value, "value of the tenant claim", AUDIENCE_LENGTH_MAX)
    if rule.provisions and rule.found_by is FoundBy.EMAIL:
        raise Invalid("who is found by e-mail address has no id to be made with; let the user claim name the id")
    return rule


def check_issuer(value: str) -> str:
    """The issuer itself. Raises Invalid unless it is an https address without query and fragment; http is for a
    service on this machine alone."""
    _check_text(value, "issuer", ISSUER_LENGTH_MAX)
    if not is_fetchable(value) or any(mark in value for mark in "?#@\\"):
        raise Invalid(f"{shown(value)} is no issuer; write its https address, as in 'https://login.example.com'")
    return value


def is_fetchable(address: str) -> bool:
    """Whether an address may be asked for keys: https, or http on this machine."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host)))


def is_claim_text(value: object, length_max: int) -> bool:
    """Whether the value of a claim could be one that a rule names."""
    return isinstance(value, str) and 0 < len(value) <= length_max and _PRINTABLE.fullmatch(value) is not None


def _check_text(value: str, what: str, length_max: int) -> None:
    if not is_claim_text(value, length_max):
        raise Invalid(f"{shown(value)} cannot be the {what}: use 1-{length_max} printable ASCII characters, no spaces")
