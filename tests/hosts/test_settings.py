"""What an operator may set, and what is refused: by its name, where it was found, and with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.core.config import Config, Tier
from entaku.core.errors import Invalid
from entaku.main import configure


def from_environment(tmp_path: Path, **variables: str) -> Config:
    return configure(tmp_path, variables)


def from_file(tmp_path: Path, text: str) -> Config:
    (tmp_path / "entaku.toml").write_text(text, encoding="utf-8")
    return configure(tmp_path, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENTAKU_PORT", "70000"),
        ("ENTAKU_PORT", "-1"),
        ("ENTAKU_PORT", "many"),
        ("ENTAKU_WORKERS", "0"),
        ("ENTAKU_WORKERS", "65"),
        ("ENTAKU_BODY_BYTES_MAX", "-1"),
        ("ENTAKU_BODY_BYTES_MAX", "0"),
        ("ENTAKU_PAGE_CACHE_BYTES", "-1"),
        ("ENTAKU_BASE_DOMAIN", "https://example.com"),
        ("ENTAKU_BASE_DOMAIN", "example.com."),
        ("ENTAKU_BASE_DOMAIN", "example.com:8000"),
        ("ENTAKU_CORS_ORIGINS", "https://a, https://b/"),
        ("ENTAKU_CORS_ORIGINS", "a.example.com"),
        ("ENTAKU_CORS_ORIGINS", "https://a:443"),
        ("ENTAKU_CORS_ORIGINS", "https://A.example.com"),
        ("ENTAKU_REQUEST_LOG", "perhaps"),
        ("ENTAKU_TIERS", "{}"),
    ],
)
def test_a_value_that_cannot_work_is_refused_where_it_stands(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(Invalid, match=name):
        from_environment(tmp_path, **{name: value})


@pytest.mark.parametrize(
    "text",
    ["port = 70000", 'cors_origins = ["https://b/"]', 'host = ""', "[tiers.trial]\nusers = -1", "workers = 1.5"],
)
def test_the_file_is_held_to_the_same(tmp_path: Path, text: str) -> None:
    with pytest.raises(Invalid, match=r"entaku\.toml"):
        from_file(tmp_path, text)


def test_an_origin_that_no_browser_sends_is_told_what_one_does(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"'https://b/' is no origin.*'https://app.example.com'"):
        from_environment(tmp_path, ENTAKU_CORS_ORIGINS="https://a,https://b/")


def test_origins_are_listed_with_or_without_blanks(tmp_path: Path) -> None:
    config = from_environment(tmp_path, ENTAKU_CORS_ORIGINS="https://a, http://localhost:5173 ,*, http://[::1]:8080")

    assert config.cors_origins == ("https://a", "http://localhost:5173", "*", "http://[::1]:8080")


@pytest.mark.parametrize(("mistyped", "meant"), [("ENTAKU_PROT", "ENTAKU_PORT"), ("ENTAKU_HOSTS", "ENTAKU_HOST")])
def test_a_mistyped_variable_is_told_the_nearest_one(tmp_path: Path, mistyped: str, meant: str) -> None:
    with pytest.raises(Invalid, match=rf"'{mistyped}'.*did you mean {meant}\?"):
        from_environment(tmp_path, **{mistyped: "1"})


def test_a_mistyped_setting_is_told_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"entaku\.toml.*'prot'.*did you mean port\?"):
        from_file(tmp_path, "prot = 1")


def test_what_resembles_nothing_is_told_all_there_is(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"there are .*ENTAKU_PORT.*ENTAKU_WORKERS"):
        from_environment(tmp_path, ENTAKU_XYZZY="1")


def test_a_choice_that_is_none_is_told_the_choices(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="ENTAKU_SQLITE_SYNCHRONOUS cannot be 'off': choose one of normal, full"):
        from_environment(tmp_path, ENTAKU_SQLITE_SYNCHRONOUS="off")


def test_variables_that_are_no_settings_are_left_to_whom_they_are_for(tmp_path: Path) -> None:
    others = {"ENTAKU_DATA": "elsewhere", "ENTAKU_DEBUG": "1", "ENTAKU_ORG_FILE": "x", "ENTAKUX": "1", "PORT": "1"}

    assert from_environment(tmp_path, **others) == Config(data=tmp_path)


def test_a_blank_variable_is_as_good_as_none(tmp_path: Path) -> None:
    blank = {f"ENTAKU_{name.upper()}": "" for name in Config.__struct_fields__}

    assert configure(environment=blank) == Config()
    assert from_environment(tmp_path, **blank) == Config(data=tmp_path)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "entaku.toml").write_text("port = 1\nworkers = 3", encoding="utf-8")

    config = from_environment(tmp_path, ENTAKU_PORT="2")

    assert (config.port, config.workers) == (2, 3)


def test_a_tier_of_the_file_is_one(tmp_path: Path) -> None:
    config = from_file(tmp_path, "[tiers.trial]\nusers = 1\nlibraries = 2\nrequests_per_s = 3\nstorage_bytes = 4")

    assert config.tiers == {"trial": Tier(users=1, libraries=2, requests_per_s=3, storage_bytes=4)}
