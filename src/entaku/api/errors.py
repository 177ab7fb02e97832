"""How errors leave over HTTP: one table from code to status, one body (RFC 9457), one place that translates.

Whatever is raised while a request is answered comes through `as_error`; what is none of our errors becomes "internal".
A failure of ours names files and machines, so its message is the operator's: it is logged in full under the request
id, and the caller gets a sentence of `TOLD_OF_FAILURES` with that id.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from entaku.api.exchange import CONDITIONS, Exchange, exchange_of
from entaku.core.errors import Code, Conflict, EntakuError, Flaw, Internal, Invalid, Limited, NotFound, Unavailable
from entaku.core.ids import shown
from entaku.table.consistency import Behind

PROBLEM_MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_DEFAULT_S = 1
SAID_LENGTH_MAX = 300
"""Of what is said of an input that does not fit."""

STATUS_BY_CODE: Final[Mapping[Code, int]] = {
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "limited": 429,
    "unavailable": 503,
    "internal": 500,
}

NARROWER: Final[Mapping[int, tuple[Code, str]]] = {
    405: ("invalid", "The path does not answer this method; `Allow` names those that it does."),
    408: ("invalid", "The body did not arrive in time; send it again."),
    412: ("conflict", "A condition of the request, as `If-Match`, does not hold: read the thing again."),
    413: ("invalid", "The body is larger than the service accepts."),
    414: ("invalid", "The path or the query is too long; send large values in a body."),
    415: ("invalid", "The body is not what its headers must say: JSON, in UTF-8."),
}
"""Statuses that say more than the one of their code."""

TOLD_OF_FAILURES: Final[Mapping[Code, str]] = {
    "unavailable": str(Unavailable.__doc__),
    "internal": str(Internal.__doc__),
}
"""What a caller reads of the codes that are no fault of the request."""
OUTCOME_UNKNOWN = "The service cannot tell whether this was done: look before you send it again."

log = logging.getLogger("entaku.api")


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every refusal (RFC 9457). Programs decide by `code`; `detail` is for people and may change."""

    type: str
    """Where the code is explained, as in `/errors#conflict`."""
    title: str
    status: int
    detail: str
    code: Code
    request_id: str
    current_version: int | None = None
    """The version the thing has now; send its ETag as If-Match to try again."""
    flaws: tuple[Flaw, ...] = ()
    outcome_unknown: bool = False
    """True when a write may have happened although its answer was lost: read before you repeat it."""


class RefusedByHttp(Invalid):
    """The request is refused before any route sees it."""

    def __init__(self, status: int, message: str, *, allow: str = "") -> None:
        super().__init__(message)
        self.status = status
        """Narrower than 400: 405, 408, 413, 414 or 415."""
        self.allow = allow
        """The methods that are possible, for the Allow header of a 405."""


def answer_error(request: Request[Any, Any, Any], raised: Exception) -> Response[bytes]:
    """The framework's handler for every exception."""
    exchange = exchange_of(request.scope)
    if exchange.method == "OPTIONS" and isinstance(raised, MethodNotAllowedException):
        return Response(b"", status_code=204, headers={"Allow": _allow_with_head(raised.headers or {})})
    status, headers, body = problem_answer(raised, exchange)
    return Response(body, status_code=status, headers=headers, media_type=PROBLEM_MEDIA_TYPE)


def problem_answer(raised: Exception, exchange: Exchange) -> tuple[int, dict[str, str], bytes]:
    """Status, headers other than the content type, and encoded body that tell the caller of an exception."""
    error = as_error(raised)
    _log_failure(error, raised, exchange.request_id)
    outcome_unknown = isinstance(error, Unavailable) and error.outcome_unknown
    status = _status_of(error, exchange.headers)
    problem = Problem(
        type=f"/errors#{error.code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=OUTCOME_UNKNOWN if outcome_unknown else _detail(error, exchange.headers),
        code=error.code,
        request_id=exchange.request_id,
        current_version=error.current_version if isinstance(error, Conflict) else None,
        flaws=error.flaws if isinstance(error, Invalid) else (),
        outcome_unknown=outcome_unknown,
    )
    return status, _headers_of(error), _ENCODER.encode(problem)


_ENCODER = msgspec.json.Encoder()


def _detail(error: EntakuError, sent: Mapping[bytes, bytes]) -> str:
    if isinstance(error, Conflict) and error.current_version is not None and b"if-none-match" in sent:
        # The service was told of a version that nothing has (see `etags`), and speaks of that.
        return "If-None-Match asks that it is not there yet, and it is; leave that out to change it"
    if isinstance(error, Behind):
        return error.message  # It names nothing of ours, and the way out.
    return TOLD_OF_FAILURES.get(error.code, error.message)


def _log_failure(error: EntakuError, raised: Exception, request_id: str) -> None:
    if isinstance(error, Internal):
        log.error("request %s broke", request_id, exc_info=raised, extra={"request_id": request_id})
    elif isinstance(error, Unavailable):
        # Its message says it all; a trace for each request would bury it while the service is down.
        log.warning("request %s failed: %s", request_id, error.message, extra={"request_id": request_id})


def as_error(raised: Exception) -> EntakuError:
    """The error of our tree that an exception stands for; Internal for the unexpected, a bare EntakuError too."""
    match raised:
        case EntakuError():
            return raised if raised.code != "internal" else Internal(raised.message)
        case RequestEntityTooLarge():
            return RefusedByHttp(413, "the body is larger than this server accepts; send less, or send it in parts")
        case MethodNotAllowedException():
            allow = _allow_with_head(raised.headers or {})
            return RefusedByHttp(405, f"this path does not answer that method; use one of {allow}", allow=allow)
        case NotFoundException():
            return NotFound("nothing answers at this path; all paths are listed at /schema")
        case HTTPException() if raised.status_code < 500:
            return _invalid(raised)
        case HTTPException() if raised.detail == _BODY_CUT_SHORT:
            return Invalid("the connection ended before the body did; send it again")
        case _:
            return Internal(repr(raised))


# The framework's own words: it calls this a server error.
_BODY_CUT_SHORT = "client disconnected prematurely"


def _invalid(raised: HTTPException) -> Invalid:
    flaws = tuple(_flaws_of(raised.extra))
    if not flaws:
        return Invalid(_first_lower(raised.detail))
    if flaws[0].path == "data":
        return Invalid("this request needs a JSON body")
    return Invalid("; ".join(f"{flaw.path}: {flaw.message}" for flaw in flaws), flaws=flaws)


def unfit_input(error: msgspec.DecodeError, what: str) -> Invalid:
    """The refusal of an input that could not be decoded: where and why, as msgspec found it.

    `what` begins the sentence, as in "the body". Call it only for what a caller sent: a stored value that does not
    fit is a broken assumption.
    """
    said = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return Invalid(f"{what} is not valid JSON: {_first_lower(said)}")
    message, _, path = said.partition(" - at `")
    path = path.removesuffix("`").removeprefix("$").removeprefix(".")
    flaw = Flaw(message=_cut(_first_lower(message)), path=path)
    place = f" at {shown(path, 200)}" if path else ""
    return Invalid(f"{what} does not fit{place}: {flaw.message}", flaws=(flaw,))


def _cut(message: str) -> str:
    """The message with what was sent cut where it is long: msgspec repeats a word that it does not know in full."""
    return message if len(message) <= SAID_LENGTH_MAX else f"{message[:SAID_LENGTH_MAX]}…"


def _status_of(error: EntakuError, sent: Mapping[bytes, bytes]) -> int:
    if isinstance(error, RefusedByHttp):
        return error.status
    # RFC 9110, 13.1: a condition of the caller that fails is 412; a conflict over anything else stays 409 even then.
    if isinstance(error, Conflict) and error.current_version is not None and any(name in sent for name in CONDITIONS):
        return 412
    return STATUS_BY_CODE[error.code]


def _headers_of(error: EntakuError) -> dict[str, str]:
    if error.code == "unauthenticated":
        return {"WWW-Authenticate": 'Bearer realm="entaku"'}
    if isinstance(error, Limited):
        return {"Retry-After": str(max(1, math.ceil(error.retry_after_s or RETRY_AFTER_DEFAULT_S)))}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(RETRY_AFTER_DEFAULT_S)}
    if isinstance(error, RefusedByHttp) and error.allow:
        return {"Allow": error.allow}
    if isinstance(error, RefusedByHttp) and error.status == 408:
        # What may still come of that body could not be told from another request.
        return {"Connection": "close"}
    return {}


def _allow_with_head(headers: Mapping[str, str]) -> str:
    methods = {method.strip() for method in headers.get("allow", "").split(",")}
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods - {""}))


def _flaws_of(extra: object) -> Iterable[Flaw]:
    """What the framework says about parameters: a list of `{message, key, source}`."""
    if not isinstance(extra, list):
        return
    for entry in cast("list[Mapping[str, object]]", extra):
        # It names the handler's parameter, which ends in an underscore where what is sent is a word of Python: `from`.
        message, key = str(entry.get("message", "")), str(entry.get("key", "")).removesuffix("_")
        yield Flaw(message=_first_lower(message), path=key)


def _first_lower(sentence: str) -> str:
    """As it may stand inside a sentence; an abbreviation, as JSON, stays as it is."""
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]
