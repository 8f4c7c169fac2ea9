"""scoring: 量化计分 — assessors fill in sheets, the working group agrees one, the rules compute the result from it.

The agreed sheet is the working group's (第四条（三）); it need not be the mean of the assessors' sheets. The fact has the
result with its deductions and vetoes, so that a replay can compute them again and compare.
"""

from __future__ import annotations

from msgspec.structs import replace

from states import routine_check
from states.assessment import Assessment, AssessmentFact, Marks, ScoreSheet, StageFact
from states.cases import vetoes
from states.cases.case import title
from states.cases.effects import CaseEffect, Effects, Vetoed
from states.context import Context
from states.guards import Faults, check_marks, check_reasons, table_of
from states.refusals import CaseOpen, Incomplete, NothingToDo, ScoreIsStale
from states.result import result
from states.result.result import Result
from states.rulebook.types import Rulebook
from states.vocabulary import Command, Reason, Stamp, Text


class FillSheet(Command, ScoreSheet, frozen=True, kw_only=True):
    """Fill in the actor's own score sheet. A second one replaces the first."""


class SheetFilled(AssessmentFact, ScoreSheet, frozen=True, kw_only=True):
    """One assessor's sheet."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        scorers = state.scorers | {stamp.actor}
        sheet = ScoreSheet(marks=self.marks, reasons=self.reasons)
        return replace(state, sheets={**state.sheets, stamp.actor: sheet}, scorers=scorers)


class Score(Command, ScoreSheet, frozen=True, kw_only=True):
    """Score by the agreed sheet."""


class Scored(StageFact, ScoreSheet, frozen=True, kw_only=True):
    """The agreed sheet, and its result under the cases known on that day."""

    stage = "scoring"
    result: Result

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        after = replace(state, noted=None, scorers=state.scorers | {stamp.actor})
        return after.push(self.stage, self, stamp)


class ReturnScore(Command, Reason, frozen=True, kw_only=True):
    """Send the score back to the working group."""


class ScoreReturned(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The committee returned the result, so it is scored again."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, noted=None).pop(below=stage_before_scoring(state))


class NoteStaleScore(Command, frozen=True, kw_only=True):
    """Note that cases changed after the score was made."""

    cases: tuple[str, ...]


class StaleScoreNoted(AssessmentFact, frozen=True, kw_only=True):
    """The rules now give another result, so score again. Without `cases`: they give the recorded one again."""

    cases: tuple[str, ...]

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, noted=self.cases or None)


_REOPENED = Text(zh="结果已重新审议", en="the result was reopened")


def check_sheet(state: Assessment, record: ScoreSheet, context: Context) -> None:
    """第八条（一）：量化计分，总分为100分。 Every element of the annex has points in its range, and a reason where it lost some."""
    table, clause = table_of(state, context), context.clause("scoring")
    faults = Faults(clause)
    with faults.at("marks"):
        check_marks(record.marks, table, context.rulebook.scoring.step, clause)
    with faults.at("reasons"):
        check_reasons(record, table, clause, faults.fields)
    faults.end()


def score(state: Assessment, command: Score, context: Context) -> Scored:
    check_sheet(state, command, context)
    scored = Scored(marks=command.marks, reasons=command.reasons, result=compute(state, command.marks, context))
    check(state, scored, context)
    return scored


def check(state: Assessment, record: Scored, context: Context) -> None:
    """Enough assessors filled in a sheet, no case forbids a score, and the result is the one the rules give."""
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
            why=Text(zh="得分仍然有效", en="the score is still valid"),
            clause=clause,
        )
    _refuse_open_cases(record, context)
    if record.result != compute(state, record.marks, context):
        raise Incomplete(missing=Text(zh="与规则一致的得分", en="a score as the rules make it"), clause=clause)


def _refuse_open_cases(record: Scored, context: Context) -> None:
    """F4: where the rulebook says `block`, there is no score before an open case is decided."""
    pending = {flag.case for flag in record.result.effects.flags if flag.is_open}
    titles = [title(case, context.rulebook) for case in context.cases if case.id in pending]
    if titles and context.rulebook.settings.open_cases.value == "block":
        raise CaseOpen(
            act=Text(zh="量化计分", en="score"),
            cases=Text(zh="、".join(one.zh for one in titles), en=", ".join(one.en for one in titles)),
            clause=context.clause("scoring"),
        )


def compute(state: Assessment, sheet_marks: Marks, context: Context) -> Result:
    """The result of these marks, under the cases, judgements and routine checks known now."""
    effects = vetoes.effects_now(state, context, sheet_marks)
    if context.checks:
        effects = replace(
            effects, checks=routine_check.effects_of_checks(context.checks, state.unit, state.year, context)
        )
    return result.compute(sheet_marks, effects, context.rulebook)


def is_stale(state: Assessment, context: Context) -> bool:
    """Whether the score must be made again: its result was reopened, or what it depends on changed since."""
    before, now = _effects_before_and_now(state, context)
    return state.fact(Scored) is not None and (before != now or state.awaits_rescoring)


def _effects_before_and_now(state: Assessment, context: Context) -> tuple[Effects, Effects]:
    """The effects under which the score was made, and those that are in force now, as far as they can make it stale."""
    # A routine check counts as it was on the day of the score, so a later change of one does not make the score stale.
    scored = state.fact(Scored)
    before = replace(scored.result.effects, checks=()) if scored else Effects()
    now = vetoes.effects_now(state, context, scored.marks if scored else None)
    # F4: an approved result keeps its 待定 mark. That a case was opened, or closed without effect, does not change it.
    return (_without_open_cases(before), _without_open_cases(now)) if state.step("approval") else (before, now)


def _without_open_cases(effects: Effects) -> Effects:
    """Only what changes points or grade: without open cases, and without sanctions that add nothing (`repeats`)."""
    return replace(effects, flags=tuple(f for f in effects.flags if not f.is_open), repeats=())


def blocking_cases(state: Assessment, context: Context) -> tuple[str, ...]:
    """The open cases that forbid a score, where the rulebook says `block` (F4)."""
    if context.rulebook.settings.open_cases.value != "block":
        return ()
    return tuple(f.case for f in vetoes.effects_now(state, context).flags if f.is_open)


def refuse_stale(act: Text | str, state: Assessment, context: Context) -> None:
    """Refuse an act that needs a valid score, where the score is stale."""
    if is_stale(state, context):
        raise ScoreIsStale(act=act, since=stale_reason(state, context), clause=context.rulebook.veto_clause)


def stale_reason(state: Assessment, context: Context) -> Text:
    """Why the score is stale: the cases and judgements that changed, or that the result was reopened."""
    cases = ", ".join(changed_cases(state, context))
    return Text(zh=f"案件有变化：{cases}", en=f"cases changed: {cases}") if cases else _REOPENED


def changed_cases(state: Assessment, context: Context) -> tuple[str, ...]:
    """The ids of the cases and judgements whose effects changed since the score was made; empty without a score."""
    if state.fact(Scored) is None:
        return ()
    before, now = _effects_before_and_now(state, context)
    return tuple(sorted({_source_id(part) for part in set(before.parts) ^ set(now.parts)}))


def check_stale_note(state: Assessment, record: NoteStaleScore | StaleScoreNoted, context: Context) -> None:
    """The cases are those that changed since the score was made, and they are not noted yet."""
    now = changed_cases(state, context)
    if record.cases != now or now == (state.noted or ()):
        act, why = (
            Text(zh="登记得分失效", en="note a stale score"),
            Text(zh="得分有效或已登记", en="the score is valid, or this is noted already"),
        )
        raise NothingToDo(act=act, why=why, clause=context.rulebook.cited("note_stale_score"))


def score_is_valid(state: Assessment, rulebook: Rulebook) -> bool:
    """Whether the score is valid: no change was noted and the result was not reopened since it was made."""
    return state.has_valid_score


def awaits_score(state: Assessment, rulebook: Rulebook) -> bool:
    """Whether a score can be made: enough sheets are filled in, and there is no valid score."""
    filled = len(state.sheets) >= rulebook.scoring.minimum_sheets
    return filled and (state.stage != "scoring" or not score_is_valid(state, rulebook))


def stage_before_scoring(state: Assessment) -> str:
    """The stage before the score."""
    below = [s.stage for s in state.steps if s.stage not in ("scoring", "publicity", "approval", "circulation")]
    return below[-1]


def _source_id(part: CaseEffect) -> str:
    """The id of the case that an effect comes from, or of the judgement."""
    return part.case or (part.id if isinstance(part, Vetoed) else "")
