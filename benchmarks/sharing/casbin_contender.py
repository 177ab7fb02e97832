"""casbin in a process of its own: reads a question a line, answers with one, and knows nothing of this project.

    {"policy": FILE}                              loads the rules of a CSV file; the answer is how many there are
    {"check": [[user, library, permission], …]}   the answers are yes or no
    {"list": [user, …]}                           the answers are the libraries that each user may read, sorted

Each answer is {"cpu": seconds, "clock": seconds, "answers": …}.

The enforcer is the one that looks at the rules of the asked object and permission alone, which is the fastest it has.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from typing import Any

import casbin  # pyright: ignore[reportMissingImports]: it is not installed with us

MODEL = """
[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, obj, act

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.obj == p.obj && r.act == p.act && g(r.sub, p.sub)
"""
OBJECT, ACTION = 1, 2


def main() -> None:
    enforcer: Any = None
    for line in sys.stdin:
        question = json.loads(line)
        cpu, clock = time.process_time(), time.perf_counter()
        if "policy" in question:
            enforcer = _enforcer(question["policy"])
            answers: Any = len(enforcer.get_policy())
        elif "check" in question:
            answers = [enforcer.enforce(*each) for each in question["check"]]
        else:
            answers = [_list(enforcer, user) for user in question["list"]]
        spent = {"cpu": time.process_time() - cpu, "clock": time.perf_counter() - clock}
        print(json.dumps({**spent, "answers": answers}), flush=True)


def _enforcer(policy: str) -> Any:
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as model:
        model.write(MODEL)
        model.flush()
        return casbin.FastEnforcer(model.name, policy, cache_key_order=[OBJECT, ACTION])


def _list(enforcer: Any, user: str) -> list[str]:
    """Through the rules of all the user's roles: checking every library would take many times as long."""
    rules = enforcer.get_implicit_permissions_for_user(user)
    return sorted({rule[OBJECT] for rule in rules if rule[ACTION] == "read"})


if __name__ == "__main__":
    main()
