"""What a route says in the document when its body refers to things that may not be there."""

from __future__ import annotations

from litestar.openapi import ResponseSpec

from entaku.api.errors import PROBLEM_MEDIA_TYPE, Problem

UNKNOWN_REFERENCE = {
    404: ResponseSpec(
        Problem,
        description="Something that the body refers to does not exist.",
        media_type=PROBLEM_MEDIA_TYPE,
        generate_examples=False,
    )
}
"""Pass it as `responses=` to a route without an id in its path whose body names other things by their ids."""
