"""首页: the first page: everything that waits for the user, and the progress of all departments in the open years.

What waits for the user: to-dos on assessments, routine checks, accounts that need an act of an administrator, and
duties of the audit administrator. Their number is in the navigation of every page. The page shows the progress, with
the coming deadlines, only to users who may view the board.

The page also has recent changes of the user's account, a warning of attempts to guess the password, and, in a new
installation, the first steps. A user who only acts for a department gets another page (`department.py`).

Also here: which act of an administrator an account needs. Not here: finding the to-dos on assessments
(`console/web/to_dos.py`).
"""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct
from starlette.responses import Response

from console.web import to_dos
from console.web.audit_work import duties
from console.web.display.coming_days import CalendarDay, OpenDeadline, coming_days
from console.web.display.first_steps import first_steps
from console.web.pages.accounts.own_account import recent_changes
from console.web.pages.assessments.routine_checks import checks_to_do
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.accounts.links import open_request
from states.deadlines.chase import Chase
from states.deadlines.lights import NEEDS_ATTENTION
from states.deadlines.reminders import MoveDeadline
from states.records.account import SECURITY, SYSTEM, Account
from states.records.lineage import origin_reorganisations
from states.records.year import Year
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries
from storage.sign_in import security_log

from . import department
from .board_rows import BoardColumn, BoardCount, BoardRow, board_columns, board_rows, by_lateness, count, under_way

pages = Pages()

_GUESS_WARNING_PERIOD = timedelta(days=7)
"""For this time the page warns the user of attempts to guess the password."""


class ProgressStep(Struct, frozen=True):
    """One step of a year. `current_count` counts the departments at the step, `late_count` the late ones among them.

    `rows` has only the departments that are late or need attention, sorted by lateness. The page does not list the
    departments that are on time.
    """

    column: BoardColumn
    current_count: int
    late_count: int
    rows: tuple[BoardRow, ...]


class YearProgress(Struct, frozen=True):
    """The progress of the departments in an open year.

    `total`: the assessments that are not withdrawn; special ones that are finished are left out. `may_move`: the user
    may move deadlines, so rows can be selected. `may_chase`: the user may chase the selected ones.
    """

    year: int
    total: int
    count: BoardCount
    steps: tuple[ProgressStep, ...]
    may_move: bool
    may_chase: bool


def _count(request: PageRequest) -> int:
    """The number of everything that waits for the user: to-dos, routine checks, accounts and duties."""
    return (
        to_dos.count_to_dos(request)
        + len(checks_to_do(request))
        + len(_waiting_accounts(request))
        + len(duties(request))
    )


@pages.get("/", view="to_dos", count=_count)
def show(request: PageRequest) -> Response:
    if request.user.roles == {"unit"} and request.user.unit is not None:
        return department.show(request)
    items, filters = to_dos.to_dos_of(request), to_dos.filters_of(request)
    progress = _years_under_way(request) if request.permissions.may_view("board") else []
    unit = request.user.unit if "unit" in request.user.roles else None
    return request.answer.page(
        "to_dos.html",
        items=items,
        for_others=to_dos.count_for_others(request),
        groups=to_dos.group_to_dos(request, to_dos.filter_to_dos(items, filters), filters),
        filters=filters,
        years=sorted({item.year for item in items}),
        acts={item.next.act: item.next.title for item in items},
        progress=progress,
        days=_days(request, progress),
        people=_people(request) if progress else {},
        checks=checks_to_do(request),
        accounts=_waiting_accounts(request),
        duties=duties(request),
        first=first_steps(request),
        guesses=security_log.last_event(
            request.database, request.user.id, "guessed_at", request.now - _GUESS_WARNING_PERIOD
        ),
        changes=recent_changes(request),
        origins=origin_reorganisations(unit, request.roster) if unit else (),
    )


def _open_years(request: PageRequest) -> list[int]:
    """The years that are not closed, the latest first."""
    states = {year: request.engine.state(year_stream(year)) for year in queries.years(request.database)}
    return [year for year, state in states.items() if isinstance(state, Year) and state.closed is None]


def _years_under_way(request: PageRequest) -> list[YearProgress]:
    """The open years in which at least one department is at a step.

    A year is left out if all its results are circulated. Only follow-up tasks are open then, and they are in the list
    of to-dos.
    """
    years = (_progress(request, year) for year in _open_years(request))
    return [year for year in years if any(step.current_count for step in year.steps)]


def _progress(request: PageRequest, year: int) -> YearProgress:
    rulebook = request.context(year_stream(year))[2].rulebook
    rows = board_rows(request, year, rulebook)
    opens_bulk = request.permissions.may_view("together")
    return YearProgress(
        year=year,
        total=len(under_way(rows)),
        count=count(rows, rulebook),
        steps=tuple(_step(column, rows) for column in board_columns(request, year, rows, rulebook)),
        may_move=opens_bulk and request.permissions.is_entitled(MoveDeadline.act, rulebook),
        may_chase=opens_bulk and request.permissions.is_entitled(Chase.act, rulebook),
    )


def _step(column: BoardColumn, rows: list[BoardRow]) -> ProgressStep:
    rows_at_step = [row for row in rows if row.step == column.number]
    rows_to_show = sorted(
        (row for row in rows_at_step if row.light == "late" or row.light in NEEDS_ATTENTION), key=by_lateness
    )
    return ProgressStep(
        column, len(rows_at_step), sum(row.light == "late" for row in rows_at_step), tuple(rows_to_show)
    )


def _days(request: PageRequest, progress: list[YearProgress]) -> tuple[CalendarDay, ...]:
    """The coming days, each with the steps that are due on it, if a department has not done them yet."""
    deadlines = [
        OpenDeadline(
            step.column.due,
            _deadline_title(year_progress.year, step.column.title, several_years=len(progress) > 1),
            year_progress.total - step.column.done_count,
            f"/board/{year_progress.year}?stage={step.column.key}",
        )
        for year_progress in progress
        for step in year_progress.steps
        if step.column.due
    ]
    return coming_days(request.today, deadlines, request.working_days.is_working, request.soon_until)


def _deadline_title(year: int, step: Text, *, several_years: bool) -> Text:
    return Text(zh=f"{year} {step.zh}", en=f"{year} {step.en}") if several_years else step


def _people(request: PageRequest) -> dict[str, list[str]]:
    """The names of the open accounts that act for each department, by department."""
    people: dict[str, list[str]] = {}
    for account in request.all_accounts():
        if "unit" in account.roles and account.unit is not None and not account.closed:
            people.setdefault(account.unit, []).append(request.account_names[account.id])
    return people


def _waiting_accounts(request: PageRequest) -> list[tuple[str, Text]]:
    """The ids of the accounts that need an act of the user as an administrator, each with the act."""
    if request.user.roles.isdisjoint((SECURITY, SYSTEM)):
        return []
    accounts = request.all_accounts()
    acts = ((one.id, _for_security(request, one) or _for_system(request, one)) for one in accounts)
    return [(id_, act) for id_, act in acts if act is not None]


def _for_security(request: PageRequest, account: Account) -> Text | None:
    """The act that the account needs from the user as security administrator; None if it needs none.

    None also if the user does not have this role. If the account needs several acts, this is the first one.
    """
    if SECURITY not in request.user.roles:
        return None
    link = open_request(account, request.now)
    if not account.closed and not account.roles:
        return _ROLE
    if not account.closed and account.unit and request.roster.closing(account.unit) is not None:
        return _MOVE
    if link is not None and not link.confirmed:
        return _LINK
    if any(not identity.confirmed for identity in account.identities.values()):
        return _IDENTITY
    return None


def _for_system(request: PageRequest, account: Account) -> Text | None:
    """The act that the account needs from the user as system administrator; None if it needs none.

    None also if the user does not have this role.
    """
    if SYSTEM not in request.user.roles:
        return None
    link = open_request(account, request.now)
    # Only the administrator who requested a link may issue it.
    if link is not None and link.confirmed and link.by == request.user.id:
        return _ISSUE
    can_sign_in = account.is_administrator or account.is_personal or account.tokens or link is not None
    return _WAY_IN if account.roles and not can_sign_in else None


_LINK = Text(zh="待确认一次性链接或发放接口令牌", en="a one-time link or token to deal with")
_IDENTITY = Text(zh="待确认统一身份", en="an identity to confirm")
_ISSUE = Text(zh="一次性链接已确认，待发放", en="one-time link confirmed: issue it")
_MOVE = Text(zh="所属部门已撤销，待变更所属部门", en="its department was closed: move the account")
_ROLE = Text(zh="待授予角色", en="needs a role")
_WAY_IN = Text(zh="待申请一次性链接或接口令牌，或登记统一身份", en="needs a one-time link, a token or an identity")
"""The acts in the list of accounts that wait for an administrator."""
