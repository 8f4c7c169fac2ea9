"""Registers, changes and renames departments. The roster is one stream, `roster`.

Not here: closing, merging, splitting and restoring departments (`reorganisation.py`), and which departments answer for
a closed one (`records/lineage.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import asdict, replace

from states.context import Context
from states.guards import FaultCollector, check_not_in_future
from states.records.roster import Roster, Unit, UnitName
from states.refusals import AlreadyThere, Impossible, NothingToDo, NotKnown, Refusal, join_faults
from states.stages.opening import check_team
from states.vocabulary import Command, Fact, Stamp, Text


class RegisterUnit(Command, Unit, frozen=True, kw_only=True):
    """Put a department on the roster."""


class ChangeUnit(Command, Unit, frozen=True, kw_only=True):
    """Change the kind, team or staff of a department, not its name (`RenameUnit`). Open assessments stay the same."""


class RenameUnit(Command, UnitName, frozen=True, kw_only=True):
    """Give a department another name from the day `since` on.

    If `since` is the first day of its present name, the present name is corrected.
    """


class RosterFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts of the roster's stream."""

    def fold(self, state: Roster, stamp: Stamp) -> Roster:
        raise NotImplementedError


class UnitFact(RosterFact, Unit, frozen=True, kw_only=True):
    """The base class of facts that have all data of a department from now on."""

    def fold(self, state: Roster, stamp: Stamp) -> Roster:
        units = {**state.units, self.unit: Unit(**asdict(self))}
        # An existing first title overwrites the new one, so it stays.
        first_titles = {self.unit: self.title, **state.first_titles}
        return replace(state, units=units, first_titles=first_titles, version=stamp.version)


class UnitRegistered(UnitFact, frozen=True, kw_only=True):
    """The department was put on the roster."""


class UnitChanged(UnitFact, frozen=True, kw_only=True):
    """The kind, team or staff of the department was changed."""


class UnitRenamed(RosterFact, UnitName, frozen=True, kw_only=True):
    """The department has this name from the day `since` on."""

    dated = "since"

    def fold(self, state: Roster, stamp: Stamp) -> Roster:
        new_name = UnitName(**asdict(self))
        others = [name for name in state.names if (name.unit, name.since) != (self.unit, self.since)]
        renamed = replace(state.units[self.unit], title=self.title)
        names = tuple(sorted((*others, new_name), key=lambda name: name.since))
        return replace(state, units={**state.units, self.unit: renamed}, names=names, version=stamp.version)


def check(state: Roster, record: Unit, context: Context) -> None:
    """第二条: refuse a kind for which the rulebook has no table, a wrong team, and a founding in the future."""
    clause = context.rulebook.cited("register_unit")
    faults = FaultCollector(clause)
    with faults.at("unit_kind"):
        if record.unit_kind not in context.rulebook.forms_by_kind:
            title, kinds = Text(zh="部门类别", en="kind of department"), ", ".join(context.rulebook.forms_by_kind)
            raise NotKnown(what=title, value=record.unit_kind, known=kinds, clause=clause)
    with faults:
        check_team(record.heads, record.members, record.staff, clause)
    with faults.at("since"):
        if record.since is not None:
            check_not_in_future(Text(zh="成立日期", en="day of founding"), record.since, context, clause)
    faults.end()


def check_new(state: Roster, record: Unit, context: Context) -> None:
    """Refuse a department that is on the roster already, or that `check` refuses."""
    clause = context.rulebook.cited("register_unit")
    faults = FaultCollector(clause)
    with faults.at("unit"):
        if record.unit in state.units:
            raise AlreadyThere(stream=record.unit, act=Text(zh="登记部门", en="register"), clause=clause)
    with faults:
        check(state, record, context)
    faults.end()


def check_change(state: Roster, record: Unit, context: Context) -> None:
    """Refuse a department that is not on the roster or was closed, a change of its name, and what `check` refuses."""
    present, clause = require_unit(state, record.unit, "change_unit", context), context.rulebook.cited("change_unit")
    if (closing := state.closing(record.unit)) is not None:
        raise AlreadyRetired(unit=present.title, since=closing.since, clause=clause)
    # A new name needs a first day (`RenameUnit`), so that earlier years keep the old name.
    if record.title != present.title:
        raise NewName(unit=record.unit, title=present.title, given=record.title, clause=clause)
    check(state, record, context)


def check_rename(state: Roster, record: UnitName, context: Context) -> None:
    """Refuse a department that is not on the roster, its present name, and a wrong first day.

    The first day may not be in the future, before the founding, before the present name, or after the closing.
    """
    present, clause = require_unit(state, record.unit, "rename_unit", context), context.rulebook.cited("rename_unit")
    if record.title == present.title:
        why = Text(zh="部门已用此名称", en="the department already has this name")
        raise NothingToDo(act=record.title, why=why, clause=clause)
    if faults := list(_rename_faults(state, record, present, context)):
        title = context.rulebook.acts["rename_unit"].title.text
        raise Impossible(act=title, why=join_faults(faults), clause=clause)


def _rename_faults(state: Roster, record: UnitName, present: Unit, context: Context) -> Iterator[Text]:
    """Every contradiction between the new name and the roster."""
    names, closing = state.names_of(record.unit), state.closing(record.unit)
    if record.since > context.today:
        yield fault_of_future_day(record.since, context.today)
    if present.since is not None and record.since < present.since:
        yield fault_of_founding(present, record.since)
    if names and record.since < names[-1].since:
        day = names[-1].since
        yield Text(
            zh=f"现名称自 {day} 起使用，新名称不能从更早的 {record.since} 起",
            en=f"its present name has been in use since {day}, so a new name cannot start on {record.since}",
        )
    if closing is not None and record.since >= closing.since:
        yield Text(zh=f"该部门已于 {closing.since} 撤销", en=f"the department was closed on {closing.since}")


def require_unit(state: Roster, unit: str, act: str, context: Context) -> Unit:
    """The department on the roster. Raises `NotKnown` if the roster does not have it."""
    if unit not in state.units:
        units, clause = ", ".join(state.units), context.rulebook.cited(act)
        raise NotKnown(what=Text(zh="部门", en="department"), value=unit, known=units, clause=clause)
    return state.units[unit]


def fault_of_future_day(day: date, today: date) -> Text:
    """The fault that a day is in the future."""
    return Text(
        zh=f"生效日期 {day} 晚于今天（{today}），请到当天再登记",
        en=f"{day} is later than today ({today}): record it on that day",
    )


def fault_of_founding(unit: Unit, day: date) -> Text:
    """The fault that a day is before the founding of the department."""
    return Text(
        zh=f"{unit.title}成立于 {unit.since}，晚于 {day}",
        en=f"{unit.title} was founded on {unit.since}, later than {day}",
    )


class AlreadyRetired(Refusal):
    """The department was closed, so it cannot be changed."""

    zh = "部门“{unit}”已于 {since} 撤销，名册不再变更（{clause}）。登记有误的，请先办理“恢复部门”。"
    en = (
        "“{unit}” was closed on {since} and can no longer be changed on the roster ({clause}). If this is wrong, "
        "restore it first."
    )


class NewName(Refusal):
    """A new name of a department needs a separate act, with the first day of the name."""

    zh = "部门 {unit} 现名“{title}”，不能在此改为“{given}”（{clause}）。名称变更请办理“部门更名”，写明从哪一天起使用，以前年度仍用原名称。"
    en = (
        "Department {unit} is called “{title}” and cannot be changed to “{given}” here ({clause}). Use “rename a "
        "department” and give the start date. Earlier years keep the old name."
    )
