"""The rounds: what the clock owes is asked of the ledger each time, so nothing is done twice and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from config.clock import VirtualClock
from scheduler import rounds
from scheduler.rounds import Round
from scheduler.simulation import Simulation, SimulationStep
from states.cases.case import RescindCase
from states.cases.vetoes import RecordVeto, VetoLifted, VetoRaised
from states.deadlines.reminders import Escalated, Reminded, RemindersLapsed
from states.stages.opening import Withdraw
from states.vocabulary import CLOCK, Actor, Fact, Words
from storage import queries
from storage.database.database import Database
from storage.ledger.facts import fact_of
from tests.college import CHINA, COMMITTEE, OFFICE, OPENED, College, unit
from workflow.engine import Answer, Submission
from workflow.year import open_year

DISCIPLINE = Actor("a-discipline", "discipline")


class House(College):
    """The college whose clock only goes forward, as a rehearsal's does."""

    def __init__(self, database: Database, at: datetime = OPENED) -> None:
        super().__init__(database, clock=VirtualClock(at))

    def round(self, at: datetime | None = None) -> Round:
        if at is not None:
            self.clock.advance_to(at)
        return rounds.run(self.engine, self.clock.now())


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    """A year open for three units."""
    made = House(database)
    open_year(made.engine, 2026, [unit(f"u-{n}") for n in range(1, 4)], OFFICE, lambda _day: True)
    yield made
    made.close()


def step_names(facts: list[Fact]) -> list[str]:
    return [f"{f.stage} {f.step_name}" for f in facts if isinstance(f, Reminded | Escalated)]


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of the assessed year in the rulebook's zone."""
    return datetime(2026, month, day, hour, minute, tzinfo=CHINA)


def test_nothing_is_reminded_of_before_its_minute(house: House) -> None:
    house.round()
    assert house.round(at(11, 6, 8, 59)) == Round()
    done = house.round(at(11, 6, 9, 0))
    assert done.written == 3
    assert step_names(house.facts()) == ["self_report -10"]


def test_a_round_done_twice_writes_once(house: House) -> None:
    house.round(at(11, 6))
    head = house.ledger.head()
    assert house.round().written == 0
    assert house.round(at(11, 6, 23)).written == 0
    assert house.ledger.head() == head


def test_a_round_with_nothing_due_asks_one_question_and_writes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.round()
    asked: list[datetime] = []
    ask = queries.due_streams

    def counted(database: Database, now: datetime, limit: int = 1000) -> list[str]:
        asked.append(now)
        return ask(database, now, limit)

    monkeypatch.setattr(queries, "due_streams", counted)
    head = house.ledger.head()
    assert house.round() == Round()
    assert len(asked) == 1
    assert house.ledger.head() == head


def test_a_second_engine_after_the_first_finds_nothing_left_to_do(house: House, database: Database) -> None:
    """A restart, or a second daemon: "already done" is a question to the ledger."""
    house.round(at(11, 20))
    head = house.ledger.head()
    other = House(database, at(11, 20))
    assert other.round().written == 0
    assert other.ledger.head() == head
    other.ledger.close()


def test_two_clocks_that_saw_the_same_duty_do_it_once(
    house: House, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second hears what the first was answered, and writes no second reminder."""
    other = House(database, at(11, 6))
    house.clock.advance_to(at(11, 6))
    submit = house.engine.submit_many

    def overtaken(submissions: list[Submission]) -> object:
        other.round()
        return submit(submissions)

    monkeypatch.setattr(house.engine, "submit_many", overtaken)
    house.round()
    assert step_names(house.facts()) == ["self_report -10"]
    other.ledger.close()


def test_more_assessments_than_one_batch_are_all_served(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "BATCH_SIZE", 2)
    house.round(at(11, 6))
    assert [step_names(house.facts(f"u-{n}")) for n in range(1, 4)] == [["self_report -10"]] * 3


def test_after_a_pause_the_latest_rung_speaks_for_those_missed(house: House) -> None:
    house.round(at(11, 26))
    reminded = [f for f in house.facts() if isinstance(f, Reminded)]
    assert [(f.step_name, f.superseded) for f in reminded] == [("+3", ("-10", "-5", "-3", "-1", "0", "+1"))]
    assert {f.kind for f in house.facts("u-2")} == {"AssessmentOpened", "Reminded"}


def test_after_a_pause_the_office_hears_of_what_is_overdue_before_the_leading_group_does(house: House) -> None:
    """Nobody is passed over on the way up, and each has a working day before the next one hears."""
    for day in (26, 27, 28, 29, 30):
        house.round(at(11, day))
    entries = [e for e in house.ledger.stream("assessment/2026/u-1") if e.kind == "Escalated"]
    heard = [(fact_of(e).to, e.recorded_at.astimezone(CHINA).day) for e in entries]  # type: ignore[attr-defined]
    assert heard == [("office", 27), ("leading_group", 30)]
    assert house.replayed() == []


def test_what_a_silent_clock_missed_lapses_when_the_step_is_withdrawn_or_done(house: House) -> None:
    """A withdrawn assessment is owed nothing."""
    house.clock.advance_to(at(11, 24))
    house.engine.submit("assessment/2026/u-1", Withdraw(reason=Words("误启动")), OFFICE, "w-1")
    house.round()
    assert [f.kind for f in house.facts()] == ["AssessmentOpened", "AssessmentWithdrawn"]
    assert not any(isinstance(f, RemindersLapsed) for f in house.facts())


def test_a_case_recorded_makes_the_next_round_raise_its_veto(house: House) -> None:
    house.round()
    house.case()
    assert house.round().written == 1
    raised = [f for f in house.facts() if isinstance(f, VetoRaised)]
    assert [(f.veto, f.outcome, f.since, f.late) for f in raised] == [
        ("case/c-1", "demotion", date(2026, 11, 1), False),
    ]  # fmt: skip
    assert house.assessment().vetoes[0].by == {CLOCK.id}
    assert house.assessment("u-2").vetoes == ()


def test_a_case_recorded_before_the_year_opened_is_found_at_its_first_round(database: Database) -> None:
    house = House(database)
    house.case()
    open_year(house.engine, 2026, [unit("u-1")], OFFICE, lambda _day: True)
    assert house.round().written == 1
    assert [v.id for v in house.assessment().vetoes] == ["case/c-1"]
    house.ledger.close()


def test_a_case_rescinded_makes_the_next_round_lift_its_veto(house: House) -> None:
    house.case()
    house.round()
    rescission = RescindCase(reason=Words("复核撤销"), document=Words("撤销决定1号"))
    house.engine.submit("case/c-1", rescission, DISCIPLINE, "r-1")
    assert house.round().written == 1
    assert [f.veto for f in house.facts() if isinstance(f, VetoLifted)] == ["case/c-1"]
    assert house.assessment().vetoes == ()


def test_the_clock_leaves_a_judgement_alone(house: House) -> None:
    veto = RecordVeto(finding="major_case", reason=Words("党委会认定"))
    house.engine.submit("assessment/2026/u-1", veto, COMMITTEE, "v-1")
    assert house.round().written == 0
    assert [v.finding for v in house.assessment().vetoes] == ["major_case"]


def test_the_clock_looks_at_once_after_a_judgement_and_then_waits_again(house: House) -> None:
    """A judgement may undo a result on record; otherwise the agenda goes back to the next deadline."""
    house.round()
    veto = RecordVeto(finding="major_case", reason=Words("党委会认定"))
    house.engine.submit("assessment/2026/u-1", veto, COMMITTEE, "v-1")
    assert queries.due_streams(house.ledger.database, house.clock.now()) == ["assessment/2026/u-1"]
    house.round()
    assert queries.earliest_due(house.ledger.database) == at(11, 6).astimezone(UTC)


def test_a_rehearsal_takes_every_rung_on_its_own_day(house: House) -> None:
    """Time jumps from duty to duty: thirty days cost as many rounds as there are duties."""
    simulation = Simulation(house.engine, house.clock)
    simulation.run((), at(11, 30))
    entries = [e for e in house.ledger.stream("assessment/2026/u-1") if e.kind == "Reminded"]
    days = [(e.recorded_at.astimezone(CHINA).day, e.recorded_at.astimezone(CHINA).hour) for e in entries]
    assert days == [(day, 9) for day in (6, 13, 17, 19, 20, 23, 25, 27)]
    assert simulation.rounds < 25


def test_a_rehearsal_asleep_does_nothing_and_catches_up_when_it_wakes(house: House) -> None:
    asleep = ((at(11, 10), at(11, 23, 12)),)
    Simulation(house.engine, house.clock, asleep).run((), at(11, 23, 11))
    assert step_names(house.facts()) == ["self_report -10"]
    Simulation(house.engine, house.clock, asleep).run((), at(11, 23, 13))
    last = [f for f in house.facts() if isinstance(f, Reminded)][-1]
    assert (last.step_name, last.superseded) == ("+1", ("-5", "-3", "-1", "0"))


def test_what_happens_in_a_rehearsal_is_answered_at_its_moment(house: House) -> None:
    heard: list[tuple[datetime, str]] = []

    def listen(moment: datetime, answers: list[Answer]) -> None:
        heard.extend((moment, type(a).__name__) for a in answers)

    withdraw = Submission("assessment/2026/u-1", Withdraw(reason=Words("误启动")), OFFICE, "w-1")
    again = Submission("assessment/2026/u-1", Withdraw(reason=Words("误启动")), OFFICE, "w-2")
    late = SimulationStep(at(12, 31), (again,))
    happenings = [SimulationStep(at(11, 9, 10), (withdraw, again)), late]
    Simulation(house.engine, house.clock, on_answers=listen).run(happenings, at(11, 30))
    assert heard == [(at(11, 9, 10), "Accepted"), (at(11, 9, 10), "NotNow")]
    assert step_names(house.facts()) == ["self_report -10"]
    assert house.clock.now() == at(11, 30)


def test_the_same_story_gives_the_same_ledger_on_both_databases(new_url: Callable[[str], str]) -> None:
    """Nothing a round does depends on the database it is done in."""
    heads = []
    for dialect in ("sqlite", "postgresql"):
        with Database.open(new_url(dialect)) as database:
            house = House(database)
            open_year(house.engine, 2026, [unit("u-1"), unit("u-2")], OFFICE, lambda _day: True)
            house.case()
            Simulation(house.engine, house.clock).run((), OPENED + timedelta(days=40))
            heads.append(house.ledger.head())
            house.ledger.close()
    assert heads[0] == heads[1]
