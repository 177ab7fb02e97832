"""`/api/departments`: the tree that people work in."""

from __future__ import annotations

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.pages import PageView, RequestedPage
from entaku.api.references import UNKNOWN_REFERENCE
from entaku.api.replies import reply
from entaku.modules.accounts.bodies import DepartmentChangeBody, NewDepartmentBody
from entaku.modules.accounts.model import Department
from entaku.modules.accounts.principals import Principal, PrincipalKind
from entaku.modules.accounts.routes.dependencies import AccountsService
from entaku.modules.accounts.views import (
    DepartmentTreeView,
    DepartmentView,
    MemberView,
    department_tree,
    department_view,
    member_view,
)


def department(department_id: str) -> Principal:
    return Principal(PrincipalKind.DEPARTMENT, department_id)


@post("/departments", responses=UNKNOWN_REFERENCE, tags=["Directory"], summary="Create a department")
async def create_department(
    actor: CallingActor, accounts: AccountsService, data: JSONBody[NewDepartmentBody], idempotency: SentIdempotency
) -> Response[DepartmentView]:
    """For administrators."""
    new = Department(department_id=data.department_id, name=data.name, parent=data.parent)
    created = await accounts.directory.create(actor, new, idempotency=idempotency)
    return reply(
        department_view(created),
        version=created.version,
        location=f"/api/departments/{created.department_id}",
        replayed=was_replayed(idempotency),
    )


@get("/departments", opt=BODY_ETAG, tags=["Directory"], summary="List the departments")
async def list_departments(
    actor: CallingActor, accounts: AccountsService, page: RequestedPage
) -> PageView[DepartmentView]:
    """For everybody of the tenant, by id, each with its parent."""
    found = await accounts.directory.list_departments(actor, limit=page.limit, after=page.cursor)
    return PageView(tuple(department_view(each) for each in found.items), found.cursor)


@get("/department-tree", opt=BODY_ETAG, tags=["Directory"], summary="All departments as a tree")
async def get_department_tree(actor: CallingActor, accounts: AccountsService) -> DepartmentTreeView:
    """For everybody of the tenant, whole, as it was at one instant."""
    return department_tree(await accounts.directory.hierarchy(actor))


@get("/departments/{department_id:str}", tags=["Directory"], summary="One department")
async def get_department(
    actor: CallingActor, accounts: AccountsService, department_id: FromPath[str]
) -> Response[DepartmentView]:
    """For everybody of the tenant."""
    found = await accounts.directory.get_department(actor, department_id)
    return reply(department_view(found), version=found.version)


@get("/departments/{department_id:str}/children", opt=BODY_ETAG, tags=["Directory"], summary="What is directly below")
async def list_children_of_department(
    actor: CallingActor, accounts: AccountsService, department_id: FromPath[str], page: RequestedPage
) -> PageView[DepartmentView]:
    """For everybody of the tenant, by id."""
    found = await accounts.directory.list_children(
        actor, department(department_id), limit=page.limit, after=page.cursor
    )
    return PageView(tuple(department_view(each) for each in found.items), found.cursor)


@get("/departments/{department_id:str}/members", opt=BODY_ETAG, tags=["Directory"], summary="Who is directly in it")
async def list_members_of_department(
    actor: CallingActor, accounts: AccountsService, department_id: FromPath[str], page: RequestedPage
) -> PageView[MemberView]:
    """For everybody of the tenant, by user id."""
    found = await accounts.users.list_members(actor, department(department_id), limit=page.limit, after=page.cursor)
    return PageView(tuple(member_view(profile) for profile in found.items), found.cursor)


@patch("/departments/{department_id:str}", tags=["Directory"], summary="Rename or move a department")
async def change_department(
    actor: CallingActor,
    accounts: AccountsService,
    department_id: FromPath[str],
    data: JSONBody[DepartmentChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[DepartmentView]:
    """For administrators. What is below moves along."""
    changed: Department = await accounts.directory.change(
        actor, department(department_id), data.entry_change(), expect=expected_version, idempotency=idempotency
    )
    return reply(department_view(changed), version=changed.version, replayed=was_replayed(idempotency))


@delete("/departments/{department_id:str}", tags=["Directory"], summary="Delete an empty department")
async def delete_department(
    actor: CallingActor, accounts: AccountsService, department_id: FromPath[str], expected_version: ExpectedVersion
) -> None:
    """For administrators. It must have no members and nothing below it; shares with it go too."""
    await accounts.directory.delete(actor, department(department_id), expect=expected_version)


DEPARTMENT_HANDLERS = [
    create_department,
    list_departments,
    get_department_tree,
    get_department,
    list_children_of_department,
    list_members_of_department,
    change_department,
    delete_department,
]
