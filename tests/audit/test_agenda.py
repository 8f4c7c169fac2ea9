"""A clock put off is found: a row that says "look later" than the deadlines ask, on whichever calendar the rounds went by."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from audit.reader import DatabaseReader
from audit.replay import replay
from config.clock import VirtualClock
from config.rulebooks import default_edition
from demo.college import units
from demo.sample import Sample
from scenarios import runner, story_file
from scheduler.simulation import Simulation
from states.assessment import Assessment
from states.stream_kinds import State, fold, initial_state
from storage.database.database import Database
from storage.ledger.chain import decode
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from storage.ledger.projection import AGENDA
from tests.audit.copies import YEAR, Copy, find_defects
from tests.college import Silent
from tests.conftest import NewUrl
from workflow.engine import Engine
from workflow.year import open_year

STORIES = Path(__file__).parents[1] / "scenarios"
CHINA = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


def unfinished_ledger_url(ledger: Copy) -> list[int]:
    """Where the rows lie of what the clock is still to look at."""
    return [at for at, (_, row) in enumerate(ledger.projected) if row.get(AGENDA) is not None]


def state(ledger: Copy, stream: str) -> State:
    made = initial_state(stream)
    for row in ledger.rows:
        if row[1] == stream:
            entry = decode(row[4])
            made = fold(made, fact_of(entry), entry)
    return made


def live_undone(url: str, days: int) -> None:
    """A year in which nobody does anything but the clock, to so many days after the first deadline."""
    edition = default_edition()
    everybody = units(2, seed=7)
    sample = Sample(everybody, edition.rulebook, YEAR, seed=7)
    clock = VirtualClock(sample.start)
    engine = Engine(Ledger(Database.open(url)), clock, edition, Silent())
    open_year(engine, YEAR, everybody, sample.office, lambda day: day.weekday() < 5)
    Simulation(engine, clock).run([], datetime(YEAR, 11, 20, 12, tzinfo=CHINA) + timedelta(days=days))
    engine.ledger.close()
    engine.ledger.database.close()


def undone(new_url: NewUrl, days: int) -> Copy:
    url = new_url("sqlite")
    live_undone(url, days)
    with Database.open(url, read_only=True) as database:
        return Copy.of(DatabaseReader(database))


def test_an_agenda_that_was_wiped_is_found(unfinished_ledger: Copy) -> None:
    at = unfinished_ledger_url(unfinished_ledger)[0]
    assert [code for _, code in find_defects(unfinished_ledger.with_projection(at, **{AGENDA: None}))] == ["agenda"]
    assert [code for _, code in find_defects(unfinished_ledger.with_projection(at, **{AGENDA: "never"}))] == ["agenda"]


def test_an_agenda_earlier_than_the_deadlines_ask_is_no_defect(unfinished_ledger: Copy) -> None:
    for at in unfinished_ledger_url(unfinished_ledger):
        due = unfinished_ledger.projected[at][1][AGENDA]
        assert find_defects(unfinished_ledger.with_projection(at, **{AGENDA: due - timedelta(days=900)})) == []


@pytest.mark.parametrize("days", [-12, -6, -2, 0])
def test_until_the_day_of_a_deadline_a_clock_put_off_past_it_is_found_to_the_minute(new_url: NewUrl, days: int) -> None:
    """No holiday makes the reminder on the day itself later: nothing is allowed for one."""
    ledger_url = undone(new_url, days - 1)
    for at in unfinished_ledger_url(ledger_url):
        table, row = ledger_url.projected[at]
        assessment = state(ledger_url, row["stream"])
        assert table == "assessment"
        assert isinstance(assessment, Assessment)
        on_the_day = datetime.combine(assessment.due["self_report"], datetime.min.time(), CHINA) + timedelta(hours=9)
        assert row[AGENDA] <= on_the_day
        late = ledger_url.with_projection(at, **{AGENDA: on_the_day + MINUTE})
        assert find_defects(late) == [(row["number"], "agenda")]


@pytest.mark.parametrize("days", [1, 3, 9, 16, 30, 60])
def test_a_clock_that_is_stopped_after_a_deadline_is_found_also_when_the_named_steps_are_over(
    new_url: NewUrl, days: int
) -> None:
    """The ladder goes on every week until the step is done; two weeks and a week later, whatever holiday came between."""
    ledger_url = undone(new_url, days)
    assert replay(ledger_url).defects == ()
    for at in unfinished_ledger_url(ledger_url):
        number, due = ledger_url.projected[at][1]["number"], ledger_url.projected[at][1][AGENDA]
        for late in (None, due + timedelta(days=30)):
            assert find_defects(ledger_url.with_projection(at, **{AGENDA: late})) == [(number, "agenda")]


@pytest.mark.parametrize("happenings", [2, 4])
def test_a_score_that_waits_for_an_open_case_is_no_clock_put_off(new_url: NewUrl, happenings: int) -> None:
    """F4, block: nobody can act until the case is closed, so the clock looks when the case changes."""
    told = story_file.load(STORIES / "f04-open-case-blocks.toml")
    edition = told.edition(default_edition())
    with Database.open(new_url("sqlite")) as database:
        clock = VirtualClock(told.start(edition))
        ledger = Ledger(database)
        short = replace(told, happenings=told.happenings[:happenings])
        runner.run(short, Engine(ledger, clock, edition, Silent()), clock)
        ledger.close()
        copy = Copy.of(DatabaseReader(database))
    assert replay(copy).defects == ()
