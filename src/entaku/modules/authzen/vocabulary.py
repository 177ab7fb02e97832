"""What callers call kinds of resource and permissions, and what those are here.

The names of this system are always understood. Who enforces decisions often has names of its own, as `can_update_todo`
on a `todo`; the settings `authzen_actions` and `authzen_types` say what those stand for.
"""

from __future__ import annotations

from collections.abc import Mapping

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.modules.sharing import Permission, ResourceKinds

PERMISSIONS = {permission.value: permission for permission in Permission}
SUBJECT_TYPE = "user"
"""The one type of subject. Groups and departments are principals of shares, and ask for nothing themselves."""


class Vocabulary:
    """From the names of callers to those of this system."""

    def __init__(self, kinds: ResourceKinds, types: Mapping[str, str], actions: Mapping[str, str]) -> None:
        """`types` and `actions`: other names, and what they stand for. Raises Invalid where that is nothing, and for a
        name of this system that is to stand for something else: a search for actions answers by these."""
        self._kinds, self._types, self._actions = kinds, types, actions
        for name, kind in types.items():
            if kinds.find(kind) is None:
                raise Invalid(
                    f"authzen_types: {shown(name)} stands for {shown(kind)}, which is no kind of resource here"
                )
            if name != kind and kinds.find(name) is not None:
                raise Invalid(f"authzen_types: {shown(name)} is a kind of resource here, so it stands for itself alone")
        for name, permission in actions.items():
            if permission not in PERMISSIONS:
                known = ", ".join(PERMISSIONS)
                raise Invalid(f"authzen_actions: {shown(name)} stands for {shown(permission)}; choose one of {known}")
            if name != permission and name in PERMISSIONS:
                raise Invalid(f"authzen_actions: {shown(name)} is a permission here, so it stands for itself alone")

    def kind(self, resource_type: str) -> str | None:
        """The kind of resource of that type; None where there is none."""
        name = self._types.get(resource_type, resource_type)
        return name if self._kinds.find(name) is not None else None

    def permission(self, action: str) -> Permission | None:
        """The permission that an action needs; None where there is none of that name, so that nobody has it."""
        name = self._actions.get(action, action)
        return PERMISSIONS.get(name)
