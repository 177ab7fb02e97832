"""The price list: one file with its date, its region and where it comes from. Another file can take its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from entaku.core.errors import Invalid

SHIPPED_PRICES = Path(__file__).with_name("dynamodb-2026-11.toml")

Price: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]


class OnDemand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For a million request units."""

    write_million: Price
    read_million: Price


class Provisioned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For a unit of capacity that is held for an hour."""

    write_unit_hour: Price
    read_unit_hour: Price


class Storage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A GB is 2^30 bytes."""

    gb_month: Price
    free_gb: Price = 0.0


class Streams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For GetRecords requests; those of Lambda triggers are free."""

    hundred_thousand_reads: Price
    free_reads: Price = 0.0


class Backups(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By the size of the table without its indexes."""

    point_in_time_gb_month: Price
    on_demand_gb_month: Price


class PriceList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What DynamoDB takes in one region."""

    region: str
    currency: str
    as_of: date
    source: str
    on_demand: OnDemand
    provisioned: Provisioned
    storage: Storage
    streams: Streams
    backups: Backups


def prices_from(file: Path = SHIPPED_PRICES) -> PriceList:
    """The price list in a TOML file. Raises Invalid for a file that is none, with what is wrong in it."""
    try:
        return msgspec.toml.decode(file.read_bytes(), type=PriceList)
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}; choose another --prices") from error
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Invalid(f"{file} is no price list: {error}; take {SHIPPED_PRICES} as the pattern") from error
