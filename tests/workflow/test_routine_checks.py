"""Routine checks through the engine, the clock and the replay, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from audit.reader import DatabaseReader
from audit.replay import replay
from config.clock import VirtualClock
from scheduler import rounds
from states.accounts.account import OPERATOR, OpenAccount
from states.assessment import Assessment, ScoreSheet
from states.cases import routine_check
from states.cases.routine_check import AcceptAnswer, AnswerRoutineCheck, CorrectRoutineCheck, RecordRoutineCheck
from states.records.routine_check import Findings, RoutineCheck
from states.refusals import OwnUnit, OwnUnitChecked
from states.result.inputs import inputs_of
from states.vocabulary import Actor, Command, Opaque, Words
from states.year.roster import RegisterUnit
from storage import queries
from storage.ledger.facts import fact_of
from tests.college import unit
from workflow import wiring
from workflow.engine import Engine, Submission
from workflow.year import open_year

OFFICE = Actor("office-1", "office")
OURS = Actor("acct-u1", "unit", "u1")
STREAM = "routine_check/r-1"


def check(unit: str = "u1", **changes: object) -> RecordRoutineCheck:
    fields: dict[str, object] = {
        "unit": unit, "checked_on": date(2026, 3, 10), "checked_by": ("office-3",), "elements": ("a1-1.2.1",),
        "observation": "工作计划缺少责任分工", "to_mend": "补充责任分工", "mend_until": date(2026, 4, 10),
    }  # fmt: skip
    return RecordRoutineCheck(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 3, 12, 1, tzinfo=UTC))


@pytest.fixture
def engine(url: str, clock: VirtualClock) -> Iterator[Engine]:
    """A roster of two units in March; no year is open."""
    with wiring.compose_engine(url, clock) as made:
        for id_ in ("u1", "u2"):
            told = unit(id_)
            command = RegisterUnit(**{name: getattr(told, name) for name in told.__struct_fields__})
            made.submit("roster", command, OFFICE, f"register-{id_}")
        yield made


def state(engine: Engine, stream: str = STREAM) -> RoutineCheck:
    found = engine.state(stream)
    assert isinstance(found, RoutineCheck)
    return found


def kinds(engine: Engine, stream: str = STREAM) -> list[str]:
    return [fact_of(entry).kind for entry in engine.ledger.stream(stream)]


def test_many_units_are_checked_in_one_transaction_before_the_year_is_opened(engine: Engine) -> None:
    asked = [Submission(f"routine_check/r-{n}", check(f"u{n}"), OFFICE, f"check-{n}") for n in (1, 2)]
    engine.submit_many(asked)
    assert [(row.stream, row.unit, row.status) for row in queries.all_routine_checks(engine.ledger.database)] == [
        ("routine_check/r-1", "u1", "open"), ("routine_check/r-2", "u2", "open"),
    ]  # fmt: skip


def test_the_latest_check_is_listed_first(engine: Engine) -> None:
    for number, (checked, day) in enumerate((("u1", 3), ("u2", 5), ("u1", 4)), start=1):
        recorded = check(checked, checked_on=date(2026, 3, day))
        engine.submit(f"routine_check/r-{number}", recorded, OFFICE, f"check-{number}")
    assert list(queries.routine_check_units(engine.ledger.database).items()) == [
        ("routine_check/r-2", "u2"), ("routine_check/r-3", "u1"), ("routine_check/r-1", "u1"),
    ]  # fmt: skip


def test_the_clock_reminds_the_unit_escalates_and_falls_silent_once_it_answered(
    engine: Engine, clock: VirtualClock
) -> None:
    engine.submit(STREAM, check(), OFFICE, "c-1")
    # The writer of the row knows no calendar: the first look may come early, finds nothing to do, and sets it right.
    looks = queries.earliest_due(engine.ledger.database)
    assert looks is not None
    clock.advance_to(looks)
    assert rounds.run(engine, clock.now()).written == 0
    assert queries.earliest_due(engine.ledger.database) == datetime(2026, 4, 2, 1, tzinfo=UTC)
    clock.advance_to(datetime(2026, 4, 2, 1, tzinfo=UTC))
    assert rounds.run(engine, clock.now()).written == 1
    assert kinds(engine)[-1] == "CheckReminded"
    assert rounds.run(engine, clock.now()).written == 0
    for day in (15, 16):
        clock.advance_to(datetime(2026, 4, day, 1, tzinfo=UTC))
        rounds.run(engine, clock.now())
    assert "CheckEscalated" in kinds(engine)
    engine.submit(STREAM, AnswerRoutineCheck(answer=Words("已整改")), OURS, "c-2")
    before = len(kinds(engine))
    clock.advance_to(datetime(2026, 6, 15, 1, tzinfo=UTC))
    assert rounds.run(engine, clock.now()).written == 0
    assert len(kinds(engine)) == before
    assert queries.earliest_due(engine.ledger.database) is None


def test_an_assessment_is_handed_the_checks_of_its_unit_also_from_the_transaction_they_came_in(engine: Engine) -> None:
    engine.submit(STREAM, check(), OFFICE, "c-1")
    engine.submit("routine_check/r-2", check("u2"), OFFICE, "c-2")
    open_year(engine, 2026, [unit("u1"), unit("u2")], OFFICE, lambda _day: True)
    found, context, _ = engine.context("assessment/2026/u1", OFFICE)
    assert isinstance(found, Assessment)
    assert [one.id for one in context.checks] == ["r-1"]
    assert [line.record for line in inputs_of(found, ScoreSheet(marks={}), context).records] == ["r-1"]


def test_a_refused_check_of_the_own_unit_is_on_record(engine: Engine) -> None:
    with pytest.raises(OwnUnit):
        engine.submit(STREAM, check(), Actor("office-2", "office", "u1"), "c-1")
    assert kinds(engine, "access") == ["RefusedCommand"]
    assert queries.routine_check_units(engine.ledger.database) == {}


@pytest.fixture
def lived(engine: Engine, clock: VirtualClock) -> Engine:
    """A check that was reminded of, answered and accepted."""
    engine.submit(STREAM, check(), OFFICE, "c-1")
    clock.advance_to(datetime(2026, 4, 2, 1, tzinfo=UTC))
    rounds.run(engine, clock.now())
    engine.submit(STREAM, AnswerRoutineCheck(answer=Words("已整改")), OURS, "c-2")
    engine.submit(STREAM, AcceptAnswer(accepted_on=date(2026, 4, 2)), OFFICE, "c-3")
    return engine


@pytest.mark.parametrize("act", ["record", "correct"])
def test_nobody_of_the_unit_itself_checks_it_and_a_replay_finds_where_it_was_so(
    engine: Engine, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account says to which unit somebody belongs, not the team of the unit."""
    for account, home in (("office-3", "u2"), ("teacher-1", "u1")):
        engine.submit(f"account/{account}", OpenAccount(unit=Opaque(home)), OPERATOR, f"open-{account}")
    ours: Command = check(checked_by=("office-3", "teacher-1"))
    if act == "correct":
        engine.submit(STREAM, check(), OFFICE, "c-1")
        fields = {name: getattr(ours, name) for name in Findings.__struct_fields__}
        ours = CorrectRoutineCheck(**fields, reason=Words("检查人员填错"))
    with pytest.raises(OwnUnitChecked, match="teacher-1"):
        engine.submit(STREAM, ours, OFFICE, "c-2")
    assert replay(DatabaseReader(engine.ledger.database)).defects == ()
    with monkeypatch.context() as careless:
        careless.setattr(routine_check, "check_accounts", lambda *_: None)
        engine.submit(STREAM, ours, OFFICE, "c-3")
    assert {defect.code for defect in replay(DatabaseReader(engine.ledger.database)).defects} == {"refused"}


def test_a_replay_of_a_check_finds_nothing_where_nothing_was_done(lived: Engine) -> None:
    assert kinds(lived) == ["RoutineCheckRecorded", "CheckReminded", "RoutineCheckAnswered", "AnswerAccepted"]
    report = replay(DatabaseReader(lived.ledger.database))
    assert report.defects == ()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE routine_check SET status = 'open'", "projection"),
        ("DELETE FROM routine_check", "projection_missing"),
        ("INSERT INTO routine_check SELECT 'routine_check/r-9', number, version, unit, checked_on, status, next_due_at FROM routine_check", "projection_surplus"),
    ],
    ids=["changed", "deleted", "put in"],
)  # fmt: skip
def test_a_replay_finds_what_was_done_to_the_row_of_a_check(lived: Engine, statement: str, code: str) -> None:
    with lived.ledger.database.writing() as connection:
        connection.execute(text(statement))
    assert code in {defect.code for defect in replay(DatabaseReader(lived.ledger.database)).defects}


def test_a_replay_finds_that_the_clock_would_look_at_a_check_too_late(engine: Engine) -> None:
    engine.submit(STREAM, check(), OFFICE, "c-1")
    with engine.ledger.database.writing() as connection:
        connection.execute(text("UPDATE routine_check SET next_due_at = NULL"))
    assert {defect.code for defect in replay(DatabaseReader(engine.ledger.database)).defects} == {"agenda"}
