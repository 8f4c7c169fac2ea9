"""平时检查: the commands, facts and checks of a routine check of one department on one day.

第三条（三）：年终考核与平时检查相结合。 The discipline office may check at any time, also before the year is opened. A check
of several departments has one stream for each department, because each answers for itself. A check costs points only by
a ladder of the rulebook.
"""

# The department reads the finding, so it names nobody. Text that names people is stored in the vault, and the entry has
# only a reference to it (`notes`).

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import asdict, replace

from states.context import Context
from states.guards import FaultCollector, check_document, check_new_day, check_not_in_future
from states.records.account import Account
from states.records.lineage import is_recused
from states.records.roster import Roster
from states.records.routine_check import CheckAnswer, CheckStatus, Findings, RoutineCheck
from states.refusals import Impossible, Incomplete, NothingToDo, NotKnown, OwnUnitChecked, TooEarly
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Command, Fact, Opaque, Reason, Stamp, Text, Words

STATUS_TITLES: dict[CheckStatus, Text] = {
    "open": Text(zh="待整改", en="to be put right"),
    "noted": Text(zh="无需整改", en="nothing to put right"),
    "answered": Text(zh="已答复，待认可", en="answered, to be accepted"),
    "accepted": Text(zh="整改已认可", en="answer accepted"),
    "withdrawn": Text(zh="已撤销", en="withdrawn"),
}

POSSIBLE_ACTS: dict[CheckStatus, tuple[str, ...]] = {
    "open": ("answer_routine_check", "correct_routine_check", "withdraw_routine_check"),
    "noted": ("answer_routine_check", "correct_routine_check", "withdraw_routine_check"),
    "answered": (
        "accept_answer",
        "return_answer",
        "answer_routine_check",
        "correct_routine_check",
        "withdraw_routine_check",
    ),
    "accepted": ("withdraw_routine_check",),
    "withdrawn": (),
}
"""By status of a check: the acts that are possible, for any actor."""

_DAY = Text(zh="检查日期", en="day of the check")
_UNTIL = Text(zh="整改期限", en="deadline for putting it right")


class RecordRoutineCheck(Command, Findings, frozen=True, kw_only=True):
    """Record a check of one department."""

    unit: Opaque


class CorrectRoutineCheck(Command, Findings, frozen=True, kw_only=True):
    """Correct the finding of a check. The department must then answer the corrected finding."""

    reason: Words


class WithdrawRoutineCheck(Command, Reason, frozen=True, kw_only=True):
    """Withdraw a check that should not have been recorded."""


class AnswerRoutineCheck(Command, CheckAnswer, frozen=True, kw_only=True):
    """Answer a check. A second answer before the office decides replaces the first."""


class Acceptance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The acceptance of an answer: the day on which the office verified it, and a remark, if any."""

    accepted_on: date
    remark: Words | None = None


class AcceptAnswer(Command, Acceptance, frozen=True, kw_only=True):
    """Accept the department's answer."""


class ReturnBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reason why an answer is sent back, and the new deadline. None: the old deadline stays."""

    reason: Words
    mend_until: date | None = None


class ReturnAnswer(Command, ReturnBody, frozen=True, kw_only=True):
    """Send the department's answer back."""


class RoutineCheckFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts of a routine check's stream."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        raise NotImplementedError


class RoutineCheckRecorded(RoutineCheckFact, Findings, frozen=True, kw_only=True):
    """The department was checked."""

    dated = "checked_on"
    unit: Opaque

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        return replace(_with_findings(state, self, "unit"), unit=self.unit, recorded_by=stamp.actor)


class RoutineCheckCorrected(RoutineCheckFact, Findings, frozen=True, kw_only=True):
    """The finding was corrected."""

    dated = "checked_on"
    reason: Words

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        return _with_findings(state, self, "reason")


class RoutineCheckWithdrawn(RoutineCheckFact, Reason, frozen=True, kw_only=True):
    """The check no longer counts."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        return replace(state, status="withdrawn", due=None)


class RoutineCheckAnswered(RoutineCheckFact, CheckAnswer, frozen=True, kw_only=True):
    """The department answered."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        answered_at = state.answered_at if state.status == "answered" else stamp.recorded_at
        answers = (*state.answers, CheckAnswer(**asdict(self)))
        return replace(state, status="answered", answers=answers, answered_at=answered_at)


class AnswerAccepted(RoutineCheckFact, Acceptance, frozen=True, kw_only=True):
    """The office accepted the answer."""

    dated = "accepted_on"

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        return replace(state, status="accepted", accepted_on=self.accepted_on)


class AnswerReturned(RoutineCheckFact, ReturnBody, frozen=True, kw_only=True):
    """The office sent the answer back. The department must answer again."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        return replace(state, status="open", returned=self.reason, due=self.mend_until or state.due)


def fold(state: RoutineCheck, fact: RoutineCheckFact, stamp: Stamp) -> RoutineCheck:
    """The check after one more fact."""
    return replace(fact.fold(state, stamp), version=stamp.version)


def _with_findings(state: RoutineCheck, fact: Findings, other_field: str) -> RoutineCheck:
    """The check with the findings of a fact. `other_field` is the field of the fact that is no part of the findings.

    The check is open if there is something to put right.
    """
    fields = {name: value for name, value in asdict(fact).items() if name != other_field}
    status: CheckStatus = "open" if fact.to_mend else "noted"
    return replace(state, findings=Findings(**fields), status=status, due=fact.mend_until, returned="")


def check(state: RoutineCheck, record: RecordRoutineCheck | RoutineCheckRecorded, context: Context) -> None:
    """第三条（三）: refuse an unknown or closed department, wrong findings, and a past deadline."""
    faults = FaultCollector(context.rulebook.routine_check.clause)
    with faults.at("unit"):
        _check_unit_on_roster(record.unit, context)
        _check_unit_existed(record.unit, record, context)
    _check_findings(faults, record.unit, record, context)
    with faults.at("mend_until"):
        _check_deadline_not_past(record, context)
    faults.end()


def check_correction(
    state: RoutineCheck, record: CorrectRoutineCheck | RoutineCheckCorrected, context: Context
) -> None:
    """Refuse to correct an accepted or withdrawn check, and wrong findings.

    The deadline may be past only if the correction does not move it.
    """
    _check_possible(state, CorrectRoutineCheck.act, context)
    faults = FaultCollector(context.rulebook.routine_check.clause)
    _check_findings(faults, state.unit, record, context)
    with faults.at("mend_until"):
        if record.mend_until != state.due:
            _check_deadline_not_past(record, context)
    faults.end()


def check_withdrawal(state: RoutineCheck, record: object, context: Context) -> None:
    """Refuse to withdraw a withdrawn check.

    An accepted check may be withdrawn, because an answer does not make a wrong record right.
    """
    _check_possible(state, WithdrawRoutineCheck.act, context)


def check_answer(state: RoutineCheck, record: CheckAnswer, context: Context) -> None:
    """Refuse an answer to an accepted or withdrawn check, and wrong documents.

    The department may also answer if there is nothing to put right.
    """
    _check_possible(state, AnswerRoutineCheck.act, context)
    clause = context.rulebook.routine_check.clause
    title = Text(zh="答复材料", en="document of the answer")
    faults = FaultCollector(clause)
    for document in record.documents:
        with faults.at("documents"):
            check_document(title, document, clause)
    faults.end()


def check_acceptance(state: RoutineCheck, record: Acceptance, context: Context) -> None:
    """Refuse to accept without an answer, on a day in the future, or on a day before the check."""
    _check_possible(state, AcceptAnswer.act, context)
    clause = context.rulebook.routine_check.clause
    faults = FaultCollector(clause)
    with faults.at("accepted_on"):
        _check_acceptance_day(state, record, context, clause)
    faults.end()


def _check_acceptance_day(state: RoutineCheck, record: Acceptance, context: Context, clause: Citation) -> None:
    title, day = Text(zh="认可日期", en="day of acceptance"), record.accepted_on
    check_not_in_future(title, day, context, clause)
    if state.findings is not None and day < state.findings.checked_on:
        raise TooEarly(what=title, value=day, after=_DAY, against=state.findings.checked_on, clause=clause)


def check_return(state: RoutineCheck, record: ReturnBody, context: Context) -> None:
    """Refuse to return an answer that does not exist, and a new deadline that is past.

    If the old deadline is past or there is none, a new one is needed. Otherwise the department would be late at once.
    """
    _check_possible(state, ReturnAnswer.act, context)
    clause = context.rulebook.routine_check.clause
    faults = FaultCollector(clause)
    with faults.at("mend_until"):
        if record.mend_until is not None:
            check_new_day(_UNTIL, record.mend_until, context, clause)
        elif state.due is None or state.due < context.today:
            raise Incomplete(missing=Text(zh="新的整改期限", en="a new deadline for putting it right"), clause=clause)
    faults.end()


def _check_findings(faults: FaultCollector, unit: str, record: Findings, context: Context) -> None:
    """Add every fault of the findings to `faults`, each with its field."""
    clause = context.rulebook.routine_check.clause
    with faults.at("checked_on"):
        check_not_in_future(_DAY, record.checked_on, context, clause)
    with faults.at("checked_by"):
        _check_checkers(unit, record, context)
    with faults.at("elements"):
        _check_elements(unit, record, context)
    with faults.at("to_mend" if record.to_mend is None else "mend_until"):
        _check_mending(record, context)
    for document in record.documents:
        with faults.at("documents"):
            check_document(Text(zh="检查材料", en="document of the check"), document, clause)


def _check_unit_on_roster(unit: str, context: Context) -> None:
    """Refuse a department that is not on the roster."""
    if context.roster is not None and unit not in context.roster.units:
        units, clause = ", ".join(context.roster.units), context.rulebook.routine_check.clause
        raise NotKnown(what=Text(zh="部门", en="department"), value=unit, known=units or "—", clause=clause)


def _check_unit_existed(unit: str, record: Findings, context: Context) -> None:
    """Refuse a department that was closed before the check. Its successors must be checked instead."""
    closing = context.roster.closing(unit) if context.roster is not None else None
    if context.roster is not None and closing is not None and record.checked_on >= closing.since:
        title = context.roster.title(unit)
        why = Text(
            zh=f"{title}已于 {closing.since} 撤销，{record.checked_on} 时已无此部门，请检查承接部门",
            en=f"{title} was closed on {closing.since} and did not exist on {record.checked_on}: "
            "check the department that took it over",
        )
        act = context.rulebook.acts["record_routine_check"].title.text
        raise Impossible(act=act, why=why, clause=context.rulebook.routine_check.clause)


def _check_checkers(unit: str, record: Findings, context: Context) -> None:
    """Refuse a check without a checker, with one of the department's own team, or with a recused one (F16)."""
    clause = context.rulebook.routine_check.clause
    if not record.checked_by:
        raise Incomplete(missing=Text(zh="检查人员", en="the persons who checked"), clause=clause)
    department = context.roster.units.get(unit) if context.roster else None
    team = {member.person for member in (*department.heads, *department.members)} if department else set()
    if team & set(record.checked_by):
        missing = Text(
            zh="本部门领导班子以外的检查人员", en="somebody who checked and is not in the department's own team"
        )
        raise Incomplete(missing=missing, clause=clause)
    if context.accounts is not None:
        check_accounts(unit, record, context.accounts, context.roster, context.rulebook.readings["recusal"].clause)


def check_accounts(
    unit: str, record: Findings, accounts: Mapping[str, Account], roster: Roster | None, clause: str
) -> None:
    """F16: refuse a checker from the department, its predecessors or its successors.

    For a caller that knows all accounts.
    """
    for account in record.checked_by:
        own_unit = accounts[account].unit if account in accounts else None
        if is_recused(own_unit, unit, roster):
            raise OwnUnitChecked(account=account, unit=roster.title(unit) if roster else unit, clause=clause)


def elements_of(unit: str, roster: Roster | None, rulebook: Rulebook) -> tuple[str, ...]:
    """The elements that a check of this department may name: those of its table (附件1、附件2).

    Empty if the roster does not have the department.
    """
    department = roster.units.get(unit) if roster else None
    table = rulebook.forms_by_kind.get(department.unit_kind) if department else None
    return tuple(table.elements) if table else ()


def _check_elements(unit: str, record: Findings, context: Context) -> None:
    """Refuse elements that are not in the table of the department."""
    elements = elements_of(unit, context.roster, context.rulebook)
    unknown = [key for key in record.elements if key not in elements]
    if elements and unknown:
        title = Text(zh="本部门的考核要素", en="element that applies to the department")
        clause = context.rulebook.routine_check.clause
        raise NotKnown(what=title, value=", ".join(unknown), known=", ".join(elements), clause=clause)


def _check_mending(record: Findings, context: Context) -> None:
    """Refuse a demand without a deadline, a deadline without a demand, and a deadline before the check."""
    clause = context.rulebook.routine_check.clause
    if record.to_mend is not None and record.mend_until is None:
        raise Incomplete(missing=_UNTIL, clause=clause)
    if record.to_mend is None and record.mend_until is not None:
        raise Incomplete(missing=Text(zh="整改要求", en="what to put right"), clause=clause)
    if record.mend_until is not None and record.mend_until < record.checked_on:
        raise TooEarly(what=_UNTIL, value=record.mend_until, after=_DAY, against=record.checked_on, clause=clause)


def _check_deadline_not_past(record: Findings, context: Context) -> None:
    """Refuse a past deadline: a check may be entered late, but its deadline must still be possible to meet."""
    if record.mend_until is not None and record.mend_until >= record.checked_on:
        check_new_day(_UNTIL, record.mend_until, context, context.rulebook.routine_check.clause)


def _check_possible(state: RoutineCheck, act: str, context: Context) -> None:
    """Refuse an act that the status of the check does not allow."""
    if act not in POSSIBLE_ACTS[state.status]:
        status = STATUS_TITLES[state.status]
        why = Text(zh=f"该次检查现为“{status.zh}”", en=f"the check is “{status.en}”")
        raise NothingToDo(act=context.rulebook.acts[act].title.text, why=why, clause=context.rulebook.cited(act))
