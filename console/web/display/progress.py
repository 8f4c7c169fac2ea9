"""What is to be known of an assessment beside where it stands: why it is not as the others are, and when it is visited."""

from __future__ import annotations

from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.records.year import Year
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.vocabulary import Text


def progress_note(request: PageRequest, state: Assessment, rulebook: Rulebook) -> Text | None:
    """What is to be known of an assessment before its next step: why it is not as the others are."""
    if state.again:
        return Text(zh="已退回，须重新办理", en="returned: must be done again")
    if state.vetoes and request.permissions.may_view("results", state.unit):
        return Text(zh="有一票否决", en="vetoed")
    year = request.engine.state(year_stream(state.year))
    plan = year.visits.get(state.unit) if isinstance(year, Year) and state.occasion is None else None
    if plan is not None and state.step("self_report") and not state.step("site_inspection"):
        when = f"{plan.day:%m-%d} {plan.begins}"
        return Text(zh=f"现场考评 {when}，{plan.place}", en=f"on-site visit {when}, {plan.place}")
    if state.sheets and state.step("scoring") is None:
        filled, least = len(state.sheets), rulebook.scoring.minimum_sheets
        return Text(zh=f"评分表已有 {filled} 份，至少 {least} 份", en=f"{filled} score sheets of at least {least}")
    return None
