"""What the adapters of Amazon's services share: their URLs, a client, and calls in a bounded pool of threads.

boto3 blocks, so calls run in threads; they are few, so that neither memory nor a slow service's connections grow
without bound, and a call for which no thread gets free in time fails without having begun. A call that has begun is
never abandoned: it ends by the client's own time-outs, and its place is given back only then. boto3 is imported when an
adapter is opened, and not before, because that costs a start a quarter of a second.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from shared.errors import BmcError

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config

Result = TypeVar("Result")

PATIENCE_SECONDS: Final = 5.0
"""So long a call waits for a thread."""
REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
THROTTLED: Final = frozenset(
    {"SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestTimeout"}
)


class AwsUnavailable(BmcError):
    """There is no answer, or the service says that it cannot now; whether the call had its effect is not known."""


class AwsRefused(BmcError):
    """The service answered that it will not; `code` is the service's word for why."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class AwsUrl:
    """`scheme://name/path?option=value`, read."""

    name: str
    path: str
    options: Mapping[str, str]

    @classmethod
    def read(cls, url: str, form: str, *, options: frozenset[str]) -> "AwsUrl":
        """Read a URL, or raise ValueError with the form it should have."""
        parts = urlsplit(url)
        given = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        if not parts.hostname or parts.username is not None or parts.netloc != parts.hostname:
            raise ValueError(f"it has the form {form}")
        for name, values in given.items():
            if name not in options:
                raise ValueError(f"there is no option {name!r}; it has the form {form}")
            if len(values) != 1 or not values[0]:
                raise ValueError(f"the option {name!r} needs one value")
        found = cls(parts.hostname, unquote(parts.path).strip("/"), {name: values[0] for name, values in given.items()})
        for name in options & found.options.keys():
            if name.endswith("endpoint") and not is_endpoint(found.options[name]):
                raise ValueError(f"the option {name!r} is http(s)://host[:port]")
        return found


def is_endpoint(url: str) -> bool:
    """Tell whether this is where a service may be: an address without a path."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.path or parts.query)


def checked_region(region: str) -> str:
    """Answer a region that looks like one, or raise ValueError."""
    if not REGION.fullmatch(region):
        raise ValueError(f"{region!r} is not a region, such as eu-central-1")
    return region


def make_session() -> "Session":
    """Make a session with the credentials of boto3's own chain; raises ValueError if there are none."""
    from boto3.session import Session

    session = Session()
    if session.get_credentials() is None:
        raise ValueError("there are no AWS credentials: neither in the environment, nor in a profile, nor of the host")
    return session


def make_config(*, connections: int, attempts: int, read_seconds: float, path_style: bool = False) -> "Config":
    """Make a client's settings: how many connections, how often it tries, how long it waits for an answer."""
    from botocore.config import Config

    return Config(
        connect_timeout=2.0,
        read_timeout=read_seconds,
        retries={"total_max_attempts": attempts, "mode": "standard"},
        max_pool_connections=connections,
        s3={"addressing_style": "path" if path_style else "virtual"},
    )


class Calls:
    """Runs blocking calls in threads of its own, at most `at_once` side by side."""

    def __init__(self, name: str, at_once: int, patience: float = PATIENCE_SECONDS) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._places = asyncio.Semaphore(at_once)
        self._patience = patience

    async def run(self, call: Callable[[], Result]) -> Result:
        """Answer what the call answers; raises AwsUnavailable, AwsRefused."""
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError as error:
            raise AwsUnavailable("every thread is taken") from error
        running = asyncio.get_running_loop().run_in_executor(self._pool, _translated, call)
        running.add_done_callback(self._done)
        return await asyncio.shield(running)

    def _done(self, ended: "asyncio.Future[Result]") -> None:
        self._places.release()
        if not ended.cancelled():
            # Whoever waited may be gone; then nobody else looks at it.
            ended.exception()

    def close(self) -> None:
        """Take no more calls; those that run end by themselves."""
        self._pool.shutdown(wait=False)


def _translated(call: Callable[[], Result]) -> Result:
    from botocore import exceptions as aws

    try:
        return call()
    except aws.ClientError as error:
        told = error.response.get("Error", {})
        code, status = told.get("Code", "?"), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in THROTTLED:
            raise AwsUnavailable(f"{code} ({status})") from error
        raise AwsRefused(code, status, told.get("Message", "")) from error
    except (
        aws.HTTPClientError,
        aws.ConnectionError,
        aws.IncompleteReadError,
        aws.FlexibleChecksumError,
        # The host's credentials are fetched over the network too.
        aws.CredentialRetrievalError,
        aws.NoCredentialsError,
        aws.MetadataRetrievalError,
    ) as error:
        raise AwsUnavailable(type(error).__name__) from error
