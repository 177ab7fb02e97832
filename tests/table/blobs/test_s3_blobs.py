"""What is peculiar to blobs in S3."""

from __future__ import annotations

import pytest

from entaku.core.errors import Invalid, Unavailable
from entaku.table.drivers.blobs import S3Blobs
from tests.table.blobs.conftest import keys_in

pytestmark = pytest.mark.engine("dynamodb")


@pytest.mark.parametrize(("kms_key", "algorithm"), [(None, "AES256"), ("alias/of-tests", "aws:kms")])
async def test_objects_are_encrypted(kms_key: str | None, algorithm: str) -> None:
    from tests.emulators import s3

    store = s3.open_for_test(kms_key=kms_key)
    await store.put("acme/x", b"content")

    found = s3.client(s3.emulator()).head_object(Bucket=store.bucket, Key=f"{store.prefix}acme/x")
    assert found["ServerSideEncryption"] == algorithm
    await store.close()


async def test_installations_in_one_bucket_see_only_their_own() -> None:
    from tests.emulators import s3

    one, other = s3.open_for_test(), s3.open_for_test()
    await one.put("acme/x", b"content")

    assert await keys_in(other) == []
    assert await keys_in(one) == ["acme/x"]
    await one.close()
    await other.close()


async def test_more_is_listed_than_s3_gives_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.emulators import s3

    monkeypatch.setattr("entaku.table.drivers.blobs.s3.LISTED_AT_ONCE_MAX", 2)
    store = s3.open_for_test()
    for n in range(5):
        await store.put(f"acme/{n}", b"")

    assert len(await keys_in(store)) == 5
    assert len(await store.list(prefix="", after=None, limit=3)) == 3
    await store.close()


async def test_a_bucket_that_is_not_there_is_named() -> None:
    from tests.emulators import s3

    store = s3.open_for_test(bucket="not-there")

    with pytest.raises(Invalid, match="there is no bucket 'not-there'; make it, or name another one in ENTAKU_BLOBS"):
        await store.put("acme/x", b"content")
    await store.close()


async def test_nobody_at_the_endpoint_is_unavailable() -> None:
    store = S3Blobs("bucket", region="us-east-1", endpoint="http://127.0.0.1:9")

    with pytest.raises(Unavailable, match="S3 cannot be reached for PutObject"):
        await store.put("acme/x", b"content")
    await store.close()


async def test_a_closed_store_is_unavailable() -> None:
    store = S3Blobs("bucket", region="us-east-1", endpoint="http://127.0.0.1:9")
    await store.close()

    with pytest.raises(Unavailable, match="closed"):
        await store.get("acme/x")
