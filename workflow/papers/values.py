"""The function that makes the values of each paper, by the key of the paper.

No function writes a rule: titles, clauses, elements and grades are those of the rulebook that binds the assessment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import conduct, following, outcome, year_round
from .sources import UnitSource, YearSource
from .words import PaperValues

OF_UNIT: Mapping[str, Callable[[UnitSource], PaperValues]] = {
    "result-letter": outcome.result_letter,
    "minutes": conduct.minutes,
    "interview-note": conduct.interview_note,
    "site-note": conduct.site_note,
    "score-sheet": outcome.score_sheet,
    "talk-summons": following.talk_summons,
    "award-bar": following.award_bar,
    "reminder": following.reminder,
}
"""The papers about one assessment."""

OF_YEAR: Mapping[str, Callable[[YearSource], PaperValues]] = {
    "notice": year_round.notice,
    "circular": year_round.circular,
    "resolution": year_round.resolution,
    "agenda-item": year_round.agenda_item,
    "filing": year_round.filing,
}
"""The papers about all assessments of a year."""
