"""The first steps in a new installation, in order: the roster, accounts, contacts, the calendar, the year.

Until a year is opened, the first page shows them to everybody who has the view `year` or `accounts`. A step is done
when its result exists: for accounts, one account of a department; for contacts, one contact.
"""

from __future__ import annotations

from msgspec import Struct

from console.web.request.page_request import PageRequest
from notifications.contacts import contacts_of
from states.records.account import SECURITY, SYSTEM
from states.rulebook.roles import organiser
from states.vocabulary import Text
from storage import queries


class FirstStep(Struct, frozen=True):
    """One step. `path` is the page where it is done; empty if the user may not open it.

    `by` is the title of the role that does the step; empty if everybody does it.
    """

    title: Text
    why: Text
    is_done: bool
    path: str
    by: str


_TITLES = {
    "roster": (
        Text(zh="登记部门名册", en="Register the departments"),
        Text(zh="每个部门的名称、类别、领导班子和职工人数", en="each department's name, category, leading team and staff"),
    ),
    "accounts": (
        Text(zh="开立账号、授予角色", en="Open accounts and grant roles"),
        Text(
            zh="办法所列的各个角色，以及每个部门一个",
            en="for each role of the rulebook, and one for each department",
        ),
    ),
    "contacts": (
        Text(zh="登记联系方式", en="Add contact details"),
        Text(
            zh="各人在“我的账号”登记邮箱，或由运维人员用 kaohe contacts 一次导入",
            en="each person under “My account”, or all at once by the operator with kaohe contacts",
        ),
    ),
    "calendar": (
        Text(zh="核对工作日历", en="Check the working days"),
        Text(zh="导入当年放假安排；未导入的按周末推算", en="import the year's notice of holidays; without it only weekends are free"),
    ),
    "year": (
        Text(zh="启动年度考核", en="Open the year"),
        Text(zh="选定部门和各步骤期限，可先预演", en="choose the departments and deadlines; you can rehearse it first"),
    ),
}  # fmt: skip


def first_steps(request: PageRequest) -> tuple[FirstStep, ...]:
    """The steps; empty once a year is open, or if the user has neither view."""
    if not (request.permissions.may_view("year") or request.permissions.may_view("accounts")) or queries.years(
        request.database
    ):
        return ()
    states = request.all_accounts()
    department_accounts = [state for state in states if "unit" in state.roles and not state.closed]
    is_done = {
        "roster": bool(request.roster.units),
        "accounts": bool(department_accounts),
        "contacts": bool(contacts_of(request.database, states, request.directory.people)),
        "calendar": not request.working_days.is_provisional(request.today.year),
        "year": False,
    }
    office = organiser(request.rulebook)
    pages = {
        "roster": ("/roster" if is_done["roster"] else "/roster/several", "year", office),
        "accounts": (_accounts_path(request), "accounts", "system_admin"),
        "contacts": ("/account", "own_account", ""), "calendar": ("/calendar", "year", office),
        "year": ("/years/open", "year", office),
    }  # fmt: skip
    return tuple(
        FirstStep(
            *_TITLES[key],
            is_done[key],
            path if request.permissions.may_view(view) else "",
            request.format.role(by) if by else "",
        )
        for key, (path, view, by) in pages.items()
    )


def _accounts_path(request: PageRequest) -> str:
    """The page on which this administrator does their part of the accounts."""
    return (
        "/accounts/several"
        if SYSTEM in request.user.roles
        else "/accounts/roles"
        if SECURITY in request.user.roles
        else "/accounts"
    )
