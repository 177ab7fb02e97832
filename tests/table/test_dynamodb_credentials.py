"""Credentials of DynamoDB: found where AWS tools look, renewed before they end, never lost by who leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from aiodynamo.credentials import Credentials, Key
from aiodynamo.http.types import HttpImplementation, Request, RequestFailed, Response

from entaku.core.errors import Invalid, Unavailable
from entaku.table.drivers.dynamodb import credentials
from entaku.table.drivers.dynamodb.credentials import FoundCredentials, Keys
from entaku.table.drivers.dynamodb.wire import Wire
from tests.emulators.scripted import ScriptedService

ANY = msgspec.json.Decoder(dict[str, object])
AWS = "https://dynamodb.eu-west-1.amazonaws.com/"
FIRST, SECOND = Key("FIRST", "secret"), Key("SECOND", "secret")


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without credentials, on a machine without metadata."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name in ("RELATIVE_URI", "FULL_URI"):
        monkeypatch.delenv(f"AWS_CONTAINER_CREDENTIALS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest_asyncio.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as started:
        yield started


class Given(Credentials):
    """Gives keys in order, the last one for ever; None in the list is a service of metadata that does not answer."""

    def __init__(self, *keys: Key | None) -> None:
        self._keys = list(keys)
        self.asked = 0
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def get_key(self, http: HttpImplementation) -> Key | None:
        self.asked += 1
        await self.let_go.wait()
        key = self._keys.pop(0) if len(self._keys) > 1 else self._keys[0]
        if key is None:
            raise RequestFailed(OSError("no route to host"))
        return key

    def invalidate(self) -> bool:
        return True

    def is_disabled(self) -> bool:
        return False


async def nowhere(request: Request) -> Response:
    raise RequestFailed(OSError("there is no network here"))


async def found(endpoint: str | None = AWS) -> tuple[str, Key | None]:
    looking = FoundCredentials(endpoint)
    key = await looking.get_key(nowhere)
    return looking.origin, key


async def test_those_of_the_environment_come_first(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(bare, "default", "FILE")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")

    assert await found() == ("the environment", Key("ENVIRONMENT", "secret", "token"))


def write_file(folder: Path, profile: str, key_id: str) -> Path:
    file = folder / ".aws" / "credentials"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"[{profile}]\naws_access_key_id = {key_id}\naws_secret_access_key = secret\n", encoding="utf-8")
    return file


async def test_then_those_of_the_file(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_file(bare, "work", "FILE")
    monkeypatch.setenv("AWS_PROFILE", "work")

    assert await found() == (f"profile 'work' in {file}", Key("FILE", "secret"))


async def test_a_profile_that_has_no_key_is_named_with_the_way_out(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(bare, "work", "FILE")
    monkeypatch.setenv("AWS_PROFILE", "play")

    with pytest.raises(Invalid, match=r"'play'.*aws configure export-credentials"):
        await found()


@pytest.mark.parametrize("text", ["aws_secret_access_key = hush", "[default]\nhush", "[a]\n[a]\nhush = 1"])
async def test_a_file_of_another_form_is_told_and_not_shown(bare: Path, text: str) -> None:
    file = write_file(bare, "default", "FILE")
    file.write_text(text, encoding="utf-8")

    with pytest.raises(Invalid, match="no file of credentials") as refused:
        await found()
    assert "hush" not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_those_of_a_container_are_fetched_with_the_token_of_its_file(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / "token").write_text("of the hour\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(bare / "token"))
    answer = b'{"AccessKeyId": "C", "SecretAccessKey": "s", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}'

    async def metadata(request: Request) -> Response:
        assert (request.headers or {})["Authorization"] == "of the hour"
        return Response(200, answer)

    looking = FoundCredentials(AWS)
    assert await looking.get_key(metadata) == Key("C", "s", "t")
    assert looking.origin == "the role of this container"


async def test_an_emulator_of_this_machine_takes_any() -> None:
    assert (await found("http://127.0.0.1:8000"))[1] is not None
    assert await found() == ("nowhere", None)


async def test_without_any_it_is_said_what_to_do_and_nothing_is_sent(service: ScriptedService) -> None:
    wire = Wire(region="eu-west-1", endpoint=service.endpoint, credentials=FoundCredentials(AWS))

    with pytest.raises(Invalid, match="AWS_ACCESS_KEY_ID"):
        await wire.call("GetItem", {}, ANY)
    await wire.close()
    assert service.asked == []


async def test_they_are_asked_for_once_however_many_wait() -> None:
    given = Given(FIRST)
    keys = Keys(given, nowhere)

    assert await asyncio.gather(*(keys.get() for _ in range(9))) == [FIRST] * 9
    assert given.asked == 1


async def test_who_leaves_does_not_take_them_from_the_others() -> None:
    given = Given(FIRST)
    given.let_go.clear()
    keys = Keys(given, nowhere)
    leaving, waiting = asyncio.ensure_future(keys.get()), asyncio.ensure_future(keys.get())
    await asyncio.sleep(0)

    leaving.cancel()
    await asyncio.wait([leaving])
    given.let_go.set()

    assert await waiting == FIRST


async def test_they_are_used_on_where_they_cannot_be_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "ASKED_EVERY_S", 0.0)
    given = Given(FIRST, None, SECOND)
    keys = Keys(given, nowhere)

    assert [await keys.get() for _ in range(3)] == [FIRST, FIRST, SECOND]


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"])
async def test_what_aws_has_refused_is_looked_for_anew(service: ScriptedService, code: str) -> None:
    wire = Wire(region="eu-west-1", endpoint=service.endpoint, credentials=Given(FIRST, SECOND))
    service.refuses(code)
    service.answers({})

    with pytest.raises(Unavailable) as failed:
        await wire.call("PutItem", {}, ANY, writes=True)
    await wire.call("PutItem", {}, ANY, writes=True)

    assert not failed.value.outcome_unknown
    assert await wire.key() == SECOND
    await wire.close()


async def test_a_file_that_was_written_anew_is_read_again(bare: Path, service: ScriptedService) -> None:
    write_file(bare, "default", "OLD")
    wire = Wire(region="eu-west-1", endpoint=service.endpoint, credentials=FoundCredentials(AWS))
    service.refuses("ExpiredTokenException")

    with pytest.raises(Unavailable, match="'OLD'"):
        await wire.call("GetItem", {}, ANY)
    write_file(bare, "default", "NEW")

    assert (await wire.key()).id == "NEW"
    await wire.close()


async def test_where_there_are_none_any_more_the_service_waits_for_new_ones() -> None:
    keys = Keys(given := Given(FIRST, None), nowhere)
    keys.refused(await keys.get())

    with pytest.raises(Unavailable, match="no route to host"):
        await keys.get()
    assert given.asked == 2
