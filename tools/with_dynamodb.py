"""Runs a command with a DynamoDB of this machine beside it: tools/with_dynamodb.py COMMAND [ARGUMENT ...]

The emulator is MiniStack, installed into the virtual environment the first time. It ends with the command, and keeps
what it held in the data folder until the next time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.emulators import ministack  # noqa: E402 - found only with the folder above


def main(command: list[str]) -> int:
    data = Path(os.environ.get("ENTAKU_DATA") or "data").absolute()
    print("Starting a DynamoDB of this machine (the first time, it is installed: about 20 s) ...", file=sys.stderr)
    try:
        emulator = ministack.start(data / "ministack")
    except ministack.CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    os.environ.update(ENTAKU_TABLE="dynamodb", ENTAKU_DYNAMODB_ENDPOINT=emulator.endpoint)
    running = subprocess.Popen(command)
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda number, _: running.send_signal(number))
    # Ctrl-C reaches the command too, which ends by itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return running.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
