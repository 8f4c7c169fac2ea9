"""scoring: 量化计分 — assessors fill sheets, the working group agrees one, the rules do the rest.

The agreed sheet is the working group's (第四条（三）); it need not be the mean of the sheets. Result, deductions
and vetoes are computed here and recorded with the fact, so that a replay can compute them again and compare.
"""

from __future__ import annotations

from msgspec.structs import replace

from states import routine_check
from states.assessment import Assessment, AssessmentFact, Marks, ScoreSheet, StageFact
from states.cases import vetoes
from states.cases.case import title
from states.cases.effects import Effects, Part, Vetoed
from states.context import Context
from states.guards import Faults, marks, reasons, table_of
from states.refusals import CaseOpen, Incomplete, NothingToDo, ScoreIsStale
from states.result import result
from states.result.result import Result
from states.rulebook.types import Rulebook
from states.vocabulary import Command, Reason, Stamp, Text


class FillSheet(Command, ScoreSheet, frozen=True, kw_only=True):
    """Fill one's own score sheet; filling it again replaces it."""


class SheetFilled(AssessmentFact, ScoreSheet, frozen=True, kw_only=True):
    """One assessor's sheet."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        scorers = state.scorers | {stamp.actor}
        sheet = ScoreSheet(marks=self.marks, reasons=self.reasons)
        return replace(state, sheets={**state.sheets, stamp.actor: sheet}, scorers=scorers)


class Score(Command, ScoreSheet, frozen=True, kw_only=True):
    """Agree the sheet and score."""


class Scored(StageFact, ScoreSheet, frozen=True, kw_only=True):
    """The agreed sheet and what follows from it under the cases known then."""

    stage = "scoring"
    result: Result

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        after = replace(state, noted=None, scorers=state.scorers | {stamp.actor})
        return after.push(self.stage, self, stamp)


class ReturnScore(Command, Reason, frozen=True, kw_only=True):
    """Send the score back to the working group."""


class ScoreReturned(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The committee returned the result; it is scored again."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, noted=None).pop(below=before_scoring(state))


class NoteStaleScore(Command, frozen=True, kw_only=True):
    """Note that cases changed after scoring."""

    cases: tuple[str, ...]


class StaleScoreNoted(AssessmentFact, frozen=True, kw_only=True):
    """The score no longer says what the rules say and waits to be made again; with no cases, it holds once more."""

    cases: tuple[str, ...]

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, noted=self.cases or None)


REOPENED = Text(zh="结果已重新审议", en="the result was reopened")


def check_sheet(state: Assessment, record: ScoreSheet, context: Context) -> None:
    """第八条（一）：量化计分，总分为100分；every element of the annex, within its points, and why it is below them."""
    table, clause = table_of(state, context), context.clause("scoring")
    faults = Faults(clause)
    with faults.at("marks"):
        marks(record.marks, table, context.rulebook.scoring.step, clause)
    with faults.at("reasons"):
        reasons(record, table, clause, {one.at for one in faults.found})
    faults.end()


def score(state: Assessment, command: Score, context: Context) -> Scored:
    """The agreed sheet, scored under the cases known now."""
    check_sheet(state, command, context)
    scored = Scored(marks=command.marks, reasons=command.reasons, result=compute(state, command.marks, context))
    check(state, scored, context)
    return scored


def check(state: Assessment, record: Scored, context: Context) -> None:
    """Enough assessors have filled a sheet; the numbers are what the rules make of the sheet."""
    clause, scoring = context.clause("scoring"), context.rulebook.scoring
    check_sheet(state, record, context)
    if len(state.sheets) < scoring.minimum_sheets:
        need, have = scoring.minimum_sheets, len(state.sheets)
        raise Incomplete(
            missing=Text(zh=f"考核人员评分表 {need} 份，现有 {have} 份", en=f"{need} sheets, have {have}"),
            clause=clause,
        )
    if state.stage == "scoring" and not is_stale(state, context):
        raise NothingToDo(
            act=Text(zh="重新计分", en="score again"),
            why=Text(zh="得分仍然有效", en="the score still holds"),
            clause=clause,
        )
    flagged = {f.case for f in record.result.effects.flags if f.is_open}
    open_cases = [title(case, context.rulebook) for case in context.cases if case.id in flagged]
    if open_cases and context.rulebook.settings.open_cases.value == "block":
        raise CaseOpen(
            act=Text(zh="量化计分", en="score"),
            cases=Text(zh="、".join(one.zh for one in open_cases), en=", ".join(one.en for one in open_cases)),
            clause=clause,
        )
    if record.result != compute(state, record.marks, context):
        raise Incomplete(missing=Text(zh="与规则一致的得分", en="a score as the rules make it"), clause=clause)


def compute(state: Assessment, given: Marks, context: Context) -> Result:
    """The result of these marks for this assessment, under the cases, judgements and routine checks known now."""
    effects = vetoes.standing(state, context, given)
    if context.checks:
        effects = replace(effects, checks=routine_check.bearing(context.checks, state.unit, state.year, context))
    return result.compute(given, effects, context.rulebook)


def is_stale(state: Assessment, context: Context) -> bool:
    """Whether the score on record is to be made again: its result was reopened, or what it rests on changed since."""
    before, now = _then_and_now(state, context)
    return state.fact(Scored) is not None and (before != now or state.awaits_rescoring)


def _then_and_now(state: Assessment, context: Context) -> tuple[Effects, Effects]:
    """What the score was made under, and what stands now.

    F4: an approved result keeps its 待定 mark; that a case was opened or closed without effect on it changes nothing,
    nor does a sanction that adds nothing to it, nor a routine check: a score says how its checks stood on its own day.
    """
    scored = state.fact(Scored)
    before = replace(scored.result.effects, checks=()) if scored else Effects()
    now = vetoes.standing(state, context, scored.marks if scored else None)
    return (_decided(before), _decided(now)) if state.step("approval") else (before, now)


def _decided(effects: Effects) -> Effects:
    return replace(effects, flags=tuple(f for f in effects.flags if not f.is_open), repeats=())


def blocking_cases(state: Assessment, context: Context) -> tuple[str, ...]:
    """The open cases that a score has to wait for, where the rulebook has it wait (F4)."""
    if context.rulebook.settings.open_cases.value != "block":
        return ()
    return tuple(f.case for f in vetoes.standing(state, context).flags if f.is_open)


def refuse_stale(act: Text | str, state: Assessment, context: Context) -> None:
    """An approval stands on a score that still holds."""
    if is_stale(state, context):
        raise ScoreIsStale(act=act, since=since(state, context), clause=context.rulebook.veto_clause)


def since(state: Assessment, context: Context) -> Text:
    """What came after the score: the cases and judgements that changed, or that the result was reopened."""
    cases = ", ".join(changed(state, context))
    return Text(zh=f"案件有变化：{cases}", en=f"cases changed: {cases}") if cases else REOPENED


def changed(state: Assessment, context: Context) -> tuple[str, ...]:
    """The cases (or judgements) that stand otherwise than when the score was made; none while there is no score."""
    if state.fact(Scored) is None:
        return ()
    before, now = _then_and_now(state, context)
    return tuple(sorted({_name(part) for part in set(before.parts) ^ set(now.parts)}))


def check_noted(state: Assessment, record: NoteStaleScore | StaleScoreNoted, context: Context) -> None:
    """What is noted is what stands otherwise than when the score was made, and it is not noted yet."""
    now = changed(state, context)
    if record.cases != now or now == (state.noted or ()):
        raise NothingToDo(
            act=Text(zh="登记得分失效", en="note a stale score"), why=Text(zh="得分有效或已登记", en="it holds, or is noted"),
            clause=context.rulebook.cited("note_stale_score"),
        )  # fmt: skip


def holds(state: Assessment, rulebook: Rulebook) -> bool:
    """The score says what is known, and the result was not reopened since it was made."""
    return state.score_holds


def awaits_score(state: Assessment, rulebook: Rulebook) -> bool:
    """The sheets are in and no score stands, or one that was noted as stale."""
    filled = len(state.sheets) >= rulebook.scoring.minimum_sheets
    return filled and (state.stage != "scoring" or not holds(state, rulebook))


def before_scoring(state: Assessment) -> str:
    """The stage the score was made from."""
    below = [s.stage for s in state.steps if s.stage not in ("scoring", "publicity", "approval", "circulation")]
    return below[-1]


def _name(part: Part) -> str:
    """The case a part comes from; a judgement by its own id."""
    return part.case or (part.id if isinstance(part, Vetoed) else "")
