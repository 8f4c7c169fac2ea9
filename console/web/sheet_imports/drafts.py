"""A workbook that somebody uploaded to bring something in: kept as the draft of its form until it is done or replaced.

What was read is kept, encrypted; the file is not. Not here: what the sheets mean, and doing it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from pathlib import PurePath

import msgspec
from msgspec import Struct
from starlette.responses import Response

from config.cells import CellFault, Workbook
from config.tables import FoundTable, Heads, find_tables, plain_head
from console.web.display.spreadsheets import EXCEL
from console.web.request.page_request import PageRequest
from documents import inspection
from documents.sheets.error_copy import error_copy
from documents.sheets.writing import write
from states.refusals import Incomplete, Refusal
from states.vocabulary import Citation, Text
from storage import column_heads
from storage.papers import drafts

_SHEETS = (".xlsx", ".xls", ".et", ".csv")
"""The endings of the files that every form takes."""


class SheetDraft(Struct, frozen=True):
    """What was read of a file: its name and cells; and what a person chose.

    `columns`: keys by plain head. `choices`: for other questions of the form (`kind:样例学院`), by the rest of the name.
    """

    file: str
    workbook: Workbook
    columns: dict[str, str] = {}
    choices: dict[str, str] = {}

    @property
    def digest(self) -> str:
        """The digest of the file's cells, by which a form says which file it showed."""
        return sha256(msgspec.json.encode((self.file, self.workbook))).hexdigest()


class DraftReplaced(Refusal):
    """Another window uploaded another file since the form was shown."""

    zh = "您在另一窗口上传了别的文件（{clause}）。下面是现在的文件，请核对后再提交。"
    en = (
        "You uploaded another file in another window ({clause}). Below is the present one: check it, then submit again."
    )


class SheetForm(Struct, frozen=True):
    """A form that takes sheets: its path, the name under which heads are remembered, and the columns of its tables.

    `readers`: read files with other endings, from the bytes and the name. They raise a `UserError`.
    """

    path: str
    name: str
    kinds: Mapping[str, Heads]
    readers: Mapping[str, Callable[[bytes, str], Workbook]] = {}

    @property
    def accepted(self) -> str:
        """The endings of the files, for the field of the form."""
        return ",".join((*_SHEETS, *self.readers))

    def read_upload(self, request: PageRequest, clause: Citation) -> SheetDraft:
        """Read the uploaded file and keep its cells. Raises `Incomplete`, `FileNotAccepted` or what a reader raises."""
        file = request.form.file("file")
        if file is None:
            raise Incomplete(missing=Text(zh="Excel 文件", en="the Excel file"), clause=clause)
        name, data = (file.filename or "")[-80:], file.file.read()
        read = self.readers.get(PurePath(name).suffix.casefold())
        converter = request.app.settings.office_converter
        workbook = read(data, name) if read is not None else inspection.read_workbook(name, data, converter)
        return self.keep(request, SheetDraft(name, workbook))

    def keep(self, request: PageRequest, draft: SheetDraft) -> SheetDraft:
        fields = [("draft", msgspec.json.encode(draft).decode())]
        drafts.store(request.database, request.user.id, self.path, fields, request.now)
        return draft

    def stored_draft(self, request: PageRequest) -> SheetDraft | None:
        """What the user uploaded; None if there is nothing."""
        draft = drafts.find(request.database, request.user.id, self.path)
        return None if draft is None else msgspec.json.decode(dict(draft.fields)["draft"], type=SheetDraft)

    def finish(self, request: PageRequest, draft: SheetDraft) -> None:
        """Remember the chosen columns, and forget the file."""
        column_heads.remember(request.database, self.name, draft.columns)
        drafts.delete_draft(request.database, request.user.id, self.path)

    def tables(self, request: PageRequest, draft: SheetDraft) -> list[FoundTable]:
        remembered = column_heads.remembered(request.database, self.name)
        return find_tables(draft.workbook, self.kinds, {**remembered, **draft.columns})

    def check_seen(self, request: PageRequest, draft: SheetDraft, clause: Citation) -> None:
        """Raise `DraftReplaced` if the posted form showed another file."""
        if request.form.text("seen") != draft.digest:
            raise DraftReplaced(clause=clause)

    def with_choices(self, request: PageRequest, draft: SheetDraft, questions: Collection[str] = ()) -> SheetDraft:
        """The draft, kept, with the columns that the form has, and the answers to other questions."""
        columns, choices = dict(draft.columns), dict(draft.choices)
        keys = {key for heads in self.kinds.values() for key in heads}
        for name, value in request.form.items():
            part, _, rest = name.partition(":")
            if part == "column" and isinstance(value, str) and (value in keys or not value):
                columns[plain_head(rest)] = value
            if part in questions and isinstance(value, str) and value:
                choices[rest] = value
        chosen = {head: key for head, key in columns.items() if key}
        return self.keep(request, msgspec.structs.replace(draft, columns=chosen, choices=choices))


def download_faults(request: PageRequest, tables: Sequence[FoundTable], faults: Sequence[CellFault]) -> Response:
    """The sheets with a column that says what is wrong, to correct and upload again."""
    language = request.user.language
    copies = [error_copy(one.sheet, one.heads(language), one.rows, faults, language) for one in tables]
    return request.answer.download("kaohe-faults.xlsx", write(copies), EXCEL)
