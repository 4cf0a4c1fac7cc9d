"""GraphQL scaffolding of every subgraph: scalars, value types, access rules, schema, HTTP and WebSocket door."""
