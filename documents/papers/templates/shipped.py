"""The shipped template of each paper, by the key of the paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from documents.word.geometry import PaperKind
from documents.word.gongwen import OfficialPaper, PlainForm
from states.papers.catalogue import PAPERS

from . import ballots, conduct, following, outcome, recusal, reports, year_round


@cache
def shipped_template(key: str) -> bytes:
    """The template of a paper as it is shipped. KeyError: there is no such paper."""
    return _TEMPLATES[key]().build(PAPERS[key].title.zh)


_TEMPLATES: Mapping[str, Callable[[], OfficialPaper | PlainForm]] = {
    "notice": year_round.notice,
    "recusal": recusal.recusal,
    "self-report": reports.self_report,
    "sign-in": conduct.sign_in,
    "agenda": conduct.agenda,
    "minutes": conduct.minutes,
    "personal-report": reports.personal_report,
    "ballot": ballots.ballot,
    "count-sheet": ballots.count_sheet,
    "interview-note": conduct.interview_note,
    "interview-summary": conduct.interview_summary,
    "site-note": conduct.site_note,
    "score-sheet": outcome.score_sheet,
    "explanation": outcome.explanation,
    "publicity": year_round.publicity,
    "agenda-item": year_round.agenda_item,
    "resolution": year_round.resolution,
    "circular": year_round.circular,
    "result-letter": outcome.result_letter,
    "talk-summons": following.talk_summons,
    "talk-note": following.talk_note,
    "rectification": following.rectification,
    "award-bar": following.award_bar,
    "filing": year_round.filing,
    "referral": following.referral,
    "reminder": following.reminder,
    "handover": year_round.handover,
}
"""The template of each paper, by its key."""


def kind_of_template(key: str) -> PaperKind:
    """By which measures a template of this paper is judged: those of the shipped one."""
    shipped = _TEMPLATES[key]()
    if isinstance(shipped, PlainForm):
        return "form"
    return "red head" if shipped.mark else "paper"
