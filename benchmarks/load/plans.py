"""What is sent: readers who each ask for their own libraries, and writers who share and rename meanwhile.

Writers come in two kinds. The first changes what few people see: four fifths are shares with one person, the rest
shares with a team, and now and then a library is renamed that only its owner reaches. The second is the same but for
the library that is renamed: everybody lists it, so each rename makes every page in memory worthless at once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from entaku.modules.workspace import Workspace
from load.generator import Step

TENANT = "bench"
ADMINISTRATOR_LEVEL = "tenant_admin"
PRIVATE_LIBRARIES = 4
WRITES_PER_S = 50
WRITE_CONNECTIONS = 4
PAIRS, TEAMS_EVERY, ROUNDS = 24, 6, 12
"""A round of a connection: so many grants with their revocations, every sixth with a team, and one rename."""
MIX = "of the writes 2 % rename, 16 % share with a team and 82 % with a person (half of both grant, half revoke)"


def read_steps(users: Sequence[str], tokens: Mapping[str, str], *, query: str = "") -> list[Step]:
    """One request for each user, in an order that has nothing to do with who is in which team."""
    shuffled = list(users)
    random.Random(4).shuffle(shuffled)
    return [
        Step(
            _request("GET", f"/api/users/{user}/libraries{query}", tokens[user]),
            begins=f'{{"user_id":"{user}",',
        )
        for user in shuffled
    ]


def write_steps(workspace: Workspace, administrator_token: str, *, renamed: Sequence[str]) -> list[Step]:
    """Writes for `WRITE_CONNECTIONS` connections, each on libraries of its own, so that none waits for another's.

    `renamed` are the libraries that are renamed in turn. What a lane grants it revokes next: it may be sent for ever.
    """
    lanes = [
        list(_lane(workspace, administrator_token, number, renamed[number % len(renamed)]))
        for number in range(WRITE_CONNECTIONS)
    ]
    return [step for steps in zip(*lanes, strict=True) for step in steps]


def private_library(number: int) -> str:
    """The id of a library that only its owner reaches."""
    return f"bench-private-{number}"


def _lane(workspace: Workspace, token: str, number: int, renamed: str) -> Iterator[Step]:
    chance = random.Random(number)
    libraries = workspace.libraries[number::WRITE_CONNECTIONS]
    people = [user.id for user in workspace.users if user.level != ADMINISTRATOR_LEVEL and not user.is_service]
    teams = [group.id for group in workspace.groups]
    for turn in range(PAIRS * ROUNDS):
        # The connections rename one after another: a rename a second, and not four every four seconds.
        if turn % PAIRS == number * PAIRS // WRITE_CONNECTIONS:
            yield _patch(f"/api/libraries/{renamed}", {"name": f"{renamed} {turn}"}, token)
        library = chance.choice(libraries)
        if turn % TEAMS_EVERY == 0:
            shared = {share.principal.id for share in library.shares}
            principal = {"kind": "group", "id": chance.choice([team for team in teams if team not in shared])}
        else:
            principal = {"kind": "individual", "id": chance.choice(people)}
        path = f"/api/libraries/{library.id}/shares"
        yield _patch(path, {"add": [{"principal": principal, "permissions": ["read", "write"]}]}, token)
        yield _patch(path, {"remove": [principal]}, token)


def _patch(path: str, body: dict[str, Any], token: str) -> Step:
    return Step(_request("PATCH", path, token, msgspec.json.encode(body).decode()))


def _request(method: str, path: str, token: str, body: str = "") -> str:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "User-Agent: entaku-load",
        "Accept: application/json",
        f"Authorization: Bearer {token}",
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body
