"""The roster: which units there are, of what kind, led by whom. One stream, `roster`."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict, replace

from .assessment import Member
from .context import Context
from .opening import check_team
from .refusals import AlreadyThere, NotKnown
from .vocabulary import Command, Fact, Opaque, Stamp, Words


class Unit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A department: its id, its title (an office's name, not a person's), kind, team and number of staff."""

    unit: Opaque
    title: Words
    unit_kind: str
    heads: tuple[Member, ...]
    members: tuple[Member, ...] = ()
    staff: int


class RegisterUnit(Command, Unit, frozen=True, kw_only=True):
    """Put a unit on the roster."""


class ChangeUnit(Command, Unit, frozen=True, kw_only=True):
    """Change what the roster says of a unit. Open assessments keep what they were opened with."""


class Roster(Struct, frozen=True):
    """Every unit by its id, as the roster stands now."""

    stream: str = "roster"
    version: int = 0
    units: dict[str, Unit] = {}


class RosterFact(Fact, Unit, frozen=True, kw_only=True):
    """A fact of the roster: the unit as it now is."""

    def fold(self, state: Roster, stamp: Stamp) -> Roster:
        return replace(state, units={**state.units, self.unit: Unit(**asdict(self))}, version=stamp.version)


class UnitRegistered(RosterFact, frozen=True, kw_only=True):
    """The unit is on the roster."""


class UnitChanged(RosterFact, frozen=True, kw_only=True):
    """The unit is now so."""


def check(state: Roster, record: Unit, context: Context) -> None:
    """第二条: a department with a leading team, of a kind the rulebook has a table for."""
    clause = context.rulebook.cited("register_unit")
    if record.unit_kind not in context.rulebook.tables:
        known = ", ".join(context.rulebook.tables)
        raise NotKnown(what="部门类别 / kind of unit", value=record.unit_kind, known=known, clause=clause)
    check_team(record.heads, record.members, record.staff, clause)


def check_new(state: Roster, record: Unit, context: Context) -> None:
    """Not on the roster yet."""
    if record.unit in state.units:
        raise AlreadyThere(
            stream=record.unit, act="登记部门 / register", clause=context.rulebook.cited("register_unit")
        )
    check(state, record, context)


def check_change(state: Roster, record: Unit, context: Context) -> None:
    """On the roster already."""
    if record.unit not in state.units:
        known, clause = ", ".join(state.units), context.rulebook.cited("change_unit")
        raise NotKnown(what="部门 / unit", value=record.unit, known=known, clause=clause)
    check(state, record, context)
