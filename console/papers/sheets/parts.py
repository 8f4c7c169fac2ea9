"""What the Excel papers have in common: their title, the line below it, and the rows of a paper by the keys of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from documents.sheets.writing import CellValue, ExcelColumn, ExcelTable, narrowed
from states.papers.catalogue import PAPERS
from states.rulebook.types import Rulebook
from workflow.papers.sources import UnitSource, YearSource
from workflow.papers.words import title_of

Columns = Mapping[str, ExcelColumn]
"""The columns of a sheet, by key."""
Row = Mapping[str, CellValue]
"""What a row has, by the key of the column. A cell without a value is blank."""


def of_unit(
    key: str, one: UnitSource, columns: Columns, rows: Iterable[Row], *, more: str = "", notes: tuple[str, ...] = ()
) -> ExcelTable:
    """The table of a paper about one assessment. `more`: what its second line says at the end."""
    special = one.rulebook.special_title(one.state.occasion, one.state.title)
    parts = [f"部门：{one.unit}", special.zh if special is not None else "", _year(one.state.year, one.rulebook), more]
    return _table(key, title_of(PAPERS[key].title.zh, one.state.year, one.rulebook), parts, columns, rows, notes)


def of_year(
    key: str,
    one: YearSource,
    columns: Columns,
    rows: Iterable[Row],
    *,
    title: str = "",
    more: str = "",
    notes: tuple[str, ...] = (),
) -> ExcelTable:
    """The table of a paper about a year. `title`: what its title says after the assessment, if not that of the paper."""
    parts = [_year(one.year.year, one.rulebook), more]
    whole = title_of(title or PAPERS[key].title.zh, one.year.year, one.rulebook)
    return _table(key, whole, parts, columns, rows, notes)


def _table(
    key: str, title: str, parts: Iterable[str], columns: Columns, rows: Iterable[Row], notes: tuple[str, ...]
) -> ExcelTable:
    return ExcelTable(
        name=PAPERS[key].title.zh,
        title=title,
        subtitle="　　".join(filter(None, parts)),
        columns=narrowed(tuple(columns.values())),
        rows=tuple(tuple(row.get(column) for column in columns) for row in rows),
        notes=notes,
    )


def _year(year: int, rulebook: Rulebook) -> str:
    return f"年度：{year}　　依据：《{rulebook.measure.title.zh}》"
