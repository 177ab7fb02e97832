"""The lists of many users at once, over REST.

`/api/lists` is to `/api/users/{id}/libraries` what `/api/checks` is to one check: an address of its own, because below
`/api/users` every word may be the id of a user.
"""

from __future__ import annotations

import time

from litestar import post
from litestar.params import JSONBody

from entaku.api.auth import READS, CallingActor
from entaku.modules.sharing.lists.model import ListRequest
from entaku.modules.sharing.lists.views import ListsBody, ListsView, lists_view
from entaku.modules.sharing.routes.dependencies import SharingModule


@post("/lists", opt=READS, tags=["Libraries"], summary="What up to 100 users reach", status_code=200)
async def list_reached_of_many(actor: CallingActor, sharing: SharingModule, data: JSONBody[ListsBody]) -> ListsView:
    """For administrators. The first page for each, all as they were at one instant; a cursor goes on in the list of its
    user."""
    started = time.perf_counter()
    request = ListRequest(
        limit=data.limit, sort=data.sort, q=data.q, permission=data.permission, include_expired=data.include_expired
    )
    found = await sharing.many_lists.of_users(actor, data.users, request)
    return lists_view(found, started)


LIST_HANDLERS = [list_reached_of_many]
