"""`entaku keys`: the public keys by which others verify what the service signs."""

from __future__ import annotations

import click

from entaku.cli.commands import EntakuCommand
from entaku.cli.output import print_json
from entaku.cli.session import configured
from entaku.core.clock import SystemClock


@click.command(cls=EntakuCommand, example="entaku keys > keys.json")
def keys() -> None:
    """Print the public keys that signed reviews are verified with.

    It is a JWK Set. Keys that were rotated away are in it too: what they signed stays good. There is no secret in it.
    """
    from entaku.modules.accounts import KeyRing, key_set

    print_json(key_set(KeyRing(configured().keys, SystemClock()).public_keys()))
