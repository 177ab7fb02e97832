"""What an operator may choose. Values only: reading the file and the environment is the composition root's work.

ENTAKU_WORKERS=4 entaku serve              one setting, from the environment
workers = 4                                the same, in entaku.toml in the data folder
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.core.limits import BLOBS_KEPT_S, BODY_BYTES_MAX, MIB, PORT_MAX, WORKERS_MAX

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]

PREFIX = "ENTAKU_"
ALIKE = 0.75
NO_SETTINGS = frozenset({"ENTAKU_DEBUG", "ENTAKU_ORG_FILE"})
"""Variables that begin like a setting and are for others: the command line, the tests."""
LISTS = frozenset({"cors_origins", "modules"})
ONLY_IN_FILE = frozenset({"authzen_actions", "authzen_types", "tiers"})
"""Settings that no environment variable can say."""
"""Settings whose variable holds several values, separated by commas."""
FILE_NAME = "entaku.toml"
DATA_DEFAULT = Path("data")


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tenant of this tier may use."""

    users: Count
    libraries: Count
    requests_per_s: Count
    """Held against by each worker with an equal share of it."""
    storage_bytes: Count
    """Agreed only: nothing is held against it."""


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting with its default. Names in the environment are these in capitals, after `ENTAKU_`."""

    data: Path = DATA_DEFAULT
    """The data folder: the table's file, the keys that sign tokens, the settings file."""
    table: Literal["sqlite", "dynamodb"] = "sqlite"
    """The engine that the table runs on: a file of the data folder, or a table of DynamoDB (extra
    `entaku[dynamodb]`)."""
    dynamodb_table: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{3,255}$")] = "entaku"
    """The name of the table on DynamoDB. Credentials come from the environment, a profile, or the role of the container
    or machine."""
    dynamodb_region: str | None = None
    """Where that table is; left out, the region that `AWS_REGION` or `AWS_DEFAULT_REGION` names."""
    dynamodb_endpoint: str | None = None
    """An address that speaks for DynamoDB, as in `http://127.0.0.1:8000`; left out, that of the region."""
    sqlite_synchronous: Literal["normal", "full"] = "normal"
    """`normal`: nothing acknowledged is lost when the process is killed; `full`: nor when power is."""
    blobs: str = ""
    """Where values are kept that are too large for their items: a folder, or `s3://BUCKET/PREFIX` (extra
    `entaku[s3]`). Left out, the folder `blobs` of the data folder where the table is a file; elsewhere nowhere."""
    blobs_endpoint: str | None = None
    """An address that speaks for S3, as in `http://127.0.0.1:9000`; left out, that of the region."""
    blobs_kms_key: str | None = None
    """The key of KMS that S3 encrypts them with; left out, one of S3's own."""
    blobs_kept_s: Annotated[int, msgspec.Meta(ge=BLOBS_KEPT_S)] = BLOBS_KEPT_S
    """For how long a value is kept that no item refers to any more. At least as long as backups of the table are kept
    that do not hold the values."""
    host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=PORT_MAX)] = 8000
    """0 takes a free one."""
    workers: Annotated[int, msgspec.Meta(ge=1, le=WORKERS_MAX)] = 2
    base_domain: str | None = None
    """Hosts below it carry a tenant's sub-domain, as in `acme.example.com`."""
    public_url: str | None = None
    """Where callers reach the service, as in `https://api.example.com`; left out, where each request was sent."""
    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may call the API, as browsers send them; `*` for every one."""
    body_bytes_max: Annotated[int, msgspec.Meta(ge=1)] = BODY_BYTES_MAX
    request_log: bool = True
    """Whether every request leaves a line in the log."""
    metrics_public: bool = False
    """Whether `/metrics` answers without a token."""
    measure_usage: bool = False
    """Whether capacity units are counted, for each tenant and access pattern; `entaku table usage` shows them."""
    page_cache_bytes: Count = 16 * MIB
    """Memory of each worker for lists: half for pages that are answered again, half for what they are made of; 0 for
    none."""
    rows_threshold: Count = 1_000
    """Departments, roles and groups with more members than this are looked up instead; 0 is for no such size."""
    ended_shares_kept_days: Count = 30
    """For how many days a share that has ended is still shown by lists that ask for it, before it is removed."""
    deleted_kept_days: Count = 30
    """For how many days a deleted library can be restored, before it is removed for good."""
    modules: tuple[str, ...] = ()
    """Modules from outside, as in `documents:module`: the value `module` of the package `documents`."""
    authzen_actions: dict[str, str] = {}
    """What those who ask by AuthZEN call permissions, as in `can_update = "write"`; only in the file."""
    authzen_types: dict[str, str] = {}
    """What they call kinds of resource, as in `folder = "library"`; only in the file."""
    tiers: dict[str, Tier] = {}
    """Tiers to add to the built-in ones, or to put in their place; only in the file."""

    def __post_init__(self) -> None:
        if self.base_domain is not None and not _DOMAIN.fullmatch(self.base_domain):
            raise ValueError(f"{shown(self.base_domain)} is no domain; write it as in 'example.com'")
        if self.public_url is not None and not _ORIGIN_OF_SERVICE.fullmatch(self.public_url):
            raise ValueError(
                f"{shown(self.public_url)} is no address of this service; write it as in 'https://api.example.com', in"
                " small letters and without a path"
            )
        for origin in self.cors_origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{shown(origin)} is no origin that a browser sends; write it as in 'https://app.example.com', in"
                    " small letters, without a path and without the usual port of its scheme"
                )
        for module in self.modules:
            if not _MODULE.fullmatch(module):
                raise ValueError(f"{shown(module)} is no module; write it as in 'documents:module'")
        if self.blobs.startswith("s3:") and not _BUCKET.fullmatch(self.blobs):
            raise ValueError(f"{shown(self.blobs)} is no place in S3; write it as in 's3://bucket/prefix'")
        if self.blobs_endpoint is not None and not _ENDPOINT.fullmatch(self.blobs_endpoint):
            raise ValueError(
                f"{shown(self.blobs_endpoint)} is no address of a service; write it as in 'http://127.0.0.1:9000'"
            )
        if self.dynamodb_endpoint is not None and not _ENDPOINT.fullmatch(self.dynamodb_endpoint):
            raise ValueError(
                f"{shown(self.dynamodb_endpoint)} is no address of a service; write it as in 'http://127.0.0.1:8000'"
            )

    @property
    def is_embedded(self) -> bool:
        """Whether the table is a file of the data folder, and nobody else looks after it."""
        return self.table == "sqlite"

    @property
    def database(self) -> Path:
        """The file of the embedded engine."""
        return self.data / "entaku.db"

    @property
    def blobs_folder(self) -> Path | None:
        """The folder of the values that are too large for their items; None where they are elsewhere or nowhere."""
        if self.blobs:
            return None if self.blobs_place else Path(self.blobs)
        return self.data / "blobs" if self.is_embedded else None

    @property
    def blobs_place(self) -> tuple[str, str] | None:
        """The bucket and the prefix of them in S3, where they are there."""
        found = _BUCKET.fullmatch(self.blobs)
        return None if found is None else (found[1], found[2] or "")

    @property
    def usage(self) -> Path:
        """The folder where the capacity units that were consumed are written down."""
        return self.data / "usage"

    @property
    def keys(self) -> Path:
        """The folder of the keys that sign access tokens."""
        return self.data / "keys"

    @property
    def cursor_secret(self) -> Path:
        """The file of the secret that signs cursors."""
        return self.data / "cursor.secret"


_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.IGNORECASE)
_ORIGIN = re.compile(
    r"\*|(?!https:.*:443$|http:.*:80$)[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"
)
_ORIGIN_OF_SERVICE = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*")
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9!_.*'()/-]{1,299}?))?/?")
_ENDPOINT = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?")


def config_from(file_text: str | None, environment: Mapping[str, str], *, data: Path | None = None) -> Config:
    """The settings: defaults, then the file, then the environment, then what is given. A blank variable is as good as
    none. Raises Invalid, which names the setting and where it was found."""
    settings: dict[str, Any] = {}
    if file_text is not None:
        try:
            settings.update(msgspec.toml.decode(file_text))
        except msgspec.DecodeError as error:
            raise Invalid(f"{FILE_NAME} is not TOML: {error}") from error
        for name, value in settings.items():
            _check_name(name, Config.__struct_fields__, FILE_NAME)
            _check_value(name, value, f"{name} in {FILE_NAME}")
    names = {f"{PREFIX}{name.upper()}": name for name in Config.__struct_fields__ if name not in ONLY_IN_FILE}
    for variable, text in sorted(environment.items()):
        if variable.startswith(PREFIX) and variable not in NO_SETTINGS and text:
            _check_name(variable, tuple(names), "the environment")
            name = names[variable]
            listed = [each.strip() for each in text.split(",") if each.strip()]
            settings[name] = listed if name in LISTS else text
            _check_value(name, settings[name], variable)
    if data is not None:
        settings["data"] = str(data)
    return msgspec.convert(settings, Config, strict=False, dec_hook=_path)


def _check_name(name: str, known: Sequence[str], where: str) -> None:
    if name not in known:
        nearest = max(known, key=lambda each: _likeness(each, name))
        offer = f"did you mean {nearest}?" if _likeness(nearest, name) >= ALIKE else f"there are {', '.join(known)}"
        raise Invalid(f"{where}: there is no setting {shown(name)}; {offer}")


def _likeness(one: str, other: str) -> float:
    """The share of letters that two names have in common, whatever their order; the prefix they share says nothing."""
    ours, theirs = Counter(one.removeprefix(PREFIX)), Counter(other.removeprefix(PREFIX))
    return 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())


def _check_value(setting: str, value: Any, name: str) -> None:
    try:
        msgspec.convert({setting: value}, Config, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        said = str(error).removesuffix(f" - at `$.{setting}`")
        kind = next(field.type for field in msgspec.structs.fields(Config) if field.name == setting)
        if get_origin(kind) is Literal:
            said = f"choose one of {', '.join(get_args(kind))}"
        what = f"{name} cannot be {shown(value)}" if isinstance(value, str) else name
        raise Invalid(f"{what}: {said[:1].lower()}{said[1:]}") from error


def _path(kind: type[Any], value: Any) -> Any:
    if issubclass(kind, Path) and isinstance(value, str):
        return Path(value)
    raise msgspec.ValidationError(f"{value!r} is no {kind.__name__}")
