"""What others may ask."""

from __future__ import annotations

import ast
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import queries
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.tables.columns import METADATA


@pytest.fixture
def board(ledger: Ledger, row: dict[str, Any], now: datetime) -> Database:
    """Five assessments of two years, due an hour apart, and three cases."""
    with ledger.transaction() as transaction:
        for step, unit in enumerate("edcba"):
            due = None if unit == "a" else now + timedelta(hours=step)
            stream, year = f"assessment/{2025 + (unit == 'e')}/{unit}", 2025 + (unit == "e")
            transaction.project(
                "assessment",
                {**row, "stream": stream, "year": year, "unit": unit, "next_due_at": due, "withdrawn": unit == "c"},
            )
        for number, (unit, unit_now) in enumerate([("a", None), ("b", "a"), ("b", None)]):
            case = {"stream": f"case/{number}", "number": 1, "version": 1, "status": "recorded"}
            transaction.project("record", {**case, "unit": unit, "unit_now": unit_now})
    return ledger.database


def test_what_is_due_comes_longest_overdue_first(board: Database, now: datetime) -> None:
    assert queries.due_streams(board, now - timedelta(microseconds=1)) == []
    assert queries.due_streams(board, now) == ["assessment/2026/e"]
    soon = now + timedelta(hours=2)
    assert queries.due_streams(board, soon) == ["assessment/2026/e", "assessment/2025/d", "assessment/2025/c"]
    assert queries.due_streams(board, soon, limit=1) == ["assessment/2026/e"]
    assert queries.earliest_due(board) == now


def test_nothing_is_due_where_nothing_is(database: Database) -> None:
    assert queries.earliest_due(database) is None


def test_the_assessments_of_a_year_come_by_unit(board: Database) -> None:
    assert [one.unit for one in queries.assessments(board, 2025)] == ["a", "b", "c", "d"]


def test_all_assessments_and_cases_are_streamed_in_batches(board: Database) -> None:
    for batch in (1, 2, 1000):
        assert len({one.stream for one in queries.all_assessments(board, batch)}) == 5
        assert [one.stream for one in queries.all_cases(board, batch)] == ["case/0", "case/1", "case/2"]


def test_a_case_is_found_by_the_unit_then_and_the_unit_now(board: Database) -> None:
    assert queries.records_of_unit(board, "a") == ["case/0", "case/1"]
    assert queries.records_of_unit(board, "b") == ["case/1", "case/2"]


def test_the_streams_of_units_leave_out_the_withdrawn(board: Database) -> None:
    assert sorted(queries.assessment_streams_of(board, ["b", "c", "e"])) == ["assessment/2025/b", "assessment/2026/e"]


def test_a_sound_database_has_nothing_to_report(board: Database) -> None:
    assert queries.page_faults(board) == []


def test_grades_are_counted_by_year_without_the_withdrawn_and_the_special(
    board: Database, ledger: Ledger, row: dict[str, Any]
) -> None:
    with ledger.transaction() as transaction:
        for unit, occasion in (("a", None), ("b", None), ("c", None), ("d", "audit")):
            stream = f"assessment/2025/{unit}" + (f"/{occasion}" if occasion else "")
            changed = {"stream": stream, "year": 2025, "unit": unit, "occasion": occasion, "next_due_at": None}
            transaction.project("assessment", {**row, **changed, "grade": "pass", "withdrawn": unit == "c"})
    assert queries.grades(board) == [(2025, "pass", 2)]


def test_a_units_assessments_come_by_year_without_the_withdrawn(board: Database) -> None:
    assert [one.year for one in queries.assessments_of_unit(board, "e")] == [2026]
    assert queries.assessments_of_unit(board, "c") == []


def test_no_table_of_ours_is_asked_in_textual_sql() -> None:
    """Rows are read with SQLModel and Core: text is for settings, catalogues, PRAGMA, VACUUM and DDL (`storage/database/rows.py`)."""
    tables = "|".join(METADATA.tables)
    asked = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE)\s+\"?(?:{tables})\b")
    found = [
        f"{path.name}:{node.lineno}"
        for path in Path(queries.__file__).parent.rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and asked.search(node.value)
    ]
    assert found == []
