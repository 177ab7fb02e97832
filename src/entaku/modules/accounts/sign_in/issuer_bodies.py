"""What operators send about issuers, and what they and administrators are shown."""

from __future__ import annotations

from typing import Annotated

import msgspec

from entaku.core.context import AccessLevel
from entaku.modules.accounts.sign_in.issuer_rules import (
    AUDIENCE_LENGTH_MAX,
    CLAIM_LENGTH_MAX,
    CLIENTS_MAX,
    ISSUER_LENGTH_MAX,
    FoundBy,
    IssuerRule,
)

Claim = Annotated[str, msgspec.Meta(min_length=1, max_length=CLAIM_LENGTH_MAX)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=AUDIENCE_LENGTH_MAX)]


class IssuerBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose tokens are good for the tenant, and whom in it they stand for."""

    issuer: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            max_length=ISSUER_LENGTH_MAX,
            description="An https address, letter by letter as the tokens name it.",
            examples=["https://login.maru-books.example"],
        ),
    ]
    audience: Annotated[
        Text,
        msgspec.Meta(description="One of the claim `aud`: the id of the client, or of the API.", examples=["entaku"]),
    ]
    tenant_claim: (
        Annotated[Claim, msgspec.Meta(description="Tells tenants apart that share issuer and audience.")] | None
    ) = None
    tenant_value: Text | None = None
    """What that claim says for this tenant."""
    user_claim: Annotated[Claim, msgspec.Meta(examples=["sub"])] = "sub"
    """What says who somebody is."""
    found_by: FoundBy = FoundBy.ID
    """Whether that is the user's id, or the e-mail address, which counts where the token says that it is verified."""
    clients: Annotated[frozenset[Text], msgspec.Meta(max_length=CLIENTS_MAX)] = frozenset()
    """Whom tokens may have been issued to (`azp`); empty for anyone where the token has a single audience, else for the
    audience alone."""
    level_max: AccessLevel = AccessLevel.TENANT_ADMIN
    """The access level that callers act with at most."""
    provisions: bool = False
    """Whether whom nobody has made a user yet becomes a member."""
    name_claim: Annotated[Claim, msgspec.Meta(examples=["name"])] | None = None
    """What a new user is called; by default the id."""
    email_claim: Annotated[Claim, msgspec.Meta(examples=["email"])] | None = None
    """The e-mail address of a new user, taken where it is verified."""

    def rule(self, issuer_id: str) -> IssuerRule:
        return IssuerRule(issuer_id=issuer_id, **msgspec.structs.asdict(self))


class IssuerView(msgspec.Struct, frozen=True, kw_only=True):
    """One way to sign in to a tenant."""

    issuer_id: Annotated[str, msgspec.Meta(examples=["staff"])]
    issuer: Annotated[str, msgspec.Meta(examples=["https://login.maru-books.example"])]
    audience: Annotated[str, msgspec.Meta(examples=["entaku"])]
    tenant_claim: str | None
    tenant_value: str | None
    user_claim: Annotated[str, msgspec.Meta(examples=["sub"])]
    found_by: FoundBy
    clients: tuple[str, ...]
    level_max: AccessLevel
    provisions: bool
    name_claim: str | None
    email_claim: str | None


class IssuersView(msgspec.Struct, frozen=True, kw_only=True):
    """All ways to sign in to a tenant, by id."""

    items: tuple[IssuerView, ...]


def issuer_view(rule: IssuerRule) -> IssuerView:
    return IssuerView(
        issuer_id=rule.issuer_id,
        issuer=rule.issuer,
        audience=rule.audience,
        tenant_claim=rule.tenant_claim,
        tenant_value=rule.tenant_value,
        user_claim=rule.user_claim,
        found_by=rule.found_by,
        clients=tuple(sorted(rule.clients)),
        level_max=rule.level_max,
        provisions=rule.provisions,
        name_claim=rule.name_claim,
        email_claim=rule.email_claim,
    )


def issuers_view(rules: tuple[IssuerRule, ...]) -> IssuersView:
    return IssuersView(items=tuple(issuer_view(rule) for rule in rules))
