"""Versions over HTTP: a strong ETag is the version in quotes; If-Match guards a write, If-None-Match spares a read.

A write with `If-None-Match: *` is for something that is not there yet. No route makes things that way, so it is held
against a version that nothing has: what is there fails the precondition, what is not there is not found.

RFC 9110, 8.8.3 and 13.1. A thing's version is a positive whole number; an ETag that is no version belongs to a body.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, TypeAlias

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import HeaderParameter

from entaku.core.errors import Conflict, Invalid
from entaku.core.ids import shown

NO_VERSION = 0
"""Expected by a write that is meant for something that is not there."""

_VERSION_TAG = re.compile(r'"([1-9][0-9]{0,17})"')
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_IF_MATCH_EXAMPLE = 'send the ETag of the thing as you read it, as in If-Match: "7"'


def version_etag(version: int) -> str:
    """The ETag of a thing that has a version."""
    return f'"{version}"'


def body_etag(body: bytes) -> str:
    """The ETag of an answer that has no version: 128 bits of its hash. It cannot be taken for a version."""
    return f'"h{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def if_match_version(header: str | None) -> int | None:
    """The version a write expects; None where the header is absent or `*`, which any version satisfies.

    Raises Invalid for a weak tag (If-Match compares strongly, so it could never match), for several tags (a write
    is prepared from one version), and for anything that is no version tag.
    """
    if header is None or header.strip() == "*":
        return None
    tag = header.strip()
    if match := _VERSION_TAG.fullmatch(tag):
        return int(match[1])
    if tag.startswith("W/"):
        raise Invalid(f"If-Match {shown(tag)} is a weak tag, which never matches; {_IF_MATCH_EXAMPLE}")
    if len(_TAG.findall(tag)) > 1:
        raise Invalid(f"If-Match {shown(tag)} names several versions; {_IF_MATCH_EXAMPLE}")
    raise Invalid(f"If-Match {shown(tag)} is not the ETag of a version; {_IF_MATCH_EXAMPLE}")


def is_unchanged(if_none_match: str, etag: str) -> bool:
    """Whether a reader who has these tags has the current body (weak comparison). What is no tag matches nothing."""
    if if_none_match.strip() == "*":
        return True
    current = etag.removeprefix("W/")
    return any(tag.removeprefix("W/") == current for tag in _TAG.findall(if_none_match))


def expected_version(if_match: str | None, if_none_match: str | None) -> int | None:
    """The version a write expects; None where any will do. Raises Invalid for what `if_match_version` refuses, and for
    an If-None-Match that names tags: a write is prepared from one version, which If-Match names."""
    expected = if_match_version(if_match)
    if if_none_match is None:
        return expected
    if if_none_match.strip() != "*":
        raise Invalid(f"If-None-Match {shown(if_none_match)} cannot guard a write; {_IF_MATCH_EXAMPLE}")
    return NO_VERSION


ExpectedVersion: TypeAlias = NamedDependency[int | None]
"""What a handler writes to take If-Match, as `expected_version` or `required_version`."""

IfMatchHeader = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description="ETag of the version that the change was prepared from; `*` for any. Another version answers 412.",
        schema_extra={"pattern": r'^(\*|"[1-9][0-9]{0,17}")$', "examples": ['"7"']},
    ),
]


async def provide_expected_version(request: Request[Any, Any, Any], if_match: IfMatchHeader = None) -> int | None:
    """The dependency `expected_version`: what the conditions of the request say, None where any will do. Raises
    Invalid."""
    return expected_version(if_match, request.headers.get("if-none-match"))


async def provide_required_version(request: Request[Any, Any, Any], if_match: IfMatchHeader = None) -> int | None:
    """The dependency `required_version`: like `expected_version`, but not sending If-Match is a conflict."""
    expected = expected_version(if_match, request.headers.get("if-none-match"))
    if if_match is None and expected is None:
        raise Conflict(f"this change needs If-Match, so that nobody's work is lost; {_IF_MATCH_EXAMPLE}, or * for any")
    return expected
