"""One row of a bulk page: an assessment, those acts of the page that the user may do on it, and the outcome of an act.

The result and the vetoes of a row are empty if the user may not see them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from console.web.assessment_paths import assessment_path
from console.web.display.grades import SubjectGrade, cause_of_grade, subject_grades
from console.web.display.terms import terms_of
from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.refusals import Refusal
from states.result.result import Result
from states.rulebook.calculation.numbers import plain
from states.rulebook.types import VETOED
from states.stages.scoring import Scored
from states.stream_kinds import State
from states.vocabulary import Actor, Text
from workflow.previews import Preview


class BulkRow(Struct, frozen=True):
    """An assessment with the acts of the page that the user may do on it, each with its actor.

    `unit_title` is the title of the department. `may_view_results`: the user may see the view `results` of this
    department. It is False for the user's own department, whose result the office still circulates
    (docs/decisions/0034). `grades` has the grade of every subject that the user may see. `selected_act` is the act
    that the form selects for the row. `preview` is set after the preview, `refusal` if the act was refused.
    """

    state: Assessment
    context: Context
    compiled: CompiledRulebook
    acts: Mapping[str, Actor]
    unit_title: str
    may_view_results: bool
    grades: tuple[SubjectGrade, ...] = ()
    selected_act: str = ""
    refusal: Refusal | None = None
    preview: Preview | None = None

    @property
    def stream(self) -> str:
        return self.state.stream

    @property
    def link(self) -> str:
        return assessment_path(self.state)

    @property
    def result(self) -> Result | None:
        """The result, after the act if there is a preview; None if there is none, or the user may not see it."""
        state = self.preview.after if self.preview is not None else self.state
        assert isinstance(state, Assessment)
        scored = state.fact(Scored) if self.may_view_results else None
        return scored.result if scored else None

    @property
    def score(self) -> str:
        return plain(self.result.score) if self.result else ""

    @property
    def grade(self) -> Text | None:
        """The title of the grade; None without a result, or if the subject is not graded."""
        rulebook = self.context.rulebook
        return rulebook.grade_title(self.result.grade) if self.result and rulebook.first_scale is not None else None

    @property
    def cause(self) -> Text | None:
        """一票否决 or 等次受限, if something limits the grade and the user may see it."""
        if not self.may_view_results:
            return None
        return cause_of_grade(self.state, self.context.rulebook, with_findings=True)

    @property
    def other_grades(self) -> tuple[SubjectGrade, ...]:
        """The grades of all subjects but the first."""
        return self.grades[1:]

    @property
    def vetoed(self) -> bool:
        return self.cause == VETOED


def permitted_acts(
    request: PageRequest, state: State, context: Context, compiled: CompiledRulebook, acts: Collection[str]
) -> dict[str, Actor]:
    """Those of the `acts` that the user may do on an assessment now, each with its actor."""
    assert isinstance(state, Assessment)
    # Computing the permissions is costly. Most rows are at a stage in which nobody can do any of these acts, so the
    # permissions are not computed for them.
    if set(acts).isdisjoint(compiled.chart.open_acts(state.stage)):
        return {}
    permitted = request.permissions.acts(state, context, compiled)
    return {act: permitted[act] for act in acts if act in permitted}


def bulk_row(request: PageRequest, stream: str, acts: tuple[str, ...]) -> BulkRow:
    """The row of an assessment, with those of the `acts` that the user may do on it now."""
    state, context, compiled = request.context(stream)
    assert isinstance(state, Assessment)
    may_view_results = request.permissions.may_view("results", state.unit)
    with_members = request.permissions.may_view("member_results", state.unit)
    return BulkRow(
        state,
        context,
        compiled,
        acts=permitted_acts(request, state, context, compiled, acts),
        unit_title=request.roster.title(state.unit, state.year),
        may_view_results=may_view_results,
        grades=tuple(subject_grades(state, terms_of(request, state, compiled.rulebook), with_members=with_members))
        if may_view_results
        else (),
    )
