"""The HTTP port: one request, one answer. Embedded, the answer may come from an app in this process.

A failure to answer tells whether the request can have had an effect, because that decides who may try again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.errors import BmcError


class HttpFailed(BmcError):
    """There is no answer. One of the two below is raised."""


class ConnectFailed(HttpFailed):
    """The peer was never reached: the request has had no effect."""


class NoAnswer(HttpFailed):
    """The peer was reached, but timed out or broke off: the request may have had its effect."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back, whatever its status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http(Protocol):
    """Sends requests. Follows no redirect, keeps no cookie, tries once."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - Only the port itself can tell "never reached" from "no answer in time".
    ) -> HttpAnswer:
        """Answer within `timeout` seconds in all, or raise `HttpFailed`."""
        ...
