"""The two sentences of each way in which a value is entered: the rule, and what it made."""

from __future__ import annotations

from states.rulebook.calculation.entered_values import GivenValue, LevelValue, MarkValue, PerValue
from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import add, multiply
from states.vocabulary import Text

from .names import NOTHING, RuleNames, change, counted_noun, figure, listed, magnitude, plural, points
from .result_context import ResultContext, made_amount


def mark_rule(value: MarkValue, names: RuleNames) -> Text:
    full = figure(value.points)
    if value.among:
        zh = "、".join(f"{level.title.zh} {figure(level.points)} 分" for level in value.among)
        en = ", ".join(f"“{level.title.en}” {figure(level.points)}" for level in value.among)
        return Text(f"按档评分：{zh}", f"One of these levels: {en}")
    step = figure(value.step) if value.step is not None else ""
    steps = Text(f"，以 {step} 分为一档", f", in steps of {step}") if step else NOTHING
    return Text(f"评分，满分 {full} 分{steps.zh}", f"Judged, up to {points(value.points).en}{steps.en}")


def mark_result(value: MarkValue, line: ValueLine, context: ResultContext) -> Text:
    amount = made_amount(line)
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


def level_rule(value: LevelValue, names: RuleNames) -> Text:
    levels = listed(names.word(key, value.among) for key in names.rules.level_words[value.among])
    if value.by:
        roles = names.roles(value.by)
        return Text(f"由{roles.zh}说明理由后评定：{levels.zh}", f"Named by {roles.en} with reasons: {levels.en}")
    return Text(f"评定档次：{levels.zh}", f"One of these levels: {levels.en}")


def level_result(value: LevelValue, line: ValueLine, context: ResultContext) -> Text:
    reason = context.reasons.get(value.entry(context.scope), "")
    word = context.names.word(line.word, value.among)
    return Text(f"{word.zh}：{reason}" if reason else word.zh, f"{word.en}: {reason}" if reason else word.en)


def per_rule(value: PerValue, names: RuleNames) -> Text:
    unit = value.unit.text if value.unit is not None else NOTHING
    every = figure(value.every)
    each_zh = f"{every} {unit.zh}"
    each_en = unit.en or "one" if value.every == 1 else counted_noun(value.every, unit.en)
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


def per_result(value: PerValue, line: ValueLine, context: ResultContext) -> Text:
    number, units = line.how
    assert not isinstance(number, str)
    assert not isinstance(units, str)
    unit = value.unit.text if value.unit is not None else NOTHING
    threshold = value.below if value.below is not None else value.above
    made = change(multiply(value.each, units))
    entered = Text(f"{figure(number)} {unit.zh}".strip(), counted_noun(number, unit.en))
    if threshold is not None:
        short_zh, short_en = ("低", "below") if value.below is not None else ("高", "above")
        entered = Text(figure(number), figure(number))
        if units:
            by = figure(units if value.every == 1 else magnitude(add(number, -threshold)))
            entered = Text(
                f"{figure(number)}，{short_zh} {by} {unit.zh}".rstrip(),
                f"{figure(number)}, {by} {plural(unit.en, units) + ' ' if unit.en else ''}{short_en} {figure(threshold)}",
            )
    if not units:
        return Text(f"{entered.zh}，得 {points(made_amount(line)).zh}", f"{entered.en}: {points(made_amount(line)).en}")
    counted = NOTHING
    if value.every != 1:
        every = figure(value.every)
        counted = Text(f"，每 {every} 计一次，计 {figure(units)} 次", f", counted {figure(units)} times by {every}")
    result = points(made_amount(line))
    if not value.start and value.each > 0:
        return Text(f"{entered.zh}{counted.zh}，得 {result.zh}", f"{entered.en}{counted.en}: {result.en}")
    end = Text(f"，得 {result.zh}", f", {result.en} in all") if value.start else NOTHING
    return Text(f"{entered.zh}{counted.zh}，{made.zh}{end.zh}", f"{entered.en}{counted.en}: {made.en}{end.en}")


def given_rule(value: GivenValue, names: RuleNames) -> Text:
    roles = names.roles(value.by)
    full = figure(value.points) if value.points is not None else ""
    span = Text(f"，0 至 {full} 分", f", from 0 to {full}") if full else NOTHING
    if value.below_zero:
        most = Text(f"，最高 {full} 分", f", at most {full}") if full else NOTHING
        span = Text(f"{most.zh}，可以小于 0", f"{most.en}, and may be below 0")
    return Text(f"由{roles.zh}报送{span.zh}", f"Reported by {roles.en}{span.en}")


def given_result(value: GivenValue, line: ValueLine, context: ResultContext) -> Text:
    roles, number = context.names.roles(value.by), figure(made_amount(line))
    return Text(f"{roles.zh}报送 {number}", f"{number}, as reported by {roles.en}")


def _part(value: PerValue) -> Text:
    each = figure(value.every)
    return {
        "whole": Text(f"（不足 {each} 的不计）", " (only whole ones count)"),
        "begun": Text(f"（不足 {each} 的按 {each} 计）", " (one that has begun counts as whole)"),
        "any": Text(f"（不足 {each} 的按比例计）", " (a part counts in proportion)"),
    }[value.part]
