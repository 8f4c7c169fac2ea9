"""自评表、考核评分表: the score sheets as papers. They are the files of the forms, and are read back as those are.

A paper has what the ledger has: the self-report in force, or the sheet that the assessor submitted; otherwise it is
blank. The file of a form has its draft besides (`console/web/pages/sheets/score_file.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from console.score_files.origin import origin_of
from console.score_files.sheet_view import LEVEL_FIELDS, POINTS_FIELDS, initial_fields, items_of_act, score_sheet
from console.score_files.writing import score_tables, title_of_file
from states.rulebook.calculation.numbers import plain
from states.stages.self_report import SelfReportSubmitted
from states.user_errors import UserError
from workflow.papers.sources import UnitSource

from .source import PaperSheets, SheetReader


class NothingToScore(UserError):
    """The rulebook has no item that such a sheet asks for."""

    zh = "{of} 适用的办法没有须打分的项目，不必制作评分表。"
    en = "The rulebook that binds {of} has nothing to be scored, so there is no such sheet."


def self_score(one: UnitSource, reader: SheetReader) -> PaperSheets:
    return _sheet("submit_self_report", one, reader, _reported(one))


def assessor_score(one: UnitSource, reader: SheetReader) -> PaperSheets:
    items = items_of_act("fill_sheet", one.state, one.rulebook)
    return _sheet("fill_sheet", one, reader, dict(initial_fields("fill_sheet", one.state, reader.maker.account, items)))


def _sheet(act: str, one: UnitSource, reader: SheetReader, fields: Mapping[str, str]) -> PaperSheets:
    def text_of(name: str) -> str:
        return fields.get(name, "")

    sheet = score_sheet(act, one.state, one.rulebook, text_of)
    if sheet is None or not sheet.rows:
        raise NothingToScore(of=one.unit)
    title = title_of_file(act, one.unit, one.state, one.rulebook)
    origin = origin_of(act, one.state, one.pin, reader.maker.account)
    return PaperSheets(tuple(score_tables(sheet, act, title, text_of, "zh")), origin.fields())


def _reported(one: UnitSource) -> dict[str, str]:
    """The fields of the self-report in force."""
    report, field = one.state.fact(SelfReportSubmitted), POINTS_FIELDS["submit_self_report"]
    column = report.column if report is not None else {}
    return {
        f"{LEVEL_FIELDS[field]}.{key}" if isinstance(entry, str) else f"{field}.{key}": (
            entry if isinstance(entry, str) else plain(entry)
        )
        for key, entry in column.items()
    }
