"""Makes, checks and parses the names of the ledger's streams: `assessment/2026/cs`, `year/2026`, `roster`.

A stream has all entries about one thing, in order. Its name is a plain string in entries, rows and states; `Stream` is
a name split into its parts. Not here: the state and the facts of each kind of stream (`stream_kinds.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

ID_PATTERNS: Mapping[str, re.Pattern[str] | None] = {
    "assessment": re.compile(r"\d{4}/[^/]+(/[^/]+)?"),  # year, department, and the occasion of a special assessment
    "case": re.compile(r"[^/]+"),
    "routine_check": re.compile(r"[^/]+"),
    "record": re.compile(r"[^/]+"),
    "year": re.compile(r"\d{4}"),
    "roster": None,
    "account": re.compile(r"[^/]+"),
    "vault": re.compile(r"[^/]+"),
    "paper": re.compile(r"\d{4}/[^/]+"),  # year, and the key of the paper
    "template": re.compile(r"[^/]+"),
    "table": re.compile(r"[^/]+"),
    "seals": None,
    "clock": re.compile(r"time"),
    "access": None,
}
"""By kind of stream: the pattern of the id in its names; None for a kind with a single stream and no id."""

OF_UNITS = frozenset({"case", "routine_check", "record"})
"""The kinds of stream about departments on which their assessments depend."""

ROSTER = "roster"
SEALS = "seals"
ACCESS = "access"
CLOCK_TIME = "clock/time"


def assessment_stream(year: int | str, unit: str, occasion: str | None = None) -> str:
    """The name of the stream of an assessment: the annual one, or with an `occasion` a special one (第六条)."""
    return f"assessment/{year}/{unit}/{occasion}" if occasion else f"assessment/{year}/{unit}"


def assessments_of_year(year: int | str) -> str:
    """The prefix of the names of all assessments of a year, including special ones."""
    return f"assessment/{year}/"


def year_stream(year: int | str) -> str:
    return f"year/{year}"


def year_of(assessment: str) -> str:
    """The name of the stream of an assessment's year."""
    return year_stream(id_of(assessment).partition("/")[0])


def occasion_of(stream: str) -> str | None:
    """The occasion of the stream of a special assessment; None for any other stream."""
    kind, *parts = stream.split("/")
    return parts[2] if kind == "assessment" and len(parts) == 3 else None


def case_stream(id_: str) -> str:
    return f"case/{id_}"


def routine_check_stream(id_: str) -> str:
    return f"routine_check/{id_}"


def record_stream(id_: str) -> str:
    """The stream of a record that is neither a case nor a routine check."""
    return f"record/{id_}"


def account_stream(id_: str) -> str:
    return f"account/{id_}"


def value_stream(id_: str) -> str:
    """The stream of a confidential value, by its id in the vault."""
    return f"vault/{id_}"


def paper_stream(year: int | str, key: str) -> str:
    """The stream of what was made for good of one paper in a year."""
    return f"paper/{year}/{key}"


def papers_of_year(year: int | str) -> str:
    """The prefix of the names of the streams of papers that were made for good in a year."""
    return f"paper/{year}/"


def template_stream(key: str) -> str:
    """The stream of the templates of a paper."""
    return f"template/{key}"


def table_stream(table: str) -> str:
    """The stream with digests of the rows of a table outside the ledger."""
    return f"table/{table}"


def kind_of(stream: str) -> str:
    """The kind of a stream, the first part of its name: `assessment`, `roster`."""
    return stream.partition("/")[0]


def id_of(stream: str) -> str:
    """The part of a name after the kind; empty if the kind has a single stream, such as the roster."""
    return stream.partition("/")[2]


def is_well_formed(stream: str) -> bool:
    """Whether a name has the form of its kind. `privacy.py` checks the content of the ids in it."""
    kind, slash, id_ = stream.partition("/")
    if kind not in ID_PATTERNS:
        return False
    pattern = ID_PATTERNS[kind]
    return not slash if pattern is None else pattern.fullmatch(id_) is not None


class Stream(Struct, frozen=True):
    """A stream's name split into its parts. Any string can be parsed; `is_well_formed` says if it can be a name."""

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
        """The year of the stream of an assessment, of a year or of papers; None for other streams."""
        has_year = self.kind in ("assessment", "year", "paper") and self.path and self.path[0].isdecimal()
        return int(self.path[0]) if has_year else None

    @property
    def unit(self) -> str | None:
        """The department of an assessment; None for other streams (their states name the departments)."""
        return self.path[1] if self.kind == "assessment" and len(self.path) > 1 else None

    @property
    def occasion(self) -> str | None:
        """The id of a special assessment; None for the annual one and for any other stream."""
        return self.path[2] if self.kind == "assessment" and len(self.path) > 2 else None
