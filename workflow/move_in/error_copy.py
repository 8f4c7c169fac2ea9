"""The sheets as they came, each row with what is wrong with it, so that they can be corrected and uploaded again.

All rows are there, also the right ones: somebody corrects this file and not the old one beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from config.cells import CellFault
from states.vocabulary import Text

from .heads import HEADS
from .tables import FoundTable

FAULTS_HEAD = Text(zh="错误说明", en="What is wrong")


class CopiedTable(Struct, frozen=True):
    """A table to write: its heads, its rows as text, and the faults by row and column from 0. The last column has all."""

    sheet: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    faults: Mapping[tuple[int, int], str]


def copied_tables(tables: Iterable[FoundTable], faults: Iterable[CellFault], language: str) -> list[CopiedTable]:
    """Every table with its faults, in a language."""
    all_faults = list(faults)
    return [_copy(table, [fault for fault in all_faults if fault.sheet == table.sheet], language) for table in tables]


def _copy(table: FoundTable, faults: list[CellFault], language: str) -> CopiedTable:
    heads = {column: HEADS[table.kind][key].title.render(language) for key, column in table.columns.items()}
    heads |= {unknown.column: unknown.head for unknown in table.unknown if unknown.head != FAULTS_HEAD.render(language)}
    columns = sorted(heads)
    rows, marks = [], {}
    for index, row in enumerate(table.rows):
        own = [fault for fault in faults if fault.row == row.number]
        rows.append((*(row.text(column) for column in columns), "；".join(fault.why.render(language) for fault in own)))
        for fault in own:
            if fault.column in columns:
                marks[index, columns.index(fault.column)] = fault.why.render(language)
    titles = (*(heads[column] for column in columns), FAULTS_HEAD.render(language))
    return CopiedTable(table.sheet, titles, tuple(rows), marks)
