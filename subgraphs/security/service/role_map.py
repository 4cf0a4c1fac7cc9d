"""The role map: which role holds which permissions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from subgraphs.security.repository import RoleRepository
from subgraphs.security.service.permissions import DEFAULTS


@dataclass(frozen=True, slots=True)
class Role:
    """A role and what it may, sorted."""

    name: str
    permissions: list[str]


class RoleMap:
    """Answers the map as it is now. A change is in every token that is made after it."""

    def __init__(self, roles: RoleRepository) -> None:
        self._roles = roles

    async def all(self) -> list[Role]:
        """Answer every role, by name."""
        changed = await self._roles.changed()
        return [Role(name, sorted(changed.get(name, DEFAULTS[name]))) for name in sorted(DEFAULTS)]

    async def permissions(self, roles: Iterable[str]) -> list[str]:
        """Answer what the holder of several roles may, sorted."""
        (found,) = await self.permissions_of_each([tuple(roles)])
        return found

    async def permissions_of_each(self, holders: Sequence[tuple[str, ...]]) -> list[list[str]]:
        """Answer what each of several holders of roles may."""
        by_name = {role.name: role.permissions for role in await self.all()}
        return [sorted({one for role in roles for one in by_name.get(role, ())}) for roles in holders]
