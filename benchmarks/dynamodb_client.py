"""How much processor time does a call to DynamoDB cost in our process, beside boto3, aiobotocore and PynamoDB?

A get, a page of 20, a put and a transaction of 4 puts, of items of about 330 bytes, one call after the other: first
against a process of this machine that answers always the same at once, then against MiniStack. Each client runs in a
process of its own: ours down to entities, PynamoDB down to its models, the others down to dictionaries. Rounds take
turns, and the median round counts. Last, what it takes to make 20 entities of the bytes of a page.

Run it in a quiet moment: `python benchmarks/dynamodb_client.py [--items 2000]`; `--items` is the number of calls in a
round. The first time it installs aiobotocore and PynamoDB beside the development tools, since they need a botocore of
their own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
from report import print_header, print_table, verdict

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from aiodynamo.credentials import Key, StaticCredentials  # noqa: E402 - after the paths
from dynamodb.contender import ACCESS_KEY, PAGE, REGION, SECRET_KEY  # noqa: E402
from dynamodb.documents import TENANT, Document, document, image  # noqa: E402
from dynamodb.stub import serve  # noqa: E402

from entaku.table import Model, Table  # noqa: E402
from entaku.table.drivers.dynamodb import open_dynamodb  # noqa: E402
from entaku.table.drivers.dynamodb.codec import DynamoCodec  # noqa: E402
from entaku.table.drivers.dynamodb.items import Image, page_decoder  # noqa: E402
from tests.emulators import ministack  # noqa: E402

ROUNDS = 7
CLIENTS = ("aiobotocore==3.10.0", "pynamodb==6.1.0")
CONTENDERS = ("entaku", "boto3", "aiobotocore", "pynamodb")
OPERATIONS = ("get", "page of 20", "put", "transaction of 4")
EMULATED_PART = 10
"""Of the calls in a round, one in so many is made to MiniStack, which takes its time."""
CALL_GOAL = 0.5
"""Of boto3's processor time."""
PAGE_GOAL_US = 100.0

Costs = dict[tuple[str, str], tuple[float, float]]
"""By contender and operation: microseconds of processor time and of the clock, of the median round."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=500, help="calls in a round")
    count = max(50, min(parser.parse_args().items, 2000))
    print_header(__doc__ or "", also=[f"{ROUNDS} rounds of {count} calls", f"beside boto3: {', '.join(CLIENTS)}"])
    with _stub() as endpoint:
        costs = _measure(endpoint, "documents", count)
    rows = [
        [what, *(f"{costs[name, what][0]:,.0f}" for name in CONTENDERS), _verdict(costs, what)] for what in OPERATIONS
    ]
    print_table(["processor time a call, us", *CONTENDERS, "ours"], rows)
    emulator = ministack.start().endpoint
    table = f"benchmark-{uuid.uuid4().hex}"
    asyncio.run(_furnish(emulator, table))
    costs = _measure(emulator, table, max(20, count // EMULATED_PART))
    rows = [
        [what, *(f"{costs[name, what][0]:,.0f} / {costs[name, what][1]:,.0f}" for name in CONTENDERS)]
        for what in OPERATIONS
    ]
    print_table(["MiniStack: processor time / clock, us", *CONTENDERS], rows)
    page = statistics.median(_page_us(count) for _ in range(ROUNDS))
    print(f"20 entities from the bytes of a page: {page:.0f} us; {verdict(page, PAGE_GOAL_US, 'us')}")


def _verdict(costs: Costs, what: str) -> str:
    return verdict(costs["entaku", what][0] / costs["boto3", what][0], CALL_GOAL, "of boto3's")


@contextlib.contextmanager
def _stub() -> Iterator[str]:
    """The endpoint of a process that answers from memory."""
    answers = {
        "GetItem": msgspec.json.encode({"Item": image(1)}),
        "Query": _page(),
        "PutItem": b"{}",
        "TransactWriteItems": b"{}",
    }
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    server = spawning.Process(target=serve, args=(answers, there), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        server.terminate()
        server.join()


def _page() -> bytes:
    return msgspec.json.encode({"Items": [image(n) for n in range(PAGE)], "Count": PAGE, "ScannedCount": PAGE})


def _measure(endpoint: str, table: str, count: int) -> Costs:
    with tempfile.NamedTemporaryFile(suffix=".json") as file, contextlib.ExitStack() as stack:
        file.write(msgspec.json.encode(image(1)))
        file.flush()
        running = {name: stack.enter_context(_contender(name, endpoint, table, file.name)) for name in CONTENDERS}
        rounds: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for number in range(ROUNDS + 1):
            for what in OPERATIONS:
                for name, process in running.items():
                    cost = _ask(process, what, count)
                    if number:  # the first round warms up
                        rounds.setdefault((name, what), []).append(cost)
    return {
        where: (statistics.median(cpu for cpu, _ in found), statistics.median(clock for _, clock in found))
        for where, found in rounds.items()
    }


def _ask(process: subprocess.Popen[str], what: str, count: int) -> tuple[float, float]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{what.replace(' ', '_')} {count}\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise SystemExit(f"a contender ended: {process.args}")
    cpu, clock = answer.split()
    return float(cpu), float(clock)


@contextlib.contextmanager
def _contender(name: str, endpoint: str, table: str, image_file: str) -> Iterator[subprocess.Popen[str]]:
    python = sys.executable if name in ("entaku", "boto3") else str(_environment())
    command = [python, "-m", "dynamodb.contender", name, endpoint, table, image_file]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def _environment() -> Path:
    """The Python that has the other clients."""
    folder = Path(sys.prefix) / "emulators" / "-".join(each.replace("==", "-") for each in CLIENTS)
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        print(f"  installing {' and '.join(CLIENTS)} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *CLIENTS], check=True)
        (folder / "installed").touch()
    return python


async def _furnish(endpoint: str, name: str) -> None:
    """A table with a page of documents."""
    credentials = StaticCredentials(Key(ACCESS_KEY, SECRET_KEY))
    driver = await open_dynamodb(name, region=REGION, endpoint=endpoint, credentials=credentials)
    await driver.create_table(1)
    tenant = Table(driver, Model([Document]), secret=b"of this benchmark only").for_tenant(TENANT)
    for number in range(PAGE + 1):
        await tenant.create(document(number))
    await driver.close()


def _page_us(count: int) -> float:
    """From the bytes of a page to 20 entities."""
    codec, decoder, page = DynamoCodec(), page_decoder(Image), _page()
    before = time.process_time()
    for _ in range(count):
        for found in decoder.decode(page).images:
            codec.decode(found.item().data, Document)
    return (time.process_time() - before) / count * 1e6


if __name__ == "__main__":
    main()
