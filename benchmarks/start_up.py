"""How long until it is there: the package imported, a command run, the service's first answer?

Imports and commands are whole processes, each compared with a Python that does nothing, in turn with it. The service
is timed from its start as a process to the first `/healthz` answered with 200. Run it with
`python benchmarks/start_up.py [--items 2000]`.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from load.service import Service, entaku_command
from report import print_header, print_table, verdict

QUESTION = "How long until it is there: the package imported, a command run, the service's first answer?"
GOAL_IMPORT_MS = 40
GOAL_FIRST_ANSWER_S = 2
WORKERS = 2
RUNS_MIN, RUNS_MAX = 5, 25
STARTS = 3
FIRST_ANSWER_MAX_S = 60

NOTHING = [sys.executable, "-c", "pass"]
PROCESSES = {
    "import entaku": [sys.executable, "-c", "import entaku"],
    "import entaku.table": [sys.executable, "-c", "import entaku.table"],
    "import entaku.main": [sys.executable, "-c", "import entaku.main"],
    "import entaku.hosts.asgi": [sys.executable, "-c", "import entaku.hosts.asgi"],
    "import the web framework too": [sys.executable, "-c", "import entaku.hosts.asgi, entaku.api.http"],
    "entaku --version": [*entaku_command(), "--version"],
    "entaku --help": [*entaku_command(), "--help"],
}


class Taken(msgspec.Struct, frozen=True):
    """Milliseconds of one process, or by how much one took more than another."""

    wall: float
    cpu: float


def time_process(command: Sequence[str]) -> Taken:
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Taken(wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3)


def compare(command: Sequence[str], runs: int) -> tuple[Taken, Taken]:
    """The least that the command took, and the least that nothing took, run in turn. Noise only ever adds."""
    time_process(command)  # its bytecode is written now
    pairs = [(time_process(command), time_process(NOTHING)) for _ in range(runs)]
    least = [Taken(min(one.wall for one in ones), min(one.cpu for one in ones)) for ones in zip(*pairs, strict=True)]
    return least[0], least[1]


def print_processes(runs: int) -> float:
    """Prints them, and returns by how many milliseconds the package takes longer than nothing."""
    rows: list[list[str]] = []
    more_ms: dict[str, float] = {}
    for name, command in PROCESSES.items():
        with_it, without = compare(command, runs)
        more_ms[name] = with_it.wall - without.wall
        figures = with_it.wall, more_ms[name], with_it.cpu, with_it.cpu - without.cpu
        rows.append([name, *(f"{figure:.1f}" for figure in figures)])
    heads = "process", "wall ms", "more than bare Python", "CPU ms", "more than bare Python"
    print_table(heads, rows)
    return more_ms["import entaku"]


def first_answer_s(data: Path) -> tuple[float, float]:
    """Seconds from the start to the first answer, and until all workers listen."""
    began = time.perf_counter()
    service = Service(data, workers=WORKERS, demo=True)
    with service:
        while not _is_healthy(service.port):
            if time.perf_counter() - began > FIRST_ANSWER_MAX_S:
                raise SystemExit(f"no answer within {FIRST_ANSWER_MAX_S} s")
            time.sleep(0.002)
        first = time.perf_counter() - began
        service.wait_for_workers()
        return first, time.perf_counter() - began


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def print_service(folder: Path) -> float:
    """Prints both cases, and returns the seconds to the first answer of a service that finds its folder."""
    fresh = [first_answer_s(folder / f"fresh-{number}") for number in range(STARTS)]
    again = [first_answer_s(folder / f"fresh-{number}") for number in range(STARTS)]
    rows = [
        [name, *(f"{min(times):.2f}" for times in zip(*pairs, strict=True))]
        for name, pairs in (("empty folder, demo made first", fresh), ("folder from before", again))
    ]
    print_table(("entaku serve --demo", "first answer, s", f"all {WORKERS} workers, s"), rows)
    return min(first for first, _ in again)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--items", type=int, default=10_000, help="size: a four-hundredth of it is how often a process runs"
    )
    runs = min(max(parser.parse_args().items // 400, RUNS_MIN), RUNS_MAX)
    print_header(QUESTION, also=(f"least of {runs} runs of a process, of {STARTS} starts of the service",))
    more_ms = print_processes(runs)
    with tempfile.TemporaryDirectory(prefix="entaku-bench-") as folder:
        first_s = print_service(Path(folder))
    print("Goals:")
    print(f"  import entaku {verdict(more_ms, GOAL_IMPORT_MS, 'ms')}")
    print(f"  first answer {verdict(first_s, GOAL_FIRST_ANSWER_S, 's')}\n")


if __name__ == "__main__":
    main()
