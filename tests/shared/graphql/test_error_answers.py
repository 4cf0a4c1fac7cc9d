"""What a subgraph's client is told of an exception: the code of what was expected, and nothing of what was not."""

from types import SimpleNamespace

import pytest
import strawberry
from pymongo.errors import AutoReconnect, ConnectionFailure, DuplicateKeyError, ServerSelectionTimeoutError

from shared.auth import ANONYMOUS
from shared.errors import SubgraphUnavailable
from shared.graphql.access import PUBLIC
from shared.graphql.schema import make_schema
from shared.stores.transactions import StoreUnavailable


async def told_of(error: Exception) -> tuple[str, str]:
    @strawberry.type
    class Query:
        @strawberry.field
        def thing(self) -> str:
            raise error

    schema = make_schema({"Query.thing": PUBLIC}, query=Query)
    context = SimpleNamespace(caller=ANONYMOUS, correlation_id="req_1", operation=None)
    result = await schema.execute("{ thing }", context_value=context)
    assert result.errors is not None
    (answer,) = result.errors
    assert answer.extensions is not None
    return answer.extensions["code"], answer.message


@pytest.mark.parametrize("error", [AutoReconnect, ConnectionFailure, ServerSelectionTimeoutError])
async def test_documents_that_do_not_answer_are_a_store_that_is_away(error: type[Exception]) -> None:
    assert await told_of(error("mongo-7.internal:27017")) == ("SUBGRAPH_UNAVAILABLE", StoreUnavailable.message)


async def test_a_part_that_does_not_answer_says_so() -> None:
    assert await told_of(SubgraphUnavailable()) == ("SUBGRAPH_UNAVAILABLE", SubgraphUnavailable.message)


async def test_a_fault_says_nothing_of_itself() -> None:
    assert await told_of(DuplicateKeyError("canary okapi")) == (
        "INTERNAL_SERVER_ERROR",
        "Something went wrong on our side.",
    )
