"""导出与验包: exporting a year's ledger or a department's dossier as a bundle, and checking a posted bundle.

The user may export a dossier only of a department whose entries the user may read. Only a user who belongs to no
department may export the ledger of a year (回避, `console/web/recusal.py`). Each export and each check is logged.

A bundle has entries but no confidential values: they are in the vault, and no entry quotes them. An export or a check
that takes too long for a page is refused; the command line can do it.

With a dossier the comments on the assessment can be exported too, by those who may read them. They are no evidence, so
they are in a file beside the bundle and not in it (docs/decisions/0058-comments-beside-the-ledger.md).
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from starlette.responses import Response

from audit.bundle import check as bundle_check
from audit.bundle import dossier, export
from audit.bundle.check import BundleReport
from audit.reader import DatabaseReader
from console.seal_files import expected_seal, read_signer, unwrap_letter
from console.web import recusal
from console.web.display.spreadsheets import excel_file
from console.web.forms.fields import read_all
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.streams import assessment_stream
from states.user_errors import UserError
from states.views import COMMENTS
from states.vocabulary import Text
from storage import queries
from storage.papers.comments import comments_of

from .verification import keys_of

pages = Pages()

MAX_ENTRIES = 50_000
"""The number of entries in the whole ledger, at most, if a page exports a part of it. This takes about four seconds."""

MAX_PACKED_SIZE = 20 * 2**20
"""The size of a bundle's file that a page checks, at most, in bytes."""

MAX_UNPACKED_SIZE = 16 * 2**20
"""The unpacked size of a bundle that a page checks, at most, in bytes: about 12,000 entries, checked in 5 seconds."""

_ID = r"([a-z0-9][a-z0-9._-]{0,63})?"
_EXPORT_FIELDS = {
    "year": (r"2[01][0-9]{2}", Text(zh="年度", en="a year")),
    "unit": (_ID, Text(zh="部门", en="a department")),
    "occasion": (_ID, Text(zh="专项检查（或留空）", en="a special inspection, or leave it empty")),
}
"""The pattern and the title of each field in the form for an export."""


class TooLargeForPage(UserError):
    """The export or the check would take too long for a page."""

    zh = "{what}过大，网页不办理。请在服务器上运行 {command}。"
    en = "{what} is too large for this page. Run `{command}` on the server."


class CommentsOfNoDepartment(UserError):
    """The comments are to be exported, but no department is chosen."""

    zh = "意见只能随一个部门的卷宗导出。请选择部门，或取消勾选“附意见”。"
    en = "Comments are exported with the dossier of one department. Choose a department, or untick “with the comments”."


class NotChosen(UserError):
    """A choice is missing or wrong in the form: what to export or to check."""

    zh = "请选择{what}后再提交。"
    en = "Choose {what}, then submit again."


@pages.get("/audit/exports", view="audit")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/audit/exports", view="audit", reauthenticates=True)
def export_bundle(request: PageRequest) -> Response:
    """Send the ledger of the year as a download, or the dossier of the department if the form names one."""
    year, unit, occasion = (request.form.text(name) for name in ("year", "unit", "occasion"))
    recusal.require_read(request, assessment_stream(year, unit) if unit else "")
    with_comments = bool(request.form.text("comments"))
    if with_comments:
        request.permissions.require_view(COMMENTS, unit or None)
    try:
        if with_comments and not unit:
            raise InvalidForm({"comments": CommentsOfNoDepartment()})
        name, data = _bundle(request, year, unit, occasion)
        if with_comments:
            name, data = _with_comments(request, assessment_stream(year, unit, occasion), name, data)
    except UserError as refusal:
        return _page(request, refusal)
    # The export is logged before it is sent, so that the log has it even if the connection breaks.
    request.log_security("bundle_exported", detail=name)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/zip", headers=headers)


@pages.post("/audit/exports/check", view="audit")
def check_bundle(request: PageRequest) -> Response:
    """Check a posted bundle, and show the report: every byte, entry and seal, and whether the rules were kept."""
    try:
        report = _check(request)
    except UserError as refusal:
        return _page(request, refusal)
    *lines, verdict = report.lines(request.user.language)
    defects = len(report.defects)
    request.log_security("bundle_checked", detail=f"{report.entries} entries, {defects} defects")
    return request.answer.page("bundle_check.html", lines=lines, verdict=verdict, defects=defects)


def _page(request: PageRequest, refusal: UserError | None = None) -> Response:
    return request.answer.page(
        "exports.html",
        200 if refusal is None else 409,
        refusal=refusal,
        years=queries.years(request.database),
        units=list(request.roster.units.values()),
        may_read_comments=request.permissions.may_view(COMMENTS),
    )


def _bundle(request: PageRequest, year: str, unit: str, occasion: str) -> tuple[str, bytes]:
    """The file name and the bytes of a bundle.

    Raises `InvalidForm`, `TooLargeForPage` or an error of `audit/bundle`.
    """
    values = {"year": year, "unit": unit, "occasion": occasion}
    errors = {
        name: NotChosen(what=title)
        for name, (pattern, title) in _EXPORT_FIELDS.items()
        if not re.fullmatch(pattern, values[name])
    }
    if errors:
        raise InvalidForm(errors)
    reader = DatabaseReader(request.database)
    if reader.size() > MAX_ENTRIES:
        command = f"kaohe audit export --year {year} -o {year}.zip"
        raise TooLargeForPage(what=Text(zh="台账", en="the ledger"), command=command)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        if unit:
            stream = assessment_stream(year, unit, occasion)
            dossier.export_dossier(reader, stream, path, read_signer(request.app.settings.seal_key))
            name = "-".join(filter(None, ("dossier", year, unit, occasion)))
        else:
            export.export_ledger(reader, int(year), path)
            name = f"ledger-{year}"
        return f"{name}.zip", path.read_bytes()


def _with_comments(request: PageRequest, stream: str, name: str, bundle: bytes) -> tuple[str, bytes]:
    """A zip file with the bundle, unchanged, and a workbook of the comments on the assessment.

    The workbook has the digest of each comment as the ledger notes it.
    """
    head = [request.format.text(title) for title in _COMMENT_HEADS]
    rows = [
        (
            request.account_names.get(one.author, one.author),
            request.format.moment(one.at),
            request.format.text(one.words),
            request.format.moment(one.withdrawn_at) if one.withdrawn_at else "",
            one.id,
            one.digest,
        )
        for one in comments_of(request.database, stream)
    ]
    workbook = excel_file(request.format.text(Text(zh="意见", en="Comments")), head, rows)
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr(name, bundle)
        archive.writestr(f"comments-{name.removeprefix('dossier-').removesuffix('.zip')}.xlsx", workbook)
    return f"{name.removesuffix('.zip')}-with-comments.zip", buffer.getvalue()


_COMMENT_HEADS = (
    Text(zh="作者", en="Author"),
    Text(zh="时间", en="Written at"),
    Text(zh="意见", en="Comment"),
    Text(zh="撤回时间", en="Withdrawn at"),
    Text(zh="编号", en="id"),
    Text(zh="台账登记的摘要", en="Digest in the ledger"),
)
"""The columns of the workbook of comments."""


def _check(request: PageRequest) -> BundleReport:
    """Check the posted bundle against the seal and keys in the form. Raises `InvalidForm` or an error of the check."""
    with TemporaryDirectory() as folder:
        values = read_all(
            {
                "bundle": lambda: _uploaded_bundle(request, Path(folder)),
                "seal": lambda: _pasted_seal(request, Path(folder)),
                "keys": lambda: [str(key) for key in keys_of(request)],
            }
        )
        return bundle_check.check_bundle(values["bundle"], values["seal"], values["keys"])


def _uploaded_bundle(request: PageRequest, folder: Path) -> Path:
    """Write the uploaded bundle to a file in this folder. Raises `NotChosen` or `TooLargeForPage`."""
    file, path = request.form.file("bundle"), folder / "bundle.zip"
    if file is None:
        raise NotChosen(what=Text(zh="导出的 .zip 文件", en="the .zip file of a bundle"))
    data = file.file.read(MAX_PACKED_SIZE + 1)
    path.write_bytes(data)
    # A small file may unpack into a very large one (a "zip bomb"), so both sizes are limited.
    if len(data) > MAX_PACKED_SIZE or bundle_check.unpacked_size(path) > MAX_UNPACKED_SIZE:
        raise TooLargeForPage(what=Text(zh="文件", en="the file"), command="kaohe audit verify BUNDLE.zip")
    return path


def _pasted_seal(request: PageRequest, folder: Path) -> list[Path]:
    """Write the pasted seal to a file in this folder, and return its path in a list. Raises `BadNote`.

    The list is empty if the field is empty.
    """
    pasted = f"{request.form.text('seal')}\n".encode()
    if not pasted.strip():
        return []
    expected_seal(pasted, "")
    path = folder / "seal.txt"
    path.write_bytes(unwrap_letter(pasted))
    return [path]
