"""按名次重新计分: the page that scores again, with the same marks, every department whose places were settled otherwise.

A score that is stale for another reason is made on its own page, where the working group looks at its marks again.
"""

from __future__ import annotations

from msgspec.structs import asdict, replace
from starlette.responses import Response

from console.web.forms.act_form import FormField
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.policy import may_offer
from states.stages.scoring import Score, Scored, agreed_sheet, changed_sources
from states.vocabulary import Command, Text
from storage.tables.projections import AssessmentRow

from .bulk import BulkPage
from .bulk_row import BulkRow, bulk_row

pages = Pages()


@pages.get("/standings/{year:int}/score", view="standings")
def show(request: PageRequest, year: int) -> Response:
    return RescoringPage(request, "score", year).page(200)


@pages.post("/standings/{year:int}/score", view="standings")
def score(request: PageRequest, year: int) -> Response:
    return RescoringPage(request, "score", year).post()


class RescoringPage(BulkPage):
    """A bulk page on which every row has the marks and the reasons that its department has already."""

    def __init__(self, request: PageRequest, act: str, year: int) -> None:
        super().__init__(request, act, year)
        self.back = (f"/standings/{year}", Text(zh="名次", en="Places"))

    def make_row(self, assessment_row: AssessmentRow) -> BulkRow | None:
        """The row of an annual result of which only a place has changed, if the user may score it."""
        if assessment_row.occasion is not None or assessment_row.stage != "scoring":
            return None
        # The clock notes within a minute that a score is stale. This page need not wait for it.
        row = bulk_row(self.request, assessment_row.stream, ())
        changed = changed_sources(row.state, row.context)
        if not changed or any(key.partition("@")[0] not in row.context.rulebook.standings for key in changed):
            return None
        actors = (
            actor
            for actor in self.request.user.actors
            if may_offer(self.act, row.state, replace(row.context, actor=actor))
        )
        actor = next(actors, None)
        return replace(row, acts={self.act: actor}) if actor is not None else None

    def _inputs(self) -> tuple[FormField, ...]:
        return ()

    def _command(self, row: BulkRow) -> Command:
        scored = row.state.fact(Scored)
        assert scored is not None, "only a department that was scored is listed"
        return Score(**asdict(agreed_sheet(scored, row.state)))
