"""Run by the Python that has it: the OpenID provider on 127.0.0.1, until standard input ends."""

import os
import sys
import threading

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from oidc_provider_mock import run_server_in_thread  # pyright: ignore[reportMissingImports]: not installed with us

with run_server_in_thread(port=int(sys.argv[1])) as server:
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    threading.Timer(5, os._exit, (1,)).start()
os._exit(0)
