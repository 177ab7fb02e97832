"""What is kept of previews: those that need several walks or several pages, for a day.

PREVIEW#p       / METADATA              Preview: the change, how far it has come, what it counted
PREVIEW#p       / PAIRS#{run}#{part}    PreviewPart: some of its pairs
USER#u          / PREVIEWS              PreviewsOfUser: until when each of theirs is kept
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import msgspec

from entaku.modules.sharing.preview.comparing import Effect
from entaku.modules.sharing.preview.people import Position
from entaku.modules.sharing.preview.tally import Tally
from entaku.modules.sharing.sentences.reasons import ShareWarning
from entaku.modules.sharing.shareable import Resource
from entaku.table import Entity, access, key

PREVIEWS_KEPT = timedelta(hours=24)
PART_PAIRS_MAX = 100
PART_BYTES_MAX = 128 * 1024
"""Of the pairs of one part: an item holds 400 KB."""


class PreviewState(enum.StrEnum):
    RUNNING = "running"
    """Each time somebody asks for it, it goes on."""
    DONE = "done"


class AppliesTo(msgspec.Struct, frozen=True, kw_only=True):
    """The versions that a preview saw. Where one moves, it shows what the change would have done before."""

    resource: Resource | None = None
    resource_version: int | None = None
    """Of the one resource that the change is about."""
    directory_version: int
    user_id: str | None = None
    user_version: int | None = None
    """Of the one user whom the change is about."""


class Preview(Entity, kind="PREVIEW", expires="expires_at"):
    """One preview, as far as it has come."""

    preview_id: str
    change: str
    """As JSON."""
    resource: Resource | None
    """The one it is about: who manages that may see it. Without one it is for administrators."""
    thing_since: datetime | None = None
    """When that resource began: a later one of the same id is another."""
    asked_at: datetime
    happens_at: datetime
    """The instant of the change."""
    state: PreviewState
    applies_to: AppliesTo
    tally: Tally
    position: Position | None
    """Where it goes on."""
    run: int = 1
    """Counts from 1; one more each time that something moved and it began anew."""
    parts: int = 0
    warnings: tuple[ShareWarning, ...] = ()
    shares_released: int = 0
    people: str = ""
    """Of everybody who was looked at in this run, and their versions: `tokens.digest_of`."""
    people_pages: int = 0
    """Pages of people that were read in this run."""
    token: str | None = None
    expires_at: datetime

    @key("PREVIEW#{preview_id}", "METADATA")
    def at(*, preview_id: str) -> None:
        "One preview."


class PreviewPart(Entity, kind="PREVIEW_PART", expires="expires_at"):
    """Some pairs of a preview, in their order."""

    preview_id: str
    run: int
    part: int
    """Counts from 1 in each run."""
    effects: tuple[Effect, ...]
    expires_at: datetime

    @key("PREVIEW#{preview_id}", "PAIRS#{run:w6}#{part:w10}")
    def at(*, preview_id: str, run: int, part: int) -> None:
        "One part."

    @access("PREVIEW#{preview_id}", "PAIRS#{run:w6}#")
    def of_run(*, preview_id: str, run: int) -> None:
        "The parts of one run, in their order."


class PreviewsOfUser(Entity, kind="PREVIEWS_OF_USER", expires="expires_at"):
    """How many previews of a user are kept."""

    user_id: str
    kept_until: tuple[datetime, ...]
    """One for each, the first to end first; those that are over may be among them."""
    expires_at: datetime

    @key("USER#{user_id}", "PREVIEWS")
    def at(*, user_id: str) -> None:
        "The previews of one user."


PREVIEW_ENTITIES = (Preview, PreviewPart, PreviewsOfUser)
