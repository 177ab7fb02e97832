"""Whom one can share with: a person, a group, a role, a department, or the whole organisation."""

from __future__ import annotations

import enum

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import check_id, shown


class PrincipalKind(enum.StrEnum):
    """From the nearest to the farthest: this order is the order of precedence in sharing."""

    INDIVIDUAL = "individual"
    GROUP = "group"
    ROLE = "role"
    DEPARTMENT = "department"
    ORGANISATION = "organisation"


class Principal(msgspec.Struct, frozen=True, order=True):
    """Somebody one can share with. Written `group:staff`; the organisation, of which there is one, `organisation`."""

    kind: PrincipalKind
    id: str

    def __str__(self) -> str:
        return self.kind.value if self.kind is PrincipalKind.ORGANISATION else f"{self.kind.value}:{self.id}"


ORGANISATION = Principal(PrincipalKind.ORGANISATION, "organisation")


def individual(user_id: str) -> Principal:
    return Principal(PrincipalKind.INDIVIDUAL, user_id)


def parse_principal(text: str) -> Principal:
    """Reads `kind:id`, or `organisation`. `user:` may stand for `individual:`. Raises Invalid that lists the kinds."""
    kind_text, _, principal_id = text.partition(":")
    if text == ORGANISATION.kind.value:
        return ORGANISATION
    try:
        kind = PrincipalKind("individual" if kind_text == "user" else kind_text)
    except ValueError:
        kind = None
    if kind is None or kind is PrincipalKind.ORGANISATION:
        raise Invalid(
            f"{shown(text)} is no principal: write individual:ID, group:ID, role:ID, department:ID or organisation"
        )
    return Principal(kind, check_id(principal_id, kind.value))
