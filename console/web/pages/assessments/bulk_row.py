"""One row of a bulk page: an assessment, and the acts the account may do on it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from console.web.assessment_paths import assessment_path
from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.refusals import Refusal
from states.result.result import Result, plain
from states.stages.scoring import Scored
from states.vocabulary import Actor, Text
from workflow.previews import Preview


class BulkRow(Struct, frozen=True):
    """An assessment with the acts that are open on it here, each with its actor.

    `act` is the act that was selected for the row. `preview` is set once the act was previewed, `refusal` once it was
    refused. `readable`: the account may read the result. The office circulates the result of its own department without
    having read it.
    """

    state: Assessment
    context: Context
    compiled: CompiledRulebook
    acts: Mapping[str, Actor]
    unit: str
    readable: bool
    act: str = ""
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
        """The result, if the account may read it."""
        scored = self.state.fact(Scored) if self.readable else None
        return scored.result if scored else None

    @property
    def score(self) -> str:
        return plain(self.result.score) if self.result else ""

    @property
    def grade(self) -> Text | None:
        return self.context.rulebook.grades[self.result.grade].title.text if self.result else None

    @property
    def vetoed(self) -> bool:
        return self.readable and bool(self.state.vetoes)


def bulk_row(request: PageRequest, stream: str, acts: tuple[str, ...]) -> BulkRow:
    """The row of an assessment, with those of the `acts` that the account may do on it now."""
    state, context, compiled = request.context(stream)
    assert isinstance(state, Assessment)
    # The permissions of an account are costly to ask. Most rows are at another stage, where none of the acts is open to
    # anybody.
    possible = compiled.chart.open_acts(state.stage)
    offers = request.permissions.acts(state, context, compiled) if any(act in possible for act in acts) else {}
    return BulkRow(
        state,
        context,
        compiled,
        acts={act: offers[act] for act in acts if act in offers},
        unit=request.roster.title(state.unit, state.year),
        readable=request.permissions.may_view("results", state.unit),
    )
