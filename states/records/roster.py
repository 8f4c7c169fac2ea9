"""The state of the roster: all present and former departments, with kind, team and names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from states.assessment import Member
from states.streams import ROSTER
from states.vocabulary import Opaque, Words


class Unit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A department: its id, its latest name (`title`), kind, team and number of staff.

    `since` is the day of its founding; None if it is older than the roster.
    """

    unit: Opaque
    title: Words
    unit_kind: str
    heads: tuple[Member, ...]
    members: tuple[Member, ...] = ()
    staff: int
    since: date | None = None

    @property
    def persons(self) -> tuple[str, ...]:
        """The ids of the members of its team, the heads first."""
        return tuple(member.person for member in (*self.heads, *self.members))

    def opening_fields(self) -> dict[str, Any]:
        """The fields for the opening of its assessment: all except its name and the day of its founding."""
        return {name: value for name, value in asdict(self).items() if name not in ("title", "since")}


class UnitName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name of a department, used from the day `since` on. For the years before, the old name stays in use."""

    unit: Opaque
    title: Words
    since: date
    reason: Words


class Reorganisation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A department is closed or divided on the day `since`.

    Without `successors` it is closed; with one successor it is merged into it; with several it is split into them. If
    it `continues`, the successors were only divided off. `final_year` is the last year in which it is assessed or, if
    it continues, the last year in which it was assessed together with them.
    """

    unit: Opaque
    since: date
    successors: tuple[Opaque, ...] = ()
    continues: bool = False
    final_year: int
    reason: Words


class Roster(Struct, frozen=True):
    """Every department by id, also closed ones. `first_titles` has the name of each at its registration."""

    stream: str = ROSTER
    version: int = 0
    units: dict[str, Unit] = {}
    first_titles: dict[str, str] = {}
    names: tuple[UnitName, ...] = ()
    reorganisations: tuple[Reorganisation, ...] = ()

    def title(self, unit: str, year: int | None = None) -> str:
        """The present name of a department, or its name in a year; its id if it is not on the roster."""
        if unit not in self.units:
            return unit
        if year is None:
            return self.units[unit].title
        # 第六条「每年年底」: its name in a year is the name at the end of the year.
        names = [name for name in self.names if name.unit == unit and name.since.year <= year]
        return names[-1].title if names else self.first_titles.get(unit, self.units[unit].title)

    def names_of(self, unit: str) -> tuple[UnitName, ...]:
        """The names of a department after its first one, in the order of their days."""
        return tuple(name for name in self.names if name.unit == unit)

    def titles_of(self, unit: str) -> tuple[str, ...]:
        """Every name that a department of the roster has or had, without repetitions."""
        title = self.units[unit].title
        titles = (self.first_titles.get(unit, title), *(name.title for name in self.names_of(unit)), title)
        return tuple(dict.fromkeys(titles))

    def called(self, title: str) -> tuple[Unit, ...]:
        """The departments that have or had a name, also closed ones, in the order of their ids."""
        return tuple(self.units[unit] for unit in sorted(self.units) if title in self.titles_of(unit))

    def closing(self, unit: str) -> Reorganisation | None:
        """The reorganisation that closed a department; None if the department still exists."""
        return next(
            (closing for closing in self.reorganisations if closing.unit == unit and not closing.continues), None
        )

    def is_past_final_year(self, unit: str, year: int) -> bool:
        """Whether a department is no longer assessed in this year."""
        closing = self.closing(unit)
        return closing is not None and year > closing.final_year

    def was_closed_before(self, unit: str, year: int, day: date) -> bool:
        """Whether a department takes no part in the annual assessment of a year that begins on `day`.

        It was closed by then, or the year is after its last year.
        """
        # 第六条「每年年底组织开展一次」: a department that exists when the annual assessment begins is assessed to its end.
        closing = self.closing(unit)
        return self.is_past_final_year(unit, year) or (closing is not None and closing.since <= day)

    def current(self) -> tuple[Unit, ...]:
        """The present departments, in the order of their ids."""
        return tuple(self.units[unit] for unit in sorted(self.units) if self.closing(unit) is None)

    def assessed_in(self, year: int) -> tuple[Unit, ...]:
        """The departments that may be assessed in this year, in the order of their ids."""
        return tuple(self.units[unit] for unit in sorted(self.units) if not self.is_past_final_year(unit, year))


def next_unit_id(ids: Iterable[str]) -> Opaque:
    """The id after the highest of the given ids: `u-07` if the highest is `u-06`; `u-01` if there are no ids."""
    matches = (re.fullmatch(r"(.*?)([0-9]{1,9})", id_) for id_ in ids)
    numbered = [(int(match[2]), match[1], len(match[2])) for match in matches if match]
    highest, prefix, width = max(numbered, default=(0, "u-", 2))
    return Opaque(f"{prefix}{highest + 1:0{width}}")
