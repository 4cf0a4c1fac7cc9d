"""What `kafka://…` says: which brokers, how to be let in, and how topics are named and made.

    kafka://host:9092,host2:9092?prefix=bmc.&partitions=6&replicas=3
    kafkas://user:password@host:9096?mechanism=SCRAM-SHA-512&ca=/etc/ssl/kafka.pem

`kafkas` is TLS; a user means SASL. The prefix stands before the names of topics and groups, so that several platforms
share a cluster. Partitions and replicas are for topics that are made; without replicas the cluster's default is taken.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_OPTIONS: Final = ("prefix", "partitions", "replicas", "mechanism", "ca")
_URL: Final = re.compile(r"(kafkas?)://(?:([^@/?]*)@)?([^@/?]*)/?(?:\?(.*))?", re.DOTALL)
_SERVER: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
_PREFIX: Final = re.compile(r"[A-Za-z0-9._-]{0,100}")
_PORT: Final = 9092
_LAST_PORT: Final = 65_535
_MOST_PARTITIONS: Final = 1_000
_MOST_REPLICAS: Final = 100
_RETRY_MILLISECONDS: Final = 250
_METADATA_MILLISECONDS: Final = 60_000


@dataclass(frozen=True, slots=True)
class KafkaUrl:
    """A URL, read. `connection` is what every client of aiokafka is made with."""

    servers: tuple[str, ...]
    connection: Mapping[str, Any]
    prefix: str
    partitions: int
    replicas: int | None

    def named(self, name: str) -> str:
        """Answer the name that a topic or a group has on the cluster."""
        return f"{self.prefix}{name}"


def read_url(url: str) -> KafkaUrl:
    """Read a URL; raises ValueError with one line, which never holds the password."""
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError("expected kafka://host:port[,host:port…][?options]")
    scheme, account, hosts, query = found.groups()
    options = dict(parse_qsl(query or "", keep_blank_values=True))
    for name in options:
        if name not in _OPTIONS:
            raise ValueError(f"no option {name!r} (there is {', '.join(_OPTIONS)})")
    servers = tuple(_server(host) for host in hosts.split(","))
    prefix = options.get("prefix", "bmc.")
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"prefix: a topic cannot be called {prefix!r}")
    return KafkaUrl(
        servers=servers,
        connection={
            "bootstrap_servers": list(servers),
            "client_id": "bmc",
            "retry_backoff_ms": _RETRY_MILLISECONDS,
            "metadata_max_age_ms": _METADATA_MILLISECONDS,
            **_security(scheme == "kafkas", account, options),
        },
        prefix=prefix,
        partitions=_number(options, "partitions", _MOST_PARTITIONS) or 6,
        replicas=_number(options, "replicas", _MOST_REPLICAS),
    )


def _server(text: str) -> str:
    found = _SERVER.fullmatch(text)
    port = int(found[2] or _PORT) if found is not None else 0
    if found is None or not 0 < port <= _LAST_PORT:
        raise ValueError(f"expected host:port, not {text!r}")
    return f"{found[1]}:{port}"


def _number(options: Mapping[str, str], name: str, most: int) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= most:
        raise ValueError(f"{name}: expected a number from 1 to {most}, not {text!r}")
    return int(text)


def _security(encrypted: bool, account: str | None, options: Mapping[str, str]) -> dict[str, Any]:
    security: dict[str, Any] = {"security_protocol": "SSL" if encrypted else "PLAINTEXT"}
    if encrypted:
        try:
            security["ssl_context"] = ssl.create_default_context(cafile=options.get("ca"))
        except OSError as error:
            raise ValueError(f"ca: cannot read {options.get('ca')}: {error.strerror or 'no certificate'}") from error
    elif "ca" in options:
        raise ValueError("ca: only kafkas:// is encrypted")
    if account is None:
        if "mechanism" in options:
            raise ValueError("mechanism: there is no user:password@ to show")
        return security
    user, colon, password = account.partition(":")
    mechanism = options.get("mechanism", "SCRAM-SHA-512")
    if not user or not colon or not password:
        raise ValueError("expected user:password before the @")
    if mechanism not in _MECHANISMS:
        raise ValueError(f"mechanism: expected one of {', '.join(_MECHANISMS)}, not {mechanism!r}")
    return security | {
        "security_protocol": "SASL_SSL" if encrypted else "SASL_PLAINTEXT",
        "sasl_mechanism": mechanism,
        "sasl_plain_username": unquote(user),
        "sasl_plain_password": unquote(password),
    }
