"""A sheet of points on a page: each element with its earlier points, its finding and the typed points.

It serves the self-report, an assessor's sheet and the agreed sheet. The earlier points are those of the self-report
and, for the agreed sheet, of each assessor's sheet. Also here: the fields of a sheet before anybody types. Nothing is
decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from config import typed
from states.assessment import Assessment, Marks
from states.rulebook.calculation.forms import Branch, Element, ScoreForm
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.values import NamedValue
from states.rulebook.types import Rulebook
from states.stages.document_review import DocumentsReviewed, Finding
from states.stages.self_report import SelfReportSubmitted
from states.vocabulary import Document, Text

SELF = ""
"""The key of the column with the self-report. The key of any other column is an assessor's account."""

POINTS_FIELDS = {"submit_self_report": "self_scores", "fill_sheet": "marks", "score": "marks"}
"""The acts that give points, each with the field that has them."""


class Mark(Struct, frozen=True):
    """Earlier points for one element. `is_full`: they are all its points.

    `differs`: at least two assessors gave another number.
    """

    points: Decimal
    is_full: bool
    differs: bool


class ScoreRow(Struct, frozen=True):
    """One element with its earlier marks and the finding of the review of documents.

    `loses_points`: the typed points are below the full points. `spread`: the least and the most points of the
    assessors, if they differ.
    """

    element: Element
    label: Text
    marks: tuple[Mark, ...]
    finding: Finding | None
    loses_points: bool
    spread: tuple[Decimal, Decimal] | None


class ScoreSheetView(Struct, frozen=True):
    """A whole sheet. `columns` are the keys of the earlier marks (`SELF` or an account), `points` the typed numbers."""

    table: ScoreForm
    columns: tuple[str, ...]
    totals: tuple[Decimal, ...]
    rows: dict[str, ScoreRow]
    points: dict[str, Decimal]

    @property
    def heads(self) -> tuple[Text, Text]:
        """The titles of the annex for its two columns of points: the self-report, and the points that count."""
        titles = self.table.columns
        return (titles[3].text, titles[4].text) if titles else (Text(zh="自评", en="Self"), Text(zh="考核", en="Given"))

    @property
    def total(self) -> Decimal:
        return sum(self.points.values(), Decimal(0))

    @property
    def missing_count(self) -> int:
        """The number of elements without points."""
        return len(self.rows) - len(self.points)

    @property
    def parts(self) -> list[tuple[NamedValue, list[tuple[Branch, list[ScoreRow]]]]]:
        """The rows by section and indicator."""
        return [
            (section, [(branch, [self.rows[element.key] for element in branch.elements]) for branch in branches])
            for section, branches in self.table.sections
        ]

    @property
    def shared(self) -> dict[str, Document]:
        """Evidence that every element with evidence has, by its digest. The page names it once, not in every row.

        Empty if fewer than two elements have evidence.
        """
        by_row = [{one.sha256: one for one in row.finding.evidence} for row in self.rows.values() if row.finding]
        by_row = [documents for documents in by_row if documents]
        if len(by_row) < 2:
            return {}
        return {key: one for key, one in by_row[0].items() if all(key in documents for documents in by_row)}


def score_sheet(
    act: str, state: Assessment, rulebook: Rulebook, text_of: Callable[[str], str]
) -> ScoreSheetView | None:
    """The sheet of an act; None if the act gives no points. `text_of` returns the text of a form field.

    Its columns are the self-report and, for the agreed sheet, every assessor's.
    """
    if act not in POINTS_FIELDS:
        return None
    table, name = rulebook.forms_by_kind[state.unit_kind], POINTS_FIELDS[act]
    report, review = state.fact(SelfReportSubmitted), state.fact(DocumentsReviewed)
    columns = [(SELF, report.self_scores)] if report and name == "marks" else []
    columns += [(account, sheet.marks) for account, sheet in state.sheets.items()] if act == "score" else []
    findings = review.findings if review and name == "marks" else {}
    parsed = {key: parse_points(text_of(f"{name}.{key}")) for key in table.elements}
    points = {key: number for key, number in parsed.items() if number is not None}
    rows = {
        key: _row(element, table.labels[key], columns, findings.get(key), points.get(key))
        for key, element in table.elements.items()
    }
    totals = tuple(sum(marks.values(), Decimal(0)) for _, marks in columns)
    return ScoreSheetView(table, tuple(key for key, _ in columns), totals, rows, points)


def initial_fields(act: str, state: Assessment, account: str, table: ScoreForm) -> list[tuple[str, str]]:
    """The fields of a sheet before anybody types.

    For the act `fill_sheet` they are those of the account's own sheet. For the agreed sheet they are the points on
    which all assessors agree, and every reason once.
    """
    sheets = list(state.sheets.values())
    if act == "fill_sheet":
        sheets = [state.sheets[account]] if account in state.sheets else []
    all_marks = {key: {sheet.marks[key] for sheet in sheets} for key in table.elements}
    reasons = {key: dict.fromkeys(s.reasons[key] for s in sheets if key in s.reasons) for key in table.elements}
    marks = [(f"marks.{key}", plain(*points)) for key, points in all_marks.items() if len(points) == 1]
    return [*marks, *((f"reasons.{key}", "；".join(texts)) for key, texts in reasons.items() if texts)]


def parse_points(text: str) -> Decimal | None:
    """The typed number; None if the text is not a number (yet)."""
    try:
        return typed.number(text)
    except typed.Unclear:
        return None


def _row(
    element: Element,
    label: Text,
    columns: Sequence[tuple[str, Marks]],
    finding: Finding | None,
    typed_points: Decimal | None,
) -> ScoreRow:
    sheet_points = [marks[element.key] for key, marks in columns if key != SELF]
    most_common = Counter(sheet_points).most_common(1)
    shared_points = most_common[0][0] if most_common and most_common[0][1] > 1 else None
    marks = tuple(
        Mark(
            m[element.key],
            m[element.key] == element.points,
            key != SELF and shared_points not in (None, m[element.key]),
        )
        for key, m in columns
    )
    spread = (min(sheet_points), max(sheet_points)) if len(set(sheet_points)) > 1 else None
    loses_points = typed_points is not None and typed_points < element.points
    return ScoreRow(element, label, marks, finding, loses_points, spread)
