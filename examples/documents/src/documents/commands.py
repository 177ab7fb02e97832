"""`entaku documents`: the texts in a library, as one of its readers or writers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entaku.cli.for_modules import (
    Column,
    EntakuGroup,
    acting_as,
    as_option,
    collect,
    in_tenant,
    list_options,
    show_done,
    show_list,
    show_one,
    wanted,
)

if TYPE_CHECKING:
    from documents.model import Document
    from documents.service import ReadDocument
    from entaku import App
    from entaku.cli.for_modules import Part
    from entaku.core.context import Actor

COLUMNS = (
    Column("document", lambda document: document.document_id),
    Column("title", lambda document: document.title),
    Column("author", lambda document: document.author),
    Column("characters", lambda document: document.text_length),
    Column("changed", lambda document: document.changed_at),
)


@click.group(cls=EntakuGroup)
def documents() -> None:
    """Documents: texts in libraries."""


@documents.command("list", example="entaku documents list handbook --as kimura.aoi")
@click.argument("library_id", metavar="LIBRARY")
@as_option
@click.option("--changed", is_flag=True, help="The last changed first; by default the oldest.")
@list_options
def list_documents(
    library_id: str, user_id: str, changed: bool, limit: int, everything: bool, cursor: str | None
) -> None:
    """List the documents of a library."""
    part = wanted(limit, everything, cursor)

    async def work(app: App, actor: Actor) -> Part[Document]:
        from documents.service import Documents

        service, user = app.parts.get(Documents), acting_as(actor, user_id)
        return await collect(
            lambda size, after: service.list(user, library_id, limit=size, after=after, newest_change_first=changed),
            part,
        )

    show_list(in_tenant(work), COLUMNS, what="documents")


@documents.command("show", example="entaku documents show handbook 01kn52z8k6w3v9c1m7hq0r4txe --as kimura.aoi")
@click.argument("library_id", metavar="LIBRARY")
@click.argument("document_id", metavar="DOCUMENT")
@as_option
def show_document(library_id: str, document_id: str, user_id: str) -> None:
    """Show a document with its text."""

    async def work(app: App, actor: Actor) -> ReadDocument:
        from documents.service import Documents

        return await app.parts.get(Documents).get(acting_as(actor, user_id), library_id, document_id)

    found = in_tenant(work)
    show_one(found.document, also={"text": found.text})


@documents.command("add", example="entaku documents add handbook --title Rota --text 'We take turns.' --as kimura.aoi")
@click.argument("library_id", metavar="LIBRARY")
@click.option("--title", required=True, help="What people call it.")
@click.option("--text", default="", help="What it says.")
@as_option
def add_document(library_id: str, title: str, text: str, user_id: str) -> None:
    """Write a document into a library."""

    async def work(app: App, actor: Actor) -> Document:
        from documents.service import Documents, NewDocument

        new = NewDocument(title=title, text=text)
        return await app.parts.get(Documents).create(acting_as(actor, user_id), library_id, new)

    document = in_tenant(work)
    show_done(f"wrote document {document.document_id}", document)


@documents.command("delete", example="entaku documents delete handbook 01kn52z8k6w3v9c1m7hq0r4txe --as kimura.aoi")
@click.argument("library_id", metavar="LIBRARY")
@click.argument("document_id", metavar="DOCUMENT")
@as_option
def delete_document(library_id: str, document_id: str, user_id: str) -> None:
    """Delete a document."""

    async def work(app: App, actor: Actor) -> None:
        from documents.service import Documents

        await app.parts.get(Documents).delete(acting_as(actor, user_id), library_id, document_id)

    in_tenant(work)
    show_done(f"deleted document {document_id}", {"deleted": f"document:{document_id}"})
