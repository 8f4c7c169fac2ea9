"""The figures of a year of the sample college, for the table that `kaohe demo` prints and for `--json`."""

from __future__ import annotations

from collections import Counter
from typing import Any

from notifications.notices import routine_checks
from notifications.notices.assessments import assessment_notices
from states import stream_kinds
from states.assessment import Assessment
from states.cases.routine_check import RoutineCheckFact
from states.records.routine_check import RoutineCheck
from states.rulebook.calculation.numbers import plain
from states.stages.scoring import Scored
from states.stream_kinds import State
from states.streams import assessment_stream
from storage.ledger.chain import decode
from storage.ledger.facts import fact_of
from workflow.engine import Engine

from .sample import Sample


def summary(engine: Engine, sample: Sample, year: int) -> dict[str, Any]:
    """The stage and the result of every department, the numbers of notices and of facts by kind, and the last entry.

    `notices` counts messages by kind and role; `notices` of a department are the numbers of its circulars. In `grades`,
    departments without a score count as "None". Of the last entry there are the number and the digest.
    """
    head = engine.ledger.head()
    rows = [_department_row(engine.state(assessment_stream(year, unit.unit)), unit.title) for unit in sample.units]
    return {
        "entries": head.number,
        "digest": head.digest,
        "grades": dict(Counter(str(row["grade"]) for row in rows)),
        "results": rows,
        **_counts(engine),
    }


def _department_row(state: State, title: str) -> dict[str, Any]:
    assert isinstance(state, Assessment)
    scored = state.fact(Scored)
    result = scored.result if scored else None
    return {
        "unit": state.unit,
        "title": title,
        "kind": state.unit_kind,
        "stage": state.stage,
        "subtotal": plain(result.subtotal) if result else None,
        "adjustment": plain(result.adjustment) if result else None,
        "score": plain(result.score) if result else None,
        "grade": result.grade if result else None,
        "limits": list(result.limits) if result else [],
        "vetoes": [v.id for v in state.vetoes],
        "notices": list(state.circulated),
    }


def _counts(engine: Engine) -> dict[str, Any]:
    """The numbers of notices by kind and recipient, and of facts by kind."""
    # Count the notices that follow from the entries, not the deliveries: the same ledger then always gives the same
    # numbers.
    states: dict[str, State] = {}
    notice_counts: Counter[tuple[str, str]] = Counter()
    fact_counts: Counter[str] = Counter()
    for row in engine.ledger.rows():
        entry = decode(row[4])
        fact = fact_of(entry)
        fact_counts[entry.kind] += 1
        state = states.get(entry.stream) or stream_kinds.initial_state(entry.stream)
        state = states[entry.stream] = stream_kinds.fold(state, fact, entry)
        if isinstance(state, Assessment):
            rulebook = engine.editions.of_pin(entry.rulebook).rulebook
            notice_counts.update((notice.kind, notice.to) for notice in assessment_notices(fact, state, rulebook))
        elif isinstance(state, RoutineCheck) and isinstance(fact, RoutineCheckFact):
            rulebook = engine.editions.of_pin(entry.rulebook).rulebook
            notice_counts.update(
                (notice.kind, notice.to) for notice in routine_checks.routine_check_notices(fact, state, rulebook)
            )
    counts_by_kind: dict[str, dict[str, int]] = {}
    for (kind, recipient), count in sorted(notice_counts.items()):
        counts_by_kind.setdefault(kind, {})[recipient] = count
    return {"notices": counts_by_kind, "facts": dict(sorted(fact_counts.items()))}
