"""The language of an answer that holds sentences: what Accept-Language wants (RFC 9110, 12.5.4), else English.

    @get("/libraries/{library_id:str}/access/{user_id:str}")
    async def get_access(..., language: RequestedLanguage) -> Response[LibraryAccess]:
        return reply(..., language=language)

`reply` says which language it is, and that the answer depends on what was wanted, so that no cache on the way gives
somebody the sentences of somebody else.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar.di import NamedDependency
from litestar.params import HeaderParameter

from entaku.core.languages import Language, accepted_language

RequestedLanguage: TypeAlias = NamedDependency[Language]
"""What a handler writes to be told the language, as `language`."""

AcceptLanguageHeader = Annotated[
    str | None,
    HeaderParameter(
        name="Accept-Language",
        description="The language of sentences: `en` or `ja`, by default `en`. What is data is the same in both.",
        schema_extra={"examples": ["ja"]},
    ),
]


async def provide_language(accept_language: AcceptLanguageHeader = None) -> Language:
    """The dependency `language`."""
    return accepted_language(accept_language)


def language_headers(language: Language) -> dict[str, str]:
    """What an answer in this language says of it."""
    return {"Content-Language": language.value, "Vary": "Accept-Language"}
