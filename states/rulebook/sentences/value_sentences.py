"""The whole sentences of a value: its way, rounding, bounds and weight; what was made, or why nothing is known.

The two sentences of each way stand in `entered_sentences.py`, `read_sentences.py` and `computed_sentences.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from states.rulebook.calculation.computed_values import BandsValue, HowManyValue, RatioValue, SumValue, TakeValue, worth
from states.rulebook.calculation.entered_values import GivenValue, LevelValue, MarkValue, PerValue
from states.rulebook.calculation.forms import ScoreForm
from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import round_to
from states.rulebook.calculation.read_values import EarlierValue, FindingValue, LadderValue, PlaceValue, VoteValue
from states.rulebook.calculation.values import NamedValue
from states.vocabulary import Text

from . import computed_sentences as computed
from . import entered_sentences as entered
from . import read_sentences as read
from .names import NOTHING, RuleNames, figure, listed, plural, points
from .result_context import ResultContext, made_amount

Rule = Callable[[Any, RuleNames], Text]
Result = Callable[[Any, ValueLine, ResultContext], Text]

WAYS: dict[type[NamedValue], tuple[Rule, Result]] = {
    MarkValue: (entered.mark_rule, entered.mark_result),
    LevelValue: (entered.level_rule, entered.level_result),
    PerValue: (entered.per_rule, entered.per_result),
    GivenValue: (entered.given_rule, entered.given_result),
    VoteValue: (read.vote_rule, read.vote_result),
    LadderValue: (read.ladder_rule, read.ladder_result),
    FindingValue: (read.finding_rule, read.finding_result),
    EarlierValue: (read.earlier_rule, read.earlier_result),
    PlaceValue: (read.place_rule, read.place_result),
    SumValue: (computed.sum_rule, computed.sum_result),
    ScoreForm: (computed.sum_rule, computed.sum_result),
    TakeValue: (computed.take_rule, computed.take_result),
    RatioValue: (computed.ratio_rule, computed.ratio_result),
    BandsValue: (computed.bands_rule, computed.bands_result),
    HowManyValue: (computed.how_many_rule, computed.how_many_result),
}
"""The rule of each way in words, and what it made."""

ROUNDINGS = {
    "half_up": Text("四舍五入到", "rounded to"),
    "down": Text("只舍不入，保留到", "rounded down to"),
    "up": Text("只入不舍，保留到", "rounded up to"),
}


def rule_of(value: NamedValue, names: RuleNames, *, is_alone: bool = True) -> Text:
    """The whole rule of a value: its way, what it counts in the part above, rounding, and bounds.

    `is_alone`: nothing else says the rows of its bands, and what its full mark is worth.
    """
    way = (
        WAYS[type(value)][0](value, names)
        if is_alone or not isinstance(value, BandsValue)
        else computed.BANDS[value.match]
    )
    weight = weight_text(value) if is_alone else NOTHING
    parts = [way, weight, rounding_text(value), *_bound_texts(value)]
    if value.may_be_absent:
        parts.append(Text("可以不适用", "it may be declared not applicable"))
    return listed((part for part in parts if part.zh), "，", "; ")


def full_mark_text(value: NamedValue) -> Text:
    """The full mark of an item as a form prints it: 16, or 100 (counts 12)."""
    if value.points is None:
        return NOTHING
    full = figure(value.points)
    if value.weight is None:
        return Text(full, full)
    return Text(f"{full}（折合 {figure(value.weight)}）", f"{full} (counts {figure(value.weight)})")


def is_plain(value: NamedValue) -> bool:
    """Whether the full mark of an item says its whole rule: it is judged, or it is the sum of its parts."""
    if value.decimals is not None or value.may_be_absent or value.min is not None or value.max is not None:
        return False
    if isinstance(value, MarkValue):
        return not value.among
    return isinstance(value, SumValue) and bool(value.item) and not value.rescale and not value.start


def weight_text(value: NamedValue) -> Text:
    if value.weight is None or value.points is None:
        return NOTHING
    full, worth = figure(value.points), figure(value.weight)
    return Text(f"满分 {full} 分折合 {worth} 分", f"{full} points are worth {worth}")


def rounding_text(value: NamedValue) -> Text:
    if value.decimals is None:
        return NOTHING
    how, count = ROUNDINGS[value.rounding], value.decimals
    if not count:
        return Text(f"{how.zh}整数", f"{how.en} a whole number")
    return Text(f"{how.zh} {count} 位小数", f"{how.en} {count} {plural('decimal', count)}")


def bound_text(value: NamedValue) -> Text:
    """The bounds of a value, and the cap of a ladder."""
    return listed(_bound_texts(value), "，", "; ")


def _bound_texts(value: NamedValue) -> list[Text]:
    """The bounds. Of a ladder they are a cap: at most so many points more, or off."""
    texts = []
    if isinstance(value, LadderValue) and value.cap is not None:
        texts.append(Text(f"合计最多 {figure(value.cap)} 分", f"at most {points(value.cap).en} together"))
    if value.max is not None:
        if isinstance(value, LadderValue) and value.max >= 0:
            texts.append(Text(f"最多加 {figure(value.max)} 分", f"at most {points(value.max).en} more"))
        else:
            texts.append(Text(f"最高为 {figure(value.max)}", f"at most {figure(value.max)}"))
    if value.min is not None:
        if isinstance(value, PerValue) and value.each < 0 and value.min == 0:
            texts.append(Text("扣完为止", "until nothing is left"))
        elif isinstance(value, LadderValue) and value.min <= 0:
            texts.append(Text(f"最多扣 {figure(-value.min)} 分", f"at most {points(-value.min).en} off"))
        else:
            texts.append(Text(f"不低于 {figure(value.min)}", f"not below {figure(value.min)}"))
    return texts


PENDING = {
    MarkValue: Text("尚未评分", "Not marked yet"),
    LevelValue: Text("尚未评定档次", "No level named yet"),
    PerValue: Text("尚未填报", "Not entered yet"),
    GivenValue: Text("尚未报送", "Not reported yet"),
    VoteValue: Text("尚未计票", "The votes are not counted yet"),
    EarlierValue: Text("尚无结果，也未说明没有结果", "No result is known, and nobody has said that there is none"),
    PlaceValue: Text("名次尚未排定", "The places are not settled yet"),
}


def result_of(value: NamedValue, line: ValueLine, context: ResultContext) -> Text:
    """What was made, or why nothing is known. A weighted item also says what it adds to the part above."""
    if line.state == "absent":
        return _absent(value)
    if line.state == "pending":
        return _pending(value, line, context)
    made, rounded = WAYS[type(value)][1](value, line, context), rounded_text(value, line)
    made = Text(f"{made.zh}{rounded.zh}", f"{made.en}{rounded.en}")
    if value.weight is None or line.amount is None:
        return made
    counts = points(worth(value, line.amount))
    return Text(f"{made.zh}，折合 {counts.zh}", f"{made.en}; this counts {counts.en}")


def rounded_text(value: NamedValue, line: ValueLine) -> Text:
    """What rounding made of the amount; nothing if it changed nothing."""
    raw = made_amount(line) if line.amount is not None else None
    if raw is None or value.decimals is None:
        return NOTHING
    rounded = round_to(raw, value.decimals, value.rounding)
    if rounded == raw:
        return NOTHING
    rule, number = rounding_text(value), figure(rounded)
    return Text(f"，{rule.zh}为 {number}", f", {rule.en}: {number}")


def _pending(value: NamedValue, line: ValueLine, context: ResultContext) -> Text:
    if not (isinstance(value, PerValue) and value.of is not None) and type(value) in PENDING:
        return PENDING[type(value)]
    missing = [part.at for part in line.parts if part.state == "pending"] or [
        key for key in value.needs() if ":" not in key and context.scope.line(key).state == "pending"
    ]
    if not context.shows_persons:
        missing = [key.partition("@")[0] for key in missing]
    names = listed(dict.fromkeys(context.names.value(key) for key in missing))
    if not names.zh:
        return Text("待定", "Not known yet")
    return Text(f"待定：{names.zh}尚未确定", f"Not known yet: {names.en} still to come")


def _absent(value: NamedValue) -> Text:
    if computed.has_no_points(value):
        return Text("只评档次，不计分", "Levels only, no points")
    if isinstance(value, VoteValue):
        return Text("没有有效票，不计", "No valid votes, so it does not count")
    if isinstance(value, EarlierValue):
        return Text("没有这样的结果，不计", "There is no such result, so it does not count")
    return Text("不适用", "Does not apply")
