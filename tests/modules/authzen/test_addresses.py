"""Where to ask: the metadata of the service, behind a proxy and at the hosts of tenants."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.api.in_process import Answer, call
from entaku.core.config import Config
from entaku.core.errors import Invalid
from entaku.main import App, build
from entaku.modules.authzen.addresses import Addresses
from entaku.table.driver import Driver
from entaku.testing import ManualClock

PUBLIC = "https://api.example.com"


async def asked(config: Config, driver: Driver, clock: ManualClock, host: str) -> Answer:
    app: App = await build(config, driver=driver, clock=clock)
    return await call(app.http(), "GET", "/.well-known/authzen-configuration", headers={"Host": host})


async def test_behind_a_proxy_the_metadata_says_where_callers_are(
    driver: Driver, clock: ManualClock, tmp_path: Path
) -> None:
    config = Config(data=tmp_path, public_url=PUBLIC)

    answer = await asked(config, driver, clock, "10.0.0.7:8000")

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.json() == {
        "policy_decision_point": PUBLIC,
        "access_evaluation_endpoint": f"{PUBLIC}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{PUBLIC}/access/v1/evaluations",
        "search_subject_endpoint": f"{PUBLIC}/access/v1/search/subject",
        "search_resource_endpoint": f"{PUBLIC}/access/v1/search/resource",
        "search_action_endpoint": f"{PUBLIC}/access/v1/search/action",
    }


async def test_without_a_public_address_it_is_where_the_request_was_sent(
    driver: Driver, clock: ManualClock, tmp_path: Path
) -> None:
    answer = await asked(Config(data=tmp_path), driver, clock, "localhost:8000")

    assert answer.json()["policy_decision_point"] == "http://localhost:8000"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("acme.example.com", "https://acme.example.com:8443"),
        ("ACME.example.com.:8000", "https://acme.example.com:8443"),
        ("example.com", "https://api.example.com:8443"),
        ("a.b.example.com", "https://api.example.com:8443"),
        ("evil.com", "https://api.example.com:8443"),
        ("evil.com/.example.com", "https://api.example.com:8443"),
        ("", "https://api.example.com:8443"),
    ],
)
def test_a_host_of_a_tenant_has_an_address_of_its_own(host: str, said: str) -> None:
    assert Addresses("https://api.example.com:8443", "Example.com").of("http", host) == said


@given(host=st.text(max_size=80))
def test_no_host_puts_another_place_into_the_metadata(host: str) -> None:
    said = Addresses(PUBLIC, "example.com").of("http", host)

    assert re.fullmatch(r"https://[a-z0-9-]+\.example\.com", said)


@pytest.mark.parametrize("host", ["", "evil.com/path", "a b", "a@b", "a?b", "http://a"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(Invalid, match="names no host"):
        Addresses(None, None).of("http", host)


@pytest.mark.parametrize("url", ["api.example.com", "https://api.example.com/", "ftp://a", "https://a/b", "https://A"])
def test_a_public_address_that_cannot_work_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no address of this service; write it as in"):
        Config(data=tmp_path, public_url=url)
