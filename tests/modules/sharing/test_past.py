"""What records say of an instant: their order is that of versions, whatever order they come in and the clock said."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Invalid
from entaku.modules.accounts import SharingPolicy
from entaku.modules.audit import AuditRecord, Target
from entaku.modules.sharing import Permission, Resource, Terms
from entaku.modules.sharing.review.past import policy_at, thing_at, user_at

NINE = datetime(2026, 4, 1, 9, tzinfo=UTC)
ATLAS = Resource("library", "atlas")
OPEN = {"name": "Atlas", "owner": "ann", "is_discoverable": False, "state": "active"}
TERMS = msgspec.to_builtins(
    Terms(permissions=frozenset({Permission.READ}), granted_by="ann", granted_at=NINE), order="deterministic"
)


def record(version: int, minutes: int, action: str, **fields: Any) -> AuditRecord:
    return AuditRecord(
        target=fields.pop("target", Target("library", "atlas")),
        recorded_at=NINE + timedelta(minutes=minutes),
        record_id=f"{version:026}",
        action=action,
        actor="root",
        target_version=version,
        **fields,
    )


def named(version: int, minutes: int) -> AuditRecord:
    """The library gets its version as its name."""
    return record(version, minutes, "library_changed", before=OPEN, after={**OPEN, "name": str(version)})


CREATED = record(1, 0, "library_created", after=OPEN)


@given(times=st.lists(st.integers(1, 60), min_size=1, max_size=12), at=st.integers(0, 61), seed=st.integers())
def test_the_state_is_that_after_the_records_up_to_the_first_later_one(times: list[int], at: int, seed: int) -> None:
    records = [CREATED, *(named(version, minutes) for version, minutes in enumerate(times, 2))]
    in_time = next((n for n, minutes in enumerate(times) if minutes > at), len(times))
    random.Random(seed).shuffle(records)

    thing = thing_at(ATLAS, records, NINE + timedelta(minutes=at))

    assert thing is not None
    assert thing.name == ("Atlas" if in_time == 0 else str(in_time + 1))


def test_a_new_thing_of_an_old_id_has_none_of_its_shares() -> None:
    shared = record(2, 1, "share_added", subject="group:designers", after=TERMS)
    again = record(3, 2, "library_created", after=OPEN)

    first = thing_at(ATLAS, [again, shared, CREATED], NINE + timedelta(minutes=1))
    second = thing_at(ATLAS, [again, shared, CREATED], NINE + timedelta(minutes=2))

    assert first is not None
    assert second is not None
    assert (len(first.shares), len(second.shares)) == (1, 0)
    assert second.begun_at == NINE + timedelta(minutes=2)


def test_a_share_of_the_version_of_a_change_comes_after_it() -> None:
    shared = record(1, 0, "share_added", subject="organisation", after=TERMS)

    thing = thing_at(ATLAS, [shared, CREATED], NINE)

    assert thing is not None
    assert [str(principal) for principal in thing.shares] == ["organisation"]


def test_what_else_is_noted_under_a_thing_changes_nothing_of_it() -> None:
    asked = record(2, 1, "access_requested", subject="individual:bob", after={"permissions": ["read"]})
    counted = record(3, 1, "library_counted", after={"shares": 7})

    thing = thing_at(ATLAS, [CREATED, asked, counted], NINE + timedelta(minutes=5))

    assert thing == thing_at(ATLAS, [CREATED], NINE)


def test_before_its_beginning_there_is_nothing() -> None:
    assert thing_at(ATLAS, [CREATED], NINE - timedelta(milliseconds=1)) is None
    assert thing_at(ATLAS, [], NINE) is None


@pytest.mark.parametrize("minutes", [0, 5])
def test_a_thing_without_its_beginning_is_not_guessed(minutes: int) -> None:
    with pytest.raises(Invalid, match="library:atlas was there before its trail"):
        thing_at(ATLAS, [named(2, 3)], NINE + timedelta(minutes=minutes))


def test_keys_of_a_service_account_are_nothing_of_its_profile() -> None:
    robot = Target("user", "robot")
    profile = {"user_id": "robot", "name": "Robot", "state": "active", "groups": ["g"]}
    created = record(1, 0, "user_created", target=robot, after=profile)
    key = record(1, 1, "api_key_created", target=robot, subject="api_key:k", after={"scopes": ["read"]})

    user = user_at("robot", [key, created], NINE + timedelta(minutes=2))

    assert user is not None
    assert (user.name, user.groups) == ("Robot", {"g"})


def policy_record(version: int, minutes: int, before: str, after: str) -> AuditRecord:
    return record(
        version,
        minutes,
        "sharing_policy_changed",
        target=Target("tenant", "acme"),
        before={"sharing_policy": before},
        after={"sharing_policy": after},
    )


def test_policies_changed_in_one_millisecond_are_in_the_order_of_versions() -> None:
    began = record(0, 0, "tenant_created", target=Target("tenant", "acme"))
    there, back = policy_record(7, 1, "precedence", "union"), policy_record(8, 1, "union", "precedence")

    def at(minutes: int) -> SharingPolicy:
        return policy_at("acme", [back, there, began], NINE + timedelta(minutes=minutes), SharingPolicy.UNION)

    assert (at(0), at(1)) == (SharingPolicy.PRECEDENCE, SharingPolicy.PRECEDENCE)


def test_a_tenant_whose_trail_does_not_begin_with_it_cannot_be_reviewed() -> None:
    with pytest.raises(Invalid, match="does not begin with it"):
        policy_at("acme", [], NINE, SharingPolicy.UNION)
