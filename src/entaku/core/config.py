"""What an operator may choose. Values only: reading the file and the environment is the composition root's work.

ENTAKU_WORKERS=4 entaku serve              one setting, from the environment
workers = 4                                the same, in entaku.toml in the data folder
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import shown

PREFIX = "ENTAKU_"
FILE_NAME = "entaku.toml"
DATA_DEFAULT = Path("data")


class TierLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tenant of a tier may use."""

    users: int
    libraries: int
    requests_per_s: int
    storage_bytes: int


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting with its default. Names in the environment are these in capitals, after `ENTAKU_`."""

    data: Path = DATA_DEFAULT
    """The data folder: the table's file, the keys that sign tokens, the settings file."""
    table: Literal["sqlite"] = "sqlite"
    """The engine that the table runs on."""
    sqlite_synchronous: Literal["normal", "full"] = "normal"
    """`normal`: nothing acknowledged is lost when the process is killed; `full`: nor when power is."""
    host: str = "127.0.0.1"
    port: int = 8000
    """0 takes a free one."""
    workers: int = 2
    base_domain: str | None = None
    """Hosts below it carry a tenant's sub-domain, as in `acme.example.com`."""
    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may call the API."""
    body_bytes_max: int = 1024 * 1024
    request_log: bool = True
    """Whether every request leaves a line in the log."""
    metrics_public: bool = False
    """Whether `/metrics` answers without a token."""
    page_cache_bytes: int = 16 * 1024 * 1024
    """Memory of each worker for lists: half for pages that are answered again, half for what they are made of; 0 for
    none."""
    tiers: dict[str, TierLimits] = {}
    """Tiers to add to the built-in ones, or to put in their place; only in the file."""

    @property
    def database(self) -> Path:
        """The file of the embedded engine."""
        return self.data / "entaku.db"

    @property
    def keys(self) -> Path:
        """The folder of the keys that sign access tokens."""
        return self.data / "keys"

    @property
    def cursor_secret(self) -> Path:
        """The file of the secret that signs cursors."""
        return self.data / "cursor.secret"


def config_from(file_text: str | None, environment: Mapping[str, str], *, data: Path | None = None) -> Config:
    """The settings: defaults, then the file, then the environment, then what is given. Raises Invalid, which names the
    setting and where it was found."""
    settings: dict[str, Any] = {}
    if file_text is not None:
        try:
            settings.update(msgspec.toml.decode(file_text))
        except msgspec.DecodeError as error:
            raise Invalid(f"{FILE_NAME} is not TOML: {error}") from error
        _check(settings, FILE_NAME)
    for name in Config.__struct_fields__:
        text = environment.get(PREFIX + name.upper())
        if text is not None and name != "tiers":
            settings[name] = tuple(filter(None, text.split(","))) if name == "cors_origins" else text
            _check({name: settings[name]}, f"the environment ({PREFIX}{name.upper()})")
    if data is not None:
        settings["data"] = str(data)
    return msgspec.convert(settings, Config, strict=False, dec_hook=_path)


def _check(settings: Mapping[str, Any], where: str) -> None:
    unknown = sorted(settings.keys() - set(Config.__struct_fields__))
    if unknown:
        raise Invalid(
            f"{where}: there is no setting {shown(unknown[0])}; there are {', '.join(Config.__struct_fields__)}"
        )
    try:
        msgspec.convert(settings, Config, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise Invalid(f"{where}: {error}") from error


def _path(kind: type[Any], value: Any) -> Any:
    if issubclass(kind, Path) and isinstance(value, str):
        return Path(value)
    raise msgspec.ValidationError(f"{value!r} is no {kind.__name__}")
