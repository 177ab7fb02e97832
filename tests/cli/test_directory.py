"""Departments, roles and groups on the command line."""

from __future__ import annotations

import pytest

from tests.cli.command_line import CommandLine


def test_departments_are_a_tree(maru: CommandLine) -> None:
    lines = maru.must("departments", "list").splitlines()

    assert lines[1].startswith("headquarters        Headquarters 本社")
    assert "│   └── systems     Systems 情報システム課" in lines
    assert "    └── rights      Foreign Rights 版権課" in lines


def test_a_cut_tree_says_how_much_is_left(maru: CommandLine) -> None:
    outcome = maru("departments", "list", "--limit", "10")

    assert len(outcome.out.splitlines()) == 1 + 10
    assert outcome.err == "entaku: there are 4 more departments: --all shows every one\n"


def test_departments_as_json_are_by_id(maru: CommandLine) -> None:
    items = maru("departments", "list", "--json").json()["items"]

    assert [item["department_id"] for item in items[:2]] == ["accounting", "administration"]
    assert items[0]["parent"] == "administration"


def test_a_department_moves_to_the_top(maru: CommandLine) -> None:
    maru.must("departments", "change", "manga", "--parent", "")

    assert maru("departments", "show", "manga", "--json").json()["parent"] is None
    assert "\nmanga " in maru.must("departments", "list")


@pytest.mark.parametrize("noun", ["departments", "roles", "groups"])
def test_entries_are_created_renamed_and_deleted(maru: CommandLine, noun: str) -> None:
    maru.must(noun, "create", "new", "--name", "新")
    maru.must(noun, "change", "new", "--name", "New")
    shown = maru(noun, "show", "new", "--json").json()
    maru.must(noun, "delete", "new")

    assert shown["name"] == "New"
    assert maru(noun, "show", "new").status == 5


@pytest.mark.parametrize(("noun", "entry"), [("departments", "fiction"), ("roles", "intern"), ("groups", "crisis")])
def test_entries_with_members_are_not_deleted(maru: CommandLine, noun: str, entry: str) -> None:
    assert maru(noun, "delete", entry).status == 6
    assert len(maru(noun, "members", entry, "--json").json()["items"]) > 1


def test_users_join_and_leave_a_group_together(maru: CommandLine) -> None:
    maru.must("groups", "join", "translators", "ito.daichi", "baba.yui")
    joined = members(maru)
    maru.must("groups", "leave", "translators", "ito.daichi", "hara.sakura")

    assert {"ito.daichi", "baba.yui", "hara.sakura"} <= joined
    assert members(maru) == joined - {"ito.daichi", "hara.sakura"}


def test_joining_and_leaving_say_who_was_moved(maru: CommandLine) -> None:
    joined = maru.must("groups", "join", "translators", "ito.daichi", "hara.sakura")
    left = maru.must("groups", "leave", "translators", "ito.daichi")
    again = maru.must("groups", "leave", "translators", "ito.daichi")

    assert joined == "put ito.daichi into group translators; hara.sakura was in group translators already\n"
    assert left == "took ito.daichi out of group translators\n"
    assert again == "ito.daichi was not in group translators\n"


@pytest.mark.parametrize("noun", ["departments", "roles", "groups", "users", "tenants"])
def test_an_empty_name_is_refused(maru: CommandLine, noun: str) -> None:
    outcome = maru(noun, "create", "new", "--name", "")

    assert outcome.status == 2
    assert "has 0 characters" in outcome.err


def members(maru: CommandLine) -> set[str]:
    return {user["user_id"] for user in maru("groups", "members", "translators", "--json").json()["items"]}


def test_nobody_joins_a_group_that_is_not_there(maru: CommandLine) -> None:
    assert maru("groups", "join", "nothing", "ito.daichi").status == 5


def test_a_group_gets_other_parents(maru: CommandLine) -> None:
    maru.must("groups", "change", "iron-tea", "--parent", "spring-fair", "--parent", "crisis")
    moved = maru("groups", "show", "iron-tea", "--json").json()
    maru.must("groups", "change", "iron-tea", "--parent", "")
    free = maru("groups", "show", "iron-tea", "--json").json()

    assert (moved["parents"], moved["children"]) == (["crisis", "spring-fair"], ["iron-tea-covers"])
    assert free["parents"] == []
