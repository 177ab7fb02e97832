"""An S3 for the tests: that of the emulator, with a bucket for each process and a prefix for each test."""

from __future__ import annotations

import os
import uuid
from functools import cache
from typing import Any

from boto3.session import Session
from botocore.config import Config

from entaku.table.drivers.blobs import S3Blobs
from tests.emulators.dynamodb import KEY, REGION, emulator


def open_for_test(*, bucket: str | None = None, kms_key: str | None = None) -> S3Blobs:
    """A store of its own. Skips the test where no emulator can be started; where CI is set, the test fails."""
    # The store looks for credentials where AWS tools do.
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "tests")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", KEY.secret)
    endpoint = emulator()
    return S3Blobs(
        bucket or made_bucket(endpoint),
        prefix=f"tests/{uuid.uuid4().hex}",
        region=REGION,
        endpoint=endpoint,
        kms_key=kms_key,
    )


def client(endpoint: str) -> Any:
    """S3 itself, past the store."""
    session = Session(aws_access_key_id=KEY.id, aws_secret_access_key=KEY.secret, region_name=REGION)
    return session.client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}))


@cache
def made_bucket(endpoint: str) -> str:
    """A bucket, made once for each emulator."""
    name = f"entaku-{uuid.uuid4().hex}"
    client(endpoint).create_bucket(Bucket=name)
    return name
