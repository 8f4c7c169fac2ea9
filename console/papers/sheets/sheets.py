"""The function that makes the worksheets of each Excel paper, by the key of the paper, in the order of the year."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workflow.papers.sources import UnitSource, YearSource

from .archive_list import archive_list
from .ballot_summary import ballot_summary
from .case_list import case_list
from .evidence_list import evidence_list
from .results import results
from .review_list import review_list
from .roster import roster
from .score_sheets import assessor_score, self_score
from .source import PaperSheets, SheetReader
from .timetable import timetable

OF_UNIT: Mapping[str, Callable[[UnitSource, SheetReader], PaperSheets]] = {
    "self-score": self_score,
    "evidence-list": evidence_list,
    "ballot-summary": ballot_summary,
    "review-list": review_list,
    "assessor-score": assessor_score,
}
"""The papers about one assessment."""

OF_YEAR: Mapping[str, Callable[[YearSource, SheetReader], PaperSheets]] = {
    "timetable": timetable,
    "roster": roster,
    "cases": case_list,
    "results": results,
    "archive-list": archive_list,
}
"""The papers about a year."""
