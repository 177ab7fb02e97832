"""Evaluations and searches, answered by sharing. A question that names what is not there is answered no, not refused.

Who may ask is what sharing says: about oneself everybody, about others administrators, so a service that enforces
decisions asks as a service account that administers the tenant.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from entaku.core.context import Actor
from entaku.core.errors import NotFound
from entaku.core.ids import is_id
from entaku.core.languages import Language
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.authzen.addresses import Addresses
from entaku.modules.authzen.vocabulary import SUBJECT_TYPE, Vocabulary
from entaku.modules.sharing import (
    AccessAnswer,
    Library,
    ListRequest,
    Lists,
    Permission,
    ReachersRequest,
    Resource,
    Sharing,
)


class Thing(msgspec.Struct, frozen=True):
    """A subject or a resource, in the words of the caller."""

    type: str
    id: str


class Question(msgspec.Struct, frozen=True):
    """May the subject do this with the resource?"""

    subject: Thing
    action: str
    resource: Thing


class Decision(msgspec.Struct, frozen=True):
    """The answer, and what it rests on: None where the caller may know of no such subject or resource."""

    is_permitted: bool
    answer: AccessAnswer | None


class Found(msgspec.Struct, frozen=True):
    """A part of what a search finds."""

    ids: tuple[str, ...]
    next_token: str
    """Empty at the end."""


NOTHING = Found((), "")


class AuthZen:
    """The questions of the specification."""

    def __init__(self, sharing: Sharing, vocabulary: Vocabulary, addresses: Addresses) -> None:
        self._sharing, self._vocabulary, self.addresses = sharing, vocabulary, addresses

    async def evaluate(self, actor: Actor, questions: Sequence[Question], language: Language) -> list[Decision]:
        """A decision for each question, in order; at most 100, read together in the calls that one takes, as far as
        their keys fit; reasons are in the language. Raises Forbidden, Invalid."""
        asked = [(question.subject.id, self._resource(question)) for question in questions]
        answers = await self._sharing.checks.answers(actor, asked, language=language)
        return [
            Decision(self._is_permitted(question, answer), answer)
            for question, answer in zip(questions, answers, strict=True)
        ]

    async def search_subjects(self, actor: Actor, action: str, resource: Thing, *, limit: int, token: str) -> Found:
        """The ids of the users who may do this with the resource; a part may hold less than its limit, or nothing,
        although more follow. For its owner and administrators: raises Forbidden, and Invalid for a token."""
        kind, permission = self._vocabulary.kind(resource.type), self._vocabulary.permission(action)
        if kind is None or permission is None or not is_id(resource.id):
            return NOTHING
        request = ReachersRequest(limit=min(limit, PAGE_SIZE_MAX), permission=permission, cursor=token or None)
        try:
            page = await self._sharing.reachers.of_resource(actor, Resource(kind, resource.id), request)
        except NotFound:
            return NOTHING
        return Found(tuple(user.user_id for user in page.users), page.next_cursor or "")

    async def search_resources(
        self, actor: Actor, subject: Thing, action: str, resource_type: str, *, limit: int, token: str
    ) -> Found:
        """The ids of the resources of a type with which the subject may do this.

        Raises Forbidden, Invalid for a token.
        """
        kind, permission = self._vocabulary.kind(resource_type), self._vocabulary.permission(action)
        if kind is None or permission is None or subject.type != SUBJECT_TYPE or not is_id(subject.id):
            return NOTHING
        request = ListRequest(limit=min(limit, PAGE_SIZE_MAX), sort="id", permission=permission, cursor=token or None)
        try:
            page = await self._lists(kind).of_user(actor, subject.id, request)
        except NotFound:
            return NOTHING
        return Found(tuple(row.library_id for row in page.libraries), page.next_cursor or "")

    async def search_actions(self, actor: Actor, subject: Thing, resource: Thing) -> tuple[Permission, ...]:
        """What the subject may do with the resource. Raises Forbidden."""
        kind = self._vocabulary.kind(resource.type)
        if kind is None or subject.type != SUBJECT_TYPE:
            return ()
        (answer,) = await self._sharing.checks.answers(actor, [(subject.id, Resource(kind, resource.id))])
        return () if answer is None else answer.permissions

    def _lists(self, kind: str) -> Lists:
        entity = self._sharing.kinds.named(kind).entity
        return self._sharing.lists if entity is Library else self._sharing.of(entity).lists

    def _resource(self, question: Question) -> Resource:
        """The resource; of a kind that is none, where subject or resource are of no type there is here."""
        kind = self._vocabulary.kind(question.resource.type)
        if kind is None or question.subject.type != SUBJECT_TYPE:
            return Resource("", question.resource.id)
        return Resource(kind, question.resource.id)

    def _is_permitted(self, question: Question, answer: AccessAnswer | None) -> bool:
        permission = self._vocabulary.permission(question.action)
        return answer is not None and permission is not None and permission in answer.permissions
