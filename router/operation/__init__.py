"""Operations: the client's text parsed, validated and picked."""

from router.operation.parse import Operation, parse_operation

__all__ = ["Operation", "parse_operation"]
