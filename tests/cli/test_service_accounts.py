"""Service accounts and sign-in on the command line: made, shown, and taken back."""

from __future__ import annotations

import asyncio

from entaku.core.config import Config
from entaku.main import build
from tests.cli.command_line import CommandLine

STAFF = ("--issuer", "https://login.maru.example", "--audience", "entaku")


async def caller(entaku: CommandLine, key: str) -> tuple[str, str]:
    """Who calls with the key, and with which access level."""
    app = await build(Config(data=entaku.data))
    try:
        actor = await app.authentication.authenticate(key, host="localhost", tenant_header=None, request_id="r1")
    finally:
        await app.close()
    return actor.user_id, actor.level.value


def test_a_key_is_printed_alone_and_works(maru: CommandLine) -> None:
    maru.must("service-accounts", "create", "night-job", "--level", "tenant_admin")

    made = maru("service-accounts", "keys", "create", "night-job", "--key", "ci", "--scope", "read")

    assert made.out.startswith("entaku_maru/night-job/ci_")
    assert "not shown again" in made.err
    assert asyncio.run(caller(maru, made.out.strip())) == ("night-job", "member")


def test_a_list_of_keys_tells_when_each_was_used_and_no_secret(maru: CommandLine) -> None:
    maru.must("service-accounts", "create", "night-job")
    key = maru.must("service-accounts", "keys", "create", "night-job", "--key", "ci").strip()
    asyncio.run(caller(maru, key))

    listed = maru("service-accounts", "keys", "list", "night-job", "--json")

    (item,) = listed.json()["items"]
    assert item["last_used_on"] is not None
    assert "secret_hash" not in listed.out
    assert key.rpartition("_")[2] not in listed.out


def test_a_key_is_replaced_and_deleted(maru: CommandLine) -> None:
    maru.must("service-accounts", "create", "night-job")
    maru.must("service-accounts", "keys", "create", "night-job", "--key", "old")

    new = ("--key", "new", "--replaces", "old", "--overlap-hours", "0")
    maru.must("service-accounts", "keys", "create", "night-job", *new)
    assert maru("service-accounts", "show", "night-job", "--json").json()["keys"] == ["new"]
    maru.must("service-accounts", "keys", "delete", "night-job", "new")

    assert maru.must("service-accounts", "keys", "list", "night-job") == "no keys\n"
    assert maru("service-accounts", "keys", "delete", "night-job", "new").status == 5


def test_service_accounts_are_listed_without_people(maru: CommandLine) -> None:
    before = maru("service-accounts", "list", "--json").json()["items"]
    maru.must("service-accounts", "create", "night-job")

    after = maru("service-accounts", "list", "--json").json()["items"]

    assert {each["user_id"] for each in after} - {each["user_id"] for each in before} == {"night-job"}
    assert maru("service-accounts", "show", "ito.daichi").status == 5
    assert maru.must("service-accounts", "delete", "night-job") == "deleted service account night-job\n"


def test_an_issuer_is_put_shown_and_deleted(maru: CommandLine) -> None:
    maru.must("tenants", "issuers", "put", "maru", "staff", *STAFF, "--tenant-claim", "org=maru", "--provision")

    (rule,) = maru("tenants", "issuers", "list", "maru", "--json").json()["items"]
    assert (rule["tenant_value"], rule["provisions"], rule["user_claim"]) == ("maru", True, "sub")
    assert maru("tenants", "show", "maru", "--json").json()["issuers"] == ["staff"]
    assert "org=maru" in maru.must("tenants", "issuers", "list", "maru")
    maru.must("tenants", "issuers", "delete", "maru", "staff")
    assert maru.must("tenants", "issuers", "list", "maru") == "no issuers\n"


def test_a_claim_without_its_value_is_a_mistake(maru: CommandLine) -> None:
    outcome = maru("tenants", "issuers", "put", "maru", "staff", *STAFF, "--tenant-claim", "org")

    assert outcome.status == 2
    assert "tid=1234" in outcome.err
