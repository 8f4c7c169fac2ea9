"""What each way made in one assessment: 87，低 6 个百分点，扣 4.5 分，得 9.5 分."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from msgspec import Struct

from states.rulebook.calculation.computed_values import (
    BandsValue,
    HowManyValue,
    RatioValue,
    SumValue,
    TakeValue,
    worth,
)
from states.rulebook.calculation.entered_values import GivenValue, LevelValue, MarkValue, PerValue
from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import Amount, add, multiply, round_to
from states.rulebook.calculation.plan import SubjectScope
from states.rulebook.calculation.read_values import EarlierValue, FindingValue, LadderValue, PlaceValue, VoteValue
from states.rulebook.calculation.values import NamedValue
from states.vocabulary import Text

from .conditions import amount_text, outcome_text, row_text
from .names import NOTHING, RuleNames, change, figure, listed, magnitude, plural, points
from .value_rules import TAKES, band_outcome, earlier_source, group_title, held_text, rounding_text, voter_weights


class ResultContext(Struct, frozen=True):
    """What the sentences of one result need: the names, the subject with its values, and the reasons for lost points."""

    names: RuleNames
    scope: SubjectScope
    reasons: Mapping[str, str] = {}


def result_of(value: NamedValue, line: ValueLine, context: ResultContext) -> Text:
    """What was made, or why nothing is known. A weighted item also says what it adds to the part above."""
    if line.state == "absent":
        return _absent(value)
    if line.state == "pending":
        return _pending(value, line, context)
    made, rounded = _made(value, line, context), rounded_text(value, line)
    made = Text(f"{made.zh}{rounded.zh}", f"{made.en}{rounded.en}")
    if value.weight is None or line.amount is None:
        return made
    counts = points(worth(value, line.amount))
    return Text(f"{made.zh}，折合 {counts.zh}", f"{made.en}; this counts {counts.en}")


PENDING = {
    MarkValue: Text("尚未评分", "Not marked yet"),
    LevelValue: Text("尚未评定档次", "No level named yet"),
    PerValue: Text("尚未填报", "Not entered yet"),
    GivenValue: Text("尚未报送", "Not reported yet"),
    VoteValue: Text("尚未计票", "The votes are not counted yet"),
    EarlierValue: Text("尚无结果，也未说明没有结果", "No result is known, and nobody has said that there is none"),
    PlaceValue: Text("名次尚未排定", "The places are not settled yet"),
}


def _pending(value: NamedValue, line: ValueLine, context: ResultContext) -> Text:
    if not (isinstance(value, PerValue) and value.of is not None) and type(value) in PENDING:
        return PENDING[type(value)]
    missing = [part.at for part in line.parts if part.state == "pending"] or [
        key for key in value.needs() if ":" not in key and context.scope.line(key).state == "pending"
    ]
    names = listed(context.names.value(key) for key in missing)
    if not names.zh:
        return Text("待定", "Not known yet")
    return Text(f"待定：{names.zh}尚未确定", f"Not known yet: {names.en} still to come")


def _absent(value: NamedValue) -> Text:
    if isinstance(value, VoteValue):
        return Text("没有有效票，不计", "No valid votes, so it does not count")
    if isinstance(value, EarlierValue):
        return Text("没有这样的结果，不计", "There is no such result, so it does not count")
    return Text("不适用", "Does not apply")


def rounded_text(value: NamedValue, line: ValueLine) -> Text:
    """What rounding made of the amount; nothing if it changed nothing."""
    raw = _amount(line) if line.amount is not None else None
    if raw is None or value.decimals is None:
        return NOTHING
    rounded = round_to(raw, value.decimals, value.rounding)
    if rounded == raw:
        return NOTHING
    rule, number = rounding_text(value), figure(rounded)
    return Text(f"，{rule.zh}为 {number}", f", {rule.en}: {number}")


def _amount(line: ValueLine) -> Amount:
    """What the way itself made, before rounding and bounds."""
    assert line.amount is not None
    return line.amount if line.raw is None else line.raw


@singledispatch
def _made(value: NamedValue, line: ValueLine, context: ResultContext) -> Text:
    raise TypeError(f"no sentence for {type(value).__name__}")


@_made.register
def _mark(value: MarkValue, line: ValueLine, context: ResultContext) -> Text:
    amount = _amount(line)
    full, lost = figure(value.points), figure(add(value.points, -amount))
    reason = context.reasons.get(value.entry(context.scope), "")
    because = Text(f"：{reason}", f": {reason}") if reason else NOTHING
    level = next((level.title for level in value.among if level.points == amount), None)
    if level is not None:
        of = points(value.points)
        return Text(
            f"“{level.zh}”，满分 {full} 分，得 {figure(amount)} 分{because.zh}",
            f"“{level.en}”: {figure(amount)} of {of.en}{because.en}",
        )
    if amount == value.points:
        return Text(f"得满分 {full} 分{because.zh}", f"Full mark: {points(value.points).en}{because.en}")
    return Text(
        f"满分 {full} 分，得 {figure(amount)} 分，失 {lost} 分{because.zh}",
        f"{figure(amount)} of {points(value.points).en}, {lost} lost{because.en}",
    )


@_made.register
def _level(value: LevelValue, line: ValueLine, context: ResultContext) -> Text:
    reason = context.reasons.get(value.entry(context.scope), "")
    word = context.names.word(line.word, value.among)
    return Text(f"{word.zh}：{reason}" if reason else word.zh, f"{word.en}: {reason}" if reason else word.en)


@_made.register
def _per(value: PerValue, line: ValueLine, context: ResultContext) -> Text:
    number, units = line.how
    assert not isinstance(number, str)
    assert not isinstance(units, str)
    unit = value.unit.text if value.unit is not None else NOTHING
    threshold = value.below if value.below is not None else value.above
    made = change(multiply(value.each, units))
    entered = Text(f"{figure(number)} {unit.zh}".strip(), f"{figure(number)} {plural(unit.en, number)}".strip())
    if threshold is not None:
        short_zh, short_en = ("低", "below") if value.below is not None else ("高", "above")
        entered = Text(figure(number), figure(number))
        if units:
            by = figure(units if value.every == 1 else magnitude(add(number, -threshold)))
            entered = Text(
                f"{figure(number)}，{short_zh} {by} {unit.zh}".rstrip(),
                f"{figure(number)}, {by} {plural(unit.en, units)}".rstrip() + f" {short_en} {figure(threshold)}",
            )
    if not units:
        return Text(f"{entered.zh}，得 {points(_amount(line)).zh}", f"{entered.en}: {points(_amount(line)).en}")
    counted = NOTHING
    if value.every != 1:
        every = figure(value.every)
        counted = Text(f"，每 {every} 计一次，计 {figure(units)} 次", f", counted {figure(units)} times by {every}")
    result = points(_amount(line))
    end = Text(f"，得 {result.zh}", f", {result.en} in all") if value.start else NOTHING
    return Text(f"{entered.zh}{counted.zh}，{made.zh}{end.zh}", f"{entered.en}{counted.en}: {made.en}{end.en}")


@_made.register
def _given(value: GivenValue, line: ValueLine, context: ResultContext) -> Text:
    roles, number = context.names.roles(value.by), figure(_amount(line))
    return Text(f"{roles.zh}报送 {number}", f"{number}, as reported by {roles.en}")


@_made.register
def _vote(value: VoteValue, line: ValueLine, context: ResultContext) -> Text:
    unit = "%" if value.share_of and value.times == 100 else ""
    result = f"{figure(_amount(line))}{unit}"
    pairs = list(zip(line.how[::2], line.how[1::2], strict=True))
    if len(value.weights) == 1:
        return Text(f"测评结果 {result}", f"Result of the ballot: {result}")
    groups = [
        (group_title(value, context.names, str(group)), f"{figure(amount)}{unit}")
        for group, amount in pairs
        if not isinstance(amount, str)
    ]
    weights = voter_weights(value, context.names)
    missing = len(value.weights) - len(pairs)
    without = (
        Text(f"（{missing} 组没有有效票，不计权重）", f" ({missing} without valid votes left out)")
        if missing
        else NOTHING
    )
    zh = "，".join(f"{title.zh} {amount}" for title, amount in groups)
    en = ", ".join(f"{title.en.lower()} {amount}" for title, amount in groups)
    ratio = weights.en.partition(" (")[0]
    return Text(
        f"{zh}，按 {ratio.removeprefix('weighted ')} 加权得 {result}{without.zh}",
        f"{en[0].upper()}{en[1:]}; {ratio}: {result}{without.en}",
    )


@_made.register
def _ladder(value: LadderValue, line: ValueLine, context: ResultContext) -> Text:
    scored = [counted for counted in line.counted if counted.points]
    if not scored:
        return Text("没有计分的记录", "No record counts")
    made, count = change(_amount(line)), len(scored)
    return Text(f"{count} 条记录计分，合计{made.zh}", f"{count} {plural('record', count)}: {made.en}")


@_made.register
def _finding(value: FindingValue, line: ValueLine, context: ResultContext) -> Text:
    count = figure(_amount(line))
    if not line.amount:
        return Text("不成立", "Not established")
    judged = len(line.how)
    by = context.names.roles(value.by)
    people = Text(f"，其中{by.zh}认定 {judged} 次", f", {judged} by {by.en}") if judged else NOTHING
    times = "once" if line.amount == 1 else f"{count} times"
    return Text(f"成立 {count} 次{people.zh}", f"Established {times}{people.en}")


@_made.register
def _earlier(value: EarlierValue, line: ValueLine, context: ResultContext) -> Text:
    source, amount = earlier_source(value, context.names), amount_text(line, context.names)
    return Text(f"{source.zh}为 {amount.zh}", f"{source.en[0].upper()}{source.en[1:]} was {amount.en}")


@_made.register
def _place(value: PlaceValue, line: ValueLine, context: ResultContext) -> Text:
    number = figure(_amount(line))
    person = context.scope.person
    place = context.scope.inputs.standings[f"{value.standing}@{person}" if person else value.standing]
    assert place is not None, "without a place the value is absent"
    if value.give == "seat":
        return Text("取得名额", "A seat is granted") if line.amount else Text("未取得名额", "No seat is granted")
    return {
        "place": Text(f"第 {number} 名（共 {place.size} 个）", f"Place {number} of {place.size}"),
        "from_last": Text(
            f"倒数第 {number} 名（共 {place.size} 个）", f"Place {number} from the last, of {place.size}"
        ),
        "size": Text(f"共 {number} 个", f"{number} in the group"),
        "best": Text(f"本组最高 {number}", f"The best of the group: {number}"),
    }[value.give]


@_made.register
def _sum(value: SumValue, line: ValueLine, context: ResultContext) -> Text:
    result = figure(_amount(line))
    if value.of:
        terms = [part.amount for part in line.parts if part.amount is not None]
        return _equation(_added([value.start, *terms] if value.start else terms), result)
    pairs = list(zip(value.item, line.parts, strict=True))
    within = [(item, part) for item, part in pairs if not item.beside]
    present = [(item, part.amount) for item, part in within if part.amount is not None]
    beside = [worth(item, part.amount) for item, part in pairs if item.beside and part.amount is not None]
    made = _added([worth(item, amount) for item, amount in present])
    if line.how:
        whole, applying = (figure(part) for part in line.how if not isinstance(part, str))
        made = f"({made}) × {whole} ÷ {applying}"
    if value.start:
        made = f"{figure(value.start)} + {made}"
    equation = _equation(_continued(made, [amount for amount in beside if amount]), result)
    if value.points is None:
        return equation
    full = figure(value.points)
    return Text(f"满分 {full} 分：{equation.zh}", f"Of {full} points: {equation.en}")


def _added(terms: list[Amount]) -> str:
    """3 + 4 − 1.5. Zeros are left out, unless there is nothing else."""
    shown = [term for term in terms if term] or terms[:1]
    return _continued(figure(shown[0]), shown[1:]) if shown else "0"


def _continued(start: str, terms: list[Amount]) -> str:
    return start + "".join(f" {'−' if term < 0 else '+'} {figure(magnitude(term))}" for term in terms)


def _equation(made: str, result: str) -> Text:
    text = made if made == result else f"{made} = {result}"
    return Text(text, text)


@_made.register
def _take(value: TakeValue, line: ValueLine, context: ResultContext) -> Text:
    names, result = context.names, figure(_amount(line))
    known = [part for part in line.parts if part.amount is not None]
    parts = [(names.value(part.at), figure(part.amount)) for part in known if part.amount is not None]
    if len(parts) == 1:
        title, amount = parts[0]
        return Text(f"{title.zh}为 {amount}", f"{title.en[0].upper()}{title.en[1:]} is {amount}")
    take = TAKES[value.take]
    zh = "、".join(f"{title.zh} {amount}" for title, amount in parts)
    en = ", ".join(f"{title.en} {amount}" for title, amount in parts)
    return Text(f"{zh}，{take.zh} {result}", f"{en[0].upper()}{en[1:]}: {take.en} is {result}")


@_made.register
def _ratio(value: RatioValue, line: ValueLine, context: ResultContext) -> Text:
    of, by = (figure(part.amount) for part in line.parts if part.amount is not None)
    times = f" × {figure(value.times)}" if value.times != 1 else ""
    text = f"{of} ÷ {by}{times} = {figure(_amount(line))}"
    return Text(text, text)


@_made.register
def _bands(value: BandsValue, line: ValueLine, context: ResultContext) -> Text:
    number = line.how[0]
    assert not isinstance(number, str)
    row = value.row[int(number)]
    names = context.names
    condition = row_text(row, names, lambda test: outcome_text(test, names, context.scope))
    outcome = band_outcome(value, int(number), names)
    return Text(f"{condition.zh}，{outcome.zh}", f"{condition.en[0].upper()}{condition.en[1:]}: {outcome.en}")


@_made.register
def _how_many(value: HowManyValue, line: ValueLine, context: ResultContext) -> Text:
    if not line.parts:
        bounds = held_text(value, context.names)
        return Text(f"没有 {bounds.zh} 的项", f"No item is {bounds.en}")
    names = listed(context.names.value(part.at) for part in line.parts)
    return Text(f"{len(line.parts)} 项：{names.zh}", f"{len(line.parts)}: {names.en}")
