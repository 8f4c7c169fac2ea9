"""A SQLAlchemy statement that is compiled once and executed on the driver's cursor.

The ledger's transaction and frequent queries use it. `Connection.execute` costs 30 µs and more for each statement,
several times the cost of the statement itself in SQLite, and the ledger's transaction executes eight statements for one
command. We need SQLAlchemy only for the SQL of the dialect and the conversion of values, and both are prepared by
compiling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.engine import Dialect

StatementBuilder = Callable[[str], ClauseElement]
"""A function that builds the statement for a dialect, given the dialect's name.

It must be defined at module level, because `Database.prepare` uses it as the key of its cache.
"""

SideWrite = tuple[StatementBuilder, dict[str, Any]]
"""A statement and its values. It writes a row outside the ledger, in the same transaction as an entry."""


class PreparedStatement:
    """A SQLAlchemy Core statement compiled for one dialect.

    `sql` is its text. `bind` turns named values into the tuple of parameters for `sql`.
    """

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        names: list[str] = list(compiled.positiontup or ())
        self.sql: str = compiled.string
        # Literals in the statement (a LIMIT, a comparison) already have a value; parameters to be bound have None.
        self._constants: dict[str, Any] = {name: value for name, value in compiled.params.items() if value is not None}
        self._parameter_count = len(set(names) - set(self._constants))
        # With one name `itemgetter` returns a value instead of a tuple. So the first name is added once more at the
        # front, and `bind` drops it. Without names there is one element for `bind` to drop.
        self._values_in_order = itemgetter(names[0], *names) if names else lambda _values: ((),)
        processors = [_processor(compiled, name, dialect) for name in names]
        self._processors = [(index, process) for index, process in enumerate(processors) if process]

    def bind(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values in the order of the statement's parameters.

        Raises ValueError if the names differ from those of the statement.
        """
        if len(values) != self._parameter_count:
            raise ValueError(f"{len(values)} values for {self._parameter_count} names: {sorted(values)}")
        try:
            parameters = list(self._values_in_order({**self._constants, **values} if self._constants else values)[1:])
        except KeyError as error:
            raise ValueError(f"no value named {error}") from error
        for index, process in self._processors:
            parameters[index] = process(parameters[index])
        return tuple(parameters)

    def run(self, cursor: Any, **values: Any) -> Any:
        """Execute the statement on a driver's cursor and return the driver's result. Raises the driver's own errors."""
        return cursor.execute(self.sql, self.bind(values))


def _processor(compiled: Any, name: str, dialect: Dialect) -> Any:
    """The function that converts a value of this parameter for the driver; None if the value needs no conversion."""
    return compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
