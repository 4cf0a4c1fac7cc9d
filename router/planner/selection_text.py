"""From the spots of steps to the selection set of an operation.

Several steps may share one request, so what they select is laid over each other first (`Layer`), and written then.

NOTE: The law of overlapping keys. In one operation, fields that share a key must be the same field if their parents
may be the same object, and must return the same shape even if not. What the client asked for obeys it on the
supergraph, but a subgraph may return `ID` where another returns `ID!`. So fields that disagree in one operation get an
alias each, and a rewrite gives the values their keys back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from graphql import ArgumentNode, GraphQLInterfaceType, GraphQLObjectType, Node, VariableNode

from router.operation import NO_CONDITIONS, TYPENAME, Conditions, Selection
from router.plan.nodes import Path, RenameKey, TypeGuard
from router.planner.draft import Spot, Step
from router.supergraph import ContextualArgument, Supergraph

ConditionsOfLeaf: TypeAlias = Callable[[Selection, Step], Conditions | None]


class LayerField:
    """One field of a layer; `shape` is what overlapping fields must agree on.

    `contextual` are the arguments that the client did not give, with their variables.
    """

    __slots__ = ("alias", "below", "conditions", "contextual", "selection", "shape")

    def __init__(self, selection: Selection, conditions: Conditions, shape: str) -> None:
        self.selection = selection
        self.conditions = conditions
        self.shape = shape
        self.contextual: tuple[tuple[ContextualArgument, str], ...] = ()
        self.alias: str | None = None
        self.below: Layer | None = None

    @property
    def signature(self) -> tuple[str, str, tuple[tuple[ContextualArgument, str], ...]]:
        return self.selection.name, self.selection.arguments_text, self.contextual


class Layer:
    """What is selected of one object: fields for all, and fragments by type."""

    __slots__ = ("fields", "fragments", "shows_typename")

    def __init__(self) -> None:
        self.fields: dict[tuple[str, str, str, Conditions], LayerField] = {}
        self.fragments: dict[str, Layer] = {}
        self.shows_typename = False

    def fragment(self, type_name: str) -> Layer:
        return self.fragments.setdefault(type_name, Layer())


class SelectionWriter:
    """Writes the selections of one request; `given` are the conditions under which the request is made at all.

    Variables of contextual arguments begin with `prefix`, so that no variable of the client's is called alike.
    """

    def __init__(
        self, supergraph: Supergraph, conditions_of_leaf: ConditionsOfLeaf, given: Conditions, prefix: str
    ) -> None:
        self.supergraph = supergraph
        self.conditions_of_leaf = conditions_of_leaf
        self.given = frozenset(given)
        self.prefix = prefix
        self.variables: dict[str, None] = {}
        self.contextual: dict[str, str] = {}
        self._aliases = 0

    # Laying spots over each other.

    def lay(self, layer: Layer, spot: Spot) -> None:
        """Add what is placed on a spot and below it."""
        node = spot.node
        if _needs_typename(spot):
            layer.shows_typename = True
        for leaf in spot.leaves:
            conditions = self.conditions_of_leaf(leaf, spot.step)
            if conditions is not None:
                self._field(layer, leaf, conditions, spot)
        for below in spot.derived.values():
            if below is None or not self._is_seen(below):
                continue
            if below.via is not None:
                field = self._field(layer, below.via, below.via.conditions, spot)
                if field.below is None:
                    field.below = Layer()
                self.lay(field.below, below)
            elif node.is_interface_object or not node.is_abstract:
                self.lay(layer, below)
            else:
                self.lay(layer.fragment(below.position.type.name), below)

    def _is_seen(self, spot: Spot) -> bool:
        """Whether anything is wanted at a spot or below it."""
        if not spot.used:
            return False
        if spot.is_marked or any(self.conditions_of_leaf(leaf, spot.step) is not None for leaf in spot.leaves):
            return True
        return any(below is not None and self._is_seen(below) for below in spot.derived.values())

    def _field(self, layer: Layer, selection: Selection, conditions: Conditions, spot: Spot) -> LayerField:
        if conditions:
            conditions = tuple(item for item in conditions if item not in self.given)
        key = (selection.key, selection.name, selection.arguments_text, conditions)
        found = layer.fields.get(key)
        if found is None:
            found = LayerField(selection, conditions, self._shape(spot, selection))
            layer.fields[key] = found
            if spot.step.supplied:
                found.contextual = _contextual_arguments(spot, selection)
        return found

    def _shape(self, spot: Spot, selection: Selection) -> str:
        if selection.name == TYPENAME:
            return TYPENAME
        joined = self.supergraph.types[spot.node.type_name]
        owned = joined.fields[selection.name].get(spot.node.subgraph)
        text = owned.type_text if owned is not None else None
        if text is None:
            type_ = self.supergraph.schema.type_map[spot.node.type_name]
            assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType), "Only these have fields."
            text = str(type_.fields[selection.name].type)
        return text if selection.child is None else "".join(letter for letter in text if letter in "[]!")

    # Keeping keys apart.

    def separate(self, layers: list[Layer], prefix: Path) -> Iterator[RenameKey]:
        """Give aliases to fields of overlapping layers that disagree; says how to give the keys back."""
        standing: dict[str, list[tuple[str | None, LayerField]]] = {}
        for layer in layers:
            for type_name, part in ((None, layer), *layer.fragments.items()):
                for field in part.fields.values():
                    standing.setdefault(field.selection.key, []).append((type_name, field))
        for key, fields in standing.items():
            agreed: list[tuple[str | None, LayerField]] = []
            for type_name, field in fields:
                if all(_agree(type_name, field, *other) for other in agreed):
                    agreed.append((type_name, field))
                    continue
                guard = () if type_name is None else (TypeGuard((type_name,)),)
                self._aliases += 1
                field.alias = f"_a{self._aliases}_{key}"
                path = (*prefix, *guard, field.alias)
                if field.below is not None:
                    yield from self.separate([field.below], path)
                yield RenameKey(path, key)
            below = [field.below for _, field in agreed if field.below is not None]
            if below:
                yield from self.separate(below, (*prefix, key))

    # Writing.

    def write(self, layer: Layer) -> str:
        """Write a layer as a selection set, with braces."""
        return "{" + " ".join(self._parts(layer, frozenset())) + "}"

    def _parts(self, layer: Layer, outside: frozenset[str]) -> list[str]:
        parts = [TYPENAME] if layer.shows_typename else []
        plain = set(outside)
        if layer.shows_typename:
            plain.add(TYPENAME)
        for field in sorted(layer.fields.values(), key=lambda item: item.selection.id):
            text = self._field_text(field)
            if field.below is None and text in plain:
                continue
            if field.below is None and not field.conditions:
                plain.add(text)
            parts.append(text)
        known = frozenset(plain)
        for type_name, fragment in layer.fragments.items():
            inner = self._parts(fragment, known)
            if inner:
                parts.append(f"...on {type_name}{{{' '.join(inner)}}}")
        if not parts and not outside:
            parts.append(TYPENAME)
        return parts

    def _with_contextual(self, field: LayerField) -> str:
        self.contextual |= {self.prefix + variable: argument.type_text for argument, variable in field.contextual}
        given = [f"{argument.name}: ${self.prefix}{variable}" for argument, variable in field.contextual]
        return ", ".join([*([field.selection.arguments_text] if field.selection.arguments_text else []), *given])

    def _field_text(self, field: LayerField) -> str:
        selection = field.selection
        key = field.alias or selection.key
        text = selection.name if key == selection.name else f"{key}: {selection.name}"
        if selection.arguments_text:
            self.variables.update(dict.fromkeys(variables_in(selection.arguments)))
        arguments_text = self._with_contextual(field) if field.contextual else selection.arguments_text
        if arguments_text:
            text += f"({arguments_text})"
        self.variables.update(dict.fromkeys(variable for variable, _ in field.conditions))
        directives = {name: f"@{'include' if wanted else 'skip'}(if: ${name})" for name, wanted in field.conditions}
        first = [directives.pop(next(iter(directives)))] if directives else []
        text = " ".join([text, *first]) + ("" if field.below is None else self.write(field.below))
        # A directive may stand only once at a place, so further ones go around.
        for directive in directives.values():
            text = f"...{directive}{{{text}}}"
        return text


def _contextual_arguments(spot: Spot, selection: Selection) -> tuple[tuple[ContextualArgument, str], ...]:
    move = spot.node.moves.get(selection.name)
    if move is None or move.demand is None:
        return ()
    return tuple(zip(move.demand.contextual, spot.met[id(move.demand)], strict=True))


def _needs_typename(spot: Spot) -> bool:
    """Whether the executor must learn an object's type here: to tell types apart, or to send it on.

    What was entered by a key has its type already. An interface object only has its interface's name to give; that
    will do to send it on, but must not replace a name that is known already.
    """
    if spot.node.is_interface_object:
        return spot.shows_typename and spot.via is not None and spot.position.is_abstract
    return spot.position.is_abstract or (spot.shows_typename and spot.origin is not None)


def _agree(type_name: str | None, field: LayerField, other_type: str | None, other: LayerField) -> bool:
    if field.shape != other.shape:
        return False
    apart = type_name is not None and other_type is not None and type_name != other_type
    return apart or field.signature == other.signature


def variables_in(nodes: Iterable[ArgumentNode]) -> Iterator[str]:
    """Name the variables that some arguments mention."""
    waiting: list[Node] = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, VariableNode):
            yield node.name.value
            continue
        for name in node.keys:
            value = getattr(node, name, None)
            if isinstance(value, Node):
                waiting.append(value)
            elif isinstance(value, list | tuple):
                waiting.extend(item for item in value if isinstance(item, Node))


__all__ = ["NO_CONDITIONS", "Layer", "SelectionWriter", "variables_in"]
