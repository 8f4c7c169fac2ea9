"""审定: the page on which the body that approves decides on the results of a year, each approved or returned.

It is also the paper for the meeting: a user who may not decide can read and print it. Nobody chooses a grade, because
the grade follows from the score. A committee that does not agree returns the result with a reason
(`states/stages/approval.py`).
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import partial
from typing import Any

from starlette.responses import Response

from console.web.display.highlights import highlights, needs_attention
from console.web.display.recorded import AssessmentSummary, assessment_summary
from console.web.display.terms import named, terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.explanation import explain, is_reading, is_remark
from states.records.year import Year
from states.result.places import comes_out_again
from states.result.result import grades_of
from states.result.sheet_items import points_in_all
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.types import Rulebook
from states.stages.approval import Approved
from states.stages.scoring import Scored, ScoreReturned, is_stale
from states.stages.self_report import SelfReportSubmitted
from states.streams import year_stream
from states.vocabulary import Text
from states.year.year import progress
from storage import queries
from storage.ledger.facts import fact_of
from storage.tables.projections import AssessmentRow

from .bulk import BulkPage
from .bulk_row import BulkRow, bulk_row
from .ranked_results import grade_titles, has_result

pages = Pages()

ACTS = ("approve", "return_score")


@pages.get("/resolution", view="resolution")
def show_latest(request: PageRequest) -> Response:
    years = queries.years(request.database)
    return ResolutionPage(request, "approve", years[0] if years else request.today.year).page(200)


@pages.get("/resolution/{year:int}", view="resolution")
def show(request: PageRequest, year: int) -> Response:
    return ResolutionPage(request, "approve", year).page(200)


@pages.post("/resolution/{year:int}", view="resolution")
def decide(request: PageRequest, year: int) -> Response:
    return ResolutionPage(request, "approve", year).post()


class ResolutionPage(BulkPage):
    """A bulk page on which the user selects one of two acts for each row: approve the result, or return the score.

    The field `do-<stream>` selects the act, `reason-<stream>` has the reason for a return.
    """

    template = "resolution.html"

    def __init__(self, request: PageRequest, act: str, year: int) -> None:
        self.approved: list[BulkRow] = []
        super().__init__(request, act, year)
        self.approved.sort(key=lambda row: row.unit_title)

    def make_row(self, assessment_row: AssessmentRow) -> BulkRow | None:
        """The row of a result that waits for the committee, if the user may see it.

        The user need not be entitled to decide. A result that was approved is added to `approved`. A result may have no
        grade yet, because a place must be settled first.
        """
        if not has_result(assessment_row) or not self.request.permissions.may_view("results", assessment_row.unit):
            return None
        row = bulk_row(self.request, assessment_row.stream, ACTS)
        if row.state.fact(Approved):
            self.approved.append(row)
        return row if "approve" in row.compiled.chart.open_acts(row.state.stage) else None

    def selected_act(self, row: BulkRow) -> str:
        act = self.request.form.text(f"do-{row.stream}")
        return act if act in row.acts else ""

    def requested_streams(self) -> set[str]:
        return {
            name.removeprefix("do-") for name, value in self.request.form.items() if name.startswith("do-") and value
        }

    def row_fields(self, row: BulkRow) -> dict[str, str]:
        return {**super().row_fields(row), "reason": self.request.form.text(f"reason-{row.stream}")}

    def extra_values(self) -> dict[str, Any]:
        rulebook = self.rows[0].context.rulebook if self.rows else self.request.rulebook
        grades = Counter(row.result.grade or "" for row in self.rows if row.result)
        points = {
            row.stream: highlights(named(self.request, row.state), row.context, self._return_reason(row))
            for row in self.rows
        }
        by_score = sorted(self.rows, key=lambda row: (-_score(row), row.unit_title))
        return {
            "years": queries.years(self.request.database),
            "kinds": {kind.key: kind.title.text for kind in rulebook.unit_kind},
            "grades": [(title, grades[key]) for key, title in grade_titles(rulebook).items() if grades[key]],
            "points_of": points,
            "attention": [row for row in self.rows if needs_attention(points[row.stream])],
            "rest": [row for row in by_score if not needs_attention(points[row.stream])],
            "beside": rulebook.adjustment_title,
            "last_year": self._last_year(rulebook),
            "self_score": _self_score,
            "preselected": self._preselected,
            "has_points": any(row.result.score is not None for row in [*self.rows, *self.approved] if row.result),
            "has_own_points": any(_self_score(row) is not None for row in self.rows),
            "body": policy.role_title(rulebook.stages["approval"].by[0], rulebook),
            "on_committee": not self.request.user.roles.isdisjoint(rulebook.stages["approval"].by),
            "may_decide": any(row.acts for row in self.rows),
            "unsettled": self._unsettled(rulebook),
            "approved": [(row, row.state.fact(Approved)) for row in self.approved],
            **self._annex(),
        }

    def _unsettled(self, rulebook: Rulebook) -> list[Text]:
        """The standings that must be settled before anything is approved. Asked only where something waits."""
        if not rulebook.standing or not self.rows:
            return []
        year = self.request.engine.state(year_stream(self.year))
        assert isinstance(year, Year)
        rows = queries.assessments(self.request.database, self.year)
        annual = progress(self.request.engine.assessments_at({row.stream: row.version for row in rows}))
        return [
            standing.title.text
            for standing in rulebook.standing
            if not comes_out_again(standing, year, annual, rulebook, self.request.roster)
        ]

    def _annex(self) -> dict[str, Any]:
        """The values of the annex: the records of each assessment, and the explanation of each result."""
        return {
            "is_annex_open": "explained" in self.request.query,
            "summary_of": self._summary,
            "explain": partial(_explanation, self.request),
            "readings": _readings(self.rows),
        }

    def _summary(self, row: BulkRow) -> AssessmentSummary:
        # The summary has the ballots on each member of the team. All users of this page may read them
        # (`states/views.py`).
        return assessment_summary(
            row.state, terms_of(self.request, row.state, row.context.rulebook), self.request.format.moment
        )

    def _preselected(self, row: BulkRow) -> str:
        """The act to select on the page: the posted one; on a new page the approval, unless something is open."""
        if self.request.http.method == "POST":
            return self.request.form.text(f"do-{row.stream}")
        return "approve" if "approve" in row.acts and not _is_open(row) else ""

    def _return_reason(self, row: BulkRow) -> str | None:
        """The committee's reason for its last return of the score; None if it never returned it."""
        entries = self.request.engine.ledger.stream(row.stream)
        facts = [fact_of(entry) for entry in entries if entry.kind == "ScoreReturned"]
        return next((fact.reason for fact in reversed(facts) if isinstance(fact, ScoreReturned)), None)

    def _last_year(self, rulebook: Rulebook) -> dict[str, tuple[Text | None, Decimal | None]]:
        """The grade and the score of each annual result of the round before, by department id."""
        year = self.year - rulebook.period.years
        before = self.request.context(year_stream(year))[2].rulebook
        return {
            row.unit: (
                before.grade_title(row.grade) if row.grade is not None else None,
                Decimal(row.score) / 100 if row.score is not None else None,
            )
            for row in queries.assessments(self.request.database, year)
            if has_result(row) and row.occasion is None
        }


def _is_open(row: BulkRow) -> bool:
    """Whether the committee must look at the result: a veto, an undecided case, an open grade, a score no longer valid."""
    scored, rulebook = row.state.fact(Scored), row.context.rulebook
    if scored is not None and None in grades_of(scored.results, rulebook).values():
        return True
    lines = explain(row.state, rulebook) if row.result else []
    return any(is_remark(line) for line in lines) or is_stale(row.state, row.context)


def _score(row: BulkRow) -> Decimal:
    return row.result.score or Decimal(0) if row.result else Decimal(0)


def _explanation(request: PageRequest, row: BulkRow) -> list[ExplainedLine]:
    """The lines that explain a result, without the readings of the measure, which the page prints only once."""
    return [line for line in explain(named(request, row.state), row.context.rulebook) if not is_reading(line)]


def _readings(rows: list[BulkRow]) -> list[ExplainedLine]:
    """The readings of the measure on which the results are based, without repetition."""
    every = (line for row in rows if row.result for line in explain(row.state, row.context.rulebook))
    return list({line.location: line for line in every if is_reading(line)}.values())


def _self_score(row: BulkRow) -> Decimal | None:
    """The total of the self-report; None if there is none, or its entries do not add up to points."""
    report = row.state.fact(SelfReportSubmitted)
    return points_in_all(report.self_scores, row.context.rulebook) if report else None
