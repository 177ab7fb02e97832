"""The load generator in `generator/`: finds Go, builds it, runs it, reads its report.

It is in Go because it shares the machine with the service: one in Python would take as much processor time for a
request as the service does, and would measure mostly itself. Without Go there is no second, slower one whose figures
could be mistaken for these: the benchmark says what is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

SOURCES = Path(__file__).with_name("generator")
GO_PLACES = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go", "/opt/homebrew/bin/go")
GO_MISSING = """\
NOT MEASURED: there is no Go on this machine, and the load generator is written in it.
  Debian, Ubuntu: apt install golang-go    others: https://go.dev/dl (1.21 or later; no packages are fetched)
  It is looked for in PATH, in $GO and in the usual places. Nothing else of the project needs it."""


class Step(msgspec.Struct, frozen=True):
    """One request as it goes over the wire."""

    request: str
    begins: str = ""
    """What the body of the only right answer begins with."""


class Percentiles(msgspec.Struct, frozen=True):
    """Of durations, in milliseconds."""

    p50: float
    p95: float
    p99: float
    p999: float
    max: float
    mean: float


class Sample(msgspec.Struct, frozen=True):
    """The whole body of one answer, and which step of the plan asked for it."""

    step: int
    body: str


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found. Errors are by kind: `status 500`, `timeout`, `closed`, `unanswered`, and so on."""

    answered: int
    """Right answers to requests of the counted time."""
    rate_per_s: float
    """Of those that came before the run ended: one that falls behind does not catch up in its table."""
    bytes: int
    latency_ms: Percentiles
    """From the instant a request was due to the last byte of its answer."""
    service_ms: Percentiles
    """The same from when it could be sent: without the wait for a busy connection."""
    lateness_ms: Percentiles
    """How late the generator itself was, where a connection was free. It is part of the latency."""
    queued: int
    """Requests that were due while their connection still waited for an answer."""
    statuses: dict[str, int]
    errors: dict[str, int]
    errors_while_settling: dict[str, int]
    samples: tuple[Sample, ...]
    cpu_s: float
    took_s: float
    sent_in_all: int

    @property
    def error_share(self) -> float:
        wrong = sum(self.errors.values())
        return wrong / max(1, self.answered + wrong)


class Generator:
    """The built generator."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program, self._folder = program, folder

    def write_plan(self, name: str, steps: Sequence[Step]) -> Path:
        path = self._folder / f"{name}.plan"
        path.write_bytes(b"".join(msgspec.json.encode(step) + b"\n" for step in steps))
        return path

    def start(
        self, plan: Path, *, port: int, connections: int, rate: float, settle_s: float, lasts_s: float
    ) -> subprocess.Popen[bytes]:
        """Begins a run; `finish` waits for it. A rate of 0 sends as fast as answers come."""
        arguments = {
            "plan": plan,
            "port": port,
            "connections": connections,
            "rate": rate,
            "settle": f"{settle_s}s",
            "for": f"{lasts_s}s",
        }
        command = [str(self._program), *(f"-{name}={value}" for name, value in arguments.items())]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, running: subprocess.Popen[bytes]) -> LoadReport:
        output, complaint = running.communicate(timeout=900)
        if running.returncode:
            raise SystemExit(f"the load generator gave up: {complaint.decode()}")
        return msgspec.json.decode(output, type=LoadReport)

    def run(
        self, plan: Path, *, port: int, connections: int, rate: float, settle_s: float, lasts_s: float
    ) -> LoadReport:
        """A whole run."""
        return self.finish(
            self.start(plan, port=port, connections=connections, rate=rate, settle_s=settle_s, lasts_s=lasts_s)
        )


def find_go() -> str | None:
    """The Go command: $GO, the one in PATH, or one in a usual place."""
    named = os.environ.get("GO")
    return named or shutil.which("go") or next((place for place in GO_PLACES if Path(place).is_file()), None)


def build_generator(folder: Path) -> Generator | str:
    """Builds it into the folder; a sentence for the reader where it cannot be had."""
    if not sys.platform.startswith("linux"):
        return f"NOT MEASURED: the load generator needs Linux (epoll), and this is {sys.platform}."
    go = find_go()
    if go is None:
        return GO_MISSING
    program = folder / "entaku-load"
    # Builds of the standard library are kept by Go itself, so only the first one on a machine takes long.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}
    built = subprocess.run(
        [go, "build", "-o", str(program), "."],
        cwd=SOURCES,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        return f"NOT MEASURED: {go} cannot build the load generator:\n{built.stderr}"
    return Generator(program, folder)
