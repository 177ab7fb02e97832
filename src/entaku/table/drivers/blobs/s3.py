"""Blobs as objects of S3, under the prefix of one installation. boto3 speaks, in threads, and is loaded at first use.

An object is made only where there is none (`If-None-Match`), and is encrypted by S3: with the key of KMS that is named,
else with a key of S3's own. Nothing is tried twice here.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from threading import Lock
from typing import Any, TypeVar

from entaku.core.errors import Conflict, EntakuError, Internal, Invalid, NotFound, Unavailable
from entaku.core.limits import BLOBS_AT_ONCE_MAX
from entaku.table.blobs.store import BlobInfo, check_blob_key, check_blob_size, is_blob_key

T = TypeVar("T")

CONNECT_S = 2.0
SILENCE_S = 15.0
"""For how long an answer may stand still."""
LISTED_AT_ONCE_MAX = 1000
"""S3 API reference, ListObjectsV2."""
PREFIX_BYTES_MAX = 300
"""With the longest key of ours, S3's 1,024 bytes a key."""

_BUSY = frozenset(
    {
        "ConditionalRequestConflict",
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
    }
)


class S3Blobs:
    """Implements `BlobStore`; for any number of machines."""

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str = "",
        region: str | None = None,
        endpoint: str | None = None,
        kms_key: str | None = None,
    ) -> None:
        """`prefix`: what all keys begin with, without a slash at its ends; empty for none. Without a region or an
        endpoint, boto3 finds them as AWS tools do, and credentials always."""
        self.bucket, self.prefix = bucket, f"{prefix}/" if prefix else ""
        self._region, self._endpoint, self._kms_key = region, endpoint, kms_key
        self._client: Any = None
        self._connecting = Lock()
        self._threads = ThreadPoolExecutor(BLOBS_AT_ONCE_MAX, thread_name_prefix="blobs")

    async def put(self, key: str, content: bytes) -> None:
        check_blob_key(key)
        check_blob_size(key, content)
        await self._in_thread("PutObject", lambda: self._put(key, content))

    async def get(self, key: str) -> bytes:
        check_blob_key(key)
        try:
            return await self._in_thread("GetObject", lambda: self._get(key))
        except NotFound as error:
            raise NotFound(f"there is no blob {key}") from error

    async def list(self, *, prefix: str, after: str | None, limit: int) -> list[BlobInfo]:
        return await self._in_thread("ListObjectsV2", lambda: list(self._list(prefix, after, limit)))

    async def delete(self, key: str) -> None:
        check_blob_key(key)
        await self._in_thread(
            "DeleteObject", lambda: self._client.delete_object(Bucket=self.bucket, Key=self.prefix + key)
        )

    async def close(self) -> None:
        """Waits for the answers to what has been asked."""
        await asyncio.to_thread(self._threads.shutdown)

    async def _in_thread(self, operation: str, work: Callable[[], T]) -> T:
        """The answer of S3. Raises its errors as those of our tree."""

        def answer() -> T:
            # Made in a thread too: loading the library takes some tenths of a second.
            errors = self._connect()
            try:
                return work()
            except errors.NoCredentialsError as error:
                raise Invalid(
                    "there are no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, write"
                    " ~/.aws/credentials, or give the machine a role"
                ) from error
            except errors.ClientError as error:
                raise self._refusal(operation, error.response) from error
            except errors.BotoCoreError as error:
                raise Unavailable(f"S3 cannot be reached for {operation}: {error}") from error

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, answer)
        except RuntimeError as error:
            raise Unavailable("the blob store has been closed; open it again") from error

    def _connect(self) -> Any:
        """Makes the client, if there is none yet. Answers the errors of its library."""
        try:
            from boto3.session import Session  # pyright: ignore[reportMissingTypeStubs]
            from botocore import exceptions  # pyright: ignore[reportMissingTypeStubs]
            from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
        except ModuleNotFoundError as error:
            install = f"{sys.executable} -m pip install 'entaku[s3]'"
            raise Invalid(f"blobs in S3 need {error.name}; run: {install}") from error
        with self._connecting:
            if self._client is None:
                self._client = self._new_client(Session(), Config, exceptions)
        return exceptions

    def _new_client(self, session: Any, config: Any, errors: Any) -> Any:
        settings = config(
            connect_timeout=CONNECT_S,
            read_timeout=SILENCE_S,
            retries={"total_max_attempts": 1},
            max_pool_connections=BLOBS_AT_ONCE_MAX,
            # An endpoint of one's own seldom has a host name for each bucket.
            s3={"addressing_style": "path" if self._endpoint else "auto"},
        )
        try:
            return session.client("s3", region_name=self._region, endpoint_url=self._endpoint, config=settings)
        except errors.NoRegionError as error:
            raise Invalid("in which region is the bucket? set AWS_REGION, as in 'eu-central-1'") from error

    def _put(self, key: str, content: bytes) -> None:
        encryption: dict[str, str] = {"ServerSideEncryption": "AES256"}
        if self._kms_key is not None:
            encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._kms_key}
        place = {"Bucket": self.bucket, "Key": self.prefix + key}
        try:
            self._client.put_object(**place, Body=content, IfNoneMatch="*", **encryption)
        except self._client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            if self._get(key) != content:
                raise Conflict(f"blob {key} is there already with another content; blobs do not change") from None

    def _get(self, key: str) -> bytes:
        return self._client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].read()

    def _list(self, prefix: str, after: str | None, limit: int) -> Iterator[BlobInfo]:
        request: dict[str, Any] = {"Bucket": self.bucket, "Prefix": self.prefix + prefix}
        if after is not None:
            request["StartAfter"] = self.prefix + after
        while limit > 0:
            page = self._client.list_objects_v2(**request, MaxKeys=min(limit, LISTED_AT_ONCE_MAX))
            for found in page.get("Contents", ()):
                key = found["Key"].removeprefix(self.prefix)
                if is_blob_key(key):
                    limit -= 1
                    yield BlobInfo(key, found["Size"], found["LastModified"].astimezone(UTC))
            if not page["IsTruncated"]:
                break
            request["ContinuationToken"] = page["NextContinuationToken"]

    def _refusal(self, operation: str, response: Any) -> EntakuError:
        """The error for an answer that is no success."""
        code, status = response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]
        if code == "NoSuchKey":
            return NotFound("there is no such blob")
        if code == "NoSuchBucket":
            return Invalid(f"there is no bucket {self.bucket!r}; make it, or name another one in ENTAKU_BLOBS")
        if code in _BUSY or status >= 500:
            return Unavailable(f"S3 cannot answer now (status {status} {code}); try again in a moment")
        message = response["Error"].get("Message", "")
        return Internal(f"S3 refused {operation} in bucket {self.bucket!r}: {code}: {message}")
