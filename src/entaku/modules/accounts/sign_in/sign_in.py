"""From a token of another issuer to who calls: its rule, its signature, its times, its user.

The tenant is looked for by what the token says before anybody has signed for it. That is safe, because only rules are
found so, and the rule says whose signature is asked for next.
"""

from __future__ import annotations

from typing import Any, cast

from entaku.core.clock import Clock
from entaku.core.errors import Invalid, Unauthenticated
from entaku.core.ids import check_id, shown
from entaku.modules.accounts.model import EmailGuard, Tenant, UserProfile
from entaku.modules.accounts.names import EMAIL_LENGTH_MAX, email_key
from entaku.modules.accounts.sign_in.foreign_tokens import ForeignToken, check_times, read_foreign
from entaku.modules.accounts.sign_in.issuer_model import Audience, AudienceTenant
from entaku.modules.accounts.sign_in.issuer_rules import (
    AUDIENCE_LENGTH_MAX,
    ISSUER_LENGTH_MAX,
    FoundBy,
    IssuerRule,
    is_claim_text,
)
from entaku.modules.accounts.sign_in.key_sets import FRESH, KeySets
from entaku.modules.accounts.sign_in.provisioning import Provisioning
from entaku.modules.accounts.standing import Verified, check_standing, check_tenant
from entaku.table import Table


class SignIn:
    """Verifies tokens of the issuers that operators have named for tenants."""

    def __init__(self, table: Table, clock: Clock, keys: KeySets, provisioning: Provisioning) -> None:
        self._table, self._clock, self._keys, self._provisioning = table, clock, keys, provisioning

    async def verify(self, text: str, request_id: str) -> Verified:
        """Who calls with this token, in which request.

        Raises Unauthenticated, Unavailable when the issuer cannot be asked for its keys, Limited when a new user would
        be one too many.
        """
        token = read_foreign(text)
        check_times(token, self._clock.now())
        tenant, rule = await self._rule_of(token)
        # First of all: before it nothing of the tenant is told.
        await self._keys.check_signature(token)
        check_tenant(tenant)
        _check_client(token, rule)
        profile = await self._find_user(tenant, rule, token)
        if profile is None and rule.provisions:
            profile = await self._provisioning.provide(tenant, rule, token, _user_id(rule, token), request_id)
        if profile is None:
            raise Unauthenticated(
                f"{shown(str(token.payload[rule.user_claim]))} is no user of tenant {tenant.tenant_id!r}"
            )
        check_standing(tenant, profile, token.issued_at, "access token")
        return Verified(
            tenant=tenant,
            profile=profile,
            level_max=rule.level_max,
            # Not for longer than the keys are: one that its issuer has taken back is to be missed.
            until=min(token.good_until, self._clock.now() + FRESH),
        )

    async def _rule_of(self, token: ForeignToken) -> tuple[Tenant, IssuerRule]:
        """The rule that the token is for, and its tenant."""
        issuer = token.claims.iss
        named = [each for each in token.audiences if is_claim_text(each, AUDIENCE_LENGTH_MAX)]
        platform = self._table.platform
        audiences: list[Audience | None] = []
        if is_claim_text(issuer, ISSUER_LENGTH_MAX):
            audiences = await platform.find_many([Audience.at(issuer=issuer, audience=each) for each in named])
        known = [audience for audience in audiences if audience is not None]
        if not known:
            raise Unauthenticated(f"no tenant takes tokens of {shown(issuer)} for {shown(', '.join(named))}")
        places: list[tuple[str, tuple[str, str, str | None]]] = []
        for audience in known:
            if audience.tenant_claim is None:
                places.append((cast("str", audience.tenant_id), (issuer, audience.audience, None)))
                continue
            value = token.payload.get(audience.tenant_claim)
            if is_claim_text(value, AUDIENCE_LENGTH_MAX):
                holder = await platform.find(
                    AudienceTenant.at(issuer=issuer, audience=audience.audience, tenant_value=cast("str", value))
                )
                if holder is not None:
                    places.append((holder.tenant_id, (issuer, audience.audience, holder.tenant_value)))
        if len(places) != 1:
            what = "several tenants" if places else f"no tenant: {known[0].tenant_claim} tells which, and none is that"
            raise Unauthenticated(f"the access token is for {what}; sign in to one")
        tenant_id, place = places[0]
        tenant = await platform.find(Tenant.at(tenant_id=tenant_id))
        rule = None if tenant is None else next((each for each in tenant.issuers if each.place == place), None)
        if tenant is None or rule is None:
            raise Unauthenticated(f"no tenant takes tokens of {shown(issuer)} any more; ask its administrator")
        return tenant, rule

    async def _find_user(self, tenant: Tenant, rule: IssuerRule, token: ForeignToken) -> UserProfile | None:
        table = self._table.for_tenant(tenant.tenant_id)
        user_id: str | None
        if rule.found_by is FoundBy.EMAIL:
            guard = await table.find(EmailGuard.at(email=email_key(_email(rule, token))))
            user_id = None if guard is None else guard.user_id
        else:
            user_id = _user_id(rule, token)
        return None if user_id is None else await table.find(UserProfile.at(user_id=user_id))


def _check_client(token: ForeignToken, rule: IssuerRule) -> None:
    """OpenID Connect Core 1.0, 3.1.3.7: who is one of several audiences must know to whom a token was issued."""
    client = token.claims.azp
    is_alone = len(token.audiences) == 1
    is_good = client in rule.clients if rule.clients else is_alone or client == rule.audience
    if not is_good:
        raise Unauthenticated(
            f"the access token was issued to client {shown(str(client))}, which is none of the tenant"
        )


def _claim(rule: IssuerRule, token: ForeignToken) -> str:
    """What the user claim says. An e-mail address counts only when its issuer says that it has been verified."""
    value: Any = token.payload.get(rule.user_claim)
    if not isinstance(value, str) or not value:
        raise Unauthenticated(f"the access token does not say who it is for: it has no text as {rule.user_claim!r}")
    is_email = rule.found_by is FoundBy.EMAIL or rule.user_claim == "email"
    if is_email and token.claims.email_verified is not True:
        raise Unauthenticated(
            "the access token does not say that the e-mail address is verified; verify it there first"
        )
    return value


def _user_id(rule: IssuerRule, token: ForeignToken) -> str:
    try:
        return check_id(_claim(rule, token), "user")
    except Invalid as error:
        raise Unauthenticated(f"who the access token is for can be no user here: {error.message}") from error


def _email(rule: IssuerRule, token: ForeignToken) -> str:
    """In ASCII: letters of other scripts that are folded to those of another's address must not lead to them."""
    value = _claim(rule, token)
    if not value.isascii() or not value.isprintable() or "@" not in value or len(value) > EMAIL_LENGTH_MAX:
        raise Unauthenticated(f"{shown(value)} is no e-mail address in ASCII, and others are not looked for")
    return value
