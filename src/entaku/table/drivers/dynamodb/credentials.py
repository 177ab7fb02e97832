"""The key that requests are signed with: where it is found, and how it is renewed without anybody noticing.

aiodynamo asks containers and machines for theirs. What is ours: one look for all who wait, which nobody's leaving ends;
a key that could not be renewed is used on until AWS refuses it; and one that AWS has refused is looked for anew.
"""

from __future__ import annotations

import asyncio
import configparser
import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import aiohttp
from aiodynamo.credentials import (
    ContainerMetadataCredentials,
    Credentials,
    InstanceMetadataCredentialsV1,
    InstanceMetadataCredentialsV2,
    Key,
    Metadata,
    TooManyRetries,
)
from aiodynamo.http.types import HttpImplementation, RequestFailed

from entaku.core.addresses import is_this_machine
from entaku.core.errors import Invalid, Unavailable
from entaku.core.ids import shown

ASKED_EVERY_S = 60.0
"""aiodynamo renews the key of a container or machine ten minutes before it ends, if it is asked; and a file may be
written anew."""
RENEWED_EVERY_S = 1.0
"""How soon a key that AWS has refused is looked for again: a machine's metadata are not there to be asked by everybody
at once."""

_ANY_KEY = Key("local", "local")
_CANNOT_BE_FETCHED = (TooManyRetries, RequestFailed, aiohttp.ClientError, OSError, LookupError, ValueError)
_OF_FILE = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_SIGN_IN = 'eval "$(aws configure export-credentials --format env)"'
_NONE = (
    "there are no credentials for DynamoDB: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, write ~/.aws/credentials,"
    f" or give the machine a role; where you sign in to AWS: {_SIGN_IN}"
)


class FoundCredentials(Credentials):
    """The first that there are: of the environment, of the file, of the container, of the machine; for an endpoint on
    this machine, which is an emulator, those of the environment or any."""

    def __init__(self, endpoint: str | None) -> None:
        self._is_emulator = endpoint is not None and is_this_machine(urlsplit(endpoint).hostname)
        self._of_metadata: tuple[str, Credentials] | None = None
        self.origin = "nowhere"

    async def get_key(self, http: HttpImplementation) -> Key | None:
        """Raises Invalid for a file that cannot be used, and what aiodynamo raises where metadata were once found."""
        if self._of_metadata is not None:
            return await self._of_metadata[1].get_key(http)
        origin, key = self._at_hand()
        if key is not None:
            self.origin = origin
            return key
        for origin, credentials in _metadata():
            try:
                key = None if credentials.is_disabled() else await credentials.get_key(http)
            except _CANNOT_BE_FETCHED:
                continue
            if key is not None:
                self._of_metadata, self.origin = (origin, credentials), origin
                return key
        return None

    def invalidate(self) -> bool:
        """Look everywhere again."""
        self._of_metadata = None
        return True

    def is_disabled(self) -> bool:
        return False

    def _at_hand(self) -> tuple[str, Key | None]:
        given = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
        if given[0] and given[1]:
            return "the environment", Key(given[0], given[1], os.environ.get("AWS_SESSION_TOKEN") or None)
        return ("made up for an emulator", _ANY_KEY) if self._is_emulator else _of_file()


def _of_file() -> tuple[str, Key | None]:
    """The key of the profile in the file of AWS tools, if it is there. Raises Invalid for a file that is not readable,
    or that lacks a profile which was named."""
    named = os.environ.get("AWS_SHARED_CREDENTIALS_FILE")
    file = Path(named) if named else Path.home() / ".aws" / "credentials"
    profile = os.environ.get("AWS_PROFILE") or "default"
    origin = f"profile {shown(profile)} in {file}"
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return origin, None
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}; let this user read it") from error
    except (UnicodeDecodeError, configparser.Error):
        # Their messages show the line, and with it a secret.
        raise Invalid(f"{file} is no file of credentials; 'aws configure' writes one") from None
    key_id, secret, token = (parser.get(profile, name, fallback=None) for name in _OF_FILE)
    if key_id and secret:
        return origin, Key(key_id, secret, token)
    if os.environ.get("AWS_PROFILE"):
        raise Invalid(
            f"{origin} has no access key; choose another AWS_PROFILE, or, where it is one to sign in with: {_SIGN_IN}"
        )
    return origin, None


class _Container(ContainerMetadataCredentials):
    """A token that stands in a file is read each time, for it changes."""

    async def fetch_metadata(self, http: HttpImplementation) -> Metadata:
        file = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        if file:
            self.auth_token = (await asyncio.to_thread(Path(file).read_text, "utf-8")).strip()
        return await super().fetch_metadata(http)


def _metadata() -> Iterator[tuple[str, Credentials]]:
    yield "the role of this container", _Container()
    yield "the role of this machine", InstanceMetadataCredentialsV2()
    yield "the role of this machine", InstanceMetadataCredentialsV1()


class Keys:
    """The key of this moment, kept between requests."""

    def __init__(self, credentials: Credentials, http: HttpImplementation) -> None:
        self._credentials, self._http = credentials, http
        self._key: Key | None = None
        self._had_one = False
        self._asked_at = self._renewed_at = -ASKED_EVERY_S
        self._asking: asyncio.Task[Key] | None = None

    @property
    def origin(self) -> str:
        """Where the key is from, in a few words."""
        return getattr(self._credentials, "origin", "the program")

    async def get(self) -> Key:
        """Raises Invalid when there is none anywhere, Unavailable when none can be fetched just now."""
        if self._key is not None and monotonic() < self._asked_at + ASKED_EVERY_S:
            return self._key
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
        # Shielded: others wait for it too, and who leaves must not take it from them.
        return await asyncio.shield(self._asking)

    def refused(self, key: Key) -> None:
        """AWS does not take this one any more: look for another, unless that has just been done."""
        if key is self._key and monotonic() >= self._renewed_at + RENEWED_EVERY_S:
            self._credentials.invalidate()
            self._key, self._renewed_at = None, monotonic()

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _ask(self) -> Key:
        try:
            key = await self._credentials.get_key(self._http)
            if key is None:
                raise Invalid(_NONE)
        except (Invalid, *_CANNOT_BE_FETCHED) as error:
            key = self._key
            if key is None and isinstance(error, Invalid) and not self._had_one:
                raise  # Nobody has set any: that is no hour to wait for better ones.
            if key is None:
                what = error.message if isinstance(error, Invalid) else f"{type(error).__name__}: {error}"
                raise Unavailable(f"no credentials for DynamoDB can be fetched just now: {what}") from error
        finally:
            self._asking = None
        self._key, self._asked_at, self._had_one = key, monotonic(), True
        return key
