"""AuthZEN: the questions of sharing, asked in the words of the OpenID Authorization API 1.0.

vocabulary  Vocabulary: what callers call kinds of resource and permissions, and what those are here
addresses   Addresses: where the service is, as its callers see it
messages    what goes over the wire, as the specification names it
service     AuthZen: evaluations and searches, answered by sharing
routes      /access/v1/evaluation, /evaluations, /search/subject, /search/resource, /search/action, and what they are
            found by: /.well-known/authzen-configuration
"""

from __future__ import annotations

from typing import Any

from entaku.modules import Module, Parts
from entaku.modules.authzen.addresses import Addresses
from entaku.modules.authzen.service import AuthZen
from entaku.modules.authzen.vocabulary import Vocabulary
from entaku.modules.sharing import Sharing


def http_routes() -> list[Any]:
    """The routes of the module. The web framework is loaded only when they are asked for."""
    from entaku.modules.authzen.routes import ROUTES

    return [*ROUTES]


def _service(parts: Parts) -> AuthZen:
    config, sharing = parts.config, parts.get(Sharing)
    vocabulary = Vocabulary(sharing.kinds, config.authzen_types, config.authzen_actions)
    return AuthZen(sharing, vocabulary, Addresses(config.public_url, config.base_domain))


MODULE = Module(
    name="authzen",
    service=_service,
    routes=http_routes,
    tags=(("AuthZEN", "The same questions in the words of the OpenID Authorization API 1.0."),),
    examples={
        "DecisionView.decision": True,
        "DecisionView.context": {"id": "shared", "reason_user": {"en": "佐藤 花 reads it."}},
        "EvaluationBody.context": {"ip": "192.0.2.7"},
        "EvaluationsBody.subject": {"type": "user", "id": "hana.sato"},
        "PageBody.limit": 100,
        "PageBody.token": "",
        "ThingBody.type": "library",
        "ThingBody.id": "handbook",
        "TypeBody.type": "library",
        "PageView.next_token": "",
        "FoundThings.results": [{"type": "library", "id": "handbook"}],
        "FoundActions.results": [{"name": "read"}],
        "policy_decision_point": "https://api.example.com",
        "access_evaluation_endpoint": "https://api.example.com/access/v1/evaluation",
        "access_evaluations_endpoint": "https://api.example.com/access/v1/evaluations",
        "search_subject_endpoint": "https://api.example.com/access/v1/search/subject",
        "search_resource_endpoint": "https://api.example.com/access/v1/search/resource",
        "search_action_endpoint": "https://api.example.com/access/v1/search/action",
        "NamedBody.name": "read",
        "FoundThing.type": "library",
        "FoundThing.id": "handbook",
        "FoundAction.name": "read",
    },
)

__all__ = ["MODULE", "AuthZen", "Vocabulary", "http_routes"]
