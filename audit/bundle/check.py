"""Checks a bundle from elsewhere twice: by `verify.py`, which is in every bundle, and by a replay of the rules.

The two share no code, so they do not share a fault. `verify.py` runs in an isolated process and answers in JSON. If it
accepts the form of the file, the file is opened here too. If `verify.py` and the replay report the same defect of the
same entry, it is listed once.

Also checked here: cosignatures by ML-DSA-44, which `verify.py` cannot check, and the page of the bundle.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from audit.defect import Defect, make_defect, sort_defects
from audit.replay import replay
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.keys import SUBTREE, ForgedSignature, Key, NoTrustedSignature, verify_signatures
from audit.seals.notes import BadNote, parse_note
from states.user_errors import UserError
from states.vocabulary import Text

from . import html_page_check
from .bundle import PROGRAM, BundleReader

CODES_OF_VERIFIER: Mapping[str, str] = {
    "unreadable": "form", "form": "form", "newer": "newer", "kind": "kind", "stream": "kind", "link": "link",
    "backwards": "backwards", "clock": "clock", "version": "version", "door": "command", "rulebook_missing": "rulebook",
}  # fmt: skip
"""The code of a defect in the replay → the code of the same defect in `verify.py`."""


class NotABundle(UserError):
    """The file cannot be checked. `why` is a sentence of `verify.py`."""

    zh = en = "{why}"


class VerifierFailed(UserError):
    """The program that checks the file ended without an answer."""

    zh = "核验程序意外结束（代码 {code}），没有结论。请重新核验；再次不成时，请用 Python 直接运行包中的 verify.py。"
    en = (
        "The program that checks the file ended without an answer (code {code}). Check again; if it fails again, run "
        "the verify.py of the bundle with Python."
    )


class BundleReport(Struct, frozen=True):
    """The result of the check of a bundle.

    `form`: "ledger" or "dossier", or another word of `verify.py` for a file that it cannot check further. `remarks`:
    what the check cannot show. `answer`: the whole answer of `verify.py` as JSON data.
    """

    form: str
    entries: int
    defects: tuple[Defect, ...]
    remarks: tuple[Text, ...]
    answer: dict[str, Any] = {}

    @property
    def ok(self) -> bool:
        """Whether there is no defect."""
        return not self.defects

    def lines(self, language: str) -> list[str]:
        """Lines for a terminal: what the check cannot show, every defect, and the verdict."""
        count = len(self.defects)
        verdict = Text(
            zh=f"{self.entries} 条记录：" + (f"发现 {count} 处缺陷。" if count else "无缺陷（限于以上所述范围）。"),
            en=f"{self.entries} entries: "
            + (f"{count} defects." if count else "no defect, within the limits said above."),
        )
        remarks = [remark.render(language) for remark in self.remarks]
        return [*remarks, *(defect.render(language) for defect in self.defects), verdict.render(language)]

    def as_json(self) -> dict[str, Any]:
        """The report as data that can be written as JSON."""
        return {**self.answer, "defects": [asdict(defect) for defect in self.defects], "ok": self.ok}


def check_bundle(bundle: Path, expect: Sequence[Path] = (), keys: Sequence[str] = ()) -> BundleReport:
    """Check a bundle by `verify.py`; if that accepts its form, also by a replay, with its page and all cosignatures.

    Parameters and errors as in `run_verifier`.
    """
    report = run_verifier(bundle, expect, keys)
    if report.form not in ("ledger", "dossier"):
        return report
    excerpt = report.form == "dossier"
    with zipfile.ZipFile(bundle) as archive:
        reader = BundleReader(archive, excerpt=excerpt)
        if report.answer["unread"]:
            report = check_ml_dsa(report, archive)
        defects = [*report.defects, *_without_reported(replay(reader, excerpt=excerpt).defects, report.defects)]
        # The page is compared only if there is no other defect, because the page of defective entries may rightly
        # differ.
        if not defects and not html_page_check.is_page_of_bundle(reader, archive, report.form):
            defects.append(_WRONG_PAGE)
    return replace(report, defects=tuple(defects))


def run_verifier(bundle: Path, expect: Sequence[Path] = (), keys: Sequence[str] = ()) -> BundleReport:
    """Run `verify.py`. `expect`: files of seals from elsewhere; `keys`: verifier keys from elsewhere.

    Raises `NotABundle` if the file cannot be checked, and `VerifierFailed` if the program ends without an answer.
    """
    options = [*(f"--expect={file}" for file in expect), *(f"--key={key}" for key in keys)]
    command = [sys.executable, "-I", "-S", str(PROGRAM), "--json", *options, "--", str(bundle)]
    result = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    try:
        answer = json.loads(result.stdout)
        if result.returncode == 2:
            raise NotABundle(why=Text(**answer["unusable"]))
        remarks = tuple(Text(**item) for item in answer["remarks"])
        defects = tuple(
            Defect(item["number"], None, item["code"], item["zh"], item["en"]) for item in answer["defects"]
        )
        return BundleReport(answer["form"], answer["entries"], defects, remarks, answer)
    except (ValueError, KeyError, TypeError) as error:
        raise VerifierFailed(code=result.returncode) from error


def check_ml_dsa(report: BundleReport, archive: zipfile.ZipFile) -> BundleReport:
    """Check the cosignatures by ML-DSA-44. Returns a copy of the report with their witnesses and defects.

    `verify.py` has no library for them and does not check them.
    """
    sources = {Key.parse(item["key"]): item["source"] for item in report.answer["keys"]}
    witnesses = [key for key in sources if key.type == SUBTREE]
    defects: list[Defect] = []
    newest: list[Key] = []  # The keys that signed the newest seal.
    for name in sorted(name for name in archive.namelist() if name.startswith("seals/")):
        newest = []
        # A seal without such signatures is no defect. A seal that cannot be read was reported by `verify.py`.
        with suppress(NoTrustedSignature, BadNote):
            note = parse_note(archive.read(name))
            try:
                newest = [signature.key for signature in verify_signatures(note, witnesses)]
            except ForgedSignature as error:
                size = parse_checkpoint(note.text).size
                defects.append(make_defect("cosignature", None, None, size=size, why=error))
    names = {
        "witnesses": {key.name for key in newest if sources[key] == "given"},
        "claimed": {key.name for key in newest if sources[key] != "given"},
    }
    fields = {field: sorted({*report.answer[field], *names[field]}) for field in _REMARKS}
    remarks = [make_remark(sorted(names[field])) for field, make_remark in _REMARKS.items() if names[field]]
    return replace(
        report,
        defects=(*report.defects, *defects),
        remarks=(*report.remarks, *remarks),
        answer={**report.answer, **fields, "unread": []},
    )


_REMARKS: Mapping[str, Callable[[Sequence[str]], Text]] = {
    "witnesses": lambda names: Text(
        zh=f"最近一次封存另有 {'、'.join(names)} 以 ML-DSA-44 见证。",
        en=f"The newest seal is witnessed by {', '.join(names)} too, with ML-DSA-44.",
    ),
    "claimed": lambda names: Text(
        zh=f"{'、'.join(names)} 以 ML-DSA-44 签名，其公钥只见于包内，未计作见证；请以 --key 给出见证人当面交付的公钥。",
        en=(
            f"{', '.join(names)} signed with ML-DSA-44 and a key that only the bundle names: it counts as no witness; "
            f"give the key that the witness handed you with --key."
        ),
    ),
}
"""The remark about names of witnesses, by the field of the answer of `verify.py` in which they are."""


def unpacked_size(bundle: Path) -> int:
    """The unpacked size of all parts, by their headers; 0 if the file is no zip file. The check reports that."""
    try:
        with zipfile.ZipFile(bundle) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return 0


_WRONG_PAGE = Defect(
    None,
    None,
    "page",
    "index.html 与包中的记录不符（或由另一版本制作），请勿据以阅读。",
    "index.html is not the page that these entries make (or another release made it). Do not rely on it.",
)


def _without_reported(defects: Iterable[Defect], reported: Iterable[Defect]) -> tuple[Defect, ...]:
    """The defects of the replay that `verify.py` has not reported.

    A defect without an entry always stays: two of them may differ.
    """
    reported_keys = {(defect.number, defect.code) for defect in reported if defect.number is not None}
    return sort_defects(
        defect for defect in defects if (defect.number, CODES_OF_VERIFIER.get(defect.code)) not in reported_keys
    )
