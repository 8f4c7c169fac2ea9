"""A score sheet on a page: each item with its earlier entries, its finding and what is typed.

It serves the self-report, an assessor's sheet and the agreed sheet. The earlier entries are those of the self-report
and, for the agreed sheet, of each assessor's sheet. Also here: the fields of a sheet before anybody types. Nothing is
decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from config import typed
from states.assessment import Assessment
from states.result.sheet_items import SheetItem, entry_text, self_scored_items, sheet_items
from states.rulebook.calculation.forms import Branch, ScoreForm
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.values import NamedValue
from states.rulebook.types import Rulebook
from states.stages.document_review import DocumentsReviewed, Finding
from states.stages.self_report import SelfReportSubmitted
from states.vocabulary import Document, Text

SELF = ""
"""The key of the column with the self-report. The key of any other column is an assessor's account."""

POINTS_FIELDS = {"submit_self_report": "self_scores", "fill_sheet": "marks", "score": "marks"}
"""The acts that fill in a sheet, each with the field of its numbers."""

LEVEL_FIELDS = {"self_scores": "self_levels", "marks": "levels"}
"""By the field of the numbers of a sheet, the field of its levels."""

Entries = Mapping[str, Decimal | str]


class Mark(Struct, frozen=True):
    """An earlier entry for one item. `is_best`: full points, or the best level. None: the sheet does not have it.

    `differs`: at least two assessors wrote something else.
    """

    text: Text
    is_best: bool
    differs: bool


class ScoreRow(Struct, frozen=True):
    """One item with its earlier entries and the finding of the review of documents.

    `field`: the name of its field. `loses_points`: what is typed is below the full points, or no best level. `spread`:
    the least and the most of the assessors, if they differ.
    """

    item: SheetItem
    field: str
    marks: tuple[Mark | None, ...]
    finding: Finding | None
    loses_points: bool
    spread: tuple[Text, Text] | None

    @property
    def label(self) -> Text:
        return self.item.label

    @property
    def options(self) -> list[tuple[str, Text]]:
        """The levels of which one is chosen; none for a number that is typed."""
        item = self.item
        if item.is_level:
            return list(item.words.items())
        return [
            (plain(points), Text(zh=f"{plain(points)} 分：{title.zh}", en=f"{plain(points)}: {title.en}"))
            for points, title in item.points.items()
        ]


class SheetTable(Struct, frozen=True):
    """The items of one subject, or of one of its persons. `title` names them; None where there is one table only.

    `form`: the form on which items stand. None: they stand on no form. `sums`: whether the points add up to the total.
    """

    title: Text | None
    form: ScoreForm | None
    person: str
    rows: dict[str, ScoreRow]
    points: dict[str, Decimal]
    totals: tuple[Decimal, ...]

    @property
    def sums(self) -> bool:
        return self.form is not None and self.form.is_plain_sum and not self.loose

    @property
    def total(self) -> Decimal:
        return sum(self.points.values(), Decimal(0))

    @property
    def parts(self) -> list[tuple[NamedValue, list[tuple[Branch, list[ScoreRow]]]]]:
        """The rows that stand on the form, by section and indicator."""
        sections = self.form.sections if self.form is not None else ()
        return [
            (section, [(branch, rows) for branch in branches if (rows := self._of(branch))])
            for section, branches in sections
            if any(self._of(branch) for branch in branches)
        ]

    @property
    def loose(self) -> list[ScoreRow]:
        """The rows of values that stand on no form."""
        on_form = self.form.elements if self.form is not None else {}
        return [row for row in self.rows.values() if row.item.element.key not in on_form]

    def _of(self, branch: Branch) -> list[ScoreRow]:
        keys = (f"{element.key}@{self.person}" if self.person else element.key for element in branch.elements)
        return [self.rows[key] for key in keys if key in self.rows]


class ScoreSheetView(Struct, frozen=True):
    """A whole sheet. `columns` are the keys of the earlier entries (`SELF` or an account)."""

    tables: tuple[SheetTable, ...]
    columns: tuple[str, ...]
    missing_count: int

    @property
    def heads(self) -> tuple[Text, Text]:
        """The titles of the annex for its two columns of points: the self-report, and the points that count."""
        form = self.tables[0].form if self.tables else None
        titles = form.columns if form is not None else ()
        return (titles[3].text, titles[4].text) if titles else (Text(zh="自评", en="Self"), Text(zh="考核", en="Given"))

    @property
    def sums(self) -> bool:
        """Whether all points add up to one total."""
        return len(self.tables) == 1 and self.tables[0].sums

    @property
    def has_marks(self) -> bool:
        """Whether any item is points; counts and levels are none."""
        return any(row.item.full_mark is not None for row in self.rows.values())

    @property
    def rows(self) -> dict[str, ScoreRow]:
        return {key: row for table in self.tables for key, row in table.rows.items()}

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


def items_of_act(act: str, state: Assessment, rulebook: Rulebook) -> Mapping[str, SheetItem]:
    """The items that the sheet of an act has."""
    return (self_scored_items if act == "submit_self_report" else sheet_items)(state, rulebook)


def score_sheet(
    act: str, state: Assessment, rulebook: Rulebook, text_of: Callable[[str], str]
) -> ScoreSheetView | None:
    """The sheet of an act; None if the act has none. `text_of` returns the text of a form field.

    Its columns are the self-report and, for the agreed sheet, every assessor's.
    """
    if act not in POINTS_FIELDS:
        return None
    name = POINTS_FIELDS[act]
    report, review = state.fact(SelfReportSubmitted), state.fact(DocumentsReviewed)
    columns: list[tuple[str, Entries]] = [(SELF, report.column)] if report and name == "marks" else []
    columns += [(account, sheet.column) for account, sheet in state.sheets.items()] if act == "score" else []
    findings = review.findings if review and name == "marks" else {}
    rows: dict[str, ScoreRow] = {}
    points: dict[str, Decimal | str] = {}
    for key, item in items_of_act(act, state, rulebook).items():
        field = f"{LEVEL_FIELDS[name] if item.is_level else name}.{key}"
        entry: Decimal | str | None = text_of(field) if item.is_level else parse_points(text_of(field))
        if entry not in (None, ""):
            points[key] = entry
        rows[key] = _row(item, field, columns, findings.get(key), points.get(key))
    tables = tuple(_tables(state, rulebook, rows, points, columns))
    return ScoreSheetView(tables, tuple(key for key, _ in columns), len(rows) - len(points))


def _tables(
    state: Assessment,
    rulebook: Rulebook,
    rows: Mapping[str, ScoreRow],
    points: Mapping[str, Decimal | str],
    columns: Sequence[tuple[str, Entries]],
) -> list[SheetTable]:
    """The rows by subject and person."""
    groups: dict[tuple[str, str], dict[str, ScoreRow]] = {}
    for key, row in rows.items():
        groups.setdefault((row.item.subject, row.item.person), {})[key] = row
    plans = rulebook.plans[state.unit_kind].subjects
    tables = []
    for (subject, person), group in groups.items():
        title, post = plans[subject].subject.title.text, state.posts.get(person, person)
        named = Text(zh=f"{title.zh}：{post}", en=f"{title.en}: {post}") if person else title
        own = {key: one for key, one in points.items() if key in group and isinstance(one, Decimal)}
        totals = tuple(
            sum((one for key, one in entries.items() if key in group and isinstance(one, Decimal)), Decimal(0))
            for _, entries in columns
        )
        tables.append(SheetTable(named if len(groups) > 1 else None, plans[subject].form, person, group, own, totals))
    return tables


def initial_fields(act: str, state: Assessment, account: str, items: Mapping[str, SheetItem]) -> list[tuple[str, str]]:
    """The fields of a sheet before anybody types.

    For the act `fill_sheet` they are those of the account's own sheet. For the agreed sheet they are the entries on
    which all assessors agree, and every reason once.
    """
    sheets = list(state.sheets.values())
    if act == "fill_sheet":
        sheets = [state.sheets[account]] if account in state.sheets else []
    columns = [sheet.column for sheet in sheets]
    fields = []
    for key, item in items.items():
        entries = {column.get(key) for column in columns}
        agreed = entries.pop() if len(entries) == 1 else None
        if agreed is not None:
            field = "levels" if item.is_level else "marks"
            fields.append((f"{field}.{key}", agreed if isinstance(agreed, str) else plain(agreed)))
    reasons = {key: dict.fromkeys(s.reasons[key] for s in sheets if key in s.reasons) for key in items}
    return [*fields, *((f"reasons.{key}", "；".join(texts)) for key, texts in reasons.items() if texts)]


def parse_points(text: str) -> Decimal | None:
    """The typed number; None if the text is not a number (yet)."""
    try:
        return typed.number(text)
    except typed.Unclear:
        return None


def _row(
    item: SheetItem,
    field: str,
    columns: Sequence[tuple[str, Entries]],
    finding: Finding | None,
    typed_entry: Decimal | str | None,
) -> ScoreRow:
    by_assessors = [column[item.key] for key, column in columns if key != SELF and item.key in column]
    most_common = Counter(by_assessors).most_common(1)
    shared = most_common[0][0] if most_common and most_common[0][1] > 1 else None
    marks = tuple(
        Mark(
            entry_text(item, column[item.key]) if item.full_mark is None else _points(column[item.key]),
            not item.loses(column[item.key]),
            key != SELF and shared not in (None, column[item.key]),
        )
        if item.key in column
        else None
        for key, column in columns
    )
    loses_points = typed_entry is not None and item.loses(typed_entry)
    return ScoreRow(item, field, marks, finding, loses_points, _spread(item, by_assessors))


def _points(entry: Decimal | str) -> Text:
    text = plain(entry) if isinstance(entry, Decimal) else entry
    return Text(zh=text, en=text)


def _spread(item: SheetItem, entries: Sequence[Decimal | str]) -> tuple[Text, Text] | None:
    """The least and the most of different entries; of levels the lowest and the best."""
    if len(set(entries)) < 2:
        return None
    if item.is_level:
        order = {word: -place for place, word in enumerate(item.words)}
        ranked = sorted(map(str, entries), key=lambda word: order.get(word, 0))
        return entry_text(item, ranked[0]), entry_text(item, ranked[-1])
    numbers = sorted(entry for entry in entries if isinstance(entry, Decimal))
    return _points(numbers[0]), _points(numbers[-1])
