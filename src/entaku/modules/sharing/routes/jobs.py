"""Jobs of the tenant over REST."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.replies import reply
from entaku.modules.sharing.jobs.service import JobStatus
from entaku.modules.sharing.routes.dependencies import SharingModule
from entaku.modules.sharing.upkeep.views import JobsView


@get("/jobs", opt=BODY_ETAG, tags=["Jobs"], summary="The jobs of the tenant")
async def list_jobs(actor: CallingActor, sharing: SharingModule) -> JobsView:
    """For tenant administrators: every job with its latest run, and what is pending because of changes."""
    return JobsView(
        jobs=tuple(await sharing.jobs.list(actor)),
        pending=await sharing.rows.pending(actor),
    )


@get("/jobs/{name:str}", opt=BODY_ETAG, tags=["Jobs"], summary="One job")
async def get_job(actor: CallingActor, sharing: SharingModule, name: FromPath[str]) -> JobStatus:
    """For tenant administrators."""
    return await sharing.jobs.get(actor, name)


@post("/jobs/{name:str}/runs", status_code=202, tags=["Jobs"], summary="Run a job")
async def run_job(actor: CallingActor, sharing: SharingModule, name: FromPath[str]) -> Response[JobStatus]:
    """For tenant administrators. Answers at once: the job runs in the background, and what `Location` names shows how
    far it is. One that was interrupted is gone on with; one that is running is a conflict."""
    return reply(await sharing.jobs.start(actor, name), status=202, location=f"/api/jobs/{name}")


JOB_HANDLERS = [list_jobs, get_job, run_job]
