"""Checks a bundle that came from elsewhere, twice: by `verify.py`, the program that lies in every bundle, and by a replay of the rules.

The two share no code, so a fault in one does not hide in the other. `verify.py` runs in an isolated process of its own and answers in JSON;
only a file of the strict form is then opened here. A defect of the replay is left out only if `verify.py` reported the same entry for the
same thing.
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

SAME_DEFECT: Mapping[str, str] = {
    "unreadable": "form", "form": "form", "newer": "newer", "kind": "kind", "stream": "kind", "link": "link",
    "backwards": "backwards", "clock": "clock", "version": "version", "door": "command", "rulebook_missing": "rulebook",
}  # fmt: skip
"""What the replay calls a defect -> what `verify.py` calls the same one."""


class NotABundle(UserError):
    """The file cannot be checked; `why` is a sentence of `verify.py`."""

    zh = en = "{why}"


class VerifierFailed(UserError):
    """The program that checks the file ended without an answer."""

    zh = "核验程序意外结束（代码 {code}），没有结论。请重新核验；再次不成时，请用 Python 直接运行包中的 verify.py。"
    en = "The program that checks the file ended without an answer (code {code}). Check again; if it fails again, run the verify.py of the bundle with Python."


class BundleReport(Struct, frozen=True):
    """What was found in a bundle. `answer` is all that `verify.py` answered besides, as plain data."""

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
        """For people: what the check cannot show, every defect, and last how much was read and the verdict."""
        count = len(self.defects)
        end = Text(
            zh=f"{self.entries} 条记录：" + (f"发现 {count} 处缺陷。" if count else "无缺陷（限于以上所述范围）。"),
            en=f"{self.entries} entries: "
            + (f"{count} defects." if count else "no defect, within the limits said above."),
        )
        return [
            *(one.render(language) for one in self.remarks), *(one.render(language) for one in self.defects), end.render(language)
        ]  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return {**self.answer, "defects": [asdict(one) for one in self.defects], "ok": self.ok}


def check_bundle(bundle: Path, expect: Sequence[Path] = (), keys: Sequence[str] = ()) -> BundleReport:
    """The answer of `verify.py`, and the defects that only a replay finds. NotABundle, VerifierFailed."""
    outcome = run_verifier(bundle, expect, keys)
    if outcome.form not in ("ledger", "dossier"):
        return outcome
    excerpt = outcome.form == "dossier"
    with zipfile.ZipFile(bundle) as archive:
        reader = BundleReader(archive, excerpt=excerpt)
        outcome = check_ml_dsa(outcome, archive) if outcome.answer["unread"] else outcome
        new = _new(replay(reader, excerpt=excerpt).defects, outcome.defects)
        # The page is compared only if there is no other defect: a page made of defective entries may differ rightly.
        paged = (
            ()
            if outcome.defects or new or html_page_check.is_page_of_bundle(reader, archive, outcome.form)
            else (_PAGE,)
        )
    return replace(outcome, defects=(*outcome.defects, *new, *paged))


def run_verifier(bundle: Path, expect: Sequence[Path] = (), keys: Sequence[str] = ()) -> BundleReport:
    """The answer of `verify.py`. NotABundle, VerifierFailed."""
    options = [*(f"--expect={one}" for one in expect), *(f"--key={one}" for one in keys)]
    command = [sys.executable, "-I", "-S", str(PROGRAM), "--json", *options, "--", str(bundle)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    try:
        said = json.loads(done.stdout)
        if done.returncode == 2:
            raise NotABundle(why=Text(**said["unusable"]))
        remarks = tuple(Text(**one) for one in said["remarks"])
        defects = tuple(Defect(one["number"], None, one["code"], one["zh"], one["en"]) for one in said["defects"])
        return BundleReport(said["form"], said["entries"], defects, remarks, said)
    except (ValueError, KeyError, TypeError) as error:
        raise VerifierFailed(code=done.returncode) from error


def check_ml_dsa(outcome: BundleReport, archive: zipfile.ZipFile) -> BundleReport:
    """The same with the cosignatures by ML-DSA-44, which `verify.py`, having no library, leaves unread."""
    sources = {Key.parse(one["key"]): one["source"] for one in outcome.answer["keys"]}
    witnesses = [key for key in sources if key.type == SUBTREE]
    wrong: list[Defect] = []
    newest: list[Key] = []
    for name in sorted(name for name in archive.namelist() if name.startswith("seals/")):
        newest = []
        with suppress(NoTrustedSignature, BadNote):  # none of these signed it; what cannot be read was reported
            note = parse_note(archive.read(name))
            try:
                newest = [one.key for one in verify_signatures(note, witnesses)]
            except ForgedSignature as error:
                wrong.append(make_defect("cosignature", None, None, size=parse_checkpoint(note.text).size, why=error))
    names = {of: {key.name for key in newest if (sources[key] == "given") == (of == "witnesses")} for of in _WITNESSES}
    said = {of: sorted({*outcome.answer[of], *names[of]}) for of in _WITNESSES}
    remarks = [_WITNESSES[of](sorted(names[of])) for of in _WITNESSES if names[of]]
    return replace(
        outcome, defects=(*outcome.defects, *wrong), remarks=(*outcome.remarks, *remarks),
        answer={**outcome.answer, **said, "unread": []},
    )  # fmt: skip


_WITNESSES: Mapping[str, Callable[[Sequence[str]], Text]] = {
    "witnesses": lambda names: Text(
        zh=f"最近一次封存另有 {'、'.join(names)} 以 ML-DSA-44 见证。",
        en=f"The newest seal is witnessed by {', '.join(names)} too, with ML-DSA-44.",
    ),
    "claimed": lambda names: Text(
        zh=f"{'、'.join(names)} 以 ML-DSA-44 签名，其公钥只见于包内，未计作见证；请以 --key 给出见证人当面交付的公钥。",
        en=f"{', '.join(names)} signed with ML-DSA-44 and a key that only the bundle names: it counts as no witness; give the key that the witness handed you with --key.",
    ),
}


def unpacked_size(bundle: Path) -> int:
    """How many bytes all parts of the file have unpacked, by their headers; 0 if it is not a zip, which the check then says."""
    try:
        with zipfile.ZipFile(bundle) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return 0


_PAGE = Defect(
    None, None, "page", "index.html 与包中的记录不符（或由另一版本制作），请勿据以阅读。",
    "index.html is not the page that these entries make (or another release made it). Do not rely on it.",
)  # fmt: skip


def _new(found: Iterable[Defect], said: Iterable[Defect]) -> tuple[Defect, ...]:
    """The defects of the replay that were not reported yet. A defect of no single entry always counts: nothing says that it is the same one."""
    known = {(one.number, one.code) for one in said if one.number is not None}
    return sort_defects(one for one in found if (one.number, SAME_DEFECT.get(one.code)) not in known)
