"""The closed list of stage kinds: for each, the command that asks for it and the fact that completes it.

A rulebook orders them (`[[stage]]`), names who records each and until when. To add a kind, write its file and
its line here, and name it in `rulebook.StageKind` and `rulebook.ORDER` (CONTRIBUTING.md lists every place).
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
"""Which stage an act takes the assessment to: `record_meeting` -> `meeting`."""


def follows(stage: str, rulebook: Rulebook) -> int | None:
    """The place in `rulebook.stage` of the stage that comes after this one; None where none does."""
    return _follows(tuple(rulebook.stages)).get(stage)


@lru_cache(maxsize=64)
def _follows(stages: tuple[str, ...]) -> Mapping[str, int]:
    return {before: place for place, before in enumerate(stages[:-1], 1)}
