"""What is kept about issuers beside the rules of each tenant: which tenant a token is for. All of it is the platform's.

ISSUER#{issuer}         / AUDIENCE#a            Audience
ISSUER#{issuer}         / TENANT#a#{value}      AudienceTenant
"""

from __future__ import annotations

from entaku.table import Entity, access, key


class Audience(Entity, kind="AUDIENCE", scope="platform"):
    """That tokens of an issuer for an audience are good here, and how their tenant is found."""

    issuer: str
    audience: str
    tenant_claim: str | None = None
    """The claim that tells their tenants apart, the same for all of them: two would let a token be of two tenants."""
    tenant_id: str | None = None
    """The only tenant they are for, where there is no such claim."""
    rules: int = 1
    """How many rules rest on it, but for those of tenants that came out of a backup alone. It goes with the last."""

    @key("ISSUER#{issuer}", "AUDIENCE#{audience}")
    def at(*, issuer: str, audience: str) -> None:
        "One audience of an issuer."


class AudienceTenant(Entity, kind="AUDIENCE_TENANT", scope="platform"):
    """Makes a value of the claim that tells tenants apart belong to one of them."""

    issuer: str
    audience: str
    tenant_value: str
    tenant_id: str

    @key("ISSUER#{issuer}", "TENANT#{audience}#{tenant_value}")
    def at(*, issuer: str, audience: str, tenant_value: str) -> None:
        "The tenant that a value stands for."

    @access("ISSUER#{issuer}", "TENANT#{audience}#")
    def of_audience(*, issuer: str, audience: str) -> None:
        "The tenants that share an audience, by their values."


ISSUER_ENTITIES = (Audience, AudienceTenant)
