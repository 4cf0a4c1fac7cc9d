"""The settings, from the environment (`BMC_…`). A wrong one stops the start with one line that names it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import orjson
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set; PRODUCT.md's table. URLs left empty mean the embedded adapter."""

    model_config = SettingsConfigDict(env_prefix="BMC_", extra="ignore", frozen=True)

    env: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(default=4000, ge=1, le=65535)
    home: Path = Path(".bmc")
    public_url: str = ""
    trusted_proxies: str = ""
    admin_email: str = ""
    admin_password: SecretStr = SecretStr("")
    hold_seconds: int = Field(default=900, ge=1)
    cancel_notice_seconds: int = Field(default=86_400, ge=0)
    waitlist_offer_seconds: int = Field(default=1_800, ge=1)
    access_token_seconds: int = Field(default=600, ge=5)
    refresh_token_seconds: int = Field(default=30 * 86_400, ge=60)
    mongo_url: str = ""
    sql_url: str = ""
    bus_url: str = ""
    blobs_url: str = ""
    mail_url: str = ""
    mail_from: str = "no-reply@bookmyconsultation.example"
    secret_key: SecretStr = SecretStr("")
    payments_url: str = ""
    call_seconds: float = Field(default=2.0, gt=0)
    """How long a subgraph waits for another's answer; what may be asked again is asked three times."""
    subgraph_urls: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict)
    """Where subgraphs are, by name, when not where the supergraph says; a JSON object in the environment."""

    @field_validator("subgraph_urls", mode="before")
    @classmethod
    def _read_urls(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            urls = orjson.loads(value or "{}")
        except orjson.JSONDecodeError:
            urls = None
        if not isinstance(urls, dict) or not all(
            isinstance(url, str) and urlsplit(url).scheme in {"http", "https"} for url in urls.values()
        ):
            raise ValueError("expected a JSON object of subgraphs' names and their http:// addresses")
        return urls

    @field_validator("public_url")
    @classmethod
    def _check_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("expected an address such as https://book.example.org")
        return value

    @property
    def base_url(self) -> str:
        """Where clients reach the platform, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def embedded(self) -> list[str]:
        """The settings left empty whose engines then run embedded, in this process and its folder."""
        addresses = {
            "BMC_MONGO_URL": self.mongo_url,
            "BMC_SQL_URL": self.sql_url,
            "BMC_BUS_URL": self.bus_url,
            "BMC_BLOBS_URL": self.blobs_url,
            "BMC_MAIL_URL": self.mail_url,
            "BMC_SECRET_KEY": self.secret_key.get_secret_value(),
        }
        return [name for name, value in addresses.items() if not value]

    def refuse_embedded(self) -> None:
        """Refuse embedded engines, as processes that share their stores must; raises WrongSetting."""
        for name in self.embedded:
            raise WrongSetting(f"{name}: must be set, because parts in processes of their own share it")

    @property
    def hold(self) -> timedelta:
        """How long an unpaid booking holds its slot."""
        return timedelta(seconds=self.hold_seconds)


class WrongSetting(Exception):
    """A setting has a value that cannot be; the message is one line naming it."""


def read_settings(**overrides: object) -> Settings:
    """Read the environment; `overrides` (from the command line) win. Raises WrongSetting."""
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "BMC_" + "_".join(str(part) for part in first["loc"]).upper()
        raise WrongSetting(f"{name}: {first['msg'].removeprefix('Value error, ')} (it is {first['input']!r})") from None
