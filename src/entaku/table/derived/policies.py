"""IAM policies from the declarations: for a role that may touch one tenant's items, and for the service itself.

What confines a role is `dynamodb:LeadingKeys`, the partition keys that a request names: of the table, or of the index
that a query reads. A transaction is allowed by the actions that it is made of. Neither Scan nor PartiQL is among them:
a scan names no key, and of what is not named every condition about all of it is true.

It does not confine the index keys of an item that is written: such a role could show its own items in another
tenant's listings, where they are refused by whoever reads, since their partition is not that tenant's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import check_id, shown
from entaku.table.blobs.keys import tenant_prefix
from entaku.table.derived.physical import index_name
from entaku.table.entity import Scope
from entaku.table.model import Model
from entaku.table.reader import Binding

Policy = dict[str, Any]
"""The document, to be written as JSON."""

READING = ("BatchGetItem", "GetItem", "Query")
WRITING = ("ConditionCheckItem", "PutItem", "UpdateItem")
"""A removal leaves a tombstone, which DynamoDB itself takes away; so nothing is deleted here."""
DESCRIBING = ("DescribeContinuousBackups", "DescribeTable", "DescribeTimeToLive")
MAKING = ("CreateTable", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive")
FOLLOWING = ("DescribeStream", "GetRecords", "GetShardIterator")
WALKING = ("Scan",)
LOADING = ("BatchWriteItem",)

_VERSION = "2012-10-17"
_ARN = re.compile(r"arn:aws[a-z-]*:dynamodb:([a-z0-9-]+|\*):([0-9]{12}|\*):table/[A-Za-z0-9_.-]{3,255}")


class BlobPlace(msgspec.Struct, frozen=True):
    """Where in S3 large values are kept."""

    bucket: str
    prefix: str = ""
    """Without a slash at its end."""
    kms_key: str | None = None
    """The ARN of the key that encrypts them, where they have one of their own."""

    def keys_below(self, partition: str, beginning: str) -> str:
        """The resource for all keys that begin so."""
        prefix = f"{self.prefix}/" if self.prefix else ""
        return f"arn:{partition}:s3:::{self.bucket}/{prefix}{beginning}*"


def table_arn(table: str, region: str | None) -> str:
    """The table of that name in any account, and in any region where none is known."""
    partition = "aws-cn" if (region or "").startswith("cn-") else "aws"
    return f"arn:{partition}:dynamodb:{region or '*'}:*:table/{table}"


def tenant_policy(
    model: Model, arn: str, tenant_id: str, *, read_only: bool = False, blobs: BlobPlace | None = None
) -> Policy:
    """For who works on the table bound to that tenant. Raises Invalid for an id or a name that is none."""
    # An id that is one holds neither of the signs that stand for others in a condition, `*` and `?`, nor `$`.
    check_id(tenant_id, "tenant")
    own = [f"{Binding('tenant', tenant_id).prefix}*"]
    condition = {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": own},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    statements = [_statement("ReadOwnItems", READING, _places(model, arn, "tenant"), condition)]
    if not read_only:
        statements.append(_statement("WriteOwnItems", WRITING, [_checked(arn)], condition))
    if blobs is not None:
        statements += _blob_statements(blobs, arn, tenant_prefix(tenant_id), read_only=read_only)
    return {"Version": _VERSION, "Statement": statements}


def service_policy(
    model: Model, arn: str, *, read_only: bool = False, makes: bool = False, blobs: BlobPlace | None = None
) -> Policy:
    """For the service: all tenants, the platform's own items, the change log, and looking at the table itself.

    `makes`: also for making the table, or what it lacks, and for filling it from a backup or from another table.
    Without it the table must be there and whole.
    """
    places = sorted({*_places(model, arn, "tenant"), *_places(model, arn, "platform")})
    table = [_checked(arn)]
    statements = [_statement("ReadItems", READING, places)]
    if not read_only:
        statements.append(_statement("WriteItems", WRITING, table))
    statements.append(_statement("WalkTheTable", WALKING, table))
    statements.append(_statement("LookAtTheTable", DESCRIBING, table))
    statements.append(_statement("FollowChanges", FOLLOWING, [f"{arn}/stream/*"]))
    if makes:
        statements.append(_statement("MakeTheTable", MAKING, [*table, f"{arn}/index/*"]))
        if not read_only:
            statements.append(_statement("FillTheTable", LOADING, table))
    if blobs is not None:
        statements += _blob_statements(blobs, arn, "", read_only=read_only)
        statements += _sweep_statements(blobs, arn, read_only=read_only)
    return {"Version": _VERSION, "Statement": statements}


def _blob_statements(blobs: BlobPlace, arn: str, beginning: str, *, read_only: bool) -> list[dict[str, Any]]:
    """To read and write large values whose keys begin so."""
    actions = ["s3:GetObject"] if read_only else ["s3:GetObject", "s3:PutObject"]
    statements = [_allow("LargeValues", actions, [blobs.keys_below(_partition(arn), beginning)])]
    if blobs.kms_key is not None:
        actions = ["kms:Decrypt"] if read_only else ["kms:Decrypt", "kms:GenerateDataKey"]
        statements.append(_allow("KeyOfLargeValues", actions, [blobs.kms_key]))
    return statements


def _sweep_statements(blobs: BlobPlace, arn: str, *, read_only: bool) -> list[dict[str, Any]]:
    """To find large values without an item, and to remove them."""
    bucket = f"arn:{_partition(arn)}:s3:::{blobs.bucket}"
    below = {"StringLike": {"s3:prefix": f"{blobs.prefix}/*"}} if blobs.prefix else None
    statements = [_allow("ListLargeValues", ["s3:ListBucket"], [bucket], below)]
    if not read_only:
        statements.append(_allow("SweepLargeValues", ["s3:DeleteObject"], [blobs.keys_below(_partition(arn), "")]))
    return statements


def _partition(arn: str) -> str:
    return arn.split(":")[1]


def _places(model: Model, arn: str, scope: Scope) -> list[str]:
    """The table, and the indexes that show items of that scope."""
    indexes = {index.index for info in model.entities if info.scope == scope for index in info.indexes}
    return [_checked(arn), *(f"{arn}/index/{index_name(index)}" for index in sorted(indexes))]


def _statement(sid: str, actions: Sequence[str], resources: list[str], condition: Any = None) -> dict[str, Any]:
    return _allow(sid, [f"dynamodb:{action}" for action in actions], resources, condition)


def _allow(sid: str, actions: list[str], resources: list[str], condition: Any = None) -> dict[str, Any]:
    made: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
    return made if condition is None else {**made, "Condition": condition}


def _checked(arn: str) -> str:
    if not _ARN.fullmatch(arn):
        pattern = "arn:aws:dynamodb:eu-central-1:123456789012:table/entaku"
        raise Invalid(f"{shown(arn, 80)} is no ARN of a table; write it as in {pattern}")
    return arn
