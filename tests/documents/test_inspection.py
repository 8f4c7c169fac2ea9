"""What may be handed in, and what is refused in time and within bounds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest

from documents.inspection import KINDS, NotTaken, inspect

from .hostile import GOOD, HOSTILE

HOUSE = Path(__file__).parents[2]


@pytest.mark.parametrize("what", GOOD)
def test_an_ordinary_file_is_taken_as_what_it_is(what: str) -> None:
    name, data = GOOD[what]()
    assert inspect(name, data) == KINDS[name.rpartition(".")[2].lower()].media_type


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_in_two_seconds_and_told_why(what: str) -> None:
    make, why = HOSTILE[what]
    name, data = make()
    began = perf_counter()
    with pytest.raises(NotTaken) as refused:
        inspect(name, data)
    assert perf_counter() - began < 2
    assert why in refused.value.say("zh")
    assert re.findall("[一-龥]", refused.value.say("en")) == []


def test_no_hostile_file_takes_200_mb() -> None:
    """Each in turn in a process of its own, whose largest size is asked at its end; the files are made before that."""
    large = ("a bomb of one part", "a million rows", "a million elements", "a PDF of a bomb", "too many bytes")
    for what in large:
        name, data = HOSTILE[what][0]()
        look = (
            "import resource, sys\n"
            "from documents.inspection import NotTaken, inspect\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "data = sys.stdin.buffer.read()\n"
            f"try: inspect({name!r}, data)\n"
            "except NotTaken: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
        )
        done = subprocess.run([sys.executable, "-c", look], input=data, capture_output=True, check=True, cwd=HOUSE)
        assert int(done.stdout) < 200 * 1024, what


def test_the_name_is_shown_without_what_could_not_be_printed() -> None:
    with pytest.raises(NotTaken) as refused:
        inspect("a\n\x1b[31m.exe", b"MZ")
    assert "“a[31m.exe”" in refused.value.say("zh")
