"""Sharing as one explains it on a sheet of paper: everything in dictionaries, every answer worked out from scratch.

Written from the rules, not from the code that it is held against. An operation answers the codes it may be refused
with; none means that it is done, and then it has been. Principals are texts, `group:g`; permissions are single words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

LEVELS = ("individual", "group", "role", "department", "organisation")
EVERYTHING = frozenset({"read", "write", "delete", "share"})


@dataclass(frozen=True)
class NaiveTerms:
    permissions: frozenset[str]
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    include_children: bool = True


@dataclass(frozen=True)
class NaiveShare:
    terms: NaiveTerms
    granted_by: str
    granted_at: datetime
    is_delegated: bool

    def has_ended(self, at: datetime) -> bool:
        return self.terms.expires_at is not None and self.terms.expires_at <= at

    def is_live(self, at: datetime) -> bool:
        starts, ends = self.terms.starts_at, self.terms.expires_at
        return (starts is None or starts <= at) and not (ends is not None and ends <= at)


@dataclass
class NaiveLibrary:
    name: str
    owner: str
    created_at: datetime
    is_discoverable: bool = False
    is_deleted: bool = False
    """For good."""
    is_archived: bool = False
    kept_until: datetime | None = None
    """Of one in the bin."""
    shares: dict[str, NaiveShare] = field(default_factory=dict[str, NaiveShare])
    records: int = 1
    """In its audit trail, with those of libraries that had its id before."""


@dataclass
class NaivePerson:
    is_active: bool = True
    department: str | None = None
    role: str | None = None
    groups: set[str] = field(default_factory=set[str])
    created_at: datetime | None = None


def told(principal: str, terms: NaiveTerms) -> NaiveTerms:
    """As they are kept: only of departments it says something whether children are included."""
    return terms if principal.startswith("department:") else replace(terms, include_children=True)


@dataclass
class Naive:
    """A tenant. `root` administers it."""

    now: datetime
    is_union: bool
    people: dict[str, NaivePerson] = field(default_factory=lambda: {"root": NaivePerson()})
    libraries: dict[str, NaiveLibrary] = field(default_factory=dict[str, NaiveLibrary])
    departments: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    groups: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])
    """To the groups around each."""
    roles: set[str] = field(default_factory=set[str])

    def principals(self, user: str) -> dict[str, bool]:
        """Everything the user is, and whether directly."""
        person = self.people[user]
        found = {f"individual:{user}": True, "organisation": True}
        if person.role is not None:
            found[f"role:{person.role}"] = True
        around = list(person.groups)
        while around:
            group = around.pop()
            if f"group:{group}" not in found:
                found[f"group:{group}"] = True
                around += self.groups[group]
        department, is_direct = person.department, True
        while department is not None:
            found[f"department:{department}"] = is_direct
            department, is_direct = self.departments[department], False
        return found

    def reaching(self, user: str, library: str) -> list[tuple[str, NaiveShare]]:
        """The shares that are meant for the user, whether live or not."""
        principals = self.principals(user)
        return [
            (principal, share)
            for principal, share in self.libraries[library].shares.items()
            if principal in principals and (principals[principal] or share.terms.include_children)
        ]

    def stopping_above(self, user: str, library: str) -> set[str]:
        """The departments above the user with which alone the library is shared, without those below."""
        principals = self.principals(user)
        reaching = {principal for principal, _ in self.reaching(user, library)}
        return (principals.keys() & self.libraries[library].shares.keys()) - reaching

    def is_open_to(self, user: str, library: str) -> bool:
        """Whether anything could let the user in."""
        known = self.libraries.get(library)
        is_open = known is not None and not known.is_deleted and known.kept_until is None
        return is_open and user in self.people and self.people[user].is_active

    def owns(self, user: str, library: str) -> bool:
        return self.is_open_to(user, library) and self.libraries[library].owner == user

    def counting(self, user: str, library: str, at: datetime) -> list[tuple[str, NaiveShare]]:
        """The shares that make up what the user may do."""
        if not self.is_open_to(user, library) or self.owns(user, library):
            return []
        live = [(p, s) for p, s in self.reaching(user, library) if s.is_live(at)]
        firm = [(p, s) for p, s in live if not s.is_delegated]
        if firm and not self.is_union:
            nearest = min(level_of(p) for p, _ in firm)
            firm = [(p, s) for p, s in firm if level_of(p) == nearest]
        return firm + [(p, s) for p, s in live if s.is_delegated]

    def may(self, user: str, library: str, at: datetime | None = None) -> frozenset[str]:
        at_most = frozenset({"read"}) if self.libraries[library].is_archived else EVERYTHING
        if self.owns(user, library):
            return at_most
        counting = self.counting(user, library, self.now if at is None else at)
        return at_most & frozenset().union(*(share.terms.permissions for _, share in counting))

    def access_type(self, user: str, library: str) -> str | None:
        if self.owns(user, library):
            return "owner"
        counting = self.counting(user, library, self.now)
        return LEVELS[min(level_of(p) for p, _ in counting)] if counting else None

    def transitions(self, user: str, library: str) -> list[datetime]:
        """The instants to come at which a share that is meant for the user starts or ends, in order."""
        if not self.is_open_to(user, library) or self.owns(user, library):
            return []
        instants = [i for _, s in self.reaching(user, library) for i in (s.terms.starts_at, s.terms.expires_at)]
        return sorted(instant for instant in instants if instant is not None and instant > self.now)

    def loses_at(self, user: str, library: str, wanted: frozenset[str]) -> datetime | None:
        """The first instant from now on at which the user lacks something of what is wanted."""
        instants = [self.now, *self.transitions(user, library)]
        return next((i for i in instants if not wanted <= self.may(user, library, i)), None)

    def has_ended_for(self, user: str, library: str) -> bool:
        """Whether the user reached the library once, and not now."""
        if not self.is_open_to(user, library) or self.may(user, library):
            return False
        ends = [share.terms.expires_at for _, share in self.reaching(user, library)]
        return any(end is not None and end <= self.now for end in ends)

    def manages(self, actor: str, library: str) -> bool:
        return self.is_open_to(actor, library) and (actor == "root" or self.owns(actor, library))

    def may_restore(self, actor: str, library: str) -> bool:
        """Whether it is in the bin, and there for the actor."""
        known = self.libraries.get(library)
        if known is None or known.is_deleted or known.kept_until is None or actor not in self.people:
            return False
        return self.people[actor].is_active and actor in ("root", known.owner)

    def may_know(self, actor: str, library: str) -> bool:
        if not self.is_open_to(actor, library):
            return False
        discoverable = self.libraries[library].is_discoverable
        return bool(actor == "root" or discoverable or self.may(actor, library))

    def create_library(self, actor: str, library: str, name: str, owner: str) -> set[str]:
        codes = set[str]()
        if not self.people[actor].is_active:
            codes.add("unauthenticated")
        if actor not in {owner, "root"}:
            codes.add("forbidden")
        before = self.libraries.get(library)
        if before is not None and not before.is_deleted:
            codes.add("conflict")
        if owner not in self.people or not self.people[owner].is_active:
            codes.add("not_found")
        if not codes:
            records = 1 if before is None else before.records + 1
            self.libraries[library] = NaiveLibrary(name, owner, self.now, records=records)
        return codes

    def change_library(self, actor: str, library: str, name: str, is_discoverable: bool) -> set[str]:
        known = self.libraries.get(library)
        is_other = known is not None and (known.name, known.is_discoverable) != (name, is_discoverable)
        if known is not None and known.is_archived and is_other and self.manages(actor, library):
            return {"conflict"}

        def do(known: NaiveLibrary) -> None:
            if (known.name, known.is_discoverable) != (name, is_discoverable):
                known.name, known.is_discoverable = name, is_discoverable
                known.records += 1

        return self._managing(actor, library, do)

    def delete_library(self, actor: str, library: str) -> set[str]:
        """For good, from wherever it is."""
        if self.may_restore(actor, library):
            _purge(self.libraries[library])
            return set()
        return self._managing(actor, library, _purge)

    def bin_library(self, actor: str, library: str, kept: timedelta) -> set[str]:
        def do(known: NaiveLibrary) -> None:
            known.kept_until = self.now + kept
            known.records += 1

        return self._managing(actor, library, do)

    def restore_library(self, actor: str, library: str) -> set[str]:
        known = self.libraries.get(library)
        if known is None or not self.may_restore(actor, library):
            return self._managing(actor, library, lambda _: None)
        if known.kept_until is not None and known.kept_until <= self.now:
            return {"conflict"}
        known.kept_until = None
        known.records += 1
        return set()

    def purge_due(self) -> set[str]:
        for known in self.libraries.values():
            if known.kept_until is not None and known.kept_until <= self.now and not known.is_deleted:
                _purge(known)
        return set()

    def archive_library(self, actor: str, library: str, is_archived: bool) -> set[str]:
        def do(known: NaiveLibrary) -> None:
            known.records += known.is_archived is not is_archived
            known.is_archived = is_archived

        return self._managing(actor, library, do)

    def transfer(self, actor: str, library: str, to: str, keep: frozenset[str] = frozenset()) -> set[str]:
        is_able = to in self.people and self.people[to].is_active
        known = self.libraries.get(library)
        if known is not None and (self.manages(actor, library) or self.may_restore(actor, library)):
            if known.owner == to:
                return set()
            codes = set[str]() if is_able else {"not_found"}
            if keep and (known.is_archived or known.kept_until is not None):
                codes.add("conflict")
            if not codes:
                self._hand_over(actor, known, to, keep)
            return codes
        return self._managing(actor, library, lambda _: None)

    def _hand_over(self, actor: str, known: NaiveLibrary, to: str, keep: frozenset[str]) -> None:
        known.records += 1 if known.shares.pop(f"individual:{to}", None) is None else 2
        if keep:
            known.shares[f"individual:{known.owner}"] = NaiveShare(NaiveTerms(keep), actor, self.now, False)
            known.records += 1
        known.owner = to

    def _managing(self, actor: str, library: str, do: Callable[[NaiveLibrary], None]) -> set[str]:
        if not self.may_know(actor, library):
            return {"not_found"} if self.people[actor].is_active else {"unauthenticated"}
        if not self.manages(actor, library):
            return {"forbidden"}
        do(self.libraries[library])
        return set()

    def change_shares(
        self, actor: str, library: str, add: dict[str, NaiveTerms], remove: list[str], seen: str
    ) -> set[str]:
        """`seen` is the version that is sent: the current one, a stale one, or none."""
        if any(is_senseless(terms) for terms in add.values()):
            return {"invalid"}
        if not self.may_know(actor, library):
            return {"not_found"} if self.people[actor].is_active else {"unauthenticated"}
        add = {principal: told(principal, terms) for principal, terms in add.items()}
        known, manages = self.libraries[library], self.manages(actor, library)
        if not manages and "share" not in self.may(actor, library):
            return {"forbidden"}
        codes = {"conflict"} if seen == "stale" else set[str]()
        new = {
            principal: terms
            for principal, terms in add.items()
            if principal not in known.shares
            or known.shares[principal].terms != terms
            or (manages and known.shares[principal].is_delegated)
        }
        gone = [p for p in remove if p in known.shares]
        if new and known.is_archived:
            codes.add("conflict")
        for principal in add:
            codes |= self._refused_principal(known, principal)
        for terms in new.values():
            if not manages and self._grants_too_much(actor, library, terms):
                codes.add("forbidden")
        # In the place of a share that has ended, anybody who may share does so anew.
        present = [each for each in new if each in known.shares and not known.shares[each].has_ended(self.now)]
        if present and seen == "none":
            codes.add("conflict")
        if not manages and not all(self._is_own(actor, known.shares[each]) for each in [*present, *gone]):
            codes.add("forbidden")
        if not codes:
            for principal, terms in new.items():
                known.shares[principal] = NaiveShare(terms, actor, self.now, not manages)
            for principal in gone:
                del known.shares[principal]
            known.records += len(new) + len(gone)
        return codes

    def _is_own(self, actor: str, share: NaiveShare) -> bool:
        """Whether the actor passed it on, and nobody who had that id before."""
        since = self.people[actor].created_at
        return share.is_delegated and share.granted_by == actor and (since is None or share.granted_at >= since)

    def _refused_principal(self, known: NaiveLibrary, principal: str) -> set[str]:
        if principal == f"individual:{known.owner}":
            return {"conflict"}
        return set() if principal in set(self.everything()) else {"not_found"}

    def _grants_too_much(self, actor: str, library: str, terms: NaiveTerms) -> bool:
        if not terms.permissions <= self.may(actor, library):
            return True
        end = self.loses_at(actor, library, terms.permissions | {"share"})
        return end is not None and (terms.expires_at is None or terms.expires_at > end)

    def everything(self) -> Iterator[str]:
        """Every principal there is."""
        yield "organisation"
        for kind, ids in (("individual", self.people), ("group", self.groups), ("role", self.roles)):
            yield from (f"{kind}:{each}" for each in ids)
        yield from (f"department:{each}" for each in self.departments)

    def release(self, principal: str) -> None:
        """Shares go with the principal."""
        for library in self.libraries.values():
            if library.shares.pop(principal, None) is not None:
                library.records += 1


def _purge(known: NaiveLibrary) -> None:
    known.is_deleted, known.kept_until = True, None
    known.records += 1 + len(known.shares)
    known.shares.clear()


def level_of(principal: str) -> int:
    return LEVELS.index(principal.partition(":")[0])


def is_senseless(terms: NaiveTerms) -> bool:
    starts, ends = terms.starts_at, terms.expires_at
    return "read" not in terms.permissions or (starts is not None and ends is not None and ends <= starts)


def folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
