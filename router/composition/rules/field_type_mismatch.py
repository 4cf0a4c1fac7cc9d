"""FIELD_TYPE_MISMATCH: the subgraphs' types of a field do not fit one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.composition.merge import Assembly
from router.composition.merge.assembly import resolving
from router.composition.merge.references import fit_together, merge_input_type, merge_output_type
from router.composition.model import Kind
from router.composition.rules.wording import disagreement
from router.composition.type_reference import TypeReference
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name, field, sources in assembly.fields():
        real = resolving(sources)
        types = [source.field.type for source in real]
        if not fit_together(assembly, types, merge_output_type(assembly, types), output=True):
            who = [(source.facts.name, source.field.type) for source in real]
            yield _issue(f"{name}.{field}", who, real[0].field.line)
    for name in assembly.of_kind(Kind.INPUT):
        for field in assembly.input_names(name):
            values = assembly.input_sources(name, field)
            types = [source.value.type for source in values]
            if not fit_together(assembly, types, merge_input_type(assembly, types), output=False):
                who = [(source.facts.name, source.value.type) for source in values]
                yield _issue(f"{name}.{field}", who, values[0].value.line)


def _issue(coordinate: str, who: Sequence[tuple[str, TypeReference]], line: int | None) -> CompositionIssue:
    has = disagreement((subgraph, f'type "{reference}"') for subgraph, reference in who)
    message = f'Type of field "{coordinate}" is incompatible across subgraphs: it has {has}'
    return CompositionIssue("FIELD_TYPE_MISMATCH", message, who[0][0], line)
