"""Records within facts as people read them: a count of ballots, a finding, a sanction, a visit, a person concerned, a reminder's place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from states.assessment import Member, TaskPerson
from states.cases.plausibility import STANDINGS
from states.records.case import Sanction
from states.records.year import Visit
from states.result.result import Result, plain
from states.stages.democratic_evaluation import Sheet
from states.stages.document_review import FINDING_TITLES, Finding
from states.stages.interviews import MemberTalk
from states.stages.meeting import PersonalReport
from states.titles import same_text
from states.vocabulary import Text
from states.year.year import Left

from .files import NameOf, describe
from .terms import Terms

FEW = 5
"""How many units or visits are named; of more, how many there are is said."""


def listed(words: Iterable[Text]) -> Text:
    """Several things in one line."""
    every = list(words)
    return Text(zh="；".join(one.zh for one in every), en="; ".join(one.en for one in every))


def points(value: Decimal) -> Text:
    return Text(zh=f"{plain(value)} 分", en=f"{plain(value)} points")


def total(marks: Mapping[str, Decimal]) -> Text:
    summed = plain(sum(marks.values(), Decimal(0)))
    return Text(zh=f"合计 {summed} 分", en=f"{summed} points in all")


def counts(sheet: Sheet, terms: Terms) -> Text:
    """One subject's ballots, whole."""
    counted = [(title, sheet.counts[key]) for key, title in terms.options.items() if key in sheet.counts]
    zh = "，".join(f"{title.zh} {n}" for title, n in counted)
    en = ", ".join(f"{title.en.lower()} {n}" for title, n in counted)
    return Text(
        zh=f"发出 {sheet.issued}，收回 {sheet.returned}，有效 {sheet.valid}：{zh}",
        en=f"{sheet.issued} issued, {sheet.returned} returned, {sheet.valid} valid: {en}",
    )


def ballots(sheets: tuple[Sheet, ...]) -> Text:
    team = sheets[0]
    return Text(
        zh=f"{len(sheets)} 个测评对象；领导班子发出 {team.issued}，收回 {team.returned}，有效 {team.valid}",
        en=f"{len(sheets)} subjects; the team: {team.issued} issued, {team.returned} returned, {team.valid} valid",
    )


def finding(one: Finding, name: NameOf | None = None) -> Text:
    """A finding, its remark, and the files that show it, each by its `name`; how many they are where no name is given."""
    word, remark = FINDING_TITLES[one.finding], one.remark
    said = Text(zh=f"{word.zh}：{remark}", en=f"{word.en}: {remark}") if remark else word
    if not one.evidence:
        return said
    if name is None:
        return Text(zh=f"{said.zh}（佐证 {len(one.evidence)} 个文件）", en=f"{said.en} ({len(one.evidence)} files)")
    files = describe(one.evidence, name)
    return Text(zh=f"{said.zh}；佐证：{files.zh}", en=f"{said.en}; evidence: {files.en}")


def findings(found: Mapping[str, Finding]) -> Text:
    met, partly, unmet = (sum(f.finding == one for f in found.values()) for one in FINDING_TITLES)
    return Text(
        zh=f"落实 {met}，部分落实 {partly}，未落实 {unmet}", en=f"{met} met, {partly} partly met, {unmet} not met"
    )


def reports(of: tuple[PersonalReport, ...], terms: Terms) -> Text:
    """How many of the team reported; who did not, and why."""
    absent = [(terms.member(one.person), one.missing) for one in of if one.missing is not None]
    made = Text(
        zh=f"应报告 {len(of)} 人，已报告 {len(of) - len(absent)} 人",
        en=f"{len(of) - len(absent)} of {len(of)} reported",
    )
    return listed([made, *(Text(zh=f"未报告：{who.zh}（{why}）", en=f"not: {who.en} ({why})") for who, why in absent)])


def talks(of: tuple[MemberTalk, ...], terms: Terms) -> Text:
    """How many of the team were talked with; who was not, and why."""
    absent = [(terms.member(one.person), one.missing) for one in of if one.missing is not None]
    made = Text(zh=f"已谈话 {len(of) - len(absent)} 人", en=f"{len(of) - len(absent)} interviewed")
    return listed([made, *(Text(zh=f"未谈话：{who.zh}（{why}）", en=f"not: {who.en} ({why})") for who, why in absent)])


def result(one: Result, terms: Terms) -> Text:
    grade = terms.grade(one.grade)
    cause = Text(zh="一票否决", en="by veto") if one.cause == "veto" else Text(zh="按得分", en="by score")
    given, deducted, score = plain(one.given), plain(one.deducted), plain(one.score)
    return Text(
        zh=f"考核得分 {given}，扣分 {deducted}，总分 {score}，{grade.zh}（{cause.zh}）",
        en=f"points given {given}, deducted {deducted}, score {score}, {grade.en} ({cause.en})",
    )


def units(of: tuple[str, ...], terms: Terms) -> Text:
    if len(of) > FEW:
        return Text(zh=f"{len(of)} 个", en=f"{len(of)}")
    named = [terms.unit(one) for one in of]
    return Text(zh="、".join(named), en=", ".join(named))


def deadlines(due: date | Mapping[str, date], terms: Terms) -> Text:
    if isinstance(due, date):
        return same_text(due.isoformat())
    named = [(terms.stage(kind), due[kind]) for kind in terms.in_order(due)]
    return listed(Text(zh=f"{title.zh} {day}", en=f"{title.en} {day}") for title, day in named)


def member(one: Member, terms: Terms) -> Text:
    """A member by the name that is known, with the post this record gives."""
    known = terms.member(one.person)
    return known if one.position in known.zh else same_text(one.position)


def sanction_text(one: Sanction, number: int, terms: Terms) -> Text:
    """A person of a case is an opaque id (第二条), so several are told apart by their order."""
    outcome, standing = terms.outcome(one.outcome), STANDINGS[one.standing]
    since = Text(zh=f"{one.effective_on} 起", en=f"since {one.effective_on}") if one.effective_on else _PENDING
    rest = [same_text(words) for words in (one.document, one.remark) if words]
    zh = "，".join((outcome.zh, since.zh, *(one.zh for one in rest)))
    en = ", ".join((outcome.en, since.en, *(one.en for one in rest)))
    return Text(zh=f"第 {number} 人（{standing.zh}）：{zh}", en=f"person {number} ({standing.en}): {en}")


_PENDING = Text(zh="尚未办结", en="not closed yet")


def visit_text(one: Visit, terms: Terms) -> Text:
    said = f"{terms.unit(one.unit)} {one.day} {one.begins}–{one.ends} {one.place}"
    return Text(zh=f"{said}（{one.group}）", en=f"{said} ({one.group})")


def visits(of: tuple[Visit, ...], terms: Terms) -> Text:
    few = listed(visit_text(one, terms) for one in of[:FEW])
    more = Text(zh="；……", en="; …") if len(of) > FEW else same_text("")
    many = Text(zh=f"{len(of)} 个部门：", en=f"{len(of)} units: ") if len(of) > 1 else same_text("")
    return Text(zh=f"{many.zh}{few.zh}{more.zh}", en=f"{many.en}{few.en}{more.en}")


def left(of: tuple[Left, ...], terms: Terms) -> Text:
    named = [(terms.unit(one.unit), terms.stage(one.task)) for one in of]
    return listed(Text(zh=f"{unit}：{task.zh}", en=f"{unit}: {task.en}") for unit, task in named)


def concerned(one: TaskPerson, terms: Terms) -> Text:
    """Somebody a consequence concerns, and the measure; or why it does not."""
    who = terms.member(one.person)
    if one.exception is not None:
        return Text(zh=f"{who.zh}不涉及，{one.exception}", en=f"{who.en} not concerned: {one.exception}")
    if one.measure is not None:
        return Text(zh=f"{who.zh}：{one.measure}", en=f"{who.en}: {one.measure}")
    return who


def accounts(of: tuple[str, ...], terms: Terms) -> Text:
    named = [terms.account(one) for one in of]
    return Text(zh="、".join(one.zh for one in named), en=", ".join(one.en for one in named))


def reminder_step(key: str) -> Text:
    """When a reminder is due, counted from its deadline (`states/deadlines/schedule.py`)."""
    bare, week = key.removeprefix("up"), re.fullmatch(r"(?:up)?\+w(\d+)", key)
    if week:
        said = Text(zh=f"逾期后第 {week[1]} 周", en=f"week {week[1]} after the deadline")
    elif re.fullmatch(r"-\d+", bare):
        said = Text(zh=f"到期前 {bare[1:]} 个工作日", en=f"{bare[1:]} working days before")
    elif re.fullmatch(r"\+\d+", bare):
        said = Text(zh=f"逾期 {bare[1:]} 个工作日", en=f"{bare[1:]} working days late")
    else:
        said = Text(zh="到期当日", en="on the day")
    return (
        Text(zh=f"{said.zh}，报上一级", en=f"{said.en}, reported to the next level") if key.startswith("up") else said
    )
