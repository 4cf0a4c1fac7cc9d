"""The composition root and the command line: the only package that knows both the router and the subgraphs."""
