"""A year closed, on both databases: what the engine hands to it, what is refused afterwards, what a replay makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from audit.reader import DatabaseReader
from audit.replay import replay
from config.calendars import HolidayTable, HolidayTableDay
from config.clock import VirtualClock
from states.records.year import Year
from states.refusals import NotEnded, Refusal, YearOver
from states.stages.opening import OpenAssessment, Withdraw
from states.vocabulary import Words
from states.year.year import CloseYear
from storage.ledger.facts import fact_of
from tests.audit.copies import Copy, find_defects
from tests.college import unit
from tests.workflow.test_engine import OFFICE
from workflow import calendar, wiring
from workflow.engine import Engine, Submission
from workflow.year import open_year

UNITS = [unit("u1"), unit("u2")]


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The year 2026 of two units; the second one's assessment is withdrawn."""
    with wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC))) as made:
        open_year(made, 2026, UNITS, OFFICE, lambda _day: True)
        withdraw(made, "u2")
        yield made


def withdraw(engine: Engine, unit: str) -> None:
    engine.submit(f"assessment/2026/{unit}", Withdraw(reason=Words("误启动")), OFFICE, f"withdraw-{unit}")


def close(engine: Engine) -> None:
    engine.submit("year/2026", CloseYear(), OFFICE, f"close-{engine.ledger.head().number}")


def year(engine: Engine) -> Year:
    state = engine.state("year/2026")
    assert isinstance(state, Year)
    return state


def test_a_year_is_closed_once_all_have_ended_also_under_the_same_hold(engine: Engine) -> None:
    with pytest.raises(NotEnded) as caught:
        close(engine)
    assert "u1" in caught.value.render("zh")
    stream = "assessment/2026/u1"
    answers = engine.submit_many(
        [
            Submission(stream, Withdraw(reason=Words("误启动")), OFFICE, "withdraw-u1"),
            Submission("year/2026", CloseYear(), OFFICE, "close"),
        ]
    )
    assert not any(isinstance(answer, Refusal) for answer in answers)
    assert year(engine).closed == datetime(2026, 11, 2, 1, tzinfo=UTC)


def test_nothing_is_opened_in_a_closed_year_and_the_attempt_is_an_entry(engine: Engine) -> None:
    withdraw(engine, "u1")
    close(engine)
    roster = engine.state("roster")
    again = open_year(engine, 2026, [*UNITS, unit("u3")], OFFICE, lambda _day: True)
    assert [type(refusal) for refusal in again.refused.values()] == [YearOver]
    assert again.before == ("assessment/2026/u1", "assessment/2026/u2")
    assert engine.state("roster") == roster
    (entry,) = engine.ledger.stream("access")
    assert fact_of(entry).refusal == "YearOver"  # type: ignore[attr-defined]


def test_a_special_assessment_is_opened_after_the_year_is_closed(engine: Engine) -> None:
    withdraw(engine, "u1")
    close(engine)
    held = UNITS[0]
    command = OpenAssessment(
        unit=held.unit, unit_kind=held.unit_kind, year=2026, heads=held.heads, members=held.members, staff=held.staff,
        due=year(engine).due, occasion="o-1", title="采购管理",
    )  # fmt: skip
    assert engine.submit("assessment/2026/u1/o-1", command, OFFICE, "special")


def test_a_new_calendar_leaves_a_closed_year_alone(engine: Engine) -> None:
    withdraw(engine, "u1")
    close(engine)
    table = HolidayTable(
        2027, (HolidayTableDay(date(2026, 12, 31), isOffDay=True), HolidayTableDay(date(2027, 1, 1), isOffDay=True))
    )
    assert calendar.import_table(engine, table, OFFICE) == []
    assert list(engine.ledger.stream("access")) == []


def test_a_replay_holds_a_closing_against_where_each_assessment_stood(engine: Engine) -> None:
    withdraw(engine, "u1")
    close(engine)
    reader = DatabaseReader(engine.ledger.database)
    assert replay(reader).defects == ()
    copy = Copy.of(reader)
    last = copy.first("AssessmentWithdrawn", "u1")
    assert (last, "refused") in find_defects(copy.rechained(last, copy.bodies(last + 1)))
