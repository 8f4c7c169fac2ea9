"""现场考评安排: the plan of the on-site round for all units on one page; one visit moved, with a reason, on a page of its own.

Every fault of the form is named at once, beside the unit it concerns, and what was typed stays.
"""

from __future__ import annotations

from collections.abc import Iterable

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
from states.records.year import Inspector, Year
from states.records.year import Visit as Planned
from states.refusals import NotThere, Refusal
from states.streams import year_stream
from states.user_errors import UserError
from states.vocabulary import Citation, Opaque, Text, Words
from states.year.visits import ROLES, MoveVisit, PlanVisits, faults
from states.year.year import ENDS
from storage.sign_in import accounts
from workflow.visits import on_days_off, settled

from .calendar import Remark, remark
from .year import may, round_of, year_of

pages = Pages()

GROUPS = tuple(Text(zh=f"第{n}组", en=f"Sub-group {i}") for i, n in enumerate("一二三四五六七八", 1))
"""How many sub-groups a plan can name at once."""
BEGINS, ENDS_AT = "09:00", "11:30"
"""What stands in an empty form: one morning."""


CELLS = ("day", "begins", "ends", "place", "group", "day_off")
"""What is typed for one unit, in its row of the plan."""


class NotPlanned(InvalidForm):
    """Some of the visits asked for cannot be made; none is planned."""

    zh = "有 {count} 处需要更正，尚未安排任何部门。已填内容都已保留。"
    en = "{problems}. Nothing has been planned yet. What you filled in is kept."


class Row(Struct, frozen=True):
    """One planned visit and what is to be said of its day."""

    visit: Planned
    remark: Remark


@pages.get("/years/{year:int}/visits", view="year")
def show(request: PageRequest, year: int) -> Response:
    return _page(request, year)


@pages.post("/years/{year:int}/visits", view="year")
def plan(request: PageRequest, year: int) -> Response:
    state, context = _context(request, year)
    wrong: dict[str, UserError] = {}
    read = [_asked(request, unit, wrong, context) for unit in _unplanned(request, state)]
    made = settled([one for one in read if one is not None], request.working_days.is_working)
    for unit, refusal in _faults("plan_visits", request, state, made, context).items():
        wrong |= {f"{unit}.{one.at}" if one.at in CELLS else unit: one for one in refusal.each}
    if wrong:
        return _page(request, year, NotPlanned(wrong))
    try:
        submit(request, year_stream(year), PlanVisits(visits=made))
    except Refusal as refusal:
        return _page(request, year, refusal)
    return request.answer.redirect(f"/years/{year}/visits?done={len(made)}")


@pages.get("/years/{year:int}/visits/{unit}", view="year")
def look(request: PageRequest, year: int, unit: str) -> Response:
    return _one(request, year, unit)


@pages.post("/years/{year:int}/visits/{unit}", view="year")
def move(request: PageRequest, year: int, unit: str) -> Response:
    state, context = _context(request, year)
    clause = context.rulebook.cited("move_visit")
    members = request.form.texts("member")
    try:
        found = read_all({
            "visit": lambda: _read(request, "", unit, members, request.form.text("contact"), "", clause),
            "contact": lambda: Fields(request.form, clause).word("contact", Text(zh="联系人", en="the contact")),
            "reason": lambda: Fields(request.form, clause).word("reason", Text(zh="调整的理由", en="the reason for moving it")),
        })  # fmt: skip
        (made,) = settled([found["visit"]], request.working_days.is_working)
        for refusal in _faults("move_visit", request, state, (made,), context).values():
            raise refusal
        submit(request, year_stream(year), MoveVisit(visit=made, reason=found["reason"]))
    except Refusal as refusal:
        return _one(request, year, unit, refusal)
    return request.answer.redirect(f"/years/{year}/visits?moved={unit}")


def _page(request: PageRequest, number: int, refusal: Refusal | None = None) -> Response:
    state, context = _context(request, number)
    rulebook, days, unplanned = context.rulebook, request.working_days, _unplanned(request, state)
    request.form.prefill(
        [(f"{unit}.{at}", usual) for unit in unplanned for at, usual in (("begins", BEGINS), ("ends", ENDS_AT))]
    )
    planned = sorted(state.visits.values(), key=lambda one: (one.day, one.begins, one.unit))
    return request.answer.page(
        "visits.html", 409 if refusal else 200, year=state, refusal=refusal,
        rows=[Row(one, remark(one.day, days)) for one in planned], unplanned=unplanned,
        may_plan=may(request, "plan_visits") and not state.closed, groups=GROUPS, members=_members(request), names=request.account_names,
        clause=policy.cited("plan_visits", rulebook), words=rulebook.words("第七条（二）"),
        done=request.query.get("done", ""), moved=request.query.get("moved", ""),
        first_due=min((state.due[s] for s in ("meeting", "democratic_evaluation") if s in state.due), default=None),
    )  # fmt: skip


def _one(request: PageRequest, number: int, unit: str, refusal: Refusal | None = None) -> Response:
    state, context = _context(request, number)
    found = state.visits.get(unit)
    if found is None:
        first = policy.title("plan_visits", context.rulebook)
        raise NotThere(act=policy.title("move_visit", context.rulebook), stream=unit, first=first)
    chosen = [one.account for one in found.inspectors]
    typed = {"day": str(found.day), "begins": found.begins, "ends": found.ends, "place": found.place,
             "group": found.group, "contact": found.contact, "day_off": found.day_off or ""}  # fmt: skip
    request.form.prefill([*typed.items(), *(("member", account) for account in chosen)])
    return request.answer.page(
        "visit.html", 409 if refusal else 200, field_of=_place, year=state, planned=found, refusal=refusal, members=_members(request),
        names=request.account_names, may_move=may(request, "move_visit") and not state.closed,
        remark=remark(found.day, request.working_days), clause=policy.cited("move_visit", context.rulebook),
    )  # fmt: skip


def _place(path: str) -> str:
    """Where the form of one visit has a field of the command."""
    name = path.removeprefix("visit.").partition(".")[0]
    return "member" if name == "inspectors" else name


def _context(request: PageRequest, number: int) -> tuple[Year, Context]:
    """The year, and what a decision about its plan would be handed."""
    state, _ = year_of(request, number)
    _, context, _ = request.context(state.stream)
    known = {account.id: account for account in _members(request)}
    return state, replace(context, progress=round_of(request, number), accounts=known)


def _members(request: PageRequest) -> list[Account]:
    """The accounts that can come: those of the working group."""
    every = (request.account_of(row.id) for row in accounts.accounts(request.database))
    return [one for one in every if not one.closed and not one.roles.isdisjoint(ROLES)]


def _unplanned(request: PageRequest, state: Year) -> list[str]:
    """The units of the round that have no visit yet and whose assessment has not ended."""
    found = round_of(request, state.year)
    return sorted(one.unit for one in found if one.stage not in ENDS and one.unit not in state.visits)


def _faults(
    act: str, request: PageRequest, state: Year, visits: Iterable[Planned], context: Context
) -> dict[str, Refusal]:
    """What stands in the way of each visit, by unit: the law's reasons, and the calendar's."""
    made = tuple(visits)
    clause = context.rulebook.cited(act)
    return dict(on_days_off(made, request.working_days.is_working, clause)) | dict(faults(act, state, made, context))


def _asked(request: PageRequest, unit: str, wrong: dict[str, UserError], context: Context) -> Planned | None:
    """The visit a row asks for; None where nothing is typed in it, or where it cannot be read, which is then `wrong`."""
    if not any(request.form.text(f"{unit}.{name}") for name in CELLS if name not in ("begins", "ends")):
        return None
    number = request.form.text(f"{unit}.group")
    members = [one.id for one in _members(request) if number and request.form.text(f"group.{one.id}") == number]
    contact = next((one for one in members if request.form.text(f"contact.{one}")), members[0] if members else "")
    title = (
        GROUPS[int(number) - 1].zh if number.isascii() and number.isdigit() and 0 < int(number) <= len(GROUPS) else ""
    )
    try:
        return _read(request, f"{unit}.", unit, members, contact, title, context.rulebook.cited("plan_visits"))
    except InvalidForm as several:
        wrong |= several.wrong
        return None


def _read(
    request: PageRequest, prefix: str, unit: str, members: list[str], contact: str, group: str, clause: Citation
) -> Planned:
    """The visit as it was typed. Incomplete or Malformed where the fields make no visit."""
    homes = {one.id: one.unit for one in _members(request)}
    typed = Fields(request.form, clause)
    found = read_all({
        f"{prefix}day": lambda: typed.day(f"{prefix}day", Text(zh="日期", en="the day")),
        f"{prefix}begins": lambda: typed.time(f"{prefix}begins", Text(zh="开始时间", en="the begin")),
        f"{prefix}ends": lambda: typed.time(f"{prefix}ends", Text(zh="结束时间", en="the end")),
        f"{prefix}place": lambda: typed.word(f"{prefix}place", Text(zh="地点", en="the place")),
        f"{prefix}group": lambda: _group(typed, f"{prefix}group", group),
        f"{prefix}day_off": lambda: typed.words(f"{prefix}day_off"),
    })  # fmt: skip
    day, begins, ends, place, named, day_off = found.values()
    inspectors = tuple(Inspector(account=Opaque(one), unit=_home(homes.get(one))) for one in members)
    return Planned(
        unit=Opaque(unit), day=day, begins=begins, ends=ends, place=place,
        group=Words(named), inspectors=inspectors, contact=Opaque(contact), day_off=day_off,
    )  # fmt: skip


def _group(typed: Fields, field: str, title: str) -> str:
    """The sub-group's title: of one that is chosen, the title it has; of one that is typed, what is typed."""
    said = typed.word(field, Text(zh="考核小组", en="the sub-group"))
    return title or said


def _home(unit: str | None) -> Opaque | None:
    return Opaque(unit) if unit else None
