"""Operations: the client's text parsed, validated, picked, and laid out as a tree of positions."""

from router.operation.naming import Unnamed, split_name
from router.operation.parse import Operation, locate_operation, parse_operation
from router.operation.positions import NO_CONDITIONS, TYPENAME, Conditions, Position, Selection, add_conditions
from router.operation.printing import print_arguments, print_type, print_value
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
    "locate_operation",
    "parse_operation",
    "print_arguments",
    "print_type",
    "print_value",
    "split_name",
]
