"""docs/security.md names every requirement once, and no test that is not there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

HOUSE = Path(__file__).parents[1]
PAGE = (HOUSE / "docs/security.md").read_text("utf-8")
REQUIREMENTS = {
    1: (2, 9, 11, 3, 2), 2: (3, 3, 4, 1), 3: (0, 2, 4, 6, 5, 0, 2), 4: (3, 1, 2, 4), 5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4), 7: (3, 4, 2, 5, 2, 2), 8: (2, 3, 1, 1), 9: (3, 4), 10: (2, 2, 4, 11, 5, 2, 3),
    11: (2, 3, 3, 4, 1, 1), 12: (3, 2, 4), 13: (1, 5, 2, 5), 14: (2, 4, 3), 15: (3, 3, 7), 16: (1, 5, 4, 3, 3), 17: (1, 4, 2),
}  # fmt: skip
"""How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has, by chapter; they come first in their section."""


def test_the_page_names_every_requirement_of_levels_1_and_2_once() -> None:
    expected = [
        f"{chapter}.{section}.{number}"
        for chapter, sections in REQUIREMENTS.items()
        for section, many in enumerate(sections, start=1)
        for number in range(1, many + 1)
    ]
    cells = re.findall(r"^\| ((?:\d+\.\d+\.\d+(?:, )?)+) \|", PAGE, re.MULTILINE)
    named = Counter(number for cell in cells for number in cell.split(", "))
    assert named == Counter(expected)
    assert len(expected) == 253


def test_every_test_that_the_page_names_is_there() -> None:
    there = {
        name
        for path in (HOUSE / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named
    assert sorted(named - there) == []
