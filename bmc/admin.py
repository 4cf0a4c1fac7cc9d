"""The first admin: made by a command or at the start, never by a mutation."""

from bmc.platform import Platform
from shared.settings import WrongSetting
from subgraphs.security.service import SecurityService


async def ensure_admin(platform: Platform, email: str, password: str) -> str:
    """Make an admin account if there is none with this address; answers its id. Raises WrongSetting."""
    if not password:
        raise WrongSetting("BMC_ADMIN_PASSWORD: an admin needs a password")
    service = platform.subgraphs["security"].service
    assert isinstance(service, SecurityService), "the security subgraph hands out its service"
    return await service.ensure_admin(email, password)
