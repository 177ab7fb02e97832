"""What goes over the wire about access to libraries, and about many checks at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from entaku.modules.sharing.access.checks import CHECKS_MAX, AccessAnswer, Check
from entaku.modules.sharing.access.evaluation import AccessType
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.sentences.reasons import Explanation


class LibraryAccess(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do with a library, now."""

    library_id: str
    user_id: str
    permissions: tuple[Permission, ...]
    """In the order read, write, delete, share; empty for no access."""
    access_type: AccessType | None
    next_transition: datetime | None
    """When the answer may change by itself, because a share starts or ends. Who does not manage the library is told of
    ends only: what is to start is a near miss."""
    why: Explanation


class ChecksBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Questions to answer together."""

    checks: Annotated[
        tuple[Check, ...],
        msgspec.Meta(
            min_length=1,
            max_length=CHECKS_MAX,
            description="Each names a library by library_id, or a thing of any kind as resource.",
            examples=[[{"user_id": "hana.sato", "library_id": "handbook", "permission": "write"}]],
        ),
    ]


class ChecksView(msgspec.Struct, frozen=True, kw_only=True):
    """Yes or no for each question, in order."""

    results: tuple[bool, ...]


def library_access(answer: AccessAnswer) -> LibraryAccess:
    """The answer about a library, as it goes over the wire."""
    fields = msgspec.structs.asdict(answer)
    return LibraryAccess(library_id=fields.pop("resource").id, **fields)
