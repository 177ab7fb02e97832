"""MiniStack as a process that ends when its standard input does, and that adds numbers as DynamoDB does.

Its argument is its port.

It adds with Python's 28 digits and loses what is beyond; DynamoDB keeps 38 and refuses a sum that needs more.
"""

from __future__ import annotations

import decimal
import os
import signal
import sys
import threading

DIGITS = 200


def _end_with_standard_input() -> None:
    sys.stdin.read()
    if os.environ.get("PERSIST_STATE") == "1":
        os.kill(os.getpid(), signal.SIGTERM)  # It writes down what it holds, and ends.
    else:
        os._exit(0)


def main() -> None:
    os.environ["GATEWAY_PORT"] = sys.argv.pop()  # MiniStack would read it as an argument of its own.
    decimal.DefaultContext.prec = DIGITS
    decimal.setcontext(decimal.DefaultContext)
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    from ministack.app import main as serve  # pyright: ignore[reportMissingImports]: it is not installed with us

    serve()


if __name__ == "__main__":
    main()
