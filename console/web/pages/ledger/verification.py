"""立即核验: a replay started from a page, compared with a seal from elsewhere; and earlier replays with their results."""

from __future__ import annotations

from msgspec.structs import replace
from starlette.responses import Response

from audit.bundle.html_page import report_page
from audit.report import Report
from audit.seals.keys import Key
from audit.seals.seal_checks import Evidence, EvidenceSeal
from console.display_names import account_names
from console.seal_files import evidence_beside, expected_seal
from console.web import replay_jobs as verifying
from console.web.forms.fields import read_all
from console.web.replay_jobs import ReplayUnderWay, StoredReport
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

MOST = 20
"""Earlier replays that are listed."""

LONGEST = 65_536
"""Bytes of a seal with its proof, at most."""

_REPORT = Text(zh="查阅核验报告", en="look at the report")
_PASTED = Text(zh="粘贴的封存", en="the seal pasted")
_UPLOADED = Text(zh="上传的封存", en="the seal uploaded")
_OWN_EVIDENCE = Text(
    zh="本机密钥旁留存的封存和末条", en="the seal and the last entry remembered beside this machine's key"
)


class SealTooLong(UserError):
    """The text or file is too long to be a seal."""

    zh = "上传的文件过大，不是封存。请上传封存的 .txt 文件，或粘贴邮件里 BEGIN 到 END 的内容。"
    en = "The file is too large to be a seal. Upload the seal's .txt file, or paste the text from BEGIN to END in the email."


@pages.get("/audit/verification", view="audit")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/audit/verification", view="audit", reauthenticates=True)
def start(request: PageRequest) -> Response:
    """Start a replay. It runs on when the page is left."""
    readers = {
        "keys": lambda: keys_of(request),
        "seal": lambda: _pasted_seal(request),
        "file": lambda: _uploaded_seal(request),
    }
    try:
        values = read_all(readers)
        evidence = [*values["seal"], *values["file"], *_own_evidence(request)]
        number = verifying.start_replay(request.engine, request.user.actor(AUDIT), evidence, values["keys"])
    except UserError as refusal:
        return _page(request, refusal)
    request.log_security("verification_asked", what=str(number))
    return request.answer.redirect(f"/audit/verification/{number}")


@pages.get("/audit/verification/{number:int}", view="audit")
def show_replay(request: PageRequest, number: int) -> Response:
    """How far a replay has come, or its result."""
    row = _row(request, number)
    # `stored_report` must come before `fault` is read: it writes there why an answer that the ledger does not know is not shown.
    answer = verifying.stored_report(request.engine, row)
    return request.answer.page(
        "replayed.html",
        row=row,
        answer=answer,
        verdict=_report(answer).verdict() if answer else None,
        fault=decode(row.fault),
        names=account_names(request.database),
        running=_is_running(request, row),
        refreshes="still" not in request.query,
    )


@pages.get("/audit/verification/{number:int}/report.html", view="audit")
def download(request: PageRequest, number: int) -> Response:
    """The report as an HTML file, to be stored elsewhere."""
    answer = verifying.stored_report(request.engine, _row(request, number))
    if answer is None:
        raise NotThere(act=_REPORT, stream=str(number), first=Text(zh="等核验完成", en="wait until it has finished"))
    # The report quotes the ledger. If somebody wrote a script into it, no browser may run that script.
    headers = {
        "content-disposition": f'attachment; filename="replay-{number}.html"',
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return Response(report_page(_report(answer)), media_type="text/html; charset=utf-8", headers=headers)


def _report(answer: StoredReport) -> Report:
    """The report of a replay. If it had many defects, only the first are stored: it says how many are left out."""
    return replace(answer.report, left_out=answer.found - len(answer.report.defects))


def _page(request: PageRequest, refusal: UserError | None = None) -> Response:
    rows = replay_jobs.latest(request.database, MOST)
    return request.answer.page(
        "verification.html",
        200 if refusal is None else 409,
        refusal=refusal,
        replays=[(row, verifying.stored_report(request.engine, row), _is_running(request, row)) for row in rows],
        names=account_names(request.database),
        is_busy=isinstance(refusal, ReplayUnderWay),
        has_key=request.app.settings.seal_key is not None,
    )


def _row(request: PageRequest, number: int) -> VerificationRow:
    row = replay_jobs.find(request.database, number)
    if row is None:
        raise NotThere(act=_REPORT, stream=str(number), first=Text(zh="发起核验", en="start a check"))
    return row


def _is_running(request: PageRequest, row: VerificationRow) -> bool:
    # A replay that was killed cannot say so. One that reports no progress for a while is taken for ended.
    return row.finished_at is None and request.now - row.beat_at < replay_jobs.SILENCE_LIMIT


def keys_of(request: PageRequest) -> list[Key]:
    """The public keys that were typed, one a line. BadKey."""
    return [Key.parse(line) for line in request.form.text("keys").splitlines() if line.strip()]


def _own_evidence(request: PageRequest) -> list[Evidence]:
    """The seal and the last entry that this machine has stored beside its sealing key, as further evidence."""
    source = request.format.text(_OWN_EVIDENCE)
    return [replace(evidence, source=source) for evidence in evidence_beside(request.app.settings.seal_key)]


def _pasted_seal(request: PageRequest) -> list[EvidenceSeal]:
    """The seal that was pasted; none where the field is empty. BadNote."""
    pasted = request.form.text("seal")
    return [expected_seal(f"{pasted}\n".encode(), request.format.text(_PASTED))] if pasted else []


def _uploaded_seal(request: PageRequest) -> list[EvidenceSeal]:
    """The seal that came as a file; none where there is no file. BadNote, SealTooLong."""
    file = request.form.file("file")
    if file is None:
        return []
    data = file.file.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise SealTooLong
    return [expected_seal(data, request.format.text(_UPLOADED))]
