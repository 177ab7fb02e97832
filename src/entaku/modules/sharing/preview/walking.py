"""Walks through the pairs that a change concerns, and compares each: what is read is true at one instant, if the reader
is of one.

A walk stops after so many pairs, bytes or pages, and says where: another one goes on there.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import msgspec

from entaku.core.limits import MIB
from entaku.modules.sharing.preview.comparing import Effect, by_itself, compared
from entaku.modules.sharing.preview.foreseen import Foreseen
from entaku.modules.sharing.preview.pairs import PairFacts, Reaching, concerned_by, is_other_policy, pair_of_subject
from entaku.modules.sharing.preview.people import USERS_AT_ONCE, Position, batches
from entaku.modules.sharing.shareable import ResourceKinds
from entaku.table import Reader

PAIRS_AT_ONCE = 2_000
"""Of one walk, and so of one call."""
PAGES_AT_ONCE = 100
"""Pages of people in one walk, each of two calls."""
EFFECTS_BYTES_MAX = 1 * MIB
"""Of the effects of one walk, which are kept in one transaction."""
REACHING_AT_ONCE = 20
"""Users of one page where everything is read that each of them reaches."""


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """What one walk came to."""

    effects: tuple[Effect, ...]
    looked_at: int
    profiles: dict[str, int]
    """The versions of the profiles of all whose pairs were looked at, by user id."""
    pages: int
    """Pages of people that were read."""
    position: Position | None
    """Where the next walk goes on; None when this was the last pair."""


class Instants(msgspec.Struct, frozen=True):
    """When the preview was asked for, and the instant that it is about."""

    now: datetime
    at: datetime


async def walk(
    reader: Reader,
    kinds: ResourceKinds,
    foreseen: Foreseen,
    instants: Instants,
    position: Position,
    *,
    pairs_max: int,
) -> Walk:
    """Compares the pairs from the position on, as far as one walk goes."""
    effects: list[Effect] = []
    profiles: dict[str, int] = {}
    looked_at = pages = weight = 0
    reaching = None if foreseen.subject is not None else Reaching(reader, kinds, foreseen)
    size = REACHING_AT_ONCE if is_other_policy(foreseen) else USERS_AT_ONCE

    def walked(stop: Position | None) -> Walk:
        return Walk(effects=tuple(effects), looked_at=looked_at, profiles=profiles, pages=pages, position=stop)

    async for batch in batches(reader, foreseen.people, position, size=size):
        if pages == PAGES_AT_ONCE:
            return walked(Position(batch.stage, batch.cursor))
        pages += 1
        await asyncio.sleep(0)  # A hundred pairs are much work; others get their turn.
        is_begun = (batch.stage, batch.cursor) == (position.stage, position.cursor)
        latest = position if is_begun else Position(batch.stage, batch.cursor)
        users = [concerned_by(foreseen, each) for each in batch.profiles if each.user_id >= latest.user_id]
        if reaching is not None:
            await reaching.read(users)
        for user in users:
            for pair in [pair_of_subject(foreseen, user)] if reaching is None else reaching.pairs(user):
                following = latest.after(pair.profile.user_id, str(pair.thing.resource))
                if following is None:
                    continue
                if looked_at == pairs_max or weight > EFFECTS_BYTES_MAX:
                    return walked(latest)
                latest, looked_at = following, looked_at + 1
                profiles[pair.profile.user_id] = pair.profile.version
                effect = _effect(pair, foreseen, instants)
                if effect is not None:
                    effects.append(effect)
                    weight += len(msgspec.json.encode(effect))
    return walked(None)


def _effect(pair: PairFacts, foreseen: Foreseen, instants: Instants) -> Effect | None:
    """None for a pair that nothing happens to."""
    if foreseen.is_by_itself:
        steps = by_itself(pair.before, instants.now, instants.at)
    else:
        steps = compared(pair.before, pair.after, instants.at)
    if not steps:
        return None
    return Effect(
        user_id=pair.profile.user_id,
        user_name=pair.profile.name,
        is_service=pair.profile.is_service,
        resource=pair.thing.resource,
        resource_name=pair.thing.name,
        steps=steps,
    )
