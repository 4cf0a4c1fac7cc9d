"""The router's settings: one frozen model, read from one YAML file and the environment.

Every setting has a default, so that a supergraph alone is enough. The environment wins over the file: `ROUTER_` and
the setting's name in capitals, levels joined by two underscores (`ROUTER_AUTH__JWKS_URL`); values are YAML, too.
An unknown or wrong key stops the start with one line that names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from router.errors import ConfigError

_PREFIX = "ROUTER_"
_TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
# Those that the router's own requests need, or that belong to one connection.
_NOT_FORWARDED = {
    "accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type",
    "expect", "host", "keep-alive", "te", "trailer", "traceparent", "tracestate", "transfer-encoding", "upgrade",
    "x-correlation-id", "x-forwarded-for",
}  # fmt: skip
_ASYMMETRIC = frozenset({"EdDSA", *(f"{kind}{bits}" for kind in ("ES", "RS", "PS") for bits in (256, 384, 512))})
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/-]*")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#A-Z\s]+")


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_word_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse YAML's yes, no, on and off where a number is meant; they would be 1 and 0."""
        kind = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and not {int, float}.isdisjoint((kind, *get_args(kind))):
            raise ValueError(f"must not be {str(value).lower()}")
        return value


def _http_address(url: str | None) -> str | None:
    parts = urlsplit(url) if url is not None else None
    if parts is not None and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("must be an address that begins with http:// or https://")
    return url


class AuthConfig(_Settings):
    """How tokens are verified; algorithms are pinned here and must be asymmetric."""

    jwks_url: str
    issuer: str | None = None
    audience: str | None = None
    algorithms: tuple[str, ...] = ("EdDSA", "ES256", "RS256")
    leeway_seconds: float = Field(default=5, ge=0)
    keys_cached_seconds: float = Field(default=300, gt=0)
    keys_refetched_after_seconds: float = Field(default=10, ge=0)

    _is_address = field_validator("jwks_url")(_http_address)

    @field_validator("algorithms")
    @classmethod
    def _only_asymmetric(cls, algorithms: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in algorithms if name not in _ASYMMETRIC]
        if wrong or not algorithms:
            raise ValueError(f"algorithms must be asymmetric signatures, not {', '.join(wrong) or 'none at all'}")
        return algorithms


class AuthorizationConfig(_Settings):
    """What becomes of fields which their access rules keep from the caller, and who meets the rules.

    `policies` says by which claims a token meets a policy: all that are listed, each with one of its values.
    """

    unauthorized: Literal["null", "refuse"] = "null"
    scope_claim: str = "scope"
    policies: Mapping[str, Mapping[str, tuple[str | int | bool, ...]]] = Field(default_factory=dict)


class PersistedConfig(_Settings):
    """Operations named by their hash: remembered as clients send them, or only those listed in a file."""

    automatic: bool = False
    remembered: int = Field(default=1000, gt=0)
    allow_list: Path | None = None


class RateConfig(_Settings):
    """How many operations a caller may send in a second over time, and how many at once; each worker counts alone."""

    per_second: float = Field(gt=0)
    burst: int = Field(gt=0)


class LimitsConfig(_Settings):
    """What one request may ask for; all but `subgraph_response_bytes` are checked before any subgraph is called.

    `height` counts all fields, fragments spread out, `field_pairs` those of one name in one place, which have to be
    compared. `cost` is estimated by @cost and @listSize, with lists of unknown length taken as `cost_list_size` long.
    Those that are None are off.
    """

    body_bytes: int = Field(default=1_048_576, gt=0)
    document_characters: int = Field(default=100_000, gt=0)
    tokens: int = Field(default=15_000, gt=0)
    depth: int = Field(default=30, gt=0)
    height: int | None = Field(default=10_000, gt=0)
    field_pairs: int = Field(default=20_000, gt=0)
    aliases: int = Field(default=100, ge=0)
    root_fields: int = Field(default=50, gt=0)
    directives: int = Field(default=100, ge=0)
    cost: int | None = Field(default=None, ge=0)
    cost_list_size: int = Field(default=10, ge=0)
    rate: RateConfig | None = None
    subgraph_response_bytes: int = Field(default=32 * 1_048_576, gt=0)
    websockets_per_client: int = Field(default=1000, gt=0)
    subscriptions_per_websocket: int = Field(default=100, gt=0)
    streams_per_client: int = Field(default=1000, gt=0)


class CorsConfig(_Settings):
    """From which origins pages may ask and read answers: those listed, or `*`. Without this, from none but our own.

    `headers` are those that pages may send; if none is listed, any. `credentials` are cookies and TLS certificates;
    a token in a header needs no credentials. They are allowed only to origins that are listed by name.
    """

    origins: tuple[str, ...] = Field(min_length=1)
    credentials: bool = False
    headers: tuple[str, ...] = ()
    exposed_headers: tuple[str, ...] = ("x-correlation-id", "retry-after")
    max_age_seconds: int = Field(default=7200, ge=0)

    @field_validator("origins")
    @classmethod
    def _origins_alone(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [origin for origin in origins if origin != "*" and not _ORIGIN.fullmatch(origin)]
        if wrong:
            raise ValueError(f"an origin is scheme://host or scheme://host:port, in lower case, not {', '.join(wrong)}")
        return origins

    @model_validator(mode="after")
    def _credentials_to_known_origins(self) -> Self:
        if self.credentials and "*" in self.origins:
            raise ValueError("credentials are allowed to origins that are listed, not to *")
        return self


class CompressionConfig(_Settings):
    """Compression of answers by gzip, from so many bytes on, for clients that ask for it; streams are never."""

    enabled: bool = True
    minimum_bytes: int = Field(default=4096, ge=0)


class SubgraphConfig(_Settings):
    """What one subgraph has of its own; `url` replaces the supergraph's routing_url.

    `compression` by gzip pays over a slow network only: of its answers, or of both, which it must know to take.
    """

    url: str | None = None
    timeout_seconds: float | None = Field(default=None, gt=0)
    subscription_protocol: Literal["websocket", "sse"] = "websocket"
    compression: Literal["none", "answers", "both"] = "none"

    _is_address = field_validator("url")(_http_address)


class ConnectionsConfig(_Settings):
    """What a client's connection may take, so that slow or silent ones hold nothing for long.

    A request's head must have arrived `head_seconds` after its first byte, or after the connection was made; the whole
    request `request_seconds` after it. A connection without a request is kept `idle_seconds`; one that does not read
    what it is sent, `stalled_seconds`. When the server ends, an idle connection is kept `linger_seconds` for one last
    request, which may be on its way.
    """

    head_bytes: int = Field(default=65_536, gt=0)
    head_seconds: float = Field(default=10, gt=0)
    request_seconds: float = Field(default=30, gt=0)
    idle_seconds: float = Field(default=75, gt=0)
    stalled_seconds: float = Field(default=60, gt=0)
    linger_seconds: float = Field(default=1, ge=0)


class SubscriptionsConfig(_Settings):
    """Times of subscriptions, in seconds."""

    init_seconds: float = Field(default=10, gt=0)
    heartbeat_seconds: float = Field(default=12, gt=0)
    reconnect_attempts: int = Field(default=5, ge=0)
    reconnect_seconds: float = Field(default=0.1, gt=0)


class BreakerConfig(_Settings):
    """After so many failures in a row, a subgraph is left alone for so long; then one request tries it."""

    failures: int = Field(default=20, gt=0)
    pause_seconds: float = Field(default=2, gt=0)


class RouterConfig(_Settings):
    """All settings. Those that are None follow `environment`: on in development, off in production.

    When the server ends it says so by `/ready` for `drain_notice_seconds` and still takes connections, so that a
    balancer can look away; then requests have `drain_seconds` to finish. `csrf_prevention` refuses a GET where the
    browser says that it comes from another site, or, by `preflight`, any that has no header which needs a preflight.
    `labels` say for what percentage of requests each label of a progressive override is on.
    `trusted_proxies` are addresses and networks in front of the router, whose word for who the client is counts.
    """

    environment: Literal["development", "production"] = "development"
    path: str = "/graphql"
    introspection: bool | None = None
    graphiql: bool | None = None
    suggestions: bool | None = None
    query_plans: bool | None = None
    cors: CorsConfig | None = None
    csrf_prevention: Literal["fetch-metadata", "preflight"] = "fetch-metadata"
    compression: CompressionConfig = CompressionConfig()
    cache_control: str | None = "no-store"
    auth: AuthConfig | None = None
    authorization: AuthorizationConfig = AuthorizationConfig()
    persisted: PersistedConfig = PersistedConfig()
    limits: LimitsConfig = LimitsConfig()
    connections: ConnectionsConfig = ConnectionsConfig()
    subscriptions: SubscriptionsConfig = SubscriptionsConfig()
    breaker: BreakerConfig = BreakerConfig()
    subgraphs: Mapping[str, SubgraphConfig] = Field(default_factory=dict)
    labels: Mapping[str, Annotated[float, Field(ge=0, le=100)]] = Field(default_factory=dict)
    timeout_seconds: float = Field(default=30, gt=0)
    connections_per_subgraph: int = Field(default=256, gt=0)
    forward_headers: tuple[str, ...] = ("accept-language", "idempotency-key")
    proof_header: str = "x-router-proof"
    proof_secret: str | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    deduplicate: bool = True
    cached_operations: int = Field(default=1000, gt=0)
    drain_notice_seconds: float = Field(default=0, ge=0)
    drain_seconds: float = Field(default=10, ge=0)
    access_log: bool = True

    @field_validator("forward_headers")
    @classmethod
    def _may_be_forwarded(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in names if not _TOKEN.fullmatch(name) or name in _NOT_FORWARDED]
        if wrong:
            raise ValueError(f"may not be forwarded, or is no header's name in lower case: {', '.join(wrong)}")
        return names

    @field_validator("proof_header")
    @classmethod
    def _is_header(cls, name: str) -> str:
        if not _TOKEN.fullmatch(name) or name in _NOT_FORWARDED:
            raise ValueError("must be the name of a header of its own, in lower case")
        return name

    @field_validator("proof_secret", "cache_control")
    @classmethod
    def _fits_into_a_header(cls, value: str | None) -> str | None:
        if value is not None and not (value and value.isascii() and value.isprintable()):
            raise ValueError("must be printable ASCII")
        return value

    @field_validator("path")
    @classmethod
    def _rooted(cls, path: str) -> str:
        if not path.startswith("/"):
            raise ValueError("path must begin with /")
        if not _PATH.fullmatch(path):
            raise ValueError("path must be the path of an address, as it is sent and without a query")
        if path in {"/health", "/ready", "/metrics"}:
            raise ValueError("path must not be that of a probe")
        return path

    @model_validator(mode="after")
    def _proof_is_ours_alone(self) -> Self:
        if self.proof_header in self.forward_headers:
            raise ValueError(f"forward_headers must not name the proof_header, {self.proof_header}")
        return self

    def is_on(self, setting: Literal["introspection", "graphiql", "suggestions", "query_plans"]) -> bool:
        """Whether a convenience of development is on."""
        chosen: bool | None = getattr(self, setting)
        return self.environment == "development" if chosen is None else chosen


def load_config(path: Path | None, environment: Mapping[str, str]) -> RouterConfig:
    """Read the settings; raises `ConfigError` of one line."""
    settings: dict[str, Any] = {}
    if path is not None:
        loaded = read_yaml(path)
        if loaded is not None and not isinstance(loaded, dict):
            raise ConfigError(f"{path}: settings must be a mapping")
        settings = loaded or {}
    for name, value in environment.items():
        if name.startswith(_PREFIX):
            _put(settings, name, value)
    return parse_config(settings)


def read_yaml(path: Path) -> Any:
    """Read a YAML file in which no key stands twice; raises `ConfigError` of one line."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  It is a safe one.
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from error


class _Loader(yaml.SafeLoader):
    """YAML's own loader takes the last of two equal keys, and forgets the first with all that is in it."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.YAMLError(f"{key.value} stands twice, the second time in line {key.start_mark.line + 1}")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def parse_config(settings: Mapping[str, Any]) -> RouterConfig:
    try:
        return RouterConfig.model_validate(settings)
    except ValidationError as error:
        raise ConfigError("; ".join(dict.fromkeys(_describe(fault) for fault in error.errors()))) from error


def _put(settings: dict[str, Any], name: str, value: str) -> None:
    *levels, key = name.removeprefix(_PREFIX).lower().split("__")
    for level in levels:
        inner = settings.setdefault(level, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{name}: {level} is not a group of settings")
        settings = inner
    try:
        settings[key] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: {' '.join(str(error).split())}") from error


def _describe(fault: Any) -> str:
    # Of alternatives pydantic says in brackets which one it tried.
    name = ".".join(str(part) for part in fault["loc"] if "[" not in str(part))
    if fault["type"] == "extra_forbidden":
        return f"unknown setting {name}"
    message = " ".join(fault["msg"].removeprefix("Value error, ").split())
    return f"wrong setting {name}: {message}" if name else f"wrong settings: {message}"
