"""The overview on the page of an assessment, without the parts that the user may not read.

Its parts are the result, the recorded steps, ballots, elements, score sheets, files, and the results of earlier years.
This module checks once what the user may read (`states/views.py`). Ballots on a member need the view `member_ballots`,
score sheets the view `score_sheet`. Vetoes, cases, and points before the result is circulated need the view `results`.
About vetoes, people of the department learn only whether the circulated grade comes from one.
"""

from __future__ import annotations

from msgspec import Struct

from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.records.case import CASE
from states.result.basis import counted_lines
from states.result.sheet_items import points_in_all
from states.rulebook.calculation.numbers import plain
from states.rulebook.types import Rulebook
from states.stages.democratic_evaluation import BallotVoided
from states.stages.scoring import Scored
from states.streams import id_of, kind_of, year_stream
from states.vocabulary import Text
from storage import queries

from . import entries
from .files import RecordedFile
from .recorded import (
    BallotCount,
    DepartmentFile,
    ElementRecord,
    RecordedStep,
    RequestView,
    ballot_counts,
    department_files,
    element_records,
    evidence_files,
    recorded_steps,
    request_views,
)
from .terms import Terms, terms_of

_RETURNS = frozenset(("SelfReportReturned", "ScoreReturned", "StepUndone", "ResultReopened", "StaleScoreNoted"))
"""The facts that send an assessment back."""
MAX_EARLIER_RESULTS = 5
"""The most earlier years whose results are listed."""


class VetoView(Struct, frozen=True):
    """A veto that is in force: its finding and clause, and the id of its case (empty if the veto was judged).

    `effect`: 一票否决 or 等次受限. `grades`: the grades above which it lets no result be.
    """

    finding: Text
    effect: Text
    clause: str
    case: str
    grades: list[Text]


class YearResult(Struct, frozen=True):
    """The result of an earlier year."""

    year: int
    grade: Text | None
    score: str
    link: str


class Overview(Struct, frozen=True):
    """The parts of the overview. A part that the user may not read is empty.

    `limited`: 一票否决 or 等次受限, if limits lowered the grade. `return_entry` is the entry that sent the assessment back, if no step was recorded after it. `deductions` are the
    outcome, points and id of each case that costs points. `steps` are the valid steps by stage,
    `votes` the ballots on the team and, without `members_hidden`, on its members. `sheets` are each assessor and the
    total of the sheet, `evidence` what the reviewers found by element, `department_evidence` what the department
    handed in by element, `requests` the documents that it was asked for, `files` all files, each with its entry.
    """

    return_entry: entries.EntryView | None
    vetoes: list[VetoView]
    limited: Text | None
    score: str
    grade: Text | None
    deductions: list[tuple[Text, str, str]]
    steps: dict[str, RecordedStep]
    votes: list[BallotCount]
    members_hidden: bool
    void_ballots: list[entries.EntryView]
    elements: list[ElementRecord]
    sheets: list[tuple[Text, str]]
    evidence: dict[str, tuple[RecordedFile, ...]]
    department_evidence: list[tuple[Text, tuple[DepartmentFile, ...]]]
    requests: list[RequestView]
    files: list[tuple[RecordedFile, entries.EntryView]]
    earlier_results: list[YearResult]

    @property
    def losses(self) -> list[ElementRecord]:
        """The elements that lost points, the largest loss first."""
        return sorted((one for one in self.elements if one.lost_points > 0), key=lambda one: -one.lost_points)

    @property
    def not_met(self) -> list[ElementRecord]:
        """The elements that were not met, or only partly, by the review of documents."""
        return [one for one in self.elements if one.degree in ("partly", "unmet")]

    @property
    def met(self) -> list[ElementRecord]:
        return [one for one in self.elements if one.degree == "met"]


def overview(request: PageRequest, state: Assessment, rulebook: Rulebook, views: list[entries.EntryView]) -> Overview:
    """The overview for the user. `views` are the entries that the user may read, the newest first."""
    terms = terms_of(request, state, rulebook)
    may_read_cases = request.permissions.may_view("results", state.unit)
    may_read_result = request.permissions.may_read_result(state)
    may_read_members = request.permissions.may_view("member_ballots", state.unit)
    scored = state.fact(Scored) if may_read_result else None
    last_step_version = state.steps[-1].version if state.steps else 0
    steps = recorded_steps(state, terms, request.format.moment, with_result=may_read_result, with_cases=may_read_cases)
    return Overview(
        return_entry=next((view for view in views if view.kind in _RETURNS and view.version > last_step_version), None),
        vetoes=[_veto_view(veto.id, veto.finding, terms) for veto in state.vetoes] if may_read_cases else [],
        limited=rulebook.cause_of_grade(scored.result.limits) if scored else None,
        score=plain(scored.result.score) if scored else "",
        grade=terms.grade(scored.result.grade) if scored else None,
        deductions=_deductions(scored, terms) if scored and may_read_cases else [],
        steps={step.stage: step for step in steps},
        votes=ballot_counts(state, terms, with_members=may_read_members),
        members_hidden=not may_read_members,
        void_ballots=[view for view in views if view.kind == BallotVoided.kind],
        elements=element_records(state, terms, with_points=may_read_result),
        sheets=_sheet_totals(state, terms) if request.permissions.may_view("score_sheet", state.unit) else [],
        evidence=evidence_files(state, terms),
        department_evidence=[(terms.element(key), files) for key, files in department_files(state, terms).items()],
        requests=request_views(state, terms),
        files=[(file, view) for view in views for file in view.files],
        earlier_results=_earlier_results(request, state),
    )


def _veto_view(id_: str, finding: str, terms: Terms) -> VetoView:
    definition = terms.rulebook.finding(finding)
    limits = terms.rulebook.limits_of_findings.get(definition.key, ()) if definition is not None else ()
    case = id_of(id_) if kind_of(id_) == "case" else ""
    return VetoView(
        terms.finding(finding),
        terms.rulebook.limit_title(finding),
        definition.clause if definition is not None else "",
        case,
        [terms.grade(limit.not_above) for limit in limits],
    )


def _deductions(scored: Scored, terms: Terms) -> list[tuple[Text, str, str]]:
    """The outcome, the points and the id of each case that costs points."""
    return [
        (terms.outcome(one.line.fields["outcome"]), plain(-one.points), one.line.record)
        for _, _, one in counted_lines(scored.inputs, terms.rulebook)
        if one.line.kind == CASE and one.points
    ]


def _sheet_totals(state: Assessment, terms: Terms) -> list[tuple[Text, str]]:
    """Each assessor, with the total of the sheet if its points add up; else empty."""
    return [
        (terms.account(id_), plain(points_in_all(sheet.marks, terms.rulebook))) for id_, sheet in state.sheets.items()
    ]


def _earlier_results(request: PageRequest, state: Assessment) -> list[YearResult]:
    """The results of earlier years that the user may read, the latest year first, at most `MAX_EARLIER_RESULTS`."""
    rows = [
        row
        for row in queries.assessments_of_unit(request.database, state.unit)
        if row.year < state.year and not row.withdrawn and row.occasion is None
    ]
    states = request.engine.assessments_at({row.stream: row.version for row in rows})
    results = [result for earlier in states if (result := _earlier_result(request, earlier)) is not None]
    return sorted(results, key=lambda result: -result.year)[:MAX_EARLIER_RESULTS]


def _earlier_result(request: PageRequest, state: Assessment) -> YearResult | None:
    scored = state.fact(Scored)
    if scored is None or not request.permissions.may_read_result(state):
        return None
    rulebook = request.context(year_stream(state.year))[2].rulebook
    grade = rulebook.grade_title(scored.result.grade) if rulebook.first_scale is not None else None
    return YearResult(state.year, grade, plain(scored.result.score), f"/assessments/{state.year}/{state.unit}")
