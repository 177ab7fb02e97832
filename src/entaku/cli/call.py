"""`entaku call`: one request to the API, answered in this process; no server has to run."""

from __future__ import annotations

import logging
import os
import sys
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import click
import msgspec

from entaku.cli.commands import EntakuCommand, wants_json
from entaku.cli.exit_status import EXIT_STATUS, tell
from entaku.cli.output import print_json
from entaku.cli.session import tenant_of, with_app
from entaku.cli.user_names import user_and_tenant
from entaku.core.errors import CODES, Invalid
from entaku.core.ids import shown

if TYPE_CHECKING:
    from entaku.api.in_process import Answer
    from entaku.main import App

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@click.command(
    cls=EntakuCommand,
    example=(
        "entaku call GET /api/me --as kimura.aoi@maru\n"
        'entaku call POST /api/libraries --as kimura.aoi@maru --body \'{"name": "Drafts"}\''
    ),
)
@click.argument("method", type=click.Choice(METHODS, case_sensitive=False))
@click.argument("path")
@click.option("--as", "user", metavar="USER@TENANT", help="Whose access token to send; without it, none is.")
@click.option(
    "--body", metavar="JSON|@FILE", help="What to send as JSON; @FILE sends a file's contents, @- standard input."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the answer's body to a file, byte by byte as it came; a refusal is shown.",
)
@click.option(
    "-H", "--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="A header to send; may be repeated."
)
def call(
    method: str, path: str, user: str | None, body: str | None, output: Path | None, headers: tuple[str, ...]
) -> int:
    """Send one request to the API without a server.

    The answer's body goes to standard output, its status line and headers go to standard error. A refusal ends with the
    exit status of its error.
    """
    if not path.startswith("/"):
        raise Invalid(f"path {shown(path)} does not begin with '/'; write it as in /api/me")
    sent = _headers(headers)
    data = b"" if body is None else _body(body)
    if data:
        sent.setdefault("content-type", "application/json")
    # What breaks inside is told in the answer; where it broke, with ENTAKU_DEBUG=1, by the log.
    if "ENTAKU_DEBUG" not in os.environ:
        logging.getLogger("entaku").addHandler(logging.NullHandler())
    answer = with_app(lambda app: _answered(app, method.upper(), _encoded(path), user, sent, data))
    if output is not None and answer.status < HTTPStatus.BAD_REQUEST:
        _write(output, answer.body)
        answer = msgspec.structs.replace(answer, body=b"")
    _print(answer)
    return _exit_status(answer)


async def _answered(
    app: App, method: str, target: str, user: str | None, headers: dict[str, str], body: bytes
) -> Answer:
    from entaku.api.in_process import call as send

    if user is not None:
        user_id, named = user_and_tenant(user)
        token = app.tokens.mint(await tenant_of(app, named), user_id)
        headers = {"authorization": f"Bearer {token}", **headers}
    return await send(app.http(), method, target, headers=headers, body=body)


def _headers(lines: tuple[str, ...]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or not line.isprintable() or not line.isascii():
            raise Invalid(f"header {shown(line)} is none: write it as in 'If-Match: \"7\"'")
        headers[name.strip().lower()] = value.strip()
    return headers


def _body(text: str) -> bytes:
    if not text.startswith("@"):
        return os.fsencode(text)  # The bytes as they were typed, whatever they mean.
    if text == "@-":
        return sys.stdin.buffer.read()
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise Invalid(f"{text[1:]} cannot be read: {error.strerror}") from error


def _write(file: Path, body: bytes) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(body)
    except OSError as error:
        raise Invalid(f"{file} cannot be written: {error.strerror}") from error


def _encoded(path: str) -> str:
    """The path as it goes over the wire: what a URL cannot hold percent-encoded, the rest as it was given."""
    return quote(path, safe="".join(map(chr, range(0x21, 0x7F))))


def _print(answer: Answer) -> None:
    if wants_json():
        print_json({"status": answer.status, "headers": dict(answer.headers), "body": _as_json(answer)})
        return
    tell(f"HTTP {answer.status} {_phrase(answer.status)}".rstrip())
    for name, value in answer.headers.items():
        tell(f"{name}: {value}")
    tell("")
    body = answer.body
    if body and "json" in answer.headers.get("content-type", ""):
        body = msgspec.json.format(body, indent=2) + b"\n"
    click.echo(body, nl=False)


def _as_json(answer: Answer) -> object:
    """The body as it is where it is JSON, as text where it is not."""
    try:
        return answer.json() if answer.body else None
    except msgspec.DecodeError:
        return answer.body.decode(errors="replace")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _exit_status(answer: Answer) -> int:
    """0, or that of the error which the answer names."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        return 0
    body = _as_json(answer)
    code = cast("dict[str, Any]", body).get("code") if isinstance(body, dict) else None
    if code in CODES:
        return EXIT_STATUS[code]
    return EXIT_STATUS["internal" if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid"]
