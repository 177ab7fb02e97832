"""The users of one import: addresses change hands, then everybody is brought up to the file, some groups at a time."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from entaku.core.context import AccessLevel, Actor
from entaku.modules.accounts import GROUP_CHANGES_MAX, Accounts, NewUser, UserChange, UserState
from entaku.modules.workspace.model import User, Workspace, said
from entaku.modules.workspace.present import Present
from entaku.modules.workspace.report import ImportReport

GROUPS_AT_ONCE = GROUP_CHANGES_MAX - 4
"""Department and role may change in the same step, and each then counts twice: as what is left and what is joined."""


class People:
    """Each step is safe to repeat. What a user is stays unless it is said; with `prune` memberships go that are not."""

    def __init__(
        self,
        accounts: Accounts,
        actor: Actor,
        workspace: Workspace,
        present: Present,
        report: ImportReport,
        *,
        prune: bool,
    ) -> None:
        self._users, self._actor, self._prune = accounts.users, actor, prune
        self._workspace, self._present, self._report = workspace, present, report
        self._named = {user.id: user for user in workspace.users}
        self._now = dict(present.users)
        # Whom libraries need to be active while they are written: who owns one, and on whose word one is shared.
        self._needed = {library.owner for library in workspace.libraries} | {
            share.delegated_by for library in workspace.libraries for share in library.shares
        }

    async def free_addresses(self) -> None:
        """Takes every address that the file gives to somebody from whoever else has it."""
        for taker, holder in self._present.holders.items():
            user_id, email = holder.user_id, self._named[taker].email
            self._now[user_id] = await self._users.change(self._actor, user_id, UserChange(email=None))
            is_named = user_id in self._named
            if not is_named and not self._prune:
                self._report.of("users").changed += 1
            if isinstance(self._named[user_id].email, UnsetType) if is_named else not self._prune:
                self._report.warnings.append(f"user {user_id}: the e-mail address {email} is that of user {taker} now")

    async def bring_up(self, user: User) -> None:
        """Creates the user, or changes what differs; whom a library needs is not deactivated yet."""
        profile = self._now.get(user.id)
        if profile is None:
            profile = await self._users.create(self._actor, self._new(user))
        while True:
            joining = sorted(set(user.groups) - profile.groups)
            leaving = sorted(profile.groups - set(user.groups)) if self._prune else []
            # First what is left: nobody may be in all the old and all the new groups at once.
            moves = [*((g, False) for g in leaving), *((g, True) for g in joining)][:GROUPS_AT_ONCE]
            change = UserChange(
                name=user.name,
                email=user.email,
                # A file knows members and administrators; it neither makes nor unmakes an operator.
                level=UNSET if profile.level is AccessLevel.OPERATOR else _level(user),
                is_active=UNSET if self._is_dismissed_last(user) else _is_active(user),
                department=self._membership(user.department),
                role=self._membership(user.role),
                join=frozenset(g for g, joins in moves if joins),
                leave=frozenset(g for g, joins in moves if not joins),
            )
            profile = self._now[user.id] = await self._users.change(self._actor, user.id, change)
            if len(moves) < GROUPS_AT_ONCE:
                return

    async def dismiss(self) -> None:
        """Deactivates those whom libraries needed until now."""
        for user in self._workspace.users:
            if self._is_dismissed_last(user) and self._now[user.id].state is UserState.ACTIVE:
                change = UserChange(is_active=False)
                self._now[user.id] = await self._users.change(self._actor, user.id, change)

    def count(self) -> None:
        """Reports what became of everybody whom the file names."""
        for user in self._workspace.users:
            before, after, count = self._present.users.get(user.id), self._now[user.id], self._report.of("users")
            count.created += before is None
            count.changed += before is not None and before.version != after.version
            count.unchanged += before is not None and before.version == after.version

    def _new(self, user: User) -> NewUser:
        return NewUser(
            user_id=user.id,
            name=user.name,
            groups=frozenset(sorted(user.groups)[:GROUPS_AT_ONCE]),
            **said(
                email=user.email,
                level=_level(user),
                is_service=user.is_service,
                department=user.department,
                role=user.role,
            ),
        )

    def _is_dismissed_last(self, user: User) -> bool:
        return user.state == "deactivated" and user.id in self._needed

    def _membership(self, entry: str | UnsetType | None) -> str | UnsetType | None:
        return None if self._prune and entry is UNSET else entry


def _level(user: User) -> AccessLevel | UnsetType:
    return UNSET if isinstance(user.level, UnsetType) else AccessLevel(user.level)


def _is_active(user: User) -> bool | UnsetType:
    return UNSET if isinstance(user.state, UnsetType) else user.state == "active"
