"""What is to be done first in an empty house, in its order: the roster, accounts, contacts, the calendar, the year.

It is shown, until a year is opened, to those who may do a part of it. A step is done when what it leads to is there.
"""

from __future__ import annotations

from msgspec import Struct

from console.web.request.page_request import PageRequest
from states.records.account import SECURITY, SYSTEM
from states.vocabulary import Text
from storage import queries
from storage.post import contacts


class FirstStep(Struct, frozen=True):
    """One thing to be done: what, why, whether it is done, where (empty where this account may not) and who does it."""

    title: Text
    why: Text
    done: bool
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
            zh="纪委办公室、考核工作组、考核人员、党委，以及每个部门一个",
            en="for the office, the working group, its assessors, the committee, and one for each department",
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
    """The steps, for whoever has a part in them; none once a year is open."""
    if not (request.permissions.may_view("year") or request.permissions.may_view("accounts")) or queries.years(
        request.database
    ):
        return ()
    states = [request.account_of(id_) for id_ in request.account_names]
    people = [state for state in states if "unit" in state.roles and not state.closed]
    done = {
        "roster": bool(request.roster.units),
        "accounts": bool(people),
        "contacts": bool(contacts.all_contacts(request.database)),
        "calendar": not request.working_days.is_provisional(request.today.year),
        "year": False,
    }
    places = {
        "roster": ("/roster" if done["roster"] else "/roster/several", "year", "office"),
        "accounts": (_accounts_path(request), "accounts", "system_admin"),
        "contacts": ("/account", "own_account", ""), "calendar": ("/calendar", "year", "office"),
        "year": ("/years/open", "year", "office"),
    }  # fmt: skip
    return tuple(
        FirstStep(
            *_TITLES[key],
            done[key],
            path if request.permissions.may_view(view) else "",
            request.format.role(by) if by else "",
        )
        for key, (path, view, by) in places.items()
    )


def _accounts_path(request: PageRequest) -> str:
    """Where this administrator does a part of the accounts."""
    return (
        "/accounts/several"
        if SYSTEM in request.user.roles
        else "/accounts/roles"
        if SECURITY in request.user.roles
        else "/accounts"
    )
