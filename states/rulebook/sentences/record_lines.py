"""Ladders and the lines of records as sentences: what each row gives or costs, and what was made of each line."""

from __future__ import annotations

from collections.abc import Iterator

from states.rulebook.calculation.ladders import Ladder, LadderRow
from states.rulebook.calculation.lines import CountedLine, RecordLine
from states.rulebook.calculation.numbers import add
from states.rulebook.calculation.record_kinds import FieldKind, Options, RecordKind, RecordRule
from states.vocabulary import Text

from .names import NOTHING, RuleNames, change, figure, listed, option_title, points, short

FLAGS = {
    "pending": Text("尚未办结，结果待定", "not closed yet, so what it means is open"),
    "committee": Text("须由审定机关判定", "the body that approves the result decides what it means"),
    "successor": Text(
        "原部门已拆分，尚未写明由哪个部门承接", "its department was split, and no successor is named yet"
    ),
}
"""What a flagged line waits for (待定)."""


FEW = 4
"""If a row is for this many times as many options as it leaves out, it is shorter to name those that it leaves out."""


def record_title(line: RecordLine, kind: RecordKind) -> Text:
    """案件 c-1（2026-03-01）: the kind of the record, its id, and the day that is known."""
    day = line.effective_on or line.acted_on
    of_day = Text(f"（{day}）", f" ({day})") if day is not None else NOTHING
    return Text(f"{kind.title.zh} {line.record}{of_day.zh}", f"{kind.title.en} {line.record}{of_day.en}")


def line_text(line: RecordLine, kind: RecordKind) -> Text:
    """What the line says by its fields: 警告、其他干部; with the heavier line that it stands in place of (F6)."""
    text = listed(
        option_title(kind, field.key, line.fields[field.key]) for field in kind.field if field.key in line.fields
    )
    if not line.replaced:
        return text
    heavier = listed(option_title(kind, field, key) for field, key in line.replaced.items())
    return Text(f"{text.zh}，代替{heavier.zh}", f"{text.en}, in place of {heavier.en}")


def counted_text(counted: CountedLine, ladder: Ladder, names: RuleNames) -> Text:
    """What a ladder made of one line."""
    facts, made = line_text(counted.line, names.rules.records[ladder.record]), _made_text(counted, ladder, names)
    items = listed(names.value(key) for key in counted.line.items)
    concerns = Text(f"（涉及{items.zh}）", f" (concerns {items.en})") if items.zh else NOTHING
    return Text(f"{facts.zh}{concerns.zh}：{made.zh}", f"{facts.en}{concerns.en}: {made.en}")


def _made_text(counted: CountedLine, ladder: Ladder, names: RuleNames) -> Text:
    if counted.effect == "repeat":
        again = (
            Text("不再计为相应情形", "not established again")
            if counted.repeats == "raises"
            else Text("不再计分", "no points again")
        )
        return Text(
            f"同一记录以前年度已计入，本年{again.zh}",
            f"an earlier round had as much for the same record, so {again.en} in this one",
        )
    if counted.effect == "raises":
        title = _finding_title(counted.raises, names)
        return Text(f"属于{title.zh}", f"this establishes {title.en}")
    if counted.effect in FLAGS:
        return FLAGS[counted.effect]
    if not counted.points:
        return Text("不直接计分", "no points by itself")
    return _points_text(counted, ladder)


def _points_text(counted: CountedLine, ladder: Ladder) -> Text:
    assert counted.row is not None
    row = ladder.row[counted.row]
    title = Text(f"按“{row.title.zh}”", f"as “{row.title.en}”, ") if row.title is not None else NOTHING
    made = change(counted.whole)
    number = counted.line.number
    times = NOTHING
    if row.each is not None and number is not None:
        times = Text(f"（{figure(number)} × {figure(row.each)}）", f" ({figure(number)} × {figure(row.each)})")
    rest = NOTHING
    if counted.whole != counted.points:
        had, now = change(add(counted.whole, -counted.points)), change(counted.points)
        rest = Text(
            f"，其中以前年度已{had.zh}，本年{now.zh}",
            f", of which {had.en} in an earlier round and {now.en} in this one",
        )
    return Text(
        f"{title.zh}{made.zh}{times.zh}{_among(counted, ladder).zh}{rest.zh}",
        f"{title.en}{made.en}{times.en}{_among(counted, ladder).en}{rest.en}",
    )


def _among(counted: CountedLine, ladder: Ladder) -> Text:
    """Of several lines that count once together, which this one is."""
    if counted.among < 2:
        return NOTHING
    of_zh, of_en = ("同一记录", "of one record") if ladder.one_per_record else ("同一人", "about one person")
    best_zh, best_en = ("最重", "heaviest") if counted.whole < 0 else ("最高", "best")
    return Text(f"（{of_zh} {counted.among} 项中只计{best_zh}的一项）", f" (the {best_en} of {counted.among} {of_en})")


def _finding_title(key: str, names: RuleNames) -> Text:
    value = names.find(key) or next((one for one in names.rules.value if one.key == key), None)
    return Text(key, key) if value is None else short(value)


def ladder_rules(ladder: Ladder) -> Iterator[Text]:
    """How lines are counted together, by which day, and for which department."""
    if ladder.one_per_record:
        yield Text("同一记录只计最重（最高）的一项", "Of one record only the heaviest (best) line counts")
    elif ladder.one_per_person:
        yield Text(
            "同一记录中的同一人只计最重（最高）的一项",
            "Of one person in one record only the heaviest (best) line counts",
        )
    else:
        yield Text("各项分别计算", "Every line counts by itself")
    yield {
        "effective": Text("按生效之日计入年度", "A line belongs to the round of the day it takes effect"),
        "act": Text("按行为发生之日计入年度", "A line belongs to the round of the day of the act"),
        "every": Text("办结以前，每个年度都计入", "A line counts in every round until it is settled"),
    }[ladder.counts_in[0]]
    yield {
        "unit_at_act": Text("计入行为发生时的部门", "It counts for the department at the time of the act"),
        "unit_now": Text("计入现在承接的部门", "It counts for the department that answers now"),
    }[ladder.answers]
    yield {
        "excess": Text(
            "同一记录以前年度已计的，只计超出部分",
            "If an earlier round had a part of the same record, only the excess counts",
        ),
        "whole": Text(
            "同一记录以前年度已计的，仍全部计算", "It counts whole, even if an earlier round had the same record"
        ),
        "once": Text(
            "同一记录以前年度已计的，不再计算", "If an earlier round had the same record, it does not count again"
        ),
    }[ladder.later]
    if ladder.replaced == "committee":
        yield Text(
            "代替较重处理的，由审定机关判定",
            "What stands in place of something heavier is decided by those who approve the result",
        )
    if ladder.unless_emptied:
        yield Text(
            "有关项目已因此记零分的，不再计算", "It does not count if an item already lost all its points because of it"
        )


def row_condition(row: LadderRow, kind: RecordKind) -> Text:
    """What one row is for: its title, if it has one, and the options of the fields."""
    condition = options_condition(row.is_, kind)
    title = Text(f"“{row.title.zh}”：", f"“{row.title.en}”: ") if row.title is not None else NOTHING
    return Text(f"{title.zh}{condition.zh}", f"{title.en}{condition.en}")


def options_condition(options: Options, kind: RecordKind) -> Text:
    """Which lines of a record have one of these options in each field."""
    named = ((kind.fields[key], keys) for key, keys in options.items())
    conditions = [text for field, keys in named if (text := _options_text(field, keys)).zh]
    return listed(conditions, "，", "; ") if conditions else Text("其他情形", "Every other case")


def plausibility_condition(rule: RecordRule, kind: RecordKind) -> Text:
    """Which lines a row about what is plausible is for, and after which other line of the person."""
    condition = options_condition(rule.is_, kind)
    if not rule.after:
        return condition
    earlier = options_condition(rule.after, kind)
    return Text(
        f"{condition.zh}，且同一人此前{earlier.zh}", f"{condition.en}; and before it, of the same person, {earlier.en}"
    )


def plausibility_outcome(rule: RecordRule) -> Text:
    """What happens to such a line, and why."""
    basis = Text(f"（{rule.basis.zh}）", f" ({rule.basis.en})") if rule.basis is not None else NOTHING
    then = {
        "refuse": Text("不能登记", "It cannot be recorded"),
        "remark": Text("登记时须加说明", "It is recorded only with a remark"),
    }[rule.then]
    return Text(f"{then.zh}：{rule.why.zh}{basis.zh}", f"{then.en}: {rule.why.en}{basis.en}")


def _options_text(field: FieldKind, keys: tuple[str, ...]) -> Text:
    """The options of a field that a row is for; if few are left out, those. Nothing if it is for all."""
    chosen = field.options_of(keys)
    titles = [option.title.text for option in field.option if option.key in chosen]
    others = [option.title.text for option in field.option if option.key not in chosen]
    if not others:
        return NOTHING
    if FEW * len(others) <= len(titles):
        without = listed(others, "、", " and ")
        return Text(f"{field.title.zh}为{without.zh}以外的", f"{field.title.en}: any but {without.en}")
    either = listed(titles, "、", " or ")
    return Text(f"{field.title.zh}为{either.zh}", f"{field.title.en}: {either.en}")


def row_outcome(row: LadderRow, names: RuleNames) -> Text:
    """What follows from one row."""
    if row.raises is not None:
        title = _finding_title(row.raises, names)
        return Text(f"属于{title.zh}", f"this establishes {title.en}")
    if row.flag is not None:
        return FLAGS[row.flag]
    if row.each is not None:
        each = change(row.each)
        return Text(f"每 1 次{each.zh}", f"{each.en} each")
    if row.between is not None:
        low, high = sorted(row.between)
        return Text(
            f"{figure(low)} 至 {figure(high)} 分，由记录人写明", f"{figure(low)} to {points(high).en}, as recorded"
        )
    amount = -row.costs if row.costs is not None else row.points
    return change(amount) if amount else Text("不影响结果", "this changes nothing")
