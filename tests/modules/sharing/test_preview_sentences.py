"""What is said of a preview: people are counted as people, and a program is no person."""

from __future__ import annotations

import pytest

from entaku.core.languages import Language
from entaku.modules.accounts import NewUser, UserChange
from entaku.modules.sharing import PreviewView, SharesChange, UserMove, preview_view
from entaku.modules.sharing.preview.changes import PreviewedChange
from tests.modules.sharing.previewing import resource_of
from tests.modules.sharing.world import World, grant


@pytest.fixture
async def office(world: World) -> World:
    """Bob and a program are in a group; nothing is shared with it yet."""
    await world.group("g")
    await world.user("ann")
    await world.user("bob", groups="g")
    program = NewUser(user_id="robot", name="Robot", groups=frozenset({"g"}))
    await world.accounts.service_accounts.create(world.actor(), program)
    await world.library("l")
    return world


async def told(world: World, change: PreviewedChange, language: Language) -> PreviewView:
    return preview_view(await world.sharing.previews.preview(world.actor(), change), language)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            Language.ENGLISH,
            (
                "Of 2 users, 2 gain access.",
                "From 2026-04-01 12:00:00 UTC on, 2 are as without the change again.",
            ),
        ),
        (
            Language.JAPANESE,
            (
                "対象となるユーザー2人のうち、アクセスできるようになる人が2人います。",
                "2026年4月1日 12:00:00(UTC)から、変更しない場合と同じに戻る人が2人います。",
            ),
        ),
    ],
)
async def test_users_of_one_library_are_counted_as_people(
    office: World, language: Language, sentences: tuple[str, ...]
) -> None:
    change = SharesChange(resource=resource_of("l"), add=(grant("group:g", expires_at=office.at("12:00")),))

    assert (await told(office, change, language)).sentences == sentences


async def test_what_one_user_reaches_is_counted_as_pairs(office: World) -> None:
    await office.share("l", "group:g")
    change = UserMove(user_id="bob", change=UserChange(leave=frozenset({"g"})))

    assert (await told(office, change, Language.JAPANESE)).sentences == (
        "対象となるユーザーとリソースの組1件のうち、アクセスできなくなる組が1件あります。",
    )


async def test_other_permissions_are_told_with_those_that_they_replace(office: World) -> None:
    await office.share("l", "group:g")
    change = SharesChange(resource=resource_of("l"), add=(grant("group:g", "read write"),))

    english, japanese = [await told(office, change, each) for each in (Language.ENGLISH, Language.JAPANESE)]

    assert english.changed[0].sentence == "Bob may read and write in library 'L', instead of read."
    assert japanese.changed[0].sentence == "Bobさんがライブラリ「L」でできる操作は、閲覧から閲覧・編集に変わります。"


async def test_a_program_is_named_as_one(office: World) -> None:
    await office.share("l", "group:g", "read write")
    change = SharesChange(resource=resource_of("l"), add=(grant("individual:robot"),))

    shown = await told(office, change, Language.JAPANESE)

    assert shown.demoted[0].sentence == "より近い共有が優先されるため、Robotはライブラリ「L」の編集ができなくなります。"
    assert shown.warnings[0].startswith("Robot(robot)は")
