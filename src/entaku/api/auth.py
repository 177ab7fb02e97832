"""Who calls: the bearer token of a request, verified by whoever `main` joins in, once, before a route or front runs.

Every route asks for a token unless it carries `opt=ANONYMOUS`: a handler that forgets to ask for `actor` stays closed.
And who calls with an API key needs one that is good for writing, unless the route only reads: that is the case of GET,
and of what carries `opt=READS`.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from litestar import Request
from litestar.di import NamedDependency

from entaku.api.consistency import Consistency
from entaku.api.exchange import Exchange, actor_of
from entaku.core.context import Actor, Scope
from entaku.core.errors import Unauthenticated

TOKEN_LENGTH_MAX = 8192

CallingActor: TypeAlias = NamedDependency[Actor]
"""What a handler writes to get who calls: `actor: CallingActor`."""

ANONYMOUS: dict[str, Any] = {"anonymous": True}
"""Pass it as `opt=` to a route that answers callers without a token."""

READS: dict[str, Any] = {"reads": True}
"""Pass it as `opt=` to a route that changes nothing although its method is not GET."""

UNCOUNTED: dict[str, Any] = {"uncounted": True}
"""Pass it as `opt=` to a route that is answered however often its caller's tenant asks."""


class Authenticator(Protocol):
    """Says who a token belongs to. It is called once a request, on the event loop: what it can remember, it should."""

    async def authenticate(self, token: str, *, host: str, tenant_header: str | None, request_id: str) -> Actor:
        """The actor of an access token, stamped with the request id.

        `token` is what followed `Bearer`: 1-8192 ASCII characters without a space, otherwise not looked at. `host` is
        the Host header as `host_name` gives it, empty where none was sent. `tenant_header` is X-Tenant as sent,
        None where absent. A host or header that names another tenant than the token is refused. Raises Unauthenticated
        for every token that is not good now, and Unavailable where that could not be found out.
        """
        ...


class Admission(Protocol):
    """Holds tenants to the rate of requests that was agreed. It is asked once a request: it takes less than a
    microsecond, and waits for nothing."""

    def admit(self, actor: Actor) -> None:
        """Counts a request of the actor's tenant. Raises Limited, which says when to ask again, for one too many."""
        ...


class Entrance:
    """The one way in for whoever is no stranger: who it is, what their key is for, whether they come too often."""

    def __init__(
        self, authenticator: Authenticator, admission: Admission | None, consistency: Consistency | None = None
    ) -> None:
        self._authenticator, self._admission = authenticator, admission
        self.consistency = consistency

    async def enter(self, exchange: Exchange, *, reads: bool, is_counted: bool = True) -> None:
        """Finds out who sent the request and notes it in the exchange. `reads`: it changes nothing, whoever answers it.

        Raises Unauthenticated, Forbidden for a key that is not for this, Limited; Invalid and Unavailable for a
        consistency token that is none, or is ahead.
        """
        headers = exchange.headers
        tenant = headers.get(b"x-tenant")
        actor = exchange.actor = await self._authenticator.authenticate(
            bearer_token(headers.get(b"authorization")),
            host=host_name(headers.get(b"host", b"")),
            tenant_header=None if tenant is None else tenant.decode("latin-1"),
            request_id=exchange.request_id,
        )
        if is_counted and self._admission is not None:
            self._admission.admit(actor)
        if actor.scopes is not None:
            actor.check_scope(Scope.READ if reads else Scope.WRITE)
        if self.consistency is not None:
            await self.consistency.wait(exchange)


def bearer_token(authorization: bytes | None) -> str:
    """The token of an Authorization header. Raises Unauthenticated where there is none of the form `Bearer TOKEN`."""
    if authorization is None:
        raise Unauthenticated
    scheme, _, token = authorization.decode("latin-1").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer":
        raise Unauthenticated("only access tokens are understood: send 'Authorization: Bearer TOKEN'")
    # Never shown: a token that was mistyped may still be most of a token.
    if not 0 < len(token) <= TOKEN_LENGTH_MAX or not token.isascii() or " " in token:
        raise Unauthenticated("the Authorization header holds no token: send 'Authorization: Bearer TOKEN'")
    return token


def host_name(host: bytes) -> str:
    """The host as it is compared: lower case, without its port and without the final dot of a fully qualified name.

    `[::1]:8000` is `[::1]`.
    """
    name = host.decode("latin-1").lower()
    if name.startswith("["):
        address, bracket, _ = name.partition("]")
        return address + bracket
    return name.partition(":")[0].rstrip(".")


async def provide_actor(request: Request[Any, Any, Any]) -> Actor:
    """The dependency `actor`: who calls. On an anonymous route nobody was asked, so there it raises Unauthenticated."""
    return actor_of(request.scope)
