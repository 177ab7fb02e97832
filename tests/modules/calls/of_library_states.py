"""The operations of the life of a library: archived, deleted, restored, purged, handed over."""

from __future__ import annotations

from entaku.modules.sharing import Permission
from tests.modules.calls.furnishing import SmallWorld
from tests.modules.calls.operation import Operation

READ = frozenset({Permission.READ})


async def archive(world: SmallWorld) -> None:
    await world.sharing.libraries.archive(world.actor("ann"), "l")


async def delete(world: SmallWorld) -> None:
    await world.sharing.libraries.delete(world.actor("ann"), "l")


LIBRARY_STATES = (
    Operation("sharing.libraries.archive", "", archive),
    Operation("sharing.libraries.archive", "what is archived already", archive, archive),
    Operation("sharing.libraries.unarchive", "", lambda w: w.sharing.libraries.unarchive(w.actor("ann"), "l"), archive),
    Operation("sharing.libraries.delete", "", delete),
    Operation("sharing.libraries.restore", "", lambda w: w.sharing.libraries.restore(w.actor("ann"), "l"), delete),
    Operation("sharing.libraries.purge", "with a share", lambda w: w.sharing.libraries.purge(w.actor("ann"), "l")),
    Operation(
        "sharing.libraries.purge",
        "that was not shared",
        lambda w: w.sharing.libraries.purge(w.actor("ann"), "alone"),
    ),
    Operation(
        "sharing.libraries.purge", "out of the bin", lambda w: w.sharing.libraries.purge(w.actor("ann"), "l"), delete
    ),
    Operation(
        "sharing.purging.purge",
        "of any kind",
        lambda w: w.sharing.purging.purge(w.actor("ann"), w.sharing.kinds.named("library"), "l"),
    ),
    Operation(
        "sharing.libraries.list",
        "what is deleted",
        lambda w: w.sharing.libraries.list(w.actor(), limit=10, state="deleted"),
        delete,
    ),
    Operation("sharing.libraries.transfer", "", lambda w: w.sharing.libraries.transfer(w.actor("ann"), "l", "bob")),
    Operation(
        "sharing.libraries.transfer",
        "keeping a share",
        lambda w: w.sharing.libraries.transfer(w.actor("ann"), "l", "bob", keep=READ),
    ),
)
