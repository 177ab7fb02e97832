"""Whether the user who runs a command may work in the data folder, and if not, whose it is."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from entaku.core.config import Config

# Of the user the process acts as, where the system can tell.
_EFFECTIVE = os.access in os.supports_effective_ids


def refusal(folder: Path) -> str | None:
    """Why the folder cannot be worked in, and behind a semicolon the way out; None when nothing stands against it.

    One that is not there yet has to be made, so then it is about the nearest folder that is.
    """
    path = folder.absolute()
    if not os.path.exists(path):
        above = next(parent for parent in path.parents if os.path.exists(parent))
        if _may(above, os.W_OK | os.X_OK):
            return None
        return f"{path} cannot be made: {_whose(above)}; name another folder with --data"
    if not path.is_dir():
        return f"{path} is no folder; name another with --data"
    for part, rights in ((path, os.R_OK | os.W_OK | os.X_OK), (Config(data=path).database, os.R_OK | os.W_OK)):
        if os.path.exists(part) and not _may(part, rights):
            return f"{part} cannot be read and written: {_whose(part)}; {_way_out(part)}"
    return None


def _may(path: Path, rights: int) -> bool:
    return os.access(path, rights, effective_ids=_EFFECTIVE)


def _whose(path: Path) -> str:
    owner, caller = _name(path.stat().st_uid), _name(os.geteuid())
    return f"{path} is yours, but closed" if owner == caller else f"{path} belongs to {owner}, and you are {caller}"


def _way_out(path: Path) -> str:
    owner = _name(path.stat().st_uid)
    if owner == _name(os.geteuid()):
        return f"run 'chmod u+rwX {path}', and see that its disk can be written"
    return f"run the command as {owner}, as in 'sudo -u {owner} entaku ...', or name another folder with --data"


def _name(user_number: int) -> str:
    try:
        return pwd.getpwuid(user_number).pw_name
    except KeyError:
        return f"user {user_number}"
