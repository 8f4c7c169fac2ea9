"""平时检查: a routine check of one unit on one day of the year, what was found, what is to be mended until when, and the answer.

第三条（三）：年终考核与平时检查相结合。 The discipline office checks at any time, before the year is opened too. A check of many units makes
one stream for each of them, because each answers for itself. The finding is for the unit to read and names nobody; what names people goes to
the vault, and the entry refers to it (`notes`). A check gives no points unless the rulebook says so (`routine_check_points`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import asdict, replace

from .cases.effects import Checked
from .context import Context
from .guards import Faults, document, happened, not_past
from .records.account import Account
from .records.lineage import is_recused
from .records.roster import Roster
from .records.routine_check import Answer, Findings, RoutineCheck, Status
from .refusals import Impossible, Incomplete, NothingToDo, NotKnown, OwnUnitChecked, TooEarly
from .rulebook.types import Rulebook
from .vocabulary import Citation, Command, Fact, Opaque, Reason, Stamp, Text, Words

STATUS: dict[Status, Text] = {
    "open": Text(zh="待整改", en="to be put right"),
    "noted": Text(zh="无需整改", en="nothing to put right"),
    "answered": Text(zh="已答复，待认可", en="answered, to be accepted"),
    "accepted": Text(zh="整改已认可", en="answer accepted"),
    "withdrawn": Text(zh="已撤销", en="withdrawn"),
}

POSSIBLE: dict[Status, tuple[str, ...]] = {
    "open": ("answer_routine_check", "correct_routine_check", "withdraw_routine_check"),
    "noted": ("answer_routine_check", "correct_routine_check", "withdraw_routine_check"),
    "answered": (
        "accept_answer", "return_answer", "answer_routine_check", "correct_routine_check", "withdraw_routine_check",
    ),
    "accepted": ("withdraw_routine_check",),
    "withdrawn": (),
}  # fmt: skip
"""What may be done with a check in each status, whoever does it."""

_DAY = Text(zh="检查日期", en="day of the check")
_UNTIL = Text(zh="整改期限", en="deadline for putting it right")


class RecordRoutineCheck(Command, Findings, frozen=True, kw_only=True):
    """Put a check of one unit on record."""

    unit: Opaque


class CorrectRoutineCheck(Command, Findings, frozen=True, kw_only=True):
    """Put on record what the check really found; the unit answers to that."""

    reason: Words


class WithdrawRoutineCheck(Command, Reason, frozen=True, kw_only=True):
    """Take a check back that should not have been recorded."""


class AnswerRoutineCheck(Command, Answer, frozen=True, kw_only=True):
    """Answer a check; another answer before the office decides takes the first one's place."""


class Acceptance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer is accepted: on which day the office satisfied itself, and a remark, if there is one."""

    accepted_on: date
    remark: Words | None = None


class AcceptAnswer(Command, Acceptance, frozen=True, kw_only=True):
    """Accept the unit's answer."""


class Return(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer goes back: why, and the new deadline; without one the old deadline holds."""

    reason: Words
    mend_until: date | None = None


class ReturnAnswer(Command, Return, frozen=True, kw_only=True):
    """Send the unit's answer back."""


class RoutineCheckFact(Fact, frozen=True, kw_only=True):
    """A fact of a routine check's stream."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        raise NotImplementedError


class RoutineCheckRecorded(RoutineCheckFact, Findings, frozen=True, kw_only=True):
    """The unit was checked."""

    dated = "checked_on"
    unit: Opaque

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        return replace(with_findings(state, self, "unit"), unit=self.unit, recorded_by=stamp.actor)


class RoutineCheckCorrected(RoutineCheckFact, Findings, frozen=True, kw_only=True):
    """The check found something else than was recorded first."""

    dated = "checked_on"
    reason: Words

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        return with_findings(state, self, "reason")


class RoutineCheckWithdrawn(RoutineCheckFact, Reason, frozen=True, kw_only=True):
    """The check no longer counts."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        return replace(state, status="withdrawn", due=None)


class RoutineCheckAnswered(RoutineCheckFact, Answer, frozen=True, kw_only=True):
    """The unit answered."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        answered_at = state.answered_at if state.status == "answered" else stamp.recorded_at
        answers = (*state.answers, Answer(**asdict(self)))
        return replace(state, status="answered", answers=answers, answered_at=answered_at)


class AnswerAccepted(RoutineCheckFact, Acceptance, frozen=True, kw_only=True):
    """The office accepted the answer."""

    dated = "accepted_on"

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        return replace(state, status="accepted", accepted_on=self.accepted_on)


class AnswerReturned(RoutineCheckFact, Return, frozen=True, kw_only=True):
    """The office sent the answer back; the unit answers again."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        return replace(state, status="open", returned=self.reason, due=self.mend_until or state.due)


def fold(state: RoutineCheck, fact: RoutineCheckFact, stamp: Stamp) -> RoutineCheck:
    """The check after one more fact."""
    return replace(fact.fold(state, stamp), version=stamp.version)


def with_findings(state: RoutineCheck, fact: Findings, besides: str) -> RoutineCheck:
    """The check with the findings of a fact, whose field `besides` is no part of them. Where there is something to mend, it waits for the unit again."""
    fields = {name: value for name, value in asdict(fact).items() if name != besides}
    status: Status = "open" if fact.to_mend else "noted"
    return replace(state, findings=Findings(**fields), status=status, due=fact.mend_until, returned="")


def check(state: RoutineCheck, record: RecordRoutineCheck | RoutineCheckRecorded, context: Context) -> None:
    """第三条（三）: a unit of the roster, on a day that is not in the future, by somebody, with a deadline that can still be met."""
    faults = Faults(context.rulebook.routine_check.clause)
    with faults.at("unit"):
        _unit_is_known(record.unit, context)
        _unit_was_there(record.unit, record, context)
    _gather(faults, record.unit, record, context)
    with faults.at("mend_until"):
        _deadline_ahead(record, context)
    faults.end()


def check_correction(
    state: RoutineCheck, record: CorrectRoutineCheck | RoutineCheckCorrected, context: Context
) -> None:
    """What is not closed is corrected; a deadline that is not moved may be past."""
    _possible(state, CorrectRoutineCheck.act, context)
    faults = Faults(context.rulebook.routine_check.clause)
    _gather(faults, state.unit, record, context)
    with faults.at("mend_until"):
        if record.mend_until != state.due:
            _deadline_ahead(record, context)
    faults.end()


def check_withdrawal(state: RoutineCheck, record: object, context: Context) -> None:
    """Once. An accepted check may be withdrawn too: an answer does not make a wrong record right."""
    _possible(state, WithdrawRoutineCheck.act, context)


def check_answer(state: RoutineCheck, record: Answer, context: Context) -> None:
    """The unit answers what is not closed; that there is nothing to mend does not keep it from answering."""
    _possible(state, AnswerRoutineCheck.act, context)
    clause = context.rulebook.routine_check.clause
    what = Text(zh="答复材料", en="document of the answer")
    faults = Faults(clause)
    for one in record.documents:
        with faults.at("documents"):
            document(what, one, clause)
    faults.end()


def check_acceptance(state: RoutineCheck, record: Acceptance, context: Context) -> None:
    """There is an answer; the day of acceptance is not in the future, and not before the check."""
    _possible(state, AcceptAnswer.act, context)
    what, clause = Text(zh="认可日期", en="day of acceptance"), context.rulebook.routine_check.clause
    faults = Faults(clause)
    with faults.at("accepted_on"):
        _check_accepted(state, record, what, context, clause)
    faults.end()


def _check_accepted(state: RoutineCheck, record: Acceptance, what: Text, context: Context, clause: Citation) -> None:
    happened(what, record.accepted_on, context, clause)
    if state.findings is not None and record.accepted_on < state.findings.checked_on:
        against = state.findings.checked_on
        raise TooEarly(what=what, value=record.accepted_on, after=_DAY, against=against, clause=clause)


def check_return(state: RoutineCheck, record: Return, context: Context) -> None:
    """There is an answer; where the deadline is past the unit gets a new one, so that nobody is late at once."""
    _possible(state, ReturnAnswer.act, context)
    clause = context.rulebook.routine_check.clause
    faults = Faults(clause)
    with faults.at("mend_until"):
        if record.mend_until is not None:
            not_past(_UNTIL, record.mend_until, context, clause)
        elif state.due is None or state.due < context.today:
            raise Incomplete(missing=Text(zh="新的整改期限", en="a new deadline for putting it right"), clause=clause)
    faults.end()


def bearing(checks: Iterable[RoutineCheck], unit: str, year: int, context: Context) -> tuple[Checked, ...]:
    """The checks an assessment of this unit and year has to do with, as they stand, in the order of their days."""
    mine = [one for one in checks if one.unit == unit and one.concerns(year)]
    made = [_checked(one, context) for one in mine]
    return tuple(sorted(made, key=lambda one: (one.checked_on, one.check)))


def _checked(state: RoutineCheck, context: Context) -> Checked:
    assert state.findings is not None, "it concerns a year"
    cost = _cost(state, context.today, context.rulebook)
    return Checked(state.id, state.findings.checked_on, state.findings.elements, state.status, cost)


def _cost(state: RoutineCheck, today: date, rulebook: Rulebook) -> Decimal:
    """What it costs: nothing, unless the rulebook gives points to what is not mended in time.

    A unit that answered in time does not pay for the days in which its answer waits for the office.
    """
    until = today
    if state.status == "answered" and state.answered_at is not None:
        until = state.answered_at.astimezone(ZoneInfo(rulebook.timezone)).date()
    late = state.status in ("open", "answered") and state.due is not None and state.due < until
    return rulebook.settings.routine_check_points.value if late else Decimal(0)


def _gather(faults: Faults, unit: str, record: Findings, context: Context) -> None:
    """What is wrong with findings, each at its field."""
    clause = context.rulebook.routine_check.clause
    with faults.at("checked_on"):
        happened(_DAY, record.checked_on, context, clause)
    with faults.at("checked_by"):
        _somebody_checked(unit, record, context)
    with faults.at("elements"):
        _elements_are_its_own(unit, record, context)
    with faults.at("to_mend" if record.to_mend is None else "mend_until"):
        _mending_is_whole(record, context)
    for one in record.documents:
        with faults.at("documents"):
            document(Text(zh="检查材料", en="document of the check"), one, clause)


def _unit_is_known(unit: str, context: Context) -> None:
    if context.roster is not None and unit not in context.roster.units:
        known, clause = ", ".join(context.roster.units), context.rulebook.routine_check.clause
        raise NotKnown(what=Text(zh="部门", en="unit"), value=unit, known=known or "—", clause=clause)


def _unit_was_there(unit: str, record: Findings, context: Context) -> None:
    """Nobody checks a unit that had ended; its open checks are answered by those who took it over."""
    end = context.roster.end(unit) if context.roster is not None else None
    if context.roster is not None and end is not None and record.checked_on >= end.since:
        title = context.roster.title(unit)
        why = Text(
            zh=f"{title}已于 {end.since} 撤销，{record.checked_on} 时已无此部门，请检查承接部门",
            en=f"{title} was closed on {end.since}, before {record.checked_on}: check the unit that took it over",
        )
        act = context.rulebook.acts["record_routine_check"].title.text
        raise Impossible(act=act, why=why, clause=context.rulebook.routine_check.clause)


def _somebody_checked(unit: str, record: Findings, context: Context) -> None:
    """Who checks is not of the team that is checked."""
    clause = context.rulebook.routine_check.clause
    if not record.checked_by:
        raise Incomplete(missing=Text(zh="检查人员", en="who checked"), clause=clause)
    entry = context.roster.units.get(unit) if context.roster else None
    team = {member.person for member in (*entry.heads, *entry.members)} if entry else set()
    if team & set(record.checked_by):
        missing = Text(zh="本部门领导班子以外的检查人员", en="somebody who checked and is not in the unit's own team")
        raise Incomplete(missing=missing, clause=clause)
    if context.accounts is not None:
        check_accounts(unit, record, context.accounts, context.roster, context.rulebook.settings.recusal.clause)


def check_accounts(
    unit: str, record: Findings, accounts: Mapping[str, Account], roster: Roster | None, clause: str
) -> None:
    """F16: nobody of the unit, or of one that took it over, checks it: for those who know every account as of then."""
    for account in record.checked_by:
        own = accounts[account].unit if account in accounts else None
        if is_recused(own, unit, roster):
            raise OwnUnitChecked(account=account, unit=roster.title(unit) if roster else unit, clause=clause)


def elements_of(unit: str, roster: Roster | None, rulebook: Rulebook) -> tuple[str, ...]:
    """The elements a check of this unit may touch: those of its own table (附件1、附件2); none where it is not known."""
    entry = roster.units.get(unit) if roster else None
    table = rulebook.tables.get(entry.unit_kind) if entry else None
    return tuple(table.elements) if table else ()


def _elements_are_its_own(unit: str, record: Findings, context: Context) -> None:
    known = elements_of(unit, context.roster, context.rulebook)
    unknown = [key for key in record.elements if key not in known]
    if known and unknown:
        what, clause = (
            Text(zh="本部门的考核要素", en="element that applies to the unit"),
            context.rulebook.routine_check.clause,
        )
        raise NotKnown(what=what, value=", ".join(unknown), known=", ".join(known), clause=clause)


def _mending_is_whole(record: Findings, context: Context) -> None:
    clause = context.rulebook.routine_check.clause
    if record.to_mend is not None and record.mend_until is None:
        raise Incomplete(missing=_UNTIL, clause=clause)
    if record.to_mend is None and record.mend_until is not None:
        raise Incomplete(missing=Text(zh="整改要求", en="what to put right"), clause=clause)
    if record.mend_until is not None and record.mend_until < record.checked_on:
        raise TooEarly(what=_UNTIL, value=record.mend_until, after=_DAY, against=record.checked_on, clause=clause)


def _deadline_ahead(record: Findings, context: Context) -> None:
    """A check may be entered late, but then with a deadline that can still be met."""
    if record.mend_until is not None and record.mend_until >= record.checked_on:
        not_past(_UNTIL, record.mend_until, context, context.rulebook.routine_check.clause)


def _possible(state: RoutineCheck, act: str, context: Context) -> None:
    """The act fits how the check stands."""
    if act not in POSSIBLE[state.status]:
        now = STATUS[state.status]
        why = Text(zh=f"该次检查现为“{now.zh}”", en=f"the check is “{now.en}”")
        raise NothingToDo(act=context.rulebook.acts[act].title.text, why=why, clause=context.rulebook.cited(act))
