"""`entaku audit`: who changed something, and from what to what."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import click

from entaku.cli.commands import EntakuCommand
from entaku.cli.listing import Part, collect, list_options, wanted
from entaku.cli.output import Column, as_text, show_list
from entaku.cli.session import in_tenant
from entaku.core.errors import Invalid
from entaku.core.ids import shown

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.audit import AuditRecord

# What a target may be; anything else is a slip of the keyboard that would show an empty trail.
TARGET_KINDS = ("library", "user", "department", "role", "group", "tenant")

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

COLUMNS = (
    Column("when", lambda record: record.recorded_at),
    Column("who", lambda record: record.actor + (f" of {record.actor_tenant}" if record.actor_tenant else "")),
    Column("what", lambda record: record.action.replace("_", " ")),
    Column("about", lambda record: record.subject),
    Column("change", lambda record: difference(record.before, record.after)),
    Column("reason", lambda record: record.reason),
)


@click.command(cls=EntakuCommand, example="entaku audit library:handbook\nentaku audit user:kimura.aoi --limit 5")
@click.argument("target")
@list_options
def audit(target: str, limit: int, everything: bool, cursor: str | None) -> None:
    """Show who changed something, newest first.

    TARGET is what was changed: library:ID, user:ID, department:ID, role:ID, group:ID or tenant:ID.
    """
    kind, _, target_id = target.partition(":")
    if kind not in TARGET_KINDS or not target_id:
        raise Invalid(f"{shown(target)} is no target; write one of {', '.join(f'{kind}:ID' for kind in TARGET_KINDS)}")
    part = wanted(limit, everything, cursor)

    async def work(app: App, actor: Actor) -> Part[AuditRecord]:
        from entaku.modules.audit import Target

        about = Target(kind, target_id)
        return await collect(lambda size, after: app.audit.list(actor, about, limit=size, after=after), part)

    show_list(in_tenant(work), COLUMNS, what=f"records about {target}")


NOTHING = "none"
# Of a share: what the record says in columns of its own.
SAID_ALREADY = frozenset({"granted_at", "granted_by"})


def difference(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """The fields that changed, each with its old and its new value; only what is new of something new."""
    if before is not None and after is None:
        return ""
    old = {name: _value(value) for name, value in (before or {}).items()}
    new = {name: _value(value) for name, value in (after or {}).items()}
    parts: list[str] = []
    for name in {**old, **new}:
        was, is_now = old.get(name, ""), new.get(name, "")
        if name not in SAID_ALREADY and was != is_now:
            parts.append(f"{name}: {was or NOTHING} -> {is_now or NOTHING}" if name in old else f"{name}: {is_now}")
    return "; ".join(parts)


def _value(value: object) -> str:
    """A value of a record as everything else on the command line shows it: instants in UTC, permissions in their order.

    A record keeps what was there as plain data, so what it was is told by its look.
    """
    from entaku.modules.sharing import Permission

    if isinstance(value, str) and INSTANT.fullmatch(value):
        return as_text(datetime.fromisoformat(value))
    if isinstance(value, list):
        words = cast("list[object]", value)
        order: list[object] = list(Permission)
        return as_text(sorted(words, key=order.index) if set(words) <= set(order) else words)
    return as_text(value)
