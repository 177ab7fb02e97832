"""Our own answers, as OpenFGA's command takes them for tests of a store: so that one can be held against the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.modules.accounts import Principal
from entaku.modules.sharing import Check, Permission
from entaku.modules.workspace.model import Workspace
from entaku.modules.workspace.openfga.model_text import answer_of
from entaku.modules.workspace.openfga.store import direct_principals, instant_text

T = TypeVar("T")

PAIRS_MAX = 100_000
"""Pairs of a user and a library in one file."""
PAIRS_AT_ONCE = 25
"""Four checks each, which is as many as sharing answers in one call."""

Pair = tuple[str, str]
"""A user's id and a library's."""
Ask = Callable[[Actor, Sequence[Check]], Awaitable[list[bool]]]
"""Yes or no for each check, in order."""


class Answer(msgspec.Struct, frozen=True):
    """What somebody may do with one library at an instant: an entry of a test's `check`."""

    user: str
    object: str
    context: dict[str, str]
    assertions: dict[str, bool]


def pairs_of(workspace: Workspace, count: int) -> list[Pair]:
    """Pairs to ask about, always the same of the same workspace; fewer when there are no more.

    Up to half are people with whom a library is shared directly, spread over all shares. The others are spread over
    everybody and everything.
    """
    users, libraries = [user.id for user in workspace.users], [library.id for library in workspace.libraries]
    chosen = dict.fromkeys(_spread(list(_meant(workspace)), count // 2))
    for number in _spread(range(len(users) * len(libraries)), count):
        if len(chosen) < count:
            user, library = divmod(number, len(libraries))
            chosen[users[user], libraries[library]] = None
    return list(chosen)


async def answers_of(
    ask: Ask, actor: Actor, clock: Clock, workspace: Workspace, pairs: Sequence[Pair]
) -> tuple[Answer, ...]:
    """All four permissions of each pair, with the instant at which they were asked for.

    Raises what `ask` raises, and Unavailable when shares start and end as fast as it is asked.
    """
    turns = sorted(_turns(workspace))
    found: list[Answer] = []
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        found += await _at_one_instant(ask, actor, clock, turns, pairs[start : start + PAIRS_AT_ONCE])
    return tuple(found)


async def _at_one_instant(
    ask: Ask, actor: Actor, clock: Clock, turns: Sequence[datetime], pairs: Sequence[Pair]
) -> list[Answer]:
    """Asked again when a share has started or ended meanwhile: nobody knows then on which side the answers are."""
    checks = [
        Check(user_id=user, library_id=library, permission=permission)
        for user, library in pairs
        for permission in Permission
    ]
    for _ in range(ATTEMPTS_MAX):
        before = clock.now()
        said = iter(await ask(actor, checks))
        if bisect_right(turns, before) == bisect_right(turns, clock.now()):
            context = {"current_time": instant_text(before)}
            return [
                Answer(
                    f"user:{user}", f"library:{library}", context, {answer_of(each): next(said) for each in Permission}
                )
                for user, library in pairs
            ]
    raise Unavailable(f"shares started or ended during each of {ATTEMPTS_MAX} attempts to ask; try again later")


def _turns(workspace: Workspace) -> set[datetime]:
    shares = [share for library in workspace.libraries for share in library.shares]
    return {at for share in shares for at in (share.starts_at, share.expires_at) if at is not None}


def _meant(workspace: Workspace) -> Iterator[Pair]:
    """For every share one person whom it is with directly, each in turn where there are several."""
    members: dict[Principal, list[str]] = {}
    for user in workspace.users:
        for principal in direct_principals(user):
            members.setdefault(principal, []).append(user.id)
    turn = 0
    for library in workspace.libraries:
        yield library.owner, library.id
        for share in library.shares:
            those = members.get(share.principal, ())
            if those:
                yield those[turn % len(those)], library.id
                turn += 1


def _spread(things: Sequence[T], count: int) -> Iterator[T]:
    """So many of the things, evenly from the first on; all of them when there are no more."""
    taken = min(count, len(things))
    for number in range(taken):
        yield things[number * len(things) // taken]
