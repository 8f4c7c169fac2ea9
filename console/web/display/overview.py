"""What stands on an assessment's page beside its forms: what is on top, what was recorded, the steps, the years before.

Who may read what is asked here, once (`states/views.py`): `member_ballots` for the ballots on a member, `score_sheet`, and `results` for
vetoes, cases, and points before the result is circulated. Of a veto the unit's own people read only that the circulated grade comes from one.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.result.result import plain
from states.rulebook.types import Rulebook
from states.stages.democratic_evaluation import BallotVoided
from states.stages.scoring import Scored
from states.streams import id_of, kind_of, year_stream
from states.vocabulary import Text
from storage import queries

from . import entries
from .files import RecordedFile
from .recorded import BallotCount, ElementRecord, RecordedStep, ballot_counts, element_records, evidence, recorded_steps
from .terms import Terms, terms_of

_RETURNS = frozenset(("SelfReportReturned", "ScoreReturned", "StepUndone", "ResultReopened", "StaleScoreNoted"))
"""The facts that send an assessment back."""
LATEST = 5
"""Of how many years before the results are listed."""


class VetoView(Struct, frozen=True):
    """A standing veto: its ground and clause, and the case it follows from (empty for one that was judged)."""

    ground: Text
    clause: str
    case: str


class EarlierResult(Struct, frozen=True):
    """The result of an earlier year."""

    year: int
    grade: Text
    score: str
    link: str


class Overview(Struct, frozen=True):
    """See the module. `back` is the entry that sent the assessment back, while nothing was recorded since; `deducted` what each case costs.

    `steps` are the steps that hold, by the stage they led to; `earlier` the results of the years before.
    """

    back: entries.EntryView | None
    vetoes: list[VetoView]
    is_vetoed: bool
    score: str
    grade: Text | None
    deducted: list[tuple[Text, str, str]]
    steps: dict[str, RecordedStep]
    votes: list[BallotCount]
    members_hidden: bool
    voided: list[entries.EntryView]
    elements: list[ElementRecord]
    sheets: list[tuple[Text, str]]
    evidence: dict[str, tuple[RecordedFile, ...]]
    files: list[tuple[RecordedFile, entries.EntryView]]
    earlier: list[EarlierResult]

    @property
    def lost(self) -> list[ElementRecord]:
        """The elements that lost points, the most first."""
        return sorted((one for one in self.elements if one.lost > 0), key=lambda one: -one.lost)

    @property
    def not_met(self) -> list[ElementRecord]:
        """The elements that the review did not find met."""
        return [one for one in self.elements if one.finding in ("partly", "unmet")]

    @property
    def met(self) -> list[ElementRecord]:
        return [one for one in self.elements if one.finding == "met"]


def overview(request: PageRequest, state: Assessment, rulebook: Rulebook, lines: list[entries.EntryView]) -> Overview:
    """The overview for this account; `lines` are the entries it may read, the last first."""
    terms = terms_of(request, state, rulebook)
    cases, result = request.permissions.may_view("results", state.unit), request.permissions.may_read_result(state)
    scored, members = state.fact(Scored) if result else None, request.permissions.may_view("member_ballots", state.unit)
    last = state.steps[-1].version if state.steps else 0
    back = next((line for line in lines if line.kind in _RETURNS and line.version > last), None)
    return Overview(
        back=back,
        vetoes=[_vetoed(veto.id, veto.ground, terms) for veto in state.vetoes] if cases else [],
        is_vetoed=scored is not None and scored.result.cause == "veto",
        score=plain(scored.result.score) if scored else "",
        grade=terms.grade(scored.result.grade) if scored else None,
        deducted=_deducted(scored, terms) if scored and cases else [],
        steps={
            one.stage: one for one in recorded_steps(state, terms, request.format.moment, result=result, cases=cases)
        },
        votes=ballot_counts(state, terms, members=members),
        members_hidden=not members,
        voided=[line for line in lines if line.kind == BallotVoided.kind],
        elements=element_records(state, terms, points=result),
        sheets=_sheets(state, terms) if request.permissions.may_view("score_sheet", state.unit) else [],
        evidence=evidence(state, terms),
        files=[(one, line) for line in lines for one in line.files],
        earlier=_earlier(request, state),
    )


def _vetoed(id_: str, ground: str, terms: Terms) -> VetoView:
    known = terms.rulebook.grounds.get(ground)
    return VetoView(terms.ground(ground), known.clause if known else "", id_of(id_) if kind_of(id_) == "case" else "")


def _deducted(scored: Scored, terms: Terms) -> list[tuple[Text, str, str]]:
    """What each case costs: its outcome, the points, the case."""
    return [(terms.outcome(one.outcome), plain(one.points), one.case) for one in scored.result.effects.deductions]


def _sheets(state: Assessment, terms: Terms) -> list[tuple[Text, str]]:
    """Each assessor's total."""
    return [(terms.account(who), plain(sum(sheet.marks.values(), Decimal(0)))) for who, sheet in state.sheets.items()]


def _earlier(request: PageRequest, state: Assessment) -> list[EarlierResult]:
    """The unit's results of the years before that this account may read, the last first."""
    rows = [
        row for row in queries.assessments_of_unit(request.database, state.unit)
        if row.year < state.year and row.grade is not None and not row.withdrawn and row.occasion is None
    ]  # fmt: skip
    found = request.engine.assessments_at({row.stream: row.version for row in rows})
    earlier = [one for year in found if (one := _of_year(request, year)) is not None]
    return sorted(earlier, key=lambda one: -one.year)[:LATEST]


def _of_year(request: PageRequest, state: Assessment) -> EarlierResult | None:
    scored = state.fact(Scored)
    if scored is None or not request.permissions.may_read_result(state):
        return None
    rulebook = request.context(year_stream(state.year))[2].rulebook
    grade = rulebook.grades[scored.result.grade].title.text
    return EarlierResult(state.year, grade, plain(scored.result.score), f"/assessments/{state.year}/{state.unit}")
