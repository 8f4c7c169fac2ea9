"""The recorded steps, ballots, elements and evidence of an assessment, and a summary for people who decide on many.

Nothing is decided here. The caller decides which parts the user may read (`states/views.py`): people of the department
do not read the ballots on members, and read points only once the result is circulated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from states.assessment import Assessment, Step
from states.result.sheet_items import entry_text, sheet_items
from states.rulebook.calculation.entered_values import MarkValue
from states.stages.circulation import Circulated
from states.stages.democratic_evaluation import TEAM, BallotHeld, Sheet
from states.stages.document_review import DocumentsReviewed, Verdict
from states.stages.evidence import handed_in, open_requests
from states.stages.scoring import Scored
from states.stages.self_report import SelfReportSubmitted
from states.titles import title_of
from states.vocabulary import Document, Text

from . import records, values
from .files import RecordedFile
from .terms import Terms
from .values import FormatTime

_IN_SUMMARY: Mapping[str, frozenset[str]] = {
    "meeting": frozenset({"entitled", "present", "personal_reports"}),
    "interviews": frozenset({"member_talks", "with_staff"}),
    "document_review": frozenset({"findings"}),
    "site_inspection": frozenset({"special_work", "observation"}),
}
"""The fields of each stage that a summary has."""
_IN_TABLES = frozenset({"sheets", "reasons"})
"""The fields for which the page has separate tables."""


class BallotCount(Struct, frozen=True):
    """The ballots on one subject: the team or a member.

    `options` are in the order of the ballot paper, each with its title, its count and its share of the valid ballots in
    per cent.
    """

    subject: Text
    is_team: bool
    issued: int
    returned: int
    valid: int
    options: tuple[tuple[Text, int, Decimal | None], ...]


class ElementRecord(Struct, frozen=True):
    """One element: what the self-report says of it, the finding of the review and its files, and the agreed points.

    `reason` says why the agreed points are fewer than the full points. A count or a level has no points, only
    an entry.
    """

    key: str
    title: Text
    text: Text
    full_points: Decimal | None
    self_points: Decimal | None
    self_entry: Text | None
    degree: Literal["met", "partly", "unmet"] | None
    remark: str | None
    files: tuple[Document, ...]
    agreed_points: Decimal | None
    agreed_entry: Text | None
    reason: str | None

    @property
    def lost_points(self) -> Decimal:
        """The full points minus the agreed points; 0 before the scoring."""
        if self.agreed_points is None or self.full_points is None:
            return Decimal(0)
        return self.full_points - self.agreed_points


class RecordedStep(Struct, frozen=True):
    """A valid step: its number in the rulebook, its author and time, its fields, and its files except evidence."""

    number: int
    stage: str
    title: Text
    by: Text
    at: datetime
    fields: tuple[tuple[Text, Text], ...]
    files: tuple[RecordedFile, ...]


class AssessmentSummary(Struct, frozen=True):
    """A summary of the steps: ballots, elements that are not fully met, and the main fields of some stages."""

    votes: list[BallotCount]
    not_met: list[ElementRecord]
    fields: list[tuple[Text, Text]]


def assessment_summary(state: Assessment, terms: Terms, format_time: FormatTime) -> AssessmentSummary:
    """The summary for people who decide on many results. They must be allowed to read all parts of it."""
    steps = [step for step in state.steps if step.stage in _IN_SUMMARY]
    fields = [
        field
        for step in steps
        for field in _field_texts(step, terms, format_time, _IN_SUMMARY[step.stage], with_cases=True)
    ]
    records_of_elements = element_records(state, terms, with_points=False)
    not_met = [element for element in records_of_elements if element.degree in ("partly", "unmet")]
    return AssessmentSummary(ballot_counts(state, terms, with_members=True), not_met, fields)


def ballot_counts(state: Assessment, terms: Terms, *, with_members: bool) -> list[BallotCount]:
    """The valid democratic evaluation: the ballots on the team, and those on each member if `with_members`."""
    evaluation = state.fact(BallotHeld)
    sheets = evaluation.sheets if evaluation else ()
    return [_ballot_count(sheet, terms) for sheet in sheets if with_members or sheet.subject == TEAM]


def element_records(state: Assessment, terms: Terms, *, with_points: bool) -> list[ElementRecord]:
    """Every element of the department's annex with its records; the agreed points only if `with_points`."""
    report, review, scored = state.fact(SelfReportSubmitted), state.fact(DocumentsReviewed), state.fact(Scored)
    own, findings = report.column if report else {}, review.findings if review else {}
    agreed = scored if with_points else None
    elements = []
    items = sheet_items(state, terms.rulebook)
    points = agreed.sheet.column if agreed else {}
    for key, element in terms.rulebook.forms_by_kind[state.unit_kind].elements.items():
        finding = findings.get(key)
        elements.append(
            ElementRecord(
                key=key,
                title=terms.element(key),
                text=element.title.text,
                full_points=element.points if isinstance(element, MarkValue) else None,
                self_points=report.self_scores.get(key) if report and isinstance(element, MarkValue) else None,
                self_entry=entry_text(items[key], own[key]) if key in items and key in own else None,
                degree=finding.degree if finding else None,
                remark=finding.remark if finding else None,
                files=finding.evidence if finding else (),
                agreed_points=agreed.marks.get(key) if agreed and isinstance(element, MarkValue) else None,
                agreed_entry=entry_text(items[key], points[key]) if key in items and key in points else None,
                reason=agreed.reasons.get(key) if agreed else None,
            )
        )
    return elements


def recorded_steps(
    state: Assessment, terms: Terms, format_time: FormatTime, *, with_result: bool, with_cases: bool
) -> Iterator[RecordedStep]:
    """The valid steps in order, without the opening.

    Without `with_result`, the score and the approval are left out. Without `with_cases`, the scoring has only the score
    and the grade.
    """
    hidden = frozenset() if with_result else frozenset({"scoring", "approval"})
    numbers: dict[str, int] = {stage.key: n for n, stage in enumerate(terms.rulebook.stage)}
    for step in state.steps:
        if numbers.get(step.stage) and step.stage not in hidden:
            fields = tuple(_field_texts(step, terms, format_time, with_cases=with_cases))
            documents = [value for value in _field_values(step) if isinstance(value, Document)]
            yield RecordedStep(
                numbers[step.stage],
                step.stage,
                terms.stage(step.stage),
                terms.account(step.actor),
                step.at,
                fields,
                tuple(terms.file(state.stream, step.version, document) for document in documents),
            )


def evidence_files(state: Assessment, terms: Terms) -> dict[str, tuple[RecordedFile, ...]]:
    """The evidence that the review of documents found, by element."""
    step = next((step for step in state.steps if isinstance(step.fact, DocumentsReviewed)), None)
    if step is None or not isinstance(step.fact, DocumentsReviewed):
        return {}
    version = step.version
    return {
        key: tuple(terms.file(state.stream, version, document) for document in finding.evidence)
        for key, finding in step.fact.findings.items()
    }


def _field_texts(
    step: Step, terms: Terms, format_time: FormatTime, only: frozenset[str] = frozenset(), *, with_cases: bool
) -> Iterator[tuple[Text, Text]]:
    """The title and text of each field of a step, or only of the fields in `only` if it is not empty.

    Without `with_cases`, a scoring has only the score and the grade, and a notice no tasks of persons.
    """
    fact = step.fact
    if isinstance(fact, Circulated) and not with_cases:
        fact = fact.without_tasks_of_persons()
    if isinstance(step.fact, Scored) and not with_cases:
        yield from records.score_and_grade(step.fact.result, terms.rulebook)
        return
    for name, _, value in values.fields_of(fact):
        title = title_of(name, step.fact.kind) if name not in _IN_TABLES and (not only or name in only) else None
        text = values.value_text(name, value, terms, format_time) if title else None
        if title and text:
            yield title, text


def _field_values(step: Step) -> list[object]:
    return [getattr(step.fact, name) for name in step.fact.__struct_fields__]


def _ballot_count(sheet: Sheet, terms: Terms) -> BallotCount:
    options = tuple(
        (title, sheet.counts[key], _share(sheet.counts[key], sheet.valid))
        for key, title in terms.options_of(sheet.ballot).items()
        if key in sheet.counts
    )
    return BallotCount(
        terms.ballot_sheet(sheet), sheet.subject == TEAM, sheet.issued, sheet.returned, sheet.valid, options
    )


def _share(count: int, valid: int) -> Decimal | None:
    """The share of the valid ballots (有效票), in per cent with one decimal; None if there are no valid ballots."""
    return (Decimal(100 * count) / valid).quantize(Decimal("0.1")) if valid else None


class DepartmentFile(Struct, frozen=True):
    """A document that the department handed in. `verdict`: what the reviewers say of it; None: nothing yet.

    `is_supplied`: on request, and not with the report.
    """

    file: RecordedFile
    verdict: Verdict | None
    is_supplied: bool


class RequestView(Struct, frozen=True):
    """A document that was asked for: its id, the element, what it is, until when; the answer, if there is one.

    `is_open`: it still waits for an answer. After the score it waits no longer.
    """

    id: str
    key: str
    element: Text
    what: str
    due: date
    is_open: bool
    is_answered: bool
    files: tuple[RecordedFile, ...]
    remark: str


def department_files(state: Assessment, terms: Terms) -> dict[str, tuple[DepartmentFile, ...]]:
    """What the department handed in, by element."""
    review, report = state.fact(DocumentsReviewed), state.step("self_report")
    entries: dict[tuple[str, str], int] = {
        (request.element, one.sha256): request.answer.version
        for request in state.requests.values()
        if request.answer is not None
        for one in request.answer.documents
    }
    files_by_element = {}
    for key, files in handed_in(state).items():
        verdicts = review.findings[key].verdicts if review is not None and key in review.findings else {}
        files_by_element[key] = tuple(
            DepartmentFile(
                file=terms.file(state.stream, entries.get((key, digest), report.version if report else 0), document),
                verdict=verdicts.get(digest),
                is_supplied=(key, digest) in entries,
            )
            for digest, document in files.items()
        )
    return files_by_element


def request_views(state: Assessment, terms: Terms) -> list[RequestView]:
    """What was asked for, the open requests first, by their days."""
    waiting = open_requests(state)
    views = []
    for id_, request in state.requests.items():
        answer = request.answer
        views.append(
            RequestView(
                id=id_,
                key=request.element,
                element=terms.element(request.element),
                what=request.what,
                due=request.due,
                is_open=id_ in waiting,
                is_answered=answer is not None,
                files=tuple(terms.file(state.stream, answer.version, one) for one in answer.documents)
                if answer
                else (),
                remark=answer.remark or "" if answer is not None else "",
            )
        )
    return sorted(views, key=lambda one: (not one.is_open, one.due))
