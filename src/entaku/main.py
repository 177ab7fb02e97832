"""The composition root: builds the whole system from its configuration. Reads like a list; names every part once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from entaku.core.clock import Clock, SystemClock
from entaku.core.config import FILE_NAME, PREFIX, Config, config_from
from entaku.core.context import AccessLevel, Actor
from entaku.core.errors import Invalid
from entaku.core.ids import Randomness
from entaku.engines import blob_store, meter_of, open_engine
from entaku.modules import (
    Module,
    Parts,
    accounts,
    audit,
    authzen,
    check_modules,
    load_modules,
    model_of,
    sharing,
    workspace,
)
from entaku.modules.accounts import Accounts, Authentication, KeyRing, Tokens, sign_detached
from entaku.modules.audit import Audit
from entaku.modules.authzen import AuthZen
from entaku.modules.sharing import Sharing
from entaku.modules.workspace import Importer
from entaku.table import Model, Table, Tail

if TYPE_CHECKING:
    from entaku.api.http import HttpApplication
    from entaku.table.driver import Driver
    from entaku.table.metering.meter import Meter

API_TEXT = """\
Tenants, people and their directory, libraries shared with them, and who reaches what, and why.

* **Who calls**: `Authorization: Bearer TOKEN`. On the machine of the service, `entaku token USER@TENANT` prints an
  access token; put it in under *Authentication* here, and try any operation. Programs send the API key of a service
  account in its place.
* **Do it once**: a write with an `Idempotency-Key` is done once within 48 hours.
* **Versions**: an ETag sent back as `If-Match` guards a change, as `If-None-Match` it spares a read.
* **Lists** answer `next_cursor`; only a missing one means the end.
* **Errors** are problems with one of eight codes: `/errors` explains them.
"""

API_OPERATION = ("Operation", "For load balancers and start-up scripts.")

API_EXAMPLES: Mapping[str, object] = {
    "complete": True,
    "description": "How we work",
    "id": "designers",
    "kind": "group",
    "name": "Designers",
    "reason": "The team asked for it.",
    "request_id": "2c2f6d0f0d7e4f6c8f0b7a6c5d4e3f2a",
    "total": 7,
    "user_id": "hana.sato",
}
"""What fields look like that several modules have and that show no example of their own."""

LOCAL_OPERATOR = "@operator"
"""Who acts when the command line does, on the machine that holds the data folder. No user can have this id."""


MODULES = (audit.MODULE, accounts.MODULE, sharing.MODULE, authzen.MODULE, workspace.MODULE)
"""Ours, each after what it builds on. Those from outside follow, on the same terms."""


def modules_of(config: Config, more: Sequence[Module] = ()) -> tuple[Module, ...]:
    """Ours, those that the settings name, and those that a program gives. Raises Invalid for one that cannot be found,
    and for two that would get into each other's way."""
    modules = (*MODULES, *load_modules(config.modules), *more)
    check_modules(modules)
    return modules


def model(modules: Sequence[Module] = MODULES) -> Model:
    """Every entity of the modules; of ours, if none are named."""
    return model_of(modules)


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
        self,
        config: Config,
        table: Table,
        randomness: Randomness,
        modules: Sequence[Module],
        *,
        tail: Tail | None = None,
        meter: Meter | None = None,
    ) -> None:
        """`tail`: where the engine tells of writes. `meter`: counts capacity units, where the settings want it."""
        self.config, self.table, self.tail, self.meter = config, table, tail, meter
        self.clock = clock = table.clock
        self.keys = KeyRing(config.keys, clock)
        self.parts = Parts(
            config=config,
            table=table,
            clock=clock,
            randomness=randomness,
            sign=partial(sign_detached, self.keys),
            tail=tail,
            modules=modules,
        )
        for module in modules:
            self.parts.make(module)
        self.audit = self.parts.get(Audit)
        self.accounts = self.parts.get(Accounts)
        self.sharing = self.parts.get(Sharing)
        self.accounts.join(
            releaser=self.sharing.releasing, owned=self.sharing.libraries, watcher=self.sharing.rows.pendings
        )
        self.authzen = self.parts.get(AuthZen)
        self.importer = self.parts.get(Importer)
        self.tokens = Tokens(self.keys, clock)
        self.authentication = Authentication(
            *(self.table, self.tokens, self.accounts, clock, tail),
            base_domain=config.base_domain,
            workers=config.workers,
        )

    def operator(self, tenant_id: str = "", request_id: str = "") -> Actor:
        """The actor of the local command line: whoever may read the data folder may do everything."""
        return Actor(tenant_id=tenant_id, user_id=LOCAL_OPERATOR, level=AccessLevel.OPERATOR, request_id=request_id)

    def http(self) -> HttpApplication:
        """The HTTP application. Imports the web framework, which the command line does without."""
        from importlib.metadata import version

        from entaku.api.http import HttpSettings, create_http
        from entaku.api.openapi import ApiDescription
        from entaku.api.route_owners import joined
        from entaku.table.consistency import ConsistencyTokens

        modules, services = self.parts.modules, self.parts.services
        return create_http(
            routes=joined({module.name: module.routes() for module in modules if module.routes is not None}),
            authenticator=self.authentication,
            admission=self.authentication,
            dependencies=services,
            fronts=[each for m in modules if m.fronts is not None for each in m.fronts(services.get(m.name))],
            settings=HttpSettings(
                description=ApiDescription(
                    version=version("entaku"),
                    text=API_TEXT,
                    tags=_tags(modules),
                    examples={**API_EXAMPLES, **{name: e for m in modules for name, e in m.examples.items()}},
                ),
                body_bytes_max=self.config.body_bytes_max,
                cors_origins=self.config.cors_origins,
                logs_requests=self.config.request_log,
                metrics_are_public=self.config.metrics_public,
            ),
            watch_units=None if self.meter is None else self.meter.usage.watch,
            consistency=ConsistencyTokens(self.table),
        )

    async def close(self) -> None:
        await self.sharing.jobs.close()
        await self.authentication.close()
        await self.table.close()


async def build(
    config: Config,
    *,
    clock: Clock | None = None,
    randomness: Randomness = secrets.token_bytes,
    driver: Driver | None = None,
    modules: Sequence[Module] = (),
    founds: bool = True,
) -> App:
    """The system on its table. Tests give a clock and a driver of their own.

    `modules` follow ours and those that the settings name. `founds`: a table that is not there is made; without it, a
    missing one on DynamoDB is NotFound. Raises Invalid for modules that do not fit together.
    """
    modules = modules_of(config, modules)
    declared = model(modules)
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = clock or SystemClock()
    tail: Tail | None = None
    if driver is None:
        meter = meter_of(config, clock)
        driver, tail = await open_engine(config, declared, founds=founds, meter=meter)
    else:
        meter = None
        await driver.create_table(declared.index_count)
    secret, blobs = secret_of(config.cursor_secret), blob_store(config, clock)
    table = Table(driver, declared, secret=secret, clock=clock, randomness=randomness, blobs=blobs)
    try:
        return App(config, table, randomness, modules, tail=tail, meter=meter)
    except BaseException:
        await table.close()  # A module's service that cannot be made leaves nothing open.
        raise


def _tags(modules: Sequence[Module]) -> tuple[tuple[str, str], ...]:
    """Groups of operations: what stands on the others comes first, and what only says it in other words, last."""
    firsts = [module for module in reversed(modules) if module is not authzen.MODULE]
    return (*(tag for module in firsts for tag in module.tags), *authzen.MODULE.tags, API_OPERATION)


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
