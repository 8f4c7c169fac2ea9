"""Scores the recorded facts under another rulebook: which scores and grades would differ, and by which clause.

The agreed sheet, what is on record and the judgements on record are scored by the numbers of the other
edition, and the lines in which the two explanations differ are paired. Whether the other edition would have allowed the
steps is not checked. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment
from states.cases.attribution import RecordsOfUnit, split_records
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.explanation import explain_inputs
from states.records.earlier_result import EarlierResult
from states.result.earlier_values import earlier_streams
from states.result.inputs import inputs_of
from states.result.result import Result, results_of
from states.result.sheet_items import sheet_items
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored, agreed_sheet
from states.streams import OF_UNITS, kind_of
from states.vocabulary import Actor, Text

from .history import FoldedStreams
from .reader import Reader

_AUDITOR = Actor("auditor", "audit")


class ResultComparison(Struct, frozen=True):
    """One assessment: its result under the edition that binds it, and under the other one (None: no result).

    `title`, in Chinese, names the department, and the occasion of a special assessment. `why`: the reason if `other` is
    None. `lines`: pairs of a line of the first explanation and the line of the second that differs from it; None where
    one of the two has no such line.
    """

    stream: str
    title: str
    result: Result
    other: Result | None
    lines: tuple[tuple[ExplainedLine | None, ExplainedLine | None], ...]
    why: Text | None = None

    @property
    def differs(self) -> bool:
        """Whether the other edition gives another score or grade, or none."""
        return self.other is None or (self.result.score, self.result.grade) != (self.other.score, self.other.grade)


def compare_results(
    reader: Reader, rulebooks: Mapping[str, CompiledRulebook], other_rulebook: Rulebook, in_scope: Callable[[str], bool]
) -> Iterator[ResultComparison]:
    """Compare every scored assessment that is `in_scope`, sorted by stream.

    An assessment whose own edition is missing is left out.
    """
    snapshot = FoldedStreams(rulebooks, lambda stream: in_scope(stream) or kind_of(stream) in OF_UNITS)
    for row in reader.entries():
        snapshot.add_row(row)
    on_record = split_records(snapshot.streams.values())
    for stream, state in sorted(snapshot.streams.items()):
        compiled = snapshot.rulebook_of(stream)
        scored = state.fact(Scored) if isinstance(state, Assessment) else None
        if isinstance(state, Assessment) and scored is not None and compiled is not None:
            own = split_records(one for one in (*on_record.cases, *on_record.records) if state.unit in one.units)
            of_unit = replace(own, checks=on_record.checks)
            yield _compare(state, scored, of_unit, compiled, CompiledRulebook(other_rulebook).at(stream), snapshot)


def _compare(
    state: Assessment,
    scored: Scored,
    on_record: RecordsOfUnit,
    compiled: CompiledRulebook,
    other_edition: CompiledRulebook,
    snapshot: FoldedStreams,
) -> ResultComparison:
    special = compiled.rulebook.special_title(state.occasion, state.title)
    title = snapshot.unit_title(state.unit, state.year) + (f" · {special.zh}" if special else "")
    recorded_at = snapshot.entries[state.stream][-1].entry.recorded_at

    def score_under(edition: CompiledRulebook) -> tuple[Result, list[ExplainedLine]]:
        rulebook = edition.rulebook
        context = Context(
            rulebook=rulebook,
            actor=_AUDITOR,
            now=recorded_at,
            today=edition.today(recorded_at),
            cases=on_record.cases,
            checks=on_record.checks,
            records=on_record.records,
            # What was recorded is compared, as it was read then.
            earlier={stream: EarlierResult(stream, "unknown") for stream in earlier_streams(state, rulebook)},
        )
        inputs = inputs_of(state, scored.sheet, context, scored.inputs)
        return results_of(inputs, rulebook)[0], explain_inputs(inputs, rulebook, scored.reasons)

    result, before = score_under(compiled)
    why = _why_not_comparable(state, scored, other_edition.rulebook)
    if why is not None:
        return ResultComparison(state.stream, title, result, None, (), why)
    other_result, after = score_under(other_edition)
    return ResultComparison(state.stream, title, result, other_result, tuple(_differing_lines(before, after)))


def _why_not_comparable(state: Assessment, scored: Scored, rulebook: Rulebook) -> Text | None:
    """The reason why the sheet on record cannot be scored by this edition; None if it can."""
    table = rulebook.forms_by_kind.get(state.unit_kind)
    if table is None:
        return Text(
            zh=f"该办法没有 {state.unit_kind} 类部门的评分表",
            en=f"it has no scoring table for departments of the kind {state.unit_kind}",
        )
    sheet = agreed_sheet(scored, state)
    differing = sorted(set(sheet_items(state, rulebook)) ^ {*sheet.marks, *sheet.levels})
    if differing:
        return Text(zh=f"评分要素不同：{'、'.join(differing)}", en=f"its elements differ: {', '.join(differing)}")
    return None


def _differing_lines(
    before: list[ExplainedLine], after: list[ExplainedLine]
) -> Iterator[tuple[ExplainedLine | None, ExplainedLine | None]]:
    """The lines that only one of the two explanations has. Two lines of the same clause form a pair."""
    only_before = [line for line in before if line not in after]
    only_after = [line for line in after if line not in before]
    for line in only_before:
        partner = next((candidate for candidate in only_after if candidate.clause == line.clause), None)
        if partner is not None:
            only_after.remove(partner)
        yield line, partner
    yield from ((None, line) for line in only_after)
