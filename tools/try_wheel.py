"""Builds the distribution and tries it as a stranger would: a fresh environment, an empty folder, one short serve.

Catches what an editable install hides: a file missing from the wheel, a dependency that is not declared, a path
that only exists in the checkout.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
TRIAL = ROOT / "build" / "wheel-trial"
START_S_MAX = 60.0
STOP_S_MAX = 30.0


def main() -> None:
    wheel = build_wheel()
    commands = install_in_fresh_environment(wheel)
    folder = TRIAL / "empty"
    folder.mkdir()
    run(commands / "entaku", "--version", cwd=folder)
    serve_for_a_moment(commands / "entaku", folder)
    print(f"{wheel.name} ({wheel.stat().st_size // 1024} KiB) installs, starts, answers and stops")


def build_wheel() -> Path:
    print("Building the source distribution, and the wheel from it ...")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    shutil.rmtree(TRIAL, ignore_errors=True)
    # --no-isolation: the build tool is the locked one of this environment.
    run(sys.executable, "-m", "build", "--no-isolation", ROOT, quiet=True)
    (wheel,) = (ROOT / "dist").glob("*.whl")
    return wheel


def install_in_fresh_environment(wheel: Path) -> Path:
    print("Installing it in a fresh environment ...")
    run(sys.executable, "-m", "venv", TRIAL / "venv")
    commands = TRIAL / "venv" / "bin"
    pip = (commands / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "runtime.txt")
    run(*pip, "--no-deps", wheel)
    run(commands / "python", "-m", "pip", "--disable-pip-version-check", "check")
    return commands


def serve_for_a_moment(entaku: Path, folder: Path) -> None:
    """Serves the demo on a free port until it answers, then stops it as a service manager would."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log_file = TRIAL / "serve.log"
    with log_file.open("wb") as log:
        server = subprocess.Popen(
            [entaku, "serve", "--demo", "--port", str(port)],
            cwd=folder,
            env=bare_environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/healthz", server)
        server.terminate()
        status = server.wait(STOP_S_MAX)
        if status != 0:
            raise SystemExit(f"serve ended with status {status} after TERM")
    except BaseException:
        print(log_file.read_text(encoding="utf-8", errors="replace"), file=sys.stderr)
        raise
    finally:
        server.kill()


def wait_until_it_answers(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S_MAX
    while time.monotonic() < until:
        if server.poll() is not None:
            raise SystemExit(f"serve ended with status {server.returncode} before it answered {url}")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                print(f"{url} answered {answer.status}")
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise SystemExit(f"{url} did not answer within {START_S_MAX:.0f} s")


def run(*command: str | Path, cwd: Path = ROOT, quiet: bool = False) -> None:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=bare_environment(),
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.buffer.write(done.stdout or b"")
        raise SystemExit(f"{' '.join(map(str, command))} ended with status {done.returncode}")


def bare_environment() -> dict[str, str]:
    """The environment without what would let the trial see the checkout or the settings of a running service."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ENTAKU_", "PYTHON")) and name not in ("VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL")
    }


if __name__ == "__main__":
    main()
