"""立即核验: the ledger replayed while one waits, against a seal one brings along; and every replay that was asked for, with its answer."""

from __future__ import annotations

from msgspec.structs import replace
from starlette.responses import Response

from audit.bundle.html_page import report_page
from audit.report import Report
from audit.seals.keys import Key
from audit.seals.seal_checks import EvidenceSeal
from console.display_names import account_names
from console.seal_files import evidence_beside, expected_seal
from console.web import replay_jobs as verifying
from console.web.forms.fields import read_all
from console.web.replay_jobs import Kept, UnderWay
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.records.account import AUDIT
from states.refusals import NotThere
from states.user_errors import UserError
from states.vocabulary import Text
from storage import replay_jobs
from storage.bilingual_column import decode
from storage.tables.replay_jobs import VerificationRow

pages = Pages()

SHOWN = 20
"""How many earlier replays are listed."""

LONGEST = 65_536
"""No seal, and no proof with one, has more bytes."""


class TooLong(UserError):
    """What was handed in as a seal is too long to be one."""

    zh = "上传的文件过大，不是封存。请上传封存的 .txt 文件，或粘贴邮件里 BEGIN 到 END 的内容。"
    en = "The file is too large to be a seal. Upload the seal's .txt file, or paste the text from BEGIN to END in the email."


@pages.get("/audit/verification", view="audit")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/audit/verification", view="audit", reauthenticates=True)
def ask(request: PageRequest) -> Response:
    """Begin a replay."""
    try:
        found = read_all(
            {"keys": lambda: keys_of(request), "seal": lambda: _pasted(request), "file": lambda: _uploaded(request)}
        )
        ours = (
            replace(one, source=request.format.text(_REMEMBERED))
            for one in evidence_beside(request.app.settings.seal_key)
        )
        expected = [*found["seal"], *found["file"], *ours]
        number = verifying.start(request.engine, request.user.actor(AUDIT), expected, found["keys"])
    except UserError as wrong:
        return _page(request, wrong)
    request.log_security("verification_asked", what=str(number))
    return request.answer.redirect(f"/audit/verification/{number}")


@pages.get("/audit/verification/{number:int}", view="audit")
def look(request: PageRequest, number: int) -> Response:
    """How far a replay has come, or what it answered."""
    row = _row(request, number)
    kept = verifying.kept(request.engine, row)
    return request.answer.page(
        "replayed.html", row=row, kept=kept, fault=decode(row.fault), names=account_names(request.database), running=_runs(request, row),
        verdict=_whole(kept).verdict() if kept else None, still="still" in request.query,
    )  # fmt: skip


@pages.get("/audit/verification/{number:int}/report.html", view="audit")
def download(request: PageRequest, number: int) -> Response:
    """The report as a page of its own, to be kept elsewhere."""
    kept = verifying.kept(request.engine, _row(request, number))
    if kept is None:
        raise NotThere(act=_REPORT, stream=str(number), first=Text(zh="等核验完成", en="wait until it has finished"))
    headers = {
        "content-disposition": f'attachment; filename="replay-{number}.html"',
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return Response(report_page(_whole(kept)), media_type="text/html; charset=utf-8", headers=headers)


def _whole(kept: Kept) -> Report:
    """The report as it was: of many defects the first are kept, and how many there were."""
    return replace(kept.report, left_out=kept.found - len(kept.report.defects))


_REPORT = Text(zh="查阅核验报告", en="look at the report")


def _page(request: PageRequest, refusal: UserError | None = None) -> Response:
    rows = replay_jobs.latest(request.database, SHOWN)
    return request.answer.page(
        "verification.html", 200 if refusal is None else 409, refusal=refusal, names=account_names(request.database),
        rows=[(row, verifying.kept(request.engine, row), _runs(request, row)) for row in rows], busy=isinstance(refusal, UnderWay),
        key=request.app.settings.seal_key,
    )  # fmt: skip


def _row(request: PageRequest, number: int) -> VerificationRow:
    row = replay_jobs.find(request.database, number)
    if row is None:
        raise NotThere(act=_REPORT, stream=str(number), first=Text(zh="发起核验", en="start a check"))
    return row


def _runs(request: PageRequest, row: VerificationRow) -> bool:
    return row.finished_at is None and request.now - row.beat_at < replay_jobs.SILENCE_LIMIT


def keys_of(request: PageRequest) -> list[Key]:
    """The public keys of the form, one a line. BadKey."""
    return [Key.parse(line) for line in request.form.text("keys").splitlines() if line.strip()]


def _pasted(request: PageRequest) -> list[EvidenceSeal]:
    """The seal that was pasted, if one was. BadNote."""
    pasted = request.form.text("seal")
    return [expected_seal(f"{pasted}\n".encode(), request.format.text(_PASTED))] if pasted else []


def _uploaded(request: PageRequest) -> list[EvidenceSeal]:
    """The seal that came as a file, if one did. BadNote, TooLong."""
    file = request.form.file("file")
    if file is None:
        return []
    raw = file.file.read(LONGEST + 1)
    if len(raw) > LONGEST:
        raise TooLong
    return [expected_seal(raw, request.format.text(_UPLOADED))]


_PASTED = Text(zh="粘贴的封存", en="the seal pasted")
_UPLOADED = Text(zh="上传的封存", en="the seal uploaded")
_REMEMBERED = Text(
    zh="本机密钥旁留存的封存和末条", en="the seal and the last entry remembered beside this machine's key"
)
