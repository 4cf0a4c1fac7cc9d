"""The queries of the role map."""

from subgraphs.security.documents import RoleDocument


class RoleRepository:
    """Reads and writes the roles that were changed."""

    async def changed(self) -> dict[str, list[str]]:
        """Answer the permissions of each changed role."""
        return {role.id: role.permissions async for role in RoleDocument.find()}

    async def keep(self, name: str, permissions: list[str]) -> None:
        """Set a role's permissions."""
        await RoleDocument.get_pymongo_collection().update_one(
            {"_id": name}, {"$set": {"permissions": permissions}}, upsert=True
        )
