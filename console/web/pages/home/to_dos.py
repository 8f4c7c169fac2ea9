"""首页: the first page. What waits for the account that is signed in, and where every department stands.

Whoever stands for a department finds where that stands (`department.py`); whoever comes to an empty house, what is to be done first.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct
from starlette.responses import Response

from console.web import to_dos
from console.web.audit_work import duties
from console.web.display.coming_days import CalendarDay, OpenDeadline, coming_days
from console.web.display.first_steps import first_steps
from console.web.pages.accounts.own_account import changes
from console.web.pages.assessments.routine_checks import waiting
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.accounts.links import open_request
from states.deadlines.lights import HEED
from states.records.account import SECURITY, SYSTEM, Account
from states.records.lineage import origins
from states.records.year import Year
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries
from storage.sign_in import accounts, security_log
from storage.tables.accounts import AccountRow

from . import department
from .board import Count, Head, Row, count, heads, lateness, rows_of

pages = Pages()

_A_WEEK = timedelta(days=7)
"""For how long the holder is told of guesses at the password."""


class Step(Struct, frozen=True):
    """A step of a year and the departments at it: those to look at first, by how late they are; the rest is a number."""

    head: Head
    here: int
    late: int
    shown: tuple[Row, ...]


class Progress(Struct, frozen=True):
    """How far the departments of an open year are. `all`: its assessments; `movable`: the account may move deadlines, so rows may be ticked."""

    year: int
    all: int
    count: Count
    steps: tuple[Step, ...]
    movable: bool


def _count(request: PageRequest) -> int:
    """How much waits for this account."""
    return to_dos.count(request) + len(waiting(request)) + len(_accounts(request)) + len(duties(request))


@pages.get("/", view="to_dos", count=_count)
def show(request: PageRequest) -> Response:
    if request.user.roles == {"unit"} and request.user.unit is not None:
        return department.show(request)
    found, only = to_dos.items(request), to_dos.asked(request)
    guessed = security_log.last_event(request.database, request.user.id, "guessed_at", request.now - _A_WEEK)
    progress = _under_way(request) if request.permissions.may_view("board") else []
    return request.answer.page(
        "to_dos.html",
        found=found,
        groups=to_dos.groups(request, to_dos.shown(found, only), only),
        only=only,
        years=sorted({item.year for item in found}),
        acts={item.next.act: item.next.title for item in found},
        progress=progress,
        days=_days(request, progress),
        people=_people(request) if progress else {},
        checks=waiting(request),
        accounts=_accounts(request),
        duties=duties(request),
        first=first_steps(request),
        guessed=guessed,
        changes=changes(request),
        before=origins(request.user.unit, request.roster) if request.user.unit and "unit" in request.user.roles else (),
    )


def _open_years(request: PageRequest) -> list[int]:
    """The years that are not closed, the last first."""
    found = {year: request.engine.state(year_stream(year)) for year in queries.years(request.database)}
    return [year for year, state in found.items() if isinstance(state, Year) and state.closed is None]


def _under_way(request: PageRequest) -> list[Progress]:
    """The open years in which some department has a step before it; the follow-up of a circulated result is among the to-dos."""
    found = (_progress(request, year) for year in _open_years(request))
    return [one for one in found if any(step.here for step in one.steps)]


def _progress(request: PageRequest, year: int) -> Progress:
    rulebook = request.context(year_stream(year))[2].rulebook
    rows = rows_of(request, year, rulebook)
    steps = []
    for head in heads(request, year, rows, rulebook):
        here = [row for row in rows if row.at == head.number]
        heeded = sorted((row for row in here if row.light == "late" or row.light in HEED), key=lateness)
        steps.append(Step(head, len(here), sum(row.light == "late" for row in here), tuple(heeded)))
    movable = request.permissions.may_view("together") and not request.user.roles.isdisjoint(
        policy.entitled("move_deadline", None, None, rulebook)[0]
    )
    return Progress(year, len(rows), count(rows), tuple(steps), movable)


def _days(request: PageRequest, progress: list[Progress]) -> tuple[CalendarDay, ...]:
    """The coming days of the open years, with the steps due on them."""
    several = len(progress) > 1
    deadlines = []
    for of in progress:
        for head in (step.head for step in of.steps):
            title = Text(zh=f"{of.year} {head.title.zh}", en=f"{of.year} {head.title.en}") if several else head.title
            if head.due:
                deadlines.append(
                    OpenDeadline(head.due, title, of.all - head.done, f"/board/{of.year}?stage={head.kind}")
                )
    return coming_days(request.today, deadlines, request.working_days.is_working, request.soon_until)


def _people(request: PageRequest) -> dict[str, list[str]]:
    """By unit, what those are called who stand for it."""
    found: dict[str, list[str]] = {}
    for id_, name in request.account_names.items():
        account = request.account_of(id_)
        if "unit" in account.roles and account.unit is not None and not account.closed:
            found.setdefault(account.unit, []).append(name)
    return found


def _accounts(request: PageRequest) -> list[tuple[AccountRow, Text]]:
    """The accounts that wait for an administrator: for a role, or for a way to sign in."""
    if request.user.roles.isdisjoint((SECURITY, SYSTEM)):
        return []
    found = []
    for row in accounts.accounts(request.database):
        state = request.account_of(row.id)
        why = _waits_for(request, state)
        if why is not None:
            found.append((row, why))
    return found


def _waits_for(request: PageRequest, state: Account) -> Text | None:
    """What an account waits for from this administrator; None for nothing."""
    asked = open_request(state, request.now)
    if SECURITY in request.user.roles and not state.closed and not state.roles:
        return _ROLE
    if (
        SECURITY in request.user.roles
        and not state.closed
        and state.unit
        and request.roster.end(state.unit) is not None
    ):
        return _MOVE
    if SECURITY in request.user.roles and asked is not None and not asked.confirmed:
        return _LINK
    if SECURITY in request.user.roles and any(not one.confirmed for one in state.identities.values()):
        return _IDENTITY
    if SYSTEM in request.user.roles and asked is not None and asked.confirmed and asked.by == request.user.id:
        return _ISSUE
    barred = state.administers or state.is_a_persons or state.tokens or asked is not None
    if SYSTEM in request.user.roles and state.roles and not barred:
        return _WAY_IN
    return None


_LINK = Text(zh="待确认一次性链接或发放接口令牌", en="a one-time link or token to deal with")
_IDENTITY = Text(zh="待确认统一身份", en="an identity to confirm")
_ISSUE = Text(zh="一次性链接已确认，待发放", en="one-time link confirmed: issue it")
_MOVE = Text(zh="所属部门已撤销，待变更所属部门", en="its unit was closed: move the account")
_ROLE = Text(zh="待授予角色", en="needs a role")
_WAY_IN = Text(zh="待申请一次性链接或接口令牌，或登记统一身份", en="needs a one-time link, a token or an identity")
