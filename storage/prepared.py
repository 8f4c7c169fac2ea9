"""A statement compiled once and run on the driver's cursor: SQLAlchemy's SQL at the driver's speed.

`Connection.execute` costs 30 µs and more for every statement, several times what SQLite needs for the statement
itself; the pen runs eight of them for one command. What SQLAlchemy adds that matters here is the SQL of the
dialect and the binding of types, and both are settled when the statement is compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.engine import Dialect


class Prepared:
    """A Core statement for one dialect. `sql` takes the tuples that `fill` makes of values by name."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        names: list[str] = list(compiled.positiontup or ())
        self.sql: str = compiled.string
        self._fixed: dict[str, Any] = {name: v for name, v in compiled.params.items() if v is not None}
        self._binds = tuple((name, _processor(compiled, name, dialect)) for name in names)
        self._names = frozenset(names) - frozenset(self._fixed)

    def fill(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values in the order of the statement. ValueError unless exactly its names are given."""
        if values.keys() != self._names:
            raise ValueError(f"columns that differ: {sorted(values.keys() ^ self._names)}")
        given = {**self._fixed, **values} if self._fixed else values
        return tuple(process(given[name]) if process else given[name] for name, process in self._binds)

    def run(self, cursor: Any, **values: Any) -> Any:
        """Execute once on a driver's cursor; what the driver answers. Errors are the driver's own."""
        return cursor.execute(self.sql, self.fill(values))


def _processor(compiled: Any, name: str, dialect: Dialect) -> Any:
    """How a value of this parameter's type is handed to the driver, or None where as it is."""
    return compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
