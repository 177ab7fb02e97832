"""Stores of OpenFGA read as organisations: what an export wrote, and models of the plain kind; the rest is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from textwrap import dedent, indent

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from entaku.core.errors import Flaw, Invalid
from entaku.modules.accounts import ORGANISATION, individual
from entaku.modules.sharing import Check, Permission
from entaku.modules.workspace import Group, Library, OpenFgaExport, Share, User, Workspace, read_workspace
from tests.modules.workspace.importing import Imports
from tests.modules.workspace.reading import flaws_of, read
from tests.modules.workspace.workspaces import workspaces

PLAIN = """\
    model
      schema 1.1
    # Whoever signs in.
    type user
    type group
      relations
        define member: [user, group#member]
    type document
      relations
        define owner: [user]
        define editor: [user, group#member] or owner
        define viewer: [user, user:*, group#member] or editor
    """
TUPLES = """\
    tuples:
    - {user: 'user:ann', relation: owner, object: 'document:menu'}
    - {user: 'user:bob', relation: member, object: 'group:night'}
    - {user: 'group:night#member', relation: member, object: 'group:staff'}
    - {user: 'group:staff#member', relation: editor, object: 'document:menu'}
    - {user: 'user:cid', relation: viewer, object: 'document:menu'}
    - {user: 'user:*', relation: viewer, object: 'document:menu'}
    """
WORDS = (
    "type user",
    "type group",
    "type",
    "define",
    "define owner: [user]",
    "define reader: [user] or owner",
    "#",
    "or",
    "condition x(a: int) {",
    "}",
    "[",
    "but not",
    ":",
    "relations",
    "type doc",
    "schema 1.1",
)
BEGIN = "    - {user: 'user:ann', relation: owner, object: 'document:menu'}\n"


def plain(tuples: str = TUPLES, *, model: str = PLAIN) -> str:
    return "name: Acme\nmodel: |\n" + indent(dedent(model), "  ") + dedent(tuples)


def own(old: str = "", new: str = "") -> str:
    """What an export writes of a small organisation, with one text in it replaced."""
    workspace = read(
        """\
        policy: precedence
        departments: [{id: sales, name: Sales}, {id: shops, name: Shops, parent: sales}]
        roles: [{id: cook, name: Cook}]
        users:
        - {id: ann, name: Ann, department: shops, role: cook}
        - {id: bob, name: Bob}
        - {id: cid, name: Cid}
        libraries:
        - id: menu
          name: Menu
          owner: ann
          shares:
          - {with: user:bob, permissions: [read, share]}
          - {with: user:cid, permissions: [read, write], until: 2027-01-01T00:00:00Z}
          - {with: department:sales, delegated: true, granted_by: bob}
        """
    )
    text = OpenFgaExport(workspace).text()
    assert old in text
    return text.replace(old, new)


def nameless(workspace: Workspace) -> Workspace:
    """All that a store keeps of a workspace."""
    held = {(share.principal.kind.value, share.principal.id) for each in workspace.libraries for share in each.shares}
    for user in workspace.users:
        held |= {("department", str(user.department)), ("role", str(user.role)), *(("group", g) for g in user.groups)}
    for department in workspace.departments:
        if isinstance(department.parent, str):
            held |= {("department", department.id), ("department", department.parent)}
    for group in workspace.groups:
        held |= {("group", each) for each in (group.id, *group.parents) if group.parents}
    replace = msgspec.structs.replace
    return Workspace(
        name=workspace.name,
        policy=workspace.policy or "precedence",
        departments=tuple(
            replace(each, name=each.id, parent=each.parent or None)
            for each in workspace.departments
            if ("department", each.id) in held
        ),
        roles=tuple(replace(each, name=each.id) for each in workspace.roles if ("role", each.id) in held),
        groups=tuple(
            replace(each, name=each.id, description=UNSET) for each in workspace.groups if ("group", each.id) in held
        ),
        users=tuple(
            User(
                id=each.id,
                name=each.id,
                state=each.state or "active",
                department=each.department or UNSET,
                role=each.role or UNSET,
                groups=each.groups,
            )
            for each in workspace.users
        ),
        libraries=tuple(
            Library(id=each.id, name=each.id, owner=each.owner, shares=each.shares) for each in workspace.libraries
        ),
    )


def by_id(workspace: Workspace) -> Workspace:
    """The same in another order: a store has one of its own."""
    ordered = {
        part: tuple(sorted(getattr(workspace, part), key=lambda entry: entry.id))
        for part in ("departments", "roles", "groups", "users", "libraries")
    }
    groups = [msgspec.structs.replace(each, parents=tuple(sorted(each.parents))) for each in ordered["groups"]]
    return msgspec.structs.replace(workspace, **{**ordered, "groups": tuple(groups)})


@pytest.mark.thorough
@given(workspace=workspaces())
def test_what_an_export_wrote_is_read_as_it_was(workspace: Workspace) -> None:
    text = OpenFgaExport(workspace).text()

    found = read_workspace(text.encode(), "org.fga.yaml")

    assert by_id(found) == by_id(nameless(workspace))


def test_a_plain_store_is_read() -> None:
    workspace = read(plain())

    assert workspace == Workspace(
        name="Acme",
        policy="union",
        groups=(Group(id="night", name="night", parents=("staff",)), Group(id="staff", name="staff")),
        users=(
            User(id="ann", name="ann"),
            User(id="bob", name="bob", groups=("night",)),
            User(id="cid", name="cid"),
        ),
        libraries=(workspace.libraries[0],),
    )
    assert workspace.libraries[0].owner == "ann"


def test_the_relations_of_a_plain_store_are_permissions() -> None:
    staff, cid, everybody = read(plain()).libraries[0].shares

    assert staff.permissions == (Permission.READ, Permission.WRITE)
    assert cid == Share(principal=individual("cid"))
    assert everybody == Share(principal=ORGANISATION)


async def test_a_plain_store_can_be_imported(acme: Imports) -> None:
    await acme(plain())

    checks = [Check(user_id=user, library_id="menu", permission=Permission.WRITE) for user in ("bob", "cid")]
    assert await acme.app.sharing.checks.check(acme.actor, checks) == [True, False]


async def test_what_an_export_wrote_can_be_imported(acme: Imports) -> None:
    report = await acme(own())

    terms = (await acme.shares("menu"))["department:sales"].terms
    assert (terms.is_delegated, terms.granted_by, report.warnings) == (True, "bob", [])


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("define owner: [user]\n", "", "relation owner is missing"),
        ("define owner: [user]\n", "define owner: [user, group#member]\n", "'group#member' has no meaning here"),
        ("define owner: [user]\n", "define owner: [user] or editor\n", "'editor' does not give owner here"),
        ("viewer: [user, user:*, group#member] or editor", "viewer: [user]", "add `or editor`"),
        ("group#member] or owner", "group#member] but not owner", "is more than names joined by `or`"),
        ("define editor", "define reader: [user] or editor\n    define editor", "reader and viewer mean the same"),
        ("define editor", "define parent: [document]\n    define editor", "relation 'parent' has no meaning here"),
        ("type group\n", "type team\n", "the model has the types 'user', 'team', 'document'"),
        ("[user, group#member]\ntype", "[user, document#editor]\ntype", "write `define member: [user, group#member]`"),
        ("schema 1.1", "schema 1.2", "line 2 of the model: 'schema 1.2' is not understood; only schema 1.1 is read"),
        ("type document", "extend type document", "is not understood"),
    ],
)
def test_another_model_is_refused(old: str, new: str, problem: str) -> None:
    model = dedent(PLAIN)
    assert old in model

    flaws = flaws_of(plain(model=model.replace(old, new)))

    assert any(flaw.path == "model" and flaw.line == 2 and problem in flaw.message for flaw in flaws), flaws


@pytest.mark.parametrize(
    ("tuple_text", "problem"),
    [
        ("{user: 'user:bob', relation: owner, object: 'document:menu'}", "user:ann owns it already"),
        ("{user: 'group:staff', relation: viewer, object: 'document:menu'}", "the model does not let 'group:staff'"),
        ("{user: 'user:bob', relation: admin, object: 'document:menu'}", "be 'admin' of 'document:menu'"),
        ("{user: bob, relation: viewer, object: 'document:menu'}", "not both names"),
        ("{user: 'user:bob', relation: viewer, object: 'document:menu', condition: {name: x}}", "conditions are only"),
        ("{user: 'user:bo/b', relation: viewer, object: 'document:menu'}", "'/' at position 3 is not allowed"),
        ("{user: 'user:bob', relation: viewer, object: 'document:bill'}", "nobody owns document:bill"),
    ],
)
def test_a_tuple_without_a_meaning_is_refused(tuple_text: str, problem: str) -> None:
    (flaw,) = flaws_of(plain(f"tuples:\n{dedent(BEGIN)}- {tuple_text}\n"))

    assert (flaw.path, flaw.line) == ("tuples[1]", 17)
    assert problem in flaw.message


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (', "relation": "individual_read"', ', "relation": "individual_read_all"', "is nothing that an export writes"),
        ('"user": "user:cid", "relation": "individual_w', '"user": "role:cid", "relation": "individual_w', "nothing"),
        (
            'write", "object": "library:menu", "condition": {"name": "live", "context": {"starts_at": "0001',
            'write", "object": "library:menu", "condition": {"name": "live", "context": {"starts_at": "2026',
            "one time",
        ),
        ('"name": "live"', '"name": "passed_on"', "the condition of individual_"),
        (', "granted_by": "bob"', "", "granted_by belongs to what was passed on"),
        (
            '- {"user": "user:bob", "relation": "member"',
            '- {"user": "user:bob", "relation": "deactivated"',
            "no member",
        ),
        (
            '"department:shops"}',
            '"department:shops"}\n  - {"user": "user:ann", "relation": "member", "object": "department:sales"}',
            "a user has one department",
        ),
        (
            'department:sales"}',
            'department:sales"}\n  - {"user": "department:shops", "relation": "child", "object": "department:x"}',
            "departments are a tree",
        ),
        ('"object": "organisation:organisation"}', '"object": "organisation:other"}', "another organisation"),
        ('"relation": "owner"', '"relation": "individual_read"', "nobody owns library:menu"),
        ('"user": "organisation:organisation", "rel', '"user": "organisation:other", "rel', "nothing that an export"),
        (
            '"object": "role:cook"}',
            '"object": "role:cook", "condition": {"name": "live"}}',
            "only shares start and end",
        ),
    ],
)
def test_a_changed_export_is_refused_where_it_makes_no_sense(old: str, new: str, problem: str) -> None:
    flaws = flaws_of(own(old, new))

    assert any(flaw.path.startswith("tuples[") and problem in flaw.message for flaw in flaws), flaws


def test_a_changed_model_is_not_taken_for_our_own() -> None:
    flaws = flaws_of(own("current_time < expires_at", "current_time <= expires_at"))

    assert {flaw.path for flaw in flaws} == {"model"}


@pytest.mark.thorough
@given(lines=st.lists(st.sampled_from(WORDS) | st.text(max_size=20), max_size=12), separator=st.sampled_from(" \n"))
def test_any_model_is_read_or_refused(lines: list[str], separator: str) -> None:
    store = {"name": "x", "model": separator.join(lines), "tuples": []}

    with suppress(Invalid):
        assert read_workspace(json.dumps(store).encode(), "org.fga.yaml").libraries == ()


def test_comments_and_order_do_not_make_another_model() -> None:
    text = own("  type user\n", "  # Everybody.\n  type user   # with an id\n")

    assert read(text).policy == "precedence"


@pytest.mark.parametrize("key", ["model_file: store.fga", "tuple_file: tuples.yaml", "tuple_files: [a.yaml, b.yaml]"])
def test_other_files_are_not_read(key: str) -> None:
    flaws = flaws_of(f"{key}\n")

    assert any(flaw.path and "other files are not read" in flaw.message for flaw in flaws)


def test_a_store_without_a_model_is_refused() -> None:
    (flaw,) = flaws_of("tuples: []")

    assert flaw == Flaw(message="the store has no model; put it under `model`", path="", file="org.yaml", line=1)
