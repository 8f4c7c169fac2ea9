"""What one transaction does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select

from storage import queries
from storage.database.database import Database
from storage.errors import Conflict
from storage.ledger import chain
from storage.ledger.ledger import Ledger
from storage.ledger.transaction import CommandAnswer
from storage.tables.ledger import COMMAND
from storage.tables.projections import ASSESSMENT

Note = Callable[..., chain.Entry]


def test_an_entry_is_numbered_linked_and_stored_as_it_was_hashed(ledger: Ledger, note: Note) -> None:
    with ledger.transaction() as transaction:
        first, second = note(transaction), note(transaction, "roster")
    rows = list(ledger.rows())
    assert [row[0] for row in rows] == [first.number, second.number] == [1, 2]
    assert (first.previous, second.previous) == (chain.GENESIS, rows[0][5])
    assert [chain.digest(row[4].encode()) for row in rows] == [row[5] for row in rows]
    assert [chain.encode(first), chain.encode(second)] == [row[4].encode() for row in rows]


def test_the_columns_repeat_the_body(six: Ledger) -> None:
    for number, stream, version, kind, body, _ in six.rows():
        entry = chain.decode(body)
        assert (number, stream, version, kind) == (entry.number, entry.stream, entry.version, entry.kind)


def test_nothing_is_there_before_the_pen_is_put_down(ledger: Ledger, note: Note) -> None:
    with ledger.transaction() as transaction:
        note(transaction)
        assert ledger.head().number == 0
    assert ledger.head().number == 1


def test_an_exception_leaves_nothing(ledger: Ledger, note: Note, row: dict[str, Any]) -> None:
    with pytest.raises(ZeroDivisionError), ledger.transaction() as transaction:
        note(transaction)
        transaction.project("assessment", row)
        transaction.record_answer("c1", 1, 1)
        raise ZeroDivisionError
    assert ledger.head().number == 0
    assert ledger.answer("c1") is None
    assert queries.assessments(ledger.database, 2026) == []
    with ledger.transaction() as transaction:
        assert note(transaction).number == 1


def test_a_pen_that_wrote_nothing_changes_nothing(six: Ledger) -> None:
    before = six.head()
    with six.transaction(["c1"]) as transaction:
        assert transaction.head == before
    assert six.head() == before


def test_a_command_asked_again_is_told_its_first_answer(ledger: Ledger, note: Note) -> None:
    with ledger.transaction(["c1"]) as transaction:
        assert transaction.answers == {}
        transaction.record_answer("c1", note(transaction).number, note(transaction).number)
    with ledger.transaction(["c0", "c1", "c2"]) as transaction:
        assert transaction.answers == {"c1": CommandAnswer(1, 2)}
    with ledger.transaction(["c1"]) as transaction:
        assert transaction.answers == {"c1": CommandAnswer(1, 2)}
    assert ledger.answer("c1") == CommandAnswer(1, 2)
    assert ledger.answer("c0") is None


def test_a_command_id_cannot_be_answered_twice(ledger: Ledger, note: Note) -> None:
    with ledger.transaction() as transaction:
        transaction.record_answer("c1", note(transaction).number, 1)
    with pytest.raises(Conflict), ledger.transaction() as transaction:
        transaction.record_answer("c1", note(transaction).number, 2)
    assert ledger.head().number == 1
    assert ledger.answer("c1") == CommandAnswer(1, 1)


@pytest.mark.parametrize("version", [1, 3])
def test_a_version_that_exists_is_a_conflict_and_nothing_of_it_is_written(
    six: Ledger, note: Note, version: int
) -> None:
    with pytest.raises(Conflict), six.transaction(["c9"]) as transaction:
        note(transaction, "year/2026")
        note(transaction, "assessment/2026/a", version=version)
        transaction.record_answer("c9", 7, 8)
    assert six.head().number == 6
    assert six.answer("c9") is None
    with six.transaction() as transaction:
        assert note(transaction).number == 7
    assert six.check_tail().number == 7


def test_what_a_pen_reads_includes_what_it_wrote(six: Ledger, note: Note) -> None:
    with six.transaction() as transaction:
        added = note(transaction)
        assert [entry.number for entry in transaction.since(4)] == [5, 6, 7]
        assert [entry.number for entry in transaction.stream("assessment/2026/a")] == [1, 3, 5, 7]
        assert transaction.stream("assessment/2026/a", after=3) == [added]
        assert transaction.head.number == 7
        assert transaction.since(7) == []


def test_a_stream_is_read_in_its_order(six: Ledger) -> None:
    assert [(entry.number, entry.version) for entry in six.stream("assessment/2026/b")] == [(2, 1), (4, 2), (6, 3)]
    assert [entry.number for entry in six.stream("assessment/2026/b", after=2)] == [6]
    assert six.stream("nobody") == []


@pytest.mark.parametrize("batch", [1, 4, 1000])
def test_rows_come_in_order_and_stop_where_told(six: Ledger, batch: int) -> None:
    assert [row[0] for row in six.rows(batch=batch)] == [1, 2, 3, 4, 5, 6]
    assert [row[0] for row in six.rows(after=2, last=5, batch=batch)] == [3, 4, 5]
    assert list(six.rows(after=6)) == []


def test_rows_end_where_the_ledger_ended_when_they_began(six: Ledger, note: Note) -> None:
    rows = six.rows(batch=2)
    next(rows)
    with six.transaction() as transaction:
        note(transaction)
    assert len(list(rows)) == 5


def test_recorded_at_never_runs_backwards_and_the_reading_is_kept(ledger: Ledger, note: Note, now: datetime) -> None:
    earlier = now - timedelta(days=1)
    with ledger.transaction() as transaction:
        first = note(transaction)
        same = note(transaction)
    with ledger.transaction() as transaction:
        behind = note(transaction, now=earlier)
    assert (first.recorded_at, first.machine_clock) == (now, None)
    assert (same.recorded_at, same.machine_clock) == (now, None)
    assert (behind.recorded_at, behind.machine_clock) == (now, earlier)
    assert ledger.check_tail().recorded_at == now


def test_when_it_happened_is_when_it_was_recorded_unless_told(ledger: Ledger, note: Note, now: datetime) -> None:
    eight = timezone(timedelta(hours=8))
    with ledger.transaction() as transaction:
        assert note(transaction).happened_at == now
        told = note(transaction, happened_at=datetime(2026, 11, 1, 8, tzinfo=eight))
    assert told.happened_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert '"happened_at":"2026-11-01T00:00:00Z"' in list(ledger.rows())[1][4]


def test_a_time_without_its_zone_or_a_payload_written_otherwise_is_refused(ledger: Ledger, note: Note) -> None:
    for wrong in ({"now": datetime(2026, 1, 1)}, {"payload": b'{"b":1, "a":2}'}):
        with pytest.raises(ValueError), ledger.transaction() as transaction:
            note(transaction, **wrong)
    assert ledger.head().number == 0


def test_any_text_of_a_fact_is_stored_as_it_was(ledger: Ledger, note: Note) -> None:
    payload = chain.encode_canonical({"words": "\x00\x1f\x7f\u2028'\"\\%s ? :x 张三😀"})
    with ledger.transaction() as transaction:
        note(transaction, payload=payload)
    assert bytes(ledger.stream("assessment/2026/a")[0].payload) == payload


def test_a_projection_is_replaced_and_its_last_word_counts(ledger: Ledger, row: dict[str, Any]) -> None:
    for stages in (["opening"], ["meeting", "scoring"]):
        with ledger.transaction() as transaction:
            for stage in stages:
                transaction.project("assessment", {**row, "stage": stage, "score": 8750, "vetoed": True})
    found = queries.assessments(ledger.database, 2026)
    assert [(one.stage, one.score, one.vetoed, one.stale) for one in found] == [("scoring", 8750, True, False)]


@pytest.mark.parametrize("wrong", [{"mark": 1}, {"stage": None}])
def test_a_projection_with_other_columns_is_refused(ledger: Ledger, row: dict[str, Any], wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, Conflict)), ledger.transaction() as transaction:
        transaction.project("assessment", {**row, **wrong})
    assert queries.assessments(ledger.database, 2026) == []


def test_when_an_assessment_is_due_can_be_set_alone(ledger: Ledger, row: dict[str, Any], now: datetime) -> None:
    later = now + timedelta(days=1)
    with ledger.transaction() as transaction:
        transaction.project("assessment", row)
    with ledger.transaction() as transaction:
        transaction.set_due(row["stream"], later)
    assert queries.assessments(ledger.database, 2026)[0].next_due_at == later
    with ledger.transaction() as transaction:
        transaction.set_due(row["stream"], None)
        transaction.project("assessment", row)
        transaction.set_due(row["stream"], None)
    assert queries.assessments(ledger.database, 2026)[0].next_due_at is None


def test_a_rulebook_is_kept_once(ledger: Ledger) -> None:
    for source in ("[[stage]]", "another"):
        with ledger.transaction() as transaction:
            transaction.store_rulebook("d", "measure-2026", source)
            transaction.store_rulebook("e", "measure-2027", source)
    kept = {"d": ("measure-2026", "[[stage]]"), "e": ("measure-2027", "[[stage]]")}
    assert queries.rulebooks(ledger.database) == kept


def test_many_commands_are_written_in_one_hold(ledger: Ledger, note: Note, row: dict[str, Any]) -> None:
    ids = [f"c{number}" for number in range(32)]
    with ledger.transaction(ids) as transaction:
        for number, command in enumerate(ids):
            entry = note(transaction, f"assessment/2026/{number}", command=command)
            transaction.record_answer(command, entry.number, entry.number)
            transaction.project("assessment", {**row, "stream": entry.stream, "number": entry.number})
    with ledger.transaction(ids) as transaction:
        assert transaction.answers == {command: CommandAnswer(number, number) for number, command in enumerate(ids, 1)}
    with ledger.database.reading() as connection:
        assert len(connection.execute(select(COMMAND)).all()) == len(connection.execute(select(ASSESSMENT)).all()) == 32
    assert ledger.check_tail().number == 32


def test_one_thread_cannot_take_the_pen_twice(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.transaction(), ledger.transaction():
        pass
    with ledger.transaction() as transaction:
        assert transaction.head.number == 0


def test_a_closed_ledger_writes_again_through_a_new_connection(six: Ledger, note: Note) -> None:
    six.close()
    with six.transaction() as transaction:
        assert note(transaction).number == 7


def test_a_second_ledger_sees_what_the_first_wrote(database: Database, six: Ledger, note: Note) -> None:
    other = Ledger(database)
    with other.transaction() as transaction:
        assert note(transaction).number == 7
    with six.transaction() as transaction:
        assert [entry.number for entry in transaction.since(6)] == [7]
    other.close()
