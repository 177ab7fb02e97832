"""What an approval would take away from who asked: a share of their own outranks those of their groups and department,
and takes the place of the one that they have. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from entaku.core.clock import instant_text
from entaku.core.errors import Conflict
from entaku.modules.accounts import individual
from entaku.modules.sharing.access.evaluation import Source
from entaku.modules.sharing.access.truth import Facts
from entaku.modules.sharing.model import Permission, Terms, in_order
from entaku.modules.sharing.preview.comparing import Step, compared


def check_takes_nothing(facts: Facts, terms: Terms, now: datetime, *, says_what: bool, says_until: bool) -> None:
    """Raises Conflict, which names what to approve instead, where who asked would have less with this share than
    without it. `says_what` and `says_until`: whoever approves has said the permissions, or the end, themselves."""
    steps = compared(facts, _with_share(facts, terms), now)
    assert facts.thing is not None and facts.profile is not None, "who approves has read both"
    who, named = facts.profile.user_id, f"{facts.thing.resource.kind} {facts.thing.resource.id!r}"
    lost = _lost(step for step in steps if not terms.has_ended(step.at))
    if lost and not says_what:
        union = ", ".join(in_order(terms.permissions | lost))
        raise Conflict(
            f"{who!r} may {', '.join(in_order(lost))} in {named} without the share that is asked for, and not with it;"
            f" approve with the permissions {union}, or with those that they are to have"
        )
    lost = _lost(step for step in steps if terms.has_ended(step.at))
    if lost and not says_until and terms.expires_at is not None:
        raise Conflict(
            f"{who!r} has a share of {named} that grants {', '.join(in_order(lost))} beyond"
            f" {instant_text(terms.expires_at)}, when the share that is asked for ends in its place; approve with the"
            " expires_at that it is to have"
        )


def _with_share(facts: Facts, terms: Terms) -> Facts:
    """The facts once the share is made."""
    assert facts.profile is not None, "who asked is there"
    own = individual(facts.profile.user_id)
    others = tuple(source for source in facts.sources if source.principal != own)
    made = (Source(each, terms) for each in facts.hierarchy.memberships(facts.profile) if each.principal == own)
    return msgspec.structs.replace(facts, sources=(*made, *others))


def _lost(steps: Iterable[Step]) -> frozenset[Permission]:
    """What is had without the change and not with it, at any of these instants."""
    return frozenset[Permission]().union(*({*step.before.permissions} - {*step.after.permissions} for step in steps))
