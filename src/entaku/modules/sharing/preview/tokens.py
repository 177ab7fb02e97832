"""A token binds a change of shares to what its preview saw: resource, directory, and everybody whom it concerns.

With the token the change is made only if none of these has moved: then it does exactly what was shown. It is sealed as
cursors are, so it is good in its tenant only, for the very same change of the very same resource.

A preview of several walks has one, too: what they have seen is summed up as they go. Who moved between two of them was
seen at a version that is over, or not at all, or twice, and then the sum is not that of the people there are.

A user who moves between the check and the commit is no flaw: neither reads what the other writes, so all is as if the
user had moved after the change. Resource and directory are checked in the transaction itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from entaku.core.errors import Conflict, Invalid
from entaku.modules.accounts import Principal
from entaku.modules.sharing.access.rights import Standing
from entaku.modules.sharing.preview.changes import SharesChange, encoded
from entaku.modules.sharing.preview.people import USERS_AT_ONCE, People, Position, batches, people_in
from entaku.modules.sharing.shareable import Shareable
from entaku.modules.sharing.shares.change import Grant
from entaku.table import Reader

WAY_OUT = "preview the change again"
PAGES_CHECKED_MAX = 150
"""Pages of up to 100 people, of two calls each, that are read again when a change is made as it was previewed. What
concerns more people has no token."""
_DIGEST_BYTES = 16


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a preview of a change of shares rests on."""

    resource_version: int
    directory_version: int
    people: str
    """Of the versions of all profiles."""


def sealed(table: Reader, change: SharesChange, thing: Shareable, seen: Seen) -> str:
    """The token."""
    return table.seal_cursor(_name(change, thing), msgspec.json.encode(seen).decode())


async def check_preview(
    table: Reader, caller: Standing[Shareable], add: Sequence[Grant], remove: Sequence[Principal], token: str
) -> None:
    """Raises Invalid for a token of another change, resource or tenant, Conflict when something moved that its preview
    saw, Forbidden for who does not manage the resource. A call for every 20 departments, roles or groups that are
    concerned, and one for every 100 of their members."""
    # What others pass on lowers nobody, so it would not do what was shown to whoever previewed it.
    caller.check_manager("a change as it was previewed")
    thing, facts = caller.thing, caller.facts
    change = SharesChange(resource=thing.resource, add=tuple(add), remove=tuple(remove))
    try:
        seen = msgspec.json.decode(table.open_cursor(_name(change, thing), token), type=Seen)
    except Invalid as error:
        message = f"the preview is not of this change of {caller.named}; send what was previewed, or {WAY_OUT}"
        raise Invalid(message) from error
    if thing.version != seen.resource_version:
        raise Conflict(f"{caller.named} has changed since the preview; {WAY_OUT}", current_version=thing.version)
    if facts.directory.version != seen.directory_version:
        raise Conflict(f"the directory has changed since the preview; {WAY_OUT}")
    people = people_in(facts.hierarchy, facts.directory, change.principals)
    versions = await _versions_of(table, people)
    if versions is None or digest_of(versions) != seen.people:
        raise Conflict(f"somebody whom the change concerns has moved since the preview; {WAY_OUT}")


def digest_of(versions: Mapping[str, int], *, so_far: str = "") -> str:
    """Of the versions of profiles by user id, and of those that the digest so far is of, in whatever order they come:
    the sum of what is drawn from each."""
    total = int(so_far or "0", 16)
    for user_id, version in versions.items():
        drawn = hashlib.blake2b(f"{user_id} {version}".encode(), digest_size=_DIGEST_BYTES).digest()
        total += int.from_bytes(drawn)
    return f"{total % (1 << 8 * _DIGEST_BYTES):0{2 * _DIGEST_BYTES}x}"


async def _versions_of(table: Reader, people: People) -> dict[str, int] | None:
    """None where there are more than a preview with a token has."""
    versions: dict[str, int] = {}
    pages = 0
    async for batch in batches(table, people, Position(), size=USERS_AT_ONCE):
        if pages == PAGES_CHECKED_MAX:
            return None
        pages += 1
        versions |= {profile.user_id: profile.version for profile in batch.profiles}
    return versions


def _name(change: SharesChange, thing: Shareable) -> str:
    """What the token is sealed for: the change, in whatever order it names principals, of this very resource and not of
    one that has its id later."""
    in_order = SharesChange(
        resource=change.resource,
        add=tuple(sorted(change.add, key=lambda grant: grant.principal)),
        remove=tuple(sorted(change.remove)),
    )
    digest = hashlib.blake2b(encoded(in_order).encode(), digest_size=16).hexdigest()
    return f"preview of {change.resource} since {thing.begun_at.isoformat()} {digest}"
