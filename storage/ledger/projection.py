"""From a state to its row: what boards and queries read instead of folding. Pure; the replay compares.

`next_due_at` is the one column that is not a projection: it is the clock's agenda, set back by the rounds and
moved up when a case touches the unit. It can be computed anew at any time and is not compared.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from states.assessment import WITHDRAWN, Assessment
from states.cases.case import Case
from states.routine_check import RoutineCheck
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
    """The row of a case: where it counts, and whether it stands."""
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
    """The row of a routine check: of which unit, when, how it stands."""
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
