"""The operations of sharing and of imports, case by case."""

from __future__ import annotations

from entaku.modules.accounts import Principal, PrincipalKind, parse_principal
from entaku.modules.sharing import Check, LibraryChange, ListRequest, NewLibrary, library_resource
from entaku.table import idempotency_key
from tests.modules.calls.operation import Operation
from tests.modules.sharing.world import grant
from tests.modules.workspace.reading import read

FILE = """
    users: [{id: dora, name: Dora}]
    libraries: [{id: dora-notes, name: Notes, owner: dora}]
"""
BOB = Principal(PrincipalKind.INDIVIDUAL, "bob")


def asked(user_id: str) -> Check:
    return Check(user_id=user_id, library_id="l")


async def nobody() -> None:
    """As if the principal were not being deleted any more."""


LIBRARIES = (
    Operation("sharing.libraries.get", "by its owner", lambda w: w.sharing.libraries.get(w.actor("ann"), "l")),
    Operation(
        "sharing.libraries.get", "by a member of a group", lambda w: w.sharing.libraries.get(w.actor("bob"), "l")
    ),
    Operation("sharing.libraries.list", "a page of 10", lambda w: w.sharing.libraries.list(w.actor(), limit=10)),
    Operation("sharing.libraries.list", "a search", lambda w: w.sharing.libraries.list(w.actor(), limit=10, q="x")),
    Operation("sharing.libraries.audit", "", lambda w: w.sharing.libraries.audit(w.actor("ann"), "l", limit=10)),
    Operation("sharing.libraries.find_owned", "", lambda w: w.sharing.libraries.find_owned(w.actor(), "ann")),
    Operation(
        "sharing.libraries.create",
        "",
        lambda w: w.sharing.libraries.create(w.actor("ann"), NewLibrary(name="New")),
    ),
    Operation(
        "sharing.libraries.create",
        "with an id that is free again",
        lambda w: w.sharing.libraries.create(w.actor("ann"), NewLibrary(name="New", library_id="gone")),
    ),
    Operation(
        "sharing.libraries.change",
        "a name",
        lambda w: w.sharing.libraries.change(w.actor("ann"), "l", LibraryChange(name="Other")),
    ),
    Operation(
        "sharing.libraries.change",
        "nothing",
        lambda w: w.sharing.libraries.change(w.actor("ann"), "l", LibraryChange(name="L")),
    ),
    Operation(
        "sharing.libraries.change",
        "the owner",
        lambda w: w.sharing.libraries.change(w.actor("ann"), "l", LibraryChange(owner="bob")),
    ),
)
SHARES = (
    Operation("sharing.shares.list", "", lambda w: w.sharing.shares.list(w.actor("ann"), "l", limit=10)),
    Operation(
        "sharing.shares.change",
        "one more, by the owner",
        lambda w: w.sharing.shares.change(w.actor("ann"), "l", add=[grant("role:r")]),
    ),
    Operation(
        "sharing.shares.change",
        "one more, by a delegate",
        lambda w: w.sharing.shares.change(w.actor("bob"), "l", add=[grant("individual:cara")]),
    ),
    Operation(
        "sharing.shares.change",
        "one more, which may outrank another",
        lambda w: w.sharing.shares.change(w.actor("ann"), "l", add=[grant("individual:cara")]),
    ),
    Operation(
        "sharing.shares.change",
        "twenty more",
        lambda w: w.sharing.shares.change(w.actor("ann"), "l", add=[grant(f"individual:u{n}") for n in range(20)]),
    ),
    Operation(
        "sharing.shares.change",
        "one less",
        lambda w: w.sharing.shares.change(w.actor("ann"), "l", remove=[parse_principal("group:g")]),
    ),
    Operation(
        "sharing.shares.change",
        "nothing",
        lambda w: w.sharing.shares.change(w.actor("ann"), "l", add=[grant("group:g", "read write share")]),
    ),
    Operation(
        "sharing.shares.change",
        "one more, with an idempotency key",
        lambda w: w.sharing.shares.change(
            w.actor("ann"), "l", add=[grant("role:r")], idempotency=idempotency_key("k", b"")
        ),
    ),
    Operation(
        "sharing.releasing.release",
        "somebody with whom nothing is shared",
        lambda w: w.sharing.releasing.release(w.actor(), BOB, nobody),
    ),
)
ACCESS = (
    Operation("sharing.checks.check", "oneself", lambda w: w.sharing.checks.check(w.actor("bob"), [asked("bob")])),
    Operation("sharing.checks.check", "an owner", lambda w: w.sharing.checks.check(w.actor("ann"), [asked("ann")])),
    Operation(
        "sharing.checks.check",
        "four questions about one pair",
        lambda w: w.sharing.checks.check(w.actor("bob"), [asked("bob")] * 4),
    ),
    Operation(
        "sharing.checks.answers",
        "about one pair",
        lambda w: w.sharing.checks.answers(w.actor("bob"), [("bob", library_resource("l"))]),
    ),
    Operation("sharing.checks.access", "asked by oneself", lambda w: w.access("bob", "l", by="bob")),
    Operation("sharing.checks.access", "asked by the owner", lambda w: w.access("bob", "l", by="ann")),
    Operation("sharing.checks.access", "asked by an administrator", lambda w: w.access("bob", "l")),
    Operation(
        "sharing.lists.of_user",
        "nothing remembered",
        lambda w: w.sharing.lists.of_user(w.actor("bob"), "bob", ListRequest(limit=10)),
    ),
    Operation(
        "sharing.pages.page",
        "nothing remembered",
        lambda w: w.sharing.pages.page(w.actor("bob"), "bob", ListRequest(limit=10)),
    ),
)
JOBS = (
    Operation("sharing.jobs.run", "libraries counted again", lambda w: w.sharing.jobs.run(w.actor(), "statistics")),
)
IMPORTS = (
    Operation("importer.check", "a user and a library", lambda w: w.app.importer.check(w.actor(), read(FILE))),
    Operation("importer.apply", "a user and a library", lambda w: w.app.importer.apply(w.actor(), read(FILE))),
)
