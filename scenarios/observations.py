"""What came of a story: for each key that a story can expect, a function that reads it off an assessment, with the clause that decided.

Nothing is calculated here a second time. Numbers and clauses are those of the explanation that `states.result` makes of its own calculation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

from notifications.notices.assessments import assessment_notices
from states import policy
from states.assessment import UNOPENED, WITHDRAWN, Assessment
from states.chart import ACT_OF_FACT, FACTS, stage_title
from states.context import Context
from states.deadlines.reminders import Escalated, Reminded, ReminderFact, RemindersLapsed
from states.deadlines.schedule import HasDeadline
from states.explanation import explain
from states.result.result import SUBTOTAL, Line, Result
from states.rulebook.types import Rulebook
from states.stages import scoring
from states.stages.scoring import Scored
from states.stages.self_report import SelfReportSubmitted
from states.stream_kinds import beginning, fold
from states.streams import id_of, kind_of
from states.vocabulary import Citation, Fact
from storage.ledger.chain import Entry
from storage.ledger.facts import fact_of

EXPECTATION_TYPES: Mapping[str, Any] = {
    "stage": str, "score": Decimal, "given": Decimal, "deducted": Decimal, "self_total": Decimal,
    "grade": str, "cause": Literal["score", "veto"], "deductions": dict[str, Decimal | list[Decimal]],
    "vetoes": list[str], "flags": dict[str, str], "stale": bool, "says": list[str],
    "reminded": list[str], "escalated": list[str], "superseded": list[str], "lapsed": list[str],
    "due": dict[str, date], "tasks": dict[str, Literal["open", "done"]], "team": list[str],
    "circulated": list[str], "recorded": list[str], "absent": list[str], "told": list[str],
    "checks": dict[str, Literal["open", "noted", "answered", "accepted", "withdrawn"]], "checks_called": dict[str, list[str]],
}  # fmt: skip
"""What can be expected, and the type of each value. docs/scenarios.md explains each."""

CLOSED_LISTS: Mapping[str, Iterable[str]] = {"recorded": FACTS, "absent": FACTS}
"""Expectations whose names come from a list. A misspelt name must not pass for something that never happened."""


class ObservedAssessment:
    """An assessment at the moment of an expectation: its state, what a decision would be handed, its entries so far."""

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
    def result(self) -> Result | None:
        scored = self.state.fact(Scored)
        return scored.result if scored else None

    @cached_property
    def lines(self) -> list[Line]:
        """The explanation of the result that holds now; empty before scoring."""
        return explain(self.state, self.rulebook)

    @cached_property
    def closing(self) -> list[Line]:
        """The explanation below the indicators: points given, deductions, total, vetoes, flags, grade."""
        if self.result is None:
            return []
        effects = self.result.effects
        start = next(at for at, line in enumerate(self.lines) if line.text == SUBTOTAL)
        cost = [d.points for d in effects.deductions] + [c.points for c in effects.checks]
        capped = self.result.deducted != sum(cost, Decimal(0))
        parts = len(effects.parts) + capped + len(effects.checks)
        return self.lines[start : start + 4 + parts]


class Observed(Struct, frozen=True):
    """What came, written as a story writes it; the clauses and the lines of the explanation that decided."""

    value: Any
    clauses: tuple[Citation, ...] = ()
    lines: tuple[Line, ...] = ()


def _stage(assessment: ObservedAssessment, _expected: Any) -> Observed:
    stage, kinds = assessment.state.stage, tuple(assessment.rulebook.stages)
    if stage in (UNOPENED, WITHDRAWN):
        return Observed(stage, (policy.entitled("withdraw", None, None, assessment.rulebook)[1],))
    line = Line(stage_title(stage, assessment.rulebook), None, assessment.rulebook.stage[kinds.index(stage)].clause)
    return Observed(stage, (), (line,))


def _points(pick: Callable[[Result], Any]) -> Callable[[ObservedAssessment, Any], Observed]:
    """A number of the result, decided by every line that contributes one."""

    def read(assessment: ObservedAssessment, _expected: Any) -> Observed:
        if assessment.result is None:
            return Observed(None, (assessment.context.clause("scoring"),))
        return Observed(
            pick(assessment.result), (), tuple(line for line in assessment.closing if line.amount is not None)
        )

    return read


def _given(assessment: ObservedAssessment, _expected: Any) -> Observed:
    """The sum of the column 考核: the line above the deductions."""
    return Observed(assessment.result.given if assessment.result else None, (), tuple(assessment.closing[:1]))


def _deducting(assessment: ObservedAssessment) -> tuple[Line, ...]:
    return tuple(line for line in assessment.closing[1:] if line.amount is not None)[:-1]


def _deducted(assessment: ObservedAssessment, _expected: Any) -> Observed:
    lines = _deducting(assessment)
    cap = assessment.rulebook.settings.deduction_cap
    return Observed(assessment.result.deducted if assessment.result else None, (cap.clause,), lines)


def _deductions(assessment: ObservedAssessment, _expected: Any) -> Observed:
    by_case: dict[str, tuple[Decimal, ...]] = {}
    for one in assessment.result.effects.deductions if assessment.result else ():
        by_case[one.case] = (*by_case.get(one.case, ()), one.points)
    return Observed(
        by_case if assessment.result else None,
        (assessment.rulebook.settings.deduction_unit.clause,),
        _deducting(assessment),
    )


def _self_total(assessment: ObservedAssessment, _expected: Any) -> Observed:
    fact = assessment.state.fact(SelfReportSubmitted)
    return Observed(fact.total if fact else None, (assessment.rulebook.settings.self_scores.clause,))


def _graded(pick: Callable[[Result], Any]) -> Callable[[ObservedAssessment, Any], Observed]:
    """The grade or its cause, decided by the lines below the total: by score, vetoes, flags, grade."""

    def read(assessment: ObservedAssessment, _expected: Any) -> Observed:
        if assessment.result is None:
            return Observed(None, (assessment.context.clause("scoring"),))
        total = max(at for at, line in enumerate(assessment.closing) if line.amount is not None)
        return Observed(pick(assessment.result), (), tuple(assessment.closing[total + 1 :]))

    return read


def _vetoes(assessment: ObservedAssessment, _expected: Any) -> Observed:
    """The vetoes in force: that of a case by the id of the case, a judgement by its ground."""
    names, clauses = [], []
    for veto in assessment.state.vetoes:
        names.append(id_of(veto.id) if kind_of(veto.id) == "case" else veto.ground)
        clauses.append(assessment.rulebook.grounds[veto.ground].clause)
    return Observed(frozenset(names), tuple(clauses) or (assessment.rulebook.veto_clause,))


def _flags(assessment: ObservedAssessment, _expected: Any) -> Observed:
    flags = assessment.result.effects.flags if assessment.result else ()
    clauses = tuple(assessment.rulebook.outcomes[f.outcome].clause for f in flags)
    return Observed({f.case: f.why for f in flags}, clauses or (assessment.rulebook.settings.open_cases.clause,))


def _stale(assessment: ObservedAssessment, _expected: Any) -> Observed:
    return Observed(scoring.is_stale(assessment.state, assessment.context), (assessment.rulebook.veto_clause,))


def _says(assessment: ObservedAssessment, expected: Any) -> Observed:
    """Those of the expected words that occur in the explanation, in either language."""
    found = {w: [ln for ln in assessment.lines if w in ln.text.zh or w in ln.text.en] for w in expected}
    return Observed(tuple(w for w in expected if found[w]), (), tuple(ln for lines in found.values() for ln in lines))


def _reminder_steps_of(kind: type[ReminderFact]) -> Callable[[ObservedAssessment, Any], Observed]:
    """The reminder steps of the stages that the expectation names; of all stages if it names none."""

    def read(assessment: ObservedAssessment, expected: Any) -> Observed:
        facts = [f for f in assessment.facts if isinstance(f, kind)]
        rungs = [(f.stage, f"{f.rung} {f.to}" if kind is Escalated else f.rung) for f in facts]
        return _steps_of_named_stages(assessment, expected, rungs)

    return read


def _superseded(assessment: ObservedAssessment, expected: Any) -> Observed:
    return _steps_of_named_stages(
        assessment,
        expected,
        [(f.stage, r) for f in assessment.facts if isinstance(f, ReminderFact) for r in f.superseded],
    )


def _lapsed(assessment: ObservedAssessment, expected: Any) -> Observed:
    return _steps_of_named_stages(
        assessment,
        expected,
        [(f.stage, r) for f in assessment.facts if isinstance(f, RemindersLapsed) for r in f.rungs],
    )


def _steps_of_named_stages(
    assessment: ObservedAssessment, expected: Sequence[str], rungs: Iterable[tuple[str, str]]
) -> Observed:
    named = {w.partition(" ")[0] for w in expected}
    came = tuple(f"{stage} {rung}" for stage, rung in rungs if stage in named or not named)
    timed: tuple[HasDeadline, ...] = (*assessment.rulebook.stage, *assessment.rulebook.consequence)
    clauses = tuple(one.clause for one in timed if one.key in named)
    return Observed(came, clauses or (policy.entitled("remind", None, None, assessment.rulebook)[1],))


def _due(assessment: ObservedAssessment, expected: Any) -> Observed:
    clauses = tuple(s.clause for s in assessment.rulebook.stage if s.kind in expected)
    return Observed({stage: assessment.state.due.get(stage) for stage in expected}, clauses)


def _tasks(assessment: ObservedAssessment, _expected: Any) -> Observed:
    held = assessment.state.tasks
    lines = tuple(Line(c.title.text, None, c.clause) for c in assessment.rulebook.consequence if c.key in held)
    came = {task: "done" if done else "open" for task, done in held.items()}
    return Observed(came, () if lines else (assessment.context.clause("circulation"),), lines)


def _team(assessment: ObservedAssessment, _expected: Any) -> Observed:
    return Observed(frozenset(m.person for m in assessment.state.team), (assessment.context.clause("opening"),))


def _circulated(assessment: ObservedAssessment, _expected: Any) -> Observed:
    return Observed(assessment.state.circulated, (assessment.context.clause("circulation"),))


def _recorded(assessment: ObservedAssessment, expected: Any) -> Observed:
    """The expected kinds of fact, as far as the ledger has them in this order; others may lie between them."""
    came: list[str] = []
    for fact in assessment.facts:
        if len(came) < len(expected) and fact.kind == expected[len(came)]:
            came.append(fact.kind)
    return Observed(tuple(came), tuple(_clause_of(kind, assessment) for kind in came))


def _absent(assessment: ObservedAssessment, expected: Any) -> Observed:
    """Those of the expected kinds that were never recorded."""
    kinds = {fact.kind for fact in assessment.facts}
    return Observed(
        tuple(k for k in expected if k not in kinds), tuple(_clause_of(kind, assessment) for kind in expected)
    )


def _clause_of(kind: str, assessment: ObservedAssessment) -> Citation:
    act = ACT_OF_FACT.get(kind, "")
    return policy.entitled(act, None, None, assessment.rulebook)[1]


def _notices(assessment: ObservedAssessment, expected: Any) -> Observed:
    """Those of the expected notices (`role kind`) that follow from the entries so far."""
    state, facts = beginning(assessment.state.stream), {}
    for entry, fact in zip(assessment.entries, assessment.facts, strict=True):
        state = fold(state, fact, entry)
        assert isinstance(state, Assessment)
        facts.update({f"{n.to} {n.kind}": fact.kind for n in assessment_notices(fact, state, assessment.rulebook)})
    clauses = tuple(_clause_of(facts[w], assessment) for w in expected if w in facts)
    return Observed(tuple(w for w in expected if w in facts), clauses)


def _checks(assessment: ObservedAssessment, _expected: Any) -> Observed:
    came = {one.id: one.status for one in assessment.context.checks if one.concerns(assessment.state.year)}
    return Observed(came, (assessment.rulebook.routine_check.clause,))


def _checks_called(assessment: ObservedAssessment, expected: Any) -> Observed:
    """The reminder steps of the deadline in force of each check that is named, in the order in which they were recorded."""
    came = {}
    for one in assessment.context.checks:
        prefix = f"{assessment.rulebook.routine_check.key} {one.due} "
        came[one.id] = [key.removeprefix(prefix) for key in one.rungs if key.startswith(prefix)]
    clause = policy.entitled("remind_of_check", None, None, assessment.rulebook)[1]
    return Observed({id_: came.get(id_, []) for id_ in expected}, (clause,))


READERS: Mapping[str, Callable[[ObservedAssessment, Any], Observed]] = {
    "stage": _stage, "score": _points(lambda r: r.score), "given": _given, "deducted": _deducted,
    "self_total": _self_total, "grade": _graded(lambda r: r.grade), "cause": _graded(lambda r: r.cause),
    "deductions": _deductions, "vetoes": _vetoes, "flags": _flags, "stale": _stale, "says": _says,
    "reminded": _reminder_steps_of(Reminded), "escalated": _reminder_steps_of(Escalated), "superseded": _superseded, "lapsed": _lapsed,
    "due": _due, "tasks": _tasks, "team": _team, "circulated": _circulated, "recorded": _recorded,
    "absent": _absent, "told": _notices, "checks": _checks, "checks_called": _checks_called,
}  # fmt: skip
