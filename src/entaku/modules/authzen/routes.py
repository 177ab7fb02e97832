"""The endpoints of the specification. Each is a question, so it is POST and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from entaku.api.auth import ANONYMOUS, READS, CallingActor
from entaku.api.languages import RequestedLanguage
from entaku.api.replies import reply
from entaku.core.context import Actor
from entaku.core.errors import Invalid
from entaku.core.languages import Language
from entaku.modules.authzen.messages import (
    ActionSearchBody,
    DecisionsView,
    DecisionView,
    EvaluationBody,
    EvaluationsBody,
    FoundAction,
    FoundActions,
    FoundThing,
    FoundThings,
    Metadata,
    PageBody,
    PageView,
    PartialEvaluation,
    ResourceSearchBody,
    Semantic,
    SubjectSearchBody,
)
from entaku.modules.authzen.service import NOTHING, AuthZen, Decision, Found, Question, Thing

TAGS = ["AuthZEN"]
STOPS_AT: dict[Semantic, bool | None] = {
    "execute_all": None,
    "deny_on_first_deny": False,
    "permit_on_first_permit": True,
}
"""The decision that is the last one to be answered."""
METADATA_KEPT_S = 3_600
"""How long callers may remember where to ask."""


@post("/access/v1/evaluation", opt=READS, tags=TAGS, summary="One decision", status_code=200)
async def evaluate(
    actor: CallingActor,
    authzen: NamedDependency[AuthZen],
    data: JSONBody[EvaluationBody],
    language: RequestedLanguage,
) -> Response[DecisionView]:
    """About oneself for everybody, about others for administrators. What is not there is a no."""
    (decision,) = await authzen.evaluate(actor, [_question(data)], language)
    return reply(_shown(decision, actor, language), language=language)


@post("/access/v1/evaluations", opt=READS, tags=TAGS, summary="Up to 100 decisions", status_code=200)
async def evaluate_all(
    actor: CallingActor,
    authzen: NamedDependency[AuthZen],
    data: JSONBody[EvaluationsBody],
    language: RequestedLanguage,
) -> Response[DecisionsView | DecisionView]:
    """As one decision; what a question leaves out is what the request says for all. A question that is not complete is
    a no that says so. Without `evaluations` the request is one question itself."""
    if not data.evaluations:
        (decision,) = await authzen.evaluate(actor, [_question(_complete(data, data))], language)
        return reply(_shown(decision, actor, language), language=language)
    views: list[DecisionView] = []
    complete: list[Question] = []
    places: list[int] = []
    for evaluation in data.evaluations:
        try:
            complete.append(_question(_complete(evaluation, data)))
            places.append(len(views))
        except Invalid as error:
            wrong = {"error": {"status": 400, "message": error.message}}
            views.append(DecisionView(decision=False, context=wrong))
            continue
        views.append(DecisionView(decision=False))
    decisions = await authzen.evaluate(actor, complete, language) if complete else []
    for place, decision in zip(places, decisions, strict=True):
        views[place] = _shown(decision, actor, language)
    answered = _as_far_as(views, STOPS_AT[data.options.evaluations_semantic])
    return reply(DecisionsView(evaluations=answered), language=language)


@post("/access/v1/search/subject", opt=READS, tags=TAGS, summary="Who may do this with a resource", status_code=200)
async def search_subjects(
    actor: CallingActor, authzen: NamedDependency[AuthZen], data: JSONBody[SubjectSearchBody]
) -> FoundThings:
    """For the resource's owner and administrators: through groups, departments and whatever else it is shared with."""
    if data.subject.type != "user":
        return _things(data.subject.type, NOTHING)
    resource, page = Thing(data.resource.type, data.resource.id), data.page or PageBody()
    found = await authzen.search_subjects(actor, data.action.name, resource, limit=page.limit, token=page.token)
    return _things(data.subject.type, found)


@post("/access/v1/search/resource", opt=READS, tags=TAGS, summary="With what somebody may do this", status_code=200)
async def search_resources(
    actor: CallingActor, authzen: NamedDependency[AuthZen], data: JSONBody[ResourceSearchBody]
) -> FoundThings:
    """About oneself for everybody, about others for administrators."""
    subject, page = Thing(data.subject.type, data.subject.id), data.page or PageBody()
    found = await authzen.search_resources(
        actor, subject, data.action.name, data.resource.type, limit=page.limit, token=page.token
    )
    return _things(data.resource.type, found)


@post("/access/v1/search/action", opt=READS, tags=TAGS, summary="What somebody may do with a resource", status_code=200)
async def search_actions(
    actor: CallingActor, authzen: NamedDependency[AuthZen], data: JSONBody[ActionSearchBody]
) -> FoundActions:
    """About oneself for everybody, about others for administrators. All on one page: there are four."""
    subject = Thing(data.subject.type, data.subject.id)
    found = await authzen.search_actions(actor, subject, Thing(data.resource.type, data.resource.id))
    names = tuple(FoundAction(name=permission.value) for permission in found)
    return FoundActions(page=PageView(next_token="", count=len(names)), results=names)


@get("/.well-known/authzen-configuration", opt=ANONYMOUS, tags=TAGS, security=[{}], summary="Where to ask")
async def get_configuration(request: Request[Any, Any, Any], authzen: NamedDependency[AuthZen]) -> Response[Metadata]:
    """For everybody, without a token: by the setting `public_url`; where there is none, by the address it is asked
    at."""
    here = authzen.addresses.of(request.url.scheme, request.headers.get("host", ""))
    metadata = Metadata(
        policy_decision_point=here,
        access_evaluation_endpoint=f"{here}/access/v1/evaluation",
        access_evaluations_endpoint=f"{here}/access/v1/evaluations",
        search_subject_endpoint=f"{here}/access/v1/search/subject",
        search_resource_endpoint=f"{here}/access/v1/search/resource",
        search_action_endpoint=f"{here}/access/v1/search/action",
    )
    # What only the request says, no cache may tell another.
    kept = f"public, max-age={METADATA_KEPT_S}" if authzen.addresses.are_told else "no-store"
    return Response(metadata, headers={"Cache-Control": kept, "Vary": "Host"})


ROUTES = [evaluate, evaluate_all, search_subjects, search_resources, search_actions, get_configuration]


def _complete(evaluation: PartialEvaluation, defaults: PartialEvaluation) -> EvaluationBody:
    """The question with what it leaves out. Raises Invalid for one that is not complete even so."""
    fields = {name: getattr(evaluation, name) or getattr(defaults, name) for name in ("subject", "action", "resource")}
    lacking = [name for name, value in fields.items() if value is None]
    if lacking:
        raise Invalid(f"the evaluation names no {' and no '.join(lacking)}, and the request has none for all")
    return EvaluationBody(**fields)


def _question(body: EvaluationBody) -> Question:
    return Question(
        Thing(body.subject.type, body.subject.id), body.action.name, Thing(body.resource.type, body.resource.id)
    )


def _shown(decision: Decision, actor: Actor, language: Language) -> DecisionView:
    """The decision with its reason: one that only administrators may read, where one of them asks."""
    if decision.answer is None:
        return DecisionView(decision=False)
    why = decision.answer.why
    reader = "reason_admin" if actor.is_admin else "reason_user"
    return DecisionView(decision=decision.is_permitted, context={"id": why.verdict, reader: {language: why.sentence}})


def _as_far_as(views: Sequence[DecisionView], last: bool | None) -> tuple[DecisionView, ...]:
    for count, view in enumerate(views, 1):
        if view.decision is last:
            return tuple(views[:count])
    return tuple(views)


def _things(kind: str, found: Found) -> FoundThings:
    results = tuple(FoundThing(type=kind, id=each) for each in found.ids)
    return FoundThings(page=PageView(next_token=found.next_token, count=len(results)), results=results)
