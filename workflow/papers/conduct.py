"""The values of the papers with which an assessment is carried out: minutes, and the notes of talks and of the site."""

from __future__ import annotations

from states.stages.meeting import MeetingHeld
from states.stages.site_inspection import SiteInspected

from .sources import UnitSource
from .words import (
    PaperValues,
    day,
    stage_words,
    unit_head,
)


def minutes(one: UnitSource) -> PaperValues:
    meeting, stage = one.state.fact(MeetingHeld), one.rulebook.stages.get("meeting")
    missing = {report.person: report.missing for report in meeting.personal_reports} if meeting is not None else {}
    posts = one.state.posts
    reports = [
        {
            "number": str(number),
            "post": posts[member.person],
            "report": ""
            if meeting is None
            else f"未报告：{missing[member.person]}"
            if missing.get(member.person)
            else "已报告",
        }
        for number, member in enumerate(one.state.team, 1)
    ]
    planned = one.visit.day if one.visit is not None else None
    return {
        **unit_head(one),
        **stage_words("meeting", one),
        "held_on": day(meeting.held_on if meeting is not None else planned),
        "place": one.visit.place if one.visit is not None else "",
        "entitled": str(meeting.entitled) if meeting is not None else "",
        "present": str(meeting.present) if meeting is not None else "",
        "team_report_by": posts.get(meeting.team_report_by, "") if meeting is not None else "",
        "agenda": [
            {"number": str(number), "item": wording.zh}
            for number, wording in enumerate(stage.requires if stage is not None else (), 1)
        ],
        "reports": reports,
    }


def interview_note(one: UnitSource) -> PaperValues:
    form = one.rulebook.forms_by_kind.get(one.state.unit_kind)
    posts = one.state.posts
    return {
        **unit_head(one),
        **stage_words("interviews", one),
        "members": [
            {"number": str(n), "post": posts[member.person], "name": one.persons.get(member.person, "")}
            for n, member in enumerate(one.state.team, 1)
        ],
        "topics": [
            {"number": str(number), "topic": section.title.zh}
            for number, (section, _) in enumerate(form.sections if form is not None else (), 1)
        ],
    }


def site_note(one: UnitSource) -> PaperValues:
    inspection, visit = one.state.fact(SiteInspected), one.visit
    planned = visit.day if visit is not None else None
    return {
        **unit_head(one),
        **stage_words("site_inspection", one),
        "inspected_on": day(inspection.inspected_on if inspection is not None else planned),
        "place": visit.place if visit is not None else "",
        "group": visit.group if visit is not None else "",
        "special_work": inspection.special_work if inspection is not None else "",
        "observation": inspection.observation if inspection is not None else "",
    }
