"""The function that makes the values of each paper, by the key of the paper.

No function writes a rule: titles, clauses, elements and grades are those of the rulebook that binds the assessment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import (
    ballots,
    conduct,
    following,
    handover,
    meeting,
    outcome,
    rectification,
    recusal,
    referral,
    reports,
    year_round,
)
from .sources import UnitSource, YearSource
from .words import PaperValues

OF_UNIT: Mapping[str, Callable[[UnitSource], PaperValues]] = {
    "result-letter": outcome.result_letter,
    "self-report": reports.self_report,
    "sign-in": meeting.sign_in,
    "agenda": meeting.agenda,
    "minutes": meeting.minutes,
    "personal-report": reports.personal_report,
    "ballot": ballots.ballot,
    "count-sheet": ballots.count_sheet,
    "interview-note": conduct.interview_note,
    "interview-summary": conduct.interview_summary,
    "site-note": conduct.site_note,
    "score-sheet": outcome.score_sheet,
    "explanation": outcome.explanation,
    "talk-summons": following.talk_summons,
    "talk-note": following.talk_note,
    "rectification": rectification.rectification,
    "award-bar": following.award_bar,
    "referral": referral.referral,
    "reminder": following.reminder,
}
"""The papers about one assessment."""

OF_YEAR: Mapping[str, Callable[[YearSource], PaperValues]] = {
    "notice": year_round.notice,
    "recusal": recusal.recusal,
    "circular": year_round.circular,
    "resolution": year_round.resolution,
    "agenda-item": year_round.agenda_item,
    "publicity": year_round.publicity,
    "filing": year_round.filing,
    "handover": handover.handover,
}
"""The papers about all assessments of a year."""
