"""Measures the result letters of a year, one for each department, all in one zip file, as the page of papers makes them.

    python -m benchmarks.papers [--units 60 600] [--rounds 7] [--peer PYTHON]

In turn: the whole (the values from the ledger, the filling, the zip file), the filling alone with the values at hand, a
raw ceiling (the same template is unpacked, parsed, serialised and packed, with nothing filled in), and two peers with
the same template and the same values: python-docx, with the text of each paragraph replaced and no rows repeated; and
docxtpl, if PYTHON is an interpreter that has it. The marks are docxtpl's own, so it fills the same file. The memory is
that of a process of its own that makes the letters once.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from zipfile import ZIP_STORED, ZipFile

import docx
from lxml import etree
from msgspec import Struct

from config.logs import set_up_log
from console.papers.making import fill_paper, make_paper, stream_of_paper, values_of
from demo.year import run
from documents.packing import pack
from documents.papers.tables import NAMES
from documents.papers.templates.shipped import shipped_template
from states.papers.catalogue import PAPERS
from storage import queries
from workflow import wiring
from workflow.engine import Engine
from workflow.papers.words import PaperValues

from .figures import Spread, ratios, spread
from .ledgers import edition_in_force

YEAR = 2026
LETTER = PAPERS["result-letter"]
NAMES_OF_LETTER = NAMES[LETTER.key]
_MARK = re.compile(r"\{\{(\w+)\}\}")

DOCXTPL = """
import json, sys
from io import BytesIO
from time import process_time
from docxtpl import DocxTemplate

template, contexts = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
for _ in sys.stdin:
    began, size = process_time(), 0
    for context in contexts:
        made, letter = BytesIO(), DocxTemplate(template)
        letter.render(context, autoescape=True)
        letter.save(made)
        size += len(made.getvalue())
    print(process_time() - began, size, flush=True)
"""
"""What the other interpreter does for each line that it reads. It does not put the letters into one file."""


ONCE = """
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile
from config.logs import set_up_log
from console.papers.making import make_paper
from documents.packing import pack
from states.papers.catalogue import PAPERS
from workflow import wiring

def kib(word):
    return Path("/proc/self/status").read_text("ascii").partition(word + ":")[2].split()[0]

set_up_log()
url, *streams = sys.argv[1:]
with wiring.read_only_engine(url) as engine:
    before, made = kib("VmRSS"), BytesIO()
    with ZipFile(made, "w") as archive:
        for number, stream in enumerate(streams):
            archive.writestr(f"{number}.docx", make_paper(engine, PAPERS["result-letter"], stream))
    pack(made.getvalue())
print(before, kib("VmHWM"))
"""
"""Makes all letters once, in a process that loads nothing of this benchmark, and prints the KiB before and at most."""


class Race(Struct, frozen=True):
    """The seconds of each participant for so many letters, and the seconds of each divided by those of the raw ceiling.

    Seconds are of the processor, because other work on the machine says little of them. `waited`: the seconds of the
    whole by the clock.
    """

    letters: int
    waited: Spread
    seconds: dict[str, Spread]
    ratio: dict[str, Spread]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.papers")
    parser.add_argument("--units", type=int, nargs="+", default=[60])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peer", type=Path, help="a Python that has docxtpl")
    arguments = parser.parse_args()
    set_up_log()
    for units in arguments.units:
        load = os.getloadavg()[0]
        with year_of(units) as url:
            race = measure(url, arguments.rounds, arguments.peer)
            before, most = memory(url)
        for name, seconds in race.seconds.items():
            each = 1000 * seconds.median / race.letters
            made = f"{race.letters} letters, {name}: {seconds.say()} s of CPU, {each:.1f} ms each"
            print(f"{made}, {race.ratio[name].say()} × raw")
        room = f"{most:.0f} MiB at most, {before:.0f} before the first; load {load:.1f} to {os.getloadavg()[0]:.1f}"
        print(f"{race.letters} letters, the whole: {race.waited.say()} s by the clock; {room}")


@contextmanager
def year_of(units: int) -> Iterator[str]:
    """The URL of a ledger with the year of so many departments, during the `with`."""
    with TemporaryDirectory(prefix="kaohe-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'kaohe.db'}"
        run(url, edition_in_force(), YEAR, units, 2026, lambda *_: None)
        yield url


def measure(url: str, rounds: int, peer: Path | None = None) -> Race:
    """Race on the letters of a ledger. The first round is not counted: in it everybody fills caches."""
    with wiring.read_only_engine(url) as engine:
        streams, template = letters_of(engine), shipped_template(LETTER.key)
        values = [values_of(engine, LETTER, stream) for stream in streams]
        turns: dict[str, Callable[[], float]] = {
            "whole": lambda: seconds(lambda: make_all(engine, streams)),
            "filling": lambda: seconds(lambda: together(fill_paper(LETTER, one, template) for one in values)),
            "raw": lambda: seconds(lambda: together(raw(template) for _ in values)),
            "python-docx": lambda: seconds(lambda: together(with_python_docx(template, one) for one in values)),
        }
        with docxtpl(peer, template, values) as fill:
            if fill is not None:
                turns["docxtpl"] = fill
            times: dict[str, list[float]] = {name: [] for name in turns}
            waited: list[float] = []
            for turn in range(rounds + 1):
                for name in turns if turn % 2 else reversed(turns):
                    began = perf_counter()
                    taken = turns[name]()
                    if turn:
                        times[name].append(taken)
                    if turn and name == "whole":
                        waited.append(perf_counter() - began)
    return Race(
        letters=len(streams),
        waited=spread(waited),
        seconds={name: spread(taken) for name, taken in times.items()},
        ratio={name: ratios(taken, times["raw"]) for name, taken in times.items()},
    )


def letters_of(engine: Engine) -> list[str]:
    """The streams of the annual assessments of the year, whose results are circulated."""
    rows = queries.assessments(engine.ledger.database, YEAR)
    return [stream_of_paper(YEAR, row.unit) for row in rows if row.occasion is None]


def make_all(engine: Engine, streams: Sequence[str]) -> bytes:
    return together(make_paper(engine, LETTER, stream) for stream in streams)


def together(letters: Iterator[bytes]) -> bytes:
    """The letters in one file, as the page packs them."""
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        for number, letter in enumerate(letters):
            archive.writestr(f"{number}.docx", letter)
    return pack(made.getvalue())


def raw(template: bytes) -> bytes:
    """The template unpacked, its text parsed and serialised, and packed again."""
    made = BytesIO()
    with ZipFile(BytesIO(template)) as old, ZipFile(made, "w", ZIP_STORED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, etree.tostring(etree.fromstring(data)) if name == "word/document.xml" else data)
    return made.getvalue()


def with_python_docx(template: bytes, values: PaperValues) -> bytes:
    """The template with each name in a paragraph replaced by its value. Rows are neither repeated nor left out."""
    made, letter = BytesIO(), docx.Document(BytesIO(template))
    cells = (cell for table in letter.tables for row in table.rows for cell in row.cells)
    for paragraph in (*letter.paragraphs, *(one for cell in cells for one in cell.paragraphs)):
        if "{{" in paragraph.text:
            paragraph.text = _MARK.sub(lambda mark: _value(values, mark[1]), paragraph.text)
    letter.save(made)
    return made.getvalue()


def _value(values: PaperValues, word: str) -> str:
    name = NAMES_OF_LETTER.find(word)
    value = values.get(name.en, "") if name is not None else ""
    return value if isinstance(value, str) else ""


@contextmanager
def docxtpl(peer: Path | None, template: bytes, values: Sequence[PaperValues]) -> Iterator[Callable[[], float] | None]:
    """What has docxtpl fill all letters and returns its seconds; None without a `peer`."""
    if peer is None:
        yield None
        return
    with TemporaryDirectory() as folder:
        file, contexts = Path(folder) / "a.docx", Path(folder) / "values.json"
        file.write_bytes(template)
        contexts.write_text(json.dumps([in_chinese(one) for one in values]), "utf-8")
        command = [str(peer), "-c", DOCXTPL, str(file), str(contexts)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            stdin, stdout = process.stdin, process.stdout

            def fill() -> float:
                stdin.write("\n")
                stdin.flush()
                return float(stdout.readline().split()[0])

            yield fill


def in_chinese(values: PaperValues) -> Mapping[str, object]:
    """The values by the Chinese names, as the template has them."""
    return {
        name.zh: [{column.zh: row[column.en] for column in name.columns} for row in values[name.en]]  # type: ignore[index]
        if name.is_list
        else values[name.en]
        for name in NAMES_OF_LETTER
    }


def seconds(work: Callable[[], object]) -> float:
    """The seconds of the processor that some work takes."""
    began = process_time()
    work()
    return process_time() - began


def memory(url: str) -> tuple[float, float]:
    """The MiB of a process of its own before the first letter, and at most while it makes all of them."""
    with wiring.read_only_engine(url) as engine:
        streams = letters_of(engine)
    done = subprocess.run([sys.executable, "-c", ONCE, url, *streams], capture_output=True, check=True, text=True)
    before, most = (int(word) / 1024 for word in done.stdout.split())
    return before, most


if __name__ == "__main__":
    main()
