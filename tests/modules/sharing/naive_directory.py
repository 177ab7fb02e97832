"""The naive tenant's people and directory: who joins what, what stands in what, and what of it is refused."""

from __future__ import annotations

from tests.modules.sharing.naive import Naive, NaivePerson


class NaiveDirectory:
    """Changes a naive tenant as its administrator does."""

    def __init__(self, naive: Naive) -> None:
        self.naive = naive

    def create_user(self, user: str, department: str | None, role: str | None, groups: set[str]) -> set[str]:
        naive = self.naive
        codes = self._unknown(department, role, groups)
        if user in naive.people:
            codes.add("conflict")
        if not codes:
            naive.people[user] = NaivePerson(True, department, role, set(groups), naive.now)
        return codes

    def move_user(self, user: str, department: str | None, role: str | None, groups: set[str]) -> set[str]:
        """Into another department, role and set of groups, all at once."""
        if user not in self.naive.people:
            return {"not_found"}
        codes = self._unknown(department, role, groups)
        if not codes:
            person = self.naive.people[user]
            person.department, person.role, person.groups = department, role, set(groups)
        return codes

    def set_active(self, user: str, is_active: bool) -> set[str]:
        if user not in self.naive.people:
            return {"not_found"}
        self.naive.people[user].is_active = is_active
        return set()

    def delete_user(self, user: str) -> set[str]:
        if user not in self.naive.people:
            return {"not_found"}
        if any(each.owner == user and not each.is_deleted for each in self.naive.libraries.values()):
            return {"conflict"}
        del self.naive.people[user]
        self.naive.release(f"individual:{user}")
        return set()

    def _unknown(self, department: str | None, role: str | None, groups: set[str]) -> set[str]:
        naive = self.naive
        missing = department not in {None, *naive.departments} or role not in {None, *naive.roles}
        return {"not_found"} if missing or not groups <= set(naive.groups) else set()

    def put_group(self, group: str, parents: set[str]) -> set[str]:
        """Create the group, or put it into other groups."""
        groups = self.naive.groups
        if not parents <= set(groups):
            return {"not_found", "invalid"} if group in parents else {"not_found"}
        if any(group in self._groups_from(parent) for parent in parents):
            return {"invalid"}
        groups[group] = set(parents)
        return set()

    def _groups_from(self, group: str) -> set[str]:
        """The group and all around it."""
        return {group}.union(*(self._groups_from(parent) for parent in self.naive.groups.get(group, ())))

    def delete_group(self, group: str) -> set[str]:
        naive = self.naive
        if group not in naive.groups:
            return {"not_found"}
        if any(group in person.groups for person in naive.people.values()):
            return {"conflict"}
        if any(group in parents for parents in naive.groups.values()):
            return {"conflict"}
        del naive.groups[group]
        naive.release(f"group:{group}")
        return set()

    def put_department(self, department: str, parent: str | None) -> set[str]:
        """Create the department, or move it below another one."""
        departments = self.naive.departments
        if parent is not None and parent not in departments:
            return {"not_found", "invalid"} if parent == department else {"not_found"}
        above = parent
        while above is not None:
            if above == department:
                return {"invalid"}
            above = departments[above]
        departments[department] = parent
        return set()

    def delete_department(self, department: str) -> set[str]:
        naive = self.naive
        if department not in naive.departments:
            return {"not_found"}
        if any(person.department == department for person in naive.people.values()):
            return {"conflict"}
        if department in naive.departments.values():
            return {"conflict"}
        del naive.departments[department]
        naive.release(f"department:{department}")
        return set()

    def create_role(self, role: str) -> set[str]:
        if role in self.naive.roles:
            return {"conflict"}
        self.naive.roles.add(role)
        return set()

    def delete_role(self, role: str) -> set[str]:
        if role not in self.naive.roles:
            return {"not_found"}
        if any(person.role == role for person in self.naive.people.values()):
            return {"conflict"}
        self.naive.roles.remove(role)
        self.naive.release(f"role:{role}")
        return set()
