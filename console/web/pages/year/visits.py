"""现场考评安排: the plan of the on-site round of a year, the form that plans many visits, and the form that moves one.

Planning is done for all rows that are filled in, or for none. Moving a visit needs a reason. Not here: the fields of a
visit (`visit_fields.py`).

All errors of a form are shown at once, each beside its department, and nothing typed is lost.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console.web.forms.fields import Fields, read_all
from console.web.forms.submitting import submit
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.context import Context
from states.records.account import Account
from states.records.year import Visit, Year
from states.refusals import NotThere, Refusal
from states.rulebook.roles import inspectors
from states.rulebook.stages import ON_SITE
from states.streams import year_stream
from states.user_errors import UserError
from states.vocabulary import Text
from states.year.visits import MoveVisit, PlanVisits, find_impossible_visits
from states.year.year import ENDED_STAGES
from workflow.calendar import refuse_days_off, without_needless_reasons

from .calendar import DayRemark, day_remark
from .visit_fields import (
    COLUMNS,
    GROUPS,
    USUAL_TIMES,
    VisitForm,
    field_of,
    fields_of,
    read_visit,
    row_of_plan,
)
from .year import annual_progress, year_of

pages = Pages()


class NotPlanned(InvalidForm):
    """Some of the visits cannot be planned, so none is planned."""

    zh = "有 {count} 处需要更正，尚未安排任何部门。已填内容都已保留。"
    en = "{problems}. Nothing has been planned yet. What you filled in is kept."


class VisitRow(Struct, frozen=True):
    """One planned visit, and the remark on its day."""

    visit: Visit
    remark: DayRemark


@pages.get("/years/{year:int}/visits", view="year")
def show(request: PageRequest, year: int) -> Response:
    return _page(request, year)


@pages.post("/years/{year:int}/visits", view="year")
def plan(request: PageRequest, year: int) -> Response:
    """Plan the visits that are filled in: all or none."""
    state, context = _context(request, year)
    visits, errors = _read_plan(request, state, context)
    for unit, refusal in _refusals("plan_visits", request, state, visits, context).items():
        # An error that belongs to no single cell is shown beside the department.
        errors |= {f"{unit}.{fault.field}" if fault.field in COLUMNS else unit: fault for fault in refusal.faults}
    if errors:
        return _page(request, year, NotPlanned(errors))
    try:
        submit(request, year_stream(year), PlanVisits(visits=visits))
    except Refusal as refusal:
        return _page(request, year, refusal)
    return request.answer.redirect(f"/years/{year}/visits?done={len(visits)}")


@pages.get("/years/{year:int}/visits/{unit}", view="year")
def show_visit(request: PageRequest, year: int, unit: str) -> Response:
    return _visit_page(request, year, unit)


@pages.post("/years/{year:int}/visits/{unit}", view="year")
def move(request: PageRequest, year: int, unit: str) -> Response:
    """Change one visit: its day, times, place, sub-group, inspectors or contact."""
    state, context = _context(request, year)
    try:
        command = _read_move(request, unit, context)
        for refusal in _refusals("move_visit", request, state, (command.visit,), context).values():
            raise refusal
        submit(request, year_stream(year), command)
    except Refusal as refusal:
        return _visit_page(request, year, unit, refusal)
    return request.answer.redirect(f"/years/{year}/visits?moved={unit}")


def _read_plan(request: PageRequest, state: Year, context: Context) -> tuple[tuple[Visit, ...], dict[str, UserError]]:
    """The visits in the rows that are filled in and can be read, and the errors in the other rows, by field."""
    members, clause = _members(request), context.rulebook.cited("plan_visits")
    visits: list[Visit] = []
    errors: dict[str, UserError] = {}
    for unit in _unplanned(request, state):
        row = row_of_plan(request, unit, members)
        if row is None:
            continue
        try:
            visits.append(read_visit(request, row, members, clause))
        except InvalidForm as invalid:
            errors |= invalid.errors
    return without_needless_reasons(visits, request.working_days.is_working), errors


def _read_move(request: PageRequest, unit: str, context: Context) -> MoveVisit:
    """The command in the form of one visit. Raises `InvalidForm`."""
    clause, members = context.rulebook.cited("move_visit"), _members(request)
    fields = Fields(request.form, clause)
    form = VisitForm(unit, "", request.form.texts("member"), request.form.text("contact"))
    values = read_all(
        {
            "visit": lambda: read_visit(request, form, members, clause),
            "contact": lambda: fields.word("contact", Text(zh="联系人", en="the contact")),
            "reason": lambda: fields.word("reason", Text(zh="调整的理由", en="the reason for moving it")),
        }
    )
    (visit,) = without_needless_reasons([values["visit"]], request.working_days.is_working)
    return MoveVisit(visit=visit, reason=values["reason"])


def _refusals(
    act: str, request: PageRequest, state: Year, visits: tuple[Visit, ...], context: Context
) -> dict[str, Refusal]:
    """The refusals of visits, by department.

    If both the calendar and the rules refuse a visit, the refusal is that of the rules.
    """
    is_working, clause = request.working_days.is_working, context.rulebook.cited(act)
    return dict(refuse_days_off(visits, is_working, clause)) | dict(find_impossible_visits(act, state, visits, context))


def _context(request: PageRequest, number: int) -> tuple[Year, Context]:
    """The year, and the context of a decision about its plan."""
    state, _ = year_of(request, number)
    _, context, _ = request.context(state.stream)
    members = {account.id: account for account in _members(request)}
    return state, replace(context, progress=annual_progress(request, number), accounts=members)


def _members(request: PageRequest) -> list[Account]:
    """The open accounts that can be inspectors, because of one of their roles."""
    return [
        account
        for account in request.all_accounts()
        if not account.closed and not account.roles.isdisjoint(inspectors(request.rulebook))
    ]


def _unplanned(request: PageRequest, state: Year) -> list[str]:
    """The departments without a visit whose assessment has not ended."""
    annual = annual_progress(request, state.year)
    return sorted(
        progress.unit for progress in annual if progress.stage not in ENDED_STAGES and progress.unit not in state.visits
    )


def _page(request: PageRequest, number: int, refusal: Refusal | None = None) -> Response:
    state, context = _context(request, number)
    rulebook, days, unplanned = context.rulebook, request.working_days, _unplanned(request, state)
    request.form.prefill([(f"{unit}.{name}", time) for unit in unplanned for name, time in USUAL_TIMES])
    visits = sorted(state.visits.values(), key=lambda visit: (visit.day, visit.begins, visit.unit))
    on_site_dates = [state.due[one.key] for one in rulebook.stage if one.kind in ON_SITE and one.key in state.due]
    return request.answer.page(
        "visits.html",
        409 if refusal else 200,
        year=state,
        refusal=refusal,
        rows=[VisitRow(visit, day_remark(visit.day, days)) for visit in visits],
        unplanned=unplanned,
        groups=GROUPS,
        members=_members(request),
        names=request.account_names,
        may_plan=request.permissions.is_entitled("plan_visits") and not state.closed,
        first_due=min(on_site_dates, default=None),
        clause=policy.clause_of("plan_visits", rulebook),
        words=rulebook.words(rule.clause) if (rule := rulebook.acts.get("plan_visits")) else (),
        done=request.query.get("done", ""),
        moved=request.query.get("moved", ""),
    )


def _visit_page(request: PageRequest, number: int, unit: str, refusal: Refusal | None = None) -> Response:
    state, context = _context(request, number)
    visit, rulebook = state.visits.get(unit), context.rulebook
    if visit is None:
        act, first = policy.title("move_visit", rulebook), policy.title("plan_visits", rulebook)
        raise NotThere(act=act, stream=unit, first=first)
    request.form.prefill(fields_of(visit))
    return request.answer.page(
        "visit.html",
        409 if refusal else 200,
        field_of=field_of,
        year=state,
        planned=visit,
        remark=day_remark(visit.day, request.working_days),
        refusal=refusal,
        members=_members(request),
        names=request.account_names,
        may_move=request.permissions.is_entitled("move_visit") and not state.closed,
        clause=policy.clause_of("move_visit", rulebook),
    )
