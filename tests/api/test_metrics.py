"""The figures count every request once, and their number does not grow with what callers make up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entaku.api.http import HttpSettings
from entaku.api.in_process import InProcess, in_process
from tests.api.conftest import ANN
from tests.api.toy_app import create_toy


@pytest.fixture
async def counted() -> AsyncIterator[InProcess]:
    settings = HttpSettings(logs_requests=False, metrics_are_public=True)
    async with in_process(create_toy(settings)) as client:
        yield client


async def figures(api: InProcess) -> dict[str, float]:
    text = (await api.call("GET", "/metrics")).body.decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_requests_are_counted_by_method_route_and_status(counted: InProcess) -> None:
    for note_id in ("a", "b", "c"):
        await counted.call("GET", f"/api/notes/{note_id}", headers=ANN)

    now = await figures(counted)
    assert now['entaku_http_requests_total{method="GET",route="/api/notes/{note_id}",status="404"}'] == 3
    assert now['entaku_http_request_duration_seconds_count{method="GET",route="/api/notes/{note_id}"}'] == 3


async def test_a_front_counts_for_its_route(counted: InProcess) -> None:
    await counted.call("GET", "/api/hot", headers=ANN)

    assert (await figures(counted))['entaku_http_requests_total{method="GET",route="/api/hot",status="200"}'] == 1


async def test_made_up_paths_and_methods_share_one_series(counted: InProcess) -> None:
    for number in range(20):
        await counted.call(f"M{number}", f"/made/up/{number}", headers=ANN)

    series = [name for name in await figures(counted) if "_requests_total" in name]
    assert series == ['entaku_http_requests_total{method="other",route="unmatched",status="404"}']


async def test_what_is_being_answered_is_in_flight(counted: InProcess) -> None:
    assert (await figures(counted))["entaku_http_requests_in_flight"] == 1
    assert (await figures(counted))["entaku_http_requests_in_flight"] == 1


async def test_the_version_is_told(counted: InProcess) -> None:
    assert (await figures(counted))['entaku_build_info{version="0"}'] == 1


ONE_PROCESS = """
import asyncio, sys
from pathlib import Path
from entaku.api.metrics_folder import FOLDER_VARIABLE
import os
os.environ[FOLDER_VARIABLE] = sys.argv[1]
from entaku.api.http import HttpSettings
from entaku.api.in_process import in_process
from tests.api.toy_app import create_toy

async def main():
    async with in_process(create_toy(HttpSettings(logs_requests=False, metrics_are_public=True))) as api:
        await api.call("GET", "/healthz")
        print((await api.call("GET", "/metrics")).body.decode())

asyncio.run(main())
"""


def test_several_processes_tell_their_sum(tmp_path: Path) -> None:
    texts = [
        subprocess.run(
            [sys.executable, "-c", ONE_PROCESS, str(tmp_path)], check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]

    assert 'route="/healthz",status="200"} 1.0' in texts[0]
    assert 'route="/healthz",status="200"} 2.0' in texts[1]
    assert "in_flight 1.0" in texts[1]
