"""The two sentences of each way in which a value is made of others: the rule, and what it made."""

from __future__ import annotations

from states.rulebook.calculation.computed_values import BandsValue, HowManyValue, RatioValue, SumValue, TakeValue, worth
from states.rulebook.calculation.entered_values import LevelValue
from states.rulebook.calculation.forms import TOTAL
from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import Amount
from states.rulebook.calculation.values import NamedValue
from states.vocabulary import Text

from .conditions import bounds_text, met_text, row_text, words_text
from .names import NOTHING, RuleNames, figure, listed, magnitude, points
from .result_context import ResultContext, made_amount

TAKES = {
    "mean": Text("平均值", "the mean"),
    "min": Text("最低值", "the lowest"),
    "max": Text("最高值", "the highest"),
    "product": Text("乘积", "the product"),
}

WHO = {
    "head": Text("各正职", "each head"),
    "member": Text("其他各成员", "each other member"),
    "team": Text("班子各成员", "each member of the team"),
}

BANDS = {
    "one": Text("按下列情形取值", "By these conditions"),
    "first": Text("按顺序取最先符合的一档", "By the first of these conditions that holds"),
}


def sum_rule(value: SumValue, names: RuleNames) -> Text:
    if has_no_points(value):
        return Text("各项只评档次，不计分", "Its items have levels, and no points")
    if value.of:
        of = listed((names.value(key) for key in value.of), "、", " + ")
        what = Text(f"{of.zh}之和", f"The sum: {of.en}")
    else:
        full = figure(value.points) if value.points is not None else ""
        what = (
            Text(f"各项之和，满分 {full} 分", f"The sum of its parts, of {full} points")
            if full
            else Text("各项之和", "The sum of its parts")
        )
    if value.start:
        start = figure(value.start)
        what = Text(f"从 {start} 起，加{what.zh}", f"From {start}. {what.en}")
    if value.rescale:
        rescale = Text(
            "有不适用的项目时，按适用项目的满分折算", "where an item does not apply, the others are scaled up"
        )
        what = listed((what, rescale), "，", "; ")
    return what


def sum_result(value: SumValue, line: ValueLine, context: ResultContext) -> Text:
    result = figure(made_amount(line))
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


def take_rule(value: TakeValue, names: RuleNames) -> Text:
    if value.over is not None:
        inner, who = names.value_of_persons(value.of[0]), WHO[value.over]
        of = Text(f"{who.zh}的{inner.zh}", f"{inner.en} of {who.en}")
    else:
        of = listed((names.value(key) for key in value.of), "、", ", ")
    if len(value.of) == 1 and value.over is None:
        return Text(f"取{of.zh}", f"{of.en[0].upper()}{of.en[1:]}")
    take = TAKES[value.take]
    drop = (
        Text(f"去掉最高、最低各 {value.drop} 个后，", f", without the {value.drop} highest and {value.drop} lowest")
        if value.drop
        else NOTHING
    )
    return Text(f"{drop.zh}取{of.zh}的{take.zh}", f"{take.en[0].upper()}{take.en[1:]} of: {of.en}{drop.en}")


def take_result(value: TakeValue, line: ValueLine, context: ResultContext) -> Text:
    names, result = context.names, figure(made_amount(line))
    known = [part for part in line.parts if part.amount is not None]
    parts = [(names.value(part.at), figure(part.amount)) for part in known if part.amount is not None]
    if value.over is not None and not context.shows_persons:
        inner, take = names.value_of_persons(value.of[0]), TAKES[value.take]
        return Text(
            f"{len(parts)} 人的{inner.zh}，{take.zh} {result}",
            f"{inner.en} of {len(parts)} {'person' if len(parts) == 1 else 'people'}: {take.en} is {result}",
        )
    if len(parts) == 1:
        title, amount = parts[0]
        return Text(f"{title.zh}为 {amount}", f"{title.en[0].upper()}{title.en[1:]} is {amount}")
    take = TAKES[value.take]
    zh = "、".join(f"{title.zh} {amount}" for title, amount in parts)
    en = ", ".join(f"{title.en} {amount}" for title, amount in parts)
    drop = NOTHING
    if value.drop and len(parts) > 2 * value.drop:
        drop = Text(
            f"去掉最高、最低各 {value.drop} 个后，", f"without the {value.drop} highest and {value.drop} lowest "
        )
    return Text(f"{zh}，{drop.zh}{take.zh} {result}", f"{en[0].upper()}{en[1:]}: {drop.en}{take.en} is {result}")


def ratio_rule(value: RatioValue, names: RuleNames) -> Text:
    of, by, times = names.value(value.of), names.value(value.by), figure(value.times)
    if value.times == 100:
        return Text(f"{of.zh}占{by.zh}的百分比", f"{of.en} in per cent of {by.en}")
    by_times = f" × {times}" if value.times != 1 else ""
    return Text(f"{of.zh} ÷ {by.zh}{by_times}", f"{of.en} ÷ {by.en}{by_times}")


def ratio_result(value: RatioValue, line: ValueLine, context: ResultContext) -> Text:
    of, by = (figure(part.amount) for part in line.parts if part.amount is not None)
    times = f" × {figure(value.times)}" if value.times != 1 else ""
    text = f"{of} ÷ {by}{times} = {figure(made_amount(line))}"
    return Text(text, text)


def bands_rule(value: BandsValue, names: RuleNames) -> Text:
    rows = [(row, row_text(row, names), band_outcome(value, number, names)) for number, row in enumerate(value.row)]
    zh = "；".join(f"{condition.zh}{'的' * row.has_tests}，{outcome.zh}" for row, condition, outcome in rows)
    en = "; ".join(f"{outcome.en} {'if ' * row.has_tests}{condition.en}" for row, condition, outcome in rows)
    return Text(f"{BANDS[value.match].zh}：{zh}", f"{BANDS[value.match].en}: {en}")


def bands_result(value: BandsValue, line: ValueLine, context: ResultContext) -> Text:
    number = line.how[0]
    assert not isinstance(number, str)
    row = value.row[int(number)]
    names = context.names
    condition = met_text(row, names, context.scope)
    outcome = band_outcome(value, int(number), names)
    return Text(f"{condition.zh}，{outcome.zh}", f"{condition.en[0].upper()}{condition.en[1:]}: {outcome.en}")


def how_many_rule(value: HowManyValue, names: RuleNames) -> Text:
    bounds = held_text(value, names)
    if value.under == TOTAL:
        return Text(f"全部项目中{bounds.zh}的项数", f"How many of all items are {bounds.en}")
    if value.under is not None:
        part = names.value(value.under)
        return Text(f"{part.zh}各项中{bounds.zh}的项数", f"How many items of {part.en} are {bounds.en}")
    of = listed(names.value(key) for key in value.of)
    return Text(f"{of.zh}中{bounds.zh}的个数", f"How many of {of.en} are {bounds.en}")


def how_many_result(value: HowManyValue, line: ValueLine, context: ResultContext) -> Text:
    if not line.parts:
        bounds = held_text(value, context.names)
        return Text(f"没有{bounds.zh}的项", f"No item is {bounds.en}")
    names = listed(context.names.value(part.at) for part in line.parts)
    return Text(f"{len(line.parts)} 项：{names.zh}", f"{len(line.parts)}: {names.en}")


def has_no_points(value: NamedValue) -> bool:
    """Whether a part of a form only groups items that have levels."""
    return bool(value.parts()) and all(isinstance(end, LevelValue) for end in value.ends())


def band_outcome(value: BandsValue, number: int, names: RuleNames) -> Text:
    row = value.row[number]
    if row.points is not None:
        score = points(row.points)
        return Text(f"计 {score.zh}", score.en)
    assert row.of is not None
    of = names.value(row.of)
    return Text(f"取{of.zh}", of.en)


def held_text(value: HowManyValue, names: RuleNames) -> Text:
    """The condition that is counted: ≤0, or “差”."""
    if not value.is_:
        return bounds_text(value)
    among = {item.among for item in names.counted_items(value) if isinstance(item, LevelValue)}
    return words_text(value, names, among.pop() if len(among) == 1 else "")


def _added(terms: list[Amount]) -> str:
    """3 + 4 − 1.5. Zeros are left out, unless there is nothing else."""
    visible = [term for term in terms if term] or terms[:1]
    return _continued(figure(visible[0]), visible[1:]) if visible else "0"


def _continued(start: str, terms: list[Amount]) -> str:
    return start + "".join(f" {'−' if term < 0 else '+'} {figure(magnitude(term))}" for term in terms)


def _equation(made: str, result: str) -> Text:
    if made == result:
        return Text(made, made)
    text = f"{made} {result}" if result.startswith("≈") else f"{made} = {result}"
    return Text(text, text)
