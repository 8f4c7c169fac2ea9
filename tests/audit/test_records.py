"""The replay of a ledger with records of other kinds: they hold, a forged one is found, and a score rests on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.compare import compare_results
from audit.reader import DatabaseReader
from audit.rules.rulebooks import compile_rulebooks
from config.clock import VirtualClock
from config.rulebooks import parse_edition
from scenarios.runner import run
from scenarios.story_file import load
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from tests.audit.copies import Body, Copy, find_defects
from tests.college import Silent
from tests.honours import edition, source
from workflow.engine import Engine

STORY = Path(__file__).parents[1] / "record_stories" / "honours-give-points.toml"


def live(url: str) -> None:
    """The story of the records that give points, lived once."""
    story = load(STORY)
    clock = VirtualClock(story.start(edition()))
    with Database.open(url) as database:
        ledger = Ledger(database)
        result = run(story, Engine(ledger, clock, edition(), Silent()), clock)
        assert result.ok
        ledger.close()


@pytest.fixture
def recorded(dialect: str, new_url: Callable[..., str]) -> Copy:
    with Database.open(new_url(dialect, live)) as database:
        return Copy.of(DatabaseReader(database))


def lines(body: Body) -> list[Any]:
    every: list[Any] = body["payload"]["lines"]
    return every


def test_a_ledger_with_records_holds_with_its_rows(recorded: Copy) -> None:
    assert find_defects(recorded) == []
    assert find_defects(recorded, quick=True) == []
    assert sum(table == "record" for table, _ in recorded.projected) == 5


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda b: lines(b)[0]["fields"].update(level="galaxy"), "refused"),
        (lambda b: b["payload"].update(record="medal"), "refused"),
        (lambda b: b["payload"].update(acted_on="2031-01-01"), "refused"),
        (lambda b: b.update(role="discipline"), "entitled"),
        (lambda b: b.update(home="u-arts"), "entitled"),
        (lambda b: lines(b)[0].update(remark="请致电 13800001111"), "private"),
    ],
)
def test_a_forged_record_is_found(recorded: Copy, change: Callable[[Body], object], code: str) -> None:
    number = recorded.first("RecordEntered", "e-1")
    found = find_defects(recorded.forged(number, change))
    assert (number, code) in found


def test_a_better_honour_that_was_slipped_in_shows_in_the_score(recorded: Copy) -> None:
    number, scored = recorded.first("RecordEntered", "e-1"), recorded.first("Scored")
    forged = recorded.forged(number, lambda b: lines(b)[0]["fields"].update(level="nation"))
    assert scored in [at for at, _ in find_defects(forged)]


def test_a_row_of_a_record_that_differs_or_is_missing_is_found(recorded: Copy) -> None:
    at = next(place for place, (table, _) in enumerate(recorded.projected) if table == "record")
    changed = recorded.with_projection(at, status="rescinded")
    assert [code for _, code in find_defects(changed)] == ["projection"]
    projected = [row for place, row in enumerate(recorded.projected) if place != at]
    assert [code for _, code in find_defects(recorded.changed(projected=projected))] == ["projection_missing"]


def test_another_edition_counts_the_same_records_by_its_own_rows(recorded: Copy) -> None:
    other = parse_edition(
        source()
        .replace('is = { level = ["province"] }, points = 2', 'is = { level = ["province"] }, points = 4')
        .encode(),
        "o.toml",
    )
    usable, _ = compile_rulebooks(recorded.stored_rulebooks)
    found = list(compare_results(recorded, usable, other.rulebook, lambda stream: stream.startswith("assessment/")))
    assert [one.differs for one in found] == [True]
