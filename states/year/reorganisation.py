"""机构调整: a department is closed, merged, split or divided, or such a reorganisation is taken back.

The facts are in the roster's stream. The roster never drops a department: its results and documents stay under its id,
and `records/lineage.py` says which departments answer for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec.structs import asdict, replace

from states.context import Context
from states.records.lineage import all_successors
from states.records.roster import Reorganisation, Roster
from states.refusals import Impossible, NothingToDo, join_faults
from states.vocabulary import Command, Opaque, Reason, Stamp, Text

from .roster import RosterFact, fault_of_founding, fault_of_future_day, require_unit


class ReorganiseUnit(Command, Reorganisation, frozen=True, kw_only=True):
    """Record that a department was closed, merged, split or divided."""


class UnitReorganised(RosterFact, Reorganisation, frozen=True, kw_only=True):
    """The department was closed, merged, split or divided."""

    dated = "since"

    def fold(self, state: Roster, stamp: Stamp) -> Roster:
        record = Reorganisation(**asdict(self))
        return replace(state, reorganisations=(*state.reorganisations, record), version=stamp.version)


class Restoration(Reason, frozen=True, kw_only=True):
    """The department of the reorganisation to take back, and the reason."""

    unit: Opaque


class RestoreUnit(Command, Restoration, frozen=True, kw_only=True):
    """Take back the last reorganisation of a department."""


class UnitRestored(RosterFact, Restoration, frozen=True, kw_only=True):
    """The last reorganisation of the department is no longer valid; its entry stays in the ledger."""

    def fold(self, state: Roster, stamp: Stamp) -> Roster:
        last = last_reorganisation(state, self.unit)
        others = tuple(record for record in state.reorganisations if record is not last)
        return replace(state, reorganisations=others, version=stamp.version)


def last_reorganisation(state: Roster, unit: str) -> Reorganisation | None:
    """The last recorded reorganisation of a department; None if there is none."""
    return next((record for record in reversed(state.reorganisations) if record.unit == unit), None)


def check(state: Roster, record: Reorganisation, context: Context) -> None:
    """Refuse a reorganisation that contradicts the roster, or itself (第二条). The refusal names every contradiction."""
    require_unit(state, record.unit, "reorganise_unit", context)
    if faults := list(_faults(state, record, context)):
        title, clause = context.rulebook.acts["reorganise_unit"].title.text, context.rulebook.cited("reorganise_unit")
        raise Impossible(act=title, why=join_faults(faults), clause=clause)


def check_restoration(state: Roster, record: Restoration, context: Context) -> None:
    """Refuse to restore a department that is not on the roster or was never reorganised."""
    require_unit(state, record.unit, "restore_unit", context)
    if last_reorganisation(state, record.unit) is None:
        title, clause = context.rulebook.acts["restore_unit"].title.text, context.rulebook.cited("restore_unit")
        why = Text(zh="该部门没有机构调整的记录", en="the department was never reorganised")
        raise NothingToDo(act=title, why=why, clause=clause)


def _faults(state: Roster, record: Reorganisation, context: Context) -> Iterator[Text]:
    """Every contradiction between the reorganisation and the roster, and in the reorganisation itself."""
    department, closing = state.units[record.unit], state.closing(record.unit)
    if closing is not None:
        yield Text(
            zh=f"该部门已于 {closing.since} 撤销；登记有误的，请先办理“恢复部门”",
            en=f"the department was closed on {closing.since}; if this is wrong, restore it first",
        )
    if record.since > context.today:
        yield fault_of_future_day(record.since, context.today)
    if department.since is not None and record.since < department.since:
        yield fault_of_founding(department, record.since)
    if record.continues and not record.successors:
        yield Text(
            zh="部门继续保留的，须写明从中分出的部门",
            en="the department continues, so name the departments divided off from it",
        )
    yield from _year_faults(record)
    for successor, times in Counter(record.successors).items():
        if times > 1:
            yield Text(zh=f"承接部门 {successor} 重复", en=f"successor {successor} is named twice")
        yield from _successor_faults(state, record, successor)


def _year_faults(record: Reorganisation) -> Iterator[Text]:
    """The contradiction between the last year assessed and the day of the reorganisation, if there is one."""
    # 第六条「每年年底组织开展一次」: a department is last assessed in the year of its closing if the annual assessment had
    # begun by then, else in the year before.
    year = record.since.year
    if record.final_year not in (year - 1, year):
        yield Text(
            zh=f"最后考核年度应为 {year - 1} 或 {year}，不能是 {record.final_year}",
            en=f"the last year assessed must be {year - 1} or {year}, not {record.final_year}",
        )


def _successor_faults(state: Roster, record: Reorganisation, successor: str) -> Iterator[Text]:
    """Every contradiction between one successor and the roster."""
    if successor == record.unit:
        yield Text(zh="部门不能承接自己", en="a department cannot be its own successor")
        return
    department = state.units.get(successor)
    if department is None:
        yield Text(
            zh=f"承接部门 {successor} 不在名册，请先登记",
            en=f"successor {successor} is not on the roster: register it first",
        )
        return
    if department.since is not None and record.since < department.since:
        yield fault_of_founding(department, record.since)
    closing = state.closing(successor)
    if closing is not None and closing.since <= record.since:
        yield Text(
            zh=f"承接部门 {department.title} 已于 {closing.since} 撤销",
            en=f"successor {department.title} was closed on {closing.since}",
        )
    if not record.continues and record.unit in all_successors(successor, state):
        yield Text(
            zh=f"{department.title} 由本部门承接，不能再承接本部门",
            en=f"this department already takes over {department.title}, so {department.title} cannot take it over",
        )
