"""The same facts under another rulebook: whose score and grade would differ, and by which clause.

Whether the steps would have been allowed is not asked. The agreed sheet, the cases and the judgements on record are scored by the other
edition's numbers, and both explanations are set side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.records.case import Case
from states.records.routine_check import RoutineCheck
from states.result.result import Line, Result, explain
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored, compute
from states.streams import kind_of
from states.vocabulary import Actor, Text

from .history import LedgerSnapshot
from .reader import Reader

_AUDITOR = Actor("auditor", "audit")


class ResultComparison(Struct, frozen=True):
    """One assessment: its result as on record and under the other edition (None: cannot be scored, `why`).

    `lines` are those of either explanation that the other does not have: `before` or `after` is None where it is missing.
    """

    stream: str
    unit: str
    held: Result
    other: Result | None
    lines: tuple[tuple[Line | None, Line | None], ...]
    why: Text | None = None

    @property
    def differs(self) -> bool:
        """Whether score or grade would be another."""
        return self.other is None or (self.held.score, self.held.grade) != (self.other.score, self.other.grade)


def compare_results(
    reader: Reader, rulebooks: Mapping[str, CompiledRulebook], other: Rulebook, wanted: Callable[[str], bool]
) -> Iterator[ResultComparison]:
    """Every scored assessment that is `wanted`, in the order of streams."""
    moment = LedgerSnapshot(rulebooks, lambda stream: wanted(stream) or kind_of(stream) in ("case", "routine_check"))
    for row in reader.entries():
        moment.take(row)
    cases = [case for case in moment.streams.values() if isinstance(case, Case)]
    checks = tuple(check for check in moment.streams.values() if isinstance(check, RoutineCheck))
    for stream, state in sorted(moment.streams.items()):
        compiled, scored = moment.compiled(stream), state.fact(Scored) if isinstance(state, Assessment) else None
        if isinstance(state, Assessment) and scored is not None and compiled is not None:
            mine = tuple(case for case in cases if state.unit in case.units)
            yield _compared(state, scored, mine, checks, compiled, CompiledRulebook(other), moment)


def _compared(
    state: Assessment,
    scored: Scored,
    cases: tuple[Case, ...],
    checks: tuple[RoutineCheck, ...],
    compiled: CompiledRulebook,
    other: CompiledRulebook,
    moment: LedgerSnapshot,
) -> ResultComparison:
    title = moment.unit_title(state.unit, state.year) + (f" · {state.special.zh}" if state.special else "")
    at = moment.entries[state.stream][-1].entry.recorded_at

    def under(one: CompiledRulebook) -> tuple[Result, list[Line]]:
        context = Context(
            rulebook=one.rulebook, actor=_AUDITOR, now=at, today=one.today(at), cases=cases, checks=checks
        )
        result = compute(state, scored.marks, context)
        return result, explain(result, scored, one.rulebook.tables[state.unit_kind], one.rulebook)

    held, before = under(compiled)
    unfit = _unfit(state, scored, other.rulebook)
    if unfit is not None:
        return ResultComparison(state.stream, title, held, None, (), unfit)
    again, after = under(other)
    return ResultComparison(state.stream, title, held, again, tuple(_apart(before, after)))


def _unfit(state: Assessment, scored: Scored, rulebook: Rulebook) -> Text | None:
    """Why the sheet on record cannot be scored by this edition; None if it can."""
    table = rulebook.tables.get(state.unit_kind)
    if table is None:
        return Text(
            zh=f"该办法没有 {state.unit_kind} 类部门的评分表",
            en=f"it has no scoring table for departments of the kind {state.unit_kind}",
        )
    wanted, given = set(table.elements), set(scored.marks)
    if wanted != given:
        named = "、".join(sorted(wanted ^ given))
        return Text(zh=f"评分要素不同：{named}", en=f"its elements differ: {named.replace('、', ', ')}")
    return None


def _apart(before: list[Line], after: list[Line]) -> Iterator[tuple[Line | None, Line | None]]:
    """The lines that are not in both: those of one clause and text stand beside each other."""
    left = [line for line in before if line not in after]
    right = [line for line in after if line not in before]
    for line in left:
        twin = next((one for one in right if one.clause == line.clause), None)
        if twin is not None:
            right.remove(twin)
        yield line, twin
    yield from ((None, line) for line in right)
