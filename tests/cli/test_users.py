"""Users on the command line."""

from __future__ import annotations

from tests.cli.command_line import CommandLine


def test_a_user_is_created_with_everything_named(maru: CommandLine) -> None:
    maru.must(
        *("users", "create", "mei", "--name", "Mei 芽衣", "--email", "mei@maru.example", "--level", "tenant_admin"),
        *("--department", "fiction", "--role", "editor", "--group", "series", "--group", "crisis"),
    )

    shown = maru("users", "show", "mei", "--json").json()
    assert (shown["name"], shown["level"], shown["groups"]) == ("Mei 芽衣", "tenant_admin", ["crisis", "series"])
    assert "department:publishing" in shown["principals"]


def test_a_change_leaves_what_it_does_not_name(maru: CommandLine) -> None:
    maru.must("users", "change", "ito.daichi", "--join", "series", "--role", "editor")

    shown = maru("users", "show", "ito.daichi", "--json").json()
    assert (shown["role"], shown["groups"], shown["department"]) == ("editor", ["series"], "fiction")


def test_an_empty_text_clears(maru: CommandLine) -> None:
    maru.must("users", "change", "ito.daichi", "--department", "", "--role", "", "--email", "")

    shown = maru("users", "show", "ito.daichi", "--json").json()
    assert (shown["department"], shown["role"], shown["email"]) == (None, None, None)


def test_a_deactivated_user_reaches_nothing_until_let_in_again(maru: CommandLine) -> None:
    maru.must("users", "deactivate", "ito.daichi")
    denied = maru("access", "handbook", "ito.daichi", "--json").json()
    maru.must("users", "activate", "ito.daichi")
    allowed = maru("access", "handbook", "ito.daichi", "--json").json()

    assert denied["permissions"] == []
    assert allowed["permissions"] == ["read"]


def test_a_user_who_owns_libraries_is_not_deleted(maru: CommandLine) -> None:
    outcome = maru("users", "delete", "endo.riku")

    assert outcome.status == 6
    assert "library:fiction-manuscripts" in outcome.err


def test_a_deleted_user_is_gone(maru: CommandLine) -> None:
    assert maru.must("users", "delete", "ito.daichi") == "deleted user ito.daichi\n"

    assert maru("users", "show", "ito.daichi").status == 5


def test_a_search_finds_by_name_in_any_script(maru: CommandLine) -> None:
    found = maru("users", "list", "--q", "伊藤", "--json").json()

    assert [user["user_id"] for user in found["items"]] == ["ito.daichi"]
