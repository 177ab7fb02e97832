"""`entaku share`: give a library to somebody, take it back, or show whom it is shared with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand
from entaku.cli.exit_status import say
from entaku.cli.instants import read_instant
from entaku.cli.language import language_option
from entaku.cli.listing import Part, Wanted, collect, list_options, wanted
from entaku.cli.output import Column, as_text, show_done, show_list
from entaku.cli.session import in_tenant
from entaku.core.errors import Invalid
from entaku.core.ids import shown

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.core.languages import Language
    from entaku.main import App
    from entaku.modules.accounts import Principal
    from entaku.modules.sharing import Permission, Share, ShareOutcome, Terms
    from entaku.table import Page

COLUMNS = (
    Column("with", lambda share: share.principal),
    Column("permissions", lambda share: share.terms.permissions),
    Column("state", lambda share: state_of(share.terms, datetime.now(UTC))),
    Column("from", lambda share: share.terms.starts_at),
    Column("until", lambda share: share.terms.expires_at),
    Column("below too", lambda share: share.terms.include_children if share.principal.kind == "department" else None),
    Column("delegated", lambda share: "yes" if share.terms.is_delegated else ""),
    Column("granted by", lambda share: share.terms.granted_by, is_spare=True),
)


@click.command(
    cls=EntakuCommand,
    example=(
        "entaku share handbook\n"
        "entaku share handbook group:series read,write --until 2027-03-31T18:00+09:00\n"
        "entaku share handbook group:series --remove\n"
        "entaku share handbook group:series read --preview TOKEN"
    ),
)
@click.argument("library_id", metavar="LIBRARY")
@click.argument("principal", metavar="[PRINCIPAL]", required=False)
@click.argument("permissions", metavar="[PERMISSIONS]", required=False)
@click.option("--from", "starts_at", type=read_instant, metavar="INSTANT", help="When it begins; by default at once.")
@click.option("--until", "expires_at", type=read_instant, metavar="INSTANT", help="When it ends; by default never.")
@click.option("--only-itself", is_flag=True, help="Share with a department but not with those below it.")
@click.option("--remove", is_flag=True, help="Take the share with the principal back.")
@click.option(
    "--preview",
    metavar="TOKEN",
    help="Only if it does exactly what a preview showed: its token is in what 'entaku what-if share --json' prints.",
)
@click.option("--reason", help="Why, for the audit trail.")
@language_option
@list_options
def share(
    library_id: str,
    principal: str | None,
    permissions: str | None,
    starts_at: datetime | None,
    expires_at: datetime | None,
    only_itself: bool,
    remove: bool,
    preview: str | None,
    reason: str | None,
    language: Language,
    limit: int,
    everything: bool,
    cursor: str | None,
) -> None:
    """Share a library, or show whom it is shared with.

    PRINCIPAL is individual:USER, group:GROUP, role:ROLE, department:DEPARTMENT or organisation; without one the shares
    of the library are listed. PERMISSIONS are read, write, delete and share, joined by commas; read by default. A share
    that is there already gets the new terms.
    """
    if principal is None:
        if remove or starts_at or expires_at or only_itself or preview is not None or reason is not None:
            raise Invalid("with whom? name a principal, as in group:series")
        _show_shares(library_id, wanted(limit, everything, cursor))
        return
    if remove and (permissions or starts_at or expires_at or only_itself):
        raise Invalid("--remove takes the whole share back; leave permissions, times and --only-itself out")
    if only_itself and not principal.startswith("department:"):
        raise Invalid(f"{shown(principal)} has nothing below it; leave --only-itself out, it is for departments")
    granted: frozenset[Permission] = (
        frozenset() if remove else permissions_of("read" if permissions is None else permissions)
    )

    async def work(app: App, actor: Actor) -> ShareOutcome:
        from entaku.modules.accounts import parse_principal
        from entaku.modules.sharing import Grant

        whom = parse_principal(principal)
        if remove:
            return await app.sharing.shares.change(actor, library_id, remove=[whom], preview=preview, reason=reason)
        grant = Grant(
            principal=whom,
            permissions=granted,
            starts_at=starts_at,
            expires_at=expires_at,
            include_children=not only_itself,
        )
        # Who shares on the command line means the library as it is now, so an older share gets the new terms.
        version = (await app.sharing.libraries.get(actor, library_id)).thing.version
        return await app.sharing.shares.change(
            actor, library_id, add=[grant], expect=version, preview=preview, reason=reason
        )

    from entaku.modules.sharing import library_share_outcome

    outcome = in_tenant(work)
    shown_outcome = library_share_outcome(outcome, language)
    if remove:
        show_done(removal(outcome, library_id, principal), shown_outcome)
    else:
        terms = terms_text(granted, starts_at, expires_at, only_itself)
        show_done(sharing(outcome, library_id, principal, terms), shown_outcome)
    for warning in shown_outcome.warnings:
        say(f"warning: {warning.sentence}")


def _show_shares(library_id: str, part: Wanted) -> None:
    names: dict[Principal, str] = {}

    async def work(app: App, actor: Actor) -> Part[Share]:
        async def fetch(size: int, after: str | None) -> Page[Share]:
            page = await app.sharing.shares.list(actor, library_id, limit=size, after=after)
            names.update({share.principal: page.name_of(share.principal) for share in page.shares.items})
            return page.shares

        return await collect(fetch, part)

    name = Column("name", lambda share: names[share.principal], is_spare=True)
    show_list(in_tenant(work), (COLUMNS[0], name, *COLUMNS[1:]), what=f"shares of library {library_id}")


def state_of(terms: Terms, now: datetime) -> str:
    """Whether a share counts by its times; what becomes of it for a person is what 'entaku why' says."""
    return "ended" if terms.has_ended(now) else "live" if terms.is_live(now) else "not started"


def permissions_of(text: str) -> frozenset[Permission]:
    """The permissions of `read,write`, spaces around them allowed. Raises Invalid for a word that is none, and without
    `read`, which every share has."""
    from entaku.modules.sharing import Permission

    words = [word for word in map(str.strip, text.split(",")) if word]
    for word in words:
        if word not in set(Permission):
            raise Invalid(f"there is no permission {shown(word)}; there are {', '.join(Permission)}, joined by commas")
    if Permission.READ not in words:
        raise Invalid(f"every share grants read, so say {shown(','.join((Permission.READ, *words)))}")
    return frozenset(map(Permission, words))


def terms_text(
    granted: frozenset[Permission], starts_at: datetime | None, expires_at: datetime | None, only_itself: bool
) -> str:
    """What was asked for, as in `read, write, until 2027-03-31 09:00:00 UTC`."""
    parts = [as_text(granted)]
    if starts_at is not None:
        parts.append(f"from {as_text(starts_at)}")
    if expires_at is not None:
        parts.append(f"until {as_text(expires_at)}")
    if only_itself:
        parts.append("not for those below it")
    return ", ".join(parts)


def sharing(outcome: ShareOutcome, library_id: str, principal: str, terms: str) -> str:
    state = "is shared already" if outcome.unchanged else "is shared"
    return f"library {library_id} {state} with {principal}: {terms}"


def removal(outcome: ShareOutcome, library_id: str, principal: str) -> str:
    state = "is no longer" if outcome.removed else "was not"
    return f"library {library_id} {state} shared with {principal}"
