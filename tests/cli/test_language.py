"""`--language`: sentences in the language that is asked for, or in that of the terminal."""

from __future__ import annotations

import pytest

from tests.cli.command_line import CommandLine

WHY = ("why", "handbook", "hana")


@pytest.fixture
def shared(entaku: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """佐藤 花 is in a group that may write ann's handbook; the terminal says nothing of a language."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    entaku.must("tenants", "create", "acme", "--name", "Acme")
    entaku.must("groups", "create", "design", "--name", "デザイン")
    entaku.must("users", "create", "ann", "--name", "Ann")
    entaku.must("users", "create", "hana", "--name", "佐藤 花")
    entaku.must("groups", "join", "design", "hana")
    entaku.must("libraries", "create", "handbook", "--name", "手引き", "--owner", "ann")
    entaku.must("share", "handbook", "group:design", "read,write")
    return entaku


def test_why_is_english_by_default(shared: CommandLine) -> None:
    assert shared.must(*WHY).startswith(
        "佐藤 花 may read and write in library '手引き': it is shared with group 'デザイン'"
    )


def test_why_speaks_the_language_that_is_named(shared: CommandLine) -> None:
    assert shared.must(*WHY, "--language", "ja").startswith(
        "佐藤 花さんはライブラリ「手引き」を閲覧・編集できます。"
        "グループ「デザイン」(閲覧・編集)に共有されており、佐藤 花さんはここに所属しています。"
    )


def test_why_speaks_the_language_of_the_terminal(shared: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")

    assert shared(*WHY, "--json").json()["why"]["sentence"].startswith("佐藤 花さんは")
    assert shared(*WHY, "--json", "--language", "en").json()["why"]["sentence"].startswith("佐藤 花 may")


def test_a_warning_is_told_in_the_language_too(shared: CommandLine) -> None:
    told = shared("share", "handbook", "individual:hana", "read", "--language", "ja")

    assert "warning: 佐藤 花さん(hana)はグループ「デザイン」を通じてもライブラリを利用できますが" in told.err


def test_a_language_that_nobody_speaks_here_is_refused_with_those_there_are(shared: CommandLine) -> None:
    told = shared(*WHY, "--language", "fr")

    assert told.status != 0
    assert "'en', 'ja'" in told.err
