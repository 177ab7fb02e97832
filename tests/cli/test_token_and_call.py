"""`entaku token` and `entaku call`: from a user's name to an answer of the API, without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine

ME = "ito.daichi@maru"


def test_a_token_opens_the_api(maru: CommandLine) -> None:
    token = maru.must("token", ME).strip()

    outcome = maru("call", "GET", "/api/users/ito.daichi/libraries", "-H", f"Authorization: Bearer {token}")

    assert outcome.status == 0
    assert json.loads(outcome.out)["total"] == 7
    assert outcome.err.startswith("HTTP 200 OK\n")


def test_the_headers_of_an_answer_are_shown_beside_its_body(maru: CommandLine) -> None:
    outcome = maru("call", "GET", "/api/libraries/handbook", "--as", ME)

    version = json.loads(outcome.out)["version"]
    assert f'\netag: "{version}"\n' in outcome.err
    assert "\nx-request-id: " in outcome.err


def test_a_body_that_is_no_utf_8_is_for_the_api_to_refuse(maru: CommandLine) -> None:
    outcome = maru("call", "POST", "/api/libraries", "--as", ME, "--body", '{"name": "caf\udce9"}')

    assert outcome.status == 2
    assert json.loads(outcome.out)["code"] == "invalid"


def test_a_token_as_json_says_whose_and_until_when(maru: CommandLine) -> None:
    minted = maru("token", "--json", "ito.daichi", "--tenant", "maru").json()

    assert (minted["tenant_id"], minted["user_id"], minted["token_type"]) == ("maru", "ito.daichi", "Bearer")
    assert minted["expires_at"].endswith("Z")


@pytest.mark.parametrize(
    ("user", "status"), [("nobody@maru", 5), ("ito.daichi@acme", 5), ("ota.minoru@maru", 6), ("a/b@maru", 2)]
)
def test_no_token_for_somebody_who_could_not_use_it(maru: CommandLine, user: str, status: int) -> None:
    assert maru("token", user).status == status


def test_a_new_key_signs_and_the_old_one_still_verifies(maru: CommandLine) -> None:
    old = maru.must("token", ME).strip()
    rotated = maru("token", "--rotate-keys", "--json").json()

    outcome = maru("call", "GET", "/api/me", "-H", f"Authorization: Bearer {old}")

    assert rotated["key_id"] in {path.stem for path in (maru.data / "keys").glob("*.pem")}
    assert outcome.status == 0


def test_for_whom_must_be_said(maru: CommandLine) -> None:
    assert maru("token").status == 2


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("/api/me",), 3),
        (("/api/users/baba.yui/libraries", "--as", ME), 4),
        (("/api/libraries/nothing", "--as", ME), 5),
        (("/api/users/ito.daichi/libraries?limit=0", "--as", ME), 2),
    ],
)
def test_a_refusal_of_the_api_ends_with_the_status_of_its_code(
    maru: CommandLine, arguments: tuple[str, ...], status: int
) -> None:
    outcome = maru("call", "GET", *arguments)

    assert outcome.status == status
    assert json.loads(outcome.out)["code"]
    assert outcome.err.startswith("HTTP 4")


def test_a_body_comes_from_the_line_or_from_a_file(maru: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "library.json"
    file.write_text('{"name": "二"}', encoding="utf-8")

    first = maru("call", "post", "/api/libraries", "--as", ME, "--body", '{"name": "一"}', "--json").json()
    second = maru("call", "post", "/api/libraries", "--as", ME, "--body", f"@{file}", "--json").json()

    assert (first["status"], first["body"]["name"]) == (201, "一")
    assert (second["status"], second["body"]["name"]) == (201, "二")
    assert first["headers"]["etag"]


def test_a_path_may_hold_any_character(maru: CommandLine) -> None:
    found = maru("call", "GET", "/api/users?q=伊藤", "--as", ME, "--json").json()

    assert found["status"] == 200
    assert len(found["body"]["items"]) == 1


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("GET", "api/me"), "does not begin with '/'"),
        (("GET", "/api/me", "-H", "nonsense"), "write it as in 'If-Match"),
        (("POST", "/api/libraries", "--body", "@nothing.json"), "nothing.json cannot be read"),
        (("FETCH", "/api/me"), "invalid value"),
    ],
)
def test_what_cannot_be_sent_is_told(maru: CommandLine, arguments: tuple[str, ...], hint: str) -> None:
    outcome = maru("call", *arguments)

    assert outcome.status == 2
    assert hint in outcome.err


def test_a_body_goes_to_a_file_as_it_came_and_a_refusal_to_the_screen(maru: CommandLine, tmp_path: Path) -> None:
    file, none = tmp_path / "me.json", tmp_path / "none.json"

    written = maru("call", "GET", "/api/users/ito.daichi/libraries", "--as", ME, "--output", str(file))
    refused = maru("call", "GET", "/api/libraries/nowhere", "--as", ME, "--output", str(none))

    assert (written.out, json.loads(file.read_bytes())["total"]) == ("", 7)
    assert b"\n" not in file.read_bytes()
    assert (refused.status, json.loads(refused.out)["code"], none.exists()) == (5, "not_found", False)


def test_a_file_that_cannot_be_written_is_told(maru: CommandLine, tmp_path: Path) -> None:
    outcome = maru("call", "GET", "/api/me", "--as", ME, "--output", str(tmp_path / "none" / "me.json"))

    assert outcome.status == 2
    assert "me.json cannot be written" in outcome.err
