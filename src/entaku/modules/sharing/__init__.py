"""Sharing: libraries shared with people, groups, roles, departments and the organisation; every answer explained.

model         the entities, and what they are called
evaluation    what a person may do, from everything that grants it (pure)
truth         what is read about a person and a library, true at one instant
explanation   why, or why not, in a sentence and as data (pure)
rights        who may know of a library, who may manage it
trail         what the audit trail keeps of libraries and shares
libraries     Libraries: create, find, change, hand over, delete
deletion      Deletion: a library closed, and its shares removed in steps
shares        Shares: list the shares of a library, change them, let them go with their principal
share_change  Change: one change of a library's shares, decided inside its transaction
warnings      what somebody who shares may not have meant (pure)
reached       what a user reaches, worked out from what was read (pure)
list_facts    what lists are made of, read or remembered
lists         Lists: everything a user reaches
checks        Checks: may this person do that
service       Sharing: all of them together
list_pages    ListPages: lists as they go over the wire, and those kept in memory
routes, views REST: /api/libraries, /api/checks, /api/users/{id}/libraries; reached_front answers the last one, fast
"""

from __future__ import annotations

from typing import Any

from entaku.modules.sharing.checks import AccessAnswer, Check, Checks
from entaku.modules.sharing.evaluation import Access, Source, evaluate
from entaku.modules.sharing.libraries import Libraries, LibraryChange, NewLibrary
from entaku.modules.sharing.lists import ListRequest, Lists, ReachedPage
from entaku.modules.sharing.model import (
    ENTITIES,
    SHARES_CHANGED_MAX,
    SHARES_OF_LIBRARY_MAX,
    Library,
    LibraryState,
    Permission,
    Resource,
    Share,
    Terms,
)
from entaku.modules.sharing.reached import ReachedLibrary
from entaku.modules.sharing.service import Sharing
from entaku.modules.sharing.share_change import Grant, ShareOutcome
from entaku.modules.sharing.shares import Shares


def http_routes() -> list[Any]:
    """The routes of the module. The web framework is loaded only when they are asked for."""
    from entaku.modules.sharing.routes import ROUTES

    return [*ROUTES]


def http_fronts(sharing: Sharing) -> list[Any]:
    """What stands in front of the framework."""
    from entaku.modules.sharing.routes import ReachedFront

    return [ReachedFront(sharing.pages)]


__all__ = [
    "ENTITIES",
    "SHARES_CHANGED_MAX",
    "SHARES_OF_LIBRARY_MAX",
    "Access",
    "AccessAnswer",
    "Check",
    "Checks",
    "Grant",
    "Libraries",
    "Library",
    "LibraryChange",
    "LibraryState",
    "ListRequest",
    "Lists",
    "NewLibrary",
    "Permission",
    "ReachedLibrary",
    "ReachedPage",
    "Resource",
    "Share",
    "ShareOutcome",
    "Shares",
    "Sharing",
    "Source",
    "Terms",
    "evaluate",
    "http_fronts",
    "http_routes",
]
