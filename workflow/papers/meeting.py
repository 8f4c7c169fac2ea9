"""The values of the papers of the meeting: its agenda, the sheet on which people sign in, and the minutes."""

from __future__ import annotations

from itertools import count

from states.stages.meeting import MeetingHeld

from .sources import UnitSource
from .words import PaperValues, Rows, day, posts, stage_words, unit_head

_AT_THE_MEETING = ("meeting", "democratic_evaluation")
"""The kinds of stages that take place at the meeting."""


def sign_in(one: UnitSource) -> PaperValues:
    rows = team_rows(one)
    # Who else works in the department is no fact: there is a blank line for each.
    others: Rows = [{"number": str(n), "name": "", "post": ""} for n in range(len(rows) + 1, one.state.staff + 1)]
    return {
        **unit_head(one),
        **stage_words("meeting", one),
        **meeting_words(one),
        "entitled": str(_entitled(one)),
        "attendance": rows + others,
    }


def agenda(one: UnitSource) -> PaperValues:
    stages, visit = one.rulebook.stages, one.visit
    numbers = count(1)
    return {
        **unit_head(one),
        **stage_words("meeting", one),
        **meeting_words(one),
        "hours": f"{visit.begins}—{visit.ends}" if visit is not None else "",
        "entitled": str(_entitled(one)),
        "agenda": [
            {"number": str(next(numbers)), "stage": stage.title.zh, "clause": stage.clause, "item": wording.zh}
            for kind in _AT_THE_MEETING
            if (stage := stages.get(kind)) is not None
            for wording in stage.requires
        ],
    }


def minutes(one: UnitSource) -> PaperValues:
    meeting, stage = one.state.fact(MeetingHeld), one.rulebook.stages.get("meeting")
    missing = {report.person: report.missing for report in meeting.personal_reports} if meeting is not None else {}
    post_of = posts(one)
    reports = [
        {
            "number": str(number),
            "post": post_of[member.person],
            "report": ""
            if meeting is None
            else f"未报告：{missing[member.person]}"
            if missing.get(member.person)
            else "已报告",
        }
        for number, member in enumerate(one.state.team, 1)
    ]
    return {
        **unit_head(one),
        **stage_words("meeting", one),
        **meeting_words(one),
        "entitled": str(meeting.entitled) if meeting is not None else "",
        "present": str(meeting.present) if meeting is not None else "",
        "team_report_by": post_of.get(meeting.team_report_by, "") if meeting is not None else "",
        "agenda": [
            {"number": str(number), "item": wording.zh}
            for number, wording in enumerate(stage.requires if stage is not None else (), 1)
        ],
        "reports": reports,
    }


def meeting_words(one: UnitSource) -> dict[str, str]:
    """The day of the meeting, or before it the planned one, and the planned place."""
    meeting, visit = one.state.fact(MeetingHeld), one.visit
    planned = visit.day if visit is not None else None
    return {
        "held_on": day(meeting.held_on if meeting is not None else planned),
        "place": visit.place if visit is not None else "",
    }


def team_rows(one: UnitSource) -> Rows:
    """A row for each member of the team, the heads first. Without a name, members with the same post are told apart."""
    post_of, names = posts(one), one.persons
    return [
        {
            "number": str(number),
            "post": member.position if member.person in names else post_of[member.person],
            "name": names.get(member.person, ""),
        }
        for number, member in enumerate(one.state.team, 1)
    ]


def _entitled(one: UnitSource) -> int:
    """How many people are entitled to come: as recorded, or before the meeting all staff."""
    meeting = one.state.fact(MeetingHeld)
    return meeting.entitled if meeting is not None else one.state.staff
