"""The table: entities and access patterns declared once on a single table, bound to one tenant at a time.

    keys, templates     how values become keys that cannot collide and sort as their values do
    entity, patterns    what a developer declares
    model               the entities of one table, checked together
    table               Table and BoundTable: the verbs
    reader, snapshots   reading, and reading a state that was true at one instant
    transaction         gathering writes;  commit, envelope, versions: writing them
    idempotency         do it once
    tail                following the change log, and what may be kept in memory because of it
    cursors             where a listing goes on
    driver              what an engine must do;  drivers/: the engines
"""

from entaku.table.entity import Entity, changed, info_of, upgrade
from entaku.table.fields import add, field
from entaku.table.idempotency import IdempotencyKey, IdempotencyRecord, PlatformIdempotencyRecord, idempotency_key
from entaku.table.keys import fold
from entaku.table.model import Model
from entaku.table.patterns import Key, Query, access, key
from entaku.table.reader import Page, Reader
from entaku.table.table import BoundTable, Table
from entaku.table.tail import EntityChange, Kept, Tail
from entaku.table.transaction import PlatformReceipt, Receipt, Transaction

OWN_ENTITIES = (IdempotencyRecord, PlatformIdempotencyRecord, Receipt, PlatformReceipt)
"""What the table itself stores; part of every model."""

__all__ = [
    "OWN_ENTITIES",
    "BoundTable",
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
    "access",
    "add",
    "changed",
    "field",
    "fold",
    "idempotency_key",
    "info_of",
    "key",
    "upgrade",
]
