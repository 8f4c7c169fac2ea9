"""A statement compiled once and run on the driver's cursor: SQLAlchemy's SQL at the driver's speed.

For the ledger's transaction, and for what every page asks. `Connection.execute` costs 30 µs and more for each
statement, several times what SQLite needs for the statement itself, and the ledger's transaction runs eight of them for
one command. What we need of SQLAlchemy is the SQL of the dialect and the binding of types, and both are done when it is
compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.engine import Dialect

StatementBuilder = Callable[[str], ClauseElement]
"""Builds a statement for the dialect of this name. A module's function, because `Database.prepare` caches by it."""

SideWrite = tuple[StatementBuilder, dict[str, Any]]
"""A statement and its values: a row that is written together with an entry."""


class Prepared:
    """A Core statement for one dialect. `sql` takes the tuples that `fill` makes from values by name."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        names: list[str] = list(compiled.positiontup or ())
        self.sql: str = compiled.string
        self._fixed: dict[str, Any] = {name: v for name, v in compiled.params.items() if v is not None}
        self._size = len(set(names) - set(self._fixed))
        # With one name itemgetter returns a bare value and not a tuple: the first name is given twice, and cut off
        # again.
        self._pick = itemgetter(names[0], *names) if names else lambda _values: ((),)
        processors = [_processor(compiled, name, dialect) for name in names]
        self._processors = [(index, process) for index, process in enumerate(processors) if process]

    def fill(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values in the order of the statement. ValueError unless exactly its names are given."""
        if len(values) != self._size:
            raise ValueError(f"{len(values)} values for {self._size} names: {sorted(values)}")
        try:
            filled = list(self._pick({**self._fixed, **values} if self._fixed else values)[1:])
        except KeyError as error:
            raise ValueError(f"no value named {error}") from error
        for index, process in self._processors:
            filled[index] = process(filled[index])
        return tuple(filled)

    def run(self, cursor: Any, **values: Any) -> Any:
        """Execute on a driver's cursor; the driver's result. Errors are the driver's own."""
        return cursor.execute(self.sql, self.fill(values))


def _processor(compiled: Any, name: str, dialect: Dialect) -> Any:
    """The function that converts a value of this parameter for the driver; None where it is passed as it is."""
    return compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
