"""一票否决: the commands, facts and checks of vetoes. A veto forces the worst grade, whatever the score (第八条（三）).

A veto comes from a judgement. Or the clock raises it because of a case. It is lifted when its ground ends. Also here:
all effects that count in a result now (`current_effects`), and who may not lift a veto or change its case. Not here:
the effects of one case (`effects.py`).
"""

# Whether a veto *counts* is computed from the cases and the judgements each time (`current_effects`), and does not
# depend on whether the clock has raised it yet: a stopped clock must not give a department a better grade.

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact, Marks, Veto
from states.context import Context
from states.records.case import Case
from states.refusals import NothingToDo, NotKnown, VetoStands
from states.rulebook.types import Rulebook
from states.streams import kind_of
from states.vocabulary import CLOCK, Command, Reason, Stamp, Text

from . import effects
from .effects import Effects, Vetoed


class RecordVeto(Command, Reason, frozen=True, kw_only=True):
    """Record a judgement under 第八条（三）1 or 3, with reasons."""

    ground: str


class VetoRecorded(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The committee or the leading group judged that a veto ground is met."""

    ground: str

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        veto = Veto(f"judged/{stamp.version}", self.ground, stamp.actor)
        return replace(state, vetoes=(*state.vetoes, veto))


class RaisedVeto(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The veto of a case: its ground, its outcome, and the day on which the outcome took effect.

    `late`: the assessment was already approved or circulated when the clock raised the veto.
    """

    veto: str
    ground: str
    outcome: str
    since: date | None
    late: bool


class RaiseVeto(Command, RaisedVeto, frozen=True, kw_only=True):
    """Raise the veto that follows from a recorded case."""


class VetoRaised(AssessmentFact, RaisedVeto, frozen=True, kw_only=True):
    """A recorded case vetoes this result."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, vetoes=(*state.vetoes, Veto(self.veto, self.ground, stamp.actor)))


class LiftVeto(Command, Reason, frozen=True, kw_only=True):
    """Lift a veto whose ground is no longer met, or a judgement that its judges revoke."""

    veto: str


class VetoLifted(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The veto is no longer in force."""

    veto: str

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, vetoes=tuple(v for v in state.vetoes if v.id != self.veto))


def case_ground(rulebook: Rulebook) -> str:
    """The key of the ground that follows from a recorded case (第八条（三）2)."""
    return next(g.key for g in rulebook.veto_ground if g.how == "case")


def current_effects(state: Assessment, context: Context, marks: Marks | None = None) -> Effects:
    """The effects that count in this result now: deductions, flags, and the vetoes of cases and of judgement."""
    judged = tuple(Vetoed(v.id, v.ground) for v in state.vetoes if v.id.startswith("judged/")) if state.vetoes else ()
    if not context.cases:
        return Effects(vetoes=judged)
    ground = case_ground(context.rulebook)
    of_cases = effects.effects_of_cases(context.cases, state.unit, state.year, context.rulebook, ground, marks)
    return replace(of_cases, vetoes=of_cases.vetoes + judged)


def has_veto(state: Assessment, rulebook: Rulebook) -> bool:
    """Whether the assessment has a veto that somebody can lift. For `acts.py`, which passes the rulebook too."""
    return bool(state.vetoes)


def check_record(state: Assessment, record: RecordVeto | VetoRecorded, context: Context) -> None:
    """第八条（三）1、3: refuse a ground that the rulebook does not leave to the judgement of this role."""
    grounds = [g.key for g in context.rulebook.veto_ground if context.actor.role in g.judged_by]
    if record.ground not in grounds:
        field, allowed = Text(zh="可判定的否决情形", en="ground to judge"), ", ".join(grounds)
        raise NotKnown(what=field, value=record.ground, known=allowed, clause=context.rulebook.veto_clause)


def check_raise(state: Assessment, record: RaisedVeto, context: Context) -> None:
    """Refuse a veto that does not follow from a case exactly so, a wrong `late`, and a veto that was raised already."""
    clause = context.rulebook.veto_clause
    due = {v.id: (v.ground, v.outcome or "", v.since) for v in current_effects(state, context).vetoes}
    if due.get(record.veto) != (record.ground, record.outcome, record.since) or record.late != state.is_approved:
        allowed = ", ".join(due) or Text(zh="无", en="none")
        raise NotKnown(what=Text(zh="否决依据", en="ground"), value=record.veto, known=allowed, clause=clause)
    if record.veto in {v.id for v in state.vetoes}:
        raise NothingToDo(act=record.veto, why=Text(zh="已提出", en="raised already"), clause=clause)


def check_lift(state: Assessment, record: LiftVeto | VetoLifted, context: Context) -> None:
    """Refuse to lift a veto that is not in force, or that still follows from its case. The clock lifts no judgement."""
    clause = context.rulebook.veto_clause
    in_force = [v.id for v in state.vetoes]
    if record.veto not in in_force:
        raise NotKnown(what=Text(zh="否决", en="veto"), value=record.veto, known=", ".join(in_force), clause=clause)
    ground = next(v.ground for v in state.vetoes if v.id == record.veto)
    veto = context.rulebook.grounds[ground].title.text
    if record.veto.startswith("judged/") and context.actor == CLOCK:
        raise VetoStands(
            veto=veto, why=Text(zh="判定须由判定者解除", en="a judgement is for its judges"), clause=clause
        )
    if kind_of(record.veto) == "case" and record.veto in {v.id for v in current_effects(state, context).vetoes}:
        raise VetoStands(veto=veto, why=Text(zh="案件仍然有效", en="its case is still in force"), clause=clause)


def veto_recorders(state: Assessment, record: LiftVeto | VetoLifted, context: Context) -> set[str]:
    """The accounts that may not lift this veto: those that recorded the judgement, or the case it follows from."""
    judged = {v.by for v in state.vetoes if v.id == record.veto and v.id.startswith("judged/")}
    return judged.union(*(c.recorders for c in context.cases if c.stream == record.veto))


def case_recorders(state: Case, after: Case, rulebook: Rulebook) -> set[str]:
    """The accounts that may not make this change to a case: its recorders if the change removes a veto, else nobody."""
    ground = case_ground(rulebook)
    days = [s.effective_on for s in state.body.sanctions] + [state.body.acted_on] if state.body else []
    years = {day.year for day in days if day}
    for unit in set(state.units):
        for year in years:
            before = effects.effects_of_cases([state], unit, year, rulebook, ground).vetoes
            if before and not effects.effects_of_cases([after], unit, year, rulebook, ground).vetoes:
                return state.recorders
    return set()
