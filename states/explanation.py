"""The explanation of a recorded result and of its tasks. Every line has its clause."""

from __future__ import annotations

from collections.abc import Mapping

from .assessment import Assessment
from .result import task_persons
from .result.result import scopes_of
from .rulebook.calculation.lines import Inputs
from .rulebook.calculation.plan import SubjectScope
from .rulebook.sentences import explanation
from .rulebook.sentences.explained_lines import ExplainedLine
from .rulebook.types import Rulebook
from .stages import reopening
from .stages.scoring import Scored


def explain(state: Assessment, rulebook: Rulebook) -> list[ExplainedLine]:
    """Lines for the calculation, for every reopening of the result, and for its tasks. Empty before scoring.

    The lines name cases and their outcomes, which are confidential. The caller checks who may read them.
    """
    scored = state.fact(Scored)
    if scored is None:
        return []
    return [
        *explain_inputs(scored.inputs, rulebook, scored.reasons),
        *reopening.corrections(state, rulebook, everything=True),
        *task_persons.task_lines(state, rulebook),
    ]


def explain_inputs(inputs: Inputs, rulebook: Rulebook, reasons: Mapping[str, str] | None = None) -> list[ExplainedLine]:
    """The lines of the result of the first subject. `reasons`: why items lost points, by the key of the item."""
    return explain_subject(scopes_of(inputs, rulebook)[0], rulebook, reasons)


def explain_subject(
    scope: SubjectScope, rulebook: Rulebook, reasons: Mapping[str, str] | None = None
) -> list[ExplainedLine]:
    """The lines of the result of one subject, with the reading on open cases if one is open (F4)."""
    lines = explanation.explain(
        scope,
        rulebook.names[scope.plan.subject.key],
        reasons=reasons,
        readings=rulebook.readings,
        uses=rulebook.reading_places,
    )
    if any(line.place.startswith("open/") for line in lines):
        lines.append(explanation.reading_line(rulebook.readings["open_cases"]))
    return lines


def is_remark(line: ExplainedLine) -> bool:
    """Whether a line says what the score does not show: a limit of the grade, or a record that is open (待定)."""
    return line.place.startswith(("limit.", "open/"))


def is_adjustment(line: ExplainedLine) -> bool:
    """Whether a line says what one record adds or takes off."""
    return line.depth > 0 and "/" in line.place and not line.place.startswith("open/")


def is_reading(line: ExplainedLine) -> bool:
    """Whether a line says how the text of the measure is read."""
    return line.place.startswith("reading.")
