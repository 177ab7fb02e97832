"""An attack on a module from another tenant: every route by its scenarios, every access pattern by what is stored.

    await attack([documents], SCENARIOS, furnish=furnish, folder=tmp_path)

For each scenario three tenants are made, and the request that is meant for the first one is sent by the others: with
its ids, cursors, tags, versions and idempotency keys, under its name, with no token and with a forged one. One word
stands in every name of the first tenant, so an answer that holds it is a leak; so is a changed item, and an item of
another tenant that holds the word in the end.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import msgspec

from entaku.table.driver import ItemKey
from entaku.testing.leaks import Attempt, Leak, TenantsLeak, attempt_of
from entaku.testing.scenario import Caller, Scenario
from entaku.testing.traces import kinds_of, platform_items, traces
from entaku.testing.world import Furnish, Land, Side, World, open_world

if TYPE_CHECKING:
    from entaku.api.fronts import Front
    from entaku.modules import Module

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PARAMETER_TYPE = re.compile(r":[a-z]+(?=\})")


async def attack(
    modules: Sequence[Module], scenarios: Sequence[Scenario], *, furnish: Furnish | None = None, folder: Path
) -> None:
    """Raises TenantsLeak, which shows the requests that got through. Fails too where there would be nothing to find: a
    route or front without a scenario, a scenario that does not work at home, answers that never hold the tenant's word.

    `furnish` makes the module's things in a tenant, with the word it is given in every name. `folder` is empty.
    """
    from entaku.testing.pattern_attack import pattern_leaks

    async with open_world(modules, folder) as world:
        _check_covered(world, modules, scenarios)
        siege = Siege(world, modules, furnish)
        leaks = [leak for scenario in scenarios async for leak in siege.leaks(scenario)]
        leaks += await pattern_leaks(world, modules, furnish)
        leaks += [leak async for leak in traces(world, modules, siege.said)]
    if leaks:
        raise TenantsLeak(leaks)
    assert not siege.fronts, f"no scenario sends what these fronts take: {', '.join(sorted(siege.fronts))}"
    assert not siege.broken, "\n\n".join(siege.broken)
    if scenarios and not siege.saw_mark:
        raise AssertionError(
            "no answer held the tenant's word, so there was nothing to find: let `furnish` put it into names that the"
            " routes show, and let a GET among the scenarios show one"
        )


def _check_covered(world: World, modules: Sequence[Module], scenarios: Sequence[Scenario]) -> None:
    """Raises AssertionError for a route of the modules that no scenario is about or that is not documented, for a front
    before none, and for scenarios about none."""
    from entaku.api.route_owners import addresses

    routes = {each for module in modules if module.routes is not None for each in addresses(module.routes())}
    served = {(method.upper(), path) for path, item in world.document["paths"].items() for method in item}
    fronts = {("GET", _PARAMETER_TYPE.sub("", front.template)) for front in fronts_of(world, modules)}
    known = {(scenario.method, scenario.route) for scenario in scenarios}
    for problem, wrong in {
        "these routes have no scenario": routes - known,
        "these routes are not in the document, which says whether they take cursors and keys": routes - served,
        "these fronts stand before no route": fronts - served,
        "these scenarios are about no route": known - served,
    }.items():
        assert not wrong, f"{problem}: {', '.join(f'{method} {path}' for method, path in sorted(wrong))}"


def fronts_of(world: World, modules: Sequence[Module]) -> list[Front]:
    """What stands in front of the framework for these modules."""
    services = world.app.parts.services
    return [each for m in modules if m.fronts is not None for each in m.fronts(services.get(m.name))]


class Siege:
    """Attacks scenario by scenario."""

    def __init__(self, world: World, modules: Sequence[Module], furnish: Furnish | None) -> None:
        self._world, self._furnish = world, furnish
        self._on_platform = kinds_of(modules, "platform")
        self.fronts = {front.template: front for front in fronts_of(world, modules)}
        """Those that no scenario has reached yet."""
        self.said: set[tuple[str, str]] = set()
        """Tenants that sent a word of another, each with that one."""
        self.saw_mark = False
        """Whether any answer at home held the word of home."""
        self.broken: list[str] = []
        """What of the scenarios does not work at home."""

    async def leaks(self, scenario: Scenario) -> AsyncIterator[Leak]:
        """Everything that another tenant gets through with."""
        land, attempt = await self._at_home(scenario)
        leak = self._told("at home", attempt, land.home)
        if leak is not None:
            yield leak
        if scenario.caller is Caller.NOBODY:
            return
        # A scenario that writes has changed its home by now.
        if scenario.method in WRITES:
            land = await self._land(scenario)
        async for leak in self._replayed(scenario, land, attempt):
            yield leak
        for try_one in (self._mixed, self._disguised):
            async for leak in try_one(scenario, land):
                yield leak
        for try_one in (self._cursor, self._tag, self._version, self._idempotency_key):
            leak = await try_one(scenario)
            if leak is not None:
                yield leak

    async def _at_home(self, scenario: Scenario) -> tuple[Land, Attempt]:
        """A land in which the scenario has been sent at home. Where it does not work, that is noted."""
        land = await self._land(scenario)
        attempt = await self._send(scenario, land.home, land.home)
        text = attempt.answer.decode(errors="replace")
        missing = [each for each in scenario.contains if each.replace("MARK", land.home.mark) not in text]
        if attempt.status != scenario.status or missing:
            wanted = f"{scenario.status}{' with ' if missing else ''}{', '.join(missing)}"
            self.broken.append(f"{scenario.name} does not work: it should answer {wanted}\n\n{attempt}")
        self.saw_mark = self.saw_mark or land.home.mark in text
        path, _, query = attempt.target.partition("?")
        asked = (scenario.method, unquote(path), query.encode())
        self.fronts = {name: front for name, front in self.fronts.items() if not front.takes(*asked)}
        return land, attempt

    async def _land(self, scenario: Scenario) -> Land:
        """A new land, in which home and twin have done what comes before."""
        land = await self._world.land(self._furnish)
        for side in (land.home, land.twin):
            await self._world.prepare(scenario, side)
        return land

    async def _replayed(self, scenario: Scenario, land: Land, at_home: Attempt) -> AsyncIterator[Leak]:
        """The request for home, as it is, by others and by nobody. Who has none of its things can be told only of those
        of home, so the very same answer is a leak although it holds no word."""
        before = await self._items(land.home)
        callers = {_foreign(scenario), Caller.ADMIN}
        senders = [(side, caller) for side in (land.twin, land.stranger) for caller in sorted(callers)]
        for side, caller in [*senders, (land.home, Caller.NOBODY)]:
            attempt = await self._send(scenario, land.home, side, caller=caller)
            name = f"{side.tenant_id} sent the request of {land.home.tenant_id}"
            leak = await self._told_or_changed(name, attempt, side, land.home, before)
            if leak is None and side is land.stranger and _is_of_home(scenario, attempt, at_home):
                leak = Leak(f"{name}, and got the same answer", attempt)
            if leak is None and caller is Caller.NOBODY and attempt.status < 400:
                leak = Leak("a request without a token was answered", attempt)
            if leak is not None:
                yield leak

    async def _mixed(self, scenario: Scenario, land: Land) -> AsyncIterator[Leak]:
        """The twin's own request, with one id of home in it."""
        differing = [word for word in land.home.words if land.home.words[word] != land.twin.words.get(word)]
        for word in scenario.used(differing):
            before = await self._items(land.home)
            words = {**land.twin.words, word: land.home.words[word]}
            attempt = await self._send(scenario, land.twin, land.twin, caller=_foreign(scenario), words=words)
            leak = await self._told_or_changed(
                f"{land.twin.tenant_id} sent its own request with {word} of {land.home.tenant_id}",
                attempt,
                land.twin,
                land.home,
                before,
            )
            if leak is not None:
                yield leak

    async def _disguised(self, scenario: Scenario, land: Land) -> AsyncIterator[Leak]:
        """The request by a twin who says to be of home, and one with a token that was forged."""
        caller = _foreign(scenario)
        own = land.twin.token(caller) or ""
        head, _, signature = own.rpartition(".")
        forged = f"{head}.{signature[::-1]}"
        disguises: dict[str, tuple[dict[str, str], str]] = {
            "X-Tenant": ({"X-Tenant": land.home.tenant_id}, own),
            "a forged token": ({}, forged),
        }
        for name, (headers, token) in disguises.items():
            before = await self._items(land.home)
            attempt = await self._send(scenario, land.home, land.twin, caller=caller, headers=headers, token=token)
            leak = await self._told_or_changed(name, attempt, land.twin, land.home, before)
            if leak is None and attempt.status < 400:
                leak = Leak(f"a request with {name} was answered", attempt)
            if leak is not None:
                yield leak

    async def _cursor(self, scenario: Scenario) -> Leak | None:
        """The twin goes on where home's list ended."""
        name = next((each for each in self._parameters(scenario) if "cursor" in each.lower()), None)
        if name is None or scenario.method != "GET":
            return None
        land = await self._land(scenario)
        query = "limit=1" if "limit" in self._parameters(scenario) else ""
        first = await self._send(scenario, land.home, land.home, query=query)
        cursor = _cursor_in(first.answer)
        if cursor is None:
            self.broken.append(f"{scenario.name} has no second page; let `furnish` make at least two of what it lists")
            return None
        attempt = await self._send(
            scenario, land.twin, land.twin, query="&".join(filter(None, (query, f"{name}={cursor}")))
        )
        return Leak("the cursor of another tenant was accepted", attempt) if attempt.status < 400 else None

    async def _tag(self, scenario: Scenario) -> Leak | None:
        """The twin asks whether what home has read is still current."""
        if scenario.method != "GET":
            return None
        land = await self._land(scenario)
        at_home = await self._send(scenario, land.home, land.home)
        tag = at_home.answer_headers.get("etag")
        if tag is None or land.home.mark not in at_home.answer.decode(errors="replace"):
            return None  # An answer that names nothing of the tenant may well be the same for two of them.
        attempt = await self._send(scenario, land.twin, land.twin, headers={"If-None-Match": tag})
        return Leak("the tag of another tenant's answer was current", attempt) if attempt.status == 304 else None

    async def _version(self, scenario: Scenario) -> Leak | None:
        """The twin changes its own thing under the version that home's thing has."""
        if "If-Match" not in self._parameters(scenario):
            return None
        land = await self._land(scenario)
        path = scenario.path(land.home.tenant_id, land.home.words)
        reading = Scenario(method="GET", route=path, caller=scenario.caller)
        tag = (await self._send(reading, land.home, land.home)).answer_headers.get("etag")
        if tag is None:
            return None
        attempt = await self._send(scenario, land.twin, land.twin, headers={"If-Match": tag})
        return Leak("the version of another tenant's thing was accepted", attempt) if attempt.status < 400 else None

    async def _idempotency_key(self, scenario: Scenario) -> Leak | None:
        """The twin sends its own request under a key that home has used."""
        if "Idempotency-Key" not in self._parameters(scenario):
            return None
        land, key = await self._land(scenario), {"Idempotency-Key": "the same in both"}
        await self._send(scenario, land.home, land.home, headers={**scenario.headers, **key})
        attempt = await self._send(scenario, land.twin, land.twin, headers={**scenario.headers, **key})
        if "idempotency-replayed" in attempt.answer_headers:
            return Leak("the idempotency key of another tenant replayed its answer", attempt)
        return self._told("an idempotency key of another tenant", attempt, land.twin)

    def _told(self, attack_name: str, attempt: Attempt, sender: Side) -> Leak | None:
        """Whether the answer holds a word of anybody but who asks, and who asks has not said it."""
        text = (attempt.answer.decode(errors="replace") + str(dict(attempt.answer_headers))).casefold()
        said = attempt.target + attempt.body.decode(errors="replace")
        own = sender.secrets if attempt.sender else []
        for side in self._world.sides:
            for word in side.secrets:
                if word.casefold() in text and word not in own and word not in said:
                    return Leak(
                        f"{attack_name}: the answer holds {word!r}, which is a word of {side.tenant_id}", attempt
                    )
        return None

    async def _told_or_changed(
        self, attack_name: str, attempt: Attempt, sender: Side, home: Side, before: Mapping[Any, Any]
    ) -> Leak | None:
        leak = self._told(attack_name, attempt, sender)
        if leak is not None:
            return leak
        after = await self._items(home)
        if after != before:
            touched = sorted(f"{key.pk} / {key.sk}" for key in {*before, *after} if before.get(key) != after.get(key))
            return Leak(f"{attack_name}: it changed {', '.join(touched[:3])} of {home.tenant_id}", attempt)
        return None

    async def _items(self, side: Side) -> dict[ItemKey, tuple[int, str]]:
        """What is a tenant's in the table: all that is kept in it, and what names it among the platform's things."""
        items = await self._world.items(side.tenant_id)
        return items | await platform_items(self._world, self._on_platform, side.tenant_id)

    def _parameters(self, scenario: Scenario) -> set[str]:
        """Query parameters and headers that the document names for the route of a scenario."""
        operation = self._world.document["paths"].get(scenario.route, {}).get(scenario.method.lower(), {})
        return {parameter["name"] for parameter in operation.get("parameters", ())}

    async def _send(
        self,
        scenario: Scenario,
        about: Side,
        sender: Side,
        *,
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
        query: str = "",
        words: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Attempt:
        """The scenario's request about one tenant, sent with a token of the same or of another."""
        caller = scenario.caller if caller is None else caller
        token = sender.token(caller) if token is None else token
        shown = dict(scenario.headers if headers is None else headers)
        target = scenario.path(about.tenant_id, words or about.words)
        if query:
            target += ("&" if "?" in target else "?") + query
        content = scenario.content(about.tenant_id, words or about.words)
        body = content if isinstance(content, bytes) else msgspec.json.encode(content)
        if body:
            shown.setdefault("Content-Type", "application/json")
        sent = {**shown, **({"Authorization": f"Bearer {token}"} if token else {})}
        answer = await self._world.client.call(scenario.method, target, headers=sent, body=body)
        self.said |= {
            (sender.tenant_id, side.tenant_id) for side in self._world.sides if side.mark in f"{target}{body!r}"
        }
        name = f"{sender.people.get(caller, '')}@{sender.tenant_id}" if token else ""
        return attempt_of(name, scenario.method, target, shown, body, answer)


def _foreign(scenario: Scenario) -> Caller:
    """An operator is nobody's stranger: the strongest caller that another tenant has is its administrator."""
    return Caller.ADMIN if scenario.caller is Caller.OPERATOR else scenario.caller


def _is_of_home(scenario: Scenario, attempt: Attempt, at_home: Attempt) -> bool:
    """Whether the stranger was given what home was, of a thing that the path names."""
    names_a_thing = scenario.method == "GET" and "{" in scenario.route and not scenario.is_same_for_all
    return names_a_thing and attempt.status < 300 and attempt.answer == at_home.answer


def _cursor_in(answer: bytes) -> str | None:
    """What an answer says to go on with."""
    try:
        found = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        return None
    fields = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    return next((value for name, value in fields.items() if "cursor" in name.lower() and isinstance(value, str)), None)
