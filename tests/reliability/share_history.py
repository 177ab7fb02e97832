"""The audit trail of each library, replayed: it leads to exactly the shares there are, and to the library's version.

A share change without a record, a record without a change, and a change recorded twice all break the replay. So does a
share that another transaction wrote than the one that wrote its last record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from entaku.modules.audit import AuditRecord
from entaku.modules.sharing import Library, Share
from tests.reliability.stored import Found, Holding

SHARE_ACTIONS = ("share_added", "share_changed", "share_removed")


def history_violations(holding: Holding) -> Iterator[str]:
    """What the trails of a tenant's libraries do not explain."""
    trails: dict[str, list[Found]] = defaultdict(list)
    for found in holding.found(AuditRecord):
        if found.entity.target.kind == "library":
            trails[found.entity.target.id].append(found)
    shares: dict[str, dict[str, Found]] = defaultdict(dict)
    for found in holding.found(Share):
        shares[found.entity.resource.id][str(found.entity.principal)] = found
    for found in holding.found(Library):
        library: Library = found.entity
        *before, trail = _lives(trails.pop(library.library_id, []))
        yield from _versions(library.library_id, library.version, trail)
        yield from _revision(library, trail)
        yield from _shares(library, trail, shares[library.library_id])
        yield from _ended(library.library_id, before)
    for library_id, records in sorted(trails.items()):
        yield from _ended(library_id, _lives(records))


def _lives(records: list[Found]) -> list[list[Found]]:
    """The records of all libraries that have had an id, one library after the other."""
    lives: list[list[Found]] = [[]]
    for found in sorted(records, key=lambda each: each.entity.target_version):
        if found.entity.action == "library_created" and lives[-1]:
            lives.append([])
        lives[-1].append(found)
    return lives


def _ended(library_id: str, lives: list[list[Found]]) -> Iterator[str]:
    """A library that is not there any more was closed for good, and each of its versions has its record."""
    for trail in lives:
        if not any((found.entity.after or {}).get("state") == "purging" for found in trail):
            yield f"library {library_id} is recorded and is not there"
        elif trail:
            yield from _versions(library_id, trail[-1].entity.target_version, trail)


def _versions(library_id: str, version: int, trail: list[Found]) -> Iterator[str]:
    """Each version has its record, from the creation to the last one, and one transaction."""
    writes: dict[int, set[str]] = defaultdict(set)
    for found in trail:
        writes[found.entity.target_version].add(found.write_id)
    expected = range(version - len(writes) + 1, version + 1)
    if sorted(writes) != list(expected):
        missing = sorted(set(expected) - writes.keys())[:5]
        yield f"library {library_id} at {version} has no record of its versions {missing}"
    if not trail or trail[0].entity.action != "library_created":
        yield f"library {library_id} has no record of its creation"
    for version, write_ids in writes.items():
        if len(write_ids) > 1:
            yield f"version {version} of library {library_id} was recorded by {len(write_ids)} transactions"


def _revision(library: Library, trail: list[Found]) -> Iterator[str]:
    """It counts the versions with which shares were changed; a transfer counts as one of the library."""
    actions: dict[int, set[str]] = defaultdict(set)
    for found in trail:
        actions[found.entity.target_version].add(found.entity.action)
    changes = [each for each in actions.values() if each & {*SHARE_ACTIONS} and "library_transferred" not in each]
    if library.revision != len(changes):
        yield f"library {library.library_id} counts {library.revision} share changes and {len(changes)} are recorded"


def _shares(library: Library, trail: list[Found], stored: dict[str, Found]) -> Iterator[str]:
    present: dict[str, Any] = {}
    last_write: dict[str, str] = {}
    for found in trail:
        record: AuditRecord = found.entity
        if record.action not in SHARE_ACTIONS:
            continue
        subject = str(record.subject)
        if present.get(subject) != record.before or record.before == record.after:
            yield f"{record.action} of {library.library_id} with {subject} does not follow from the record before"
        if record.after is None:
            present.pop(subject, None)
        else:
            present[subject] = record.after
        last_write[subject] = found.write_id
    terms = {
        subject: msgspec.to_builtins(found.entity.terms, order="deterministic") for subject, found in stored.items()
    }
    for subject in sorted(terms.keys() | present.keys()):
        if terms.get(subject) != present.get(subject):
            yield f"the share of {library.library_id} with {subject} is not what its records lead to"
        elif stored[subject].write_id != last_write[subject]:
            yield f"the share of {library.library_id} with {subject} was written by another transaction than its record"
