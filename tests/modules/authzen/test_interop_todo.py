"""The Todo scenario of the working group: five people, three of whom may create, and what each may do with a todo.

The decisions are those that its test harness publishes. Roles share what they may do with the list of todos, and
a todo is shared, when it is written, with the role that may do everything and, if it may change anything, its writer.
"""

from __future__ import annotations

import pytest

from tests.modules.authzen.asking import Enforcer, question, thing
from tests.modules.sharing.world import World

ROLES = {
    "rick@the-citadel.com": "admin",
    "morty@the-citadel.com": "editor",
    "summer@the-smiths.com": "editor",
    "beth@the-smiths.com": "viewer",
    "jerry@the-smiths.com": "viewer",
}
RICK, MORTY, SUMMER, BETH, JERRY = ROLES
TODOS = {f"7240d0db-8ff0-41ec-98b2-34a096273b9{n}": writer for n, writer in enumerate(ROLES, 2)}
OF = {writer: todo for todo, writer in TODOS.items()}

PUBLISHED = [
    *((user, "can_read_user", f"user:{other}", True) for user in ROLES for other in (BETH, user)),
    *((user, "can_read_todos", "todo:todo-1", True) for user in ROLES),
    *((user, "can_create_todo", "todo:todo-1", role != "viewer") for user, role in ROLES.items()),
    *(
        (user, action, f"todo:{OF[writer]}", user == RICK or (user == writer and ROLES[user] == "editor"))
        for user in ROLES
        for writer in {RICK: None, MORTY: None, user: None}
        for action in ("can_update_todo", "can_delete_todo")
    ),
]


@pytest.fixture
async def todos(world: World) -> World:
    await world.user("todo-app", is_service=True)
    for role in ("admin", "editor", "viewer"):
        await world.role(role)
    for user_id, role in ROLES.items():
        await world.user(user_id, role=role)
        await world.library(user_id, owner="todo-app")
        await world.share(user_id, "organisation")
    await world.library("todo-1", owner="todo-app")
    await world.share("todo-1", "organisation")
    for role in ("admin", "editor"):
        await world.share("todo-1", f"role:{role}", "read write")
    for todo, writer in TODOS.items():
        await world.library(todo, owner="todo-app")
        await world.share(todo, "organisation")
        await world.share(todo, "role:admin", "read write delete")
        if ROLES[writer] == "editor":
            await world.share(todo, f"individual:{writer}", "read write delete")
    return world


async def test_every_published_decision_is_ours(todos: World, enforcer: Enforcer) -> None:
    asked = [question(user, action, resource) for user, action, resource, _ in PUBLISHED]

    one_by_one = [await enforcer.may(user, action, resource) for user, action, resource, _ in PUBLISHED]
    together = await enforcer.post("evaluations", {"evaluations": asked})

    expected = [permitted for *_, permitted in PUBLISHED]
    assert one_by_one == expected
    assert [each["decision"] for each in together["evaluations"]] == expected


async def test_several_todos_are_asked_about_in_one_request(todos: World, enforcer: Enforcer) -> None:
    def asked(user_id: str, *writers: str) -> dict[str, object]:
        request = question(user_id, "can_update_todo", "")
        evaluations = [{"resource": thing(f"todo:{OF[writer]}")} for writer in writers]
        return {"subject": request["subject"], "action": request["action"], "evaluations": evaluations}

    answers = {
        user_id: [each["decision"] for each in (await enforcer.post("evaluations", body))["evaluations"]]
        for user_id, body in {
            RICK: asked(RICK, RICK, JERRY),
            MORTY: asked(MORTY, RICK, MORTY),
            JERRY: asked(JERRY, RICK, JERRY),
        }.items()
    }

    assert answers == {RICK: [True, True], MORTY: [False, True], JERRY: [False, False]}
