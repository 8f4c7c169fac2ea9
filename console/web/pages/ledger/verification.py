"""立即核验: the ledger replayed while one waits, against a seal one brings along; and every replay that was asked for, with its answer."""

from __future__ import annotations

from msgspec.structs import replace
from starlette.responses import Response

from audit.bundle.html_page import report_page
from audit.report import Report
from audit.seals.keys import Key
from audit.seals.seal_checks import EvidenceSeal
from console.cli.names import people
from console.cli.seals import kept_elsewhere, remembered
from console.web import replay_jobs as verifying
from console.web.forms.fields import read_all
from console.web.replay_jobs import Kept, UnderWay
from console.web.request import Visit
from console.web.routes import Pages
from states.accounts.account import AUDIT
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
def show(visit: Visit) -> Response:
    return _page(visit)


@pages.post("/audit/verification", view="audit", proof=True)
def ask(visit: Visit) -> Response:
    """Begin a replay."""
    try:
        found = read_all(
            {"keys": lambda: keys_of(visit), "seal": lambda: _pasted(visit), "file": lambda: _uploaded(visit)}
        )
        ours = (replace(one, source=visit.render(_REMEMBERED)) for one in remembered(visit.desk.settings.seal_key))
        expected = [*found["seal"], *found["file"], *ours]
        number = verifying.start(visit.engine, visit.actor(AUDIT), expected, found["keys"])
    except UserError as wrong:
        return _page(visit, wrong)
    visit.log("verification_asked", what=str(number))
    return visit.to(f"/audit/verification/{number}")


@pages.get("/audit/verification/{number:int}", view="audit")
def look(visit: Visit, number: int) -> Response:
    """How far a replay has come, or what it answered."""
    row = _row(visit, number)
    kept = verifying.kept(visit.engine, row)
    return visit.page(
        "replayed.html", row=row, kept=kept, fault=decode(row.fault), names=people(visit.database), running=_runs(visit, row),
        verdict=_whole(kept).verdict() if kept else None, still="still" in visit.request.query_params,
    )  # fmt: skip


@pages.get("/audit/verification/{number:int}/report.html", view="audit")
def download(visit: Visit, number: int) -> Response:
    """The report as a page of its own, to be kept elsewhere."""
    kept = verifying.kept(visit.engine, _row(visit, number))
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


def _page(visit: Visit, refusal: UserError | None = None) -> Response:
    rows = replay_jobs.latest(visit.database, SHOWN)
    return visit.page(
        "verification.html", 200 if refusal is None else 409, refusal=refusal, names=people(visit.database),
        rows=[(row, verifying.kept(visit.engine, row), _runs(visit, row)) for row in rows], busy=isinstance(refusal, UnderWay),
        key=visit.desk.settings.seal_key,
    )  # fmt: skip


def _row(visit: Visit, number: int) -> VerificationRow:
    row = replay_jobs.find(visit.database, number)
    if row is None:
        raise NotThere(act=_REPORT, stream=str(number), first=Text(zh="发起核验", en="start a check"))
    return row


def _runs(visit: Visit, row: VerificationRow) -> bool:
    return row.finished_at is None and visit.now - row.beat_at < replay_jobs.SILENCE_LIMIT


def keys_of(visit: Visit) -> list[Key]:
    """The public keys of the form, one a line. BadKey."""
    return [Key.parse(line) for line in visit.field("keys").splitlines() if line.strip()]


def _pasted(visit: Visit) -> list[EvidenceSeal]:
    """The seal that was pasted, if one was. BadNote."""
    pasted = visit.field("seal")
    return [kept_elsewhere(f"{pasted}\n".encode(), visit.render(_PASTED))] if pasted else []


def _uploaded(visit: Visit) -> list[EvidenceSeal]:
    """The seal that came as a file, if one did. BadNote, TooLong."""
    file = visit.file("file")
    if file is None:
        return []
    raw = file.file.read(LONGEST + 1)
    if len(raw) > LONGEST:
        raise TooLong
    return [kept_elsewhere(raw, visit.render(_UPLOADED))]


_PASTED = Text(zh="粘贴的封存", en="the seal pasted")
_UPLOADED = Text(zh="上传的封存", en="the seal uploaded")
_REMEMBERED = Text(
    zh="本机密钥旁留存的封存和末条", en="the seal and the last entry remembered beside this machine's key"
)
