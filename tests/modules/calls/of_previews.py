"""The operations of previews, case by case."""

from __future__ import annotations

from typing import Any

from entaku.modules.accounts import EntryChange, SharingPolicy, UserChange, parse_principal
from entaku.modules.sharing import (
    EntryDeletion,
    EntryMove,
    MembersChange,
    PolicyChange,
    Resource,
    ResourceMove,
    SharesChange,
    UserDeletion,
    UserMove,
)
from tests.modules.calls.furnishing import SmallWorld
from tests.modules.calls.operation import Deed, Operation
from tests.modules.sharing.world import grant

L = Resource("library", "l")
CROWD = 201
"""Users who gain something: one more than a page names, so that the preview is kept."""


def preview(change: Any) -> Deed:
    return lambda w: w.sharing.previews.preview(w.actor(), change)


async def crowd(world: SmallWorld) -> None:
    await world.user(*(f"extra{n}" for n in range(CROWD)), groups="g")


async def kept(world: SmallWorld) -> None:
    """A preview of many."""
    await crowd(world)
    change = SharesChange(resource=Resource("library", "alone"), add=(grant("group:g"),))
    page = await world.sharing.previews.preview(world.actor(), change)
    world.preview_id = page.preview.preview_id


PREVIEWS = (
    Operation("sharing.previews.preview", "one share more", preview(SharesChange(resource=L, add=(grant("role:r"),)))),
    Operation(
        "sharing.previews.preview",
        "one share less",
        preview(SharesChange(resource=L, remove=(parse_principal("group:g"),))),
    ),
    Operation(
        "sharing.previews.preview",
        "a share with everybody",
        preview(SharesChange(resource=L, add=(grant("organisation"),))),
    ),
    Operation("sharing.previews.preview", "what ends by itself", preview(SharesChange(resource=L))),
    Operation(
        "sharing.previews.preview",
        "a library handed over",
        preview(ResourceMove(resource=L, move="transfer", owner="bob")),
    ),
    Operation("sharing.previews.preview", "a library deleted", preview(ResourceMove(resource=L, move="delete"))),
    Operation(
        "sharing.previews.preview",
        "a user who leaves a group",
        preview(UserMove(user_id="bob", change=UserChange(groups=frozenset()))),
    ),
    Operation("sharing.previews.preview", "a user deleted", preview(UserDeletion(user_id="bob"))),
    Operation(
        "sharing.previews.preview",
        "a group put inside another",
        preview(EntryMove(principal=parse_principal("group:empty"), change=EntryChange(parents=frozenset({"g"})))),
    ),
    Operation(
        "sharing.previews.preview", "a group deleted", preview(EntryDeletion(principal=parse_principal("group:empty")))
    ),
    Operation("sharing.previews.preview", "a member more", preview(MembersChange(group_id="g", join=("u1",)))),
    Operation("sharing.previews.preview", "another policy", preview(PolicyChange(policy=SharingPolicy.UNION))),
    Operation(
        "sharing.previews.preview",
        "more pairs than a page names",
        preview(SharesChange(resource=Resource("library", "alone"), add=(grant("group:g"),))),
        before=crowd,
    ),
    Operation(
        "sharing.previews.get",
        "",
        lambda w: w.sharing.previews.get(w.actor(), w.preview_id, limit=100),
        before=kept,
    ),
)
