"""The signed document of a review: nothing of it can be changed unseen, and it can be verified for years."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Invalid
from entaku.modules.accounts import KeyRing, Tokens, key_set, read_key_set, sign_detached, verify_detached
from entaku.modules.sharing import (
    Permission,
    Resource,
    ResourceState,
    ReviewedAccess,
    ReviewHead,
    ReviewPage,
    ReviewWriter,
    VerifiedReview,
    verified_review,
)
from entaku.testing import ManualClock

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HEAD = ReviewHead(tenant_id="acme", at=NOON, made_at=NOON + timedelta(days=20), made_by="root")


def access(user_id: str, *permissions: Permission) -> ReviewedAccess:
    return ReviewedAccess(
        user_id=user_id,
        user_name=f"{user_id} — 佐藤",
        resource=Resource("library", "atlas"),
        name='The "Atlas"\n',
        owner="ann",
        state=ResourceState.ACTIVE,
        permissions=permissions,
        access_type="group",
        via=("group:designers",),
        granted_at=NOON,
        granted_by="ann",
    )


PAGES = (
    ReviewPage(users=2, accesses=(access("ann", Permission.READ), access("bob", Permission.READ, Permission.WRITE))),
    ReviewPage(users=50, accesses=()),
    ReviewPage(users=1, accesses=(access("cara", Permission.READ),)),
)


class Office:
    """Writes documents with the keys of a folder, and verifies them with the public ones."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(NOON)
        self.keys = KeyRing(folder / "keys", self.clock)

    def written(self, pages: Sequence[ReviewPage] = PAGES) -> bytes:
        writer = ReviewWriter(HEAD)
        parts = [writer.begin(), *(writer.page(page) for page in pages)]
        return b"".join([*parts, writer.end(lambda payload: sign_detached(self.keys, payload))])

    def verified(self, document: bytes) -> VerifiedReview:
        public = self.keys.public_keys()
        return verified_review(
            document.splitlines(keepends=True), lambda signature, payload: verify_detached(public, signature, payload)
        )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


def test_a_document_says_what_it_is_of_and_whose_word_it_is(office: Office) -> None:
    found = office.verified(office.written())

    assert found.head == HEAD
    assert (found.summary.pages, found.summary.users, found.summary.accesses) == (3, 53, 3)
    assert found.key_id == office.keys.current().key_id


def test_each_byte_that_is_changed_is_refused_in_one_line(office: Office) -> None:
    document = office.written()

    for place in range(len(document)):
        changed = document[:place] + bytes([document[place] ^ 1]) + document[place + 1 :]
        with pytest.raises(Invalid) as refused:
            office.verified(changed)
        assert "\n" not in refused.value.message


def test_each_document_that_is_cut_off_is_refused_in_one_line(office: Office) -> None:
    document = office.written()

    for length in range(len(document)):
        with pytest.raises(Invalid) as refused:
            office.verified(document[:length])
        assert "\n" not in refused.value.message


@given(data=st.data())
def test_no_byte_can_be_changed_unseen(office: Office, data: st.DataObject) -> None:
    document = bytearray(office.written())
    place = data.draw(st.integers(0, len(document) - 1))
    document[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != document[place]))

    with pytest.raises(Invalid):
        office.verified(bytes(document))


@given(data=st.data())
def test_nothing_can_be_left_out_or_added_unseen(office: Office, data: st.DataObject) -> None:
    document = office.written()
    begin = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(begin, len(document)))
    put = data.draw(st.sampled_from([b"", b" ", b"\n", b"}", b",", b"{}", document[:20]]))
    changed = document[:begin] + put + document[end:]
    if changed == document:
        return

    with pytest.raises(Invalid):
        office.verified(changed)


def test_a_changed_page_is_named(office: Office) -> None:
    changed = office.written().replace(b'["read","write"]', b'["read","share"]')

    with pytest.raises(Invalid, match="page 1 is not what page 2 was written after"):
        office.verified(changed)


def test_a_changed_head_is_named(office: Office) -> None:
    changed = office.written().replace(b'"tenant_id":"acme"', b'"tenant_id":"evil"')

    with pytest.raises(Invalid, match="the review in line 1 is not what page 1 was written after"):
        office.verified(changed)


def test_pages_in_another_order_are_seen(office: Office) -> None:
    lines = office.written().splitlines(keepends=True)
    lines[2], lines[3] = lines[3], lines[2]

    with pytest.raises(Invalid, match="page 2 stands where page 1 is due"):
        office.verified(b"".join(lines))


def test_counts_that_are_not_right_are_seen(office: Office) -> None:
    with pytest.raises(Invalid, match="the summary says 54 users, and there are 53"):
        office.verified(office.written().replace(b'"users":53}', b'"users":54}'))


def test_a_whole_document_with_the_signature_of_another_does_not_hold(office: Office) -> None:
    mine, other = office.written().splitlines(), office.written(PAGES[:2]).splitlines()

    with pytest.raises(Invalid, match="does not hold"):
        office.verified(b"\n".join([*mine[:-1], other[-1], b""]))


def test_another_layout_of_the_same_json_is_not_what_was_signed(office: Office) -> None:
    with pytest.raises(Invalid, match="page 1 is not in the form in which it was written, from its byte 14 on"):
        office.verified(office.written().replace(b'{"accesses":[{', b'{"accesses":[ {', 1))


def test_a_document_is_verified_long_after_its_key_was_rotated_away(office: Office) -> None:
    document = office.written()
    for _ in range(3):
        office.clock.advance(timedelta(days=100))
        office.keys.rotate()

    found = office.verified(document)

    assert office.keys.find(found.key_id) is None
    assert office.verified(office.written()).key_id != found.key_id


def test_it_is_verified_elsewhere_with_the_public_keys_alone(office: Office) -> None:
    document, published = office.written(), msgspec.json.encode(key_set(office.keys.public_keys()))
    public = read_key_set(published)

    found = verified_review(document.splitlines(keepends=True), lambda s, payload: verify_detached(public, s, payload))

    assert found.head.tenant_id == "acme"
    assert b'"d"' not in published


def test_a_key_of_somebody_else_is_not_taken(office: Office, tmp_path: Path) -> None:
    other = Office(tmp_path)
    other.keys.rotate()

    with pytest.raises(Invalid, match="which is not among the 1 that are given"):
        other.verified(office.written())


def test_an_access_token_is_no_signature_of_a_document(office: Office) -> None:
    token = Tokens(office.keys, office.clock).mint("acme", "ann")
    document = office.written()
    forged = document[: document.index(b'"signature":')] + b'"signature":"' + token.encode() + b'"}\n'

    with pytest.raises(Invalid, match="signature"):
        office.verified(forged)


NO_KEY = b'{"keys":[{"kid":"a","crv":"Ed25519","kty":"OKP","x":"!"}]}'


@pytest.mark.parametrize("text", [b"", b"{}", b'{"keys":7}', b"\xff", NO_KEY])
def test_what_is_no_key_set_is_refused(text: bytes) -> None:
    with pytest.raises(Invalid, match="JWK Set"):
        read_key_set(text)
