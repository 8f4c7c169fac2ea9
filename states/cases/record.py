"""A record of a kind that the rulebook lists (表彰、好做法、缺席): its commands, facts and checks, and its title.

A case is a record too, but has commands and facts of its own (`case.py`), and so has a routine check. A record has
lines of the fields that the rulebook lists, and no narrative. A revision or a rescission is a new fact. Not here: what
a line gives or costs, which the rulebook's ladders say.
"""

from __future__ import annotations

from msgspec.structs import asdict, replace

from states.context import Context
from states.guards import FaultCollector, check_not_in_future, is_plain_number
from states.records.case import CASE
from states.records.record import (
    Record,
    RecordBody,
    RecordedLine,
    is_same_line,
    is_same_person,
    versions_of_lines,
)
from states.records.routine_check import ROUTINE_CHECK
from states.refusals import Impossible, Incomplete, Malformed, NothingToDo, NotKnown, OutsideRange, TooEarly
from states.rulebook.calculation.ladders import LadderRow
from states.rulebook.calculation.record_kinds import FieldOption, RecordKind
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Command, Fact, Reason, Stamp, Text, Words, accounts_of

from . import plausibility
from .answering_unit import check_answering_unit

_DAY, _RECORD_DAY = Text(zh="生效日期", en="effective date"), Text(zh="发生日期", en="day on which it happened")
_NUMBER, _PERSON = Text(zh="数量", en="number"), Text(zh="人员编号", en="id of the person")


class EnterRecord(Command, RecordBody, frozen=True, kw_only=True):
    """Put something on record about a department."""


class ReviseRecord(Command, RecordBody, frozen=True, kw_only=True):
    """Record the whole content of a record again, with a correction."""

    reason: Words


class RescindRecord(Command, Reason, frozen=True, kw_only=True):
    """Record that the record is void."""


class RecordFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts of a record's stream."""

    def fold(self, state: Record, stamp: Stamp) -> Record:
        raise NotImplementedError


class RecordEntered(RecordFact, RecordBody, frozen=True, kw_only=True):
    """Something was put on record."""

    def fold(self, state: Record, stamp: Stamp) -> Record:
        return replace(_with_body(state, RecordBody(**asdict(self)), stamp.version), recorders=accounts_of(stamp))


class RecordRevised(RecordFact, RecordBody, frozen=True, kw_only=True):
    """The content of the record was changed."""

    reason: Words

    def fold(self, state: Record, stamp: Stamp) -> Record:
        fields = {name: value for name, value in asdict(self).items() if name != "reason"}
        revised = _with_body(state, RecordBody(**fields), stamp.version)
        return replace(revised, recorders=state.recorders | accounts_of(stamp))


class RecordRescinded(RecordFact, Reason, frozen=True, kw_only=True):
    """The record is void."""

    def fold(self, state: Record, stamp: Stamp) -> Record:
        return replace(state, rescinded=True)


def fold(state: Record, fact: RecordFact, stamp: Stamp) -> Record:
    """The record after its next fact. Every fact after the first sets `changed_at`."""
    changed_at = stamp.recorded_at if state.version else None
    return replace(fact.fold(state, stamp), version=stamp.version, number=stamp.number, changed_at=changed_at)


def _with_body(state: Record, body: RecordBody, version: int) -> Record:
    """The record with another body. Each line keeps the version that first had it, as in a case."""
    before = list(zip(state.body.lines, state.versions, strict=True)) if state.body else []
    return replace(
        state, body=body, versions=versions_of_lines(before, body.lines, version, is_same_line, is_same_person)
    )


def record_after_change(state: Record, record: object) -> Record:
    """The record after a revision (a `RecordBody`) or a rescission (anything else)."""
    if isinstance(record, RecordBody):
        return _with_body(state, record, state.version + 1)
    return replace(state, rescinded=True)


def kinds_to_enter(rulebook: Rulebook) -> list[RecordKind]:
    """The kinds of record that are entered as such: not cases and routine checks."""
    return [kind for kind in rulebook.record if kind.key not in (CASE, ROUTINE_CHECK)]


def record_title(record: Record, rulebook: Rulebook) -> Text:
    """The title of a record for people: its kind, what its lines say, and its day. It names no person or id."""
    body = record.body
    kind = rulebook.records.get(body.record) if body is not None else None
    if body is None or kind is None:
        return Text(zh="登记事项", en="record")
    lines = [_options(line, kind) for line in body.lines]
    zh = "；".join(dict.fromkeys("、".join(option.title.zh for option in line) for line in lines))
    en = "; ".join(dict.fromkeys(", ".join(option.title.en for option in line) for line in lines))
    days = sorted({line.effective_on for line in body.lines if line.effective_on})
    day = days[0] if days else body.acted_on
    zh_day, en_day = ("", "") if day is None else (f"（{day}）", f" ({day})")
    return Text(zh=f"{kind.title.zh}“{zh}”{zh_day}", en=f"{kind.title.en.lower()} “{en}”{en_day}")


def _options(line: RecordedLine, kind: RecordKind) -> list[FieldOption]:
    options = (kind.option(field.key, line.fields.get(field.key)) for field in kind.field)
    return [option for option in options if option is not None]


def check(state: Record, record: RecordBody, context: Context) -> None:
    """Refuse a record of an unknown kind, without lines, or with a wrong department, day or line: all at once."""
    clause = context.rulebook.cited("enter_record")
    kinds = {kind.key: kind for kind in kinds_to_enter(context.rulebook)}
    kind = kinds.get(record.record)
    faults = FaultCollector(clause)
    with faults.at("record"):
        if kind is None:
            title = Text(zh="登记事项", en="kind of record")
            raise NotKnown(what=title, value=record.record, known=", ".join(kinds) or "—", clause=clause)
    with faults.at("lines"):
        if not record.lines:
            raise Incomplete(missing=Text(zh="登记内容", en="what is recorded"), clause=clause)
    with faults.at("unit"):
        if context.roster is not None and record.unit not in context.roster.units:
            known = ", ".join(context.roster.units) or "—"
            raise NotKnown(what=Text(zh="部门", en="department"), value=record.unit, known=known, clause=clause)
    with faults:
        check_answering_unit(record, context.rulebook.acts["enter_record"].title.text, context, clause)
    with faults.at("acted_on"):
        if record.acted_on is not None:
            check_not_in_future(_RECORD_DAY, record.acted_on, context, clause)
    if kind is not None:
        for index, line in enumerate(record.lines):
            with faults.at(f"lines.{index}"):
                _check_line(line, kind, record, context, clause)
        for field, check_field in plausibility.line_checks(record.lines, kind, clause):
            with faults.at(f"lines.{field}"):
                check_field()
    faults.end()


def check_revision(state: Record, record: RecordBody, context: Context) -> None:
    """Refuse to revise a rescinded record, to change its kind, and a content that the checks of a new one refuse."""
    _check_in_force(state, "revise_record", context)
    clause = context.rulebook.cited("revise_record")
    if state.body is not None and state.body.record != record.record:
        why = Text(
            zh="登记事项的种类不能更改，请撤销后另行登记", en="its kind cannot change: rescind it and enter another"
        )
        refusal = Impossible(act=context.rulebook.acts["revise_record"].title.text, why=why, clause=clause)
        refusal.field = "record"
        raise refusal
    check(state, record, context)


def check_rescission(state: Record, record: object, context: Context) -> None:
    """Refuse to rescind a record twice."""
    _check_in_force(state, "rescind_record", context)


def _check_in_force(state: Record, act: str, context: Context) -> None:
    if state.rescinded:
        rule = context.rulebook.acts[act]
        reason = Text(zh="该登记已撤销", en="the record is rescinded")
        raise NothingToDo(act=rule.title.text, why=reason, clause=rule.cited)


def _check_line(line: RecordedLine, kind: RecordKind, record: RecordBody, context: Context, clause: Citation) -> None:
    """Refuse a line with a wrong person, day or number. An open line (待定) needs no day."""
    faults = FaultCollector(clause)
    with faults.at("person"):
        if kind.personal and line.person is None:
            raise Incomplete(missing=_PERSON, clause=clause)
        if not kind.personal and line.person is not None:
            why = Text(zh=f"{kind.title.zh}不登记人员", en=f"the {kind.title.en.lower()} is not about persons")
            raise Malformed(what=_PERSON, why=why, clause=clause)
    with faults.at("effective_on"):
        _check_day(line, kind, record, context, clause)
    with faults.at("number"):
        _check_number(line, row_with_number(line, kind, context.rulebook), clause)
    faults.end()


def _check_day(line: RecordedLine, kind: RecordKind, record: RecordBody, context: Context, clause: Citation) -> None:
    day = line.effective_on
    if day is None:
        is_open = line.fields.get(kind.first.key) in context.rulebook.open_options[kind.key]
        if record.acted_on is None and not is_open:
            raise Incomplete(missing=_DAY, clause=clause)
        return
    check_not_in_future(_DAY, day, context, clause)
    if record.acted_on is not None and day < record.acted_on <= context.today:
        raise TooEarly(what=_DAY, value=day, after=_RECORD_DAY, against=record.acted_on, clause=clause)


def row_with_number(line: RecordedLine, kind: RecordKind, rulebook: Rulebook) -> LadderRow | None:
    """The row of a ladder that takes the number of the line. None if none does."""
    for ladder in rulebook.ladder:
        number = ladder.row_of(kind, line.fields) if ladder.record == kind.key else None
        if number is not None and ladder.row[number].takes_number:
            return ladder.row[number]
    return None


def _check_number(line: RecordedLine, row: LadderRow | None, clause: Citation) -> None:
    """Refuse a missing number, one that no row takes, and one outside the row's range."""
    number = line.number
    if row is None:
        if number is not None:
            why = Text(zh="此种情形不填数量", en="nothing is counted for this")
            raise Malformed(what=_NUMBER, why=why, clause=clause)
        return
    if number is None:
        raise Incomplete(missing=_NUMBER, clause=row.clause)
    low, high = row.between or (None, None)
    is_within = number >= 0 if low is None or high is None else low <= number <= high
    if not (is_plain_number(number) and is_within):
        limits = Text(zh="不小于 0", en="0 or more")
        if low is not None and high is not None:
            limits = Text(zh=f"在 {low} 至 {high} 之间", en=f"between {low} and {high}")
        raise OutsideRange(what=_NUMBER, value=number, limits=limits, clause=row.clause)
