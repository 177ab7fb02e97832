"""The table: entities and access patterns declared once, on one physical table, whatever engine keeps it.

    class Note(Entity, kind="NOTE"):
        book: str
        id: str
        text: str = ""

        @key("BOOK#{book}", "NOTE#{id}")
        def at(*, book: str, id: str): "One note."

        @access("BOOK#{book}", "NOTE#")
        def in_book(*, book: str): "The notes of a book, by id."

    table = Table(driver, Model([Note]), secret=secret).for_tenant("acme")
    await table.create(Note(book="b1", id="n1"))
    page = await table.list(Note.in_book(book="b1"), limit=50)

Read the files in this order: `keys` and `templates` (how values become keys), `patterns` and `entity` (what is
declared), `model` (what is checked), `reader`, `paging`, `transaction` and `commit` (what is done), `driver` (what an
engine must do), `turns` (writers that wait for each other). Packages beside them: `drivers` (the engines), `blobs`
(values that are too large for their items), `moving` (backups, copies, new indexes), `derived` and `pricing` (what is
made from the declarations), `metering` (units that were used).
"""

from __future__ import annotations

from entaku.table.blobs.apart import BlobReference, kept_apart
from entaku.table.blobs.store import BlobInfo, BlobStore
from entaku.table.entity import Entity, changed, upgrade
from entaku.table.fields import Condition, add, field
from entaku.table.idempotency import IDEMPOTENCY_KEY_LENGTH_MAX, IdempotencyKey, idempotency_key
from entaku.table.kept import Kept
from entaku.table.keys import fold
from entaku.table.model import Model
from entaku.table.paging import pages_of
from entaku.table.patterns import Key, Query, access, key
from entaku.table.reader import Page, Reader
from entaku.table.table import BoundTable, Table
from entaku.table.tail import EntityChange, Tail
from entaku.table.transaction import Transaction, Written

__all__ = [
    "IDEMPOTENCY_KEY_LENGTH_MAX",
    "BlobInfo",
    "BlobReference",
    "BlobStore",
    "BoundTable",
    "Condition",
    "Entity",
    "EntityChange",
    "IdempotencyKey",
    "Kept",
    "Key",
    "Model",
    "Page",
    "Query",
    "Reader",
    "Table",
    "Tail",
    "Transaction",
    "Written",
    "access",
    "add",
    "changed",
    "field",
    "fold",
    "idempotency_key",
    "kept_apart",
    "key",
    "pages_of",
    "upgrade",
]
