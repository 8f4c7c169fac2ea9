"""党委审定: the results of a year before the Party committee. One resolution approves each or sends it back.

The page is also the paper for the meeting: an account that may not decide reads it and prints it. Nobody chooses a
grade, because it follows from the score. A committee that does not agree sends the result back and says why
(`states/stages/approval.py`).
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from console.web.display.highlights import highlights, needs_attention
from console.web.display.recorded import AssessmentSummary, assessment_summary
from console.web.display.terms import terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.explanation import explain
from states.result.result import Line, questions, readings_of
from states.stages.approval import Approved
from states.stages.scoring import ScoreReturned, is_stale
from states.stages.self_report import SelfReportSubmitted
from states.vocabulary import Text
from storage import queries
from storage.ledger.facts import fact_of
from storage.tables.projections import AssessmentRow

from .bulk import BulkPage
from .bulk_row import BulkRow, bulk_row

pages = Pages()

ACTS = ("approve", "return_score")


@pages.get("/resolution", view="resolution")
def latest(request: PageRequest) -> Response:
    years = queries.years(request.database)
    return ResolutionPage(request, "approve", years[0] if years else request.today.year).page(200)


@pages.get("/resolution/{year:int}", view="resolution")
def show(request: PageRequest, year: int) -> Response:
    return ResolutionPage(request, "approve", year).page(200)


@pages.post("/resolution/{year:int}", view="resolution")
def decide(request: PageRequest, year: int) -> Response:
    return ResolutionPage(request, "approve", year).post()


class ResolutionPage(BulkPage):
    """A bulk page with two acts: the field `do-<stream>` says which one, `reason-<stream>` why the result goes back."""

    template = "resolution.html"

    def __init__(self, request: PageRequest, act: str, year: int) -> None:
        self.approved: list[BulkRow] = []
        super().__init__(request, act, year)
        self.approved.sort(key=lambda row: row.unit)

    def row(self, projected: AssessmentRow) -> BulkRow | None:
        """The row of a result that waits for the committee, if the account may read it (it need not decide)."""
        if projected.grade is None or not self.request.permissions.may_view("results", projected.unit):
            return None
        row = bulk_row(self.request, projected.stream, ACTS)
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

    def own_fields(self, row: BulkRow) -> dict[str, str]:
        return {**super().own_fields(row), "reason": self.request.form.text(f"reason-{row.stream}")}

    def extra_values(self) -> dict[str, Any]:
        rulebook = self.rows[0].context.rulebook if self.rows else self.request.rulebook
        grades = Counter(row.result.grade for row in self.rows if row.result)
        points = {row.stream: highlights(row.state, row.context, self._reason_sent_back(row)) for row in self.rows}
        by_score = sorted(self.rows, key=lambda row: (-row.result.score if row.result else Decimal(0), row.unit))
        return {
            "years": queries.years(self.request.database),
            "kinds": {kind.key: kind.title.text for kind in rulebook.scope.unit_kind},
            "grades": [(grade.title.text, grades[grade.key]) for grade in rulebook.grade if grades[grade.key]],
            "points_of": points,
            "attention": [row for row in self.rows if needs_attention(points[row.stream])],
            "rest": [row for row in by_score if not needs_attention(points[row.stream])],
            "last_year": self._last_year(),
            "self_score": _self_score,
            "preselected": self._preselected,
            "on_committee": "committee" in self.request.user.roles,
            "may_decide": any(row.acts for row in self.rows),
            "approved": [(row, row.state.fact(Approved)) for row in self.approved],
            **self._annex(),
        }

    def _annex(self) -> dict[str, Any]:
        """The values of the annex: what was recorded, and how each result was reached."""
        return {
            "is_annex_open": "explained" in self.request.query,
            "summary_of": self._summary,
            "explain": _explanation,
            "readings": _readings(self.rows),
        }

    def _summary(self, row: BulkRow) -> AssessmentSummary:
        # It has the ballots on each member of the team. Whoever may open this page may read them (`states/views.py`).
        return assessment_summary(
            row.state, terms_of(self.request, row.state, row.context.rulebook), self.request.format.moment
        )

    def _preselected(self, row: BulkRow) -> str:
        """The act selected on the page: as posted; on a fresh page, approval where nothing about the result is open."""
        if self.request.http.method == "POST":
            return self.request.form.text(f"do-{row.stream}")
        return "approve" if "approve" in row.acts and not _is_open(row) else ""

    def _reason_sent_back(self, row: BulkRow) -> str | None:
        """Why the committee last sent the score back; None where it did not."""
        entries = self.request.engine.ledger.stream(row.stream)
        facts = [fact_of(entry) for entry in entries if entry.kind == "ScoreReturned"]
        return next((fact.reason for fact in reversed(facts) if isinstance(fact, ScoreReturned)), None)

    def _last_year(self) -> dict[str, tuple[Text | str, Decimal]]:
        """The grade and the score of each department in the year before."""
        rows = queries.assessments(self.request.database, self.year - 1)
        # A grade of an earlier edition may be missing in the edition in force: then its key is printed.
        known = self.request.rulebook.grades
        return {
            row.unit: (known[row.grade].title.text if row.grade in known else row.grade, Decimal(row.score) / 100)
            for row in rows
            if row.grade is not None and row.score is not None and row.occasion is None and not row.withdrawn
        }


def _is_open(row: BulkRow) -> bool:
    """Whether something is open about the result: a veto, a case that is not decided, a score that no longer holds."""
    open_questions = questions(row.result, row.context.rulebook) if row.result else []
    return bool(open_questions) or is_stale(row.state, row.context)


def _explanation(row: BulkRow) -> list[Line]:
    """The lines that explain a result, without the readings of the measure, which the page prints once for all."""
    readings = set(_readings([row]))
    return [line for line in explain(row.state, row.context.rulebook) if line not in readings]


def _readings(rows: list[BulkRow]) -> list[Line]:
    """The readings of the measure that the results rest on, each once."""
    lines = (line for row in rows if row.result for line in readings_of(row.result, row.context.rulebook))
    return list(dict.fromkeys(lines))


def _self_score(row: BulkRow) -> Decimal | None:
    """The total of the self-report; None where there is no report."""
    report = row.state.fact(SelfReportSubmitted)
    return sum(report.self_scores.values(), Decimal(0)) if report else None
