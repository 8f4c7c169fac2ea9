"""Whether values add up: full marks, like units, quotients that end, what happens if a part does not apply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from states.rulebook.calculation.computed_values import BandsValue, HowManyValue, RatioValue, SumValue, TakeValue
from states.rulebook.calculation.entered_values import GivenValue, LevelValue, MarkValue, PerValue
from states.rulebook.calculation.forms import TOTAL
from states.rulebook.calculation.read_values import EarlierValue, PlaceValue, VoteValue
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.rows import Condition
from states.rulebook.calculation.values import NamedValue
from states.rulebook.file_locations import location_of, value_locations
from states.rulebook.parts import Misfit
from states.vocabulary import Text

from .computed_spans import worth_span
from .spans import Span
from .subject_spans import SubjectSpans
from .subject_tests import standings_of, tests_of

UNITS = {
    "points": ("分", "points"),
    "count": ("个数", "a count"),
    "share": ("比例", "a share"),
    "word": ("文字", "a word"),
}


def check_words(scope: SubjectSpans) -> Iterator[Misfit]:
    """Words where a number is needed, and numbers where a word is. Without any, every test can be asked."""
    plan = scope.plan
    for key, value in plan.values.items():
        location = location_of(plan, key)
        yield from (_word_as_number(location, name) for name in _numbers_needed(value, scope) if _is_word(scope, name))
        if isinstance(value, BandsValue):
            for number, row in enumerate(value.row):
                for test in row.tests():
                    yield from check_condition(f"{location}.row[{number}]", test.of, test, scope.span(test.of))
        if isinstance(value, HowManyValue):
            parts = list(value.of) or [end.key for end in plan.values[str(value.under)].ends()]
            for name in parts:
                yield from check_condition(location, name, value, scope.span(name))
    for standing in standings_of(scope.rules, plan):
        words = (name for name in standing.compared if _is_word(scope, name))
        yield from (_word_as_number(f"standing.{standing.key}", name) for name in words)
    for location, test in tests_of(scope.rules, plan):
        yield from check_condition(location, test.of, test, scope.span(test.of))


def check_sums(rules: ResultRules) -> Iterator[Misfit]:
    """Parts whose full marks do not add up to the full mark of the whole."""
    for location, part in value_locations(rules):
        marks = [one.full_mark for one in part.parts() if not one.beside]
        known = [mark for mark in marks if mark is not None]
        whole = sum(known, Decimal(0))
        if part.points is not None and marks and len(known) == len(marks) and whole != part.points:
            words = (f"下级分值合计 {whole}，应为 {part.points}", f"the parts add up to {whole}, not {part.points}")
            yield Misfit(location, *words)


def check_form(scope: SubjectSpans) -> Iterator[Misfit]:
    """The misfits of one subject's values as numbers that add up."""
    plan = scope.plan
    for key, value in plan.values.items():
        location = location_of(plan, key)
        yield from _keys_without_effect(
            location, value, plan.form is not None and (key == TOTAL or key in plan.form.items)
        )
        if isinstance(value, SumValue | TakeValue):
            yield from _unlike_units(location, value, scope)
        if isinstance(value, SumValue):
            yield from _missing_full_marks(value, scope)
            yield from _uneven(value, scope)
            yield from _absent_parts(value, scope)
    yield from _uneven_standings(scope)
    if plan.form is not None and scope.span(TOTAL).low is None:
        yield Misfit(
            f"form.{plan.form.key}",
            "扣分没有下限，总分可以低到任何数：请写 min",
            "the total can go down without end: say the least it can be (min)",
        )


def _numbers_needed(value: NamedValue, scope: SubjectSpans) -> Iterator[str]:
    if isinstance(value, SumValue):
        yield from value.of
    elif isinstance(value, TakeValue | RatioValue | PerValue):
        yield from value.needs()
    elif isinstance(value, BandsValue) and any(row.points is not None for row in value.row):
        yield from (row.of for row in value.row if row.of is not None)


def _is_word(scope: SubjectSpans, name: str) -> bool:
    return scope.span(name).unit == "word"


def _word_as_number(location: str, name: str) -> Misfit:
    return Misfit(
        location, f"{name} 不是数字，不能参加计算", f"{name} is a word, and cannot be reckoned with as a number"
    )


def check_condition(location: str, name: str, condition: Condition, span: Span) -> Iterator[Misfit]:
    """Bounds of a word, words for a number, and a word that a value never is. Without any, the test can be asked."""
    if span.unit == "word" and condition.has_bounds:
        yield Misfit(location, f"{name} 不是数字，不能与界限比较", f"{name} is a word, and has no bounds: write `is`")
    elif span.unit != "word" and condition.is_:
        yield Misfit(location, f"{name} 是数字，请写界限，不写 is", f"{name} is a number: write bounds, not `is`")
    elif span.unit == "word" and name != "unit_kind":
        for word in condition.is_:
            if word not in span.words:
                words = ", ".join(span.words)
                yield Misfit(
                    location, f"{name} 不会是 {word}（可用：{words}）", f"{name} is never {word} (known: {words})"
                )


def _keys_without_effect(location: str, value: NamedValue, is_on_form: bool) -> Iterator[Misfit]:
    """Keys that say something where nothing can come of it."""
    is_entered = isinstance(value, MarkValue | LevelValue | GivenValue | VoteValue | EarlierValue)
    if value.may_be_absent and not (is_entered or (isinstance(value, PerValue) and value.of is None)):
        yield Misfit(
            f"{location}.may_be_absent",
            "只有直接填报的分值可以不适用",
            "only a value that is entered can be declared so",
        )
    if value.weight is not None and not value.points:
        yield Misfit(f"{location}.weight", "写 weight 时须写 points", "has no effect without points")
    if not is_on_form and (value.weight is not None or value.beside):
        words = ("weight 与 beside 只写在考核指标中", "weight and beside are written on a form only")
        yield Misfit(location, *words)


def _missing_full_marks(value: SumValue, scope: SubjectSpans) -> Iterator[Misfit]:
    """A part of a whole needs a full mark. Whether the marks add up to the whole, a form checks when it is loaded."""
    within = [item for item in value.item if not item.beside and not _is_word(scope, item.key)]
    for item in within:
        if item.full_mark is None and (value.points is not None or value.rescale):
            yield Misfit(
                location_of(scope.plan, item.key),
                "缺少满分（points）；不计入满分的部分请写 beside",
                "has no full mark (points); what is no part of the whole is written with beside",
            )


def _unlike_units(location: str, value: SumValue | TakeValue, scope: SubjectSpans) -> Iterator[Misfit]:
    """Points are not added to shares or counts, nor compared with them. A weight makes points of anything."""
    names = list(value.needs())
    weighted = {item.key for item in value.parts() if item.weight is not None}
    units = {name: "points" if name in weighted else scope.span(name).unit for name in names}
    numbers = {name: unit for name, unit in units.items() if unit != "word"}
    if len(set(numbers.values())) < 2 or (isinstance(value, TakeValue) and value.take == "product"):
        return
    usual = "points" if "points" in numbers.values() else next(iter(numbers.values()))
    for name, unit in numbers.items():
        if unit != usual:
            (zh, en), (zh_usual, en_usual) = UNITS[unit], UNITS[usual]
            yield Misfit(
                location_of(scope.plan, name) if value.parts() else location,
                f"{name} 是{zh}，不能与{zh_usual}相加或比较：请写 points 与 weight，或用 per、bands 折算",
                f"{name} is {en}, and cannot be put together with {en_usual}: "
                "write points and weight, or convert it (per, bands)",
            )


def _uneven(value: SumValue, scope: SubjectSpans) -> Iterator[Misfit]:
    """What is added comes out even, and so does the total, because it is recorded."""
    names = list(value.needs())
    uneven = [name for name in names if not scope.span(name).even]
    for name in uneven:
        if not _comes_of_parts(name, scope):
            yield _uneven_value(location_of(scope.plan, name), name)
    if value.key == TOTAL and not uneven and not scope.span(TOTAL).even:
        yield _uneven_sum(value, scope)


def _uneven_standings(scope: SubjectSpans) -> Iterator[Misfit]:
    """What a standing compares is recorded with it, and must come out even too."""
    for standing in standings_of(scope.rules, scope.plan):
        for name in standing.compared:
            if name != TOTAL and not scope.span(name).even:
                yield _uneven_value(location_of(scope.plan, name), name)


def _uneven_value(location: str, name: str) -> Misfit:
    return Misfit(
        location,
        f"{name} 可能除不尽：请写明保留几位小数（decimals）",
        f"{name} need not come out even: say to how many decimals (decimals)",
    )


def _uneven_sum(value: SumValue, scope: SubjectSpans) -> Misfit:
    location = location_of(scope.plan, value.key)
    for item in value.item:
        if not worth_span(item, scope.span(item.key)).even:
            return Misfit(
                location,
                f"{item.key} 按 {item.weight}/{item.points} 计入，可能除不尽：请在这一级写明保留几位小数（decimals）",
                f"{item.key} counts {item.weight}/{item.points} and need not come out even: say here to how many decimals (decimals)",
            )
    return Misfit(
        location,
        "按适用部分折算（rescale）可能除不尽：请写明保留几位小数（decimals）",
        "a total in proportion (rescale) need not come out even: say to how many decimals (decimals)",
    )


def _comes_of_parts(name: str, scope: SubjectSpans) -> bool:
    """Whether it is a sum that is uneven only because of its parts, which are reported themselves."""
    value = scope.plan.values.get(name)
    return isinstance(value, SumValue) and any(not scope.span(need).even for need in value.needs())


def _absent_parts(value: SumValue, scope: SubjectSpans) -> Iterator[Misfit]:
    """A part that does not apply is never silently 0."""
    parts: Sequence[str] = [item.key for item in value.item if not item.beside] or value.of
    numbers = [name for name in parts if not _is_word(scope, name)]
    if value.rescale or len(numbers) < 2 or (value.item and _rescales_above(value, scope)):
        return
    for name in numbers:
        if scope.span(name).may_be_absent and not _absent_below(name, scope):
            why = _why_absent(name, scope)
            yield Misfit(
                location_of(scope.plan, name),
                f"{name} 可能不适用（{why.zh}），但没有写明那时如何计分：请在上一级写 rescale，"
                "或改用 bands，最后一行写明不适用时的分值",
                f"{name} may be not applicable ({why.en}), and nothing says what then: write rescale in the part above, "
                "or bands whose last row says what it is then",
            )


def _why_absent(name: str, scope: SubjectSpans) -> Text:
    """What makes a value not applicable: it is declared so, or something that it rests on may be missing or 0."""
    value = scope.plan.values.get(name)
    if value is None:
        key = name.rpartition(".")[2].rpartition(":")[2]
        others = scope.whole.subjects.values()
        other = next((one for one in others if key in one.plan.values and one.span(key).may_be_absent), None)
        return Text(f"{name} 可能不适用", f"{name} may be") if other is None else _why_absent(key, other)
    if value.may_be_absent:
        return Text(f"{name} 写有 may_be_absent", f"{name} has may_be_absent")
    if isinstance(value, EarlierValue):
        return Text("可能没有以前的结果", "there may be no earlier result")
    if isinstance(value, PlaceValue):
        return Text("可能没有名次", "there may be no place")
    if isinstance(value, TakeValue) and value.over is not None:
        return Text("班子中可能没有这样的成员", "the team may have nobody of that kind")
    need = next((need for need in value.needs() if scope.span(need).may_be_absent), None)
    if need is not None:
        return _why_absent(need, scope)
    divisor = value.by if isinstance(value, RatioValue) else name
    return Text(f"{divisor} 可能为 0", f"{divisor} may be 0")


def _rescales_above(part: SumValue, scope: SubjectSpans) -> bool:
    """Whether a sum above it makes up for what does not apply below it."""
    sums = (value for value in scope.plan.values.values() if isinstance(value, SumValue))
    above = next((value for value in sums if any(item.key == part.key for item in value.item)), None)
    return above is not None and (above.rescale or _rescales_above(above, scope))


def _absent_below(name: str, scope: SubjectSpans) -> bool:
    value = scope.plan.values.get(name)
    return isinstance(value, SumValue) and len(value.item) > 1 and not value.rescale
