"""What was recorded of an assessment, for those who must act on it: step by step, ballot by ballot, element by element.

Nothing is decided here. Which parts a reader may see is asked by the page (`states/views.py`): a member's ballots are not for the unit, and
points only once the result is circulated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from states.assessment import Assessment, Step
from states.stages.democratic_evaluation import TEAM, BallotHeld, Sheet
from states.stages.document_review import DocumentsReviewed
from states.stages.scoring import Scored
from states.stages.self_report import SelfReportSubmitted
from states.titles import GRADE, SCORE, title_of
from states.vocabulary import Document, Text

from . import records, values
from .files import RecordedFile
from .terms import Terms

FormatTime = Callable[[datetime], str]


class BallotCount(Struct, frozen=True):
    """The ballots on one subject. `options` are in the paper's order, each with its count and its share of the valid ballots in per cent."""

    who: Text
    is_team: bool
    issued: int
    returned: int
    valid: int
    options: tuple[tuple[Text, int, Decimal | None], ...]


class ElementRecord(Struct, frozen=True):
    """One element: the unit's own points, what the review found and on which files, the points agreed on and why some were lost."""

    key: str
    title: Text
    text: Text
    full: Decimal
    own: Decimal | None
    finding: Literal["met", "partly", "unmet"] | None
    remark: str | None
    files: tuple[Document, ...]
    given: Decimal | None
    reason: str | None

    @property
    def lost(self) -> Decimal:
        """The points that were taken away; 0 before the score."""
        return self.full - self.given if self.given is not None else Decimal(0)


class RecordedStep(Struct, frozen=True):
    """A step that holds: its number, who recorded it when, what it says, and its files, evidence excepted."""

    number: int
    stage: str
    title: Text
    by: Text
    at: datetime
    says: tuple[tuple[Text, Text], ...]
    files: tuple[RecordedFile, ...]


class AssessmentSummary(Struct, frozen=True):
    """What the steps recorded, in short: the ballots, the elements that are not met, and the main fields of meeting, interviews and reviews."""

    votes: list[BallotCount]
    not_met: list[ElementRecord]
    says: list[tuple[Text, Text]]


def assessment_summary(state: Assessment, terms: Terms, at: FormatTime) -> AssessmentSummary:
    """For those who decide on many results and may read all of it."""
    steps = [step for step in state.steps if step.stage in _IN_SUMMARY]
    says = [one for step in steps for one in _says(step, terms, at, _IN_SUMMARY[step.stage], cases=True)]
    not_met = [one for one in element_records(state, terms, points=False) if one.finding in ("partly", "unmet")]
    return AssessmentSummary(ballot_counts(state, terms, members=True), not_met, says)


_IN_SUMMARY: Mapping[str, frozenset[str]] = {
    "meeting": frozenset({"entitled", "present", "personal_reports"}),
    "interviews": frozenset({"member_talks", "with_staff"}),
    "document_review": frozenset({"findings"}),
    "site_inspection": frozenset({"special_work", "finding"}),
}
"""The fields of each step that a summary has."""


def ballot_counts(state: Assessment, terms: Terms, *, members: bool) -> list[BallotCount]:
    """The democratic evaluation that holds: the team, and each member where `members` may be read."""
    held = state.fact(BallotHeld)
    sheets = held.sheets if held else ()
    return [_votes(one, terms) for one in sheets if members or one.subject == TEAM]


def element_records(state: Assessment, terms: Terms, *, points: bool) -> list[ElementRecord]:
    """Every element of the unit's annex with all that was recorded of it, the points agreed on where `points` may be read."""
    report, review, scored = state.fact(SelfReportSubmitted), state.fact(DocumentsReviewed), state.fact(Scored)
    own, findings = report.self_scores if report else {}, review.findings if review else {}
    sheet = scored if points else None
    found = []
    for key, element in terms.rulebook.tables[state.unit_kind].elements.items():
        finding = findings.get(key)
        found.append(
            ElementRecord(
                key, terms.element(key), element.text.text, Decimal(element.points), own.get(key),
                finding.finding if finding else None, finding.remark if finding else None, finding.evidence if finding else (),
                sheet.marks.get(key) if sheet else None, sheet.reasons.get(key) if sheet else None,
            )
        )  # fmt: skip
    return found


def recorded_steps(
    state: Assessment, terms: Terms, at: FormatTime, *, result: bool, cases: bool
) -> Iterator[RecordedStep]:
    """The steps that hold, in their order; score and approval for who may read the `result`, what cases cost for who may read of `cases`."""
    hidden = frozenset() if result else frozenset({"scoring", "approval"})
    numbers: dict[str, int] = {stage.kind: n for n, stage in enumerate(terms.rulebook.stage)}
    for step in state.steps:
        if numbers.get(step.stage) and step.stage not in hidden:
            says = tuple(_says(step, terms, at, cases=cases))
            yield RecordedStep(
                numbers[step.stage], step.stage, terms.stage(step.stage), terms.account(step.actor), step.at, says,
                tuple(terms.file(state.stream, step.version, one) for one in _fields(step) if isinstance(one, Document)),
            )  # fmt: skip


def evidence(state: Assessment, terms: Terms) -> dict[str, tuple[RecordedFile, ...]]:
    """The files that the review of documents found on each element."""
    step = next((step for step in state.steps if isinstance(step.fact, DocumentsReviewed)), None)
    if step is None or not isinstance(step.fact, DocumentsReviewed):
        return {}
    found = step.fact.findings
    return {key: tuple(terms.file(state.stream, step.version, one) for one in finding.evidence) for key, finding in found.items()}  # fmt: skip


_IN_TABLES = frozenset({"sheets", "reasons"})
"""Fields that the page shows in tables of their own."""


def _says(
    step: Step, terms: Terms, at: FormatTime, only: frozenset[str] = frozenset(), *, cases: bool
) -> Iterator[tuple[Text, Text]]:
    """What a step says, field by field; where `only` names fields, those alone."""
    if isinstance(step.fact, Scored) and not cases:
        yield SCORE, records.points(step.fact.result.score)
        yield GRADE, terms.grade(step.fact.result.grade)
        return
    for name in step.fact.__struct_fields__:
        title = title_of(name, step.fact.kind) if name not in _IN_TABLES and (not only or name in only) else None
        said = values.value_text(name, getattr(step.fact, name), terms, at) if title else None
        if title and said:
            yield title, said


def _fields(step: Step) -> list[object]:
    return [getattr(step.fact, name) for name in step.fact.__struct_fields__]


def _votes(sheet: Sheet, terms: Terms) -> BallotCount:
    options = tuple((title, sheet.counts[key], _share(sheet.counts[key], sheet.valid)) for key, title in terms.options.items() if key in sheet.counts)  # fmt: skip
    return BallotCount(
        terms.member(sheet.subject), sheet.subject == TEAM, sheet.issued, sheet.returned, sheet.valid, options
    )


def _share(count: int, valid: int) -> Decimal | None:
    """Of the valid ballots (有效票), in per cent to one place; None if there are no valid ballots."""
    return (Decimal(100 * count) / valid).quantize(Decimal("0.1")) if valid else None
