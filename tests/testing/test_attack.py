"""The attack on a module: it lets one pass that keeps tenants apart, and shows the request that gets through others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from entaku import Module
from entaku.testing import Scenario, TenantsLeak, attack
from tests.testing.leaky import (
    CountsForItself,
    FindsByPlatform,
    LetsGoForAnybody,
    MakesOwnCursors,
    NoteOfAll,
    RawFront,
    RemembersById,
    RepeatsForAnybody,
    Shouts,
    Slug,
    WalksTheTable,
    WritesWhereItIsTold,
    copy_note,
    hidden,
    note_length,
    open_note,
)
from tests.testing.notes import HANDLERS, SCENARIOS, Note, furnish, notes_module

pytestmark = pytest.mark.thorough

IN_TENANT = "/api/notes/TENANT@milk"
"""Whose note it is, said by who asks."""


def instead(method: str, **changes: object) -> list[Scenario]:
    """The scenarios, with what is different for one method about one note."""
    return [
        msgspec.structs.replace(each, **changes) if each.method == method and "{" in each.route else each
        for each in SCENARIOS
    ]


async def leaks(folder: Path, module: Module, scenarios: Sequence[Scenario] = SCENARIOS) -> str:
    """All that got through, as a failure shows the first of it."""
    with pytest.raises(TenantsLeak) as caught:
        await attack([module], scenarios, furnish=furnish, folder=folder)
    assert str(caught.value.leaks[0]) in str(caught.value)
    return "\n".join(map(str, caught.value.leaks))


async def test_a_module_that_keeps_tenants_apart_passes(tmp_path: Path) -> None:
    await attack([notes_module()], SCENARIOS, furnish=furnish, folder=tmp_path)


async def test_a_list_of_everybodys_things_is_shown_with_its_request(tmp_path: Path) -> None:
    text = await leaks(tmp_path, notes_module(WalksTheTable))

    assert "> GET /api/notes\n" in text
    assert "milk of maru" in text
    assert 'curl -si -X GET http://127.0.0.1:8000/api/notes -H "Authorization: Bearer $TOKEN"' in text


async def test_a_memory_without_tenants_is_found(tmp_path: Path) -> None:
    text = await leaks(tmp_path, notes_module(RemembersById))

    assert "> GET /api/notes/milk\n" in text
    assert "< HTTP 200" in text


async def test_a_cursor_that_is_good_for_others_is_found(tmp_path: Path) -> None:
    text = await leaks(tmp_path, notes_module(MakesOwnCursors))

    assert "the cursor of another tenant was accepted" in text
    assert "> GET /api/notes?limit=1&cursor=MQ==\n" in text


async def test_an_id_looked_up_among_everybodys_is_found(tmp_path: Path) -> None:
    text = await leaks(tmp_path, notes_module(FindsByPlatform, entities=(Note, NoteOfAll)))

    assert "> GET /api/notes/milk\n" in text
    assert "NOTE_OF_ALL is an entity of the whole platform" in text


async def test_a_write_into_another_tenant_is_found(tmp_path: Path) -> None:
    text = await leaks(tmp_path, notes_module(WritesWhereItIsTold), instead("PATCH", target=IN_TENANT))

    assert "it changed TENANT#maru" in text
    assert '> {"text":"oat milk"}' in text


async def test_what_is_taken_along_without_a_word_is_found(tmp_path: Path) -> None:
    asked = Scenario(method="POST", route="/api/notes/{note_id}/copies", target="/api/notes/milk/copies", status=204)

    text = await leaks(tmp_path, notes_module(handlers=(*HANDLERS, copy_note)), [*SCENARIOS, asked])

    assert "a NOTE of kumo" in text
    assert "which nobody there has said" in text


async def test_letting_go_of_what_another_tenant_holds_on_the_platform_is_found(tmp_path: Path) -> None:
    text = await leaks(tmp_path, notes_module(LetsGoForAnybody, entities=(Note, Slug)))

    assert "it changed SLUG#milk / HOLDER of maru" in text


async def test_a_word_is_found_in_whatever_case_it_is(tmp_path: Path) -> None:
    assert "MILK OF MARU" in await leaks(tmp_path, notes_module(Shouts))


@pytest.mark.parametrize(
    ("template", "why"),
    [("/api/notes/{note_id:str}/raw", "before no route"), ("/api/notes/{note_id:str}", "no scenario sends")],
)
async def test_a_front_that_no_scenario_reaches_is_named(tmp_path: Path, template: str, why: str) -> None:
    module = msgspec.structs.replace(notes_module(), fronts=lambda _: [RawFront(template)])

    with pytest.raises(AssertionError, match=why):
        await attack([module], SCENARIOS, furnish=furnish, folder=tmp_path)


async def test_a_version_that_is_good_for_anothers_thing_is_found(tmp_path: Path) -> None:
    text = await leaks(tmp_path, notes_module(CountsForItself))

    assert "the version of another tenant's thing was accepted" in text
    assert '> If-Match: "1"' in text
    assert "the tag of another tenant's answer was current" in text


async def test_an_idempotency_key_that_replays_for_others_is_found(tmp_path: Path) -> None:
    text = await leaks(tmp_path, notes_module(RepeatsForAnybody))

    assert "the idempotency key of another tenant replayed its answer" in text
    assert "> Idempotency-Key: the same in both" in text


async def test_an_answer_without_a_token_is_found(tmp_path: Path) -> None:
    handlers = (HANDLERS[0], *HANDLERS[2:], open_note)

    text = await leaks(tmp_path, notes_module(handlers=handlers), instead("GET", target=IN_TENANT))

    assert "> GET /api/notes/maru" in text
    assert "> (no token)" in text


async def test_an_answer_about_what_one_does_not_have_is_found_without_a_word_in_it(tmp_path: Path) -> None:
    asked = Scenario(method="GET", route="/api/notes/{note_id}/length", target="/api/notes/milk/length")
    module = notes_module(handlers=(*HANDLERS, note_length))

    text = await leaks(tmp_path, module, [*SCENARIOS, asked])

    assert "and got the same answer\n\n> GET /api/notes/milk/length\n> (token of eve@" in text
    await attack(
        [module],
        [*SCENARIOS, msgspec.structs.replace(asked, is_same_for_all=True)],
        furnish=furnish,
        folder=tmp_path / "again",
    )


async def test_a_route_without_a_scenario_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"no scenario: PATCH /api/notes/\{note_id\}"):
        await attack([notes_module()], SCENARIOS[:-1], furnish=furnish, folder=tmp_path)


async def test_a_route_that_is_not_documented_is_named(tmp_path: Path) -> None:
    module, asked = notes_module(handlers=(*HANDLERS, hidden)), Scenario(method="GET", route="/api/hidden")

    with pytest.raises(AssertionError, match=r"not in the document.*GET /api/hidden"):
        await attack([module], [*SCENARIOS, asked], furnish=furnish, folder=tmp_path)


async def test_an_attack_with_nothing_to_find_is_none(tmp_path: Path) -> None:
    silent = [msgspec.structs.replace(SCENARIOS[2], body={"note_id": "rice", "text": "rice"})]

    with pytest.raises(AssertionError, match="nothing to find"):
        await attack([notes_module(handlers=HANDLERS[2:3])], silent, furnish=furnish, folder=tmp_path)


async def test_a_scenario_that_does_not_work_is_shown(tmp_path: Path) -> None:
    wrong = [*SCENARIOS[:-1], msgspec.structs.replace(SCENARIOS[-1], body={"texts": "?"})]

    with pytest.raises(AssertionError, match="PATCH /api/notes/milk does not work") as caught:
        await attack([notes_module()], wrong, furnish=furnish, folder=tmp_path)

    assert "< HTTP 400" in str(caught.value)
