"""Why the result on record is what it is, and what follows from it: every line with its clause."""

from __future__ import annotations

from . import reopening, result, task_persons
from .assessment import Assessment
from .result import Line
from .rulebook import Rulebook
from .scoring import Scored


def explain(state: Assessment, rulebook: Rulebook) -> list[Line]:
    """The calculation, each time the result was reopened, and what follows from it; nothing before scoring."""
    scored = state.fact(Scored)
    if scored is None:
        return []
    return [
        *result.explain(scored.result, scored, rulebook.tables[state.unit_kind], rulebook),
        *reopening.corrections(state, rulebook, everything=True),
        *task_persons.consequences(state, rulebook),
    ]
