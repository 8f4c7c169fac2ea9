"""The values of the reports of a department and of the members of its team: what is on the title page, and the headings."""

from __future__ import annotations

from states.rulebook.calculation.forms import ScoreForm
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.values import NamedValue

from .meeting import meeting_words, team_rows
from .sources import UnitSource
from .words import PaperValues, Rows, day, numeral, stage_words, unit_head


def self_report(one: UnitSource) -> PaperValues:
    form, due = one.rulebook.forms_by_kind.get(one.state.unit_kind), one.state.due.get("self_report")
    return {
        **unit_head(one),
        **stage_words("self_report", one),
        "due": day(due) if due is not None else "",
        "headings": _headings(form) if form is not None else [],
    }


def personal_report(one: UnitSource) -> PaperValues:
    return {
        **unit_head(one),
        **stage_words("meeting", one),
        "held_on": meeting_words(one)["held_on"],
        "members": team_rows(one),
    }


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
    return rows


def _points(value: NamedValue) -> str:
    """What a part of a form is worth, in brackets; empty if it has no points."""
    full = value.full_mark
    return f"（{plain(full)}分）" if full is not None else ""
