"""What follows from a result (结果运用) in words: each task and window as a rule, and those of one assessment with why.

Not here: the days by which they are due.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from states.rulebook.calculation.plan import SubjectScope
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.tasks import FollowUp, FollowUpRules, FollowUps, Task, TimeLimit, TimeSpan, Window
from states.vocabulary import Text

from .conditions import met_text, row_text, unknown_tests
from .explained_lines import ExplainedLine
from .names import NOTHING, OutsideTitles, RuleNames, counted_noun, listed, quoted
from .rules_in_words import RuleLine

ROLLS = {
    "forward": NOTHING,
    "stay": Text("（遇非工作日不顺延）", " (also if the last day is no working day)"),
    "back": Text("（遇非工作日提前）", " (or the working day before)"),
}
PERSONS = {
    "none": NOTHING,
    "team": Text("写明班子每名成员的情况", "its record lists every member of the team"),
    "responsible": Text("写明责任人及处理", "its record lists those responsible and what was done"),
}


Parts = Mapping[str, FollowUp]
"""The tasks, or the windows, of a rulebook by their keys (`FollowUpRules.tasks`, `.windows`)."""


def follow_up_rules(
    follow_ups: FollowUpRules, rules: ResultRules, outside: OutsideTitles | None = None
) -> Iterator[RuleLine]:
    """Every task and window of a rulebook."""
    kinds: dict[str, Parts] = {"task": follow_ups.tasks, "window": follow_ups.windows}
    for kind, parts in kinds.items():
        for part in parts.values():
            names = RuleNames(rules, _subjects(part, rules)[0], outside)
            row, what = row_text(part, names), _what(part, parts, names)
            whom = listed(subject.title.text for subject in rules.subject if subject.key in part.subjects)
            of = Text(f"（{whom.zh}）", f" ({whom.en})") if part.subjects else NOTHING
            yield RuleLine(
                location=f"{kind}.{part.key}",
                title=Text(f"{part.title.zh}{of.zh}", f"{part.title.en}{of.en}"),
                sentence=Text(f"{row.zh}的，{what.zh}", f"{what.en}, if {row.en}") if part.has_tests else what,
                clause=part.clause,
                certainty=part.certainty,
            )


def explain_follow_ups(
    follow_ups: FollowUps, parts: Parts, scopes: Iterable[SubjectScope], names: Mapping[str, RuleNames]
) -> list[ExplainedLine]:
    """The tasks, or the windows, of one assessment with the reason for each. `names`: by subject."""
    every = tuple(scopes)
    answers = [(follow, True) for follow in follow_ups.certain] + [(follow, False) for follow in follow_ups.pending]
    lines = []
    for follow, is_certain in answers:
        part = parts[follow.key]
        kinds = _subjects(part, next(iter(names.values())).rules)
        scope = next(one for one in every if one.person == follow.person and one.plan.subject.key in kinds)
        of = names[scope.plan.subject.key]
        what = _what(part, parts, of)
        sentence = _because(part, what, of, scope) if is_certain else _if_it_holds(part, parts, what, of, scope)
        title, location = part.title.text, f"follow.{follow.key}"
        if follow.person:
            who = of.people.get(follow.person, follow.person)
            title, location = Text(f"{title.zh}（{who}）", f"{title.en} ({who})"), f"{location}@{follow.person}"
        lines.append(ExplainedLine(location=location, title=title, sentence=sentence, clause=part.clause))
    return lines


def _subjects(part: FollowUp, rules: ResultRules) -> tuple[str, ...]:
    return part.subjects or (rules.subject[0].key,)


def _because(part: FollowUp, what: Text, names: RuleNames, scope: SubjectScope) -> Text:
    if not part.has_tests:
        return what
    row = met_text(part, names, scope)
    return Text(f"因{row.zh}，{what.zh}", f"{what.en}, because {row.en}")


def _if_it_holds(part: FollowUp, parts: Parts, what: Text, names: RuleNames, scope: SubjectScope) -> Text:
    """What a task waits for: values that are not known, or the one that it comes after."""
    waits = unknown_tests(part, names, scope)
    if not waits.zh and part.predecessor is not None:
        before = quoted(parts[part.predecessor].title.text)
        waits = Text(f"取决于{before.zh}", f"it depends on {before.en}")
    return Text(f"待定：{waits.zh}；如成立，{what.zh}", f"Open: {waits.en}. If it holds, {what.en}")


def _what(part: FollowUp, parts: Parts, names: RuleNames) -> Text:
    """Who does what, and by when."""
    if isinstance(part, Task):
        return _task_text(part, parts, names)
    assert isinstance(part, Window)
    return _window_text(part, parts, names)


def _task_text(task: Task, parts: Parts, names: RuleNames) -> Text:
    roles = names.roles(task.by)
    after = Text("通报后", "the notice")
    if task.after is not None:
        other = quoted(parts[task.after].title.text)
        after = Text(f"{other.zh}完成后", f"{other.en} is done")
    sentences = [Text(f"由{roles.zh}办理", f"{roles.en} does it")]
    if task.due is not None:
        due = _within(task.due)
        sentences.append(Text(f"{after.zh} {due.zh}完成", f"{due.en} after {after.en}"))
    elif task.after is not None:
        sentences.append(Text(f"在{after.zh}", f"after {after.en}"))
    if task.lasts is not None:
        span = _span(task.lasts)
        sentences.append(Text(f"为期 {span.zh}", f"for {span.en}"))
    sentences.append(PERSONS[task.persons])
    return listed((one for one in sentences if one.zh), "，", ", ")


def _window_text(window: Window, parts: Parts, names: RuleNames) -> Text:
    asking, deciding = names.roles(window.by), names.roles(window.decided_by)
    within = _within(window.within)
    from_ = Text("通报", "the notice")
    if window.from_ in parts:
        other = quoted(parts[window.from_].title.text)
        from_ = Text(f"{other.zh}作出决定", f"the decision in {other.en}")
    decided = NOTHING
    if window.decided_within is not None:
        span = _within(window.decided_within)
        decided = Text(f"在提出后 {span.zh}", f" {span.en} of the request")
    return Text(
        f"{asking.zh}可在{from_.zh}后 {within.zh}提出，由{deciding.zh}{decided.zh}决定",
        f"{asking.en} may ask {within.en} of {from_.en}; {deciding.en} decides{decided.en}",
    )


def _within(limit: TimeLimit) -> Text:
    span, roll = _span(limit), ROLLS[limit.roll]
    return Text(f"{span.zh}内{roll.zh}", f"within {span.en}{roll.en}")


def _span(span: TimeSpan) -> Text:
    units = (
        (span.days, "日", "day"),
        (span.working_days, "个工作日", "working day"),
        (span.months, "个月", "month"),
        (span.years, "年", "year"),
    )
    count, zh, en = next((count, zh, en) for count, zh, en in units if count is not None)
    return Text(f"{count} {zh}", counted_noun(count, en))
