"""Whether a table of rows answers every case once: gaps, overlaps, rows never reached, tests that say nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import combinations, product
from typing import NamedTuple

from states.rulebook.calculation.computed_values import BandsValue
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.plan import SubjectPlan
from states.rulebook.calculation.rows import TableRow, Test
from states.rulebook.calculation.scales import ScaleGrade
from states.rulebook.file_locations import location_of
from states.rulebook.parts import Misfit

from .ballot_shares import shares_of_ballots
from .cells import MOST_CELLS, AxisPart, CellIndex, Cells, TableCell, TableOfRows, axis, cells_of
from .spans import Span, plain_of
from .subject_spans import PlanSpans, SubjectSpans

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
                tables.setdefault(table.location, []).append(AskedTable(table, scope))
    for scoped_tables in tables.values():
        yield from dict.fromkeys(check_table(scoped_tables))


def tables_of(plan: SubjectPlan) -> Iterator[TableOfRows]:
    """The grades of a subject's scale, each of its limits, and the bands among its values."""
    scale = plan.scale
    if scale is not None:
        names = tuple(f"grade.{grade.key}" for grade in scale.grade)
        yield TableOfRows(
            location=f"scale.{scale.key}", names=names, rows=scale.grade, match=scale.match, is_closed=not scale.ask
        )
        for limit in scale.limit:
            name = f"limit.{limit.key}"
            yield TableOfRows(location=f"scale.{scale.key}.{name}", names=(name,), rows=(limit,), match=None)
    for key, value in plan.values.items():
        if isinstance(value, BandsValue):
            names = tuple(f"row[{number}]" for number in range(len(value.row)))
            yield TableOfRows(
                location=location_of(plan, key), names=names, rows=value.row, match=value.match, value=key
            )


def check_table(tables: Sequence[AskedTable]) -> Iterator[Misfit]:
    """The misfits of one table, for each kind of department and each subject that it is for."""
    table = tables[0].table
    without_effect = list(_tests_without_effect(tables))
    yield from (misfit for _, misfit in without_effect)
    reached: set[int] = set()
    chosen: set[int] = set()
    not_always: set[int] = set()
    for one in _apart(tables):
        size = one.cells.size
        if size > MOST_CELLS:
            yield Misfit(
                table.location,
                f"要逐一核对的情形有 {size} 种，超过 {MOST_CELLS} 种，请拆分为几张表",
                f"has {size} cases to check, more than {MOST_CELLS}: divide it into several tables",
            )
            return
        answers = TableAnswers(table, one.cells, one.scope.span)
        reached |= answers.reached
        chosen |= answers.chosen
        not_always |= answers.not_always
        if table.match is not None and table.is_closed:
            yield from answers.gap_misfits()
        if table.match == "one":
            yield from answers.overlap_misfits()
    done = {row for row, _ in without_effect}
    for number, name in enumerate(table.names):
        location = table.location if table.match is None else f"{table.location}.{name}"
        if number in done:
            continue
        if number not in reached:
            yield Misfit(location, "各项条件不可能同时成立", "can never hold: its tests exclude each other")
        elif table.match == "first" and number not in chosen:
            yield Misfit(
                location,
                "永远轮不到：凡它成立时，前面已有一行成立",
                "is never reached: wherever it holds, a row before it holds",
            )
        elif table.match is None and number not in not_always:
            yield Misfit(location, "在任何情形下都成立", "holds in every case")


def _apart(tables: Sequence[AskedTable]) -> Iterator[AskedTable]:
    """Of kinds of department with the same cells, the first: the others would get the same answers."""
    every: list[Cells] = []
    for one in tables:
        if one.cells not in every:
            every.append(one.cells)
            yield one


class TableAnswers:
    """What every row answers in every cell.

    A row is one or several boxes: the lists of tests of which one must hold. Each part of an axis has a number with a
    bit for every box that it does not exclude, so the boxes of a cell are the bits that all its parts have in common.
    """

    def __init__(self, table: TableOfRows, cells: Cells, span: Callable[[str], Span]) -> None:
        self.table, self.cells, self._span = table, cells, span
        self.reached: set[int] = set()
        self.chosen: set[int] = set()
        self.not_always: set[int] = set()
        self.gaps: list[CellIndex] = []
        self.overlaps: dict[tuple[int, int], CellIndex] = {}
        self._boxes = [(number, box) for number, row in enumerate(table.rows) for box in boxes_of(row)]
        masks = [[self._mask(part) for part in parts] for parts in cells.axes.values()]
        every, first_cells = (1 << len(self._boxes)) - 1, dict[int, CellIndex]()
        for cell in cells.every():
            common = every
            for mask, part in zip(masks, cell, strict=True):
                common &= mask[part]
            if not common:
                self.gaps.append(cell)
            first_cells.setdefault(common, cell)
        for common, cell in first_cells.items():
            rows = (number for bit, (number, _) in enumerate(self._boxes) if common >> bit & 1)
            self._note(list(dict.fromkeys(rows)), cell)

    def _note(self, holding: list[int], cell: CellIndex) -> None:
        self.reached.update(holding)
        self.chosen.update(holding[:1])
        self.not_always.update(set(range(len(self.table.rows))).difference(holding))
        for pair in combinations(holding, 2):
            self.overlaps.setdefault(pair, cell)

    def _mask(self, part: AxisPart) -> int:
        """A bit for every box whose tests of this name hold for this part."""
        cell, name = TableCell({part.line.at: part.line}), part.line.at
        boxes = enumerate(box for _, box in self._boxes)
        return sum(1 << bit for bit, box in boxes if all(test.holds(cell) for test in box if test.of == name))

    def gap_examples(self) -> list[TableCell]:
        """An example of every gap, with the names on which it depends."""
        left = dict.fromkeys(self.gaps)
        examples: list[TableCell] = []
        while left and len(examples) < MOST_EXAMPLES:
            cell = next(iter(left))
            names, gap = self._widest(cell)
            for one in gap:
                left.pop(one, None)
            examples.append(self.cells.example(cell, names))
        return examples

    def _widest(self, cell: CellIndex) -> tuple[list[str], list[CellIndex]]:
        """The names that a gap depends on, and all its cells: with any other value of the other names it is one too.

        With one name, it goes on as far as the cells side by side are gaps.
        """
        if len(cell) == 1:
            end = cell[0]
            while (end + 1,) in self._gaps_by_cell:
                end += 1
            return list(self.cells.names), [(part,) for part in range(cell[0], end + 1)]
        ranges = [[part] for part in cell]
        names = list(self.cells.names)
        for number, name in enumerate(self.cells.names):
            wider = [*ranges[:number], list(range(len(self.cells.axes[name]))), *ranges[number + 1 :]]
            if all(one in self._gaps_by_cell or one not in self._answered for one in product(*wider)):
                ranges = wider
                names.remove(name)
        return names, list(product(*ranges))

    @cached_property
    def _gaps_by_cell(self) -> frozenset[CellIndex]:
        return frozenset(self.gaps)

    @cached_property
    def _answered(self) -> frozenset[CellIndex]:
        return frozenset(self.cells.every()) - self._gaps_by_cell

    def gap_misfits(self) -> Iterator[Misfit]:
        for cell in self.gap_examples():
            zh, en = self._grain(cell)
            # Only where no grade holds may somebody name one.
            of_grades = any(isinstance(row, ScaleGrade) for row in self.table.rows)
            ask_zh, ask_en = ("，或用 ask 写明由谁评定", ", or name who decides (ask)") if of_grades else ("", "")
            yield Misfit(
                self.table.location,
                f"{cell.text.zh} 时没有一行成立{zh}。请补上{ask_zh}",
                f"no row holds for {cell.text.en}{en}. Close the gap{ask_en}",
            )

    def overlap_misfits(self) -> Iterator[Misfit]:
        names = [name.rpartition(".")[2] for name in self.table.names]
        for (first, second), index in list(self.overlaps.items())[:MOST_EXAMPLES]:
            cell = self.cells.example(index)
            yield Misfit(
                self.table.location,
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


def boxes_of(row: TableRow) -> list[tuple[Test, ...]]:
    """The lists of tests of which one must hold, so that the row does."""
    return [(*row.when, *group) for group in row.any] or [row.when]


def _tests_without_effect(tables: Sequence[AskedTable]) -> Iterator[tuple[int, Misfit]]:
    """Tests that never hold, or always, for whatever kind of department the table is for."""
    table = tables[0].table
    for number, row in enumerate(table.rows):
        for test in row.tests():
            # A kind of department that does not have the value says nothing about the test.
            with_value = [one for one in tables if test.of not in one.scope.plan.of_other_kinds] or tables
            answers = {answer for one in with_value for answer in _answers(test, one.scope.span(test.of))}
            if len(answers) != 1:
                continue
            zh, en = _crossed_bounds(test) or _range(test.of, with_value[0].scope.span(test.of))
            location = table.location if table.match is None else f"{table.location}.{table.names[number]}"
            if True in answers:
                words = (f"对 {test.of} 的条件总是成立：{zh}", f"its test of {test.of} always holds: {en}")
                yield number, Misfit(location, *words)
            else:
                yield number, Misfit(location, f"对 {test.of} 的条件不可能成立：{zh}", f"can never hold: {en}")


def _answers(test: Test, span: Span) -> Iterator[bool]:
    for part in axis(test.of, span, [test]):
        yield bool(test.holds(TableCell({test.of: part.line})))


def _crossed_bounds(test: Test) -> tuple[str, str] | None:
    """That the lower bound lies above the upper one; None if it does not."""
    low = test.above if test.above is not None else test.at_least
    high = test.below if test.below is not None else test.at_most
    if low is None or high is None or low <= high:
        return None
    return (
        f"下限 {plain(low)} 大于上限 {plain(high)}，是否写反",
        f"its least, {plain(low)}, is above its most, {plain(high)}",
    )


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
