"""One assessment opened by itself: the dates it is given."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from config.rulebooks import DEFAULT_EDITION_ID, load_edition, shipped_editions
from states.deadlines.dates import deadlines_from, deadlines_too_near
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from tests.college import OPENED, ManualClock
from workflow import wiring
from workflow.assessments import dates_of_special
from workflow.engine import Engine


def test_a_special_assessment_is_proposed_no_deadline_that_leaves_too_little_time(
    database: Database, tmp_path: Path
) -> None:
    """Under a rulebook that asks for more notice than lies between its own opening and its first deadline."""
    text = shipped_editions()[DEFAULT_EDITION_ID].read_text("utf-8").replace("notice_days = 5", "notice_days = 25")
    (tmp_path / "rulebook.toml").write_text(text, "utf-8")
    edition = load_edition(tmp_path / "rulebook.toml")

    def is_working(day: date) -> bool:
        return day.weekday() < 5

    with Engine(Ledger(database), ManualClock(OPENED), edition, wiring.command_log()) as engine:
        today = OPENED.date()
        usual, dates = deadlines_from(edition.rulebook, today, is_working), dates_of_special(engine, 2026, is_working)
        assert deadlines_too_near(usual, today, edition.rulebook, is_working)
        assert deadlines_too_near(dates, today, edition.rulebook, is_working) == {}
        assert list(dates.values()) == sorted(dates.values())
