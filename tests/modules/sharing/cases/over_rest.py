"""The office over REST, as somebody meets it who knows the API alone: who asks what, by every way of asking."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from entaku.api.in_process import Answer, InProcess, in_process
from entaku.modules.sharing import Permission
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.world import ROOT

HANDBOOK = "/api/libraries/handbook"
NO_CHANGE = "01kn461pe0xdfe3qrvqrp25fr5"
"""An id that no change has, nor a preview or a request."""


class OverRest:
    """Requests in somebody's name, and what comes back."""

    def __init__(self, rows: RowWorld, client: InProcess) -> None:
        self.rows, self.world, self._client = rows, rows.world, client

    async def ask(self, user: str, method: str, path: str, body: Any = b"", **headers: str) -> Answer:
        """One request; `If_Match='*'` is the header If-Match. The token is of this instant: here days pass."""
        sent = {"Authorization": f"Bearer {self.world.app.tokens.mint(self.world.tenant_id, user)}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client.call(method, path, headers=sent, body=body)

    async def send(self, user: str, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """One request whose headers and bytes are exactly these; it is signed."""
        token = self.world.app.tokens.mint(self.world.tenant_id, user)
        sent = [("host", "localhost"), ("authorization", f"Bearer {token}"), ("content-length", str(len(body)))]
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in [*sent, *headers]]
        return await self._client.send(method, path, encoded, [body])

    async def done(self, user: str, method: str, path: str, body: Any = b"", **headers: str) -> Any:
        """What is answered to a request that is not refused."""
        answer = await self.ask(user, method, path, body, **headers)
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.json() if answer.body else None

    async def change(self, user: str, *, add: object = (), remove: object = (), **headers: str) -> Answer:
        """A change of the shares of the handbook."""
        body = {name: part for name, part in (("add", add), ("remove", remove)) if part}
        return await self.ask(user, "PATCH", f"{HANDBOOK}/shares", body, **headers)

    async def changed(self, user: str, *, add: object = (), remove: object = ()) -> Any:
        """The outcome of a change of the shares of the handbook that is not refused."""
        answer = await self.change(user, add=add, remove=remove)
        assert answer.status == 200, answer.body
        return answer.json()

    async def listed(self, user: str, *, by: str = ROOT, **query: Any) -> list[dict[str, Any]]:
        """A user's whole list in its order, from pages of 100 unless `limit` says otherwise."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            target = f"/api/users/{user}/libraries?{urlencode({'limit': 100} | query | cursor)}"
            page = await self.done(by, "GET", target)
            rows = [row for group in page["libraries"].values() for row in group]
            found += sorted(rows, key=lambda row: row["place"])
            if page["next_cursor"] is None:
                assert (page["total"], page["complete"]) == (len(found), True)
                return found
            cursor = {"cursor": page["next_cursor"]}

    async def may(self, user: str, library: str = "handbook") -> str:
        """As `department: read write`, the same by each route that has an answer; empty for nothing."""
        questions = [{"user_id": user, "library_id": library, "permission": each} for each in Permission]
        answers = (await self.done(ROOT, "POST", "/api/checks", {"checks": questions}))["results"]
        checked = [each.value for each, yes in zip(Permission, answers, strict=True) if yes]
        why = await self.done(ROOT, "GET", f"/api/libraries/{library}/access/{user}")
        assert why["permissions"] == checked
        said = f"{why['access_type']}: {' '.join(checked)}" if checked else ""
        rows = [row for row in await self.listed(user) if row["library_id"] == library]
        assert [_said(row) for row in rows] == ([said] if checked else [])
        for each in Permission:
            ids = [row["library_id"] for row in await self.listed(user, permission=each.value)]
            assert (library in ids) == (each.value in checked), each
        assert await self._by_authzen(user, library) == checked
        return said

    async def _by_authzen(self, user: str, library: str) -> list[str]:
        asked = {"subject": {"type": "user", "id": user}, "resource": {"type": "library", "id": library}}
        found = await self.done(ROOT, "POST", "/access/v1/search/action", asked)
        names = {each["name"] for each in found["results"]}
        return [each.value for each in Permission if each.value in names]


def _said(row: dict[str, Any]) -> str:
    return f"{row['access_type']}: {' '.join(row['permissions'])}"


@asynccontextmanager
async def over_rest(rows: RowWorld) -> AsyncGenerator[OverRest]:
    async with in_process(rows.app.http()) as client:
        yield OverRest(rows, client)


def principal(name: str) -> dict[str, str]:
    kind, _, its_id = name.partition(":")
    return {"kind": kind, "id": its_id} if its_id else {"kind": kind}


def share(name: str, permissions: str = "read", **terms: Any) -> dict[str, Any]:
    """A share to add: `share("group:g", "read write", expires_at="…")`."""
    return {"principal": principal(name), "permissions": permissions.split(), **terms}


def without_request_id(answer: Answer, *ids: str) -> tuple[int, str]:
    """Status and body, in which each of these ids is the same."""
    body = {name: value for name, value in answer.json().items() if name != "request_id"}
    said = repr(body)
    for each in ids:
        said = said.replace(each, "ID")
    return answer.status, said
