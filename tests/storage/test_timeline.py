"""The ledger backwards: in steps of a bounded size, whatever is asked, and by an index on either database."""

from __future__ import annotations

from sqlalchemy import text

from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.ledger.timeline import EntryFilter, TimelinePage, changed_assessments, page_before, page_statement


def numbers(found: TimelinePage) -> list[int]:
    return [row[0] for row in found.rows]


def test_the_newest_come_first_and_each_page_says_from_where_to_go_on(six: Ledger) -> None:
    first = page_before(six.database, EntryFilter(), 7, 4)
    assert (numbers(first), first.before) == ([6, 5, 4, 3], 3)
    rest = page_before(six.database, EntryFilter(), 3, 4)
    assert (numbers(rest), rest.before) == ([2, 1], None)


def test_what_is_asked_for_is_looked_for_in_a_bounded_step(six: Ledger) -> None:
    """Nothing in the step is no reason to read on: it says how far it looked."""
    nobody = EntryFilter(actor="nobody")
    found = page_before(six.database, nobody, 7, 4, window=3)
    assert found == TimelinePage([], 4)
    assert page_before(six.database, nobody, 4, 4, window=3) == TimelinePage([], None)


def test_entries_are_found_by_stream_actor_kind_unit_and_year(six: Ledger) -> None:
    for wanted, expected in (
        (EntryFilter(stream="assessment/2026/a"), [5, 3, 1]),
        (EntryFilter(unit="b"), [6, 4, 2]),
        (EntryFilter(unit="b", year=2025), []),
        (EntryFilter(year=2026, actor="u1", kinds=("MeetingHeld",)), [6, 5, 4, 3, 2, 1]),
        (EntryFilter(actor="u"), []),
        (EntryFilter(kinds=("Scored",)), []),
    ):
        assert numbers(page_before(six.database, wanted, 7, 10)) == expected, wanted


def test_the_assessments_that_changed_between_two_entries_are_told(six: Ledger) -> None:
    assert changed_assessments(six.database, 2026, "", 2, 3) == ["assessment/2026/a"]
    assert changed_assessments(six.database, 2026, "", 2, 4) == ["assessment/2026/a", "assessment/2026/b"]
    assert changed_assessments(six.database, 2026, "b", 4, 5) == []


def test_whatever_is_asked_is_read_by_an_index(six: Ledger) -> None:
    everything = EntryFilter(kinds=("Scored",), year=2026, unit="a", actor="u1")
    for wanted, index in (
        (EntryFilter(), "entry_pkey"),
        (everything, "entry_pkey"),
        (EntryFilter(stream="access"), "entry_stream_version"),
    ):
        plan = planned(six.database, wanted)
        if six.database.dialect == "postgresql":
            assert f"Index Scan Backward using {index}" in plan, plan
        else:
            key = "INTEGER PRIMARY KEY" if index == "entry_pkey" else "INDEX sqlite_autoindex_entry_1"
            assert f"USING {key}" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def planned(database: Database, wanted: EntryFilter) -> str:
    """How the database would answer; PostgreSQL is kept from reading a small table whole."""
    with database.reading() as connection:
        asked = page_statement(wanted, 1, 7, 5).compile(connection.engine, compile_kwargs={"literal_binds": True})
        if database.dialect == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        explain = "EXPLAIN " if database.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + str(asked)))
