"""Prints the supergraph: its specifications, then all types by name, each directive of a type on a line of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from router.composition.features import (
    Feature,
    applied_directives,
    define_merged_directives,
    define_merged_scalars,
    find_features,
    override_labels,
)
from router.composition.model import (
    ROOTS,
    Directive,
    DirectiveDefinition,
    Field,
    InputValue,
    Kind,
    Subgraph,
    Supergraph,
    TypeDefinition,
)
from router.composition.specification import APOLLO_SPECS, CONTEXT
from router.composition.values import string_literal

_INDENT = "  "
_LINK = (
    "directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA",
    "scalar link__Import",
    '''enum link__Purpose {
  """
  `SECURITY` features provide metadata necessary to securely resolve fields.
  """
  SECURITY

  """
  `EXECUTION` features provide metadata necessary for operation execution.
  """
  EXECUTION
}''',
)
_JOIN_FIELD = (
    "directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String,"
    " external: Boolean, override: String, usedOverridden: Boolean{more})"
    " repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION"
)
_JOIN = (
    "directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE",
    "directive @join__graph(name: String!, url: String!) on ENUM_VALUE",
    "directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE",
    (
        "directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false,"
        " resolvable: Boolean! = true, isInterfaceObject: Boolean! = false)"
        " repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR"
    ),
    "directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION",
    "scalar join__FieldSet",
)
_JOIN_CONTEXTS = (
    """input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}""",
    "scalar join__FieldValue",
    # The context specification's other directive, which no supergraph applies.
    "directive @context__fromContext(field: context__ContextFieldValue) on ARGUMENT_DEFINITION",
    "scalar context__ContextFieldValue",
)


def print_supergraph(supergraph: Supergraph) -> str:
    """Print the whole supergraph; the same supergraph gives the same text."""
    types = supergraph.types.values()
    arguments = (value for one in supergraph.directive_definitions for value in one.arguments.values())
    applied = applied_directives(types) | frozenset(one.name for value in arguments for one in value.directives)
    version, arguments_of_join = _join_version(by_label=bool(override_labels(types)), contextual=CONTEXT in applied)
    parts = [
        _print_schema(supergraph, [*_own_features(version), *find_features(applied, supergraph.composed)]),
        *_LINK,
        _JOIN_FIELD.format(more=arguments_of_join),
        *_JOIN,
        *(_JOIN_CONTEXTS if CONTEXT in applied else ()),
        _print_graphs(supergraph.subgraphs),
        *define_merged_directives(applied),
        *define_merged_scalars(applied),
        *(print_directive_definition(definition) for definition in supergraph.directive_definitions),
        *(print_type(definition) for definition in types),
    ]
    return "\n\n".join(parts) + "\n"


def _join_version(*, by_label: bool, contextual: bool) -> tuple[str, str]:
    """Return the oldest version of the join specification that can say all, and what it adds to @join__field."""
    if contextual:
        return "v0.5", ", overrideLabel: String, contextArguments: [join__ContextArgument!]"
    return ("v0.4", ", overrideLabel: String") if by_label else ("v0.3", "")


def _own_features(version: str) -> tuple[Feature, ...]:
    return Feature(f"{APOLLO_SPECS}link/v1.0"), Feature(f"{APOLLO_SPECS}join/{version}", "EXECUTION")


def _print_schema(supergraph: Supergraph, features: Iterable[Feature]) -> str:
    links = "".join(f"\n{_INDENT}{_print_link(feature)}" for feature in features)
    roots = "".join(f"\n{_INDENT}{root.lower()}: {root}" for root in ROOTS if root in supergraph.types)
    return f"schema{links}\n{{{roots}\n}}"


def _print_link(feature: Feature) -> str:
    parts = [f'url: "{feature.url}"']
    if feature.prefix:
        parts.append(f'as: "{feature.prefix}"')
    if feature.purpose:
        parts.append(f"for: {feature.purpose}")
    if feature.imports:
        names = (
            f'"{name}"' if name == alias else f'{{name: "{name}", as: "{alias}"}}' for name, alias in feature.imports
        )
        parts.append(f"import: [{', '.join(names)}]")
    return f"@link({', '.join(parts)})"


def _print_graphs(subgraphs: Iterable[Subgraph]) -> str:
    values = (
        f"{_INDENT}{subgraph.graph} @join__graph(name: {string_literal(subgraph.name).text},"
        f" url: {string_literal(subgraph.url).text})"
        for subgraph in subgraphs
    )
    return "enum join__Graph {\n" + "\n".join(values) + "\n}"


def print_type(definition: TypeDefinition) -> str:
    head = f"{_print_description(definition.description, '')}{definition.kind.value} {definition.name}"
    if definition.interfaces:
        head += f" implements {' & '.join(definition.interfaces)}"
    head += "".join(f"\n{_INDENT}{print_directive(directive)}" for directive in definition.directives)
    if definition.kind is Kind.UNION:
        return f"{head}\n = {' | '.join(definition.members)}"
    lines = list(_print_parts(definition))
    return f"{head}\n{{\n{chr(10).join(lines)}\n}}" if lines else head


def _print_parts(definition: TypeDefinition) -> Iterator[str]:
    for field in definition.fields.values():
        yield _print_field(field)
    for value in definition.inputs.values():
        yield _print_description(value.description, _INDENT) + _INDENT + _print_input(value)
    for enum_value in definition.values.values():
        text = _print_description(enum_value.description, _INDENT) + _INDENT + enum_value.name
        yield text + _print_directives(enum_value.directives)


def _print_field(field: Field) -> str:
    text = _print_description(field.description, _INDENT) + _INDENT + field.name
    return f"{text}{_print_arguments(field.arguments)}: {field.type}{_print_directives(field.directives)}"


def _print_arguments(arguments: Mapping[str, InputValue]) -> str:
    if not arguments:
        return ""
    if not any(argument.description for argument in arguments.values()):
        return f"({', '.join(_print_input(argument) for argument in arguments.values())})"
    indent = _INDENT * 2
    lines = (
        f"{_print_description(argument.description, indent)}{indent}{_print_input(argument)}"
        for argument in arguments.values()
    )
    return "(\n" + "\n".join(lines) + f"\n{_INDENT})"


def _print_input(value: InputValue) -> str:
    default = "" if value.default is None else f" = {value.default.text}"
    return f"{value.name}: {value.type}{default}{_print_directives(value.directives)}"


def _print_directives(directives: Iterable[Directive]) -> str:
    return "".join(f" {print_directive(directive)}" for directive in directives)


def print_directive(directive: Directive) -> str:
    arguments = ", ".join(f"{name}: {value.text}" for name, value in directive.arguments.items())
    return f"@{directive.name.removeprefix('@')}" + (f"({arguments})" if arguments else "")


def print_directive_definition(definition: DirectiveDefinition) -> str:
    text = _print_description(definition.description, "")
    repeatable = " repeatable" if definition.repeatable else ""
    locations = " | ".join(definition.locations)
    return f"{text}directive @{definition.name}{_print_arguments(definition.arguments)}{repeatable} on {locations}"


def _print_description(description: str | None, indent: str) -> str:
    if not description:
        return ""
    if '"""' in description or "\\" in description or description != description.strip() or "\r" in description:
        return f"{indent}{string_literal(description).text}\n"
    lines = [f"{indent}{line}" if line else "" for line in description.split("\n")]
    return f'{indent}"""\n' + "\n".join(lines) + f'\n{indent}"""\n'
