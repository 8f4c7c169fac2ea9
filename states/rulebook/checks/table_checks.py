"""Whether a table of rows answers every case once: gaps, overlaps, rows never reached, tests that say nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from states.rulebook.calculation.computed_values import BandsValue
from states.rulebook.calculation.plan import SubjectPlan
from states.rulebook.calculation.rows import Test
from states.rulebook.parts import Misfit

from .ballot_shares import shares_of_ballots
from .cells import MOST_CELLS, Cells, TableCell, TableOfRows, axis, cells_of
from .spans import Span, plain_of
from .way_spans import PlanSpans, SubjectSpans

MOST_EXAMPLES = 3
"""So many examples of gaps a table has in a report, and as many overlaps of two rows."""


class AskedTable(NamedTuple):
    """A table with the spans of the subject that it belongs to. One table may belong to several kinds of department."""

    table: TableOfRows
    scope: SubjectSpans

    @property
    def cells(self) -> Cells:
        return cells_of(self.table, self.scope.span, shares_of_ballots(self.scope.whole.plan, self.scope.plan))


def check_tables(plans: Iterable[PlanSpans]) -> Iterator[Misfit]:
    """The misfits of all tables. A row has only to be of use for one kind of department, but every kind has its answer."""
    tables: dict[str, list[AskedTable]] = {}
    for plan in plans:
        for scope in plan.subjects.values():
            for table in tables_of(scope.plan):
                tables.setdefault(table.place, []).append(AskedTable(table, scope))
    for asked in tables.values():
        yield from dict.fromkeys(check_table(asked))


def tables_of(plan: SubjectPlan) -> Iterator[TableOfRows]:
    """The grades of a subject's scale, each of its limits, and the bands among its values."""
    scale = plan.scale
    if scale is not None:
        names = tuple(f"grade.{grade.key}" for grade in scale.grade)
        yield TableOfRows(
            place=f"scale.{scale.key}", names=names, rows=scale.grade, match=scale.match, is_closed=not scale.ask
        )
        for limit in scale.limit:
            name = f"limit.{limit.key}"
            yield TableOfRows(place=f"scale.{scale.key}.{name}", names=(name,), rows=(limit,), match=None)
    for key, value in plan.values.items():
        if isinstance(value, BandsValue):
            names = tuple(f"row[{number}]" for number in range(len(value.row)))
            yield TableOfRows(place=f"value.{key}", names=names, rows=value.row, match=value.match)


def check_table(asked: Sequence[AskedTable]) -> Iterator[Misfit]:
    """The misfits of one table, for each kind of department and each subject that it is for."""
    table = asked[0].table
    without_effect = list(_tests_without_effect(asked))
    yield from (misfit for _, misfit in without_effect)
    held: set[int] = set()
    chosen: set[int] = set()
    not_always: set[int] = set()
    for one in _apart(asked):
        size = one.cells.size()
        if size > MOST_CELLS:
            yield Misfit(
                table.place,
                f"要逐一核对的情形有 {size} 种，超过 {MOST_CELLS} 种，请拆分为几张表",
                f"has {size} cases to check, more than {MOST_CELLS}: divide it into several tables",
            )
            return
        answers = TableAnswers(table, one.cells, one.scope.span)
        held |= answers.held
        chosen |= answers.chosen
        not_always |= answers.not_always
        if table.match is not None and table.is_closed:
            yield from answers.gap_misfits()
        if table.match == "one":
            yield from answers.overlap_misfits()
    done = {row for row, _ in without_effect}
    for number, name in enumerate(table.names):
        place = table.place if table.match is None else f"{table.place}.{name}"
        if number in done:
            continue
        if number not in held:
            yield Misfit(place, "各项条件不可能同时成立", "can never hold: its tests exclude each other")
        elif table.match == "first" and number not in chosen:
            yield Misfit(
                place,
                "永远轮不到：凡它成立时，前面已有一行成立",
                "is never reached: wherever it holds, a row before it holds",
            )
        elif table.match is None and number not in not_always:
            yield Misfit(place, "在任何情形下都成立", "holds in every case")


def _apart(asked: Sequence[AskedTable]) -> Iterator[AskedTable]:
    """Of kinds of department with the same cells, the first: the others would get the same answers."""
    every: list[Cells] = []
    for one in asked:
        if one.cells not in every:
            every.append(one.cells)
            yield one


class TableAnswers:
    """What every row answers in every cell."""

    def __init__(self, table: TableOfRows, cells: Cells, span: Callable[[str], Span]) -> None:
        self.table, self._span = table, span
        self.held: set[int] = set()
        self.chosen: set[int] = set()
        self.not_always: set[int] = set()
        self.gaps: list[TableCell] = []
        self.overlaps: dict[tuple[int, int], TableCell] = {}
        gap_before = False
        for cell in cells.every():
            holding = [number for number, row in enumerate(table.rows) if row.holds(cell)]
            self.held.update(holding)
            self.chosen.update(holding[:1])
            self.not_always.update(set(range(len(table.rows))).difference(holding))
            # Cells side by side are one gap. Only a table with one name has its cells side by side.
            if not holding and not (gap_before and len(cell.examples) == 1):
                self.gaps.append(cell)
            gap_before = not holding
            for pair in combinations(holding, 2):
                self.overlaps.setdefault(pair, cell)

    def gap_misfits(self) -> Iterator[Misfit]:
        for cell in self.gaps[:MOST_EXAMPLES]:
            zh, en = self._grain(cell)
            yield Misfit(
                self.table.place,
                f"{cell.text.zh} 时没有一行成立{zh}。请补上，或用 ask 写明由谁评定",
                f"no row holds for {cell.text.en}{en}. Close the gap, or name who decides (ask)",
            )

    def overlap_misfits(self) -> Iterator[Misfit]:
        names = [name.rpartition(".")[2] for name in self.table.names]
        for (first, second), cell in list(self.overlaps.items())[:MOST_EXAMPLES]:
            yield Misfit(
                self.table.place,
                f"{cell.text.zh} 时 {names[first]} 与 {names[second]} 两行同时成立。请收窄一行；"
                '如果原文按先后认定，请写 match = "first"',
                f"rows {names[first]} and {names[second]} both hold for {cell.text.en}. "
                'Narrow one, or write match = "first" if the measure means their order',
            )

    def _grain(self, cell: TableCell) -> tuple[str, str]:
        """By what the value of a table with one name goes: it shows that the example can happen."""
        names = list(cell.examples)
        grain = self._span(names[0]).grain if len(names) == 1 else None
        if grain is None or cell.line(names[0]).amount is None:
            return "", ""
        return f"（{names[0]} 按 {plain_of(grain)} 变动）", f" ({names[0]} goes by {plain_of(grain)})"


def _tests_without_effect(asked: Sequence[AskedTable]) -> Iterator[tuple[int, Misfit]]:
    """Tests that never hold, or always, for whatever kind of department the table is for."""
    table = asked[0].table
    for number, row in enumerate(table.rows):
        for test in row.tests():
            answers = {answer for one in asked for answer in _answers(test, one.scope.span(test.of))}
            if len(answers) != 1:
                continue
            zh, en = _range(test.of, asked[0].scope.span(test.of))
            place = table.place if table.match is None else f"{table.place}.{table.names[number]}"
            if True in answers:
                words = (f"对 {test.of} 的条件总是成立：{zh}", f"its test of {test.of} always holds: {en}")
                yield number, Misfit(place, *words)
            else:
                yield number, Misfit(place, f"对 {test.of} 的条件不可能成立：{zh}", f"can never hold: {en}")


def _answers(test: Test, span: Span) -> Iterator[bool]:
    for part in axis(test.of, span, [test]):
        yield bool(test.holds(TableCell({test.of: part.line})))


def _range(name: str, span: Span) -> tuple[str, str]:
    """From where to where a value lies."""
    if span.unit == "word":
        return f"{name} 只能是 {'、'.join(span.words)}", f"{name} is one of {', '.join(span.words)}"
    if span.low is not None and span.high is not None:
        low, high = plain_of(span.low), plain_of(span.high)
        return f"{name} 在 {low} 到 {high} 之间", f"{name} lies from {low} to {high}"
    if span.low is not None:
        return f"{name} 不小于 {plain_of(span.low)}", f"{name} is at least {plain_of(span.low)}"
    if span.high is not None:
        return f"{name} 不大于 {plain_of(span.high)}", f"{name} is at most {plain_of(span.high)}"
    return f"{name} 可以是任何数", f"{name} can be any number"
