"""导出与验包: a year's ledger or one department's dossier as a file, and a file from elsewhere checked. Exports are on record.

Bounded: what takes longer than a page may is told to go by the command line. A bundle holds the ledger and no confidential
value: those lie in the vault, and no entry says them.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import Response

from audit.bundle import check as bundle_check
from audit.bundle import dossier, export
from audit.bundle.check import BundleReport
from audit.reader import DatabaseReader
from console.seal_files import expected_seal, signer, unwrapped
from console.web import recusal
from console.web.forms.fields import read_all
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.streams import assessment_stream
from states.user_errors import UserError
from states.vocabulary import Text
from storage import queries

from .verification import keys_of

pages = Pages()

MOST = 50_000
"""How many entries a ledger may have to be exported from a page: some four seconds' work."""

PACKED = 20 * 2**20
"""How many bytes the file of a bundle may have to be checked on a page."""

UNPACKED = 16 * 2**20
"""How many bytes a bundle may hold, unpacked, to be checked on a page: some twelve thousand entries, five seconds' work."""

_ID = r"([a-z0-9][a-z0-9._-]{0,63})?"
_YEAR, _UNIT = Text(zh="年度", en="a year"), Text(zh="部门", en="a unit")
_OCCASION = Text(zh="专项检查（或留空）", en="a special inspection, or leave it empty")


class TooLarge(UserError):
    """It would take longer than somebody waits for a page."""

    zh = "{what}过大，网页不办理。请在服务器上运行 {command}。"
    en = "{what} is too large for this page. Run `{command}` on the server."


class Unsaid(UserError):
    """What is to be exported or checked was not named."""

    zh = "请选择{what}后再提交。"
    en = "Choose {what}, then submit again."


@pages.get("/audit/exports", view="audit")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/audit/exports", view="audit", reauthenticates=True)
def make(request: PageRequest) -> Response:
    """A bundle, put on record before it is handed out."""
    year, unit, occasion = (request.form.text(name) for name in ("year", "unit", "occasion"))
    recusal.permit(request, assessment_stream(year, unit) if unit else "")
    try:
        name, data = _made(request, year, unit, occasion)
    except UserError as wrong:
        return _page(request, wrong)
    request.log_security("bundle_exported", what=name)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/zip", headers=headers)


@pages.post("/audit/exports/check", view="audit")
def check(request: PageRequest) -> Response:
    """A bundle from elsewhere: every bit, entry and seal of it, and the rules replayed."""
    try:
        outcome = _checked(request)
    except UserError as wrong:
        return _page(request, wrong)
    lines, found = outcome.lines(request.user.language), len(outcome.defects)
    request.log_security("bundle_checked", what=f"{outcome.entries} entries, {found} defects")
    return request.answer.page("checked.html", lines=lines[:-1], verdict=lines[-1], found=found)


def _page(request: PageRequest, refusal: UserError | None = None) -> Response:
    return request.answer.page(
        "exports.html", 200 if refusal is None else 409, refusal=refusal, years=queries.years(request.database),
        units=list(request.roster.units.values()),
    )  # fmt: skip


def _made(request: PageRequest, year: str, unit: str, occasion: str) -> tuple[str, bytes]:
    """The bundle's name, and its bytes."""
    named = {
        "year": (r"2[01][0-9]{2}", year, _YEAR),
        "unit": (_ID, unit, _UNIT),
        "occasion": (_ID, occasion, _OCCASION),
    }
    wrong = {name: Unsaid(what=what) for name, (form, said, what) in named.items() if not re.fullmatch(form, said)}
    if wrong:
        raise InvalidForm(wrong)
    reader = DatabaseReader(request.database)
    if reader.size() > MOST:
        command = f"kaohe audit export --year {year} -o {year}.zip"
        raise TooLarge(what=Text(zh="台账", en="the ledger"), command=command)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        if unit:
            stream = assessment_stream(year, unit, occasion)
            dossier.export_dossier(reader, stream, path, signer(request.app.settings.seal_key))
        else:
            export.export_ledger(reader, int(year), path)
        name = "-".join(filter(None, ("dossier" if unit else "ledger", year, unit, occasion if unit else "")))
        return f"{name}.zip", path.read_bytes()


def _checked(request: PageRequest) -> BundleReport:
    with TemporaryDirectory() as folder:
        found = read_all({
            "bundle": lambda: _bundle(request, Path(folder)),
            "seal": lambda: _seals(request, Path(folder)),
            "keys": lambda: [str(key) for key in keys_of(request)],
        })  # fmt: skip
        return bundle_check.check_bundle(found["bundle"], found["seal"], found["keys"])


def _bundle(request: PageRequest, folder: Path) -> Path:
    """The bundle that came with the form, as a file. Unsaid, TooLarge."""
    file, path = request.form.file("bundle"), folder / "bundle.zip"
    if file is None:
        raise Unsaid(what=Text(zh="导出的 .zip 文件", en="the .zip file of a bundle"))
    data = file.file.read(PACKED + 1)
    path.write_bytes(data)
    if len(data) > PACKED or bundle_check.unpacked_size(path) > UNPACKED:
        raise TooLarge(what=Text(zh="文件", en="the file"), command="kaohe audit verify BUNDLE.zip")
    return path


def _seals(request: PageRequest, folder: Path) -> list[Path]:
    """The seal that was pasted, as a file. BadNote."""
    pasted = f"{request.form.text('seal')}\n".encode()
    if not pasted.strip():
        return []
    expected_seal(pasted, "")
    path = folder / "seal.txt"
    path.write_bytes(unwrapped(pasted))
    return [path]
