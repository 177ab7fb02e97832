"""ETags over REST: what may change without the version of its library is never answered with 304."""

from __future__ import annotations

from pathlib import Path

from entaku.api.in_process import in_process
from entaku.modules.accounts import NewTenant, NewUser, UserChange
from entaku.modules.sharing import NewLibrary
from tests.building import build_on


async def test_a_renamed_person_shows_in_the_shares_although_the_library_did_not_change(
    engine: str, tmp_path: Path
) -> None:
    app = await build_on(engine, tmp_path)
    operator = app.operator("acme")
    await app.accounts.tenants.create(operator, NewTenant(tenant_id="acme", name="Acme"))
    for user_id in ("ann", "bob"):
        await app.accounts.users.create(operator, NewUser(user_id=user_id, name=user_id.title()))
    await app.sharing.libraries.create(operator, NewLibrary(library_id="guide", name="Guide", owner="ann"))
    headers = {"authorization": f"Bearer {app.tokens.mint('acme', 'ann')}"}
    body = {"add": [{"principal": {"kind": "individual", "id": "bob"}}]}
    async with in_process(app.http()) as client:
        await client.call("PATCH", "/api/libraries/guide/shares", headers=headers, body=body)
        seen = await client.call("GET", "/api/libraries/guide/shares", headers=headers)
        await app.accounts.users.change(operator, "bob", UserChange(name="Robert"))

        again = await client.call(
            "GET", "/api/libraries/guide/shares", headers={**headers, "if-none-match": seen.headers["etag"]}
        )
    await app.close()

    assert (again.status, b"Robert" in again.body) == (200, True)
