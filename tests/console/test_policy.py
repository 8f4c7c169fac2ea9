"""Every page × every role × the own and another unit, against a table written by hand. A new page is named here, too.

Who may come to a page is asked of the law before anything is read for it, so all of it is gone through on one database. On
the other each page is asked by somebody who may and by somebody who may not: that they are shown it and that it is recorded.
"""

from __future__ import annotations

import re

import pytest
from httpx2 import Client

from console.web import sessions
from console.web.pages import ALL
from console.web.routes import ANYBODY, Page
from storage.ledger.facts import fact_of
from storage.sign_in import security_log

from .walk import walk
from .web import PEOPLE, Console, hidden

ADMINISTRATORS = "system_admin security_admin audit_admin"
CONDUCTING = "office working_group assessor"
OTHERS = "leading_group committee discipline organization"
ASSESSING = f"{CONDUCTING} {OTHERS}"
EVERYBODY = f"own-unit other-unit {ASSESSING} {ADMINISTRATORS}"

EXPECTED = {
    "GET /": EVERYBODY,
    "GET /prove": EVERYBODY,
    "POST /prove": EVERYBODY,
    "GET /account": EVERYBODY,
    "POST /account/password": EVERYBODY,
    "GET /account/code": EVERYBODY,
    "POST /account/code": EVERYBODY,
    "POST /account/code/end": EVERYBODY,
    "POST /account/sessions": EVERYBODY,
    "POST /account/mail": EVERYBODY,
    "GET /account/deputies": EVERYBODY,
    "POST /account/deputies": EVERYBODY,
    "POST /account/deputies/end": EVERYBODY,
    "POST /account/identity": EVERYBODY,
    "GET /accounts": ADMINISTRATORS,
    "POST /accounts": ADMINISTRATORS,
    **dict.fromkeys(
        (
            "GET /accounts/several",
            "POST /accounts/several",
            "GET /accounts/roles",
            "POST /accounts/roles",
            "GET /accounts/people",
            "POST /accounts/people",
        ),
        ADMINISTRATORS,
    ),
    "GET /accounts/{account}": ADMINISTRATORS,
    "POST /accounts/{account}": ADMINISTRATORS,
    **dict.fromkeys(("POST /links/request", "POST /links/confirm", "POST /links/issue"), ADMINISTRATORS),
    "POST /accounts/{account}/identity": ADMINISTRATORS,
    "POST /accounts/{account}/token": ADMINISTRATORS,
    "GET /help": EVERYBODY,
    "GET /search": EVERYBODY,
    **dict.fromkeys(
        (
            "GET /assessments/{year:int}/{unit}/comments",
            "POST /assessments/{year:int}/{unit}/comments",
            "POST /assessments/{year:int}/{unit}/comments/{comment}/withdraw",
        ),
        f"{CONDUCTING} leading_group committee",
    ),
    "GET /account/confidential": EVERYBODY,
    "GET /account/confidential/{value}": EVERYBODY,
    "POST /account/confidential/{value}": EVERYBODY,
    **dict.fromkeys(
        (
            f"{method} /assessments/{{year:int}}/{{unit}}/confidential{value}"
            for method in ("GET", "POST")
            for value in ("", "/{value}")
        ),
        f"own-unit {CONDUCTING} discipline leading_group committee",
    ),
    **dict.fromkeys(("GET /vault", "GET /vault/erase", "POST /vault/erase"), "security_admin"),
    "GET /security-log": "audit_admin",
    "GET /rulebook": EVERYBODY,
    "GET /rulebook/paper": EVERYBODY,
    "GET /rulebook/trial": EVERYBODY,
    "POST /rulebook/trial": EVERYBODY,
    "GET /my-result": "",
    "GET /inbox": EVERYBODY,
    "POST /inbox/read": EVERYBODY,
    "GET /deliveries": "office system_admin",
    "POST /deliveries/retry": "office system_admin",
    "POST /deliveries/time": "office system_admin",
    **dict.fromkeys(
        (
            "GET /cases",
            "GET /cases/new",
            "POST /cases/new",
            "GET /cases/sheet",
            "POST /cases/sheet",
            "GET /cases/sheet/template",
            "GET /cases/sheet/plan",
            "POST /cases/sheet/plan",
            "GET /cases/sheet/faults",
            "GET /cases/{case}",
            "GET /cases/{case}/revise",
            "POST /cases/{case}/revise",
            "POST /cases/{case}/rescind",
            "GET /cases/{case}/confidential",
            "POST /cases/{case}/confidential",
            "GET /cases/{case}/confidential/{value}",
            "POST /cases/{case}/confidential/{value}",
        ),
        "office discipline leading_group committee",
    ),
    **dict.fromkeys(
        (
            "GET /records",
            "GET /records/new/{kind}",
            "POST /records/new/{kind}",
            "GET /records/{record}",
            "GET /records/{record}/revise",
            "POST /records/{record}/revise",
            "POST /records/{record}/rescind",
        ),
        f"own-unit other-unit {ASSESSING}",
    ),
    "GET /routine-checks": f"own-unit other-unit {ASSESSING}",
    **dict.fromkeys(
        (
            "GET /routine-checks/{unit}/{check}",
            "GET /routine-checks/{unit}/{check}/documents/{sha256}",
            "POST /routine-checks/{unit}/{check}/answer_routine_check",
        ),
        f"own-unit {ASSESSING}",
    ),
    **dict.fromkeys(
        (
            "GET /routine-checks/{unit}/{check}/confidential",
            "POST /routine-checks/{unit}/{check}/confidential",
            "GET /routine-checks/{unit}/{check}/confidential/{value}",
            "POST /routine-checks/{unit}/{check}/confidential/{value}",
        ),
        f"own-unit {CONDUCTING} leading_group committee discipline",
    ),
    **dict.fromkeys(
        (
            "GET /routine-checks/new",
            "POST /routine-checks/new",
            "GET /routine-checks/{unit}/{check}/correct",
            "POST /routine-checks/{unit}/{check}/correct",
            "POST /routine-checks/{unit}/{check}/accept_answer",
            "POST /routine-checks/{unit}/{check}/return_answer",
            "POST /routine-checks/{unit}/{check}/withdraw_routine_check",
        ),
        "office discipline leading_group",
    ),
    "GET /security-log.jsonl": "audit_admin",
    **dict.fromkeys(
        (
            "GET /audit",
            "GET /audit/entries/{number:int}",
            "GET /audit/moments",
            "GET /audit/assessments/{year:int}/{unit}",
            "GET /audit/difference",
            "GET /audit/verification",
            "POST /audit/verification",
            "GET /audit/verification/{number:int}",
            "GET /audit/verification/{number:int}/report.html",
            "GET /audit/exports",
            "POST /audit/exports",
            "POST /audit/exports/check",
            "GET /audit/readings",
        ),
        "discipline committee audit_admin",
    ),
    **dict.fromkeys(
        (
            "GET /audit/seals",
            "POST /audit/seals",
            "GET /audit/seals/proof.txt",
            "GET /audit/seals/{number:int}.txt",
            "GET /audit/seals/{number:int}",
        ),
        "office discipline committee audit_admin",
    ),
    "GET /board": ASSESSING,
    "GET /board/{year:int}": ASSESSING,
    "GET /board/{year:int}.csv": ASSESSING,
    "GET /board/{year:int}.xlsx": ASSESSING,
    "GET /deliveries.xlsx": "office system_admin",
    "GET /cases.xlsx": "office discipline leading_group committee",
    "GET /audit.xlsx": "discipline committee audit_admin",
    "GET /results/{year:int}.xlsx": ASSESSING,
    **dict.fromkeys(
        (
            "GET /people",
            "GET /people/{person}",
            "POST /people/{person}",
            "GET /people/move-in",
            "POST /people/move-in",
            "GET /people/move-in/plan",
            "POST /people/move-in/plan",
            "GET /people/move-in/template",
            "GET /people/move-in/faults",
        ),
        "office organization system_admin security_admin",
    ),
    **dict.fromkeys(("GET /sheets", "POST /sheets"), "office"),
    **dict.fromkeys(
        (
            "GET /evidence/{year:int}/{unit}",
            "POST /evidence/{year:int}/{unit}",
            "GET /evidence/{year:int}/{unit}/catalogue.xlsx",
            "GET /evidence/{year:int}/{unit}/documents/{sha256}",
        ),
        f"own-unit {ASSESSING}",
    ),
    **{
        f"{method} /assessments/{{year:int}}/{{unit}}/{act}/file{path}": readers
        for act, readers in (
            ("submit_self_report", f"own-unit {ASSESSING}"),
            ("fill_sheet", f"{CONDUCTING} leading_group committee"),
            ("score", f"{CONDUCTING} leading_group committee"),
        )
        for method, path in (("GET", ""), ("POST", ""), ("GET", "/download"), ("GET", "/faults"))
    },
    "GET /standings": "office working_group leading_group committee",
    "GET /standings/{year:int}": "office working_group leading_group committee",
    "POST /standings/{year:int}": "office working_group leading_group committee",
    "GET /standings/{year:int}/score": "office working_group leading_group committee",
    "POST /standings/{year:int}/score": "office working_group leading_group committee",
    "GET /resolution": "office leading_group committee",
    "GET /resolution/{year:int}": "office leading_group committee",
    "POST /resolution/{year:int}": "office leading_group committee",
    "GET /papers": ASSESSING,
    "GET /papers/{year:int}": ASSESSING,
    "GET /papers/{year:int}/{key}.{ending}": ASSESSING,
    "GET /papers/{year:int}/cases.xlsx": "office discipline leading_group committee",
    "GET /papers/{year:int}/archive.zip": ASSESSING,
    "GET /papers/{year:int}/{key}.zip": ASSESSING,
    "GET /papers/{year:int}/{key}": ASSESSING,
    "POST /papers/{year:int}/{key}": ASSESSING,
    "GET /papers/{year:int}/{key}/files/{sha256}": ASSESSING,
    "GET /papers/templates/{key}": ASSESSING,
    "GET /papers/templates/{key}/{which}.docx": ASSESSING,
    "POST /papers/templates/{key}": ASSESSING,
    "GET /papers/templates/{key}.docx": ASSESSING,
    "GET /assessments/{year:int}/{unit}/papers/{key}.{ending}": f"own-unit {ASSESSING}",
    "GET /tasks": f"office {OTHERS}",
    "GET /tasks/{year:int}": f"office {OTHERS}",
    "GET /results": ASSESSING,
    "GET /results/{year:int}": ASSESSING,
    "GET /results/{year:int}.csv": ASSESSING,
    "GET /units/{unit}/results": f"own-unit {ASSESSING}",
    "GET /together": f"office {OTHERS}",
    **{
        f"{method} /together/{{year:int}}/{act}": f"office {OTHERS}"
        for method in ("GET", "POST")
        for act in ("circulate", "complete_task", "move_deadline", "chase")
    },
    **dict.fromkeys(
        (
            "GET /years",
            "GET /assessments/open",
            "POST /assessments/open",
            "GET /assessments/{year:int}/{unit}/open_assessment",
            "POST /assessments/{year:int}/{unit}/open_assessment",
            "GET /years/open",
            "POST /years/open",
            "GET /years/{year:int}",
            "POST /years/{year:int}/close",
            "GET /years/{year:int}/visits",
            "POST /years/{year:int}/visits",
            "GET /years/{year:int}/visits/{unit}",
            "POST /years/{year:int}/visits/{unit}",
            "GET /years/{year:int}/deadlines",
            "POST /years/{year:int}/deadlines",
            "GET /years/{year:int}/assignments",
            "POST /years/{year:int}/assignments",
            "GET /years/{year:int}/rehearsal",
            "GET /years/{year:int}/rehearsal.ics",
            "GET /roster",
            "GET /roster/new",
            "POST /roster/new",
            "GET /roster/several",
            "POST /roster/several",
            "GET /roster/{unit}",
            "POST /roster/{unit}",
            "GET /roster/{unit}/changes",
            "POST /roster/{unit}/changes",
            "GET /calendar",
            "GET /calendar/{year:int}",
            "GET /calendar/{year:int}/template",
            "POST /calendar",
            "GET /calendar/plan",
            "POST /calendar/plan",
            "GET /calendar/faults",
        ),
        "office leading_group organization",
    ),
    "GET /assessments/{year:int}/{unit}": f"own-unit {ASSESSING}",
    "GET /assessments/{year:int}/{unit}/documents/{sha256}": f"own-unit {ASSESSING}",
    **{
        f"{method} /assessments/{{year:int}}/{{unit}}/{act}": f"own-unit {ASSESSING}"
        for method in ("GET", "POST")
        for act in (
            "submit_self_report",
            "request_document",
            "supply_document",
            "return_self_report",
            "record_meeting",
            "record_ballot",
            "record_interviews",
            "review_documents",
            "inspect_site",
            "return_score",
            "post_result",
            "approve",
            "circulate",
            "complete_task",
            "ask_review",
            "decide_review",
            "reopen_result",
            "withdraw",
            "undo_step",
            "substitute_member",
            "move_deadline",
            "chase",
            "assign",
            "record_veto",
            "lift_veto",
            "take_step",
            "report_values",
            "waive_item",
            "restore_item",
        )
    },
    **{
        f"{method} /assessments/{{year:int}}/{{unit}}/{act}": f"{CONDUCTING} leading_group committee"
        for method in ("GET", "POST")
        for act in ("fill_sheet", "score")
    },
}
"""Who may come to each page. `own-unit` is who stands for the unit in the path, `other-unit` who stands for another."""

OPEN = {
    "GET /sign-in", "POST /sign-in", "POST /sign-out", "GET /welcome/{token}", "POST /welcome/{token}", "POST /language",
    "GET /sign-in/{provider_key}", "GET /sign-in/{provider_key}/back", "POST /sign-in/cas/back", "GET /healthz", "GET /healthz/clock",
}  # fmt: skip
"""What is open without a sign-in."""

GIVEN = {"unit": "u-1", "year": "2026", "account": "assessor", "number": "1"}
"""What stands in a path where it is in braces; anything else gets an id that is nobody's."""

REFUSED = re.compile("不能查阅“|您只能查阅本部门")


def name(page: Page) -> str:
    return f"{page.method} {page.path}"


PAGES = {name(page): page for pages in ALL for page in pages.pages}


def test_every_page_is_in_the_table_and_nothing_else() -> None:
    assert {n for n, page in PAGES.items() if page.view == ANYBODY} == OPEN
    assert {n for n, page in PAGES.items() if page.view != ANYBODY} == set(EXPECTED)


def filled(page: Page) -> str:
    """The path of a page, something standing in its braces."""
    return re.sub(r"{(\w+)(:\w+)?}", lambda found: GIVEN.get(found[1], "nobody"), page.path)


def asked(client: Client, page: Page) -> str:
    """`refused` or `allowed`, whatever the page then says of what was asked."""
    path = filled(page)
    if page.method == "GET":
        answer = client.get(path)
    else:
        answer = client.post(path, data={"form_token": sessions.csrf_token(client.cookies[sessions.COOKIE])})
    assert answer.status_code < 500, (path, answer.status_code)
    assert "/sign-in" not in answer.headers.get("location", ""), path
    return "refused" if answer.status_code == 403 and REFUSED.search(answer.text) else "allowed"


def views_refused(college: Console) -> int:
    """The lines of the security log that say a page was not shown. The form of an act that is somebody else's is another matter."""
    rows = security_log.latest_lines(college.database, limit=10_000)
    return sum(row.event == "refused" and row.what.startswith(("NotForYou ", "OfAnotherUnit ")) for row in rows)


CALLED = {
    account: {"u-1": "own-unit", "u-2": "other-unit"}.get(unit or "", role) for account, (role, unit) in PEOPLE.items()
}
"""Each account as the table calls it."""

TABLE = {path: allowed.split() for path, allowed in EXPECTED.items() if path != "POST /account/sessions"}
"""Without what ends the session it is asked in; that is everybody's own."""


@pytest.mark.parametrize("account", PEOPLE)
@pytest.mark.one_database
def test_every_page_is_for_whom_the_table_says_and_each_refusal_is_on_record(college: Console, account: str) -> None:
    client, refused = college.sign_in(account), 0
    for path, allowed in TABLE.items():
        expected = "allowed" if CALLED[account] in allowed else "refused"
        assert asked(client, PAGES[path]) == expected, path
        refused += expected == "refused"
    assert views_refused(college) == refused


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_every_page_keeps_to_the_table_on_the_other_database(college: Console) -> None:
    clients, refused = {account: college.sign_in(account) for account in PEOPLE}, 0
    for path, allowed in TABLE.items():
        may = {account: called in allowed for account, called in CALLED.items()}
        # The own result is for accounts that belong to a member, which no account here does (`test_own_result.py`).
        for account in [account for account in PEOPLE if may[account]][:1]:
            assert asked(clients[account], PAGES[path]) == "allowed", path
        for account in [account for account in PEOPLE if not may[account]][:1]:
            assert asked(clients[account], PAGES[path]) == "refused", path
            refused += 1
    assert views_refused(college) == refused > 0


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_every_page_of_a_whole_year_is_shown_on_the_other_database(college: Console) -> None:
    """The pages' own tests ask one database: what a page shows of a year, all its queries return on both."""
    walk(college)
    clients = {account: college.sign_in(account) for account in PEOPLE}
    for path, allowed in TABLE.items():
        asks = [account for account in PEOPLE if CALLED[account] in allowed] if PAGES[path].method == "GET" else []
        for account in asks[:1]:
            assert asked(clients[account], PAGES[path]) == "allowed", path


def test_a_person_who_is_not_signed_in_is_led_to_the_sign_in_page(college: Console) -> None:
    client = college.client()
    for path in EXPECTED:
        answer = client.request(PAGES[path].method, filled(PAGES[path]))
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in"), path


def test_a_forced_act_is_refused_and_leaves_an_entry(college: Console) -> None:
    """A system administrator has the page of an account, and no grant to make there."""
    client = college.sign_in("system_admin")
    form = hidden(client.get("/accounts/assessor").text)
    answer = client.post("/accounts/assessor", data={**form, "act": "grant_role", "role": "committee"})
    assert answer.status_code == 403
    assert "不能由“系统管理员”办理" in answer.text
    (entry,) = college.engine.ledger.stream("access")
    fact = fact_of(entry)
    assert (fact.act, fact.stream, fact.refusal) == ("grant_role", "account/assessor", "NotYours")  # type: ignore[attr-defined]
    assert (entry.actor, entry.role) == ("system_admin", "system_admin")


def test_an_account_without_a_role_sees_nothing_but_why(college: Console) -> None:
    from states.accounts.account import WithdrawRole
    from states.vocabulary import Opaque, Words

    from .web import SECURITY

    client = college.sign_in("assessor")
    withdrawn = WithdrawRole(role=Opaque("assessor"), reason=Words("轮岗"))
    college.engine.submit("account/assessor", withdrawn, SECURITY, "withdraw-1")
    answer = client.get("/")
    assert answer.status_code == 403
    assert "请联系安全管理员" in answer.text
