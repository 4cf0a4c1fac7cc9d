"""Who calls, and what of a head goes on to subgraphs."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

import pytest

from router.config import RouterConfig
from router.server.callers import client_behind, continue_trace, identify_caller, read_headers, read_traceparent

PROXIES = (IPv4Network("10.0.0.0/8"), IPv6Network("fd00::/8"))
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
IDS = "".join(f"{number % 16:x}" for number in range(80))


def test_repeated_lists_are_joined_and_of_others_the_last_counts() -> None:
    raw = [
        (b"X-Forwarded-For", b"192.0.2.1"),
        (b"Accept", b"text/html"),
        (b"x-a", b"1"),
        (b"ACCEPT", b"application/json"),
        (b"x-forwarded-for", b"10.0.0.1"),
        (b"X-A", b"2"),
    ]

    assert read_headers(raw) == {
        "x-forwarded-for": "192.0.2.1, 10.0.0.1",
        "accept": "text/html, application/json",
        "x-a": "2",
    }


@pytest.mark.parametrize(
    ("address", "forwarded_for", "client"),
    [
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.9, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.9, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        ("fd00::1", "2001:db8::5 ,10.0.0.2", "2001:db8::5"),
        ("192.0.2.7", "198.51.100.9", "192.0.2.7"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("", "192.0.2.1", ""),
    ],
)
def test_the_client_is_whom_the_last_trusted_proxy_was_called_by(address: str, forwarded_for: str, client: str) -> None:
    assert client_behind(address, forwarded_for, PROXIES) == client


def test_without_trusted_proxies_nobodys_word_counts() -> None:
    caller = identify_caller(("192.0.2.7", 5), RouterConfig(), {"x-forwarded-for": "198.51.100.9"})

    assert caller.address == "192.0.2.7"
    assert ("x-forwarded-for", "192.0.2.7") in caller.context.caller_headers


@pytest.mark.parametrize(
    ("header", "read"),
    [
        (TRACE, TRACE),
        (None, ""),
        ("", ""),
        (TRACE[:-1], ""),
        ("01" + TRACE[2:], ""),
        (TRACE.upper(), ""),
        (TRACE.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32), ""),
        (TRACE.replace("b7ad6b7169203331", "0" * 16), ""),
    ],
)
def test_what_is_no_trace_context_is_none(header: str | None, read: str) -> None:
    assert read_traceparent(header) == read


def test_a_trace_is_continued_under_a_span_of_our_own_or_begun() -> None:
    assert continue_trace(TRACE, IDS) == f"00-0af7651916cd43dd8448eb211c80319c-{IDS[64:80]}-01"
    assert continue_trace("", IDS) == f"00-{IDS[32:64]}-{IDS[64:80]}-01"


@pytest.mark.parametrize(("trace", "goes_on"), [(TRACE, True), ("rubbish", False)])
def test_the_state_of_a_trace_goes_on_with_its_trace_alone(trace: str, goes_on: bool) -> None:
    caller = identify_caller(None, RouterConfig(), {"traceparent": trace, "tracestate": "a=b"})

    assert (("tracestate", "a=b") in caller.context.trace_headers) is goes_on
