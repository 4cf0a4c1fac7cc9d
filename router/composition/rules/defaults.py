"""Compares the default values that subgraphs give to one argument or input field."""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.assembly import InputSource
from router.composition.rules.wording import disagreement


def clash(sources: Sequence[InputSource]) -> str | None:
    """Say who has which default if two differ; having none beside one is no clash."""
    given = [source.value.default for source in sources if source.value.default is not None]
    if all(default == given[0] for default in given):
        return None
    return disagreement((source.facts.name, default_text(source)) for source in sources)


def default_text(source: InputSource) -> str:
    default = source.value.default
    return "no default value" if default is None else f"default value {default.text}"
