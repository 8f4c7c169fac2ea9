"""The closed list of stage kinds: for each kind, its command and the fact that completes the stage.

A rulebook chooses among these kinds and gives each stage its place in the order, its roles and its deadline
(`[[stage]]`). To add a kind, write its file, add it to both tables below, and name it in `StageKind` and `ORDER` of
`rulebook/types.py` (CONTRIBUTING.md lists every place).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from states.assessment import StageFact
from states.rulebook.types import Rulebook
from states.vocabulary import Command

from . import (
    approval,
    circulation,
    democratic_evaluation,
    document_review,
    interviews,
    meeting,
    opening,
    publicity,
    scoring,
    self_report,
    site_inspection,
)

STAGE_FACTS: Mapping[str, type[StageFact]] = {
    "opening": opening.AssessmentOpened,
    "self_report": self_report.SelfReportSubmitted,
    "meeting": meeting.MeetingHeld,
    "democratic_evaluation": democratic_evaluation.BallotHeld,
    "interviews": interviews.InterviewsHeld,
    "document_review": document_review.DocumentsReviewed,
    "site_inspection": site_inspection.SiteInspected,
    "scoring": scoring.Scored,
    "publicity": publicity.ResultPosted,
    "approval": approval.Approved,
    "circulation": circulation.Circulated,
}

STAGE_COMMANDS: Mapping[str, type[Command]] = {
    "opening": opening.OpenAssessment,
    "self_report": self_report.SubmitSelfReport,
    "meeting": meeting.RecordMeeting,
    "democratic_evaluation": democratic_evaluation.RecordBallot,
    "interviews": interviews.RecordInterviews,
    "document_review": document_review.ReviewDocuments,
    "site_inspection": site_inspection.InspectSite,
    "scoring": scoring.Score,
    "publicity": publicity.PostResult,
    "approval": approval.Approve,
    "circulation": circulation.Circulate,
}

STAGE_OF_ACT: Mapping[str, str] = {command.act: kind for kind, command in STAGE_COMMANDS.items()}
"""By act: the stage that it completes, `record_meeting` -> `meeting`."""


def index_after(stage: str, rulebook: Rulebook) -> int | None:
    """The index in `rulebook.stage` of the stage after this one; None if there is no stage after it."""
    return _indexes_after(tuple(rulebook.stages)).get(stage)


@lru_cache(maxsize=64)
def _indexes_after(stages: tuple[str, ...]) -> Mapping[str, int]:
    # The cache key is the keys of the stages: to hash a whole rulebook takes longer than to compute this.
    return {stage: index for index, stage in enumerate(stages[:-1], 1)}
