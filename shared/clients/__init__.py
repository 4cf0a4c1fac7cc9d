"""Clients of the other parts: how one subgraph asks another, over HTTP and the federation protocol, never by import."""
