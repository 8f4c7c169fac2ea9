"""Texts for the structs and lists within facts: ballots, findings, sanctions, visits, and others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from states.assessment import Member, TaskPerson
from states.records.case import CASE, Sanction
from states.records.record import RecordedLine
from states.records.year import Visit
from states.result.result import Result
from states.result.sheet_items import points_in_all
from states.rulebook.calculation.lines import Place
from states.rulebook.calculation.numbers import plain
from states.rulebook.sentences.names import figure
from states.rulebook.types import Rulebook
from states.stages.democratic_evaluation import Sheet
from states.stages.document_review import FINDING_TITLES, VERDICT_TITLES, Finding
from states.stages.interviews import MemberTalk
from states.stages.meeting import PersonalReport
from states.titles import GRADE, SCORE, same_text
from states.vocabulary import Document, Text, listed
from states.year.year import OpenTask

from .files import FileTitle, describe
from .terms import Terms

MAX_NAMED = 5
"""The most departments or visits whose names are listed.

Of more departments only the number is given, of more visits the first ones.
"""


_PENDING = Text(zh="尚未办结", en="not closed yet")


def join_texts(texts: Iterable[Text]) -> Text:
    """Several texts in one line."""
    items = list(texts)
    return Text(zh="；".join(item.zh for item in items), en="; ".join(item.en for item in items))


def points_text(value: Decimal | None) -> Text:
    return Text(zh=f"{plain(value)} 分", en=f"{plain(value)} points")


def total_text(marks: Mapping[str, Decimal], terms: Terms) -> Text:
    """The sum of a sheet, or the number of its items if they do not add up."""
    total = points_in_all(marks, terms.rulebook)
    if total is None:
        return Text(zh=f"{len(marks)} 项", en=f"{len(marks)} items")
    return Text(zh=f"合计 {plain(total)} 分", en=f"{plain(total)} points in all")


def count_text(sheet: Sheet, terms: Terms) -> Text:
    """All counts of the ballots on one subject."""
    options = [
        (title, sheet.counts[key]) for key, title in terms.options_of(sheet.ballot).items() if key in sheet.counts
    ]
    zh = "，".join(f"{title.zh} {n}" for title, n in options)
    en = ", ".join(f"{title.en.lower()} {n}" for title, n in options)
    return Text(
        zh=f"发出 {sheet.issued}，收回 {sheet.returned}，有效 {sheet.valid}：{zh}",
        en=f"{sheet.issued} issued, {sheet.returned} returned, {sheet.valid} valid: {en}",
    )


def ballots_text(sheets: tuple[Sheet, ...]) -> Text:
    team = sheets[0]
    return Text(
        zh=f"{len(sheets)} 个测评对象；领导班子发出 {team.issued}，收回 {team.returned}，有效 {team.valid}",
        en=f"{len(sheets)} subjects; the team: {team.issued} issued, {team.returned} returned, {team.valid} valid",
    )


def finding_text(finding: Finding, file_title: FileTitle | None = None) -> Text:
    """A finding with its remark and its evidence: the files by `file_title`, or else their number."""
    word, remark, count = FINDING_TITLES[finding.degree], finding.remark, len(finding.evidence)
    text = Text(zh=f"{word.zh}：{remark}", en=f"{word.en}: {remark}") if remark else word
    if finding.verdicts:
        verdicts = _verdicts_text(finding)
        text = Text(zh=f"{text.zh}；部门材料：{verdicts.zh}", en=f"{text.en}; of the department: {verdicts.en}")
    if not finding.evidence:
        return text
    if file_title is None:
        return Text(zh=f"{text.zh}（佐证 {count} 个文件）", en=f"{text.en} ({count} files)")
    files = describe(finding.evidence, file_title)
    return Text(zh=f"{text.zh}；佐证：{files.zh}", en=f"{text.en}; evidence: {files.en}")


def _verdicts_text(finding: Finding) -> Text:
    """How many documents of the department fit, fit in part, and do not fit."""
    counts: Counter[str] = Counter(one.fits for one in finding.verdicts.values())
    return listed(
        Text(zh=f"{title.zh} {counts[fits]}", en=f"{counts[fits]} {title.en}")
        for fits, title in VERDICT_TITLES.items()
        if counts[fits]
    )


def evidence_text(files_by_element: Mapping[str, tuple[Document, ...]], _: Terms) -> Text:
    """How much evidence was handed in, under how many elements."""
    count, elements = sum(map(len, files_by_element.values())), len(files_by_element)
    return Text(zh=f"{count} 份，涉及 {elements} 个要素", en=f"{count} documents under {elements} elements")


def files_text(files: Iterable[Document], file_title: FileTitle | None) -> Text:
    """Files in one line; without their names, their number."""
    listed_files = list(files)
    if file_title is None:
        return Text(zh=f"{len(listed_files)} 份", en=str(len(listed_files)))
    return describe(listed_files, file_title)


def findings_text(findings: Mapping[str, Finding]) -> Text:
    """The number of elements for each kind of finding."""
    met, partly, unmet = (sum(f.degree == kind for f in findings.values()) for kind in FINDING_TITLES)
    return Text(
        zh=f"落实 {met}，部分落实 {partly}，未落实 {unmet}", en=f"{met} met, {partly} partly met, {unmet} not met"
    )


def reports_text(reports: tuple[PersonalReport, ...], terms: Terms) -> Text:
    """The number of members who reported; the others by name, each with the reason."""
    absent = [(terms.member(report.person), report.missing) for report in reports if report.missing is not None]
    total, present = len(reports), len(reports) - len(absent)
    summary = Text(zh=f"应报告 {total} 人，已报告 {present} 人", en=f"{present} of {total} reported")
    others = (Text(zh=f"未报告：{name.zh}（{why}）", en=f"not: {name.en} ({why})") for name, why in absent)
    return join_texts([summary, *others])


def talks_text(talks: tuple[MemberTalk, ...], terms: Terms) -> Text:
    """The number of members who were interviewed; the others by name, each with the reason."""
    absent = [(terms.member(talk.person), talk.missing) for talk in talks if talk.missing is not None]
    present = len(talks) - len(absent)
    summary = Text(zh=f"已谈话 {present} 人", en=f"{present} interviewed")
    others = (Text(zh=f"未谈话：{name.zh}（{why}）", en=f"not: {name.en} ({why})") for name, why in absent)
    return join_texts([summary, *others])


def results_text(results: tuple[Result, ...], terms: Terms) -> Text:
    """The results of the department and of its team. That of a single person is read by nobody here."""
    of_departments = [result for result in results if not result.person]
    if len(of_departments) == 1:
        return _result_text(of_departments[0], terms)
    titles = {subject.key: subject.title.text for subject in terms.rulebook.subject}
    named = [(titles[result.subject], _result_text(result, terms)) for result in of_departments]
    return join_texts(Text(zh=f"{title.zh}：{text.zh}", en=f"{title.en}: {text.en}") for title, text in named)


def _result_text(result: Result, terms: Terms) -> Text:
    """The points of a result if it has some, and its grade if its subject is graded."""
    rulebook, texts = terms.rulebook, []
    if result.subtotal is not None:
        points = plain(result.subtotal)
        texts.append(Text(zh=f"考核得分 {points}", en=f"points given {points}"))
    if result.adjustment:
        beside, points = rulebook.adjustment_title, figure(result.adjustment)
        texts.append(Text(zh=f"{beside.zh} {points}", en=f"{beside.en.lower()} {points}"))
    if result.score is not None:
        points = plain(result.score)
        texts.append(Text(zh=f"总分 {points}", en=f"score {points}"))
    if rulebook.scale_of(result.subject) is not None:
        texts.append(grade_text(result, rulebook))
    return Text(zh="，".join(text.zh for text in texts), en=", ".join(text.en for text in texts))


def score_and_grade(result: Result, rulebook: Rulebook) -> Iterator[tuple[Text, Text]]:
    """The titles with the score, if there are points, and with the grade, if the department is graded."""
    if result.score is not None:
        yield SCORE, points_text(result.score)
    if rulebook.first_scale is not None:
        yield GRADE, rulebook.grade_title(result.grade)


def grade_text(result: Result, rulebook: Rulebook) -> Text:
    """The grade of a result, with what limits it in brackets."""
    grade = rulebook.grade_title(result.grade, result.subject)
    cause = rulebook.cause_of_grade(result.limits, result.subject)
    if cause is None:
        return Text(zh=grade.zh, en=grade.en.lower())
    return Text(zh=f"{grade.zh}（{cause.zh}）", en=f"{grade.en.lower()} ({cause.en})")


def departments_text(units: tuple[str, ...], terms: Terms) -> Text:
    if len(units) > MAX_NAMED:
        return Text(zh=f"{len(units)} 个", en=f"{len(units)}")
    names = [terms.unit(unit) for unit in units]
    return Text(zh="、".join(names), en=", ".join(names))


def deadlines_text(due: date | Mapping[str, date], terms: Terms) -> Text:
    if isinstance(due, date):
        return same_text(due.isoformat())
    dates = [(terms.stage(kind), due[kind]) for kind in terms.in_order(due)]
    return join_texts(Text(zh=f"{title.zh} {day}", en=f"{title.en} {day}") for title, day in dates)


def member_text(member: Member, terms: Terms) -> Text:
    """The name of a member with the post, if the post is still that of the record; otherwise the post of the record."""
    name = terms.member(member.person)
    return name if member.position in name.zh else same_text(member.position)


def sanction_text(sanction: Sanction, number: int, terms: Terms) -> Text:
    """A sanction of a case: of the person by name, or else by number, because the id (第二条) says nothing."""
    outcome, *about = terms.record_fields(CASE, sanction.fields) or [same_text("")]
    day = sanction.effective_on
    effect = Text(zh=f"{day} 起", en=f"since {day}") if day else _PENDING
    details = [same_text(words) for words in (sanction.document, sanction.remark) if words]
    zh = "，".join((outcome.zh, effect.zh, *(detail.zh for detail in details)))
    en = ", ".join((outcome.en, effect.en, *(detail.en for detail in details)))
    zh_about, en_about = "，".join(one.zh for one in about), ", ".join(one.en for one in about)
    person = terms.recorded_person(sanction.person) or Text(zh=f"第 {number} 人", en=f"person {number}")
    return Text(
        zh=person.zh + (f"（{zh_about}）" if about else "") + f"：{zh}",
        en=person.en + (f" ({en_about})" if about else "") + f": {en}",
    )


def line_text(line: RecordedLine, number: int, terms: Terms) -> Text:
    """A line of a record: with its number, and with the person if it is about one whose name is known."""
    options = terms.line_fields(line.fields)
    count = [same_text(plain(line.number))] if line.number is not None else []
    since = Text(zh=f"{line.effective_on} 起", en=f"since {line.effective_on}")
    details = [
        *([since] if line.effective_on else []),
        *(same_text(words) for words in (line.document, line.remark) if words),
    ]
    parts = [*options, *count, *details]
    zh, en = "，".join(one.zh for one in parts), ", ".join(one.en for one in parts)
    person = terms.recorded_person(line.person)
    of = Text(zh=f"（{person.zh}）", en=f" ({person.en})") if person is not None else same_text("")
    return Text(zh=f"第 {number} 行{of.zh}：{zh}", en=f"line {number}{of.en}: {en}")


def visit_text(visit: Visit, terms: Terms) -> Text:
    text = f"{terms.unit(visit.unit)} {visit.day} {visit.begins}–{visit.ends} {visit.place}"
    return Text(zh=f"{text}（{visit.group}）", en=f"{text} ({visit.group})")


def visits_text(visits: tuple[Visit, ...], terms: Terms) -> Text:
    count, first = len(visits), join_texts(visit_text(visit, terms) for visit in visits[:MAX_NAMED])
    ellipsis = Text(zh="；……", en="; …") if count > MAX_NAMED else same_text("")
    heading = Text(zh=f"{count} 个部门：", en=f"{count} departments: ") if count > 1 else same_text("")
    return Text(zh=f"{heading.zh}{first.zh}{ellipsis.zh}", en=f"{heading.en}{first.en}{ellipsis.en}")


def open_tasks_text(open_tasks: tuple[OpenTask, ...], terms: Terms) -> Text:
    names = [(terms.unit(one.unit), terms.stage(one.task)) for one in open_tasks]
    return join_texts(Text(zh=f"{unit}：{task.zh}", en=f"{unit}: {task.en}") for unit, task in names)


def places_text(places: Mapping[str, Place | None]) -> Text:
    """How many have a place, and a seat. Who has which is on the page of the places, which knows who is recused."""
    settled = [place for place in places.values() if place is not None]
    seats = sum(bool(place.seats) for place in settled)
    return Text(
        zh=f"{len(settled)} 个有名次，其中 {seats} 个在名额内", en=f"{len(settled)} with a place, {seats} with a seat"
    )


def task_person_text(person: TaskPerson, terms: Terms) -> Text:
    """A person of a task, with the measure, or with the reason why the task does not concern the person."""
    name, exception, measure = terms.member(person.person), person.exception, person.measure
    if exception is not None:
        return Text(zh=f"{name.zh}不涉及，{exception}", en=f"{name.en} not concerned: {exception}")
    if measure is not None:
        return Text(zh=f"{name.zh}：{measure}", en=f"{name.en}: {measure}")
    return name


def accounts_text(accounts: tuple[str, ...], terms: Terms) -> Text:
    return listed(terms.account(account) for account in accounts)


def reminder_step_text(key: str) -> Text:
    """The time of a reminder step, relative to its deadline. `key` is that of `states/deadlines/schedule.py`."""
    bare, week = key.removeprefix("up"), re.fullmatch(r"(?:up)?\+w(\d+)", key)
    if week:
        text = Text(zh=f"逾期后第 {week[1]} 周", en=f"week {week[1]} after the deadline")
    elif re.fullmatch(r"-\d+", bare):
        text = Text(zh=f"到期前 {bare[1:]} 个工作日", en=f"{bare[1:]} working days before")
    elif re.fullmatch(r"\+\d+", bare):
        text = Text(zh=f"逾期 {bare[1:]} 个工作日", en=f"{bare[1:]} working days late")
    else:
        text = Text(zh="到期当日", en="on the day")
    return (
        Text(zh=f"{text.zh}，报上一级", en=f"{text.en}, reported to the next level") if key.startswith("up") else text
    )
