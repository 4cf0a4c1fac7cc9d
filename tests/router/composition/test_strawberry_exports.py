"""A schema as Strawberry exports it for federation composes as it is."""

import strawberry
from graphql import parse
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from router.composition import SubgraphSource, compose


@strawberry.federation.interface
class Named:
    name: str


@strawberry.federation.type(keys=["id"], description="Who uses it.")
class User(Named):
    id: strawberry.ID
    name: str = strawberry.federation.field(shareable=True, description="What to call them.")


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Doctor:
    id: strawberry.ID


@strawberry.federation.type(extend=True, keys=["id"])
class Visit:
    id: strawberry.ID = strawberry.federation.field(external=True)


@strawberry.type
class Query:
    me: User
    doctor: Doctor
    visit: Visit


def test_schema_that_strawberry_exports_composes() -> None:
    sdl = strawberry.federation.Schema(query=Query, federation_version="2.9").as_str()
    visits = 'type Visit @key(fields: "id") { id: ID! at: String }\ntype Query { visits: [Visit] }'

    supergraph = compose(
        [SubgraphSource("users", "http://users", sdl), SubgraphSource("visits", "http://visits", visits)]
    )

    parse(supergraph)
    assert '  @join__type(graph: USERS, key: "id", resolvable: false)\n' in supergraph
    assert '  """\n  What to call them.\n  """\n  name: String!\n' in supergraph
    assert '  @join__type(graph: USERS, key: "id", extension: true)\n' in supergraph
    assert "  me: User! @join__field(graph: USERS)\n" in supergraph
