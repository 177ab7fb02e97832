"""What must be true of the embedded engine's file itself, below the table: SQLite's own check, and no orphans."""

from __future__ import annotations

from pathlib import Path

import apsw

_ORPHANS = {
    "index entries of no item": (
        "SELECT count(*) FROM index_entry e WHERE NOT EXISTS (SELECT 1 FROM item i WHERE (i.pk, i.sk) = (e.pk, e.sk))"
    ),
    "index entries that their item does not name": (
        "SELECT count(*) FROM index_entry e JOIN item i USING (pk, sk) WHERE NOT EXISTS (SELECT 1 FROM"
        " json_each(i.index_keys) k WHERE k.value ->> 0 = e.number AND k.value ->> 1 = e.index_pk"
        " AND k.value ->> 2 = e.index_sk)"
    ),
    "index keys without an entry": (
        "SELECT count(*) FROM item i, json_each(i.index_keys) k WHERE NOT EXISTS (SELECT 1 FROM index_entry e WHERE"
        " e.number = k.value ->> 0 AND e.index_pk = k.value ->> 1 AND e.index_sk = k.value ->> 2"
        " AND (e.pk, e.sk) = (i.pk, i.sk))"
    ),
    "large values of no item": (
        "SELECT count(*) FROM large_data l WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.large_id = l.id)"
    ),
    "items whose large value is not there": (
        "SELECT count(*) FROM item i WHERE i.large_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM large_data l WHERE l.id = i.large_id)"
    ),
    "logged items whose last change is not the last of the log": (
        # The log has no index of keys: it is gone through once, not once for each item.
        "WITH latest AS MATERIALIZED (SELECT pk, sk, max(position) AS position FROM change GROUP BY pk, sk)"
        " SELECT count(*) FROM item i JOIN latest l ON (l.pk, l.sk) = (i.pk, i.sk)"
        " JOIN change c ON c.position = l.position WHERE i.logged_for IS NOT NULL AND i.version <> c.version"
    ),
}


def file_violations(file: Path) -> list[str]:
    """What is wrong with the file, as sentences. Reads as an own connection; others may have it open."""
    connection = apsw.Connection(str(file))
    try:
        answers = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
        sentences = [] if answers == ["ok"] else [f"{file.name}: {answer}" for answer in answers]
        counts = {what: connection.execute(question).get for what, question in _ORPHANS.items()}
        return sentences + [f"{file.name}: {count} {what}" for what, count in counts.items() if count]
    finally:
        connection.close()
