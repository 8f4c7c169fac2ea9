"""The values of the papers of the talks and of the site. Not here: those of the meeting (`meeting.py`)."""

from __future__ import annotations

from states.stages.interviews import InterviewsHeld
from states.stages.site_inspection import SiteInspected

from .meeting import team_rows
from .sources import UnitSource
from .words import PaperValues, Rows, day, require, stage_words, unit_head


def interview_note(one: UnitSource) -> PaperValues:
    form = one.rulebook.forms_by_kind.get(one.state.unit_kind)
    return {
        **unit_head(one),
        **stage_words("interviews", one),
        "members": team_rows(one),
        "topics": [
            {"number": str(number), "topic": section.title.zh}
            for number, (section, _) in enumerate(form.sections if form is not None else (), 1)
        ],
    }


def interview_summary(one: UnitSource) -> PaperValues:
    """Numbers only: whom there was no talk with, and why, is in the record and not on a paper that goes around."""
    require(one, "interviews")
    record, rules = one.state.fact(InterviewsHeld), one.rulebook.scoring
    assert record is not None
    # All staff are a number that has the team in it, so the others are what is left; a record may say otherwise.
    team, staff = len(one.state.team), one.state.staff
    others = ("其他干部职工", staff - team) if record.with_staff <= staff - team else ("干部职工（含班子成员）", staff)
    kinds = (
        ("领导班子成员", team, rules.minimum_talks_with_members, record.with_members),
        (*others, rules.minimum_talks_with_staff, record.with_staff),
    )
    groups: Rows = [
        {
            "number": str(number),
            "person_kind": title,
            "count": str(count),
            "minimum": str(minimum),
            "talks": str(talks),
        }
        for number, (title, count, minimum, talks) in enumerate(kinds, 1)
    ]
    return {
        **unit_head(one),
        **stage_words("interviews", one),
        "held_on": day(record.held_on),
        "talks": str(record.with_members + record.with_staff),
        "groups": groups,
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
