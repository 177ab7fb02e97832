"""The three that are asked: entaku in this process, casbin in one of its own, OpenFGA through its command."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from entaku.core.context import Actor
from entaku.main import App
from entaku.modules.accounts import PrincipalKind
from entaku.modules.sharing import Check, ListRequest, Permission
from entaku.modules.workspace import OpenFgaExport, Workspace

Question = tuple[str, str, Permission]
"""May this user do that with this library?"""

HERE = Path(__file__).resolve().parent
PAGE = 200
CONTEXT = {"current_time": "2026-01-01T00:00:00Z"}
"""What OpenFGA is told the time is. No share starts or ends."""


class Cost(NamedTuple):
    """Seconds of processor time and of the clock, for all that was asked, and the answers."""

    cpu: float
    clock: float
    answers: list[Any]


class Entaku:
    """The services as the routes call them, on the embedded engine; nothing is remembered between two calls."""

    def __init__(self, app: App, actor: Actor) -> None:
        self._app, self._actor = app, actor

    async def check(self, questions: Sequence[Question], *, at_once: int = 1) -> Cost:
        checks = [Check(user_id=user, library_id=library, permission=each) for user, library, each in questions]
        cpu, clock, answers = time.process_time(), time.perf_counter(), list[bool]()
        for start in range(0, len(checks), at_once):
            answers += await self._app.sharing.checks.check(self._actor, checks[start : start + at_once])
        return Cost(time.process_time() - cpu, time.perf_counter() - clock, answers)

    async def list(self, users: Sequence[str]) -> Cost:
        cpu, clock = time.process_time(), time.perf_counter()
        answers = [await self._of_user(user) for user in users]
        return Cost(time.process_time() - cpu, time.perf_counter() - clock, answers)

    async def _of_user(self, user: str) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            request = ListRequest(limit=PAGE, sort="id", cursor=cursor)
            page = await self._app.sharing.lists.of_user(self._actor, user, request)
            found += [row.library_id for row in page.libraries]
            cursor = page.next_cursor
            if cursor is None:
                return sorted(found)


class Casbin:
    """A process that holds all rules in memory."""

    def __init__(self, programs: Path, workspace: Workspace, folder: Path) -> None:
        self._process = subprocess.Popen(
            [str(programs / "python"), str(HERE / "casbin_contender.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        policy = folder / "policy.csv"
        policy.write_text("".join(f"{', '.join(rule)}\n" for rule in _rules(workspace)), encoding="utf-8")
        self._ask({"policy": str(policy)})

    def check(self, questions: Sequence[Question]) -> Cost:
        return self._ask({"check": [(f"user:{user}", library, each) for user, library, each in questions]})

    def list(self, users: Sequence[str]) -> Cost:
        return self._ask({"list": [f"user:{user}" for user in users]})

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _ask(self, question: dict[str, Any]) -> Cost:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("casbin ended")
        return Cost(**json.loads(answer))


class OpenFga:
    """The command that tests a store file: it loads the store into an OpenFGA in memory, and asks.

    The cost of a question is what a run with all of them takes longer than a run without any. A list it ends after
    three seconds and gives what it has found until then, as a server of its own does by default.
    """

    def __init__(self, programs: Path, workspace: Workspace, folder: Path) -> None:
        self._command, self._store = str(programs / "fga"), OpenFgaExport(workspace).document()
        self._file = folder / "store.fga.yaml"

    def check(self, questions: Sequence[Question], answers: Sequence[bool]) -> Cost:
        """Held against the answers that it is given; any other ends the benchmark."""
        entries = [
            {
                "user": f"user:{user}",
                "object": f"library:{library}",
                "context": CONTEXT,
                "assertions": {f"can_{permission}": answer},
            }
            for (user, library, permission), answer in zip(questions, answers, strict=True)
        ]
        cost, said = self._asked("check", entries)
        if f"Checks {len(entries)}/{len(entries)} passing" not in said:
            sys.exit(f"OpenFGA answers otherwise than entaku:\n{said[:1000]}")
        return cost._replace(answers=list(answers))

    def list(self, users: Sequence[str], answers: Sequence[Sequence[str]]) -> Cost:
        """Held against the answers that it is given: it may have found less, but nothing else."""
        entries = [
            {
                "user": f"user:{user}",
                "type": "library",
                "context": CONTEXT,
                "assertions": {"can_read": [f"library:{each}" for each in libraries]},
            }
            for user, libraries in zip(users, answers, strict=True)
        ]
        cost, said = self._asked("list_objects", entries)
        got = dict(re.findall(r"ListObjects\(user=user:([^,]+),.*got=\[([^]]*)\]", said))
        found = [
            sorted(each.removeprefix("library:") for each in got[user].split()) if user in got else list(all_of_them)
            for user, all_of_them in zip(users, answers, strict=True)
        ]
        if f"/{len(entries)} passing" not in said or any(map(set.difference, map(set, found), map(set, answers))):
            sys.exit(f"OpenFGA answers otherwise than entaku:\n{said[:1000]}")
        return cost._replace(answers=found)

    def _asked(self, kind: str, entries: Sequence[dict[str, Any]]) -> tuple[Cost, str]:
        nothing, _ = self._run("check", [])
        every, said = self._run(kind, entries)
        return Cost(every.cpu - nothing.cpu, every.clock - nothing.clock, []), said

    def _run(self, kind: str, entries: Sequence[dict[str, Any]]) -> tuple[Cost, str]:
        tests = [{"name": "all", kind: entries}]
        self._file.write_bytes(msgspec.json.encode({**self._store, "tests": tests}))
        before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        command = [self._command, "model", "test", "--tests", str(self._file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        clock, after = time.perf_counter() - clock, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Cost(cpu, clock, []), f"{done.stdout}\n{done.stderr}"


def _rules(workspace: Workspace) -> list[tuple[str, ...]]:
    """The workspace in the words of casbin: a rule for each permission of a share, roles for everything else."""
    rules: list[tuple[str, ...]] = []
    for library in workspace.libraries:
        rules += [("p", f"user:{library.owner}", library.id, permission.value) for permission in Permission]
        for share in library.shares:
            kind, name = share.principal.kind, share.principal.id
            subject = f"user:{name}" if kind is PrincipalKind.INDIVIDUAL else f"{kind.value}:{name}"
            rules += [("p", subject, library.id, permission.value) for permission in share.permissions]
    for department in workspace.departments:
        if isinstance(department.parent, str):
            rules.append(("g", f"department:{department.id}", f"department:{department.parent}"))
    for group in workspace.groups:
        rules += [("g", f"group:{group.id}", f"group:{parent}") for parent in group.parents]
    for user in workspace.users:
        name = f"user:{user.id}"
        rules.append(("g", name, "organisation:organisation"))
        rules += [("g", name, f"department:{user.department}"), ("g", name, f"role:{user.role}")]
        rules += [("g", name, f"group:{group_id}") for group_id in user.groups]
    return rules
