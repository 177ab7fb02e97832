"""How much memory does the served demo take, with two workers?

`entaku serve --demo` in a folder of its own: after its start, and after some thousand requests of several kinds. PSS,
from /proc: a page that several processes share counts in parts, so the sum is what the service takes from the machine.
RSS would count shared pages once for each process. Run it with `python benchmarks/memory.py [--items 20000]`.
"""

from __future__ import annotations

import argparse
import http.client
import tempfile
from collections.abc import Sequence
from pathlib import Path

from load.service import Service, run_entaku
from report import print_header, print_table, verdict

QUESTION = "How much memory does the served demo take, with two workers?"
WORKERS = 2
GOAL_MB = 150
REQUESTS_MAX = 50_000
CONNECTIONS = 8
DEMO_TENANT = "maru"
DEMO_USER = f"ito.daichi@{DEMO_TENANT}"
PATHS = (
    "/api/users/ito.daichi/libraries",
    "/api/users/ito.daichi/libraries?limit=7",
    "/api/users/ito.daichi/libraries?sort=granted_at",
    "/api/libraries/fiction-manuscripts",
    "/api/libraries/fiction-manuscripts/access/ito.daichi",
    "/api/me",
    "/schema/openapi.json",
    "/healthz",
)


def measure(folder: Path, requests: int) -> tuple[list[int], list[int]] | None:
    """PSS of each process after the start and after the requests; None where the system does not tell."""
    data = folder / "data"
    with Service(data, workers=WORKERS, demo=True) as service:
        service.wait_for_workers()
        # More requests follow than the tier of the demo may send.
        run_entaku("tenants", "change", DEMO_TENANT, "--set-limit", "requests_per_s=1000000", "--data", str(data))
        started = service.pss_bytes()
        send(service.port, requests, token=run_entaku("token", DEMO_USER, "--data", str(data)).strip())
        used = service.pss_bytes()
    return None if started is None or used is None else (started, used)


def send(port: int, requests: int, *, token: str) -> None:
    """Asks for each path in turn over several connections, so that every worker gets some. Fails unless all are 200."""
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(CONNECTIONS)]
    for number in range(requests):
        connection = connections[number % CONNECTIONS]
        path = PATHS[number // CONNECTIONS % len(PATHS)]
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} was answered with {answer.status}")
    for connection in connections:
        connection.close()


def rows_of(started: Sequence[int], used: Sequence[int]) -> list[list[str]]:
    names = ["main process", *(f"worker {number}" for number in range(1, len(used)))]
    rows = [[name, _mb(early), _mb(late)] for name, early, late in zip(names, started, used, strict=True)]
    return [*rows, ["together", _mb(sum(started)), _mb(sum(used))]]


def _mb(count: int) -> str:
    return f"{count / 1e6:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--items", type=int, default=20_000, help=f"requests between the figures, at most {REQUESTS_MAX}"
    )
    requests = min(parser.parse_args().items, REQUESTS_MAX)
    print_header(QUESTION, also=(f"{WORKERS} workers, {requests:,} requests over {CONNECTIONS} connections",))
    with tempfile.TemporaryDirectory(prefix="entaku-bench-") as folder:
        figures = measure(Path(folder), requests)
    if figures is None:
        print("NOT MEASURED: this system has no /proc/PID/smaps_rollup.")
        return
    started, used = figures
    print_table(("PSS, MB", "after the start", f"after {requests:,} requests"), rows_of(started, used))
    print(f"Goal: {verdict(sum(used) / 1e6, GOAL_MB, 'MB')}\n")


if __name__ == "__main__":
    main()
