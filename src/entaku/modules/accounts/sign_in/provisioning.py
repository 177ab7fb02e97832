"""New users from tokens: whom an issuer names, and nobody has made yet, becomes a member of the tenant.

It is a creation like any other, in one transaction, counted against the tenant's limit and told in its trail.
"""

from __future__ import annotations

from entaku.core.context import AccessLevel, Actor
from entaku.core.errors import Conflict, Invalid, Unavailable
from entaku.modules.accounts.model import Tenant, UserProfile
from entaku.modules.accounts.names import check_email, check_name
from entaku.modules.accounts.profiles import NewUser
from entaku.modules.accounts.sign_in.foreign_tokens import ForeignToken
from entaku.modules.accounts.sign_in.issuer_rules import IssuerRule
from entaku.modules.accounts.users import Users
from entaku.table import Table

SIGN_IN = "@sign-in"
"""Who makes users out of tokens. No user can have this id."""


class Provisioning:
    """Makes users of tenants that want it so."""

    def __init__(self, table: Table, users: Users) -> None:
        self._table, self._users = table, users

    async def provide(
        self, tenant: Tenant, rule: IssuerRule, token: ForeignToken, user_id: str, request_id: str
    ) -> UserProfile:
        """The user of that id, made if there is none. Safe to repeat, and for several at once.

        Raises Unauthenticated where a user of that id was deleted after the token was issued, Limited, Unavailable.
        """
        actor = Actor(
            tenant_id=tenant.tenant_id, user_id=SIGN_IN, level=AccessLevel.TENANT_ADMIN, request_id=request_id
        )
        email = _email(rule, token)
        if email is not None and await self._users.find_by_emails(actor, [email]):
            email = None  # Another user's: it is theirs until they let it go.
        new = NewUser(user_id=user_id, name=_name(rule, token, user_id), email=email)
        issued_at = min(token.issued_at, self._table.clock.now())
        reason = f"signed in by {rule.issuer_id}"
        try:
            return await self._users.provision(actor, new, issued_at=issued_at, reason=reason)
        except Conflict:
            profile = await self._table.for_tenant(tenant.tenant_id).find(UserProfile.at(user_id=user_id))
            if profile is not None:
                return profile
        # Somebody took the e-mail address in between.
        bare = NewUser(user_id=user_id, name=new.name)
        try:
            return await self._users.provision(actor, bare, issued_at=issued_at, reason=reason)
        except Conflict as error:
            raise Unavailable(f"user {user_id!r} cannot be made just now: {error.message}") from error


def _name(rule: IssuerRule, token: ForeignToken, user_id: str) -> str:
    value = None if rule.name_claim is None else token.payload.get(rule.name_claim)
    try:
        return check_name(value, "the user") if isinstance(value, str) else user_id
    except Invalid:
        return user_id  # A name that cannot be shown keeps nobody out.


def _email(rule: IssuerRule, token: ForeignToken) -> str | None:
    value = None if rule.email_claim is None else token.payload.get(rule.email_claim)
    if not isinstance(value, str) or token.claims.email_verified is not True or not value.isascii():
        return None
    try:
        return check_email(value)
    except Invalid:
        return None
