"""Plans the on-site visits (现场考评) of a year: for each department the day, time, place, inspectors and contact.

The measure lets the office organise the working group and names the steps (第七条（二）). It requires no plan; the plan is
our addition. A plan does not record what happened on site; the stages do that. The plan is in the year's stream and not
in the streams of the assessments, because only all visits together show whether somebody would be in two places at the
same time.

Not here: whether a day is a working day. `workflow/calendar.py` checks that with the calendar, which a later notice of
the State Council may change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from states.context import Context
from states.guards import FaultCollector
from states.records.account import Account
from states.records.lineage import is_recused
from states.records.year import Inspector, Progress, Visit, Year
from states.refusals import (
    Incomplete,
    Malformed,
    NothingToDo,
    NotKnown,
    OutOfOrder,
    OwnUnitVisited,
    Refusal,
    TooEarly,
    TwoPlaces,
    YearOver,
)
from states.rulebook.roles import inspectors
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Command, Reason, Stamp, Text

from .year import ENDED_STAGES, YearFact

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class VisitPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The visits to departments that have no planned visit yet."""

    visits: tuple[Visit, ...]

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts of all inspectors."""
        return frozenset(inspector.account for visit in self.visits for inspector in visit.inspectors)


class PlanVisits(Command, VisitPlan, frozen=True, kw_only=True):
    """Plan visits."""


class VisitsPlanned(YearFact, VisitPlan, frozen=True, kw_only=True):
    """The visits are planned. Each department gets a notice."""

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, visits={**state.visits, **{visit.unit: visit for visit in self.visits}})


class VisitChange(Reason, Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new plan of a visit, and the reason for the change."""

    visit: Visit

    @property
    def visits(self) -> tuple[Visit, ...]:
        return (self.visit,)

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts of all inspectors."""
        return frozenset(inspector.account for inspector in self.visit.inspectors)


class MoveVisit(Command, VisitChange, frozen=True, kw_only=True):
    """Change a planned visit: its day, time, place, sub-group or contact."""


class VisitMoved(YearFact, VisitChange, frozen=True, kw_only=True):
    """The visit was moved. The department gets a notice with the reason. `before` is the plan until then."""

    before: Visit

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, visits={**state.visits, self.visit.unit: self.visit})


def check_plan(state: Year, record: PlanVisits | VisitsPlanned, context: Context) -> None:
    """Refuse a plan in a closed year or without visits, an impossible visit, and a department with a planned visit."""
    _check_visits("plan_visits", state, record.visits, context)


def move(state: Year, command: MoveVisit, context: Context) -> VisitMoved:
    """The fact of the move, with the plan until then."""
    check_move(state, command, context)
    return VisitMoved(visit=command.visit, reason=command.reason, before=state.visits[command.visit.unit])


def check_move(state: Year, record: MoveVisit | VisitMoved, context: Context) -> None:
    """Refuse to move a visit that was not planned, or to an impossible visit; and a fact with a wrong old plan."""
    _check_visits("move_visit", state, record.visits, context)
    if isinstance(record, VisitMoved) and record.before != state.visits[record.visit.unit]:
        why = Text(zh="与台账所记的原安排不同", en="it is not the plan in the ledger")
        raise Malformed(
            what=Text(zh="原安排", en="the visit before"), why=why, clause=context.rulebook.cited("move_visit")
        )


def find_impossible_visits(
    act: str, state: Year, visits: Iterable[Visit], context: Context
) -> Iterator[tuple[str, Refusal]]:
    """For each visit that is not possible: its department and the refusal."""
    new_visits = tuple(visits)
    others = [planned for planned in state.visits.values() if all(planned.unit != visit.unit for visit in new_visits)]
    for index, visit in enumerate(new_visits):
        try:
            # A visit is compared only with those before it, so of two visits that overlap only the later one is
            # refused.
            _check_visit(act, state, visit, [*others, *new_visits[:index]], context)
        except Refusal as refusal:
            yield visit.unit, refusal


def _check_visits(act: str, state: Year, visits: tuple[Visit, ...], context: Context) -> None:
    """Refuse the act in a closed year, without a visit, or with the refusal of the first impossible visit."""
    clause, title = context.rulebook.cited(act), context.rulebook.acts[act].title.text
    if state.closed:
        raise YearOver(year=state.year, act=title, clause=clause)
    if not visits:
        raise Incomplete(
            missing=Text(zh="至少一个部门的安排", en="the visit to at least one department"), clause=clause
        )
    for _, refusal in find_impossible_visits(act, state, visits, context):
        raise refusal


def _check_visit(act: str, state: Year, visit: Visit, others: list[Visit], context: Context) -> None:
    """Refuse a visit that is not possible. `others` are the other visits of the year."""
    clause = context.rulebook.cited(act)
    _check_unit(act, state, visit, others, context, clause)
    faults = FaultCollector(clause)
    with faults:
        _check_time(visit, context, clause)
    with faults.at("inspectors"):
        _check_inspectors(visit, context, clause)
    with faults.at("inspectors"):
        _check_overlaps(visit, others, clause)
    faults.end()


def _check_overlaps(visit: Visit, others: list[Visit], clause: Citation) -> None:
    """Refuse a visit if one of its inspectors has another visit at the same time."""
    accounts = {inspector.account for inspector in visit.inspectors}
    for other in others:
        shared = accounts & {inspector.account for inspector in other.inspectors}
        if shared and visit.overlaps(other):
            time = f"{other.day} {other.begins}–{other.ends}"
            raise TwoPlaces(unit=visit.unit, who=", ".join(sorted(shared)), other=other.unit, when=time, clause=clause)


def _check_unit(act: str, state: Year, visit: Visit, others: list[Visit], context: Context, clause: Citation) -> None:
    """Refuse a department without an assessment to visit, one to plan with a visit, and one to move without a visit."""
    title, planned = context.rulebook.acts[act].title.text, state.visits.get(visit.unit)
    assessments: dict[str, Progress] = {progress.unit: progress for progress in context.progress or ()}
    if context.progress is not None and visit.unit not in assessments:
        units = ", ".join(sorted(assessments)) or "—"
        raise NotKnown(what=Text(zh="部门", en="department"), value=visit.unit, known=units, clause=clause)
    if visit.unit in assessments and assessments[visit.unit].stage in ENDED_STAGES:
        why = Text(zh=f"{visit.unit} 的考核已通报或撤销", en=f"the assessment of {visit.unit} has ended")
        raise NothingToDo(act=title, why=why, clause=clause)
    if act == "plan_visits" and (planned is not None or any(other.unit == visit.unit for other in others)):
        why = Text(
            zh=f"{visit.unit} 已有安排，如需更改请调整并写明理由",
            en=f"{visit.unit} has a visit; move it, with a reason",
        )
        raise NothingToDo(act=title, why=why, clause=clause)
    if act == "move_visit" and planned is None:
        units = ", ".join(sorted(state.visits)) or "—"
        raise NotKnown(what=Text(zh="现场考评安排", en="planned visit"), value=visit.unit, known=units, clause=clause)
    if planned == visit:
        raise NothingToDo(act=title, why=Text(zh="与原安排相同", en="nothing would change"), clause=clause)


def _check_time(visit: Visit, context: Context, clause: Citation) -> None:
    """Refuse times of a wrong form or in a wrong order, and a visit in the past."""
    faults = FaultCollector(clause)
    beginning, end = Text(zh="开始时间", en="begin"), Text(zh="结束时间", en="end")
    for field, title, clock_time in (("begins", beginning, visit.begins), ("ends", end, visit.ends)):
        with faults.at(field):
            if not _TIME.fullmatch(clock_time):
                raise Malformed(what=title, why=Text(zh="应形如 09:00", en="it must look like 09:00"), clause=clause)
    faults.end()
    with faults.at("ends"):
        if visit.ends <= visit.begins:
            raise OutOfOrder(what=beginning, value=visit.begins, other=end, against=visit.ends, clause=clause)
    with faults.at("day"):
        if visit.moment(visit.begins, context.rulebook.timezone) <= context.now:
            now = context.now.astimezone(ZoneInfo(context.rulebook.timezone))
            raise TooEarly(
                what=Text(zh=f"{visit.unit} 的现场考评时间", en=f"the visit of {visit.unit}"),
                value=f"{visit.day} {visit.begins}",
                after=Text(zh="现在", en="now"),
                against=f"{now:%Y-%m-%d %H:%M}",
                clause=clause,
            )
    faults.end()


def _check_inspectors(visit: Visit, context: Context, clause: Citation) -> None:
    """Refuse inspectors who are not of the working group, named twice or recused (F16), and a wrong contact."""
    accounts = [inspector.account for inspector in visit.inspectors]
    if not accounts:
        missing = Text(zh=f"{visit.unit} 的考核小组成员", en=f"the sub-group that visits {visit.unit}")
        raise Incomplete(missing=missing, clause=clause)
    if len(set(accounts)) != len(accounts):
        why = Text(zh="同一账号出现两次", en="an account is named twice")
        raise Malformed(what=Text(zh="考核小组成员", en="the sub-group"), why=why, clause=clause)
    for inspector in visit.inspectors:
        _check_account(inspector, context.accounts, context.rulebook, clause)
        if is_recused(inspector.unit, visit.unit, context.roster):
            recusal = context.rulebook.readings["recusal"].clause
            raise OwnUnitVisited(account=inspector.account, unit=visit.unit, clause=recusal)
    if visit.contact not in accounts:
        contact = Text(zh="小组联系人", en="contact")
        raise NotKnown(what=contact, value=visit.contact, known=", ".join(accounts), clause=clause)


def check_accounts(
    record: VisitPlan | VisitChange, accounts: Mapping[str, Account], rulebook: Rulebook, clause: Citation
) -> None:
    """Refuse an inspector without an account of the working group, or with a wrong department.

    For the audit, which knows all accounts.
    """
    for visit in record.visits:
        for inspector in visit.inspectors:
            _check_account(inspector, accounts, rulebook, clause)


def _check_account(
    inspector: Inspector, accounts: Mapping[str, Account] | None, rulebook: Rulebook, clause: Citation
) -> None:
    """第四条（三）: inspectors are members of the working group, so they have a role that fills in score sheets."""
    # None: the accounts are not known here. The audit checks them later with `check_accounts`.
    if accounts is None:
        return
    account = accounts.get(inspector.account, Account())
    if account.closed or account.roles.isdisjoint(inspectors(rulebook)):
        title = Text(zh="考核工作组成员的账号", en="account of a member of the working group")
        raise NotKnown(
            what=title, value=inspector.account, known=Text(zh="见账号页", en="see the accounts"), clause=clause
        )
    if account.unit != inspector.unit:
        why = Text(zh=f"{inspector.account} 属于 {account.unit}", en=f"{inspector.account} belongs to {account.unit}")
        raise Malformed(what=Text(zh="成员所在部门", en="department of a member"), why=why, clause=clause)
