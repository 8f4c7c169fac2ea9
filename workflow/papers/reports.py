"""The values of the reports of a department and of the members of its team: what is on the title page, and the headings."""

from __future__ import annotations

from states.rulebook.calculation.forms import ScoreForm
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.values import NamedValue
from states.stages.meeting import MeetingHeld
from states.stages.self_report import SelfReportSubmitted

from .meeting import team_rows
from .sources import UnitSource
from .words import PaperValues, Rows, day, numeral, roles, stage_words, unit_head


def self_report(one: UnitSource) -> PaperValues:
    form, due = one.rulebook.forms_by_kind.get(one.state.unit_kind), one.state.due.get("self_report")
    return {
        **unit_head(one),
        **stage_words("self_report", one),
        "due": day(due) if due is not None else "",
        "addressee": _addressee(one),
        "own_score": _own_score(one),
        "headings": _headings(form) if form is not None else [],
    }


def _addressee(one: UnitSource) -> str:
    """Who gets the report: who may return it."""
    act = one.rulebook.acts.get("return_self_report")
    return roles(act.by[:1], one.rulebook) if act is not None else unit_head(one)["sender"]


def _own_score(one: UnitSource) -> str:
    """What the department gave itself, or room for it; empty if what it fills in does not add up to points."""
    form, report = one.rulebook.forms_by_kind.get(one.state.unit_kind), one.state.fact(SelfReportSubmitted)
    if form is None or not form.is_plain_sum:
        return ""
    return plain(report.total) if report is not None and report.self_scores else "＿＿＿＿"


def personal_report(one: UnitSource) -> PaperValues:
    """A report of each member, without those who were excused. The planned day of the meeting is not yet that of a report."""
    meeting = one.state.fact(MeetingHeld)
    excused = {each.person for each in meeting.personal_reports if each.missing} if meeting is not None else set()
    rows = [row for member, row in zip(one.state.team, team_rows(one), strict=True) if member.person not in excused]
    return {
        **unit_head(one),
        **stage_words("meeting", one),
        "held_on": day(meeting.held_on if meeting is not None else None),
        "report_title": _report_title(one),
        "members": [
            {**row, "number": str(number), "follows": "续" if number > 1 else ""} for number, row in enumerate(rows, 1)
        ],
    }


def _report_title(one: UnitSource) -> str:
    """The report of a member as the stage requires it (个人执行责任制情况的报告), or else its usual name."""
    stage = one.rulebook.stages.get("meeting")
    required = (wording.zh for wording in (stage.requires if stage is not None else ()))
    own = next((words for words in required if "个人" in words and words.endswith("报告")), "")
    return own.partition("关于")[2] or own or "述职述廉报告"


def _headings(form: ScoreForm) -> Rows:
    """A row for each part of the form with elements in it. A part at the top is a heading in the first row that is its."""
    rows: Rows = []
    for section_number, (section, branches) in enumerate(form.sections, 1):
        for number, branch in enumerate(branches, 1):
            is_first, is_own = number == 1, branch.part is not section
            rows.append(
                {
                    "section_number": numeral(section_number) if is_first else "",
                    "section": section.title.zh if is_first else "",
                    "section_points": _points(section) if is_first else "",
                    "indicator_number": str(number) if is_own else "",
                    "indicator": branch.part.title.zh if is_own else "",
                    "indicator_points": _points(branch.part) if is_own else "",
                    "elements": "\n".join(f"{one.title.zh}{_points(one)}" for one in branch.elements),
                }
            )
    if title := _beside(form):
        rows.append(
            {
                **dict.fromkeys(rows[0] if rows else (), ""),
                "section_number": numeral(len(form.sections) + 1),
                "section": title,
            }
        )
    return rows


def _beside(form: ScoreForm) -> str:
    """What is added or taken off beside the elements, by its heading on the form; empty if nothing is."""
    if form.deduction_item:
        return form.deduction_item[0].text.zh
    on_sections = {section.key for section, _ in form.sections}
    return "、".join(item.title.zh for item in form.items_beside if item.key not in on_sections)


def _points(value: NamedValue) -> str:
    """What a part of a form is worth, in brackets; empty if it has no points."""
    full = value.full_mark
    return f"（{plain(full)}分）" if full is not None else ""
