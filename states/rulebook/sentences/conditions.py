"""Tests and rows as sentences: the condition itself (总分≥87), and with the value that was tested (总分 78.46，须≥87)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from states.rulebook.calculation.entered_values import LevelValue
from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.read_values import FindingValue, PlaceValue
from states.rulebook.calculation.rows import UNIT_KIND, WORDS, Bounds, Condition, TableRow, Test, Values, is_for
from states.rulebook.calculation.values import NamedValue
from states.vocabulary import Text

from .names import RuleNames, figure, listed


def bounds_text(bounds: Bounds) -> Text:
    """The bounds without their subject: ≥70 且＜90."""
    if bounds.at_least is not None and bounds.at_least == bounds.at_most:
        number = plain(bounds.at_least)
        return Text(f"＝{number}", f"= {number}")
    signs = (
        ("≥", "≥", bounds.at_least),
        ("＞", ">", bounds.above),
        ("≤", "≤", bounds.at_most),
        ("＜", "<", bounds.below),
    )
    written = [Text(f"{zh}{plain(b)}", f"{en} {plain(b)}") for zh, en, b in signs if b is not None]
    return listed(written, "且", " and ")


def is_yes_or_no(value: NamedValue) -> bool:
    """Whether a value is an answer and no amount: a finding, or a seat."""
    return isinstance(value, FindingValue) or (isinstance(value, PlaceValue) and value.give == "seat")


def asks_yes_or_no(test: Test, names: RuleNames) -> bool:
    """Whether the test asks if a finding holds, or if there is a seat."""
    value = names.find(test.of)
    return value is not None and is_yes_or_no(value) and (test.at_least == 1 or test.at_most == 0 or test.below == 1)


def _yes_or_no(test: Test, names: RuleNames, *, is_yes: bool) -> Text:
    name, value = names.value(test.of), names.find(test.of)
    if isinstance(value, PlaceValue) and names.is_from_last(value):
        is_zh, is_en = ("列入", "applies") if is_yes else ("未列入", "does not apply")
        return Text(f"{is_zh}{name.zh}", f"{name.en} {is_en}")
    if isinstance(value, FindingValue):
        is_zh, is_en = ("成立", "is established") if is_yes else ("不成立", "is not established")
        return Text(f"{name.zh}{is_zh}", f"{name.en} {is_en}")
    is_zh, is_en = ("取得", "is granted") if is_yes else ("未取得", "is not granted")
    return Text(f"{is_zh}{name.zh}", f"{name.en} {is_en}")


def list_of(names: RuleNames, key: str) -> str:
    """The list of levels, or the scale, that a value takes its words from; empty if it has none of its own."""
    value = names.find(key)
    return value.among if isinstance(value, LevelValue) else ""


def words_text(condition: Condition, names: RuleNames, among: str) -> Text:
    return listed((names.word(key, among) for key in condition.is_), "或", " or ")


def test_text(test: Test, names: RuleNames) -> Text:
    """One test: 70≤总分＜90, as the measure itself writes it."""
    name = names.value(test.of)
    if test.is_:
        words = words_text(test, names, list_of(names, test.of))
        return Text(f"{name.zh}为{words.zh}", f"{name.en} is {words.en}")
    if asks_yes_or_no(test, names):
        return _yes_or_no(test, names, is_yes=test.at_least == 1)
    low = test.at_least if test.at_least is not None else test.above
    high = test.at_most if test.at_most is not None else test.below
    if low is not None and high is not None and low != high:
        from_zh, from_en = ("≤", "≤") if test.at_least is not None else ("＜", "<")
        to_zh, to_en = ("≤", "≤") if test.at_most is not None else ("＜", "<")
        return Text(
            f"{plain(low)}{from_zh}{name.zh}{to_zh}{plain(high)}",
            f"{plain(low)} {from_en} {name.en} {to_en} {plain(high)}",
        )
    bounds = bounds_text(test)
    return Text(f"{name.zh}{bounds.zh}", f"{name.en} {bounds.en}")


test_text.__test__ = False  # type: ignore[attr-defined]  # to pytest it is no test


def row_text(row: TableRow, names: RuleNames) -> Text:
    """All tests of a row; without tests, every other case."""
    return _row(row, row.any, lambda test: test_text(test, names))


def met_text(row: TableRow, names: RuleNames, values: Values) -> Text:
    """A row that holds, with what was tested. Of several lists of tests only those that hold are named."""
    met = tuple(group for group in row.any if all(test.holds(values) for test in group))
    return _row(row, met or row.any, lambda test: outcome_text(test, names, values))


def _row(row: TableRow, groups: Sequence[Sequence[Test]], sentence: Callable[[Test], Text]) -> Text:
    parts = [sentence(test) for test in row.when]
    if groups:
        either = listed((listed(map(sentence, group), "且", " and ") for group in groups), "，或", ", or ")
        parts.append(Text(f"（{either.zh}）", f"({either.en})") if parts and len(groups) > 1 else either)
    return listed(parts, "，且", ", and ") if parts else Text("其他情形", "in every other case")


def outcome_text(test: Test, names: RuleNames, values: Values) -> Text:
    """One test with what was tested: 总分 78.46（要求≥87）, 等次为“差”. A word that passes says enough by itself."""
    name = names.value(test.of)
    if test.is_ and test.of in WORDS:
        word = values.word(test.of)
        actual = Text("待定", "not known yet") if word is None else names.word(word)
    else:
        line = values.line(test.of)
        if asks_yes_or_no(test, names) and line.amount is not None:
            return _yes_or_no(test, names, is_yes=bool(line.amount))
        actual = amount_text(line, names)
    if not test.is_:
        bounds = bounds_text(test)
        return Text(f"{name.zh} {actual.zh}（要求{bounds.zh}）", f"{name.en} {actual.en} (needed: {bounds.en})")
    is_zh = "为" if actual.zh.startswith("“") else ""
    sentence = Text(f"{name.zh}{is_zh}{actual.zh}", f"{name.en} is {actual.en}")
    if test.holds(values):
        return sentence
    words = words_text(test, names, list_of(names, test.of))
    return Text(f"{sentence.zh}（要求为{words.zh}）", f"{sentence.en} (needed: {words.en})")


def failures(row: TableRow, names: RuleNames, values: Values) -> Text:
    """The tests of a row that do not hold, with what was tested."""
    return listed((outcome_text(test, names, values) for test in _failing(row, values)), "；", "; ")


def _failing(row: TableRow, values: Values) -> Iterator[Test]:
    """Of a row for other kinds of department only the kind: what else it asks, nobody of this kind is asked."""
    kind = values.word(UNIT_KIND)
    if kind is not None and not row.is_for(kind):
        yield from (test for test in row.tests() if test.of == UNIT_KIND and kind not in test.is_)
        return
    yield from (test for test in row.when if not test.holds(values))
    if row.any and not any(all(test.holds(values) for test in group) for group in row.any):
        groups = (group for group in row.any if kind is None or is_for(group, kind))
        yield from (test for group in groups for test in group if not test.holds(values))


def amount_text(line: ValueLine, names: RuleNames) -> Text:
    """The value of a line: a number, a grade, or that it is not known or does not apply."""
    if line.state == "pending":
        return Text("待定", "not known yet")
    if line.state == "absent":
        return Text("不适用", "not applicable")
    if line.word:
        return names.word(line.word, list_of(names, line.at))
    assert line.amount is not None
    return Text(figure(line.amount), figure(line.amount))


def unknown_tests(row: TableRow, names: RuleNames, values: Values) -> Text:
    """The tests of a row that cannot be answered yet."""
    return listed((outcome_text(t, names, values) for t in row.tests() if t.holds(values) is None), "；", "; ")
