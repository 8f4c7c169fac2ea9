"""The rule of each way in words: 从 14 分起，低于 93 的每低 1 个百分点扣 0.75 分，扣完为止."""

from __future__ import annotations

from functools import singledispatch

from states.rulebook.calculation.computed_values import BandsValue, HowManyValue, RatioValue, SumValue, TakeValue
from states.rulebook.calculation.entered_values import GivenValue, LevelValue, MarkValue, PerValue
from states.rulebook.calculation.read_values import EarlierValue, FindingValue, LadderValue, PlaceValue, VoteValue
from states.rulebook.calculation.values import NamedValue
from states.vocabulary import Text

from .conditions import bounds_text, row_text, words_text
from .names import NOTHING, RuleNames, change, figure, listed, plural, points, quoted

ROUNDINGS = {
    "half_up": Text("四舍五入到", "rounded to"),
    "down": Text("只舍不入，保留到", "rounded down to"),
    "up": Text("只入不舍，保留到", "rounded up to"),
}
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
GIVES = {
    "place": Text("在本组中的名次", "The place in the group"),
    "from_last": Text("在本组中的倒数名次", "The place in the group, counted from the last"),
    "size": Text("本组的部门数", "The size of the group"),
    "best": Text("本组的最高值", "The best value of the group"),
    "seat": Text("名额分配的结果", "Whether a seat of the quota is granted"),
}


def rule_of(value: NamedValue, names: RuleNames) -> Text:
    """The whole rule of a value: its way, what it counts in the part above, rounding, and bounds."""
    parts = [_way(value, names), weight_text(value), rounding_text(value), *_bound_texts(value)]
    if value.may_be_absent:
        parts.append(Text("可以不适用", "it may be declared not applicable"))
    return listed((part for part in parts if part.zh), "，", "; ")


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


@singledispatch
def _way(value: NamedValue, names: RuleNames) -> Text:
    raise TypeError(f"no sentence for {type(value).__name__}")


@_way.register
def _mark(value: MarkValue, names: RuleNames) -> Text:
    full = figure(value.points)
    if value.among:
        zh = "、".join(f"{level.title.zh} {figure(level.points)} 分" for level in value.among)
        en = ", ".join(f"“{level.title.en}” {figure(level.points)}" for level in value.among)
        return Text(f"按档评分：{zh}", f"One of these levels: {en}")
    step = figure(value.step) if value.step is not None else ""
    steps = Text(f"，以 {step} 分为一档", f", in steps of {step}") if step else NOTHING
    return Text(f"评分，满分 {full} 分{steps.zh}", f"Judged, up to {points(value.points).en}{steps.en}")


@_way.register
def _level(value: LevelValue, names: RuleNames) -> Text:
    levels = listed(names.word(key, value.among) for key in names.rules.words[value.among])
    if value.by:
        roles = names.roles(value.by)
        return Text(f"由{roles.zh}说明理由后评定：{levels.zh}", f"Named by {roles.en} with reasons: {levels.en}")
    return Text(f"评定档次：{levels.zh}", f"One of these levels: {levels.en}")


@_way.register
def _per(value: PerValue, names: RuleNames) -> Text:
    unit = value.unit.text if value.unit is not None else NOTHING
    every = figure(value.every)
    each_zh = f"{every} {unit.zh}".rstrip()
    each_en = unit.en or "one" if value.every == 1 else f"{every} {plural(unit.en, value.every)}".rstrip()
    step, start, source = change(value.each), figure(value.start), NOTHING
    if value.of is not None:
        name = names.value(value.of)
        source = Text(f"按{name.zh}计，", f", by {name.en}")
    if value.below is not None:
        bound = figure(value.below)
        zh, en = f"低于 {bound} 的每低 {each_zh}{step.zh}", f"{step.en} for each {each_en} below {bound}"
    elif value.above is not None:
        bound = figure(value.above)
        zh, en = f"高于 {bound} 的每高 {each_zh}{step.zh}", f"{step.en} for each {each_en} above {bound}"
    else:
        zh, en = f"每 {each_zh}{step.zh}", f"{step.en} for each {each_en}"
    if value.start:
        zh, en = f"从 {start} 分起，{zh}", f"From {points(value.start).en}, {en}"
    is_parted = value.below is not None or value.above is not None or value.every != 1
    part = _part(value) if is_parted or value.part != "whole" else NOTHING
    return Text(f"{source.zh}{zh}{part.zh}", f"{en[0].upper()}{en[1:]}{source.en}{part.en}")


def _part(value: PerValue) -> Text:
    each = figure(value.every)
    return {
        "whole": Text(f"（不足 {each} 的不计）", " (only whole ones count)"),
        "begun": Text(f"（不足 {each} 的按 {each} 计）", " (one that has begun counts as whole)"),
        "any": Text(f"（不足 {each} 的按比例计）", " (a part counts in proportion)"),
    }[value.part]


@_way.register
def _given(value: GivenValue, names: RuleNames) -> Text:
    roles = names.roles(value.by)
    full = figure(value.points) if value.points is not None else ""
    span = Text(f"，0 至 {full} 分", f", from 0 to {full}") if full else NOTHING
    return Text(f"由{roles.zh}报送{span.zh}", f"Reported by {roles.en}{span.en}")


@_way.register
def _vote(value: VoteValue, names: RuleNames) -> Text:
    ballot = names.rules.ballots[value.ballot]
    title, options = quoted(ballot.title.text), {option.key: option.title.text for option in ballot.option}
    if value.share_of:
        chosen = listed((quoted(options[key]) for key in value.share_of), "、", " or ")
        base = ("有效票", "valid") if ballot.base_of == "valid" else ("全部票", "all")
        share = Text("百分比", "percentage") if value.times == 100 else Text("比例", "share")
        what = Text(
            f"{title.zh}中选择{chosen.zh}的票占{base[0]}的{share.zh}",
            f"The {share.en} of {base[1]} votes for {chosen.en} in {title.en}",
        )
    else:
        scored = [(options[key], figure(amount)) for key, amount in ballot.points.items()]
        zh = "、".join(f"{option.zh} {number} 分" for option, number in scored)
        en = ", ".join(f"{option.en} {number}" for option, number in scored)
        what = Text(f"{title.zh}每票的平均分（{zh}）", f"The mean of the votes in {title.en} ({en})")
    weights = voter_weights(value, names)
    return Text(f"{what.zh}{weights.zh and '，' + weights.zh}", f"{what.en}{weights.en and ', ' + weights.en}")


def voter_weights(value: VoteValue, names: RuleNames) -> Text:
    """The voter groups with their weights; nothing for a ballot of one group."""
    if len(value.weights) == 1:
        return NOTHING
    groups = [(group_title(value, names, key), figure(weight)) for key, weight in value.weights.items()]
    ratio = ":".join(number for _, number in groups)
    zh, en = "、".join(title.zh for title, _ in groups), ", ".join(title.en.lower() for title, _ in groups)
    return Text(f"{zh}按 {ratio} 加权", f"weighted {ratio} ({en})")


def group_title(value: VoteValue, names: RuleNames, key: str) -> Text:
    found = (group.title.text for group in names.rules.ballots[value.ballot].group if group.key == key)
    return next(found, Text("全体", "All"))


@_way.register
def _ladder(value: LadderValue, names: RuleNames) -> Text:
    title = quoted(names.rules.ladders[value.ladder].title.text)
    return Text(f"按{title.zh}各档合计", f"The sum of what {title.en} gives")


@_way.register
def _finding(value: FindingValue, names: RuleNames) -> Text:
    raising = [ladder for ladder in names.rules.ladder if any(row.raises == value.key for row in ladder.row)]
    ladders = listed((quoted(ladder.title.text) for ladder in raising), "、", " and ")
    by_ladders = Text(f"由{ladders.zh}的相应情形确立", f"Established by {ladders.en}")
    roles = names.roles(value.by)
    by_people = Text(f"由{roles.zh}说明理由后认定", f"established by {roles.en} with reasons")
    parts = [by_ladders] * bool(raising) + [by_people] * bool(value.by)
    text = listed(parts, "，或", ", or ")
    return Text(text.zh, f"{text.en[:1].upper()}{text.en[1:]}")


def earlier_source(value: EarlierValue, names: RuleNames) -> Text:
    """Where an earlier value comes from: 本年度“年中检查”的总分, 上年度的等次."""
    what = names.value(value.of)
    if value.occasion is not None:
        when = names.occasion(value.occasion)
        return Text(f"本轮{when.zh}的{what.zh}", f"{what.en} of {when.en} in this round")
    if value.back == 1:
        return Text(f"上一轮考核的{what.zh}", f"{what.en} of the round before")
    return Text(f"往前第 {value.back} 轮考核的{what.zh}", f"{what.en} of the round {value.back} rounds ago")


@_way.register
def _earlier(value: EarlierValue, names: RuleNames) -> Text:
    source = earlier_source(value, names)
    return Text(f"取{source.zh}", f"{source.en[0].upper()}{source.en[1:]}")


@_way.register
def _place(value: PlaceValue, names: RuleNames) -> Text:
    return GIVES[value.give]


@_way.register
def _sum(value: SumValue, names: RuleNames) -> Text:
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


@_way.register
def _take(value: TakeValue, names: RuleNames) -> Text:
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


@_way.register
def _ratio(value: RatioValue, names: RuleNames) -> Text:
    of, by, times = names.value(value.of), names.value(value.by), figure(value.times)
    if value.times == 100:
        return Text(f"{of.zh}占{by.zh}的百分比", f"{of.en} in per cent of {by.en}")
    by_times = f" × {times}" if value.times != 1 else ""
    return Text(f"{of.zh} ÷ {by.zh}{by_times}", f"{of.en} ÷ {by.en}{by_times}")


@_way.register
def _bands(value: BandsValue, names: RuleNames) -> Text:
    rows = [(row_text(row, names), band_outcome(value, number, names)) for number, row in enumerate(value.row)]
    zh = "；".join(f"{condition.zh}的，{outcome.zh}" for condition, outcome in rows)
    en = "; ".join(f"{outcome.en} if {condition.en}" for condition, outcome in rows)
    if value.match == "first":
        return Text(f"按顺序取最先符合的一档：{zh}", f"The first that holds: {en}")
    return Text(zh, en)


def band_outcome(value: BandsValue, number: int, names: RuleNames) -> Text:
    row = value.row[number]
    if row.points is not None:
        score = points(row.points)
        return Text(f"计 {score.zh}", score.en)
    assert row.of is not None
    of = names.value(row.of)
    return Text(f"取{of.zh}", of.en)


@_way.register
def _how_many(value: HowManyValue, names: RuleNames) -> Text:
    bounds = held_text(value, names)
    if value.under is not None:
        part = names.value(value.under)
        return Text(f"{part.zh}各项中{bounds.zh}的项数", f"How many items of {part.en} are {bounds.en}")
    of = listed(names.value(key) for key in value.of)
    return Text(f"{of.zh}中{bounds.zh}的个数", f"How many of {of.en} are {bounds.en}")


def held_text(value: HowManyValue, names: RuleNames) -> Text:
    """The condition that is counted: ≤0, or “差”."""
    if not value.is_:
        return bounds_text(value)
    among = {item.among for item in names.counted_items(value) if isinstance(item, LevelValue)}
    return words_text(value, names, among.pop() if len(among) == 1 else "")


def bound_text(value: NamedValue) -> Text:
    """The bounds of a value, and the cap of a ladder."""
    return listed(_bound_texts(value), "，", "; ")
