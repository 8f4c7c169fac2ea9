"""Makes the rows of assessments, records and routine checks from their states. Without side effects.

Boards and queries read the rows, so that they need not fold the entries. Other streams have no row here.

The replay folds every stream and compares the states with the rows, except for the column `next_due_at`. That column is
no projection but the agenda of the scheduler: when it looks at the stream next. Each round moves it forward, and a case
of the department moves it to an earlier time. It can be computed again at any time.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from states.assessment import WITHDRAWN, Assessment
from states.records.record import RecordState
from states.records.routine_check import RoutineCheck
from states.stages.scoring import Scored

AGENDA = "next_due_at"
"""The column that is no projection."""


def assessment_row(state: Assessment, number: int, next_due_at: datetime | None) -> dict[str, Any]:
    """The row of an assessment. `number` is the number of its last entry. The score is in hundredths, rounded down."""
    scored = state.fact(Scored)
    return {
        "stream": state.stream,
        "number": number,
        "version": state.version,
        "year": state.year,
        "unit": state.unit,
        "unit_kind": state.unit_kind,
        "occasion": state.occasion,
        "stage": state.stage,
        "score": hundredths(scored.result.score) if scored and scored.result.score is not None else None,
        "grade": scored.result.grade if scored else None,
        "vetoed": bool(state.vetoes),
        "stale": not state.has_valid_score,
        "withdrawn": state.stage == WITHDRAWN,
        AGENDA: next_due_at,
    }


def record_row(state: RecordState, number: int) -> dict[str, Any]:
    """The row of a case or another record: the department where it happened, the one that now answers, its status."""
    unit, unit_now = state.units
    return {
        "stream": state.stream,
        "number": number,
        "version": state.version,
        "unit": unit,
        "unit_now": None if unit_now == unit else unit_now,
        "status": "rescinded" if state.rescinded else "recorded",
    }


def routine_check_row(state: RoutineCheck, number: int, next_due_at: datetime | None) -> dict[str, Any]:
    """The row of a routine check: its department, its day and its status."""
    assert state.findings is not None, "a check begins with its findings"
    return {
        "stream": state.stream,
        "number": number,
        "version": state.version,
        "unit": state.unit,
        "checked_on": state.findings.checked_on.isoformat(),
        "status": state.status,
        AGENDA: next_due_at,
    }


def hundredths(score: Decimal) -> int:
    """A score in hundredths, rounded down: 89.995 -> 8999.

    For sorting and display only; a grade needs the exact score.
    """
    return int((score * 100).to_integral_value(ROUND_FLOOR))
