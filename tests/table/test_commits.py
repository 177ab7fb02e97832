"""What this process commits is told to who wants to know, after the commit and only then."""

from __future__ import annotations

import pytest

from entaku.core.errors import Conflict
from entaku.table import Entity, Model, Table, Transaction, changed, idempotency_key, key
from entaku.table.commits import Committed, gathered


class Note(Entity, kind="NOTE"):
    note_id: str
    text: str = ""

    @key("NOTE#{note_id}", "METADATA")
    def at(*, note_id: str):
        "One note."


@pytest.fixture
def model() -> Model:
    return Model([Note])


def said(commits: list[Committed]) -> list[tuple[str, str, str]]:
    """Tenant, key and what became of it."""
    return [(each.tenant_id, item.key.pk.rpartition("#")[2], item.how) for each in commits for item in each.items]


async def test_each_item_is_told_with_its_version(table: Table) -> None:
    told: list[Committed] = []
    acme = table.for_tenant("acme")
    checked, replaced, patched, gone = [await acme.create(Note(note_id=each)) for each in "abcd"]
    table.commits.listen(told.append)

    async with acme.transaction() as tx:
        tx.check(checked)
        tx.replace(changed(replaced, text="new"))
        tx.patch(patched, text="new")
        tx.delete(gone)
        created = tx.create(Note(note_id="e"))

    versions = {item.key.pk.rpartition("#")[2]: (item.how, item.version) for item in told[0].items}
    assert versions == {
        "a": ("checked", checked.version),
        "b": ("changed", replaced.version + 1),
        "c": ("changed", patched.version + 1),
        "d": ("deleted", gone.version),
        "e": ("created", created.version),
    }


async def test_what_was_refused_is_not_told(table: Table) -> None:
    acme = table.for_tenant("acme")
    await acme.create(Note(note_id="a"))

    with gathered() as commits, pytest.raises(Conflict):
        await acme.create(Note(note_id="a"))

    assert commits == []


async def test_who_gathers_is_told_of_their_own_alone(table: Table) -> None:
    with gathered() as outer:
        await table.for_tenant("acme").create(Note(note_id="a"))
        with gathered() as inner:
            await table.for_tenant("beta").create(Note(note_id="b"))
    await table.for_tenant("acme").create(Note(note_id="c"))

    assert said(outer) == [("acme", "a", "created")]
    assert said(inner) == [("beta", "b", "created")]


async def test_a_repetition_is_told_to_who_gathers_by_its_record(table: Table) -> None:
    acme, once = table.for_tenant("acme"), idempotency_key("once", b"")

    async def work(tx: Transaction) -> str:
        tx.create(Note(note_id="a"))
        return "done"

    await acme.run(work, answer=str, idempotency=once)

    with gathered() as commits:
        await acme.run(work, answer=str, idempotency=idempotency_key("once", b""))

    assert [(each.tenant_id, item.how, item.kind) for each in commits for item in each.items] == [
        ("acme", "created", "IDEMPOTENCY")
    ]
