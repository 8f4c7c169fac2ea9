"""党委审定: every result of a year that is before the Party committee, on one page, each approved or returned in one resolution.

It is the paper laid before the meeting, too: whoever may not decide reads and prints it. The grade is what the score makes it;
a committee that does not agree returns the result with its reason (`states/approval.py`).
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from console.routes import Pages
from console.visit import Visit
from states.approval import Approved
from states.explanation import explain
from states.result import Line, questions
from states.scoring import is_stale, since
from states.self_report import SelfReportSubmitted
from states.vocabulary import Text
from storage import queries
from storage.tables import AssessmentRow

from .together import Row, Together

pages = Pages()

ACTS = ("approve", "return_score")


@pages.get("/resolution", view="resolution")
def latest(visit: Visit) -> Response:
    years = queries.years(visit.database)
    return Resolution(visit, "approve", years[0] if years else visit.today.year).page(200)


@pages.get("/resolution/{year:int}", view="resolution")
def show(visit: Visit, year: int) -> Response:
    return Resolution(visit, "approve", year).page(200)


@pages.post("/resolution/{year:int}", view="resolution")
def decide(visit: Visit, year: int) -> Response:
    return Resolution(visit, "approve", year).posted()


class Resolution(Together):
    """Each row approved, returned or left: `do-<stream>` says which, `reason-<stream>` why it goes back."""

    template = "resolution.html"

    def __init__(self, visit: Visit, act: str, year: int) -> None:
        self.approved: list[Row] = []
        super().__init__(visit, act, year)
        self.approved.sort(key=lambda row: row.unit)

    def row(self, projected: AssessmentRow) -> Row | None:
        """Whatever waits for the committee, whoever looks; `acts` are those of the account."""
        if projected.grade is None:
            return None
        row = self.read(projected.stream, ACTS)
        if row.state.fact(Approved):
            self.approved.append(row)
        return row if "approve" in row.edition.chart.open_acts(row.state.stage) else None

    def chosen(self, row: Row) -> str:
        said = self.visit.field(f"do-{row.stream}")
        return said if said in row.acts else ""

    def ticked(self) -> bool:
        return any(name.startswith("do-") and value for name, value in self.visit.form.multi_items())

    def own(self, row: Row) -> dict[str, str]:
        return {**super().own(row), "reason": self.visit.field(f"reason-{row.stream}")}

    def more(self) -> dict[str, Any]:
        rulebook = self.rows[0].context.rulebook if self.rows else self.visit.rulebook
        grades = Counter(row.result.grade for row in self.rows if row.result)
        return {
            "approved": [(row, row.state.fact(Approved)) for row in self.approved],
            "grades": [(grade.title.text, grades[grade.key]) for grade in rulebook.grade if grades[grade.key]],
            "kinds": {kind.key: kind.title.text for kind in rulebook.scope.unit_kind},
            "explained": "explained" in self.visit.request.query_params, "explain": _explained, "open_of": _questions,
            "self_of": _self_score, "decision": self._decision, "decides": any(row.acts for row in self.rows),
            "years": queries.years(self.visit.database), "meets": "committee" in self.visit.roles,
        }  # fmt: skip

    def _decision(self, row: Row) -> str:
        """What is ticked: what was typed; before that, approval where nothing is open about the result."""
        if self.visit.request.method == "POST":
            return self.visit.field(f"do-{row.stream}")
        return "approve" if "approve" in row.acts and not _questions(row) else ""


def _questions(row: Row) -> list[Line]:
    """What the committee should know before it decides: vetoes, what is 待定, and a score that no longer holds."""
    found = questions(row.result, row.context.rulebook) if row.result else []
    if not is_stale(row.state, row.context):
        return found
    found_since = since(row.state, row.context)
    stale = Text(
        zh=f"得分待重算：计分之后{found_since.zh}。须先重新计分",
        en=f"To be scored again: since scoring, {found_since.en}. It is scored again first",
    )
    return [Line(stale, None, row.context.rulebook.veto_clause), *found]


def _explained(row: Row) -> list[Line]:
    return explain(row.state, row.context.rulebook)


def _self_score(row: Row) -> Decimal | None:
    report = row.state.fact(SelfReportSubmitted)
    return sum(report.self_scores.values(), Decimal(0)) if report else None
