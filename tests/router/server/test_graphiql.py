"""GraphiQL: the page, its files, and its policy."""

from __future__ import annotations

import pytest

from router.server.graphiql import wheel_folder

from .clients import exchange
from .federation import Federation

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_a_browser_gets_a_page_that_loads_nothing_from_elsewhere() -> None:
    page = await exchange(Federation().app, "GET", "/graphql", headers=BROWSER)

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "http" not in policy
    assert b"//" not in page.body
    assert b"<script>" not in page.body


async def test_a_client_that_prefers_json_gets_json_at_the_same_address() -> None:
    headers = {"accept": "application/json, text/html;q=0.5"}
    answer = await exchange(Federation().app, "GET", "/graphql", query="query=%7B__typename%7D", headers=headers)

    assert answer.json == {"data": {"__typename": "Query"}}


@pytest.mark.skipif(wheel_folder() is None, reason="the wheel with GraphiQL's files is not installed")
async def test_every_file_the_page_names_is_served() -> None:
    app = Federation().app
    page = await exchange(app, "GET", "/graphql", headers=BROWSER)

    names = [part.partition(b'"')[0].decode() for part in page.body.split(b'"/graphiql/assets/')[1:]]
    answers = {name: await exchange(app, "GET", f"/graphiql/assets/{name}") for name in names}

    assert {"graphiql.min.js", "graphiql.min.css", "page.js", "page.css"} <= set(names)
    assert {answer.status for answer in answers.values()} == {200}
    assert answers["page.js"].headers["content-type"] == "text/javascript; charset=utf-8"
    assert answers["page.css"].headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "graphiql.html", "", "nothing.js"])
async def test_no_other_file_is_served(name: str) -> None:
    answer = await exchange(Federation().app, "GET", f"/graphiql/assets/{name}")

    assert answer.status == 404
