"""Who hears what of an entry: a pure function of the fact, the unit and the rulebook.

A notice says one thing to do or to know and goes to a *role* of the assessment, never to a name. Vetoes and cases
reach the discipline office and the committee only (docs/house.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from states.approval import Approved
from states.assessment import Assessment
from states.circulation import Circulated
from states.deadlines import CalledFact, DeadlineMoved, Escalated, Reminded, waiting
from states.opening import AssessmentOpened
from states.rulebook import Rulebook
from states.scoring import ResultReopened, Scored, ScoreReturned, StaleScoreNoted
from states.self_report import SelfReportReturned
from states.vetoes import VetoLifted, VetoRaised, VetoRecorded
from states.vocabulary import Fact

DISCREET = ("office", "committee")
"""Who hears of vetoes and of what cases do to a score."""


class Notice(Struct, frozen=True):
    """One message: its kind (a template of that name exists), who hears it, about which unit, and its words' values."""

    kind: str
    to: str
    unit: str
    values: dict[str, object]


def notices_for(fact: Fact, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of one fact; `state` is the assessment after it. Most facts have none."""
    for kind, to, values in _of(fact, state, rulebook):
        yield Notice(kind, to, state.unit, {"unit": state.unit, "year": state.year, **values})


def _of(fact: Fact, state: Assessment, rulebook: Rulebook) -> Iterator[tuple[str, str, dict[str, object]]]:
    if isinstance(fact, CalledFact):
        yield _called(fact, rulebook)
    elif isinstance(fact, AssessmentOpened | Scored | Approved):
        yield from _opened_for(state, rulebook)
    elif isinstance(fact, SelfReportReturned):
        yield "returned", "unit", {"stage": rulebook.stages["self_report"].title.text, "reason": fact.reason}
    elif isinstance(fact, ScoreReturned):
        yield "returned", "working_group", {"stage": rulebook.stages["scoring"].title.text, "reason": fact.reason}
    elif isinstance(fact, DeadlineMoved):
        stage = rulebook.stages[fact.stage]
        yield "deadline_moved", stage.by[0], {"stage": stage.title.text, "due": fact.due, "reason": fact.reason}
    elif isinstance(fact, Circulated):
        yield "circulated", "unit", {"document": fact.document, "replaces": fact.replaces}
        for consequence in rulebook.consequence:
            if consequence.key in fact.tasks:
                yield "task", consequence.by[0], {"task": consequence.title.text}
    else:
        yield from _discreet(fact, rulebook)


def _discreet(fact: Fact, rulebook: Rulebook) -> Iterator[tuple[str, str, dict[str, object]]]:
    if isinstance(fact, VetoRaised | VetoRecorded):
        ground = rulebook.grounds[fact.ground].title.text
        for to in DISCREET:
            yield "veto_raised", to, {"ground": ground}
    elif isinstance(fact, VetoLifted):
        for to in DISCREET:
            yield "veto_lifted", to, {"reason": fact.reason}
    elif isinstance(fact, StaleScoreNoted) and fact.cases:
        yield "stale_score", "working_group", {}
    elif isinstance(fact, ResultReopened):
        for to in ("working_group", "committee"):
            yield "reopened", to, {}


def _called(fact: CalledFact, rulebook: Rulebook) -> tuple[str, str, dict[str, object]]:
    stage = rulebook.stages[fact.stage]
    values: dict[str, object] = {"stage": stage.title.text, "due": fact.due, "rung": fact.rung, "by": fact.to}
    if isinstance(fact, Escalated):
        return "escalation", fact.to, {**values, "by": rulebook.role_title(stage.by[0])}
    assert isinstance(fact, Reminded)
    return ("overdue" if fact.rung.startswith("+") else "reminder"), fact.to, values


def _opened_for(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[str, str, dict[str, object]]]:
    """The step that is open now, to whoever records it."""
    stage = waiting(state, rulebook)
    if stage is not None:
        yield "step_open", stage.by[0], {"stage": stage.title.text, "due": state.due.get(stage.kind)}
