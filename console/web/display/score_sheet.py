"""A score sheet as a page shows it: beside each element what was recorded and given before, what is typed, how much is still empty.

Nothing is decided here. The points are those of the unit itself, of each assessor, and of the one who fills the sheet in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from config import typed
from states.assessment import Assessment, Marks
from states.result.result import plain
from states.rulebook.types import Element, Indicator, IndicatorTable, Rulebook, Section
from states.stages.document_review import DocumentsReviewed, Finding
from states.stages.self_report import SelfReportSubmitted
from states.vocabulary import Document, Text

SELF = ""
"""Whose marks a column holds, where they are the unit's own; else it is an account."""

POINTS_FIELDS = {"submit_self_report": "self_scores", "fill_sheet": "marks", "score": "marks"}
"""The acts that give points, and the field they are in."""


class Mark(Struct, frozen=True):
    """Points somebody gave one element: full or not, and whether the others agree on another number."""

    points: Decimal
    full: bool
    odd: bool


class ScoreRow(Struct, frozen=True):
    """One element: its label, the marks beside it, what the review found, whether points are lost, where the assessors differ."""

    element: Element
    label: Text
    marks: tuple[Mark, ...]
    finding: Finding | None
    lost: bool
    differ: tuple[Decimal, Decimal] | None


class ScoreSheetView(Struct, frozen=True):
    """A whole sheet. `columns` are whose marks stand beside (`SELF` or an account), `given` what is typed as numbers."""

    table: IndicatorTable
    columns: tuple[str, ...]
    totals: tuple[Decimal, ...]
    rows: dict[str, ScoreRow]
    given: dict[str, Decimal]

    @property
    def heads(self) -> tuple[Text, Text]:
        """What the annex calls its two columns of points: the unit's own, and the one that counts."""
        printed = self.table.columns
        return (
            (printed[3].text, printed[4].text) if printed else (Text(zh="自评", en="Self"), Text(zh="考核", en="Given"))
        )

    @property
    def total(self) -> Decimal:
        return sum(self.given.values(), Decimal(0))

    @property
    def missing(self) -> int:
        """How many elements have no points yet."""
        return len(self.rows) - len(self.given)

    @property
    def parts(self) -> list[tuple[Section, list[tuple[Indicator, list[ScoreRow]]]]]:
        """The rows under their indicator, those under their section."""
        return [(s, [(i, [self.rows[e.key] for e in i.element]) for i in s.indicator]) for s in self.table.section]

    @property
    def shared(self) -> dict[str, Document]:
        """Evidence handed in for all elements alike, by its digest: it is named once, not in every row."""
        each = [{one.sha256: one for one in row.finding.evidence} for row in self.rows.values() if row.finding]
        each = [found for found in each if found]
        return {key: one for key, one in each[0].items() if all(key in of for of in each)} if len(each) > 1 else {}


def score_sheet(act: str, state: Assessment, rulebook: Rulebook, typed: Callable[[str], str]) -> ScoreSheetView | None:
    """The sheet of an act that gives points: beside it the unit's own, and for the agreed one every assessor's; `typed` reads a field."""
    if act not in POINTS_FIELDS:
        return None
    table, name = rulebook.tables[state.unit_kind], POINTS_FIELDS[act]
    report, review = state.fact(SelfReportSubmitted), state.fact(DocumentsReviewed)
    beside = [(SELF, report.self_scores)] if report and name == "marks" else []
    beside += [(who, sheet.marks) for who, sheet in state.sheets.items()] if act == "score" else []
    findings = review.findings if review and name == "marks" else {}
    found = {key: parse_points(typed(f"{name}.{key}")) for key in table.elements}
    given = {key: points for key, points in found.items() if points is not None}
    rows = {
        key: _row(element, table.labels[key], beside, findings.get(key), given.get(key))
        for key, element in table.elements.items()
    }
    totals = tuple(sum(marks.values(), Decimal(0)) for _, marks in beside)
    return ScoreSheetView(table, tuple(who for who, _ in beside), totals, rows, given)


def initial_fields(act: str, state: Assessment, account: str, table: IndicatorTable) -> list[tuple[str, str]]:
    """What stands in a sheet before anybody types: the account's own; in the agreed one the marks all share, and every reason once."""
    sheets = list(state.sheets.values())
    if act == "fill_sheet":
        sheets = [state.sheets[account]] if account in state.sheets else []
    shared = {key: {sheet.marks[key] for sheet in sheets} for key in table.elements}
    reasons = {key: dict.fromkeys(s.reasons[key] for s in sheets if key in s.reasons) for key in table.elements}
    marks = [(f"marks.{key}", plain(*points)) for key, points in shared.items() if len(points) == 1]
    return [*marks, *((f"reasons.{key}", "；".join(said)) for key, said in reasons.items() if said)]


def parse_points(text: str) -> Decimal | None:
    """A number as it was typed; None where it is none (yet)."""
    try:
        return typed.number(text)
    except typed.Unclear:
        return None


def _row(
    element: Element, label: Text, beside: Sequence[tuple[str, Marks]], finding: Finding | None, given: Decimal | None
) -> ScoreRow:
    sheets = [marks[element.key] for who, marks in beside if who != SELF]
    common = Counter(sheets).most_common(1)
    agreed = common[0][0] if common and common[0][1] > 1 else None
    marks = tuple(
        Mark(m[element.key], m[element.key] == element.points, who != SELF and agreed not in (None, m[element.key]))
        for who, m in beside
    )
    differ = (min(sheets), max(sheets)) if len(set(sheets)) > 1 else None
    return ScoreRow(element, label, marks, finding, given is not None and given < element.points, differ)
