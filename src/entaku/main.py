"""The composition root: builds the whole system from its configuration. Reads like a list; names every part once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from entaku.core.clock import Clock, SystemClock
from entaku.core.config import FILE_NAME, PREFIX, Config, config_from
from entaku.core.context import AccessLevel, Actor
from entaku.core.errors import Invalid
from entaku.core.ids import Randomness
from entaku.modules import accounts, audit, sharing
from entaku.modules.accounts import TIERS, Accounts, Authentication, KeyRing, Tokens
from entaku.modules.audit import Audit
from entaku.modules.sharing import Sharing
from entaku.modules.workspace import Importer
from entaku.table import Model, Table, Tail

if TYPE_CHECKING:
    from entaku.api.http import HttpApplication
    from entaku.table.driver import Driver, Generations
    from entaku.table.drivers.dynamodb import DynamoDriver

API_TEXT = """\
Tenants, people and their directory, libraries shared with them, and who reaches what, and why.

* **Who calls**: `Authorization: Bearer TOKEN`. On the machine of the service, `entaku token USER@TENANT` prints an
  access token; put it in under *Authentication* here, and try any operation.
* **Do it once**: a write with an `Idempotency-Key` is done once within 48 hours.
* **Versions**: an ETag sent back as `If-Match` guards a change, as `If-None-Match` it spares a read.
* **Lists** answer `next_cursor`; only a missing one means the end.
* **Errors** are problems with one of eight codes: `/errors` explains them.
"""

API_TAGS = (
    ("Me", "Who calls, and what a share can name to reach them."),
    ("Libraries", "What is shared. Each has one owner."),
    ("Shares", "With whom a library is shared, and for what."),
    ("Access", "Who reaches what, and why."),
    ("Users", "People, and services that act as one."),
    ("Directory", "Departments, roles and groups: what people belong to."),
    ("Audit", "What was done, by whom and when."),
    ("Tenant", "Settings, limits and usage of one's own tenant."),
    ("Tenants", "All of them, for operators of the platform."),
    ("Operation", "For load balancers and start-up scripts."),
)

API_EXAMPLES: Mapping[str, object] = {
    "complete": True,
    "description": "How we work",
    "granted_by": "hana.sato",
    "id": "designers",
    "is_direct": True,
    "is_shared": True,
    "kind": "group",
    "name": "Designers",
    "owner": "hana.sato",
    "path_names": ["Designers", "Creatives"],
    "reason": "The team asked for it.",
    "record_id": "01kn52z8k6w3v9c1m7hq0r4txe",
    "request_id": "2c2f6d0f0d7e4f6c8f0b7a6c5d4e3f2a",
    "results": [True],
    "sentence": "佐藤 花 reads and writes it: it is shared with group:designers.",
    "share_types": ["group"],
    "total": 7,
    "verdict": "shared",
    "AccessAnswer.access_type": "group",
    "DepartmentChangeBody.name": "Sales",
    "LibraryView.name": "Marketing material",
    "PrincipalBody.id": "designers",
    "ReachedLibrary.access_type": "group",
    "ReachedLibrary.name": "Marketing material",
    "GroupedLibraries.owned": [],
    "GroupedLibraries.read_access": [],
    "RoleChangeBody.name": "Editor",
    "ShareOutcome.changed": [],
    "ShareOutcome.removed": [],
    "ShareOutcome.unchanged": [],
    "SharesChangeBody.add": [
        {"principal": {"kind": "group", "id": "designers"}, "permissions": ["read", "write"]},
    ],
    "SharesView.departments": [],
    "SharesView.individuals": [],
    "SharesView.organisation": [],
    "SharesView.roles": [],
    "Target.id": "handbook",
    "Target.kind": "library",
    "TenantChangeBody.name": "Maru Books",
}
"""What fields look like that show no example of their own."""

LOCAL_REGION = "us-east-1"
"""What requests to an endpoint of one's own are signed for when no region is named."""

LOCAL_OPERATOR = "@operator"
"""Who acts when the command line does, on the machine that holds the data folder. No user can have this id."""


def model() -> Model:
    """Every entity of the system."""
    return Model([*audit.ENTITIES, *accounts.ENTITIES, *sharing.ENTITIES])


def configure(data: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration of a data folder: defaults, `entaku.toml` in it, the environment. Raises Invalid."""
    environment = os.environ if environment is None else environment
    folder = data or Path(environment.get(f"{PREFIX}DATA") or Config().data)
    file = folder / FILE_NAME
    try:
        text = file.read_text(encoding="utf-8") if file.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read: {error}") from error
    return config_from(text, environment, data=folder)


class App:
    """The system, wired. `build` makes one; `close` lets go of everything."""

    def __init__(
        self, config: Config, driver: Driver, secret: bytes, clock: Clock, randomness: Randomness, tail: Tail | None
    ) -> None:
        self.config, self.clock, self.tail = config, clock, tail
        self.table = Table(driver, model(), secret=secret, clock=clock, randomness=randomness)
        self.audit = Audit(self.table, randomness)
        self.accounts = Accounts(self.table, self.audit, {**TIERS, **config.tiers})
        self.sharing = Sharing(self.table, self.accounts, self.audit, clock, randomness, tail, config.page_cache_bytes)
        self.accounts.join(releaser=self.sharing.shares, owned=self.sharing.libraries)
        self.importer = Importer(self.table, self.accounts, self.sharing)
        self.keys = KeyRing(config.keys, clock)
        self.tokens = Tokens(self.keys, clock)
        self.authentication = Authentication(self.table, self.tokens, clock, tail, config.base_domain)

    def operator(self, tenant_id: str = "", request_id: str = "") -> Actor:
        """The actor of the local command line: whoever may read the data folder may do everything."""
        return Actor(tenant_id=tenant_id, user_id=LOCAL_OPERATOR, level=AccessLevel.OPERATOR, request_id=request_id)

    def http(self) -> HttpApplication:
        """The HTTP application. Imports the web framework, which the command line does without."""
        from importlib.metadata import version

        from entaku.api.http import HttpSettings, create_http
        from entaku.api.openapi import ApiDescription

        return create_http(
            routes=[*audit.http_routes(), *accounts.http_routes(), *sharing.http_routes()],
            authenticator=self.authentication,
            dependencies={
                "accounts": self.accounts,
                "audit": self.audit,
                "sharing": self.sharing,
            },
            fronts=sharing.http_fronts(self.sharing),
            settings=HttpSettings(
                description=ApiDescription(
                    version=version("entaku"), text=API_TEXT, tags=API_TAGS, examples=API_EXAMPLES
                ),
                body_bytes_max=self.config.body_bytes_max,
                cors_origins=self.config.cors_origins,
                logs_requests=self.config.request_log,
                metrics_are_public=self.config.metrics_public,
            ),
        )

    async def close(self) -> None:
        await self.table.close()


async def build(
    config: Config,
    *,
    clock: Clock | None = None,
    randomness: Randomness = secrets.token_bytes,
    driver: Driver | None = None,
    founds: bool = True,
) -> App:
    """The system on its table. Tests give a clock and a driver of their own.

    `founds`: a table that is not there is made; without it, a missing one on DynamoDB is NotFound.
    """
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = clock or SystemClock()
    tail: Tail | None = None
    if driver is None:
        driver, tail = await open_engine(config, founds=founds)
    else:
        await driver.create_table(model().index_count)
    return App(config, driver, secret_of(config.cursor_secret), clock, randomness, tail)


async def open_engine(config: Config, *, founds: bool) -> tuple[Driver, Tail | None]:
    """The engine that the configuration names with its physical table, and the means to follow its changes where asking
    for them is cheap."""
    if config.table == "dynamodb":
        dynamodb = await open_dynamodb_table(config)
        try:
            await (dynamodb.create_table if founds else dynamodb.check_table)(model().index_count)
        except BaseException:
            await dynamodb.close()
            raise
        return dynamodb, None
    from entaku.table.drivers.sqlite import open_sqlite

    sqlite = await open_sqlite(config.database, synchronous=config.sqlite_synchronous)
    await sqlite.create_table(model().index_count)
    generations: Generations = sqlite
    return sqlite, Tail(sqlite, generations, model())


async def open_dynamodb_table(config: Config) -> DynamoDriver:
    """The table of the configuration on DynamoDB, whether it is made yet or not."""
    try:
        from entaku.table.drivers.dynamodb import open_dynamodb
    except ModuleNotFoundError as error:
        raise Invalid(f"the table on DynamoDB needs {error.name}; run: pip install 'entaku[dynamodb]'") from error

    region = config.dynamodb_region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region and config.dynamodb_endpoint is None:
        raise Invalid("in which region is the table? set ENTAKU_DYNAMODB_REGION or AWS_REGION, as in 'eu-central-1'")
    return await open_dynamodb(config.dynamodb_table, region=region or LOCAL_REGION, endpoint=config.dynamodb_endpoint)


def secret_of(path: Path) -> bytes:
    """The secret that signs cursors: a file of the data folder that all processes share, made by the first one."""
    if not path.exists():
        part = path.parent / f".{path.name}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(part, path)  # Fails when another process was first: then its secret is the one.
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_bytes()
