"""Everything outside is named by a URL; the scheme picks the adapter. An empty URL means the embedded one.

The adapters of the distributed system are imported only where they are used: a start on one machine is quicker for it.
"""

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp

from bmc.home import Home, derive
from shared.blobs.files import files_app
from shared.blobs.local import LocalBlobStore
from shared.blobs.store import BlobStore
from shared.clock import Clock
from shared.events.bus import Bus
from shared.events.log import LogBus
from shared.mail.mailbox import Mailbox
from shared.mail.mailbox_app import mailbox_app
from shared.mail.mailer import Mailer
from shared.mail.smtp import SmtpMailer
from shared.settings import Settings, WrongSetting
from shared.stores.embedded_mongod import EmbeddedMongod

Port = TypeVar("Port")
KAFKA = ("kafka", "kafkas")
LEAST_SECRET = 32
"""Characters of a production secret: every key is derived from it, and 16 bytes in hexadecimal are as many."""


@dataclass(frozen=True, slots=True)
class Adapter(Generic[Port]):
    """An open port, where it keeps things (for people), and the app that it wants served, if any."""

    port: Port
    place: str
    app: ASGIApp | None = None


async def open_mongo(settings: Settings, home: Home, closing: AsyncExitStack) -> Adapter[str]:
    """Answer the URL of MongoDB: the given one, else that of an embedded mongod, which ends with `closing`."""
    if settings.mongo_url:
        _refuse_unless("BMC_MONGO_URL", settings.mongo_url, "mongodb", "mongodb+srv")
        return Adapter(settings.mongo_url, _shown(settings.mongo_url))
    mongod = EmbeddedMongod(home.place("mongo"))
    url = await mongod.start()
    closing.push_async_callback(mongod.stop)
    return Adapter(url, f"embedded mongod, {home.place('mongo')}")


def sql_url(settings: Settings, home: Home, name: str) -> str:
    """Answer where a subgraph's tables live."""
    if settings.sql_url:
        _refuse_unless("BMC_SQL_URL", settings.sql_url, "sqlite+aiosqlite", "mysql+aiomysql")
        return settings.sql_url
    return f"sqlite+aiosqlite:///{home.place(f'{name}.db')}"


async def open_bus(settings: Settings, home: Home, clock: Clock, closing: AsyncExitStack) -> Adapter[Bus]:
    """Open the bus."""
    url = settings.bus_url or f"file://{home.place('events.db')}"
    _refuse_unless("BMC_BUS_URL", url, "file", "memory", *KAFKA)
    if urlsplit(url).scheme in KAFKA:
        return await _open_kafka(url, clock, closing)
    path = None if url.startswith("memory:") else _path(url)
    bus = await LogBus.open(path, clock=clock)
    closing.push_async_callback(bus.close)
    return Adapter(bus, str(path or "memory"))


async def _open_kafka(url: str, clock: Clock, closing: AsyncExitStack) -> Adapter[Bus]:
    from shared.events.kafka import KafkaBus

    with _naming("BMC_BUS_URL"):
        bus = await KafkaBus.open(url, clock=clock)
    closing.push_async_callback(bus.close)
    return Adapter(bus, _shown(url))


def open_blobs(settings: Settings, home: Home, clock: Clock, closing: AsyncExitStack) -> Adapter[BlobStore]:
    """Open the blob store."""
    url = settings.blobs_url or f"file://{home.place('files')}"
    _refuse_unless("BMC_BLOBS_URL", url, "file", "s3")
    if url.startswith("s3:"):
        from shared.blobs.s3 import S3BlobStore

        with _naming("BMC_BLOBS_URL"):
            bucket = S3BlobStore.open(url, clock)
        closing.callback(bucket.close)
        return Adapter(bucket, _shown(url))
    store = LocalBlobStore(_path(url), settings.base_url, derive(secret_of(settings, home), "files"), clock)
    return Adapter(store, str(_path(url)), files_app(store))


def open_mailer(settings: Settings, home: Home, clock: Clock, closing: AsyncExitStack) -> Adapter[Mailer]:
    """Open the mailer. The mailbox shows everybody's mail, so production refuses it."""
    url = settings.mail_url
    if url and not url.startswith("mailbox:"):
        _refuse_unless("BMC_MAIL_URL", url, "smtp", "smtps", "ses", "mailbox")
        with _naming("BMC_MAIL_URL"):
            if not url.startswith("ses:"):
                return Adapter(SmtpMailer(url, settings.mail_from, clock), _shown(url))
            from shared.mail.ses import SesMailer

            mailer = SesMailer.open(url, settings.mail_from, clock)
        closing.callback(mailer.close)
        return Adapter(mailer, _shown(url))
    if settings.env == "production":
        raise WrongSetting("BMC_MAIL_URL: production needs smtp://… or ses://…; the mailbox shows everybody's mail")
    mailbox = Mailbox(home.place("mail.db"), clock)
    return Adapter(mailbox, f"{settings.base_url}/mailbox", mailbox_app(mailbox))


def secret_of(settings: Settings, home: Home) -> bytes:
    """Answer the platform's secret: the setting, else one kept in the home folder (development only)."""
    given = settings.secret_key.get_secret_value()
    if settings.env == "production" and 0 < len(given) < LEAST_SECRET:
        raise WrongSetting(f"BMC_SECRET_KEY: production needs at least {LEAST_SECRET} characters")
    if given:
        return given.encode()
    if settings.env == "production":
        raise WrongSetting("BMC_SECRET_KEY: production needs a secret of its own")
    return home.secret()


@contextmanager
def _naming(setting: str) -> Iterator[None]:
    """Have an adapter's refusal of its URL name the setting."""
    try:
        yield
    except ValueError as error:
        raise WrongSetting(f"{setting}: {error}") from error


def _refuse_unless(setting: str, url: str, *schemes: str) -> None:
    scheme = urlsplit(url).scheme
    if scheme not in schemes:
        raise WrongSetting(
            f"{setting}: no adapter for {scheme}:// (there is {', '.join(f'{one}://' for one in schemes)})"
        )


def _path(url: str) -> Path:
    return Path(unquote(urlsplit(url).path)).absolute()


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}"
