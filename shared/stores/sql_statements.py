"""Statements that are compiled once and run by the driver itself.

SQLAlchemy takes ten times as long as the driver to run a small statement, for things that such a statement does not
need. So whatever runs with every booking is written in SQLAlchemy's language, compiled once for each store, and given
to the driver's own cursor; values pass through the columns' types both ways, as they would in SQLAlchemy.

    TAKE = Command(insert(ReservationRow.__table__))
    HOLDER = Query(select(holder).where(owner == bindparam("owner")))
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVarTuple

from sqlalchemy import ColumnElement, Dialect, Select, SQLColumnExpression, bindparam
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

Columns = TypeVarTuple("Columns")
Values = Mapping[str, Any]

_Convert = Callable[[Any], Any] | None


class Cursor(Protocol):
    """What both drivers' cursors do."""

    rowcount: int

    async def execute(self, text: str, parameters: Sequence[Any]) -> object: ...

    async def executemany(self, text: str, rows: Sequence[Sequence[Any]]) -> object: ...

    async def fetchall(self) -> Sequence[Sequence[Any]]: ...


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement in a dialect's words: its parameters by place, with what turns each into what the driver takes."""

    text: str
    parameters: tuple[tuple[str, _Convert], ...]
    constants: Values
    columns: tuple[_Convert, ...]

    def bind(self, values: Values) -> list[Any]:
        """Answer the parameters in the driver's order."""
        given = {**self.constants, **values} if self.constants else values
        return [given[name] if convert is None else convert(given[name]) for name, convert in self.parameters]

    def read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """Turn a driver's row into what the columns' types make of it."""
        return tuple(
            value if convert is None else convert(value) for value, convert in zip(row, self.columns, strict=True)
        )


class Command:
    """A statement that writes."""

    def __init__(self, clause: UpdateBase) -> None:
        self._clause = clause

    def compiled(self, dialect: Dialect) -> Compiled:
        """Compile for a dialect; stores keep what this answers."""
        return _compiled(self._clause, dialect, ())


class Query(Generic[*Columns]):
    """A statement that reads rows of these columns."""

    def __init__(self, clause: Select[*Columns]) -> None:
        self._clause = clause

    def compiled(self, dialect: Dialect) -> Compiled:
        """Compile for a dialect; stores keep what this answers."""
        return _compiled(self._clause, dialect, [column.type for column in self._clause.selected_columns])


async def run(cursor: Cursor, statement: Compiled, values: Values | Sequence[Values]) -> int:
    """Write; several values are one statement, or as many as the driver needs. Answers how many rows it was."""
    rows = [values] if isinstance(values, Mapping) else values
    if len(rows) == 1:
        await cursor.execute(statement.text, statement.bind(rows[0]))
    else:
        await cursor.executemany(statement.text, [statement.bind(row) for row in rows])
    return cursor.rowcount


async def read(cursor: Cursor, statement: Compiled, values: Values) -> list[Any]:
    """Read all rows."""
    await cursor.execute(statement.text, statement.bind(values))
    return [statement.read(row) for row in await cursor.fetchall()]


def sized(number: int) -> int:
    """Answer how many values a statement for `number` of them takes: few sizes are few statements."""
    return 1 << (number - 1).bit_length()


def one_of(column: SQLColumnExpression[Any], name: str, size: int) -> ColumnElement[bool]:
    """Say that a column is one of so many values, whose parameters `values_of` answers."""
    return column.in_([bindparam(f"{name}_{place}") for place in range(size)])


def values_of(name: str, values: list[Any]) -> dict[str, Any]:
    """Answer the parameters of `one_of`, for a statement of the values' size; the last one fills what is left."""
    filled = [*values, *values[-1:] * (sized(len(values)) - len(values))]
    return {f"{name}_{place}": value for place, value in enumerate(filled)}


def _compiled(
    clause: UpdateBase | Select[*tuple[Any, ...]], dialect: Dialect, columns: Sequence[TypeEngine[Any]]
) -> Compiled:
    made = clause.compile(dialect=dialect)
    assert isinstance(made, SQLCompiler), "a statement compiles to SQL"
    assert not made.post_compile_params, "`IN` of as many values as are given has another text each time"
    names = made.positiontup or []
    return Compiled(
        text=made.string,
        parameters=tuple((name, _binding(made.binds[name].type, dialect)) for name in names),
        constants={name: made.binds[name].value for name in names if not made.binds[name].required},
        columns=tuple(_reading(column, dialect) for column in columns),
    )


def _binding(type_: TypeEngine[Any], dialect: Dialect) -> _Convert:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _reading(type_: TypeEngine[Any], dialect: Dialect) -> _Convert:
    return type_.dialect_impl(dialect).result_processor(dialect, None)
