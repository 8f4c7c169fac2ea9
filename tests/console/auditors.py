"""Helpers of the tests of the audit pages: moving a deadline, and the text of a page without its markup."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

from states.deadlines.reminders import MoveDeadline
from states.vocabulary import Words
from tests.college import OFFICE

from .web import Console


def move_deadline(college: Console, unit: str, day: date, stage: str = "meeting") -> int:
    """Move a deadline of a department, as the office. Returns the number of the entry."""
    command = MoveDeadline(stage=stage, due=day, reason=Words("会议改期"))  # type: ignore[arg-type]
    college.engine.submit(f"assessment/2026/{unit}", command, OFFICE, f"move-{unit}-{day}")
    return college.engine.ledger.head().number


def words(page: str) -> str:
    """The text of a page, with one space between words."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def visible_html(page: str) -> str:
    """The HTML of a page without the raw entries behind “看原文” and without lists of suggestions."""
    return re.sub(r'<details class="fold raw">.*?</details>|<datalist.*?</datalist>', " ", page, flags=re.DOTALL)
