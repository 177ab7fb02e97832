"""`/schema` and what it loads: the document, and a page to read and try it whose scripts come from this server.

The page is OpenAPI Explorer (Apache-2.0, its licence beside it in `assets/`), kept compressed as it is sent.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler

from entaku.api.auth import ANONYMOUS
from entaku.api.openapi import ApiDescription, openapi_document

OPENAPI_MEDIA_TYPE = "application/vnd.oai.openapi+json"

_SCRIPT = "openapi-explorer.min.js"
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)


def schema_routes(description: ApiDescription) -> list[HTTPRouteHandler]:
    """`GET /schema`, `/schema/openapi.json` and the page's script."""
    documents: list[bytes] = []

    @get("/schema/openapi.json", opt=ANONYMOUS, media_type=OPENAPI_MEDIA_TYPE, include_in_schema=False)
    async def openapi_json(request: Request[Any, Any, Any]) -> bytes:
        # Made when it is first asked for: it costs a tenth of a second that most processes never need to spend.
        if not documents:
            documents.append(msgspec.json.encode(openapi_document(request.app, description)))
        return documents[0]

    @get("/schema", opt=ANONYMOUS, include_in_schema=False)
    async def schema_page() -> Response[str]:
        return Response(
            _PAGE.format(title=escape(description.title), script=_SCRIPT),
            media_type=MediaType.HTML,
            headers={"Content-Security-Policy": _CONTENT_SECURITY_POLICY},
        )

    @get(f"/schema/{_SCRIPT}", opt=ANONYMOUS, include_in_schema=False)
    async def schema_script() -> Response[bytes]:
        script = (files("entaku.api") / "assets" / f"{_SCRIPT}.gz").read_bytes()
        return Response(
            script,
            media_type="text/javascript",
            headers={"Content-Encoding": "gzip", "Cache-Control": "public, max-age=86400"},
        )

    return [openapi_json, schema_page, schema_script]


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: API</title>
<script type="module" src="/schema/{script}"></script>
<style>body {{ margin: 0 }}</style>
</head>
<body>
<openapi-explorer spec-url="/schema/openapi.json" display-nulls="true"></openapi-explorer>
</body>
</html>
"""
