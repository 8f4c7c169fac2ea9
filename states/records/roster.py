"""The roster: which units there are and were, of what kind, led by whom, under which name since when."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from states.assessment import Member
from states.streams import ROSTER
from states.vocabulary import Opaque, Words


class Unit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A department: its id, its title (an office's name, not a person's), kind, team and number of staff.

    `since` is the day it was founded; None where it is older than the roster. `title` is its latest name.
    """

    unit: Opaque
    title: Words
    unit_kind: str
    heads: tuple[Member, ...]
    members: tuple[Member, ...] = ()
    staff: int
    since: date | None = None

    def for_opening(self) -> dict[str, Any]:
        """What the opening of its assessment says of it: all but its name and the day it was founded."""
        return {name: value for name, value in asdict(self).items() if name not in ("title", "since")}


class UnitName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit's name and the day from which it holds. The years before that day keep the name they had."""

    unit: Opaque
    title: Words
    since: date
    reason: Words


class Reorganisation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit ends or is divided, from the day `since` on.

    Without `successors` it ends; with one it is merged into that unit; with several it is split into them. Where it `continues`,
    the successors were only divided off. `final_year` is the last year in which it is assessed itself, or, where it
    continues, the last one in which it was assessed for all of them.
    """

    unit: Opaque
    since: date
    successors: tuple[Opaque, ...] = ()
    continues: bool = False
    final_year: int
    reason: Words


class Roster(Struct, frozen=True):
    """Every unit by its id, retired ones included, as the roster stands now."""

    stream: str = ROSTER
    version: int = 0
    units: dict[str, Unit] = {}
    first_titles: dict[str, str] = {}
    names: tuple[UnitName, ...] = ()
    reorganisations: tuple[Reorganisation, ...] = ()

    def title(self, unit: str, year: int | None = None) -> str:
        """What a unit is called, or was called in a year; its id where the roster does not have it."""
        if unit not in self.units:
            return unit
        if year is None:
            return self.units[unit].title
        # 第六条「每年年底」: the name of a year is the one the unit bears at its end.
        held = [one for one in self.names if one.unit == unit and one.since.year <= year]
        return held[-1].title if held else self.first_titles.get(unit, self.units[unit].title)

    def names_of(self, unit: str) -> tuple[UnitName, ...]:
        """The names a unit was given after its first, in the order of their days."""
        return tuple(one for one in self.names if one.unit == unit)

    def end(self, unit: str) -> Reorganisation | None:
        """How a unit ended; None for one that goes on."""
        return next((one for one in self.reorganisations if one.unit == unit and not one.continues), None)

    def is_retired(self, unit: str, year: int) -> bool:
        """Whether a unit is no longer assessed in this year."""
        end = self.end(unit)
        return end is not None and year > end.final_year

    def ended_before(self, unit: str, year: int, day: date) -> bool:
        """Whether a unit ended before the round of a year that begins on this day, so that it has no part in it.

        第六条「每年年底组织开展一次」: a unit that exists when the round begins is assessed to the end of the round.
        """
        end = self.end(unit)
        return self.is_retired(unit, year) or (end is not None and end.since <= day)

    def current(self) -> tuple[Unit, ...]:
        """The units that go on, by id."""
        return tuple(self.units[unit] for unit in sorted(self.units) if self.end(unit) is None)

    def assessed_in(self, year: int) -> tuple[Unit, ...]:
        """The units that may be assessed in this year, by id."""
        return tuple(self.units[unit] for unit in sorted(self.units) if not self.is_retired(unit, year))
