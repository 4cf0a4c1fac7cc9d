"""Pages of other sites: nothing is allowed that is not listed, and nothing is done for them unasked."""

from __future__ import annotations

from typing import Any

import pytest

from router.config import RouterConfig, parse_config
from router.errors import ConfigError

from .clients import WebSocketClient, exchange, post
from .federation import Federation

SHOP = "https://shop.example"
QUERY = "query=%7Busers%7Bid%7D%7D"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,authorization",
}


def federation(**cors: Any) -> Federation:
    settings = {"cors": {"origins": [SHOP], **cors}}
    return Federation(RouterConfig.model_validate(settings))


def about_origins(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith("access-control-")}


async def test_without_settings_no_origin_is_allowed_anything() -> None:
    closed = Federation()

    preflight = await exchange(closed.app, "OPTIONS", "/graphql", headers={"origin": SHOP, **PREFLIGHT})
    answer = await post(closed.app, "{ users { id } }", {"origin": SHOP})

    assert preflight.status == 405
    assert about_origins(preflight.headers) == about_origins(answer.headers) == {}


async def test_a_listed_origin_may_ask_and_read() -> None:
    router = federation()

    preflight = await exchange(router.app, "OPTIONS", "/graphql", headers={"origin": SHOP, **PREFLIGHT})
    answer = await post(router.app, "{ users { id } }", {"origin": SHOP, "sec-fetch-site": "cross-site"})

    assert (preflight.status, preflight.body) == (204, b"")
    assert about_origins(preflight.headers) == {
        "access-control-allow-origin": SHOP,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "content-type,authorization",
        "access-control-max-age": "7200",
        "access-control-expose-headers": "x-correlation-id, retry-after",
    }
    assert preflight.headers["vary"] == "origin, access-control-request-method, access-control-request-headers"
    assert answer.status == 200
    assert about_origins(answer.headers) == {
        "access-control-allow-origin": SHOP,
        "access-control-expose-headers": "x-correlation-id, retry-after",
    }
    assert "origin" in answer.headers["vary"].split(", ")


async def test_refusals_and_streams_may_be_read_as_well() -> None:
    router = federation()

    refusal = await exchange(router.app, "POST", "/graphql", headers={"origin": SHOP}, body=b"{}")
    stream = await post(router.app, "{ users { id } }", {"origin": SHOP, "accept": "text/event-stream"})

    assert refusal.status == 415
    assert refusal.headers["access-control-allow-origin"] == stream.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://shop.example", SHOP + ":8443", "null", SHOP + ".evil"]
)
async def test_any_other_origin_is_told_nothing_and_may_not_read(origin: str) -> None:
    router = federation(credentials=True)

    preflight = await exchange(router.app, "OPTIONS", "/graphql", headers={"origin": origin, **PREFLIGHT})
    answer = await post(router.app, "{ users { id } }", {"origin": origin})

    assert preflight.status == 204
    assert about_origins(preflight.headers) == about_origins(answer.headers) == {}
    assert "origin" in answer.headers["vary"].split(", ")


async def test_credentials_are_allowed_to_the_origin_by_its_name() -> None:
    router = federation(credentials=True, headers=["content-type", "authorization"], max_age_seconds=5)

    preflight = await exchange(router.app, "OPTIONS", "/graphql", headers={"origin": SHOP, **PREFLIGHT})

    assert preflight.headers["access-control-allow-credentials"] == "true"
    assert preflight.headers["access-control-allow-origin"] == SHOP
    assert preflight.headers["access-control-allow-headers"] == "content-type, authorization"
    assert preflight.headers["access-control-max-age"] == "5"


async def test_a_star_allows_all_without_credentials() -> None:
    router = federation(origins=["*"])

    answer = await post(router.app, "{ users { id } }", {"origin": "https://any.example"})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("cors", "line"),
    [
        ({"origins": []}, "wrong setting cors.origins: "),
        ({"origins": ["shop.example"]}, "wrong setting cors.origins: an origin is scheme://host"),
        ({"origins": [SHOP + "/"]}, "wrong setting cors.origins: an origin is scheme://host"),
        ({"origins": ["https://Shop.example"]}, "wrong setting cors.origins: an origin is scheme://host"),
        ({"origins": ["*"], "credentials": True}, "wrong setting cors: credentials are allowed to origins that"),
    ],
)
def test_wrong_origins_are_named(cors: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        parse_config({"cors": cors})

    assert line in refusal.value.message


async def test_a_plain_options_request_is_not_a_preflight() -> None:
    assert (await exchange(federation().app, "OPTIONS", "/graphql", headers={"origin": SHOP})).status == 405


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({}, {}, 200),
        ({}, {"sec-fetch-site": "same-origin"}, 200),
        ({}, {"sec-fetch-site": "cross-site"}, 403),
        ({}, {"sec-fetch-site": "cross-site", "content-type": "text/plain; charset=utf-8"}, 403),
        ({}, {"sec-fetch-site": "cross-site", "apollo-require-preflight": ""}, 403),
        ({}, {"sec-fetch-site": "cross-site", "apollo-require-preflight": "true"}, 200),
        ({}, {"sec-fetch-site": "cross-site", "x-apollo-operation-name": "Q"}, 200),
        ({}, {"sec-fetch-site": "cross-site", "content-type": "application/json"}, 200),
        ({"cors": {"origins": [SHOP]}}, {"sec-fetch-site": "cross-site", "origin": SHOP}, 200),
        ({"cors": {"origins": [SHOP]}}, {"origin": "https://evil.example"}, 403),
        ({"cors": {"origins": [SHOP]}}, {"origin": "http://router", "host": "router"}, 200),
        ({"csrf_prevention": "preflight"}, {}, 403),
        ({"csrf_prevention": "preflight"}, {"sec-fetch-site": "same-origin"}, 403),
        ({"csrf_prevention": "preflight"}, {"graphql-require-preflight": "1"}, 200),
        ({"csrf_prevention": "preflight"}, {"content-type": "application/json"}, 200),
        ({"csrf_prevention": "preflight"}, {"content-type": "application/x-www-form-urlencoded"}, 403),
    ],
)
async def test_a_get_that_another_site_could_make_a_browser_send_is_not_run(
    settings: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    router = Federation(RouterConfig.model_validate(settings))

    answer = await exchange(router.app, "GET", "/graphql", query=QUERY, headers=headers)

    assert answer.status == status
    assert len(router.accounts.queries) == (status == 200)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_post_that_needs_no_preflight_is_never_run(content_type: str) -> None:
    router = Federation()

    answer = await exchange(
        router.app,
        "POST",
        "/graphql",
        headers={"content-type": content_type, "x-apollo-operation-name": "Q"},
        body=b'{"query":"mutation { rename(id: 1, input: {name: \\"x\\"}) { id } }"}',
    )

    assert answer.status == 415
    assert router.accounts.queries == []


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({}, {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}),
        ({"cors": {"origins": [SHOP]}}, {"origin": "https://evil.example", "host": "router"}),
        ({"cors": {"origins": [SHOP]}}, {"origin": "null"}),
    ],
)
async def test_a_page_of_another_site_cannot_open_a_websocket(
    settings: dict[str, Any], headers: dict[str, str]
) -> None:
    router = Federation(RouterConfig.model_validate(settings))

    with pytest.raises(AssertionError):
        async with WebSocketClient(router.app, headers):
            pass


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({}, {"origin": "https://front.example"}),
        ({}, {"sec-fetch-site": "same-origin", "origin": "http://router"}),
        ({"cors": {"origins": [SHOP]}}, {"sec-fetch-site": "cross-site", "origin": SHOP}),
        ({"cors": {"origins": [SHOP]}}, {"origin": "http://router", "host": "router"}),
        ({"cors": {"origins": [SHOP]}}, {}),
    ],
)
async def test_our_own_pages_and_listed_ones_can(settings: dict[str, Any], headers: dict[str, str]) -> None:
    router = Federation(RouterConfig.model_validate(settings))

    async with WebSocketClient(router.app, headers) as client:
        assert await client.initialise() == {"type": "connection_ack"}
