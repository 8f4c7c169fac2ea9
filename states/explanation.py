"""The explanation of a recorded result and of its consequences. Every line has its clause."""

from __future__ import annotations

from .assessment import Assessment
from .result import result, task_persons
from .result.result import Line
from .rulebook.types import Rulebook
from .stages import reopening
from .stages.scoring import Scored


def explain(state: Assessment, rulebook: Rulebook) -> list[Line]:
    """Lines for the calculation, for every reopening of the result, and for its consequences. Empty before scoring.

    The lines name cases and their outcomes, which are confidential. The caller checks who may read them.
    """
    scored = state.fact(Scored)
    if scored is None:
        return []
    return [
        *result.explain(scored.result, scored, rulebook.forms_by_kind[state.unit_kind], rulebook),
        *reopening.corrections(state, rulebook, everything=True),
        *task_persons.consequences(state, rulebook),
    ]
