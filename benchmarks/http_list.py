"""How fast is a user's list of libraries over HTTP, while others write, and where does the time of a request go?

`GET /api/users/{id}/libraries` for 1,276 people in turn, each with an access token of their own, from two workers of
`entaku serve`, with 50 writes a second through the API beside them: at a constant 10,000 requests a second over 64
connections, then 1,000, then as fast as it goes. Latency counts from when a request was due. Run it with
`python benchmarks/http_list.py [--items 100000] [--org FILE]`; benchmarks/README.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from load.breakdown import print_breakdown
from load.company import machine_busy_s, wait_for_quiet
from load.furnished import Furnished, furnish
from load.generator import Generator, LoadReport, build_generator
from load.organisation import organisation_file
from load.plans import (
    MIX,
    PRIVATE_LIBRARIES,
    WRITE_CONNECTIONS,
    WRITES_PER_S,
    private_library,
    read_steps,
    write_steps,
)
from load.service import Service
from report import print_header, print_table, verdict

WORKERS = 2
RATE_PER_S = 10_000
QUESTION = (
    "How fast is a user's list of libraries over HTTP, while others write, and where does the time of a request go?"
)
GOAL_MS = {"p50": 2.0, "p95": 8.0, "p99": 25.0}
GOAL_ERROR_PERCENT = 0.01
SECONDS_MIN, SECONDS_MAX = 2.0, 10.0
SETTLE_S = 1.0
WARM_UPS_MAX = 15
WARM_UP_ROUNDS = 6
RUNS_MAX = 3


class Size(msgspec.Struct, frozen=True):
    """How much to measure."""

    query: str
    seconds: float
    """Of each run."""
    runs: int
    """Of each scenario."""
    patience_s: float
    """How long to wait for a quiet machine before each run."""


class Scenario(msgspec.Struct, frozen=True):
    """One way to load the service."""

    name: str
    connections: int
    rate: float
    writes: str | None
    """Which plan of writes goes beside it, if any."""


FEW, ALL = "writes that few see", "writes that all see"
GOAL = Scenario("64 connections", 64, RATE_PER_S, FEW)
UNWRITTEN = Scenario("64, nothing written", 64, RATE_PER_S, None)
SCENARIOS = (
    GOAL,
    Scenario("1,000 connections", 1000, RATE_PER_S, FEW),
    Scenario("as fast as it goes, 64", 64, 0, FEW),
    UNWRITTEN,
    Scenario("64, renames all see", 64, RATE_PER_S, ALL),
)


class Outcome(msgspec.Struct, frozen=True):
    """What a run of a scenario found."""

    reads: LoadReport
    writes: LoadReport | None
    server_cpu_s: float | None
    busiest_worker: float | None
    """Share of a core, of the worker that had most to do: connections are dealt by chance."""
    others: float | None
    """Cores that neither the service nor the generator took: other programs, and the kernel's own threads."""

    @property
    def server_us(self) -> float | None:
        """Of processor time for each request, writes included."""
        return None if self.server_cpu_s is None else self.server_cpu_s / self.reads.sent_in_all * 1e6

    @property
    def generator_core(self) -> float:
        return self.reads.cpu_s / self.reads.took_s


class Bench:
    """A service that runs, and a generator to load it with."""

    def __init__(self, service: Service, generator: Generator, furnished: Furnished, size: Size) -> None:
        self._service, self._generator, self._size = service, generator, size
        self._steps = read_steps(furnished.users, furnished.tokens, query=size.query)
        self._reads = generator.write_plan("reads", self._steps)
        token = furnished.tokens[furnished.administrator]
        private = [private_library(number) for number in range(PRIVATE_LIBRARIES)]
        self._writes = {
            name: generator.write_plan(name.replace(" ", "-"), write_steps(furnished.workspace, token, renamed=renamed))
            for name, renamed in ((FEW, private), (ALL, furnished.listed_by_all))
        }

    def warm_up(self) -> LoadReport:
        """Asks as fast as it goes until that gets no faster: then every worker has every list in memory."""
        port, report, before, answered = self._service.port, None, 0, 0
        for _ in range(WARM_UPS_MAX):
            report = self._generator.run(self._reads, port=port, connections=64, rate=0, settle_s=0, lasts_s=1)
            answered += report.answered
            # Before every list was asked for a few times it is evenly slow, which is not evenly fast.
            if answered > WARM_UP_ROUNDS * len(self._steps) and report.answered < 1.1 * before:
                break
            before = report.answered
        assert report is not None
        return report

    def run(self, scenario: Scenario) -> Outcome:
        self._service.forget_log()
        self.warm_up()
        wait_for_quiet(self._size.patience_s)
        port, writing = self._service.port, None
        if scenario.writes is not None:
            writing = self._generator.start(
                self._writes[scenario.writes],
                port=port,
                connections=WRITE_CONNECTIONS,
                rate=WRITES_PER_S,
                settle_s=SETTLE_S,
                lasts_s=self._size.seconds,
            )
        busy, before = machine_busy_s(), self._service.usage()
        reads = self._generator.run(
            self._reads,
            port=port,
            connections=scenario.connections,
            rate=scenario.rate,
            settle_s=SETTLE_S,
            lasts_s=self._size.seconds,
        )
        after, busy_after = self._service.usage(), machine_busy_s()
        writes = None if writing is None else self._generator.finish(writing)
        self._check(reads)
        if before is None or after is None or busy is None or busy_after is None:
            return Outcome(reads, writes, None, None, None)
        server_s = after.cpu_s - before.cpu_s
        pairs = zip(before.cpu_s_by_worker, after.cpu_s_by_worker, strict=True)
        busiest = max((late - early for early, late in pairs), default=0)
        others_s = busy_after - busy - server_s - reads.cpu_s - (0 if writes is None else writes.cpu_s)
        return Outcome(reads, writes, server_s, busiest / reads.took_s, max(0, others_s) / reads.took_s)

    def _check(self, reads: LoadReport) -> None:
        """Looks closely at some of the answers: the user's own list, and of the length it says."""
        for sample in reads.samples:
            body = msgspec.json.decode(sample.body, type=ListBody)
            assert self._steps[sample.step].begins == f'{{"user_id":"{body.user_id}",', sample.body[:80]
            assert body.complete, sample.body[-200:]
            assert 0 < sum(len(rows) for rows in body.libraries.values()) <= body.total, sample.body[-200:]


class ListBody(msgspec.Struct, frozen=True):
    """What a sampled answer must hold."""

    user_id: str
    total: int
    libraries: dict[str, list[msgspec.Raw]]
    complete: bool


def best_of(outcomes: Sequence[Outcome]) -> Outcome:
    """Without failures, then with the lowest p99; the fastest where there was no rate to keep."""
    return min(outcomes, key=lambda outcome: (outcome.reads.error_share, outcome.reads.latency_ms.p99))


def print_outcomes(outcomes: dict[Scenario, list[Outcome]]) -> None:
    heads = "reads at 10,000/s", "req/s", "p50 ms", "p95", "p99", "p99.9", "max", "p99 of all runs", "errors"
    rows: list[list[str]] = []
    for scenario, runs in outcomes.items():
        best, spread = best_of(runs).reads, sorted(run.reads.latency_ms.p99 for run in runs)
        latency = best.latency_ms
        rows.append(
            [
                scenario.name,
                f"{best.rate_per_s:,.0f}",
                *(f"{value:.2f}" for value in (latency.p50, latency.p95, latency.p99, latency.p999, latency.max)),
                f"{spread[0]:.1f}-{spread[-1]:.1f}",
                _errors(best),
            ]
        )
    print_table(heads, rows)
    heads = (
        "beside and below",
        "server us/req",
        "busiest worker",
        "generator",
        "others",
        "late p99 ms",
        "waited",
        "write p50 ms",
        "write p99",
        "write errors",
    )
    rows = []
    for scenario, runs in outcomes.items():
        best = best_of(runs)
        writes = best.writes
        rows.append(
            [
                scenario.name,
                "?" if best.server_us is None else f"{best.server_us:.0f}",
                "?" if best.busiest_worker is None else f"{best.busiest_worker:.0%}",
                f"{best.generator_core:.0%}",
                "?" if best.others is None else f"{best.others:.0%}",
                f"{best.reads.lateness_ms.p99:.2f}",
                f"{best.reads.queued / max(1, best.reads.sent_in_all):.1%}",
                *(
                    [f"{writes.latency_ms.p50:.1f}", f"{writes.latency_ms.p99:.1f}", _errors(writes)]
                    if writes
                    else 3 * ["-"]
                ),
            ]
        )
    print_table(heads, rows)


def _errors(report: LoadReport) -> str:
    if not report.errors:
        return "0"
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(report.errors.items()))
    return f"{report.error_share:.3%}: {kinds}"


def print_verdict(outcome: Outcome) -> None:
    reads = outcome.reads
    print("Goals, at 64 connections:")
    print(f"  {verdict(reads.rate_per_s, RATE_PER_S * 0.999, 'req/s', at_least=True)}")
    for name, goal in GOAL_MS.items():
        print(f"  {name} {verdict(getattr(reads.latency_ms, name), goal, 'ms')}")
    print(f"  errors {verdict(reads.error_share * 100, GOAL_ERROR_PERCENT, '%')}\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--items", type=int, default=100_000, help="size: a ten-thousandth of it is the seconds of a run"
    )
    parser.add_argument("--org", type=Path, metavar="FILE", help="organisation to import, workspace or Peribolos")
    parser.add_argument("--limit", type=int, help="libraries a page; by default what the API answers by default")
    parser.add_argument("--runs", type=int, help=f"of each scenario, the best is shown; {RUNS_MAX} at full size")
    parser.add_argument(
        "--patience", type=float, default=0, metavar="S", help="seconds to wait for a quiet machine before each run"
    )
    chosen = parser.parse_args()
    seconds = min(max(chosen.items / 10_000, SECONDS_MIN), SECONDS_MAX)
    runs = chosen.runs or (RUNS_MAX if seconds >= SECONDS_MAX else 1)
    with tempfile.TemporaryDirectory(prefix="entaku-bench-") as name:
        folder = Path(name)
        generator = build_generator(folder)
        if isinstance(generator, str):
            print(QUESTION, generator, sep="\n")
            return
        file, called = organisation_file(chosen.org, folder)
        furnished = furnish(folder / "data", file)
        print_header(
            QUESTION,
            also=(
                f"{called}: {furnished.counts}",
                f"{WORKERS} workers, {seconds:g} s a run, best of {runs}; the generator runs on the same cores",
                f"{WRITES_PER_S} writes a second over {WRITE_CONNECTIONS} connections: {MIX}",
            ),
        )
        query = "" if chosen.limit is None else f"?limit={chosen.limit}"
        measure(folder, generator, furnished, Size(query, seconds, runs, chosen.patience))


def measure(folder: Path, generator: Generator, furnished: Furnished, size: Size) -> None:
    outcomes: dict[Scenario, list[Outcome]] = {}
    with Service(folder / "data", workers=WORKERS) as service:
        service.wait_for_workers()
        bench = Bench(service, generator, furnished, size)
        first = bench.warm_up()
        body_bytes = first.bytes // max(1, first.answered)
        print(f"an answer is {body_bytes:,} bytes, its head included\n", flush=True)
        for scenario in SCENARIOS:
            outcomes[scenario] = [bench.run(scenario) for _ in range(size.runs)]
        memory = service.pss_bytes()
    print_outcomes(outcomes)
    if memory is not None:
        print(f"memory of the service after all this: {sum(memory) / 1e6:.0f} MB (PSS)\n")
    best = best_of(outcomes[GOAL])
    print_verdict(best)
    unwritten = best_of(outcomes[UNWRITTEN])
    wait_for_quiet(size.patience_s)
    print_breakdown(
        folder,
        generator,
        furnished,
        body_bytes=body_bytes,
        rate=RATE_PER_S,
        seconds=min(size.seconds, 5),
        server_us=unwritten.server_us,
        server_with_writes_us=best.server_us,
    )


if __name__ == "__main__":
    main()
