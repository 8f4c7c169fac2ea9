"""`python -m tests.documents.corpus FOLDER`: both counts over everything that can be had, and what to look at.

*Everyday* are the files of this folder's producers in many variants, those that other programs make where they are
installed (LibreOffice, and the npm packages `docx`, `xlsx`, `pptxgenjs`, `pdf-lib` and `pdfkit` under `FOLDER/node_modules`), and whatever lies
in the other folders named. *Hostile* is every trick of `hostile.py` and `hostile_office.py`, each on several everyday files.
Files are looked into in this process, one after the other; the bounds of the process of its own are the tests' to hold.
"""

# ruff: noqa: T201  (prints its figures)

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from os import getloadavg
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from unicodedata import normalize

from documents import inspection, kinds
from documents.rejection import Rejection

from . import everyday, hostile, hostile_office
from .building import Office, picture, zipped

File = tuple[str, str, bytes]
"""Its kind, what it is, its bytes."""
CARRIERS = 6
_TAILS = {
    "a RAR": b"Rar!\x1a\x07\x00" + bytes(90),
    "a 7z": b"7z\xbc\xaf\x27\x1c" + bytes(90),
    "a ZIP": zipped({"a": b"b"}),
    "a program": b"MZ" + bytes(90),
}

NODE = """
const fs = require("fs"), out = process.argv[2];
const put = (name, data) => fs.writeFileSync(out + "/" + name, data);
(async () => {
  for (let n = 0; n < 60; n++) {
    try {
      const d = require("docx");
      const rows = [...Array(n % 9 + 1).keys()].map(r => new d.TableRow({children: [1, 2].map(c => new d.TableCell({children: [new d.Paragraph("要素 " + r + c)]}))}));
      const link = new d.ExternalHyperlink({link: "https://example.invalid/", children: [new d.TextRun("链接")]});
      const doc = new d.Document({sections: [{headers: {default: new d.Header({children: [new d.Paragraph({children: [new d.TextRun({children: [d.PageNumber.CURRENT]})]})]})},
        children: [new d.TableOfContents("目录"), new d.Paragraph({text: "自评报告", heading: d.HeadingLevel.HEADING_1}), new d.Paragraph({children: [link]}), new d.Table({rows})]}]});
      put("npm-" + n + ".docx", await d.Packer.toBuffer(doc));
    } catch (e) { if (!n) console.error(String(e)); }
    try {
      const x = require("xlsx"), book = x.utils.book_new();
      x.utils.book_append_sheet(book, x.utils.aoa_to_sheet([["要素", "得分"], ...[...Array(n * 5).keys()].map(r => ["要素" + r, r % 5])]), "自评");
      put("sheetjs-" + n + ".xlsx", x.write(book, {type: "buffer", bookType: "xlsx", compression: n % 2 === 0}));
    } catch (e) { if (!n) console.error(String(e)); }
    try {
      const P = require("pptxgenjs"), show = new P();
      for (let s = 0; s <= n % 4; s++) { const page = show.addSlide(); page.addText("述职述廉", {x: 1, y: 1, hyperlink: {url: "https://example.invalid/"}});
        page.addChart(show.ChartType.bar, [{name: "得分", labels: ["一", "二"], values: [n, s]}], {x: 1, y: 2, w: 4, h: 3}); page.addTable([["a", "b"]]); }
      put("pptxgenjs-" + n + ".pptx", await show.write({outputType: "nodebuffer"}));
    } catch (e) { if (!n) console.error(String(e)); }
    try {
      const {PDFDocument} = require("pdf-lib"), doc = await PDFDocument.create(), page = doc.addPage();
      page.drawText("report " + n); const box = doc.getForm().createTextField("f" + n); box.setText("x"); box.addToPage(page);
      put("pdf-lib-" + n + ".pdf", await doc.save({useObjectStreams: n % 2 === 0}));
    } catch (e) { if (!n) console.error(String(e)); }
    try {
      const K = require("pdfkit"), doc = new K({compress: n % 2 === 0}), parts = [];
      doc.on("data", p => parts.push(p)); const done = new Promise(r => doc.on("end", r));
      doc.text("report " + n, {link: "https://example.invalid/"}); doc.addPage().text("2"); doc.end(); await done;
      put("pdfkit-" + n + ".pdf", Buffer.concat(parts));
    } catch (e) { if (!n) console.error(String(e)); }
  }
})();
"""


def variants() -> Iterator[File]:
    """What the producers of the tests make, in many variants."""
    for what, (name, make) in everyday.EVERYDAY.items():
        yield _kind(name), what, make()
    for n in range(200):
        yield "docx", f"python-docx {n}", everyday.word(n % 50, with_picture=bool(n % 3))
        yield (
            "txt",
            f"text {n}",
            (f"{everyday.TEXT}\r\n" * (n + 1)).encode(("utf-8", "gb18030", "utf-16", "gbk")[n % 4]),
        )
        yield "xlsx", f"openpyxl {n}", everyday.sheet(n + 2)
        yield "pptx", f"python-pptx {n}", everyday.slides(n % 4 + 1)
        for form, mode in (("PNG", ("RGBA", "P", "L", "1")[n % 4]), ("JPEG", ("RGB", "L")[n % 2])):
            yield "picture", f"Pillow {form} {n}", picture(form, (n * 7 + 1, n * 5 + 1), mode)
    for n in range(100):
        yield "pdf", f"ReportLab {n}", everyday.report_pdf(n % 9 + 1, pageCompression=n % 2)
        yield "txt", f"English {n}", b"plain words\n" * (n + 1)


def others(folder: Path, out: Path) -> Iterator[File]:
    """What other programs make, where they are installed."""
    if (folder / "node_modules").is_dir() and shutil.which("node"):
        script = folder / "corpus.cjs"
        script.write_text(NODE)
        subprocess.run(["node", str(script), str(out)], check=False, timeout=120)
        script.unlink()
    if shutil.which("soffice"):
        for ending in ("docx", "xlsx", "pptx"):
            for n in range(40):
                made = {
                    "docx": lambda n=n: everyday.word(n),
                    "xlsx": lambda n=n: everyday.sheet(n + 2),
                    "pptx": lambda n=n: everyday.slides(n % 3 + 1),
                }[ending]()  # type: ignore[misc]
                (out / f"in-{n}.{ending}").write_bytes(made)
            inputs = [str(one) for one in out.glob(f"in-*.{ending}")]
            for to in (ending, "pdf"):
                conversion = subprocess.run(["soffice", "--headless", "--convert-to", to, "--outdir", str(out / f"lo-{ending}-{to}"), *inputs], capture_output=True, check=False, timeout=240)  # fmt: skip
                if conversion.returncode:
                    print(f"soffice: {conversion.stderr[-200:]!r}")
            for one in inputs:
                Path(one).unlink()
    yield from lying(out)


def lying(folder: Path) -> Iterator[File]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix.lower().lstrip(".") in kinds.KINDS and "node_modules" not in file.parts:
            yield _kind(file.name), f"{file.parent.name}/{file.name}", file.read_bytes()


def tricks(carriers: dict[str, list[bytes]]) -> Iterator[File]:
    """Every trick on several everyday files."""
    for what, (name, make, _) in hostile.HOSTILE.items():
        yield _kind(name), what, make()
    for ending, those in (
        ("docx", hostile_office.WORD_TRICKS),
        ("xlsx", hostile_office.BOOK_TRICKS),
        ("pptx", hostile_office.SLIDE_TRICKS),
    ):
        for what, (trick, _) in those.items():
            for n, data in enumerate(carriers[ending]):
                changed = _changed(trick, data)
                if changed is not None:
                    yield ending, f"{what}, on {n}", changed
    for what, (change, _) in hostile.PDF_TRICKS.items():
        for n, data in enumerate(carriers["pdf"] * 4):
            yield "pdf", f"{what}, on {n}", change(data)
    for what, tail in _TAILS.items():
        for n in range(75):
            yield "picture", f"{what} after {n}", picture(("PNG", "JPEG")[n % 2], (n + 1, n + 9)) + tail
    for n in range(300):
        yield "txt", f"bytes {n}", bytes([0, 1, 2]) + random.Random(n).randbytes(n + 50)


def _changed(trick: Callable[[Office], object], data: bytes) -> bytes | None:
    made = Office(data)
    try:
        trick(made)
    except (StopIteration, ValueError, KeyError):  # This file has no such part.
        return None
    return made.data()


def _kind(name: str) -> str:
    ending = normalize("NFKC", name).rpartition(".")[2].lower()
    if ending not in kinds.KINDS:
        return "other"
    return "picture" if kinds.KINDS[ending].module == "pictures" else ending


def judged(kind: str, data: bytes) -> tuple[str, float]:
    """Why a file is refused, or "" where it is taken, and the seconds of processor."""
    name = {"picture": "a.png", "other": "a"}.get(kind, f"a.{kind}")
    began = process_time()
    try:
        kinds.parser_of(inspection.check_ending(name, data))(data)
        why = ""
    except Rejection as unfit:
        why = unfit.why.en
    return why, process_time() - began


def main(folders: list[str]) -> None:
    """Look at everything, and print the two counts by kind and whatever is not as it should be."""
    slowest: dict[str, float]
    files, wrong, reasons, slowest = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[str](), {}
    carriers: dict[str, list[bytes]] = {ending: [] for ending in ("docx", "xlsx", "pptx", "pdf")}
    with TemporaryDirectory() as out:
        sources = [
            variants(),
            *(others(Path(one), Path(out)) for one in folders[:1]),
            *(lying(Path(one)) for one in folders[1:]),
        ]
        for source in sources:
            for kind, what, data in source:
                why, seconds = judged(kind, data)
                files["everyday", kind] += 1
                wrong["everyday", kind] += bool(why)
                slowest["everyday"] = max(slowest.get("everyday", 0), seconds)
                if why:
                    reasons[why.partition(" (")[0]] += 1
                    print(f"refused: {kind} {what}: {why}")
                elif kind in carriers and len(data) < 300_000:
                    carriers[kind].append(data)
    picked = {
        kind: list(islice(those[:: max(1, len(those) // CARRIERS)], CARRIERS)) for kind, those in carriers.items()
    }
    for kind, what, data in tricks(picked):
        why, seconds = judged(kind, data)
        files["hostile", kind] += 1
        wrong["hostile", kind] += not why
        slowest["hostile"] = max(slowest.get("hostile", 0), seconds)
        if not why:
            print(f"taken: {kind} {what}")
    for (side, kind), count in sorted(files.items()):
        print(f"{side:9} {kind:8} {count:5} files, {'refused' if side == 'everyday' else 'taken'} {wrong[side, kind]}")
    print(
        f"reasons: {dict(reasons)}; seconds of the slowest: { {side: round(most, 2) for side, most in slowest.items()} }; load {getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
