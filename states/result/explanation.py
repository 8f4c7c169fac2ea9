"""Why the result on record is what it is, and what follows from it: every line with its clause."""

from __future__ import annotations

from states.assessment import Assessment
from states.rulebook.types import Rulebook
from states.stages import reopening
from states.stages.scoring import Scored

from . import result, task_persons
from .result import Line


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
