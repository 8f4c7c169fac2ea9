"""The two sentences of each way in which a value is read: the rule, and what it made."""

from __future__ import annotations

from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.read_values import EarlierValue, FindingValue, LadderValue, PlaceValue, VoteValue
from states.vocabulary import Text

from .conditions import amount_text
from .names import NOTHING, RuleNames, change, figure, listed, plural, quoted
from .result_context import ResultContext, made_amount

EVERYBODY = Text("全体", "all")

GIVES = {
    "place": Text("在本组中的名次", "The place in the group"),
    "from_last": Text("在本组中的倒数名次", "The place in the group, counted from the last"),
    "size": Text("本组的部门数", "The size of the group"),
    "best": Text("本组的最高值", "The best value of the group"),
    "seat": Text("名额分配的结果", "Whether a seat of the quota is granted"),
}


def vote_rule(value: VoteValue, names: RuleNames) -> Text:
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


def vote_result(value: VoteValue, line: ValueLine, context: ResultContext) -> Text:
    unit = "%" if value.share_of and value.times == 100 else ""
    result = f"{figure(made_amount(line))}{unit}"
    pairs = list(zip(line.how[::2], line.how[1::2], strict=True))
    if len(value.weights) <= 1:
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


def ladder_rule(value: LadderValue, names: RuleNames) -> Text:
    title = quoted(names.rules.ladders[value.ladder].title.text)
    return Text(f"按{title.zh}各档合计", f"The sum of what {title.en} gives")


def ladder_result(value: LadderValue, line: ValueLine, context: ResultContext) -> Text:
    scored = [counted for counted in line.counted if counted.points]
    if not scored:
        return Text("没有计分的记录", "No record counts")
    made, count = change(made_amount(line)), len(scored)
    return Text(f"{count} 条记录计分，合计{made.zh}", f"{count} {plural('record', count)}: {made.en}")


def finding_rule(value: FindingValue, names: RuleNames) -> Text:
    raising = [ladder for ladder in names.rules.ladder if any(row.raises == value.key for row in ladder.row)]
    ladders = listed((quoted(ladder.title.text) for ladder in raising), "、", " and ")
    by_ladders = Text(f"由{ladders.zh}的相应情形确立", f"Established by {ladders.en}")
    roles = names.roles(value.by)
    by_people = Text(f"由{roles.zh}说明理由后认定", f"established by {roles.en} with reasons")
    parts = [by_ladders] * bool(raising) + [by_people] * bool(value.by)
    text = listed(parts, "，或", ", or ")
    return Text(text.zh, f"{text.en[:1].upper()}{text.en[1:]}")


def finding_result(value: FindingValue, line: ValueLine, context: ResultContext) -> Text:
    count = figure(made_amount(line))
    if not line.amount:
        return Text("不成立", "Not established")
    judged = len(line.how)
    by = context.names.roles(value.by)
    people = Text(f"，其中{by.zh}认定 {judged} 次", f", {judged} by {by.en}") if judged else NOTHING
    times = "once" if line.amount == 1 else f"{count} times"
    return Text(f"成立 {count} 次{people.zh}", f"Established {times}{people.en}")


def earlier_rule(value: EarlierValue, names: RuleNames) -> Text:
    source = earlier_source(value, names)
    return Text(f"取{source.zh}", f"{source.en[0].upper()}{source.en[1:]}")


def earlier_result(value: EarlierValue, line: ValueLine, context: ResultContext) -> Text:
    source, amount = earlier_source(value, context.names), amount_text(line, context.names)
    space = "" if line.word else " "
    made = Text(f"{source.zh}为{space}{amount.zh}", f"{source.en[0].upper()}{source.en[1:]} was {amount.en}")
    if not line.how:
        return made
    there = context.names.assessment(str(line.how[0]))
    return Text(f"{made.zh}（系统取自{there.zh}）", f"{made.en} (read by the system from {there.en})")


def place_rule(value: PlaceValue, names: RuleNames) -> Text:
    gives, standing = GIVES[value.give], names.rules.standings.get(value.standing)
    if standing is None:
        return gives
    title = quoted(standing.title.text)
    quotas = [quoted(quota.title.text) for quota in standing.quota if value.quota in (None, quota.key)]
    if value.give == "seat":
        quota = listed(quotas, "或", " or ")
        if names.is_from_last(value):
            return Text(f"是否列入{title.zh}的{quota.zh}", f"Whether it is among {quota.en} of {title.en}")
        return Text(f"是否在{title.zh}中取得名额：{quota.zh}", f"Whether a seat is granted by {title.en}: {quota.en}")
    return Text(f"{title.zh}：{gives.zh}", f"{title.en}: {gives.en[0].lower()}{gives.en[1:]}")


def place_result(value: PlaceValue, line: ValueLine, context: ResultContext) -> Text:
    number = figure(made_amount(line))
    person = context.scope.person
    place = context.scope.inputs.standings[f"{value.standing}@{person}" if person else value.standing]
    assert place is not None, "without a place the value is absent"
    if value.give == "seat" and context.names.is_from_last(value):
        return Text("列入", "It is among them") if line.amount else Text("未列入", "It is not among them")
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


def voter_weights(value: VoteValue, names: RuleNames) -> Text:
    """The voter groups with their weights, or that all are counted together; nothing for a ballot of one group."""
    if not value.weights:
        several = len(names.rules.ballots[value.ballot].groups) > 1
        return Text("各组的票合并计算", "the votes of all groups counted together") if several else NOTHING
    if len(value.weights) == 1:
        only = group_title(value, names, next(iter(value.weights)))
        return NOTHING if only == EVERYBODY else Text(f"只计{only.zh}的票", f"counting only votes of: {only.en}")
    groups = [(group_title(value, names, key), figure(weight)) for key, weight in value.weights.items()]
    ratio = ":".join(number for _, number in groups)
    zh, en = "、".join(title.zh for title, _ in groups), ", ".join(title.en.lower() for title, _ in groups)
    return Text(f"{zh}按 {ratio} 加权", f"weighted {ratio} ({en})")


def group_title(value: VoteValue, names: RuleNames, key: str) -> Text:
    titles = (group.title.text for group in names.rules.ballots[value.ballot].group if group.key == key)
    return next(titles, EVERYBODY)


def earlier_source(value: EarlierValue, names: RuleNames) -> Text:
    """Where an earlier value comes from: 本年度“年中检查”的总分, 上年度的等次."""
    what = names.value(value.of)
    if value.occasion is not None:
        when = names.occasion(value.occasion)
        return Text(f"本轮{when.zh}的{what.zh}", f"{what.en} of {when.en} in this round")
    if value.back == 1:
        return Text(f"上一轮考核的{what.zh}", f"{what.en} of the round before")
    return Text(f"往前第 {value.back} 轮考核的{what.zh}", f"{what.en} of the round {value.back} rounds ago")
