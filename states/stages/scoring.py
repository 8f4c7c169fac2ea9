"""scoring: 量化计分 — assessors fill in sheets, the working group agrees on one sheet, the rules make the results.

The working group decides on the agreed sheet (第四条（三）). It need not be the mean of the assessors' sheets. The fact has
the inputs of the results and the results, so that a replay can read and make them again and compare.

Also here: sending a score back, and whether a score is stale because what it rests on changed or the result was
reopened. Not here: the inputs, the results and what they rest on (`states/result/`).
"""

from __future__ import annotations

from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact, Marks, Reasons, ScoreSheet, StageFact
from states.cases.case import case_title
from states.context import Context
from states.guards import FaultCollector, check_levels, check_marks, check_reasons
from states.refusals import CaseOpen, Incomplete, NothingToDo, ScoreIsStale
from states.result import basis
from states.result.earlier_values import read_values
from states.result.inputs import inputs_of
from states.result.result import Result, results_of
from states.result.sheet_items import sheet_items
from states.rulebook.calculation.lines import Inputs
from states.rulebook.calculation.read_values import EarlierValue
from states.rulebook.types import Rulebook
from states.vocabulary import Command, Reason, Stamp, Text, accounts_of, listed

from .value_report import missing_items, open_results, refuse_missing

_REOPENED = Text(zh="结果已重新审议", en="the result was reopened")


class FillSheet(Command, ScoreSheet, frozen=True, kw_only=True):
    """Fill in the actor's own score sheet. A second one replaces the first."""


class SheetFilled(AssessmentFact, ScoreSheet, frozen=True, kw_only=True):
    """An assessor filled in a sheet. It replaces the earlier sheet of the same account."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        scorers = state.scorers | accounts_of(stamp)
        sheet = ScoreSheet(marks=self.marks, levels=self.levels, reasons=self.reasons)
        return replace(state, sheets={**state.sheets, stamp.actor: sheet}, scorers=scorers)


class Score(Command, ScoreSheet, frozen=True, kw_only=True):
    """Score the department by the agreed sheet."""


class Scored(StageFact, frozen=True, kw_only=True):
    """The agreed sheet with everything else that was known on that day, and the result of every subject."""

    stage = "scoring"
    inputs: Inputs
    reasons: Reasons
    results: tuple[Result, ...]

    @property
    def marks(self) -> Marks:
        """The points of the agreed sheet."""
        return self.inputs.marks

    @property
    def sheet(self) -> ScoreSheet:
        """The agreed sheet, with the levels that some role reported (`agreed_sheet` leaves them out)."""
        return ScoreSheet(marks=self.inputs.marks, levels=self.inputs.levels, reasons=self.reasons)

    @property
    def result(self) -> Result:
        """The result of the first subject of the rulebook: the department, or its team."""
        return self.results[0]

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        requests = {
            id_: replace(one, ended_by=stamp.version) if one.is_open else one for id_, one in state.requests.items()
        }
        new_state = replace(state, noted=None, scorers=state.scorers | accounts_of(stamp), requests=requests)
        return new_state.push(self.stage, self, stamp)


class ReturnScore(Command, Reason, frozen=True, kw_only=True):
    """Send the score back to the working group."""


class ScoreReturned(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The score was returned: the department is again in the stage before scoring, and must be scored again."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, noted=None).pop(to_stage=stage_before_scoring(state))


class NoteStaleScore(Command, frozen=True, kw_only=True):
    """Note that sources of the score changed after it was made. Without `sources`: the score is valid again."""

    sources: tuple[str, ...]


class StaleScoreNoted(AssessmentFact, frozen=True, kw_only=True):
    """The score is stale because `sources` changed. Without `sources`: the score is valid again."""

    sources: tuple[str, ...]

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, noted=self.sources or None)


def check_sheet(state: Assessment, record: ScoreSheet, context: Context) -> None:
    """第八条（一）：量化计分，总分为100分。 Refuse points out of their range, and lost points without a reason."""
    items, clause = sheet_items(state, context.rulebook), context.clause("scoring")
    faults = FaultCollector(clause)
    with faults.at("marks"):
        check_marks(record.marks, items, clause)
    with faults.at("levels"):
        check_levels(record.levels, items, clause)
    with faults.at("reasons"):
        check_reasons(record, items, clause, faults.fields)
    faults.end()


def score(state: Assessment, command: Score, context: Context) -> Scored:
    """The fact of the score, with the results that the rules make."""
    check_sheet(state, command, context)
    inputs = inputs_of(state, command, context)
    scored = Scored(inputs=inputs, reasons=command.reasons, results=results_of(inputs, context.rulebook))
    check(state, scored, context)
    return scored


def check(state: Assessment, record: Scored, context: Context) -> None:
    """Refuse a wrong sheet, a score without enough sheets, and a new score while the old one is valid.

    Refuse a score while a case is open, if the rulebook says so (F4); and other inputs or results than the rules have.
    """
    clause, scoring = context.clause("scoring"), context.rulebook.scoring
    check_sheet(state, agreed_sheet(record, state), context)
    refuse_missing(state, context)
    if len(state.sheets) < scoring.minimum_sheets:
        required, present = scoring.minimum_sheets, len(state.sheets)
        raise Incomplete(
            missing=Text(
                zh=f"考核人员评分表 {required} 份，现有 {present} 份", en=f"{required} sheets, have {present}"
            ),
            clause=clause,
        )
    if state.stage == "scoring" and not is_stale(state, context):
        raise NothingToDo(
            act=Text(zh="重新计分", en="score again"),
            why=Text(zh="得分仍然有效", en="the score is still valid"),
            clause=clause,
        )
    _refuse_open_cases(record, context)
    inputs = inputs_of(state, agreed_sheet(record, state), context, record.inputs)
    if (record.inputs, record.results) != (inputs, results_of(inputs, context.rulebook)):
        raise Incomplete(missing=Text(zh="与规则一致的得分", en="a score that agrees with the rules"), clause=clause)


def agreed_sheet(record: Scored, state: Assessment) -> ScoreSheet:
    """The agreed sheet of a score: without the levels that some role named."""
    sheet = record.sheet
    levels = {key: word for key, word in sheet.levels.items() if key not in state.reported.levels}
    return replace(sheet, levels=levels)


def _refuse_open_cases(record: Scored, context: Context) -> None:
    """F4: if the rulebook says `block`, refuse a score before every open case is decided."""
    if context.rulebook.readings["open_cases"].value != "block":
        return
    pending = basis.open_records(record.inputs, context.rulebook)
    titles = [case_title(case, context.rulebook) for case in context.cases if case.id in pending]
    if titles:
        raise CaseOpen(
            act=Text(zh="量化计分", en="score"),
            cases=listed(titles),
            clause=context.clause("scoring"),
        )


def is_stale(state: Assessment, context: Context) -> bool:
    """Whether the department must be scored again: the result was reopened, or what it rests on has changed."""
    return state.fact(Scored) is not None and (state.awaits_rescoring or bool(changed_sources(state, context)))


def blocking_cases(state: Assessment, context: Context) -> tuple[str, ...]:
    """The open cases that forbid a score, if the rulebook says `block` (F4); otherwise empty."""
    if context.rulebook.readings["open_cases"].value != "block" or not context.cases:
        return ()
    return basis.open_records(inputs_of(state, ScoreSheet(marks={}), context), context.rulebook)


def refuse_stale(title: Text | str, state: Assessment, context: Context) -> None:
    """Refuse the act with this title if the score is stale."""
    if is_stale(state, context):
        raise ScoreIsStale(act=title, since=stale_reason(state, context), clause=context.clause("scoring"))


def stale_reason(state: Assessment, context: Context) -> Text:
    """The reason why the score is stale: what changed, or the reopening of the result."""
    return sources_text(changed_sources(state, context), context.rulebook) or _REOPENED


def sources_text(sources: tuple[str, ...], rulebook: Rulebook) -> Text | None:
    """What changed, in words: the places that were settled, and the cases and other sources by their ids."""
    of_source = {source: rulebook.standings.get(source.partition("@")[0]) for source in sources}
    titles = dict.fromkeys(standing.title.text for standing in of_source.values() if standing is not None)
    places = [Text(zh=f"名次已核定：{title.zh}", en=f"places were settled: {title.en}") for title in titles]
    on_forms = (value for form in rulebook.form for value in form.items.values())
    values = {value.key: value for value in (*on_forms, *rulebook.value)}
    for key in dict.fromkeys(key for source in sources if (key := source.partition("@")[0]) in values):
        title, is_earlier = values[key].title.text, isinstance(values[key], EarlierValue)
        zh, en = (
            ("以往结果有变化", "an earlier result changed") if is_earlier else ("报送的数据有变化", "reported again")
        )
        places.append(Text(zh=f"{zh}：{title.zh}", en=f"{en}: {title.en}"))
    named = {source for source in sources if source.partition("@")[0] in values}
    judged = {source for source in sources if source.startswith("judged/")}
    if judged:
        places.append(Text(zh="认定的情形有变化", en="a finding was recorded or lifted"))
    others = ", ".join(
        source for source, standing in of_source.items() if standing is None and source not in named | judged
    )
    cases = [Text(zh=f"案件或登记事项有变化：{others}", en=f"cases or records changed: {others}")] if others else []
    parts = [*places, *cases]
    if not parts:
        return None
    return Text(zh="；".join(part.zh for part in parts), en="; ".join(part.en for part in parts))


def changed_sources(state: Assessment, context: Context) -> tuple[str, ...]:
    """The ids of the cases, judgements and other inputs that count otherwise than when the score was made.

    Empty without a score.
    """
    scored = state.fact(Scored)
    if scored is None:
        return ()
    now = inputs_of(state, scored.sheet, context, scored.inputs)
    changed = basis.changes(scored.inputs, now, context.rulebook, is_approved=state.is_approved)
    return tuple(sorted({*changed, *(source for source in state.noted or () if is_unknown(source, state, context))}))


def is_unknown(source: str, state: Assessment, context: Context) -> bool:
    """Whether nobody can say now if a source of a result has changed. Then what the clock noted of it stands.

    So it is with a place if the year cannot be known, and with an earlier value whose entries are not at hand.
    """
    if source.partition("@")[0] in context.rulebook.standings:
        return context.year is None
    read = read_values(state, context).get(source)
    return read is not None and read.status == "unknown"


def check_stale_note(state: Assessment, record: NoteStaleScore | StaleScoreNoted, context: Context) -> None:
    """Accept only exactly the sources that changed since the score was made, and only if they are not noted already."""
    if any(is_unknown(source, state, context) for source in record.sources):
        return
    changed = changed_sources(state, context)
    if record.sources != changed or changed == (state.noted or ()):
        title = Text(zh="登记得分失效", en="note a stale score")
        why = Text(zh="得分有效或已登记", en="the score is valid, or this is noted already")
        raise NothingToDo(act=title, why=why, clause=context.rulebook.cited("note_stale_score"))


def score_is_valid(state: Assessment, context: Context) -> bool:
    """Whether the score is valid (`Assessment.has_valid_score`), for the chart, which passes the context too."""
    return state.has_valid_score


def awaits_score(state: Assessment, context: Context) -> bool:
    """Whether the department can be scored: enough sheets are filled in, nothing is missing, and no score is valid."""
    has_enough_sheets = len(state.sheets) >= context.rulebook.scoring.minimum_sheets
    is_ready = has_enough_sheets and not missing_items(state, context) and not open_results(state, context)
    return is_ready and (state.stage != "scoring" or not state.has_valid_score)


def stage_before_scoring(state: Assessment) -> str:
    """The last completed stage before scoring."""
    stages = [step.stage for step in state.steps]
    return stages[stages.index("scoring") - 1]
