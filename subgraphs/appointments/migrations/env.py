"""Alembic's entry: which tables this subgraph has."""  # noqa: INP001  Alembic loads the folder by its path; as a package it would be a layer.

from shared.stores.migrations import run_migrations
from subgraphs.appointments.tables import METADATA

run_migrations(METADATA)
