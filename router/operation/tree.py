"""The operation as a tree of positions: the shape that planning works on.

A `Position` is a place in the response where an object stands; it is of one type. Fields that every object there is
asked for are its `fields`; what only objects of one type are asked for stands in the `branches`, one Position a
concrete type, so fragments are gone and an interface inside an interface is spelled out. `Selection` is one field at
one position; its `conditions` say which boolean variables keep it in.

The planner plants more selections into the tree (keys, `@requires`); these are `hidden`: fetched, never shown. The tree
is the only part of planning that grows; a selection that was planted and then not needed is in nobody's way.

NOTE: The law of response keys. At one path of the response a key means one field with one set of arguments. A planted
selection therefore takes the key under which the same field already stands at that path, or its own name where that is
free, or else a new alias.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)

from router.operation.parse import Operation
from router.operation.positions import (
    NO_CONDITIONS,
    TYPENAME,
    Conditions,
    Position,
    Selection,
    add_conditions,
    read_conditions,
)
from router.operation.printing import print_arguments


class SelectionTree:
    """Builds positions and selections from an operation, and plants what the planner needs beside them."""

    def __init__(self, schema: GraphQLSchema, operation: Operation) -> None:
        self.schema = schema
        self.fragments: Mapping[str, FragmentDefinitionNode] = operation.fragments
        self._count = 0
        self._keys: dict[tuple[str, ...], dict[str, str | None]] = {}
        self._possible: dict[str, Mapping[str, None]] = {}
        self._planted: dict[tuple[int, int], tuple[Selection, ...]] = {}
        self.root = self._new_position(schema.type_map[operation.root_type.name], None, None, ())
        self._add_all(self.root, operation.definition.selection_set, NO_CONDITIONS, hidden=False)

    def _number(self) -> int:
        self._count += 1
        return self._count

    def _new_position(
        self, type_: GraphQLNamedType, field: Selection | None, outer: Position | None, path: tuple[str, ...]
    ) -> Position:
        return Position(self._number(), type_, field, outer, path)

    def dissolve(self) -> None:
        """Part what refers to each other both ways, which would be left for the collector; the tree is used up then."""
        waiting = [self.root]
        while waiting:
            position = waiting.pop()
            waiting.extend(position.branches.values())
            waiting.extend([selection.child for selection in position.fields if selection.child is not None])
            position.field = None
            position.fields.clear()
            position.branches.clear()

    # Growing the tree.

    def branch(self, position: Position, type_name: str) -> Position:
        """Narrow an abstract position to one concrete type; a position of that very type is its own branch."""
        if not position.is_abstract:
            return position
        found = position.branches.get(type_name)
        if found is None:
            type_ = self.schema.type_map[type_name]
            found = self._new_position(type_, None, position, position.path)
            position.branches[type_name] = found
        return found

    def plant(self, position: Position, selection_set: SelectionSetNode) -> tuple[Selection, ...]:
        """Add a field set at a position, reusing what stands there; returns its leaves."""
        known = self._planted.get((position.id, id(selection_set)))
        if known is None:
            leaves: list[Selection] = []
            self._add_all(position, selection_set, NO_CONDITIONS, hidden=True, leaves=leaves)
            known = tuple(dict.fromkeys(leaves))
            self._planted[position.id, id(selection_set)] = known
        return known

    def plant_typename(self, position: Position) -> Selection:
        """Ask for the `__typename` of a position."""
        return self._find_or_add(position, TYPENAME, TYPENAME, (), NO_CONDITIONS, hidden=True)

    def copy_to_branch(self, selection: Selection, type_name: str) -> Selection:
        """Repeat a selection of an abstract position, with all below it, in one of its branches."""
        return self.copy(selection, self.branch(selection.position, type_name))

    def follow_copy(self, leaf: Selection, copied_from: Selection, copied_to: Selection) -> Selection | None:
        """Find the copy of a leaf after a selection above it was copied; None where its type cannot occur there."""
        chain: list[Selection | Position] = [leaf]
        position: Position = leaf.position
        while position is not copied_from.child:
            chain.append(position if position.field is None else position.field)
            above = position.above
            assert above is not None, "The leaf stands below the selection that was copied."
            position = above
        here, found = copied_to.child, None
        for item in reversed(chain):
            assert here is not None, "Only the last selection of the chain is a leaf."
            if isinstance(item, Position):
                if item.type.name not in self.possible_types(here.type):
                    return None
                here = self.branch(here, item.type.name)
            else:
                found = self.copy(item, here)
                here = found.child
        return found

    def copy(self, selection: Selection, position: Position) -> Selection:
        """Repeat a selection, with all below it, at another position of the same path."""
        known = selection.copies.get(position.id)
        if known is not None:
            return known
        copied = self._find_or_add(
            position,
            selection.key,
            selection.name,
            selection.arguments,
            selection.conditions,
            hidden=True,
            with_key=True,
        )
        selection.copies[position.id] = copied
        if selection.child is not None:
            assert copied.child is not None, "A copy of a selection with children has children."
            self._copy_below(selection.child, copied.child)
        return copied

    def _copy_below(self, source: Position, target: Position) -> None:
        for selection in source.fields:
            self.copy(selection, target)
        for type_name, branch in source.branches.items():
            possible = self.possible_types(target.type)
            if type_name in possible:
                self._copy_below(branch, self.branch(target, type_name))

    def response_key(self, path: tuple[str, ...], name: str, arguments_text: str) -> str:
        """Find the key under which a planted field stands at a path."""
        signature = name + arguments_text
        keys = self._keys.setdefault(path, {})
        for key, taken in keys.items():
            if taken == signature:
                return key
        key = name
        while key in keys:
            key = f"_{name}_{self._number()}"
        keys[key] = signature
        return key

    def is_ambiguous(self, selection: Selection) -> bool:
        """Whether the key of a selection means another field for objects of another type."""
        return self._keys[selection.position.path].get(selection.key) is None

    # Reading selection sets.

    def _add_all(
        self,
        position: Position,
        selection_set: SelectionSetNode,
        conditions: Conditions,
        *,
        hidden: bool,
        leaves: list[Selection] | None = None,
    ) -> None:
        for node in selection_set.selections:
            own = read_conditions(node.directives) if node.directives else NO_CONDITIONS
            kept = None if own is None else add_conditions(conditions, own)
            if kept is None:
                continue
            if isinstance(node, FieldNode):
                self._add_field(position, node, kept, hidden=hidden, leaves=leaves)
                continue
            condition, inner = self._open_fragment(node)
            for target in self._narrow(position, condition):
                self._add_all(target, inner, kept, hidden=hidden, leaves=leaves)

    def _open_fragment(self, node: object) -> tuple[str | None, SelectionSetNode]:
        if isinstance(node, FragmentSpreadNode):
            fragment = self.fragments[node.name.value]
            return fragment.type_condition.name.value, fragment.selection_set
        assert isinstance(node, InlineFragmentNode), "A selection is a field or a fragment."
        return node.type_condition.name.value if node.type_condition else None, node.selection_set

    def possible_types(self, type_: GraphQLNamedType) -> Mapping[str, None]:
        """Name the concrete types that an object of this type may be of."""
        found = self._possible.get(type_.name)
        if found is None:
            if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
                found = {possible.name: None for possible in self.schema.get_possible_types(type_)}
            else:
                found = {type_.name: None}
            self._possible[type_.name] = found
        return found

    def _narrow(self, position: Position, condition: str | None) -> Iterator[Position]:
        """Find the positions that a fragment with this condition speaks about."""
        if condition is None or condition == position.type.name:
            yield position
            return
        own = self.possible_types(position.type)
        wanted = self.possible_types(self.schema.type_map[condition])
        if not position.is_abstract:
            if position.type.name in wanted:
                yield position
            return
        for type_name in own:
            if type_name in wanted:
                yield self.branch(position, type_name)

    def _add_field(
        self,
        position: Position,
        node: FieldNode,
        conditions: Conditions,
        *,
        hidden: bool,
        leaves: list[Selection] | None,
    ) -> None:
        name = node.name.value
        key = node.alias.value if node.alias else name
        if name.startswith("__") and (name != TYPENAME or position is self.root):
            return
        selection = self._find_or_add(position, key, name, node.arguments, conditions, hidden=hidden)
        if selection.child is None:
            if leaves is not None:
                leaves.append(selection)
            return
        assert node.selection_set is not None, "A field of a composite type has a selection set."
        # What the found selection asks for already need not be asked for again below it.
        remaining = tuple(item for item in conditions if item not in selection.conditions)
        self._add_all(selection.child, node.selection_set, remaining, hidden=hidden, leaves=leaves)

    def _find_or_add(
        self,
        position: Position,
        key: str,
        name: str,
        arguments: tuple[ArgumentNode, ...],
        conditions: Conditions,
        *,
        hidden: bool,
        with_key: bool = False,
    ) -> Selection:
        arguments_text = print_arguments(arguments) if arguments else ""
        if hidden and not with_key:
            key = self.response_key(position.path, name, arguments_text)
        for known in position.fields if hidden else self._standing(position):
            same = known.key == key and known.name == name and known.arguments_text == arguments_text
            if same and (not known.conditions or known.conditions == conditions):
                return known
        selection = Selection(
            self._number(),
            position,
            key=key,
            name=name,
            arguments=arguments,
            arguments_text=arguments_text,
            conditions=conditions,
            hidden=hidden,
        )
        self._take_key(position.path, key, name + arguments_text)
        if name != TYPENAME:
            type_ = get_named_type(self._field_of(position.type, name).type)
            if is_composite_type(type_):
                selection.child = self._new_position(type_, selection, None, (*position.path, key))
        position.fields.append(selection)
        return selection

    def _standing(self, position: Position) -> Iterator[Selection]:
        """Find what is asked of every object here: at the position, and at the one it narrows, if that is a leaf."""
        yield from position.fields
        if position.outer is not None:
            for selection in position.outer.fields:
                if selection.child is None:
                    yield selection

    def _take_key(self, path: tuple[str, ...], key: str, signature: str) -> None:
        keys = self._keys.setdefault(path, {})
        if keys.setdefault(key, signature) != signature:
            # Two types give this key two meanings, which a client may do; nothing planted may join them.
            keys[key] = None

    @staticmethod
    def _field_of(type_: GraphQLNamedType, name: str) -> GraphQLField:
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType), f"{type_.name} has no fields."
        field: GraphQLField = type_.fields[name]
        return field
