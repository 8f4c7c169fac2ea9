"""立即核验: starting a replay of the whole ledger, its progress and report, and the list of earlier replays.

A replay also compares the ledger with evidence: a pasted seal, an uploaded seal, and the seal and the last entry that
this machine has stored beside its sealing key. All three are optional.

Not here: the replay itself (`audit/replay.py`), and running it as a job (`console/web/replay_jobs.py`).
"""

from __future__ import annotations

from msgspec.structs import replace
from starlette.responses import Response

from audit.bundle.html_page import report_page
from audit.report import Report
from audit.seals.keys import Key
from audit.seals.seal_checks import Evidence, EvidenceSeal
from console.seal_files import evidence_beside, expected_seal
from console.web import replay_jobs as replays
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

MAX_LISTED = 20
"""The number of earlier replays in the list."""

MAX_SEAL_SIZE = 65_536
"""The size of a seal with its proof, at most, in bytes."""

_ACT_TITLE = Text(zh="查阅核验报告", en="look at the report")
"""The act that is refused if there is no such report."""
_PASTED = Text(zh="粘贴的封存", en="the seal pasted")
_UPLOADED = Text(zh="上传的封存", en="the seal uploaded")
_OWN_EVIDENCE = Text(
    zh="本机密钥旁留存的封存和末条", en="the seal and the last entry remembered beside this machine's key"
)
"""The sources of evidence, as the report names them: `_PASTED`, `_UPLOADED`, `_OWN_EVIDENCE`."""


class SealTooLong(UserError):
    """The text or the file is too long for a seal."""

    zh = "上传的文件过大，不是封存。请上传封存的 .txt 文件，或粘贴邮件里 BEGIN 到 END 的内容。"
    en = (
        "The file is too large to be a seal. Upload the seal's .txt file, or paste the text from BEGIN to END in the "
        "email."
    )


@pages.get("/audit/verification", view="audit")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/audit/verification", view="audit", reauthenticates=True)
def start(request: PageRequest) -> Response:
    """Start a replay with the evidence in the form. It continues if the user leaves the page."""
    readers = {
        "keys": lambda: keys_of(request),
        "seal": lambda: _pasted_seal(request),
        "file": lambda: _uploaded_seal(request),
    }
    try:
        values = read_all(readers)
        evidence = [*values["seal"], *values["file"], *_own_evidence(request)]
        number = replays.start_replay(request.engine, request.user.actor(AUDIT), evidence, values["keys"])
    except UserError as refusal:
        return _page(request, refusal)
    request.log_security("verification_asked", detail=str(number))
    return request.answer.redirect(f"/audit/verification/{number}")


@pages.get("/audit/verification/{number:int}", view="audit")
def show_replay(request: PageRequest, number: int) -> Response:
    """Show the progress of a replay, its result, or the reason why it failed."""
    row = _row(request, number)
    # `stored_report` must be called before `row.fault` is read, because it writes a reason there if it rejects the
    # report.
    answer = replays.stored_report(request.engine, row)
    return request.answer.page(
        "replay.html",
        row=row,
        answer=answer,
        verdict=_report(answer).verdict() if answer else None,
        fault=decode(row.fault),
        names=request.account_names,
        running=_is_running(request, row),
        refreshes="still" not in request.query,
    )


@pages.get("/audit/verification/{number:int}/report.html", view="audit")
def download(request: PageRequest, number: int) -> Response:
    """Send the report as an HTML file, to be stored outside this system. Raises `NotThere` if there is none yet."""
    answer = replays.stored_report(request.engine, _row(request, number))
    if answer is None:
        raise NotThere(act=_ACT_TITLE, stream=str(number), first=Text(zh="等核验完成", en="wait until it has finished"))
    # The report quotes the ledger. If somebody wrote a script into the ledger, no browser may run it.
    headers = {
        "content-disposition": f'attachment; filename="replay-{number}.html"',
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return Response(report_page(_report(answer)), media_type="text/html; charset=utf-8", headers=headers)


def _report(answer: StoredReport) -> Report:
    """The report of a replay. Only its first defects are stored; it has the number of the others (`left_out`)."""
    return replace(answer.report, left_out=answer.defect_count - len(answer.report.defects))


def _page(request: PageRequest, refusal: UserError | None = None) -> Response:
    rows = replay_jobs.latest(request.database, MAX_LISTED)
    return request.answer.page(
        "verification.html",
        200 if refusal is None else 409,
        refusal=refusal,
        replays=[(row, replays.stored_report(request.engine, row), _is_running(request, row)) for row in rows],
        names=request.account_names,
        is_busy=isinstance(refusal, ReplayUnderWay),
        has_key=request.app.settings.seal_key is not None,
    )


def _row(request: PageRequest, number: int) -> VerificationRow:
    """The row of a replay. Raises `NotThere`."""
    row = replay_jobs.find(request.database, number)
    if row is None:
        raise NotThere(act=_ACT_TITLE, stream=str(number), first=Text(zh="发起核验", en="start a check"))
    return row


def _is_running(request: PageRequest, row: VerificationRow) -> bool:
    """Whether the replay has not ended and still reports progress."""
    # A killed replay cannot report its end. So a replay without progress for `SILENCE_LIMIT` counts as ended.
    return row.finished_at is None and request.now - row.beat_at < replay_jobs.SILENCE_LIMIT


def keys_of(request: PageRequest) -> list[Key]:
    """The typed public keys, one in each line. Raises `BadKey`."""
    return [Key.parse(line) for line in request.form.text("keys").splitlines() if line.strip()]


def _own_evidence(request: PageRequest) -> list[Evidence]:
    """The seal and the last entry that this machine has stored beside its sealing key; empty without a key."""
    source = request.format.text(_OWN_EVIDENCE)
    return [replace(evidence, source=source) for evidence in evidence_beside(request.app.settings.seal_key)]


def _pasted_seal(request: PageRequest) -> list[EvidenceSeal]:
    """The pasted seal; empty if the field is empty. Raises `BadNote`."""
    pasted = request.form.text("seal")
    return [expected_seal(f"{pasted}\n".encode(), request.format.text(_PASTED))] if pasted else []


def _uploaded_seal(request: PageRequest) -> list[EvidenceSeal]:
    """The uploaded seal; empty if there is no file. Raises `BadNote` or `SealTooLong`."""
    file = request.form.file("file")
    if file is None:
        return []
    data = file.file.read(MAX_SEAL_SIZE + 1)
    if len(data) > MAX_SEAL_SIZE:
        raise SealTooLong
    return [expected_seal(data, request.format.text(_UPLOADED))]
