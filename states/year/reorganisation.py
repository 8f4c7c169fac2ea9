"""机构调整: a unit is retired, merged into another, split, or divided; or that is taken back. Facts of the roster's stream.

The roster forgets no unit: its results and its papers stay under its id, and `lineage.py` says who answers for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec.structs import asdict, replace

from states.context import Context
from states.records.lineage import heirs
from states.records.roster import Reorganisation, Roster
from states.refusals import Impossible, NothingToDo, listed
from states.vocabulary import Command, Opaque, Reason, Stamp, Text

from .roster import RosterFact, founded_later, known_unit, not_yet_effective


class ReorganiseUnit(Command, Reorganisation, frozen=True, kw_only=True):
    """Put on record that a unit ended, was merged, split or divided."""


class UnitReorganised(RosterFact, Reorganisation, frozen=True, kw_only=True):
    """The unit ended, was merged, split or divided."""

    dated = "since"

    def fold(self, state: Roster, stamp: Stamp) -> Roster:
        record = Reorganisation(**asdict(self))
        return replace(state, reorganisations=(*state.reorganisations, record), version=stamp.version)


class Restoration(Reason, frozen=True, kw_only=True):
    """Why the last reorganisation of a unit is taken back."""

    unit: Opaque


class RestoreUnit(Command, Restoration, frozen=True, kw_only=True):
    """Take back the last reorganisation of a unit."""


class UnitRestored(RosterFact, Restoration, frozen=True, kw_only=True):
    """The last reorganisation of the unit no longer holds. What it said stays in the ledger."""

    def fold(self, state: Roster, stamp: Stamp) -> Roster:
        last = last_reorganisation(state, self.unit)
        kept = tuple(one for one in state.reorganisations if one is not last)
        return replace(state, reorganisations=kept, version=stamp.version)


def last_reorganisation(state: Roster, unit: str) -> Reorganisation | None:
    """The reorganisation of a unit that was recorded last."""
    return next((one for one in reversed(state.reorganisations) if one.unit == unit), None)


def check(state: Roster, record: Reorganisation, context: Context) -> None:
    """第二条: the units assessed are those there are. Everything that cannot be is said at once."""
    known_unit(state, record.unit, "reorganise_unit", context)
    if faults := list(_faults(state, record, context)):
        title, clause = context.rulebook.acts["reorganise_unit"].title.text, context.rulebook.cited("reorganise_unit")
        raise Impossible(act=title, why=listed(faults), clause=clause)


def check_restoration(state: Roster, record: Restoration, context: Context) -> None:
    """There is a reorganisation to take back."""
    known_unit(state, record.unit, "restore_unit", context)
    if last_reorganisation(state, record.unit) is None:
        title, clause = context.rulebook.acts["restore_unit"].title.text, context.rulebook.cited("restore_unit")
        raise NothingToDo(
            act=title, why=Text(zh="该部门没有机构调整的记录", en="the unit was never reorganised"), clause=clause
        )


def _faults(state: Roster, record: Reorganisation, context: Context) -> Iterator[Text]:
    held, end = state.units[record.unit], state.end(record.unit)
    if end is not None:
        yield Text(
            zh=f"该部门已于 {end.since} 撤销；登记有误的，请先办理“恢复部门”",
            en=f"the unit was closed on {end.since}; if this is wrong, restore it first",
        )
    if record.since > context.today:
        yield not_yet_effective(record.since, context.today)
    if held.since is not None and record.since < held.since:
        yield founded_later(held, record.since)
    if record.continues and not record.successors:
        yield Text(
            zh="部门继续保留的，须写明从中分出的部门", en="the unit continues, so name the units divided off from it"
        )
    yield from _of_years(record)
    for successor, times in Counter(record.successors).items():
        if times > 1:
            yield Text(zh=f"承接部门 {successor} 重复", en=f"successor {successor} is named twice")
        yield from _of_successor(state, record, successor)


def _of_years(record: Reorganisation) -> Iterator[Text]:
    """第六条「每年年底组织开展一次」: a unit is assessed in the year of its end if its round had begun by then, else last in the year before."""
    year = record.since.year
    if record.final_year not in (year - 1, year):
        yield Text(
            zh=f"最后考核年度应为 {year - 1} 或 {year}，不能是 {record.final_year}",
            en=f"the last year assessed must be {year - 1} or {year}, not {record.final_year}",
        )


def _of_successor(state: Roster, record: Reorganisation, successor: str) -> Iterator[Text]:
    if successor == record.unit:
        yield Text(zh="部门不能承接自己", en="a unit cannot be its own successor")
        return
    held = state.units.get(successor)
    if held is None:
        yield Text(
            zh=f"承接部门 {successor} 不在名册，请先登记",
            en=f"successor {successor} is not on the roster: register it first",
        )
        return
    if held.since is not None and record.since < held.since:
        yield founded_later(held, record.since)
    end = state.end(successor)
    if end is not None and end.since <= record.since:
        yield Text(
            zh=f"承接部门 {held.title} 已于 {end.since} 撤销", en=f"successor {held.title} was closed on {end.since}"
        )
    if not record.continues and record.unit in heirs(successor, state):
        yield Text(
            zh=f"{held.title} 由本部门承接，不能再承接本部门",
            en=f"this unit already takes over {held.title}, so {held.title} cannot take it over",
        )
