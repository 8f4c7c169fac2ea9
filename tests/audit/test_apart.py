"""Two processes find what one finds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.defect import Defect
from audit.parallel import ReplayProcessFailed, replay_in_background, replay_in_two_processes
from audit.reader import DatabaseReader
from audit.replay import replay
from config.clock import VirtualClock
from config.rulebooks import default_edition
from states.vocabulary import Actor, Words
from states.year.year import CloseYear
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from tests.audit.copies import YEAR
from tests.audit.test_sealing import tamper
from tests.college import Silent
from workflow.engine import Accepted, Engine

OFFICE = Actor("office-1", "office")

DAMAGE = (
    'UPDATE entry SET body = replace(body, \'"role":"office"\', \'"role":"unit"\') WHERE number = 40',
    "UPDATE entry SET kind = 'Nonsense' WHERE number = 60",
    "DELETE FROM entry WHERE number = 80",
    "UPDATE assessment SET stage = 'approval' WHERE stage = 'circulation'",
    "DELETE FROM command WHERE first = 90",
    "UPDATE head SET digest = 'x'",
)


def order(defects: tuple[Defect, ...]) -> list[str]:
    return sorted(str(one) for one in defects)


@pytest.mark.parametrize("quick", [False, True])
def test_two_processes_find_what_one_finds(ledger_url: str, quick: bool) -> None:
    def both() -> list[list[str]]:
        with Database.open(ledger_url, read_only=True) as database:
            one = replay(DatabaseReader(database), quick=quick)
        other = replay_in_two_processes(ledger_url, quick=quick)
        assert (one.entries, one.streams, one.coverage) == (other.entries, other.streams, other.coverage)
        return [order(one.defects), order(other.defects)]

    assert both() == [[], []]
    with Database.open(ledger_url) as database:
        for damage in DAMAGE:
            tamper(database, damage)
    one, other = both()
    assert one == other
    assert len(one) > 5


def test_two_processes_find_nothing_wrong_with_a_closed_year(ledger_url: str) -> None:
    with Database.open(ledger_url) as database:
        clock = VirtualClock(datetime(YEAR + 1, 12, 1, tzinfo=UTC))
        engine = Engine(Ledger(database), clock, default_edition(), Silent())
        closed = engine.submit(f"year/{YEAR}", CloseYear(reason=Words("其余事项转入下一年度")), OFFICE, "close")
        engine.ledger.close()
    assert isinstance(closed, Accepted)
    with Database.open(ledger_url, read_only=True) as database:
        assert replay(DatabaseReader(database)).defects == ()
    assert replay_in_two_processes(ledger_url).defects == ()


def test_a_rulebook_that_is_gone_is_told_once_by_two_processes_too(ledger_url: str) -> None:
    with Database.open(ledger_url) as database:
        tamper(database, "UPDATE rulebook SET source = source || ' '")
    with Database.open(ledger_url, read_only=True) as database:
        one = replay(DatabaseReader(database))
    other = replay_in_two_processes(ledger_url)
    assert order(one.defects) == order(other.defects)
    assert [defect.code for defect in other.defects].count("rulebook_missing") == 1


def test_defects_come_in_the_order_of_entries(ledger_url: str) -> None:
    with Database.open(ledger_url) as database:
        for damage in DAMAGE:
            tamper(database, damage)
    numbers = [one.number for one in replay_in_two_processes(ledger_url).defects]
    known = [number for number in numbers if number is not None]
    assert known == sorted(known)
    assert numbers == known + [None] * (len(numbers) - len(known))


def test_a_replay_in_the_background_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    heard: list[object] = []
    with pytest.raises(ReplayProcessFailed) as caught:
        replay_in_background(str(tmp_path / "nowhere.db"), heard.append)
    assert "kaohe migrate" in caught.value.render("zh")
    assert "kaohe migrate" in caught.value.render("en")
    assert heard == [], "a reason is not a number of entries read"
