"""The edges of every table: what holds just below, on and above each bound, for the owner of the rules to sign.

The other names of the row are at an example at which its other tests hold, if there is one. So each edge is an answer
of the calculation itself, and not a sentence about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from states.rulebook.calculation.computed_values import Band
from states.rulebook.calculation.forms import TOTAL
from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import Amount, plain, simplest
from states.rulebook.calculation.plan import GRADE
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.rows import TableRow, Test, choose, is_for
from states.rulebook.calculation.scales import Limit, ScaleGrade
from states.rulebook.clauses import cite
from states.vocabulary import Text

from .ballot_shares import shares_of_ballots
from .cells import AxisPart, Cells, TableCell, TableOfRows, axis, bounds_of
from .intervals import Interval
from .known_names import KnownNames
from .rule_checks import NOTHING_KNOWN, spans_of
from .spans import Span
from .subject_spans import SubjectSpans
from .table_checks import boxes_of, tables_of

Side = Literal["below", "on", "above"]


class EdgePoint(Struct, frozen=True):
    """One side of a bound: the nearest possible amount, the locations of the rows that hold, and what follows.

    Of a value that goes by no steps there is no nearest amount: then it is one within the next bound, and `is_nearest`
    says so.
    """

    side: Side
    amount: Amount
    is_nearest: bool
    rows: tuple[str, ...]
    outcome: Text


class Edge(Struct, frozen=True, kw_only=True):
    """One bound of one row.

    - `location`: of the row. `of`: the name that is tested, and `title` its title. `bound`: the number.
    - `of_table`: the title of the value that a table of bands makes; None for a grade or a limit.
    - `others`: an example of every other name, as a phrase. `points`: what holds on each side that is possible.
    """

    location: str
    clause: str
    of: str
    title: Text
    bound: Amount
    of_table: Text | None
    others: dict[str, Text]
    points: tuple[EdgePoint, ...]

    @property
    def text(self) -> Text:
        """The edge as one sentence, after its clause."""
        return Text(zh=f"{self.clause}　{self.sentence.zh}", en=f"{cite(self.clause).en}: {self.sentence.en}")

    @property
    def sentence(self) -> Text:
        """What holds on each side of the bound."""
        sides = {"below": ("略低于", "just below "), "on": ("等于", ""), "above": ("略高于", "just above ")}
        parts = []
        for point in self.points:
            zh, en = ("", "") if point.is_nearest else sides[point.side]
            number = plain(point.amount if point.is_nearest else self.bound)
            parts.append((f"{zh} {number}，{point.outcome.zh}".strip(), f"{en}{number}, {point.outcome.en}"))
        others_zh = "，".join(other.zh for other in self.others.values())
        others_en = ", ".join(other.en for other in self.others.values())
        of_zh = f"{self.of_table.zh}，按{self.title.zh}" if self.of_table else self.title.zh
        of_en = f"{self.of_table.en}, by {self.title.en}" if self.of_table else self.title.en
        return Text(
            zh=f"{of_zh}：" + "；".join(zh for zh, _ in parts) + f"。{f'（例：{others_zh}）' if others_zh else ''}",
            en=f"{of_en}: " + "; ".join(en for _, en in parts) + f".{f' (Example: {others_en}.)' if others_en else ''}",
        )


def edges(
    rules: ResultRules, known: KnownNames = NOTHING_KNOWN, roles: Mapping[str, Text] = MappingProxyType({})
) -> list[Edge]:
    """Every edge of rules that have no misfits, each once, in the order of the rulebook. `roles`: their titles."""
    edges_by_location: dict[tuple[str, str, Amount], Edge] = {}
    for plan in spans_of(rules, known):
        for scope in plan.subjects.values():
            for table in tables_of(scope.plan):
                for edge in _edges_of(table, scope, roles):
                    edges_by_location.setdefault((edge.location, edge.of, edge.bound), edge)
    return list(edges_by_location.values())


def _edges_of(table: TableOfRows, scope: SubjectSpans, roles: Mapping[str, Text]) -> Iterator[Edge]:
    for number, row in enumerate(table.rows):
        location = table.location if table.match is None else f"{table.location}.{table.names[number]}"
        boxes = [box for box in boxes_of(row) if is_for(box, scope.whole.unit_kind)]
        bounds = [(test.of, bound, box) for box in boxes for test in box for bound in bounds_of(test)]
        for of, bound, box in bounds:
            others = _others(table, row, box, of, bound, scope)
            points = tuple(_points(table, of, bound, others, scope, roles))
            examples = {name: line for name, line in others.items() if name not in scope.plan.of_other_kinds}
            yield Edge(
                location=location, clause=row.clause, of=of, title=_title(of, scope), bound=simplest(bound),
                of_table=_title(table.value, scope) if table.value else None,
                others={name: _phrase(name, line, scope) for name, line in examples.items()}, points=points,
            )  # fmt: skip


def _others(
    table: TableOfRows, row: TableRow, box: tuple[Test, ...], of: str, bound: Fraction, scope: SubjectSpans
) -> dict[str, ValueLine]:
    """An example of each other name of the table, at which the row hangs on the bound, if there is one.

    There the other tests of the same list hold, and those of the row's other lists (`any`) do not. Shares of one
    ballot are examples of the same votes, if any votes have them.
    """
    rest = [test for one in boxes_of(row) if one != box for test in one if test not in box]
    parts_of: dict[str, tuple[AxisPart, ...]] = {}
    for name, tests in table.tests().items():
        parts = axis(name, scope.span(name), tests)
        if name == of:
            parts_of[name] = tuple(part for part in parts if part.interval == Interval(bound, bound)) or parts
            continue
        own = [part for part in parts if _holding_tests(box, part) == len([t for t in box if t.of == name])]
        alone = [part for part in own if not _holding_tests(rest, part)]
        parts_of[name] = tuple(dict.fromkeys([*alone, *own, *parts]))
    examples = {name: parts[0].line for name, parts in parts_of.items()}
    for shares in shares_of_ballots(scope.whole.plan, scope.plan):
        cells = Cells({name: parts for name, parts in parts_of.items() if name in shares.options}, [shares])
        first = next(cells.every(), None)
        examples.update(cells.example(first).examples if first is not None else {})
    return {name: line for name, line in examples.items() if name != of}


def _holding_tests(tests: Iterable[Test], part: AxisPart) -> int:
    """How many of the tests of its name hold for a part."""
    cell = TableCell({part.line.at: part.line})
    return sum(bool(test.holds(cell)) for test in tests if test.of == part.line.at)


def _points(
    table: TableOfRows,
    of: str,
    bound: Fraction,
    others: Mapping[str, ValueLine],
    scope: SubjectSpans,
    roles: Mapping[str, Text],
) -> Iterator[EdgePoint]:
    cuts = sorted(
        {cut for tests in table.tests().values() for test in tests if test.of == of for cut in bounds_of(test)}
    )
    span = scope.span(of)
    lower = max((cut for cut in cuts if cut < bound), default=None)
    upper = min((cut for cut in cuts if cut > bound), default=None)
    sides: tuple[tuple[Side, Amount | None], ...] = (
        ("below", _next_below(span, lower, bound)),
        ("on", span.example(Interval(bound, bound))),
        ("above", span.example(Interval(bound, upper, True, True))),
    )
    for side, amount in sides:
        if amount is not None:
            cell = TableCell({**others, of: ValueLine(of, "known", amount)})
            is_nearest = side == "on" or span.grain is not None
            yield EdgePoint(side, amount, is_nearest, _holding(table, cell), _outcome(table, cell, scope, roles))


def _next_below(span: Span, lower: Fraction | None, bound: Fraction) -> Amount | None:
    """The greatest possible amount below a bound."""
    if span.choices:
        amounts = [choice for choice in span.choices if choice < bound and (lower is None or choice > lower)]
        return simplest(max(amounts)) if amounts else None
    if span.grain is None:
        return span.example(Interval(lower, bound, True, True))
    below = Span(low=None, high=span.high, grain=span.grain).example(Interval(None, bound, True, True))
    is_possible = below is not None and span.example(Interval(Fraction(below), Fraction(below))) is not None
    return below if is_possible else None


def _holding(table: TableOfRows, cell: TableCell) -> tuple[str, ...]:
    return tuple(name for name, row in zip(table.names, table.rows, strict=True) if row.holds(cell))


def _outcome(table: TableOfRows, cell: TableCell, scope: SubjectSpans, roles: Mapping[str, Text]) -> Text:
    """What follows in a cell: the grade, whether a limit holds, or what a band gives."""
    if table.match is None:
        limit = table.rows[0]
        assert isinstance(limit, Limit)
        assert scope.plan.scale is not None
        grade = scope.plan.scale.grades[limit.not_above].title
        if limit.holds(cell):
            return Text(zh=f"最高评为{grade.zh}", en=f"at most {grade.en}")
        return Text(zh="不限制等次", en="no limit")
    try:
        number = choose(tuple(table.rows), table.match, cell)
    except LookupError:
        assert scope.plan.scale is not None, "only a scale with roles that name the grade has a gap"
        titles = [roles.get(key, Text(zh=key, en=key)) for key in scope.plan.scale.ask]
        zh, en = "或".join(title.zh for title in titles), " or ".join(title.en for title in titles)
        return Text(zh=f"由{zh}提出等次", en=f"the grade is named by {en}")
    assert number is not None, "no example is pending"
    row = table.rows[number]
    if isinstance(row, ScaleGrade):
        return row.title.text
    assert isinstance(row, Band)
    if row.of is None:
        number_of_points, on_form = plain(row.points or Decimal(0)), table.location.startswith("form.")
        return Text(
            zh=f"{number_of_points} 分" if on_form else f"计 {number_of_points}",
            en=f"{number_of_points} points" if on_form else f"counts {number_of_points}",
        )
    title = _title(row.of, scope)
    return Text(zh=f"按“{title.zh}”计", en=f"counts as “{title.en}”")


def _title(name: str, scope: SubjectSpans) -> Text:
    """The title of a value; of another subject, its own."""
    if name in WORD_TITLES:
        return WORD_TITLES[name]
    node = scope.whole.plan.nodes(scope.plan, name)[0]
    plan = scope.whole.subjects[node.subject].plan
    value = plan.values.get(node.key) or plan.of_other_kinds.get(node.key)
    return value.title.text if value is not None else WORD_TITLES[node.key]


WORD_TITLES = {
    GRADE: Text(zh="等次", en="Grade"),
    TOTAL: Text(zh="总分", en="Total"),
    "unit_kind": Text(zh="部门类别", en="Kind of department"),
}


def _phrase(name: str, line: ValueLine, scope: SubjectSpans) -> Text:
    """An example of a name, in words: 得票率 80."""
    title = _title(name, scope)
    if line.state == "absent":
        return Text(zh=f"{title.zh}不适用", en=f"{title.en} not applicable")
    if line.amount is not None:
        return Text(zh=f"{title.zh} {plain(line.amount)}", en=f"{title.en} {plain(line.amount)}")
    rules = scope.rules
    titles = {kind.key: kind.title for kind in rules.unit_kind}
    titles |= {level.key: level.title for one in rules.levels for level in one.level}
    titles |= {grade.key: grade.title for one in rules.scale for grade in one.grade}
    word = titles[line.word].text if line.word in titles else Text(zh=line.word, en=line.word)
    return Text(zh=f"{title.zh}为{word.zh}", en=f"{title.en} {word.en}")
