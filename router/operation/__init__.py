"""Operations: the client's text parsed, validated, picked, and laid out as a tree of positions."""

from router.operation.naming import Unnamed, split_name
from router.operation.parse import Operation, parse_operation
from router.operation.positions import NO_CONDITIONS, TYPENAME, Conditions, Position, Selection, add_conditions
from router.operation.tree import SelectionTree

__all__ = [
    "NO_CONDITIONS",
    "TYPENAME",
    "Conditions",
    "Operation",
    "Position",
    "Selection",
    "SelectionTree",
    "Unnamed",
    "add_conditions",
    "parse_operation",
    "split_name",
]
