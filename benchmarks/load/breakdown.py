"""Where the processor time of a request goes: the whole as measured under load, and its parts measured alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from report import print_table

from load.bare import BODY_BYTES_VARIABLE
from load.furnished import Furnished
from load.generator import Generator, Step
from load.layers import Layers, measure_layers
from load.service import Service


class BareService(Service):
    """The same server with an application that does nothing."""

    def __init__(self, folder: Path, *, workers: int, body_bytes: int) -> None:
        search = os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))))
        super().__init__(
            folder,
            workers=workers,
            command=[sys.executable, "-m", "load.bare", str(workers)],
            settings={BODY_BYTES_VARIABLE: str(body_bytes), "PYTHONPATH": search},
        )


def print_breakdown(
    folder: Path,
    generator: Generator,
    furnished: Furnished,
    *,
    body_bytes: int,
    rate: float,
    seconds: float,
    server_us: float | None,
    server_with_writes_us: float | None,
) -> None:
    """Measures the parts and prints them. `server_us` is the whole, without writes beside it."""
    user = furnished.users[len(furnished.users) // 2]
    layers = measure_layers(folder / "data", user, furnished.tokens[user])
    bare_us = measure_bare(folder / "bare", generator, body_bytes=body_bytes, rate=rate, seconds=seconds)
    rows = rows_of(layers, bare_us, server_us, server_with_writes_us)
    print_table(("where a request's processor time goes", "us", "how it was measured"), rows)


def measure_bare(folder: Path, generator: Generator, *, body_bytes: int, rate: float, seconds: float) -> float | None:
    """Processor time of the server for a request that costs the application nothing, at the same rate."""
    plan = generator.write_plan("bare", [Step("GET /bare HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")])
    with BareService(folder, workers=2, body_bytes=body_bytes) as service:
        service.wait_for_workers()
        before = service.usage()
        report = generator.run(plan, port=service.port, connections=64, rate=rate, settle_s=0.5, lasts_s=seconds)
        after = service.usage()
    if before is None or after is None:
        return None
    return (after.cpu_s - before.cpu_s) / report.sent_in_all * 1e6


def rows_of(
    layers: Layers, bare_us: float | None, server_us: float | None, server_with_writes_us: float | None
) -> list[list[str]]:
    """The whole first, then what it consists of; the last line is what the parts do not explain."""
    log = layers.whole - layers.without_log
    edge = layers.without_log - layers.authentication - layers.page - layers.body
    known = None if bare_us is None else bare_us + layers.whole
    rest = None if known is None or server_us is None else server_us - known
    return [
        ["server, with 50 writes a second", _us(server_with_writes_us), "/proc, over the run at 64 connections"],
        ["server, nothing written", _us(server_us), "the same"],
        ["- server program, loop, kernel", _us(bare_us), "an empty ASGI application with an answer of this size"],
        ["- the application", _us(layers.whole), "called in process"],
        ["  - token to actor", _us(layers.authentication), "remembered; of it SQLite's word that nothing moved:"],
        ["    - nothing was committed", _us(layers.current), "data_version, once for the token, once for the page"],
        ["  - page from memory", _us(layers.page), "with the same question to SQLite"],
        ["  - body", _us(layers.body), "the time spliced in"],
        ["  - log line", _us(log), "with and without request_log"],
        ["  - edge, answer, metrics", _us(edge), "what is left of the application"],
        ["- not explained", _us(rest), "caches gone cold between requests, the loop's own waits"],
        ["a list from the table", _us(layers.cold), "what a request costs after a change it depends on"],
    ]


def _us(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f}"
