"""Tests and rows as sentences: the condition itself (总分≥87), and with the value that was tested (总分 78.46，须≥87)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from states.rulebook.calculation.entered_values import LevelValue
from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.read_values import FindingValue, PlaceValue
from states.rulebook.calculation.rows import WORDS, Bounds, Condition, TableRow, Test, Values
from states.rulebook.calculation.values import NamedValue
from states.vocabulary import Text

from .names import RuleNames, figure, listed

TestSentence = Callable[[Test], Text]


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
    name = names.value(test.of)
    if isinstance(names.find(test.of), FindingValue):
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


def row_text(row: TableRow, names: RuleNames, sentence: TestSentence | None = None) -> Text:
    """All tests of a row; without tests, every other case. `sentence` says each test in another way."""
    say = sentence or (lambda test: test_text(test, names))
    parts = [say(test) for test in row.when]
    if row.any:
        groups = [listed((say(test) for test in group), "且", " and ") for group in row.any]
        either = listed(groups, "，或", ", or ")
        parts.append(Text(f"（{either.zh}）", f"({either.en})") if parts else either)
    return listed(parts, "，且", ", and ") if parts else Text("其他情形", "in every other case")


def outcome_text(test: Test, names: RuleNames, values: Values) -> Text:
    """One test with what was tested: 总分为 78.46，要求≥87."""
    name = names.value(test.of)
    if test.is_ and test.of in WORDS:
        word = values.word(test.of)
        actual = Text("待定", "not known yet") if word is None else names.word(word)
    else:
        line = values.line(test.of)
        if asks_yes_or_no(test, names) and line.amount is not None:
            return _yes_or_no(test, names, is_yes=bool(line.amount))
        actual = amount_text(line, names)
    condition = words_text(test, names, list_of(names, test.of)) if test.is_ else bounds_text(test)
    is_zh = "为" if test.is_ else ""
    return Text(
        f"{name.zh} {actual.zh}（要求{is_zh}{condition.zh}）", f"{name.en} {actual.en} (needed: {condition.en})"
    )


def failures(row: TableRow, names: RuleNames, values: Values) -> Text:
    """The tests of a row that do not hold, with what was tested."""
    return listed((outcome_text(test, names, values) for test in _failing(row, values)), "；", "; ")


def _failing(row: TableRow, values: Values) -> Iterator[Test]:
    yield from (test for test in row.when if not test.holds(values))
    if row.any and not any(all(test.holds(values) for test in group) for group in row.any):
        yield from (test for group in row.any for test in group if not test.holds(values))


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
