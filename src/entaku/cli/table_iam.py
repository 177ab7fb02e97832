"""`entaku table iam`: an IAM policy that confines a role to one tenant, or the one that the service needs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, named_tenant
from entaku.cli.exit_status import say
from entaku.cli.output import print_json
from entaku.cli.session import configured
from entaku.core.errors import Invalid
from entaku.table.derived.policies import BlobPlace, service_policy, table_arn, tenant_policy
from entaku.table.model import Model

if TYPE_CHECKING:
    from entaku.core.config import Config

_EXAMPLE = """\
entaku table iam --tenant acme --table arn:aws:dynamodb:eu-central-1:123456789012:table/entaku
entaku table iam --create"""


def iam_command(load_model: Callable[[], Model]) -> click.Command:
    """The command `iam`, for the model that the callable gives when it runs."""

    @click.command("iam", cls=EntakuCommand, example=_EXAMPLE)
    @click.option("--table", "arn", metavar="ARN", help="The table; by default that of the settings in any account.")
    @click.option("--read-only", is_flag=True, help="Allow no writes.")
    @click.option(
        "--create", "makes", is_flag=True, help="For the service: also allow to make the table and to fill it."
    )
    def iam(arn: str | None, read_only: bool, makes: bool) -> None:
        """Print an IAM policy: with --tenant for a role that is confined to it, else for the service.

        A confined role reads and writes only items whose partition key is the tenant's, in the table and in its
        indexes; the service's role reaches every item, the change log and the table itself.
        """
        tenant, config = named_tenant(), configured()
        if arn is None:
            region = config.dynamodb_region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
            arn = table_arn(config.dynamodb_table, region)
            say(f"for the table {arn}; name that of one account with --table ARN")
        blobs = _blobs(config)
        if tenant is None:
            print_json(service_policy(load_model(), arn, read_only=read_only, makes=makes, blobs=blobs))
        elif makes:
            raise Invalid("a role that is confined to a tenant makes no tables; leave out --create or --tenant")
        else:
            print_json(tenant_policy(load_model(), arn, tenant, read_only=read_only, blobs=blobs))

    return iam


def _blobs(config: Config) -> BlobPlace | None:
    """Where the settings keep large values in S3; None where they are in a folder, which IAM knows nothing of."""
    if config.blobs_place is None:
        return None
    key = config.blobs_kms_key
    if key is not None and not key.startswith("arn:"):
        say(f"the policy does not name the KMS key {key}: set its ARN as blobs_kms_key")
        key = None
    bucket, prefix = config.blobs_place
    return BlobPlace(bucket, prefix, key)
