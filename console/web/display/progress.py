"""The note on an assessment in lists: a return, a veto, the time of its on-site visit, or the count of score sheets."""

from __future__ import annotations

from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.deadlines.reminders import next_stage
from states.records.year import Year
from states.rulebook.stages import ON_SITE
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.vocabulary import Text


def progress_note(request: PageRequest, state: Assessment, rulebook: Rulebook) -> Text | None:
    """The note that somebody should read before the next step of an assessment; None if there is nothing to note.

    It is the first that applies, in the order of the code. Only users who may read results see that there is a veto.
    """
    if state.again:
        return Text(zh="已退回，须重新办理", en="returned: must be done again")
    if state.vetoes and request.permissions.may_view("results", state.unit):
        return Text(zh="有一票否决", en="vetoed")
    year = request.engine.state(year_stream(state.year))
    plan = year.visits.get(state.unit) if isinstance(year, Year) and state.occasion is None else None
    upcoming_stage = next_stage(state, rulebook)
    if plan is not None and upcoming_stage is not None and upcoming_stage.kind in ON_SITE:
        time = f"{plan.day:%m-%d} {plan.begins}"
        return Text(zh=f"现场考评 {time}，{plan.place}", en=f"on-site visit {time}, {plan.place}")
    if state.sheets and state.step("scoring") is None:
        count, minimum = len(state.sheets), rulebook.scoring.minimum_sheets
        return Text(zh=f"评分表已有 {count} 份，至少 {minimum} 份", en=f"{count} score sheets of at least {minimum}")
    return None
