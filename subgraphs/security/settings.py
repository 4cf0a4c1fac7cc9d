"""What an operator may set of this subgraph alone (`BMC_SECURITY_…`): the cost of hashing, the age of keys.

The default cost is OWASP's for argon2id: 19 MiB and 2 passes, about 30 ms. More memory would buy more against a
stolen database, but sign-ins at once multiply it, and the embedded system is to stay small.
Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import WrongSetting

LEAST_MEMORY_KIB = 19_456
LEAST_PASSES = 2
_PREFIX = "BMC_SECURITY_"


class SecuritySettings(BaseSettings):
    """The settings; tests lower the cost, production may not."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", frozen=True)

    argon2_memory_kib: int = Field(default=LEAST_MEMORY_KIB, ge=8)
    argon2_passes: int = Field(default=LEAST_PASSES, ge=1)
    argon2_at_once: int = Field(default=2, ge=1, le=64)
    key_days: int = Field(default=30, ge=1)


def read_security_settings(env: str) -> SecuritySettings:
    """Read the environment; raises WrongSetting, also for hashing that is too cheap for production."""
    try:
        settings = SecuritySettings()
    except ValidationError as error:
        first = error.errors()[0]
        name = _PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise WrongSetting(f"{name}: {first['msg']} (it is {first['input']!r})") from None
    if env == "production" and settings.argon2_memory_kib < LEAST_MEMORY_KIB:
        raise WrongSetting(f"{_PREFIX}ARGON2_MEMORY_KIB: production needs at least {LEAST_MEMORY_KIB}")
    if env == "production" and settings.argon2_passes < LEAST_PASSES:
        raise WrongSetting(f"{_PREFIX}ARGON2_PASSES: production needs at least {LEAST_PASSES}")
    return settings
