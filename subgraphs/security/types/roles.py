"""What clients see of the role map."""

from typing import Self

import strawberry

from subgraphs.security.service import role_map


@strawberry.type
class Role:
    name: str
    permissions: list[str]

    @classmethod
    def of(cls, role: role_map.Role) -> Self:
        """Show a role."""
        return cls(name=role.name, permissions=role.permissions)
