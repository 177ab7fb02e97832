"""The rules of sharing as an OpenFGA model: one text a policy, from which our own answers follow.

A share is one tuple for each of its permissions, in a relation that names its level and the permission:
`group:staff#member` is `group_write` of `library:handbook`. Every share grants read, so `group_read` says as well that
some share with a group counts now, and `but not` can tell which level is the nearest. Shares that were passed on stand
in relations of their own, which nothing is taken from. Times are conditions on tuples: who asks says what time it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from entaku.modules.accounts import PrincipalKind
from entaku.modules.sharing import Permission
from entaku.modules.workspace.model import Policy

SUBJECTS: Mapping[PrincipalKind, tuple[str, ...]] = {
    PrincipalKind.INDIVIDUAL: ("user",),
    PrincipalKind.GROUP: ("group#member",),
    PrincipalKind.ROLE: ("role#member",),
    PrincipalKind.DEPARTMENT: ("department#member", "department#tree_member"),
    PrincipalKind.ORGANISATION: ("organisation#member",),
}
"""Who stands in the tuples of a share with a principal of each kind. Of departments: itself, or with all below it."""

PASSED_ON = "delegated"
"""What the relations of shares begin with that were made by somebody who does not manage the library."""

LIVE, PASSED_ON_LIVE = "live", "passed_on"
"""The conditions: of a share that starts or ends, and of every one that was passed on, which also says by whom."""

BEGINNING, END = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"
"""What stands in a condition for no start and no end: every instant lies in between."""

_DIRECTORY = """\
model
  schema 1.1

type user

type organisation
  relations
    define member: [user]
    define deactivated: [user]
    define active: member but not deactivated

type role
  relations
    define member: [user]

type department
  relations
    define member: [user]
    define child: [department]
    define tree_member: member or tree_member from child

type group
  relations
    define member: [user, group#member]

type library
  relations
    define organisation: [organisation]
    define owner: [user]
"""

_CONDITIONS = """
condition live(current_time: timestamp, starts_at: timestamp, expires_at: timestamp) {
  current_time >= starts_at && current_time < expires_at
}

condition passed_on(current_time: timestamp, starts_at: timestamp, expires_at: timestamp, granted_by: string) {
  current_time >= starts_at && current_time < expires_at && granted_by != ""
}
"""


def model_text(policy: Policy) -> str:
    """The model of a tenant with this policy, in the language of OpenFGA, schema 1.1."""
    relations = (*_shares(), *_nearer(policy), *(_answer(permission, policy) for permission in Permission))
    return _DIRECTORY + "".join(f"    define {relation}\n" for relation in relations) + _CONDITIONS


def relation_of(kind: PrincipalKind, permission: Permission, *, is_passed_on: bool) -> str:
    """In which relation a tuple of a share stands."""
    return f"{PASSED_ON if is_passed_on else kind.value}_{permission.value}"


def answer_of(permission: Permission) -> str:
    """The relation that says who may do it, all rules applied."""
    return f"can_{permission.value}"


def _shares() -> Iterator[str]:
    for kind, subjects in SUBJECTS.items():
        either = (*subjects, *(f"{subject} with {LIVE}" for subject in subjects))
        for permission in Permission:
            yield f"{relation_of(kind, permission, is_passed_on=False)}: [{', '.join(either)}]"
    everybody = [f"{subject} with {PASSED_ON_LIVE}" for subjects in SUBJECTS.values() for subject in subjects]
    for permission in Permission:
        yield f"{PASSED_ON}_{permission.value}: [{', '.join(everybody)}]"


def _nearer(policy: Policy) -> Iterator[str]:
    """Whom a share of a nearer level decides for, by level."""
    if policy == "union":
        return
    kinds = list(SUBJECTS)
    for nearest, kind in pairwise(kinds):
        reads = relation_of(nearest, Permission.READ, is_passed_on=False)
        around = "" if nearest is kinds[0] else f"{_decided_before(nearest)} or "
        yield f"{_decided_before(kind)}: {around}{reads}"


def _decided_before(kind: PrincipalKind) -> str:
    return f"nearer_than_{kind.value}"


def _answer(permission: Permission, policy: Policy) -> str:
    ways = ["owner", f"{PASSED_ON}_{permission.value}"]
    for kind in SUBJECTS:
        relation = relation_of(kind, permission, is_passed_on=False)
        # Whoever decides grants read, so that reading is the same under either policy.
        decides_alone = policy == "union" or permission is Permission.READ or kind is PrincipalKind.INDIVIDUAL
        ways.append(relation if decides_alone else f"({relation} but not {_decided_before(kind)})")
    return f"{answer_of(permission)}: ({_any_of(ways)}) and active from organisation"


def _any_of(relations: Sequence[str]) -> str:
    return " or ".join(relations)
