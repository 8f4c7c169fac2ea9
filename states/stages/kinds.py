"""The closed list of stage kinds: for each, the command that asks for it and the fact that completes it.

A rulebook says which of them it has, in which order, who records each and until when (`[[stage]]`). To add a kind,
write its file and a line in both tables below, and name it in `StageKind` and `ORDER` of `rulebook/types.py`
(CONTRIBUTING.md lists every place).
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
"""The stage that an act completes: `record_meeting` -> `meeting`."""


def index_after(stage: str, rulebook: Rulebook) -> int | None:
    """The index in `rulebook.stage` of the stage after this one; None after the last."""
    return _indexes_after(tuple(rulebook.stages)).get(stage)


@lru_cache(maxsize=64)
def _indexes_after(stages: tuple[str, ...]) -> Mapping[str, int]:
    # Cached by the names of the stages: a rulebook takes longer to hash than this takes to compute.
    return {before: place for place, before in enumerate(stages[:-1], 1)}
