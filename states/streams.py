"""The names of the ledger's streams, made and parsed: `assessment/2026/cs`, `year/2026`, `roster`.

A stream is all entries about one thing, in order. Its name is a plain string in entries, rows and states; `Stream` is
the same name in its parts. Not here: the state and the facts of each kind (`stream_kinds.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

ID_PATTERNS: Mapping[str, re.Pattern[str] | None] = {
    "assessment": re.compile(r"\d{4}/[^/]+(/[^/]+)?"),  # year, department, and the occasion of a special assessment
    "case": re.compile(r"[^/]+"),
    "routine_check": re.compile(r"[^/]+"),
    "year": re.compile(r"\d{4}"),
    "roster": None,
    "account": re.compile(r"[^/]+"),
    "vault": re.compile(r"[^/]+"),
    "table": re.compile(r"[^/]+"),
    "seals": None,
    "clock": re.compile(r"time"),
    "access": None,
}
"""The pattern of the id that follows each kind in a name; None where the kind has only one stream."""

ROSTER = "roster"
SEALS = "seals"
ACCESS = "access"
CLOCK_TIME = "clock/time"


def assessment_stream(year: int | str, unit: str, occasion: str | None = None) -> str:
    """The stream of a department's annual assessment; with an `occasion`, of a special one (第六条)."""
    return f"assessment/{year}/{unit}/{occasion}" if occasion else f"assessment/{year}/{unit}"


def assessments_of_year(year: int | str) -> str:
    """The beginning of the names of all assessments of a year, also the special ones."""
    return f"assessment/{year}/"


def year_stream(year: int | str) -> str:
    return f"year/{year}"


def year_of(assessment: str) -> str:
    """The stream of an assessment's year."""
    return year_stream(id_of(assessment).partition("/")[0])


def case_stream(id_: str) -> str:
    return f"case/{id_}"


def routine_check_stream(id_: str) -> str:
    return f"routine_check/{id_}"


def account_stream(id_: str) -> str:
    return f"account/{id_}"


def value_stream(id_: str) -> str:
    """The stream of a confidential value, by its id in the vault."""
    return f"vault/{id_}"


def table_stream(table: str) -> str:
    """The stream that notes the rows of a table beside the ledger."""
    return f"table/{table}"


def kind_of(stream: str) -> str:
    """The first part of a name: `assessment`, `roster`."""
    return stream.partition("/")[0]


def id_of(stream: str) -> str:
    """The part after the kind; empty where the kind has only one stream, such as the roster."""
    return stream.partition("/")[2]


def is_well_formed(stream: str) -> bool:
    """Whether there can be a stream of this name. `privacy.py` checks what its ids may contain."""
    kind, slash, id_ = stream.partition("/")
    if kind not in ID_PATTERNS:
        return False
    pattern = ID_PATTERNS[kind]
    return not slash if pattern is None else pattern.fullmatch(id_) is not None


class Stream(Struct, frozen=True):
    """A stream's name in its parts. Any string can be parsed; `is_well_formed` says if there can be such a stream."""

    kind: str
    path: tuple[str, ...] = ()

    @classmethod
    def parse(cls, name: str) -> Stream:
        kind, *path = name.split("/")
        return cls(kind, tuple(path))

    def __str__(self) -> str:
        return "/".join((self.kind, *self.path))

    @property
    def id(self) -> str:
        return "/".join(self.path)

    @property
    def year(self) -> int | None:
        """The year of an assessment, or the number of a year."""
        dated = self.kind in ("assessment", "year") and self.path and self.path[0].isdecimal()
        return int(self.path[0]) if dated else None

    @property
    def unit(self) -> str | None:
        """The department of an assessment; None for other streams, whose state says which departments they concern."""
        return self.path[1] if self.kind == "assessment" and len(self.path) > 1 else None

    @property
    def occasion(self) -> str | None:
        """The id of a special assessment; None for the annual one and for any other stream."""
        return self.path[2] if self.kind == "assessment" and len(self.path) > 2 else None
