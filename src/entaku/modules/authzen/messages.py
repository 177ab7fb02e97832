"""What goes over the wire, as the specification names it.

Unknown fields are let through: the specification lets callers send attributes of their own, which decide nothing here.
What may be left out may be null as well, for many programs write what they do not have so.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from entaku.core.limits import PAGE_SIZE_MAX

EVALUATIONS_MAX = 100
"""In one request; they are read together."""

Name = Annotated[str, msgspec.Meta(max_length=1_000)]
Attributes = dict[str, Any]
"""Decides nothing here: who has access follows from shares alone."""
Semantic = Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"]


class ThingBody(msgspec.Struct, frozen=True, kw_only=True):
    """A subject or a resource."""

    type: Name
    id: Name
    properties: Attributes | None = None


class TypeBody(msgspec.Struct, frozen=True, kw_only=True):
    """The subject or resource that is searched for. An id is overlooked."""

    type: Name


class NamedBody(msgspec.Struct, frozen=True, kw_only=True):
    """An action."""

    name: Name
    properties: Attributes | None = None


class EvaluationBody(msgspec.Struct, frozen=True, kw_only=True):
    """May this subject do this with that resource?"""

    subject: ThingBody
    action: NamedBody
    resource: ThingBody
    context: Attributes | None = None


class PartialEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """One of several questions; what it leaves out is what the request says for all."""

    subject: ThingBody | None = None
    action: NamedBody | None = None
    resource: ThingBody | None = None
    context: Attributes | None = None


class EvaluationsOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How several questions are answered."""

    evaluations_semantic: Semantic = "execute_all"
    """All of them, or up to the first one that is denied, or permitted; that one is the last of the answer."""


class EvaluationsBody(PartialEvaluation, frozen=True, kw_only=True):
    """Several questions, or one as at `/access/v1/evaluation`."""

    evaluations: Annotated[tuple[PartialEvaluation, ...], msgspec.Meta(max_length=EVALUATIONS_MAX)] = ()
    options: EvaluationsOptions = EvaluationsOptions()


class PageBody(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a search to answer."""

    token: Annotated[str, msgspec.Meta(max_length=4_096)] = ""
    """The `next_token` of the part before; empty for the first."""
    limit: Annotated[int, msgspec.Meta(ge=1)] = PAGE_SIZE_MAX
    """At most so many results, and never more than 100."""


class SubjectSearchBody(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do this with that resource?"""

    subject: TypeBody
    action: NamedBody
    resource: ThingBody
    context: Attributes | None = None
    page: PageBody | None = None


class ResourceSearchBody(msgspec.Struct, frozen=True, kw_only=True):
    """With what may this subject do this?"""

    subject: ThingBody
    action: NamedBody
    resource: TypeBody
    context: Attributes | None = None
    page: PageBody | None = None


class ActionSearchBody(msgspec.Struct, frozen=True, kw_only=True):
    """What may this subject do with that resource?"""

    subject: ThingBody
    resource: ThingBody
    context: Attributes | None = None
    page: PageBody | None = None


class DecisionView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Yes or no, and why."""

    decision: bool
    context: Attributes | msgspec.UnsetType = msgspec.UNSET


class DecisionsView(msgspec.Struct, frozen=True, kw_only=True):
    """A decision for each question, in their order."""

    evaluations: tuple[DecisionView, ...]


class PageView(msgspec.Struct, frozen=True, kw_only=True):
    """Which part this is."""

    next_token: str
    """Sent as `token` it asks for the part that follows; empty at the end."""
    count: int
    """Results in this part. There may be none although more follow."""


class FoundThing(msgspec.Struct, frozen=True, kw_only=True):
    """A subject or a resource."""

    type: str
    id: str


class FoundAction(msgspec.Struct, frozen=True, kw_only=True):
    """An action, by its name in this system."""

    name: str


class FoundThings(msgspec.Struct, frozen=True, kw_only=True):
    """Subjects or resources. The page comes first, so that who reads a long answer knows its length."""

    page: PageView
    results: tuple[FoundThing, ...]


class FoundActions(msgspec.Struct, frozen=True, kw_only=True):
    """Actions."""

    page: PageView
    results: tuple[FoundAction, ...]


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """Where the questions are asked."""

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str
    search_subject_endpoint: str
    search_resource_endpoint: str
    search_action_endpoint: str
