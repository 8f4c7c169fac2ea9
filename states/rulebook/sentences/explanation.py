"""The explanation of one result: a flat list of lines, each with its depth, its sentence, its amount and its clause.

Screen, paper, letter, interface and comparison print the same list. The lines come in the order of a form: its items,
what stands beside them, the total, the grade with its limits, what is still open, and the readings that had a say.
"""

# There is no second calculation for the explanation: it prints the lines that the calculation made of the same inputs.
# Only the subtotal and the difference that rounding or a bound makes are taken from those lines by subtraction.

from __future__ import annotations

from collections.abc import Mapping

from states.rulebook.calculation.plan import SubjectScope
from states.rulebook.file_locations import part_locations, readings_used
from states.rulebook.readings import Reading
from states.vocabulary import Text

from .explained_lines import ExplainedLine
from .grade_lines import GradeLineWriter
from .names import RuleNames, reading_text
from .result_context import ResultContext


def explain(
    scope: SubjectScope,
    names: RuleNames,
    *,
    reasons: Mapping[str, str] | None = None,
    shows_persons: bool = True,
    readings: Mapping[str, Reading] | None = None,
    uses: Mapping[str, str] | None = None,
) -> list[ExplainedLine]:
    """All lines of the result of one subject (`Plan.scopes`).

    `shows_persons`: also the values of single persons of which a value is made. Of other subjects, only those who
    decide may read them. `reasons`: why an item lost points, by its key in the inputs. `readings`, and the locations
    where they stood (`uses`). The lines name records, which may be confidential: the caller checks who may read them.
    """
    writer = _ResultWriter(ResultContext(names, scope, reasons or {}, shows_persons), readings or {}, uses or {})
    if scope.plan.form is not None:
        writer.write_form(scope.plan.form)
    if scope.plan.scale is not None and scope.decision is not None:
        writer.write_grade(scope.plan.scale, scope.decision)
    writer.write_readings()
    return writer.lines


class _ResultWriter(GradeLineWriter):
    """Writes a whole explanation, with the readings at its end."""

    def write_readings(self) -> None:
        """第…条 as it is read: every reading that had a say in this result."""
        used = readings_used(self.uses, part_locations(self.names.rules), self.with_a_say)
        self.lines.extend(reading_line(reading) for key, reading in self.readings.items() if key in used)


def reading_line(reading: Reading) -> ExplainedLine:
    """The line of one reading."""
    title, location = Text("条文理解", "How the text is read"), f"reading.{reading.key}"
    return ExplainedLine(location=location, title=title, sentence=reading_text(reading), clause=reading.clause)
