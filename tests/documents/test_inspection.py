"""What may be handed in, and what is refused in time and within bounds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import pytest

from documents import isolation, pdf
from documents.inspection import ENDING_OF_MEDIA_TYPE, KINDS, FileNotAccepted, inspect, recognise
from documents.isolation import InspectionUnavailable
from documents.office import package
from documents.rejection import Rejection
from tests.conftest import require

from . import ofd_files
from .everyday import EVERYDAY as EVERYDAY_FILES
from .hostile import HOSTILE as HOSTILE_FILES
from .hostile import PDFS

EVERYDAY = {**EVERYDAY_FILES, **{f"ofd: {what}": ("通报.ofd", make) for what, make in ofd_files.EVERYDAY.items()}}
HOSTILE = {**HOSTILE_FILES, **{f"ofd: {what}": ("a.ofd", *one) for what, one in ofd_files.HOSTILE.items()}}

HOUSE = Path(__file__).parents[2]


START = 0.5
"""Seconds that starting the process takes beside the look; its two seconds are the system's to hold."""


class Looked(NamedTuple):
    """What was said of a file: its media type or why not, in both languages; seconds of processor, the largest size so far (KiB)."""

    answer: str | list[str]
    seconds: float
    peak: int


LOOK = """
import json, re, resource, sys
from pathlib import Path
from documents.inspection import FileNotAccepted, inspect

for line in sys.stdin:
    file = Path(line[:-1])
    data, before = file.read_bytes(), [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    try:
        answer = inspect(file.name, data)
    except FileNotAccepted as refused:
        answer = [refused.render("zh"), refused.render("en")]
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    spent = sum(now.ru_utime + now.ru_stime - then.ru_utime - then.ru_stime for now, then in zip(after, before))
    own = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
    print(json.dumps([answer, spent, max(own, after[1].ru_maxrss)]), flush=True)
"""

Look = Callable[[str, bytes], Looked]


@pytest.fixture(scope="module")
def looking() -> Iterator[subprocess.Popen[str]]:
    """A process that looks at the files whose paths it is handed, and never held how they are made."""
    if not Path("/proc/self/status").exists():
        require("/proc", "how large a process was is asked of Linux")
    with subprocess.Popen(
        [sys.executable, "-c", LOOK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HOUSE
    ) as process:
        yield process


@pytest.fixture
def look(looking: subprocess.Popen[str], tmp_path: Path) -> Look:
    """Has a file looked at by that process.

    Seconds are of the processors of that process and of those it starts: how long they wait for one is the machine's business.
    KiB are the most that any of them ever was, with its interpreter and the file itself. Of the first it is asked of Linux:
    `ru_maxrss` begins with the size of the process that started it.
    """

    def look_at(name: str, data: bytes) -> Looked:
        assert looking.stdin is not None
        assert looking.stdout is not None
        file = tmp_path / name
        file.write_bytes(data)
        looking.stdin.write(f"{file}\n")
        looking.stdin.flush()
        return Looked(*json.loads(looking.stdout.readline()))

    return look_at


@pytest.mark.parametrize("what", EVERYDAY)
def test_what_an_office_makes_every_day_is_taken_as_what_it_is(what: str, look: Look) -> None:
    """And recognised by what is in it alone."""
    name, make = EVERYDAY[what]
    data = make()
    answer, seconds, peak = look(name, data)
    assert answer in ENDING_OF_MEDIA_TYPE
    assert seconds < 2
    assert peak < 200 * 1024
    ending = inspect_ending(name)
    assert KINDS[recognise(data)].media_type == KINDS[ending].media_type or "picture" in KINDS[ending].module


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_within_two_seconds_and_200_mb_and_told_why(what: str, look: Look) -> None:
    name, make, why = HOSTILE[what]
    answer, seconds, peak = look(name, make())
    assert isinstance(answer, list), "taken"
    zh, en = answer
    assert why in zh
    assert "未收下：无法检查" not in zh, "the look itself failed"
    assert re.findall("[一-龥]", en) == []
    assert seconds < 2 + START
    assert peak < 200 * 1024


def inspect_ending(name: str) -> str:
    return {"．ＤＯＣＸ": "docx"}.get(name[-5:], name.rpartition(".")[2].lower())


def test_a_picture_is_what_its_bytes_are_whatever_its_name() -> None:
    name, make = EVERYDAY["a PNG that a chat program called jpg"]
    assert inspect(name, make()) == "image/png"


def test_the_name_is_shown_without_what_could_not_be_printed() -> None:
    with pytest.raises(FileNotAccepted) as refused:
        inspect("a\n\x1b[31m\u202e.exe", b"MZ")
    assert "“a[31m.exe”" in refused.value.render("zh")


def test_a_refusal_says_what_was_found_where_and_what_to_do() -> None:
    name, make, _ = HOSTILE["docx: a field in a header"]
    with pytest.raises(FileNotAccepted) as refused:
        inspect(name, make())
    assert (
        refused.value.render("zh")
        == "文件“a.docx”未收下：页眉含有自动取数的域（DDE）。请在 Word 中全选，按 Ctrl+Shift+F9 把域转为文字，保存后再上传。"
    )
    assert refused.value.render("en") == (
        "The file “a.docx” was not taken: it holds a field that fetches data (DDE) (a header). "
        "In Word, select everything, press Ctrl+Shift+F9 to turn fields into text, save and upload that."
    )


def test_the_process_that_looks_gets_no_environment_and_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAOHE_SMTP_PASSWORD", "secret")
    script = """
import os, sys
from documents import worker
worker.limit_process()
found = [name for name in os.environ if name.startswith("KAOHE")]
for act in (lambda: open("/etc/hostname"), lambda: __import__("socket").socket(), lambda: os.pipe()):
    try:
        act()
        found.append("opening")
    except (OSError, ImportError):
        pass
sys.stdout.write(str(found))
"""
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, env={}, check=True)
    assert done.stdout == b"[]"


def test_a_parser_that_crashes_takes_nothing_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "WORKER", ("-c", "import os; os.abort()"))
    with pytest.raises(FileNotAccepted) as refused:
        inspect("a.txt", b"a")
    assert "已损坏" in refused.value.render("zh")


def test_a_look_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        isolation, "WORKER", ("-c", "from documents import worker; worker.limit_process()\nwhile True: pass")
    )
    before = perf_counter()
    with pytest.raises(FileNotAccepted) as refused:
        inspect("a.txt", b"a")
    assert "内容过多" in refused.value.render("zh")
    assert perf_counter() - before < isolation.TIMEOUT


def test_where_no_process_can_be_started_it_is_said_and_not_blamed_on_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", os.devnull)
    with pytest.raises(InspectionUnavailable):
        inspect("a.txt", b"a")


def test_a_script_is_found_on_the_page_it_belongs_to() -> None:
    with pytest.raises(Rejection) as found:
        pdf.inspect(PDFS["a script of a link"][0]())
    assert found.value.why.en == "holds a script (JavaScript) (page 1)"


def test_the_process_that_inspects_a_file_loads_neither_the_log_nor_a_parser_before_it_knows_the_kind() -> None:
    names = ("structlog", "asyncio", "pikepdf", "PIL", "lxml")
    script = f"import sys, documents.worker; print([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=HOUSE, text=True)
    assert done.stdout.strip() == "[]"


def test_the_pages_never_have_a_parser_of_pictures_or_pdf_in_memory() -> None:
    script = "import sys, documents.inspection; print([name for name in ('pikepdf', 'PIL') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=HOUSE, text=True)
    assert done.stdout.strip() == "[]"
    assert package.ending_of(b"PK\x03\x04") is None
