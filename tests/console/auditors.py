"""What the tests of the audit pages share: a deadline moved, and the page's text without its markup."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

from states.deadlines.reminders import MoveDeadline
from states.vocabulary import Words
from tests.college import OFFICE

from .web import Console


def moved(college: Console, unit: str, day: date, stage: str = "meeting") -> int:
    """The office moves a unit's deadline; the entry's number."""
    command = MoveDeadline(stage=stage, due=day, reason=Words("会议改期"))  # type: ignore[arg-type]
    college.engine.submit(f"assessment/2026/{unit}", command, OFFICE, f"move-{unit}-{day}")
    return college.engine.ledger.head().number


def words(page: str) -> str:
    """What a page says, one space between words."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def said_on(page: str) -> str:
    """A page without what stands behind “看原文”, addresses and scripts: what it says to people."""
    return re.sub(r'<details class="fold raw">.*?</details>|<datalist.*?</datalist>', " ", page, flags=re.DOTALL)
