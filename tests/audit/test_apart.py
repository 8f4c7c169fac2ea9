"""Two processes find what one finds."""

from __future__ import annotations

import pytest

from audit.apart import replay_apart
from audit.reader import DatabaseReader
from audit.replay import replay
from audit.report import Defect
from storage.database import Database
from tests.audit.test_sealing import tamper

DAMAGE = (
    'UPDATE entry SET body = replace(body, \'"role":"office"\', \'"role":"unit"\') WHERE number = 40',
    "UPDATE entry SET kind = 'Nonsense' WHERE number = 60",
    "DELETE FROM entry WHERE number = 80",
    "UPDATE assessment SET stage = 'approved' WHERE stage = 'circulated'",
    "DELETE FROM command WHERE first = 90",
    "UPDATE head SET digest = 'x'",
)


def order(defects: tuple[Defect, ...]) -> list[str]:
    return sorted(str(one) for one in defects)


@pytest.mark.parametrize("quick", [False, True])
def test_two_processes_find_what_one_finds(lived: str, quick: bool) -> None:
    def both() -> list[list[str]]:
        with Database.open(lived, read_only=True) as database:
            one = replay(DatabaseReader(database), quick=quick)
        other = replay_apart(lived, quick=quick)
        assert (one.entries, one.streams, one.vouched) == (other.entries, other.streams, other.vouched)
        return [order(one.defects), order(other.defects)]

    assert both() == [[], []]
    with Database.open(lived) as database:
        for damage in DAMAGE:
            tamper(database, damage)
    one, other = both()
    assert one == other
    assert len(one) > 5


def test_a_rulebook_that_is_gone_is_told_once_by_two_processes_too(lived: str) -> None:
    with Database.open(lived) as database:
        tamper(database, "UPDATE rulebook SET source = source || ' '")
    with Database.open(lived, read_only=True) as database:
        one = replay(DatabaseReader(database))
    other = replay_apart(lived)
    assert order(one.defects) == order(other.defects)
    assert [defect.code for defect in other.defects].count("rulebook_missing") == 1


def test_defects_come_in_the_order_of_entries(lived: str) -> None:
    with Database.open(lived) as database:
        for damage in DAMAGE:
            tamper(database, damage)
    numbers = [one.number for one in replay_apart(lived).defects]
    known = [number for number in numbers if number is not None]
    assert known == sorted(known)
    assert numbers == known + [None] * (len(numbers) - len(known))
