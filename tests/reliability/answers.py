"""Holds answers against the audit trail: what was acknowledged is there once, what was refused left nothing behind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from entaku.main import App
from entaku.modules.accounts import Group, UserProfile
from entaku.modules.audit import AuditRecord
from entaku.modules.sharing import Library
from entaku.table import Entity
from tests.reliability.killed_import import TENANT
from tests.reliability.operations import DELETIONS, Answer
from tests.reliability.stored import Found, Holding, holdings

_ACTIONS = {
    "move": "user_changed",
    "nest": "group_changed",
    "rename": "library_changed",
    "new_user": "user_created",
    "new_group": "group_created",
    "new_library": "library_created",
}
_IDS: dict[str, tuple[type[Entity], str]] = {
    "move": (UserProfile, "user_id"),
    "nest": (Group, "group_id"),
    "new_user": (UserProfile, "user_id"),
    "delete_user": (UserProfile, "user_id"),
    "new_group": (Group, "group_id"),
    "delete_group": (Group, "group_id"),
}


async def answer_violations(app: App, answers: Iterable[Answer]) -> list[str]:
    """Each answer that the table does not bear out."""
    holding = (await holdings(app))[TENANT]
    records: dict[str, list[Found]] = defaultdict(list)
    for found in holding.found(AuditRecord):
        records[found.entity.request_id].append(found)
    return [
        f"{answer.operation.kind} {answer.operation.id} on {answer.operation.target}: {sentence}"
        for answer in answers
        for sentence in _violations(holding, answer, records[answer.operation.id])
    ]


def _violations(holding: Holding, answer: Answer, records: list[Found]) -> Iterator[str]:
    kind = answer.operation.kind
    if kind in DELETIONS:
        if not answer.refused:
            yield from _is_gone(holding, answer)
        return
    if kind == "delete_library":
        yield from _library_deletion(holding, answer, records)
        return
    if answer.refused:
        if records:
            yield f"it was refused ({answer.refused}) and recorded {len(records)} times"
        return
    if len({found.write_id for found in records}) > 1:
        yield "it was done by several transactions"
    noted = sorted((found.entity.action, str(found.entity.subject)) for found in records)
    expected = _expected(answer, noted)
    if noted != expected:
        yield f"it was acknowledged as {expected} and is recorded as {noted}"
    versions = {found.entity.target_version for found in records}
    if records and versions != {answer.version}:
        yield f"it was acknowledged at version {answer.version} and is recorded at {sorted(versions)}"
    if _version(holding, answer) < answer.version:
        yield f"it was acknowledged at version {answer.version} and the target is older"


def _library_deletion(holding: Holding, answer: Answer, records: list[Found]) -> Iterator[str]:
    """It takes several steps and has no key: asked for again after it was done, it finds nothing more to delete; and it
    may go on with what another one has begun, or meet a later library of the same id. When it is acknowledged, nothing
    of the library is left."""
    actions = Counter(found.entity.action for found in records)
    if actions["library_deleted"] > 2 or actions.keys() - {"library_deleted", "share_removed"}:
        yield f"it is recorded as {dict(actions)}"
    if answer.refused not in ("", "not_found", "unavailable") and records:
        yield f"it was refused ({answer.refused}) and recorded {len(records)} times"
    last = max((found.entity.target_version for found in records), default=0)
    left = [each for each in holding.all(Library) if each.library_id == answer.operation.target and not each.is_gone]
    if not answer.refused and any(library.version <= last for library in left):
        yield f"it was acknowledged, last recorded at version {last}, and the library is not gone"


def _expected(answer: Answer, noted: list[tuple[str, str]]) -> list[tuple[str, str]]:
    match answer.operation.kind:
        case "share":
            return list(answer.subjects)
        case "transfer":
            # To the owner it has, only the name changes; and a share of the new owner goes.
            mine = ("library_transferred", "library_changed", "share_removed")
            return noted if noted and {action for action, _ in noted} <= {*mine} else [("library_transferred", "None")]
        case kind:
            return [(_ACTIONS[kind], "None")]


_DELETED = ("user_deleted", "group_deleted", "library_deleted")


def _version(holding: Holding, answer: Answer) -> int:
    """The target's version now. What has been deleted since has been overtaken: that is the deletion's affair."""
    kind, id_field = _IDS.get(answer.operation.kind, (Library, "library_id"))
    versions = [
        found.item.version
        for found in holding.found(kind)
        if getattr(found.entity, id_field) == answer.operation.target
    ]
    deletions = any(
        record.target.id == answer.operation.target and record.action in _DELETED for record in holding.all(AuditRecord)
    )
    return versions[0] if versions else answer.version if deletions else 0


def _is_gone(holding: Holding, answer: Answer) -> Iterator[str]:
    """What was deleted is not there, unless somebody made it again: then it began at a later version."""
    kind, id_field = _IDS[answer.operation.kind]
    for found in holding.found(kind):
        if getattr(found.entity, id_field) == answer.operation.target:
            created = [
                record.target_version
                for record in holding.all(AuditRecord)
                if record.target.id == answer.operation.target and record.action in ("user_created", "group_created")
            ]
            if max(created, default=0) <= answer.version:
                yield f"its deletion at version {answer.version} was acknowledged, and it is there"
