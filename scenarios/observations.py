"""Observations: for each key that a story can expect, a function that reads the actual value from an assessment.

It also returns the deciding clauses. No result is calculated a second time: its numbers come from the recorded result,
and their clauses from its explanation (`states/explanation.py`). Other values come from the state and the entries, and
their clauses from the rulebook. Also here: the keys of expectations with their types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

from notifications.notices.assessments import assessment_notices
from states import policy
from states.acts import ACT_OF_FACT, FACTS
from states.assessment import UNOPENED, WITHDRAWN, Assessment
from states.chart import stage_title
from states.context import Context
from states.deadlines.reminders import Escalated, Reminded, ReminderFact, RemindersLapsed, open_items
from states.deadlines.schedule import HasDeadline
from states.deadlines.windows import Windows, WindowStatus
from states.explanation import explain
from states.records.case import CASE
from states.result.basis import counted_lines
from states.result.places import places_of
from states.result.result import Result, scopes_of
from states.rulebook.calculation.lines import CountedLine, Place
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.sentences.record_lines import FLAGS
from states.rulebook.tasks import Follow
from states.rulebook.types import UNNAMED, Rulebook
from states.stages import scoring
from states.stages.scoring import Scored
from states.stages.self_report import SelfReportSubmitted
from states.stream_kinds import fold, initial_state
from states.streams import id_of, kind_of
from states.vocabulary import Citation, Fact
from storage.ledger.chain import Entry
from storage.ledger.facts import fact_of

EXPECTATION_TYPES: Mapping[str, Any] = {
    "stage": str, "score": Decimal, "given": Decimal, "deducted": Decimal, "self_total": Decimal,
    "grade": str, "grades": dict[str, str], "values": dict[str, Any], "cause": Literal["score", "veto"], "deductions": dict[str, Decimal | list[Decimal]],
    "vetoes": list[str], "flags": dict[str, str], "stale": bool, "says": list[str],
    "reminded": list[str], "escalated": list[str], "superseded": list[str], "lapsed": list[str],
    "due": dict[str, date], "tasks": dict[str, Literal["open", "done"]], "windows": dict[str, WindowStatus], "team": list[str],
    "circulated": list[str], "recorded": list[str], "absent": list[str], "told": list[str],
    "checks": dict[str, Literal["open", "noted", "answered", "accepted", "withdrawn"]],
    "checks_called": dict[str, list[str]], "place": dict[str, int], "seats": dict[str, list[str]],
}  # fmt: skip
"""The keys of expectations with the types of their values. docs/scenarios.md explains each key."""

CLOSED_LISTS: Mapping[str, Iterable[str]] = {"recorded": FACTS, "absent": FACTS}
"""The allowed values of these keys. Otherwise a misspelt name would count as a fact that was never recorded."""


class ObservedAssessment:
    """An assessment at the moment of an expectation: its state, the context of a decision, and its entries so far."""

    def __init__(self, state: Assessment, context: Context, entries: Sequence[Entry]) -> None:
        self.state = state
        self.context = context
        self.entries = entries

    @property
    def rulebook(self) -> Rulebook:
        return self.context.rulebook

    @cached_property
    def facts(self) -> list[Fact]:
        return [fact_of(entry) for entry in self.entries]

    @cached_property
    def scored(self) -> Scored | None:
        return self.state.fact(Scored)

    @cached_property
    def result(self) -> Result | None:
        return self.scored.result if self.scored else None

    @cached_property
    def lines(self) -> list[ExplainedLine]:
        """The explanation of the present result; empty before scoring."""
        return explain(self.state, self.rulebook)

    @cached_property
    def closing(self) -> list[ExplainedLine]:
        """The explanation below the items: subtotal, what stands beside, total, limits, what is open, grade.

        Without points, everything up to the grade; without a grade, everything up to the total.
        """
        locations = [line.location for line in self.lines]
        if self.result is None:
            return []
        start = next((locations.index(name) for name in ("subtotal", "total") if name in locations), 0)
        end = next((locations.index(name) for name in ("grade", "total") if name in locations), len(locations) - 1)
        return self.lines[start : end + 1]

    @property
    def total(self) -> int:
        """The index of the total in `closing`; -1 without points."""
        return next((index for index, line in enumerate(self.closing) if line.location == "total"), -1)

    @cached_property
    def counted(self) -> list[CountedLine]:
        """What the ladders made of the lines of the records."""
        scored = self.state.fact(Scored)
        return [one for _, _, one in counted_lines(scored.inputs, self.rulebook)] if scored else []


class Observed(Struct, frozen=True):
    """An actual value in the form of a story, with the clauses and the lines of the explanation that decided it."""

    value: Any
    clauses: tuple[Citation, ...] = ()
    lines: tuple[ExplainedLine, ...] = ()


def _stage(assessment: ObservedAssessment, _expected: Any) -> Observed:
    stage, kinds = assessment.state.stage, tuple(assessment.rulebook.stages)
    if stage in (UNOPENED, WITHDRAWN):
        return Observed(stage, (policy.entitled_roles("withdraw", None, None, assessment.rulebook)[1],))
    clause = assessment.rulebook.stage[kinds.index(stage)].clause
    title = stage_title(stage, assessment.rulebook)
    line = ExplainedLine(location=f"stage.{stage}", title=title, sentence=title, clause=clause)
    return Observed(stage, (), (line,))


def _points(pick: Callable[[Result], Any]) -> Callable[[ObservedAssessment, Any], Observed]:
    """A reader of a number of the result. It is decided by every line of the explanation that has points."""

    def read(assessment: ObservedAssessment, _expected: Any) -> Observed:
        if assessment.result is None:
            return Observed(None, (assessment.context.clause("scoring"),))
        lines = assessment.closing[: assessment.total + 1]
        return Observed(pick(assessment.result), (), tuple(line for line in lines if line.amount))

    return read


def _mark_total(assessment: ObservedAssessment, _expected: Any) -> Observed:
    """The sum of the column 考核: the line above the deductions."""
    return Observed(assessment.result.subtotal if assessment.result else None, (), tuple(assessment.closing[:1]))


def _deduction_lines(assessment: ObservedAssessment) -> tuple[ExplainedLine, ...]:
    """The lines between the sum of the marks and the total."""
    if assessment.result is None:
        return ()
    return tuple(line for line in assessment.closing[1 : assessment.total] if line.amount)


def _deducted(assessment: ObservedAssessment, _expected: Any) -> Observed:
    lines, form = _deduction_lines(assessment), assessment.rulebook.forms_by_kind[assessment.state.unit_kind]
    clauses = tuple(item.clause for item in form.item if item.beside)
    return Observed(-assessment.result.adjustment if assessment.result else None, clauses, lines)


def _deductions(assessment: ObservedAssessment, _expected: Any) -> Observed:
    by_case: dict[str, tuple[Decimal, ...]] = {}
    for one in assessment.counted:
        if one.effect == "points" and one.line.kind == CASE:
            by_case[one.line.record] = (*by_case.get(one.line.record, ()), -one.points)
    clauses = tuple(ladder.clause for ladder in assessment.rulebook.ladders_over(CASE))
    return Observed(by_case if assessment.result else None, clauses, _deduction_lines(assessment))


def _self_total(assessment: ObservedAssessment, _expected: Any) -> Observed:
    fact = assessment.state.fact(SelfReportSubmitted)
    return Observed(fact.total if fact else None, (assessment.context.clause("self_report"),))


def _graded(pick: Callable[[Result], Any]) -> Callable[[ObservedAssessment, Any], Observed]:
    """A reader of the grade or of its cause. The lines below the total decide it: score, vetoes, flags, grade."""

    def read(assessment: ObservedAssessment, _expected: Any) -> Observed:
        if assessment.result is None:
            return Observed(None, (assessment.context.clause("scoring"),))
        return Observed(pick(assessment.result), (), tuple(assessment.closing[assessment.total + 1 :]))

    return read


def _grades(assessment: ObservedAssessment, expected: Any) -> Observed:
    """The grades of the expected subjects, by `subject` or `subject@person`; "none" where none is known."""
    results = assessment.scored.results if assessment.scored else ()
    named = {f"{one.subject}@{one.person}" if one.person else one.subject: one.grade or "none" for one in results}
    clauses = tuple(subject.clause for subject in assessment.rulebook.subject)
    return Observed({name: named[name] for name in expected if name in named}, clauses)


def _values(assessment: ObservedAssessment, expected: Any) -> Observed:
    """The expected values of the result, by `value` or `value@person`: a number, a level, or "pending", "absent".

    A number that has no end as a decimal is a fraction: "2/3".
    """
    scopes = scopes_of(assessment.scored.inputs, assessment.rulebook) if assessment.scored else []
    values: dict[str, Decimal | str] = {}
    clauses = []
    for scope in scopes:
        for key, value in scope.plan.values.items():
            name = f"{key}@{scope.person}" if scope.person else key
            if name in expected and name not in values:
                line = scope.line(key)
                amount = str(line.amount) if isinstance(line.amount, Fraction) else line.amount
                values[name] = line.word or (amount if amount is not None else line.state)
                clauses.append(value.clause)
    return Observed(values, tuple(clauses) or (assessment.context.clause("scoring"),))


def _vetoes(assessment: ObservedAssessment, _expected: Any) -> Observed:
    """The vetoes in force. The veto of a case is named by the id of the case, a judgement by its finding."""
    names, clauses = [], []
    for veto in assessment.state.vetoes:
        names.append(id_of(veto.id) if kind_of(veto.id) == "case" else veto.finding)
        clauses.append(assessment.rulebook.clause_of_finding(veto.finding))
    return Observed(frozenset(names), tuple(clauses) or (assessment.rulebook.records["case"].clause,))


def _flags(assessment: ObservedAssessment, _expected: Any) -> Observed:
    flags = {one.line.record: one.effect for one in assessment.counted if one.effect in FLAGS}
    clauses = tuple(line.clause for line in assessment.closing if line.location.startswith("open/"))
    return Observed(flags, clauses or (assessment.rulebook.readings["open_cases"].clause,))


def _stale(assessment: ObservedAssessment, _expected: Any) -> Observed:
    return Observed(scoring.is_stale(assessment.state, assessment.context), (assessment.context.clause("scoring"),))


def _says(assessment: ObservedAssessment, expected: Any) -> Observed:
    """The expected words that occur in the explanation, in either language."""
    by_words = {
        words: [line for line in assessment.lines if words in line.text.zh or words in line.text.en]
        for words in expected
    }
    lines = tuple(line for matches in by_words.values() for line in matches)
    return Observed(tuple(words for words in expected if by_words[words]), (), lines)


def _reminder_steps_of(kind: type[ReminderFact]) -> Callable[[ObservedAssessment, Any], Observed]:
    """A reader of the reminder steps: of the stages that the expectation names, or of all if it names none."""

    def read(assessment: ObservedAssessment, expected: Any) -> Observed:
        facts = [fact for fact in assessment.facts if isinstance(fact, kind)]
        step_names = [
            (fact.stage, f"{fact.step_name} {fact.to}" if kind is Escalated else fact.step_name) for fact in facts
        ]
        return _steps_of_named_stages(assessment, expected, step_names)

    return read


def _superseded(assessment: ObservedAssessment, expected: Any) -> Observed:
    return _steps_of_named_stages(
        assessment,
        expected,
        [
            (fact.stage, step_name)
            for fact in assessment.facts
            if isinstance(fact, ReminderFact)
            for step_name in fact.superseded
        ],
    )


def _lapsed(assessment: ObservedAssessment, expected: Any) -> Observed:
    return _steps_of_named_stages(
        assessment,
        expected,
        [
            (fact.stage, step_name)
            for fact in assessment.facts
            if isinstance(fact, RemindersLapsed)
            for step_name in fact.step_names
        ],
    )


def _steps_of_named_stages(
    assessment: ObservedAssessment, expected: Sequence[str], step_names: Iterable[tuple[str, str]]
) -> Observed:
    """The steps (stage and step_name) of the stages that `expected` names, or of all stages if it names none."""
    stages = {step.partition(" ")[0] for step in expected}
    steps = tuple(f"{stage} {step_name}" for stage, step_name in step_names if stage in stages or not stages)
    rulebook = assessment.rulebook
    timed: tuple[HasDeadline, ...] = (*rulebook.stage, *rulebook.task, *rulebook.decisions.values())
    keys = {Follow.from_id(stage).key for stage in stages}
    clauses = tuple(part.clause for part in timed if part.key in keys)
    return Observed(steps, clauses or (policy.entitled_roles("remind", None, None, assessment.rulebook)[1],))


def _due(assessment: ObservedAssessment, expected: Any) -> Observed:
    """The deadlines of stages, and of the tasks that can be done now; of a window in which nobody has asked, its last day."""
    windows = Windows(assessment.state, assessment.rulebook)
    last_days = {id_: windows.last_day(id_) for id_ in windows.ids}
    open_due = {item.key: day for item, day in open_items(assessment.state, assessment.rulebook)}
    due = {**last_days, **open_due, **assessment.state.due}
    parts = (assessment.rulebook.part_with_deadline(key) for key in expected)
    return Observed({key: due.get(key) for key in expected}, tuple(part.clause for part in parts if part is not None))


def _tasks(assessment: ObservedAssessment, _expected: Any) -> Observed:
    tasks = assessment.state.tasks
    lines = tuple(
        ExplainedLine(location=f"task.{id_}", title=task.title.text, sentence=task.title.text, clause=task.clause)
        for id_ in tasks
        if (task := assessment.rulebook.task_of(id_)) is not None
    )
    statuses = {task: "done" if done_at else "open" for task, done_at in tasks.items()}
    return Observed(statuses, () if lines else (assessment.context.clause("circulation"),), lines)


def _windows(assessment: ObservedAssessment, _expected: Any) -> Observed:
    """What has become of each window of the circulated result."""
    state, today = assessment.state, assessment.context.today
    windows = Windows(state, assessment.rulebook)
    clauses = tuple(windows.rule(id_).clause for id_ in windows.ids)
    statuses = {id_: windows.status(id_, today) for id_ in windows.ids}
    return Observed(statuses, clauses or (assessment.context.clause("circulation"),))


def _team(assessment: ObservedAssessment, _expected: Any) -> Observed:
    return Observed(frozenset(m.person for m in assessment.state.team), (assessment.context.clause("opening"),))


def _circulated(assessment: ObservedAssessment, _expected: Any) -> Observed:
    return Observed(assessment.state.circulated, (assessment.context.clause("circulation"),))


def _recorded(assessment: ObservedAssessment, expected: Any) -> Observed:
    """The first of the expected kinds of fact that the ledger has in this order. Other facts may lie between them."""
    facts: list[Fact] = []
    for fact in assessment.facts:
        if len(facts) < len(expected) and fact.kind == expected[len(facts)]:
            facts.append(fact)
    kinds, clauses = (fact.kind for fact in facts), (_clause_of(fact.kind, assessment, fact) for fact in facts)
    return Observed(tuple(kinds), tuple(clauses))


def _absent(assessment: ObservedAssessment, expected: Any) -> Observed:
    """The expected kinds of fact that were never recorded."""
    recorded = {fact.kind for fact in assessment.facts}
    clauses = tuple(_clause_of(kind, assessment) for kind in expected)
    return Observed(tuple(kind for kind in expected if kind not in recorded), clauses)


def _clause_of(kind: str, assessment: ObservedAssessment, fact: Fact | None = None) -> Citation:
    act = ACT_OF_FACT.get(kind, "")
    return policy.entitled_roles(act, None, fact, assessment.rulebook)[1]


def _notices(assessment: ObservedAssessment, expected: Any) -> Observed:
    """The expected notices (`role kind`) that follow from the entries so far."""
    state, fact_kinds = initial_state(assessment.state.stream), {}
    for entry, fact in zip(assessment.entries, assessment.facts, strict=True):
        state = fold(state, fact, entry)
        assert isinstance(state, Assessment)
        notices = assessment_notices(fact, state, assessment.rulebook)
        fact_kinds.update({f"{notice.to} {notice.kind}": fact.kind for notice in notices})
    caused = tuple(name for name in expected if name in fact_kinds)
    return Observed(caused, tuple(_clause_of(fact_kinds[name], assessment) for name in caused))


def _checks(assessment: ObservedAssessment, _expected: Any) -> Observed:
    checks = {check.id: check.status for check in assessment.context.checks if check.concerns(assessment.state.year)}
    return Observed(checks, (assessment.rulebook.routine_check.clause,))


def _check_reminders(assessment: ObservedAssessment, expected: Any) -> Observed:
    """The recorded reminder steps of each expected check, for the deadline in force, in order."""
    step_names = {}
    for check in assessment.context.checks:
        prefix = f"{assessment.rulebook.routine_check.key} {check.due} "
        step_names[check.id] = [key.removeprefix(prefix) for key in check.recorded_reminders if key.startswith(prefix)]
    clause = policy.entitled_roles("remind_of_check", None, None, assessment.rulebook)[1]
    return Observed({id_: step_names.get(id_, []) for id_ in expected}, (clause,))


def _settled(pick: Callable[[Place], Any]) -> Callable[[ObservedAssessment, Any], Observed]:
    """A reader of the settled places, by the expected `standing` or `standing@person`; without a place, nothing."""

    def read(assessment: ObservedAssessment, expected: Any) -> Observed:
        settled = places_of(assessment.context.year, assessment.state.unit)
        clauses = tuple(standing.clause for standing in assessment.rulebook.standing)
        named = {name: place for name in expected if (place := settled.get(name)) is not None}
        return Observed({name: pick(place) for name, place in named.items()}, clauses or (UNNAMED,))

    return read


READERS: Mapping[str, Callable[[ObservedAssessment, Any], Observed]] = {
    "stage": _stage, "score": _points(lambda r: r.score), "given": _mark_total, "deducted": _deducted,
    "self_total": _self_total, "grade": _graded(lambda r: r.grade), "grades": _grades, "values": _values, "cause": _graded(lambda r: "veto" if r.limits else "score"),
    "deductions": _deductions, "vetoes": _vetoes, "flags": _flags, "stale": _stale, "says": _says,
    "reminded": _reminder_steps_of(Reminded), "escalated": _reminder_steps_of(Escalated),
    "superseded": _superseded, "lapsed": _lapsed,
    "due": _due, "tasks": _tasks, "windows": _windows, "team": _team, "circulated": _circulated, "recorded": _recorded,
    "absent": _absent, "told": _notices, "checks": _checks, "checks_called": _check_reminders,
    "place": _settled(lambda place: place.place), "seats": _settled(lambda place: list(place.seats)),
}  # fmt: skip
