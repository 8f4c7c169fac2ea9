"""What may be handed in, and what is refused in time and within bounds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from documents.inspection import KINDS, NotTaken, inspect
from tests.conftest import require

from .hostile import GOOD, HOSTILE

HOUSE = Path(__file__).parents[2]


@pytest.mark.parametrize("what", GOOD)
def test_an_ordinary_file_is_taken_as_what_it_is(what: str) -> None:
    name, data = GOOD[what]()
    assert inspect(name, data) == KINDS[name.rpartition(".")[2].lower()].media_type


class Looked(NamedTuple):
    """What was said of a file in both languages, the seconds it took, and how large the process had become (KiB)."""

    told: list[str]
    seconds: float
    peak: int


LOOK = """
import json, re, sys, time
from pathlib import Path
from documents.inspection import NotTaken, inspect

for folder in sorted(Path(sys.argv[1]).iterdir(), key=lambda one: int(one.name)):
    (file,) = folder.iterdir()
    data, began = file.read_bytes(), time.process_time()
    try:
        told = inspect(file.name, data)
    except NotTaken as refused:
        told = [refused.say("zh"), refused.say("en")]
    spent, status = time.process_time() - began, Path("/proc/self/status").read_text()
    print(json.dumps([told, spent, int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])]))
"""


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Looked]:
    """Every hostile file, looked at by one process of its own that never held how they are made.

    Seconds are of its processor: how long it waits for one is the machine's business. KiB are the most it ever was, with its
    interpreter and the file itself; not `ru_maxrss`, which begins with the size of whoever started it.
    """
    if not Path("/proc/self/status").exists():
        require("/proc", "how large a process was is asked of Linux")
    folder = tmp_path_factory.mktemp("hostile")
    for number, (make, _why) in enumerate(HOSTILE.values()):
        name, data = make()
        (folder / str(number)).mkdir()
        (folder / str(number) / name).write_bytes(data)
    done = subprocess.run([sys.executable, "-c", LOOK, str(folder)], capture_output=True, check=True, cwd=HOUSE)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {what: Looked(*line) for what, line in zip(HOSTILE, lines, strict=True)}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_within_two_seconds_and_200_mb_and_told_why(
    what: str, looked_at: dict[str, Looked]
) -> None:
    (zh, en), seconds, peak = looked_at[what]
    assert HOSTILE[what][1] in zh
    assert re.findall("[一-龥]", en) == []
    assert seconds < 2
    assert peak < 200 * 1024


def test_the_name_is_shown_without_what_could_not_be_printed() -> None:
    with pytest.raises(NotTaken) as refused:
        inspect("a\n\x1b[31m.exe", b"MZ")
    assert "“a[31m.exe”" in refused.value.say("zh")
