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
        trail = sorted(trails.pop(library.library_id, []), key=lambda each: each.entity.target_version)
        yield from _versions(library, trail)
        yield from _shares(library, trail, shares[library.library_id])
    for library_id in sorted(trails):
        yield f"library {library_id} is recorded and is not there"


def _versions(library: Library, trail: list[Found]) -> Iterator[str]:
    """Each version has its record, from the creation to the present one, and one transaction."""
    writes: dict[int, set[str]] = defaultdict(set)
    for found in trail:
        writes[found.entity.target_version].add(found.write_id)
    expected = range(library.version - len(writes) + 1, library.version + 1)
    if sorted(writes) != list(expected):
        missing = sorted(set(expected) - writes.keys())[:5]
        yield f"library {library.library_id} at {library.version} has no record of its versions {missing}"
    if not trail or trail[0].entity.action != "library_created":
        yield f"library {library.library_id} has no record of its creation"
    for version, write_ids in writes.items():
        if len(write_ids) > 1:
            yield f"version {version} of library {library.library_id} was recorded by {len(write_ids)} transactions"
    changes = {
        version
        for version in writes
        if any(f.entity.action in SHARE_ACTIONS for f in trail if f.entity.target_version == version)
        and not any(f.entity.action == "library_transferred" for f in trail if f.entity.target_version == version)
    }
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
