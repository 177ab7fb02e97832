"""What the front doors offer changes only on purpose."""

from __future__ import annotations

from tools.public_api import SNAPSHOT, describe_public_api


def test_the_public_api_is_the_one_written_down() -> None:
    assert describe_public_api().splitlines() == SNAPSHOT.read_text(encoding="utf-8").splitlines(), (
        "if the change is meant, run `make api-snapshot` and name it in the changelog"
    )
