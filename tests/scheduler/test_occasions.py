"""An occasion of the rulebook that the clock opens on its day."""

from __future__ import annotations

from states.assessment import Assessment
from states.stages.opening import Withdraw
from states.vocabulary import CLOCK, Words
from storage import queries
from storage.database.database import Database
from tests.college import OFFICE, moment, unit
from tests.occasions import with_half_year
from workflow import year

from .running_college import PEOPLE, RunningCollege


def enrolled(database: Database, *, opens_years: bool = True) -> RunningCollege:
    """A college with two departments under the measure with a half-year check on 1 June."""
    made = RunningCollege(database, opens_years=opens_years, edition=with_half_year())
    year.register(made.engine, [unit(u) for u in ("u-1", "u-2")], OFFICE)
    made.know(*PEOPLE)
    return made


def test_the_clock_opens_an_occasion_on_its_day_for_every_department_and_once(database: Database) -> None:
    made = enrolled(database)
    assert made.tick(moment(5, 31)).opened == 0
    assert made.tick(moment(6, 1)).opened == 2
    assert made.tick(moment(6, 2)).opened == 0
    state = made.engine.state("assessment/2026/u-1/midyear")
    assert isinstance(state, Assessment)
    assert (state.stage, state.title, sorted(state.due)) == (
        "opening", "半年检查", ["circulation", "scoring", "self_report"],
    )  # fmt: skip
    assert made.ledger.stream("assessment/2026/u-2/midyear")[0].actor == CLOCK.id
    assert made.replayed() == []
    made.close()


def test_an_occasion_that_was_withdrawn_is_not_opened_by_the_clock_again(database: Database) -> None:
    made = enrolled(database)
    made.tick(moment(6, 1))
    made.engine.submit("assessment/2026/u-1/midyear", Withdraw(reason=Words("暂缓")), OFFICE, "withdraw")
    assert made.tick(moment(6, 2)).opened == 0
    made.close()


def test_an_occasion_that_was_missed_by_more_than_a_month_is_left_to_the_office(database: Database) -> None:
    made = enrolled(database)
    assert made.tick(moment(7, 15)).opened == 0
    assert [row.occasion for row in queries.assessments(database, 2026)] == []
    made.close()


def test_without_the_setting_the_clock_opens_no_occasion(database: Database) -> None:
    made = enrolled(database, opens_years=False)
    assert made.tick(moment(6, 1)).opened == 0
    made.close()
