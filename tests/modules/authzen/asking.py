"""Asks by AuthZEN, as a service does that enforces decisions: with an administrator's token, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entaku.api.in_process import InProcess

Json = dict[str, Any]


class Enforcer:
    """Sends questions."""

    def __init__(self, client: InProcess, token: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    async def post(self, endpoint: str, body: Any, *, status: int = 200) -> Json:
        answer = await self._client.call("POST", f"/access/v1/{endpoint}", headers=self._headers, body=body)
        assert answer.status == status, answer.body.decode()
        return answer.json()

    async def may(self, user_id: str, action: str, resource: str) -> bool:
        return (await self.post("evaluation", question(user_id, action, resource)))["decision"]

    async def search(self, endpoint: str, body: Mapping[str, Any], *, limit: int = 100) -> list[str]:
        """The ids, or names of actions, of all parts of a search."""
        found: list[str] = []
        token = ""
        while True:
            answer = await self.post(f"search/{endpoint}", {**body, "page": {"limit": limit, "token": token}})
            assert answer["page"]["count"] == len(answer["results"]) <= limit
            found += [each.get("id") or each["name"] for each in answer["results"]]
            token = answer["page"]["next_token"]
            if not token:
                return found


def question(user_id: str, action: str, resource: str) -> Json:
    """`resource` as in `todo:todo-1`."""
    return {"subject": user(user_id), "action": {"name": action}, "resource": thing(resource)}


def user(user_id: str) -> Json:
    return {"type": "user", "id": user_id}


def thing(resource: str) -> Json:
    kind, _, thing_id = resource.partition(":")
    return {"type": kind, "id": thing_id}
