"""The subgraphs, one folder a domain. They never import one another: text (schema.graphql, events.json) is the seam."""
