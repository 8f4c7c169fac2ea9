"""The values of the papers of the meeting: its agenda, the sheet on which people sign in, and the minutes."""

from __future__ import annotations

from itertools import count

from states.rulebook.stages import Stage
from states.stages.meeting import MeetingHeld
from states.vocabulary import UNIT_ROLE

from .sources import UnitSource
from .words import PaperValues, Rows, day, posts, stage_words, unit_head

_AT_THE_MEETING = ("meeting", "democratic_evaluation")
"""The kinds of stages that take place at the meeting."""
_MEETINGS = ("会", "会议")
"""The ends of the names of meetings."""


def sign_in(one: UnitSource) -> PaperValues:
    rows = team_rows(one)
    # Who else works in the department is no fact: there is a blank line for each.
    others: Rows = [{"number": str(n), "name": "", "post": ""} for n in range(len(rows) + 1, one.state.staff + 1)]
    return {
        **unit_head(one),
        **stage_words("meeting", one),
        **meeting_words(one),
        "meeting": meeting_name(one),
        "entitled": str(_entitled(one)),
        "attendance": rows + others,
    }


def agenda(one: UnitSource) -> PaperValues:
    visit = one.visit
    return {
        **unit_head(one),
        **stage_words("meeting", one),
        **meeting_words(one),
        "meeting": meeting_name(one),
        "hours": f"{visit.begins}—{visit.ends}" if visit is not None else "",
        "entitled": str(_entitled(one)),
        "agenda": _agenda(one),
    }


def minutes(one: UnitSource) -> PaperValues:
    meeting = one.state.fact(MeetingHeld)
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
        "meeting": meeting_name(one),
        "entitled": str(meeting.entitled) if meeting is not None else "",
        "present": str(meeting.present) if meeting is not None else "",
        "team_report_by": post_of.get(meeting.team_report_by, "") if meeting is not None else "",
        "agenda": [{key: row[key] for key in ("number", "item")} for row in _agenda(one)],
        "reports": reports,
    }


def meeting_name(one: UnitSource) -> str:
    """What the meeting is called: as the rulebook requires it (被考核部门全体会议), with the department by its name."""
    stage = one.rulebook.stages.get("meeting")
    if stage is None:
        return ""
    kind = one.rulebook.role_title(UNIT_ROLE).zh
    called = _required_meeting(stage) or (stage.title.zh if stage.title.zh.endswith(_MEETINGS) else "考核会议")
    return called.replace(kind, one.unit) if kind in called else f"{one.unit}{called}"


def _required_meeting(stage: Stage) -> str:
    return next((wording.zh for wording in stage.requires if wording.zh.endswith(_MEETINGS)), "")


def _agenda(one: UnitSource) -> Rows:
    """What is done at the meeting: what its stages require, without the meeting itself, or else their titles."""
    numbers = count(1)
    return [
        {"number": str(next(numbers)), "stage": stage.title.zh, "clause": stage.clause, "item": item}
        for kind in _AT_THE_MEETING
        if (stage := one.rulebook.stages.get(kind)) is not None
        for item in [wording.zh for wording in stage.requires] or [stage.title.zh]
        if item != _required_meeting(stage)
    ]


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
