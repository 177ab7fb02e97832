"""`entaku audit`: who changed something, and from what to what."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

import click

from entaku.cli.commands import EntakuCommand
from entaku.cli.instants import read_day, read_instant
from entaku.cli.listing import Part, collect, list_options, wanted
from entaku.cli.output import Column, as_text, show_list
from entaku.cli.session import in_tenant
from entaku.core.errors import Invalid
from entaku.core.ids import shown

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.audit import AuditRecord
    from entaku.table import Page

# What a target may be. Modules record others; one of which there is no record is a slip of the keyboard.
TARGET_KINDS = ("library", "user", "department", "role", "group", "tenant")

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

COLUMNS = (
    Column("when", lambda record: record.recorded_at),
    Column("who", lambda record: record.actor + (f" of {record.actor_tenant}" if record.actor_tenant else "")),
    Column("what", lambda record: record.action.replace("_", " ")),
    Column("about", lambda record: record.subject),
    Column("change", lambda record: difference(record.before, record.after)),
    Column("reason", lambda record: record.reason),
    Column("change id", lambda record: record.change_id, is_spare=True),
)
OF = Column("of", lambda record: record.target)


@click.command(
    cls=EntakuCommand,
    example=(
        "entaku audit library:handbook\n"
        "entaku audit --actor kimura.aoi --from 2026-11-01T00:00+09:00\n"
        "entaku audit --day 2026-11-21 --limit 5"
    ),
)
@click.argument("target", required=False)
@click.option("--actor", "user_id", metavar="USER", help="What was done under this user id; @operator is this machine.")
@click.option("--day", type=read_day, metavar="DAY", help="What was done on this day, in UTC.")
@click.option("--from", "since", type=read_instant, metavar="INSTANT", help="Only what was done from then on.")
@click.option("--to", "until", type=read_instant, metavar="INSTANT", help="Only what was done before then.")
@list_options
def audit(
    target: str | None,
    user_id: str | None,
    day: date | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    everything: bool,
    cursor: str | None,
) -> None:
    """Show who changed something, newest first.

    TARGET is what was changed: library:ID, user:ID, department:ID, role:ID, group:ID or tenant:ID. In its place, name
    who did it with --actor, or a --day.
    """
    if sum(each is not None for each in (target, user_id, day)) != 1:
        raise Invalid("whose changes? name one of TARGET, --actor USER and --day DAY")
    about = None if target is None else _target(target)
    part = wanted(limit, everything, cursor)

    async def work(app: App, actor: Actor) -> Part[AuditRecord]:
        from entaku.modules.audit import Period, Target

        period = Period(since=since, until=until)

        async def fetch(size: int, after: str | None) -> Page[AuditRecord]:
            if about is not None:
                return await app.audit.list(actor, Target(*about), limit=size, after=after, period=period)
            if user_id is not None:
                return await app.audit.list_by(actor, user_id, limit=size, after=after, period=period)
            assert day is not None
            return await app.audit.list_on(actor, day, limit=size, after=after, period=period)

        found = await collect(fetch, part)
        if about is not None and not found.items:
            _check_kind(about[0], [kind.name for kind in app.sharing.kinds])
        return found

    columns = COLUMNS if target is not None else (*COLUMNS[:3], OF, *COLUMNS[3:])
    of_what = f"about {target}" if target is not None else f"by {user_id}" if user_id is not None else f"on {day}"
    show_list(in_tenant(work), columns, what=f"records {of_what}")


def _target(text: str) -> tuple[str, str]:
    """Kind and id. Raises Invalid that lists the kinds."""
    kind, _, target_id = text.partition(":")
    if not kind or not target_id:
        raise Invalid(f"{shown(text)} is no target; write one of {', '.join(f'{kind}:ID' for kind in TARGET_KINDS)}")
    return kind, target_id


def _check_kind(kind: str, of_modules: list[str]) -> None:
    """Raises Invalid for what nothing is called."""
    kinds = dict.fromkeys((*TARGET_KINDS, *of_modules))
    if kind not in kinds:
        raise Invalid(
            f"there is no record of any {shown(kind)}; write one of {', '.join(f'{each}:ID' for each in kinds)}"
        )


NOTHING = "none"
# Of a share: what the record says in columns of its own.
SAID_ALREADY = frozenset({"granted_at", "granted_by"})
# Of a new share: what nearly all of them have.
USUAL = (("include_children", True), ("is_delegated", False))


def difference(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """The fields that changed, each with its old and its new value; only what is new of something new."""
    if before is not None and after is None:
        return ""
    if before is None and after is not None:
        after = {name: value for name, value in after.items() if (name, value) not in USUAL}
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
