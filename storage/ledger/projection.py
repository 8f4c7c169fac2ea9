"""From a state to its row: what boards and queries read instead of folding the entries. Pure.

The replay folds every stream and compares the rows. Not compared is `next_due_at`, the one column that is no
projection: it is the clock's agenda, moved on by each round and moved up when a case touches the department. It can be
computed at any time.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from states.assessment import WITHDRAWN, Assessment
from states.records.case import Case
from states.records.routine_check import RoutineCheck
from states.stages.scoring import Scored

AGENDA = "next_due_at"


def assessment_row(state: Assessment, number: int, next_due_at: datetime | None) -> dict[str, Any]:
    """The row of an assessment; `number` is its last entry's. `score` is in hundredths, cut, never rounded up."""
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
        "score": hundredths(scored.result.score) if scored else None,
        "grade": scored.result.grade if scored else None,
        "vetoed": bool(state.vetoes),
        "stale": not state.score_holds,
        "withdrawn": state.stage == WITHDRAWN,
        AGENDA: next_due_at,
    }


def case_row(state: Case, number: int) -> dict[str, Any]:
    """The row of a case: the department it counts for, and whether it was rescinded."""
    at_act, now = state.units
    return {
        "stream": state.stream,
        "number": number,
        "version": state.version,
        "unit": at_act,
        "unit_now": None if now == at_act else now,
        "status": "rescinded" if state.rescinded else "recorded",
    }


def routine_check_row(state: RoutineCheck, number: int, next_due_at: datetime | None) -> dict[str, Any]:
    """The row of a routine check: the department, the day, the status."""
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
    """89.995 -> 8999: for sorting and display. The grade is taken from the exact score, never from this."""
    return int((score * 100).to_integral_value(ROUND_FLOOR))
