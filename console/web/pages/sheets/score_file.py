"""The Excel file of a self-report or of an assessor's sheet: download it, upload it filled in, look, fill the draft.

A file fills only the draft of the form for which it was made. What it would change is shown first, and nothing is
submitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from starlette.responses import Response

from config.cells import CellFault, CellSheet, Workbook, letters
from console.score_files.origin import Origin, origin_in, origin_of
from console.score_files.reading import FilledSheet, changes_of, find_head, read_score_file
from console.score_files.sheet_view import POINTS_FIELDS, ScoreSheetView, score_sheet
from console.score_files.writing import KEY_HEAD, Layout, layout_of, score_tables, title_of_file
from console.web.assessment_paths import assessment_path
from console.web.display.spreadsheets import EXCEL
from console.web.display.terms import named
from console.web.pages.assessments.act_page import draft_key, fields_without_draft
from console.web.pages.assessments.assessment import assessment_of, stream_of
from console.web.request.page_request import PageRequest
from console.web.routes import PageFunction, Pages
from documents import inspection
from documents.sheets.error_copy import error_copy
from documents.sheets.writing import HIDDEN_SHEET, ExcelTable, write
from states import policy
from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.refusals import Incomplete, Refusal
from states.vocabulary import Citation, Text
from storage.papers import drafts

pages = Pages()

_VIEWS = {"submit_self_report": "assessment", "fill_sheet": "score_sheet", "score": "score_sheet"}


class FileOfAnotherForm(Refusal):
    """The file was made for another form."""

    zh = "这份文件不是本表：它是 {what} 的（{clause}）。请上传从本页下载的文件。"
    en = "This is not the file of this form: it is of {what} ({clause}). Upload the file that came from this page."


class KeptFile(Struct, frozen=True):
    """What was read of an uploaded file, until somebody corrects it or another one comes."""

    name: str
    workbook: Workbook


class _ScoreFile:
    """The file of one form, for one request."""

    def __init__(self, request: PageRequest, act: str, year: int, unit: str) -> None:
        self.request, self.act = request, act
        self.stream = stream_of(request, year, unit)
        state, context, compiled = assessment_of(request, self.stream)
        self.state: Assessment = state
        self.context: Context = context
        self.compiled: CompiledRulebook = compiled
        request.permissions.require_act(act, state, context)
        self.draft_key = draft_key(act, self.stream)
        draft = drafts.find(request.database, request.user.id, self.draft_key)
        self.present = dict(draft.fields if draft else fields_without_draft(request, act, state, compiled.rulebook))
        with_names = named(request, state)
        sheet = score_sheet(act, with_names, compiled.rulebook, lambda name: self.present.get(name, ""))
        assert sheet is not None, "only acts with a sheet have these pages"
        self.sheet: ScoreSheetView = sheet
        self.layout: Layout = layout_of(sheet, act, request.user.language)

    @property
    def title(self) -> Text:
        unit = self.request.roster.title(self.state.unit, self.state.year)
        return title_of_file(self.act, unit, self.state, self.compiled.rulebook)

    @property
    def clause(self) -> Citation:
        return policy.clause_of(self.act, self.compiled.rulebook, self.state)

    @property
    def file_key(self) -> str:
        return f"file {self.draft_key}"

    def path(self, *more: str) -> str:
        return assessment_path(self.state, "/".join((self.act, "file", *more)))

    def origin(self) -> Origin:
        return origin_of(self.act, self.state, self.compiled.pin, self.request.user.id)

    def download(self) -> Response:
        tables = score_tables(
            self.sheet, self.act, self.title, lambda name: self.present.get(name, ""), self.layout.language
        )
        name = f"kaohe-{self.state.year}-{self.state.unit}-{self.act}.xlsx"
        return self.request.answer.download(name, write(tables, self.origin().fields()), EXCEL)

    def upload(self) -> Response:
        """Read the file and keep its cells. Raises `FileOfAnotherForm`, `Incomplete` or `FileNotAccepted`."""
        request = self.request
        file = request.form.file("file")
        if file is None:
            raise Incomplete(missing=Text(zh="Excel 文件", en="the Excel file"), clause=self.clause)
        name = (file.filename or "")[-80:]
        workbook = inspection.read_workbook(name, file.file.read(), request.app.settings.office_converter)
        self.check_origin(origin_in(workbook))
        fields = [("file", msgspec.json.encode(KeptFile(name, workbook)).decode())]
        drafts.store(request.database, request.user.id, self.file_key, fields, request.now)
        return request.answer.redirect(self.path())

    def check_origin(self, origin: Origin | None) -> None:
        """Refuse a file of another form, year, department, person or rulebook. One that says nothing is read by heads."""
        if origin is None:
            return
        own = self.origin()
        unit = self.request.roster.title(origin.unit)
        differences = (
            (origin.year != own.year, Text(zh=f"{origin.year} 年度", en=f"the year {origin.year}")),
            (origin.unit != own.unit, Text(zh=f"“{unit}”", en=f"“{unit}”")),
            (origin.stream != own.stream, Text(zh="另一次考核", en="another assessment")),
            (origin.act != own.act, Text(zh="另一种表", en="another form")),
            (origin.account not in ("", own.account), Text(zh="另一名考核人员", en="another assessor")),
            (origin.edition != own.edition, Text(zh="另一版办法", en="another edition of the rulebook")),
        )
        for differs, what in differences:
            if differs:
                raise FileOfAnotherForm(what=what, clause=self.clause)

    @property
    def file(self) -> KeptFile | None:
        draft = drafts.find(self.request.database, self.request.user.id, self.file_key)
        return None if draft is None else msgspec.json.decode(dict(draft.fields)["file"], type=KeptFile)

    def fill(self) -> Response:
        """Put what the file has into the draft of the form. What the file does not have stays."""
        file = self.file
        sheet = self.read(file) if file is not None else None
        if sheet is None or sheet.faults:
            return self.page()
        fields = {**self.present, **sheet.fields}
        request = self.request
        drafts.store(request.database, request.user.id, self.draft_key, list(fields.items()), request.now)
        drafts.delete_draft(request.database, request.user.id, self.file_key)
        return request.answer.redirect(assessment_path(self.state, self.act))

    def read(self, file: KeptFile) -> FilledSheet:
        return read_score_file(file.workbook, self.sheet, self.layout)

    def download_error_copy(self) -> Response:
        file = self.file
        if file is None:
            return self.page()
        faults = self.read(file).faults
        copies = [self._copy(sheet, faults) for sheet in file.workbook if sheet.name != HIDDEN_SHEET]
        return self.request.answer.download("kaohe-faults.xlsx", write(copies, self.origin().fields()), EXCEL)

    def _copy(self, sheet: CellSheet, faults: Sequence[CellFault]) -> ExcelTable:
        """One sheet of the copy. Without the head of the points, all its rows are there below the letters of the columns."""
        head = find_head(sheet, self.layout)
        if head is None:
            columns = {column for row in sheet.rows for column in row.cells}
            return error_copy(
                sheet.name, {column: letters(column) for column in columns}, sheet.rows, faults, self.layout.language
            )
        heads = {column: head.text(column) for column in head.cells}
        rows = [row for row in sheet.rows if row.number > head.number]
        return error_copy(sheet.name, heads, rows, faults, self.layout.language, KEY_HEAD)

    def page(self, refusal: Refusal | None = None) -> Response:
        file = self.file
        sheet = self.read(file) if file is not None else None
        values: dict[str, Any] = {}
        if sheet is not None:
            origin = origin_in(file.workbook) if file else None
            values = {
                "filled": sheet,
                "changes": list(changes_of(sheet, self.sheet, self.present)),
                "is_older": origin is not None and origin.version != str(self.state.version),
                "has_origin": origin is not None,
                "total": score_sheet(
                    self.act,
                    self.state,
                    self.compiled.rulebook,
                    lambda name: {**self.present, **sheet.fields}.get(name, ""),
                ),
            }
        return self.request.answer.page(
            "score_file.html",
            409 if refusal else 200,
            refusal=refusal,
            title=self.request.format.text(self.title),
            path=self.path,
            back=assessment_path(self.state, self.act),
            kept=file,
            **values,
        )


def _pages_of(act: str) -> tuple[PageFunction, ...]:
    """The page functions of an act's file: look, upload, download, fill the draft, copy with faults."""

    def show(request: PageRequest, year: int, unit: str) -> Response:
        return _ScoreFile(request, act, year, unit).page()

    def upload(request: PageRequest, year: int, unit: str) -> Response:
        file = _ScoreFile(request, act, year, unit)
        try:
            return file.fill() if request.form.text("_do") == "fill" else file.upload()
        except Refusal as refusal:
            return file.page(refusal)

    def download(request: PageRequest, year: int, unit: str) -> Response:
        return _ScoreFile(request, act, year, unit).download()

    def faults(request: PageRequest, year: int, unit: str) -> Response:
        return _ScoreFile(request, act, year, unit).download_error_copy()

    return show, upload, download, faults


for _act in POINTS_FIELDS:
    _show, _upload, _download, _faults = _pages_of(_act)
    _path = f"/assessments/{{year:int}}/{{unit}}/{_act}/file"
    pages.get(_path, view=_VIEWS[_act])(_show)
    pages.post(_path, view=_VIEWS[_act])(_upload)
    pages.get(f"{_path}/download", view=_VIEWS[_act])(_download)
    pages.get(f"{_path}/faults", view=_VIEWS[_act])(_faults)
