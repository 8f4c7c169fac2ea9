"""一票否决: the commands, facts and checks of vetoes. A veto is a finding that a limit of the grade reads (第八条（三）).

A veto comes from a judgement. Or the clock raises it because of a record (`due_vetoes`). It is lifted when its ground
ends. Also here: who may not lift a veto or change its case. Not here: what a limit
makes of it (`states/rulebook/calculation/scales.py`).
"""

# Whether a veto *counts* is computed from the cases and the judgements each time, and does not depend on whether the
# clock has raised it yet: a stopped clock must not give a department a better grade.

from __future__ import annotations

from datetime import date
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact, ScoreSheet, Veto
from states.context import Context
from states.records.case import CASE, Case
from states.records.record import Record
from states.records.routine_check import ROUTINE_CHECK
from states.refusals import NothingToDo, NotKnown, VetoStands
from states.result.basis import counted_lines
from states.result.inputs import inputs_of, lines_of
from states.result.value_entries import entries_of
from states.rulebook.calculation.lines import RecordLine
from states.rulebook.calculation.read_values import FindingValue
from states.rulebook.types import Rulebook
from states.streams import case_stream, record_stream
from states.vocabulary import CLOCK, Command, Reason, Stamp, Text, accounts_of


class RecordVeto(Command, Reason, frozen=True, kw_only=True):
    """Record a judgement under 第八条（三）1 or 3, with reasons."""

    finding: str
    """Its key; about a person `key@person`."""


class VetoRecorded(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The committee or the leading group judged that the finding holds."""

    finding: str

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        veto = Veto(f"judged/{stamp.version}", self.finding, accounts_of(stamp))
        return replace(state, vetoes=(*state.vetoes, veto))


class RaisedVeto(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The veto of a case: the key of its finding, its outcome, and the day on which the outcome took effect.

    `late`: the assessment was already approved or circulated when the clock raised the veto.
    """

    veto: str
    finding: str
    outcome: str
    since: date | None
    late: bool


class RaiseVeto(Command, RaisedVeto, frozen=True, kw_only=True):
    """Raise the veto that follows from a recorded case."""


class VetoRaised(AssessmentFact, RaisedVeto, frozen=True, kw_only=True):
    """A recorded case vetoes this result."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, vetoes=(*state.vetoes, Veto(self.veto, self.finding, accounts_of(stamp))))


class LiftVeto(Command, Reason, frozen=True, kw_only=True):
    """Lift a veto whose ground is no longer met, or a judgement that its judges revoke."""

    veto: str


class VetoLifted(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The veto is no longer in force."""

    veto: str

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, vetoes=tuple(v for v in state.vetoes if v.id != self.veto))


class DueVeto(Struct, frozen=True):
    """A veto that the records give now: the stream of the record, the finding, the outcome, and since which day."""

    id: str
    finding: str
    outcome: str
    since: date | None


def due_vetoes(state: Assessment, context: Context) -> tuple[DueVeto, ...]:
    """The vetoes that follow from the records now: of each record the first finding that a limit reads."""
    if not (context.cases or context.records) or not state.unit_kind:
        return ()
    rulebook = context.rulebook
    inputs = inputs_of(state, ScoreSheet(marks={}), context)
    due: dict[str, DueVeto] = {}
    for _, person, one in counted_lines(inputs, rulebook):
        line = one.line
        if one.raises in rulebook.limits_of_findings and line.kind != ROUTINE_CHECK:
            id_ = case_stream(line.record) if line.kind == CASE else record_stream(line.record)
            finding, outcome = f"{one.raises}@{person}" if person else one.raises, rulebook.records[line.kind].first.key
            due.setdefault(id_, DueVeto(id_, finding, line.fields[outcome], line.effective_on or line.acted_on))
    return tuple(due.values())


def has_veto(state: Assessment, context: Context) -> bool:
    """Whether the assessment has a veto that somebody can lift. For `acts.py`, which passes the context too."""
    return bool(state.vetoes)


def findings_to_judge(state: Assessment, context: Context) -> dict[str, Text]:
    """The titles of the findings that this role judges, by key; one about a person by `key@person`, with the post."""
    return {
        key: entry.label
        for key, entry in entries_of(state, context.rulebook).items()
        if isinstance(entry.value, FindingValue) and context.actor.role in entry.value.by
    }


def check_record(state: Assessment, record: RecordVeto | VetoRecorded, context: Context) -> None:
    """第八条（三）1、3: refuse a finding that the rulebook does not leave to the judgement of this role."""
    findings = findings_to_judge(state, context)
    if record.finding not in findings:
        field, allowed = Text(zh="可判定的否决情形", en="ground to judge"), ", ".join(findings)
        clause = context.rulebook.clause_of_finding(record.finding)
        raise NotKnown(what=field, value=record.finding, known=allowed, clause=clause)


def check_raise(state: Assessment, record: RaisedVeto, context: Context) -> None:
    """Refuse a veto that does not follow from a case exactly so, a wrong `late`, and a veto that was raised already."""
    clause = context.rulebook.clause_of_finding(record.finding)
    due = {v.id: (v.finding, v.outcome, v.since) for v in due_vetoes(state, context)}
    if due.get(record.veto) != (record.finding, record.outcome, record.since) or record.late != state.is_approved:
        allowed = ", ".join(due) or Text(zh="无", en="none")
        raise NotKnown(what=Text(zh="否决依据", en="ground"), value=record.veto, known=allowed, clause=clause)
    if record.veto in {v.id for v in state.vetoes}:
        raise NothingToDo(act=record.veto, why=Text(zh="已提出", en="raised already"), clause=clause)


def check_lift(state: Assessment, record: LiftVeto | VetoLifted, context: Context) -> None:
    """Refuse to lift a veto that is not in force, or that still follows from its case. The clock lifts no judgement."""
    in_force = {v.id: v.finding for v in state.vetoes}
    finding = in_force.get(record.veto)
    clause = context.rulebook.clause_of_finding(finding)
    if finding is None:
        raise NotKnown(what=Text(zh="否决", en="veto"), value=record.veto, known=", ".join(in_force), clause=clause)
    veto = context.rulebook.title_of_finding(finding)
    if record.veto.startswith("judged/") and context.actor == CLOCK:
        raise VetoStands(
            veto=veto, why=Text(zh="判定须由判定者解除", en="a judgement is for its judges"), clause=clause
        )
    if (record.veto, finding) in {(v.id, v.finding) for v in due_vetoes(state, context)}:
        raise VetoStands(veto=veto, why=Text(zh="案件仍然有效", en="its case is still in force"), clause=clause)


def veto_recorders(state: Assessment, record: LiftVeto | VetoLifted, context: Context) -> set[str]:
    """The accounts that may not lift this veto: those that recorded the judgement, or the record it follows from."""
    judged = (v.by for v in state.vetoes if v.id == record.veto and v.is_judged)
    return set().union(
        *judged, *(one.recorders for one in (*context.cases, *context.records) if one.stream == record.veto)
    )


def record_recorders(before: Case | Record, after: Case | Record, rulebook: Rulebook) -> set[str]:
    """The accounts that may not make this change to a record: its recorders if it removes a veto, else nobody."""
    lines, changed = list(lines_of(before, rulebook)), list(lines_of(after, rulebook))
    years = {day.year for line in lines for day in (line.effective_on, line.acted_on) if day}
    for unit in set(before.units):
        for year in years:
            if _raises_veto(lines, unit, year, rulebook) and not _raises_veto(changed, unit, year, rulebook):
                return set(before.recorders)
    return set()


def _raises_veto(lines: list[RecordLine], unit: str, year: int, rulebook: Rulebook) -> bool:
    """Whether the lines of a record give this department a veto in this year."""
    round_of = partial(rulebook.period.rounds_from, year)
    return any(
        one.raises in rulebook.limits_of_findings
        for ladder in rulebook.ladder
        for one in ladder.count(rulebook.records[ladder.record], lines, unit, round_of)
    )
