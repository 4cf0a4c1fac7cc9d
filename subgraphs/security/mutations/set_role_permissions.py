"""setRolePermissions: replaces what a role may."""

from shared.errors import Refusal
from subgraphs.security.inputs import SetRolePermissionsInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import Role, RolePayload, SecurityError


async def set_role_permissions(info: Info, input: SetRolePermissionsInput) -> RolePayload | None:
    context = info.context
    try:
        role = await context.service.administration.set_role_permissions(context.caller, input.role, input.permissions)
    except Refusal as refusal:
        return RolePayload(user_errors=[SecurityError.of(refusal)])
    return RolePayload(role=Role.of(role))
