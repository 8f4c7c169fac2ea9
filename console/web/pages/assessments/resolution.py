"""党委审定: every result of a year that is before the Party committee, on one page, each approved or returned in one resolution.

It is the paper laid before the meeting, too: whoever may not decide reads and prints it. The grade is what the score makes it;
a committee that does not agree returns the result with its reason (`states/stages/approval.py`).
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

from .bulk import Row, Together

pages = Pages()

ACTS = ("approve", "return_score")


@pages.get("/resolution", view="resolution")
def latest(request: PageRequest) -> Response:
    years = queries.years(request.database)
    return Resolution(request, "approve", years[0] if years else request.today.year).page(200)


@pages.get("/resolution/{year:int}", view="resolution")
def show(request: PageRequest, year: int) -> Response:
    return Resolution(request, "approve", year).page(200)


@pages.post("/resolution/{year:int}", view="resolution")
def decide(request: PageRequest, year: int) -> Response:
    return Resolution(request, "approve", year).posted()


class Resolution(Together):
    """Each row approved, returned or left: `do-<stream>` says which, `reason-<stream>` why it goes back."""

    template = "resolution.html"

    def __init__(self, request: PageRequest, act: str, year: int) -> None:
        self.approved: list[Row] = []
        super().__init__(request, act, year)
        self.approved.sort(key=lambda row: row.unit)

    def row(self, projected: AssessmentRow) -> Row | None:
        """Everything that waits for the committee and that this account may read; `acts` are those of the account."""
        if projected.grade is None or not self.request.permissions.may_view("results", projected.unit):
            return None
        row = self.read(projected.stream, ACTS)
        if row.state.fact(Approved):
            self.approved.append(row)
        return row if "approve" in row.compiled.chart.open_acts(row.state.stage) else None

    def chosen(self, row: Row) -> str:
        said = self.request.form.text(f"do-{row.stream}")
        return said if said in row.acts else ""

    def named(self) -> set[str]:
        return {
            name.removeprefix("do-") for name, value in self.request.form.items() if name.startswith("do-") and value
        }

    def own(self, row: Row) -> dict[str, str]:
        return {**super().own(row), "reason": self.request.form.text(f"reason-{row.stream}")}

    def more(self) -> dict[str, Any]:
        rulebook = self.rows[0].context.rulebook if self.rows else self.request.rulebook
        grades = Counter(row.result.grade for row in self.rows if row.result)
        points = {row.stream: highlights(row.state, row.context, self._returned(row)) for row in self.rows}
        ordered = sorted(self.rows, key=lambda row: (-row.result.score if row.result else Decimal(0), row.unit))
        return {
            "approved": [(row, row.state.fact(Approved)) for row in self.approved], "points_of": points,
            "first": [row for row in self.rows if needs_attention(points[row.stream])],
            "rest": [row for row in ordered if not needs_attention(points[row.stream])],
            "grades": [(grade.title.text, grades[grade.key]) for grade in rulebook.grade if grades[grade.key]],
            "kinds": {kind.key: kind.title.text for kind in rulebook.scope.unit_kind},
            "explained": "explained" in self.request.query, "explain": _explained, "readings": _readings(self.rows),
            "self_of": _self_score, "decision": self._decision, "decides": any(row.acts for row in self.rows),
            "years": queries.years(self.request.database), "meets": "committee" in self.request.user.roles, "last": self._last_year(),
            "summary_of": self._summary,
        }  # fmt: skip

    def _summary(self, row: Row) -> AssessmentSummary:
        """What was recorded of a row. Everybody who may open this page may read the ballots on each member (`states/views.py`)."""
        return assessment_summary(
            row.state, terms_of(self.request, row.state, row.context.rulebook), self.request.format.moment
        )

    def _decision(self, row: Row) -> str:
        """What is ticked: what was typed; before that, approval where nothing is open about the result."""
        if self.request.http.method == "POST":
            return self.request.form.text(f"do-{row.stream}")
        return "approve" if "approve" in row.acts and not _is_open(row) else ""

    def _returned(self, row: Row) -> str | None:
        """Why the committee sent the score back before it was made again; None where it did not."""
        facts = (
            fact_of(entry) for entry in self.request.engine.ledger.stream(row.stream) if entry.kind == "ScoreReturned"
        )
        return next((fact.reason for fact in reversed(list(facts)) if isinstance(fact, ScoreReturned)), None)

    def _last_year(self) -> dict[str, tuple[Text | str, Decimal]]:
        """The grade and the score each unit had the year before."""
        rows = queries.assessments(self.request.database, self.year - 1)
        known = self.request.rulebook.grades
        return {
            row.unit: (known[row.grade].title.text if row.grade in known else row.grade, Decimal(row.score) / 100)
            for row in rows
            if row.grade is not None and row.score is not None and row.occasion is None and not row.withdrawn
        }


def _is_open(row: Row) -> bool:
    """Whether the score alone does not say it all: a veto, a case not decided, a score that no longer holds."""
    open_ones = questions(row.result, row.context.rulebook) if row.result else []
    return bool(open_ones) or is_stale(row.state, row.context)


def _explained(row: Row) -> list[Line]:
    """How a result came about, without the readings all of them rest on."""
    said = set(_readings([row]))
    return [line for line in explain(row.state, row.context.rulebook) if line not in said]


def _readings(rows: list[Row]) -> list[Line]:
    """The readings of the measure the results rest on, each once."""
    found = (line for row in rows if row.result for line in readings_of(row.result, row.context.rulebook))
    return list(dict.fromkeys(found))


def _self_score(row: Row) -> Decimal | None:
    report = row.state.fact(SelfReportSubmitted)
    return sum(report.self_scores.values(), Decimal(0)) if report else None
