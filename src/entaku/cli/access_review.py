"""`entaku access --at` and `entaku access verify`: who could reach what at an instant, as a table, CSV or a signed
document; and whether such a document is as it was written."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, named_tenant, wants_json
from entaku.cli.exit_status import say
from entaku.cli.import_progress import watched
from entaku.cli.instants import read_day, read_instant
from entaku.cli.listing import Part
from entaku.cli.output import Column, as_text, show_list, show_one
from entaku.cli.session import configured, in_tenant
from entaku.core.clock import SystemClock
from entaku.core.errors import Conflict, Invalid, NotFound
from entaku.core.ids import shown

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.sharing import ReviewedAccess, ReviewPage
    from entaku.table.progress import Tell

FORMATS = ("table", "csv", "json")
NOW = "now"
INTERRUPTED = "interrupted; nothing was changed"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""In full width, too: spreadsheets in Japanese read them alike."""

COLUMNS = (
    Column("user", lambda row: row.user_id),
    Column("name", lambda row: row.user_name, is_spare=True),
    Column("resource", lambda row: row.resource),
    Column("permissions", lambda row: row.permissions),
    Column("through", lambda row: row.via or row.access_type),
    Column("granted by", lambda row: row.granted_by),
    Column("since", lambda row: row.granted_at, is_spare=True),
    Column("until", lambda row: row.expires_at, is_spare=True),
)
CSV_COLUMNS = (
    Column("user_id", lambda row: row.user_id),
    Column("user_name", lambda row: row.user_name),
    Column("resource", lambda row: row.resource),
    Column("resource_name", lambda row: row.name),
    Column("owner", lambda row: row.owner),
    Column("state", lambda row: row.state.value),
    Column("permissions", lambda row: " ".join(row.permissions)),
    Column("access_type", lambda row: row.access_type),
    Column("via", lambda row: " ".join(row.via)),
    Column("granted_at", lambda row: _instant(row.granted_at)),
    Column("granted_by", lambda row: row.granted_by),
    Column("expires_at", lambda row: _instant(row.expires_at)),
)


@click.command(
    "review",
    cls=EntakuCommand,
    example=(
        "entaku access review --at 2026-11-01T00:00Z\n"
        "entaku access --at 2026-11-01 --user kimura.aoi --format csv\n"
        "entaku access --at now --format json --output november.json"
    ),
)
@click.option(
    "--at", "when", required=True, metavar="INSTANT", help="When: an instant, a day (when it begins in UTC), or now."
)
@click.option("--user", "user_id", metavar="USER", help="Only what this user could reach.")
@click.option("--library", "library_id", metavar="LIBRARY", help="Only who could reach this library.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="By default a table. JSON is signed.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file.")
def review(when: str, user_id: str | None, library_id: str | None, form: str | None, output: Path | None) -> None:
    """Show who could reach what at an instant, rebuilt from the audit trail.

    With `now` the trail is first compared with the shares, and nothing is shown if they do not agree.
    """
    form = form or ("json" if wants_json() else "table")
    if output is not None and form == "table":
        raise Invalid("a table is for reading on a terminal; for a file choose --format csv or --format json")
    at = None if when == NOW else _read_at(when)

    async def work(app: App, actor: Actor, tell: Tell) -> tuple[ReviewedAccess, ...]:
        from entaku.modules.sharing import Resource, ReviewRequest

        resource = None if library_id is None else Resource("library", library_id)
        request = ReviewRequest(at=at or app.clock.now(), user_id=user_id, resource=resource)
        if at is None:
            await _check_trail(app, actor, tell)
        pages = app.sharing.reviews.pages(actor, request, tell=tell)
        if form == "table":
            return tuple([access async for page in pages for access in page.accesses])
        pieces = _csv(pages) if form == "csv" else app.sharing.review_documents.pieces(actor, request, tell=tell)
        with _written(output) as write:
            async for piece in pieces:
                write(piece)
        return ()

    with watched(INTERRUPTED) as tell:
        accesses = in_tenant(lambda app, actor: work(app, actor, _quiet(tell)))
    if form == "table":
        show_list(Part(accesses, None), COLUMNS, what="accesses")
    elif output is not None:
        say(f"the review is in {output}")


@click.command(
    "verify",
    cls=EntakuCommand,
    example="entaku access verify november.json\nentaku access verify november.json --keys keys.json",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--keys",
    "keys_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Public keys, as 'entaku keys' prints them; by default those of the data folder.",
)
def verify(file: Path, keys_file: Path | None) -> None:
    """Tell whether a signed review is as it was written, and whose word it is.

    With --tenant it has to be a review of that tenant.
    """
    from entaku.modules.accounts import KeyRing, read_key_set, verify_detached
    from entaku.modules.sharing import DOCUMENT_LINE_BYTES_MAX, verified_review

    if keys_file is not None:
        keys = read_key_set(_bytes_of(keys_file))
    else:
        keys = KeyRing(configured().keys, SystemClock()).public_keys()
    try:
        with file.open("rb") as lines:
            found = verified_review(
                iter(lambda: lines.readline(DOCUMENT_LINE_BYTES_MAX), b""),
                lambda signature, payload: verify_detached(keys, signature, payload),
            )
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}") from error
    except Invalid as error:
        raise Invalid(f"{file} is not what was signed: {error.message}") from error
    wanted, tenant_id = named_tenant(), found.head.tenant_id
    if wanted is not None and wanted != tenant_id:
        raise Invalid(f"{file} is a review of tenant {shown(tenant_id)}, and not of {shown(wanted)}")
    show_one(
        {
            "verified": True,
            "tenant_id": tenant_id,
            "at": found.head.at,
            "user_id": found.head.user_id,
            "resource": None if found.head.resource is None else str(found.head.resource),
            "made_at": found.head.made_at,
            "made_by": found.head.made_by,
            "key_id": found.key_id,
            "pages": found.summary.pages,
            "users": found.summary.users,
            "accesses": found.summary.accesses,
        }
    )


def _quiet(tell: Tell) -> Tell:
    """A short review says nothing beside its result: what is told has no end that a line would be written for."""

    def told(phase: str, done: int, total: int | None) -> None:
        tell(phase, done, None)

    return told


async def _check_trail(app: App, actor: Actor, tell: Tell) -> None:
    """Raises Conflict where the trail does not come to what is true now."""
    drift = await app.sharing.trail_drifts.check(actor, tell=tell)
    if drift.differing:
        first = drift.examples[0]
        by_trail, by_shares = (as_text(words) or "nothing" for words in (first.by_trail, first.by_shares))
        raise Conflict(
            f"the audit trail and the shares do not agree about {drift.differing} accesses: by the trail user"
            f" {first.user_id!r} has {by_trail} in {first.resource}, by the shares {by_shares}; the review of an"
            " earlier instant may be as wrong, so find out which records are missing: 'entaku audit"
            f" {first.resource}', 'entaku audit user:{first.user_id}'"
        )


async def _csv(pages: AsyncIterator[ReviewPage]) -> AsyncIterator[bytes]:
    yield _csv_rows([[column.title for column in CSV_COLUMNS]])
    async for page in pages:
        yield _csv_rows([_cell(as_text(column.value(each))) for column in CSV_COLUMNS] for each in page.accesses)


def _csv_rows(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _cell(text: str) -> str:
    """A name that a spreadsheet would take for a formula is marked as text, as spreadsheets mark it."""
    return f"'{text}" if text.startswith(FORMULA_BEGINNINGS) else text


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds")


@contextmanager
def _written(output: Path | None) -> Generator[Callable[[bytes], object]]:
    """Where pieces go: standard output, or a file of the person's own that is there when all of it is."""
    if output is None:
        yield lambda piece: click.echo(piece, nl=False)
        return
    part = output.with_name(f".{output.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file.write
        part.replace(output)
    except OSError as error:
        raise Invalid(f"{output} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _read_at(text: str) -> datetime:
    if DAY.fullmatch(text):
        return datetime.combine(read_day(text), time(), UTC)
    return read_instant(text)


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}") from error
