"""Every form of the console tells every fault at its field, all of them at once, and gives back what was typed.

Each is sent empty, and then with more than each field takes and with what is no number, day or time. The table names the pages; a route that
takes a form and is in no page of the table fails, so that a new form is in it. What hangs on no database is asked on one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from pprint import pformat
from urllib.parse import urlsplit

import pytest
from httpx2 import Client
from msgspec.structs import asdict
from starlette.routing import compile_path

from console.score_files.sheet_view import POINTS_FIELDS
from console.web import tokens
from console.web.command_ids import new_id
from console.web.pages import ALL
from console.web.pages.assessments.assessment import FORMS
from states import policy
from states.accounts.account import OPERATOR
from states.accounts.links import RequestLink
from states.vocabulary import Actor, Opaque, Words
from states.year.reorganisation import ReorganiseUnit
from states.year.roster import RegisterUnit
from storage import queries
from storage.master_key import MasterKey
from storage.people import Person
from storage.vault.vault import Vault, use_key
from tests.college import OFFICE, RULEBOOK, unit
from workflow import confidential
from workflow.people import store_people

from .every_form import Form, Page, forms_of, typed_wrong
from .test_cases import FORM as CASE
from .test_routine_checks import FORM as CHECK
from .test_visits import GROUPED, row
from .walk import HOME, walk
from .web import PASSWORD, SYSTEM, Console, hidden

ONE = pytest.mark.one_database
PAGES = (
    ("office", "/account"), ("office", "/account/deputies"), ("office", "/account/code"), ("office", "/prove"), ("system_admin", "/accounts"),
    ("system_admin", "/accounts/assessor"), ("security_admin", "/accounts/assessor"), ("security_admin", "/accounts/oa"),
    ("office", "/years/2026/deadlines"), ("office", "/years/2026/assignments"), ("office", "/years/open"), ("office", "/years/2026/visits"), ("office", "/years/2026/visits/u-1"),
    ("office", "/assessments/open"), ("office", "/calendar"), ("office", "/roster/new"), ("office", "/roster/u-2"),
    ("office", "/roster/u-2/changes"), ("office", "/roster/u-3/changes"), ("office", "/cases/new"), ("discipline", "/cases/{case}"),
    ("discipline", "/cases/{case}/revise"), ("discipline", "/cases/{case}/confidential"), ("office", "/routine-checks/new"),
    ("office", "/routine-checks/u-1/{check}-01"), ("office", "/routine-checks/u-1/{check}-01/correct"),
    ("unit-2", "/routine-checks/u-2/{check}-02"), ("office", "/routine-checks/u-1/{check}-01/confidential"),
    ("office", f"{HOME}/confidential"), ("leading_group", f"{HOME}/confidential/{{value}}"), ("committee", "/resolution/2026"),
    ("office", "/together/2026/move_deadline"), ("office", "/together/2026/chase"), ("office", f"{HOME}/comments"), ("audit_admin", "/audit/exports"), ("audit_admin", "/audit/seals"),
    ("audit_admin", "/audit/verification"), ("security_admin", "/vault/erase?about=u-1-h1"), ("office", "/rulebook/trial"),
    ("office", "/people/p-sample22"),
)  # fmt: skip
"""Whose form, on which page."""

ELSEWHERE = {
    "/sign-in": "the same checks as /prove", "/welcome/{token}": "the same checks as /account/password",
    "/account/code/end": "takes the second factor", "/years/{year:int}/close": "tests/console/test_year.py",
    "/assessments/{year:int}/{unit}/open_assessment": "the same form as /assessments/open",
    "/routine-checks/{unit}/{check}/confidential/{value}": "the same page as an assessment's", "/cases/{case}/confidential/{value}": "",
    "/account/confidential/{value}": "", "/accounts/{account}/identity": "tests/console/test_accounts.py",
    **dict.fromkeys(
        ("/records/new/{kind}", "/records/{record}/revise", "/records/{record}/rescind"), "tests/console/test_records.py"
    ),
    **dict.fromkeys(("/standings/{year:int}", "/standings/{year:int}/score"), "tests/console/test_standings.py"),
    **dict.fromkeys(("/accounts/several", "/roster/several"), "rows, of which those left empty count for nothing: tests/console/test_several.py"),
    "/papers/{year:int}/{key}": "boxes to tick and files: tests/console/test_paper_issue.py",
    "/papers/templates/{key}": "a file: tests/console/test_paper_pages.py",
    "/evidence/{year:int}/{unit}": "files, and a form for each element: tests/console/test_evidence.py",
    "/calendar/plan": "a file: tests/console/test_calendar_sheet.py",
    **dict.fromkeys(("/cases/sheet", "/cases/sheet/plan"), "a file: tests/console/test_case_sheet.py"),
    **dict.fromkeys(("/people/move-in", "/people/move-in/plan"), "a file: tests/console/test_move_in.py"),
    **dict.fromkeys(
        ("/sheets", *(f"/assessments/{{year:int}}/{{unit}}/{act}/file" for act in POINTS_FIELDS)),
        "a file: tests/console/test_score_file.py",
    ),
    **dict.fromkeys(("/together/{year:int}/circulate", "/together/{year:int}/complete_task"), "the same page as /together/2026/move_deadline"),
    **dict.fromkeys((
        "/sign-out", "/language", "/account/deputies/end", "/account/sessions", "/account/identity", "/links/request", "/links/confirm", "/links/issue", "/inbox/read",
        "/deliveries/retry", "/accounts/roles", "/accounts/people", "/deliveries/time", "/sign-in/cas/back",
        "/assessments/{year:int}/{unit}/comments/{comment}/withdraw",
    ), "nothing is typed"),
}  # fmt: skip
"""Forms that are tried elsewhere, or in which nothing is typed."""


@pytest.fixture
def busy(college: Console, tmp_path: Path) -> Console:
    """A college in which every form is on its page: a case, checks, one of them answered, a visit, a token, a unit that ended, a score."""
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    walk(college, until="approve")
    office, discipline, at = proved(college, "office"), proved(college, "discipline"), college.engine
    filled(office, "/routine-checks/new", {**CHECK, "mend_until": "2027-01-20"})
    check = next(one for one, unit in queries.routine_check_units(college.database).items() if unit == "u-1").partition(
        "/"
    )[2]
    filled(college.sign_in("unit-1"), f"/routine-checks/u-1/{check}", {"answer": "已补充"}, "answer_routine_check")
    filled(discipline, "/cases/new", CASE)
    filled(office, "/years/2026/visits", {**GROUPED, **row("u-1", "2026-12-25")})
    at.submit("roster", RegisterUnit(**asdict(unit("u-3"))), OFFICE, new_id("u-3"))
    gone = ReorganiseUnit(
        unit=Opaque("u-3"),
        since=date(2026, 12, 1),
        successors=(),
        continues=False,
        final_year=2025,
        reason=Words("撤销"),
    )
    at.submit("roster", gone, OFFICE, new_id("gone"))
    college.people({"oa": ("office", None)})
    tokens.issue_token(at, "oa", 30, OPERATOR, "token-1")
    at.submit("account/oa", RequestLink(), SYSTEM, new_id("request"))
    store_people(at, [Person(id=Opaque("p-sample22"), name="样例·二二")], OFFICE)
    store, group = Vault.for_database(college.database), Actor("working_group", "working_group")
    stream = college.assessment().stream
    confidential.store(at, store, group, "interview_notes", "u-1-h1", "记录".encode(), stream, ("u-1",))
    return college


def proved(college: Console, account: str) -> Client:
    """A browser this account is signed in with, who proved who it is just now."""
    client = college.sign_in(account)
    client.post("/prove", data={**hidden(client.get("/prove").text), "password": PASSWORD})
    return client


def filled(client: Client, path: str, typed: Mapping[str, object], act: str = "") -> None:
    action = f"{path}/{act}" if act else None
    answer = client.post(action or path, data={**hidden(client.get(path).text, action), **typed})
    assert answer.status_code == 303, Page(answer).block


def paths(college: Console) -> list[tuple[str, str]]:
    """The pages of the table, as this college has them."""
    given = {
        "case": next(iter(queries.all_cases(college.database))).stream.partition("/")[2],
        "check": next(iter(queries.routine_check_units(college.database))).partition("/")[2].rpartition("-")[0],
        "value": confidential.all_values(college.engine, about="u-1-h1")[0].id,
    }
    return [(account, path.format(**given)) for account, path in PAGES]


def faults(client: Client, path: str, at: int) -> list[str]:
    """What is not told at its field, or not given back, by the form that stands `at` this place of its page, however it is filled in."""
    found = []
    for how in ("empty", "wrong"):
        form = forms_of(path, client.get(path).text)[at]
        typed = typed_wrong(form, how)
        if not typed:
            continue
        answer = client.post(form.action, data={**form.sent, **typed})
        page = Page(answer)
        controls = [one for one in form.controls if one.type != "checkbox"]
        asked = [one for one in controls if one.name in typed and (one.required or how != "empty")]
        found += [f"{how} {one.id or one.name}: {why}" for one in asked if (why := page.lacks(one.id or one.name))]
        if answer.status_code != 303:
            found += [f"{how} {name}: lost" for name in page.lost(form, typed)]
    return found


def typed_forms(path: str, html: str) -> list[tuple[int, Form]]:
    """The forms of a page in which something is typed, each with its place."""
    return [(at, one) for at, one in enumerate(forms_of(path, html)) if one.typed]


@ONE
def test_every_form_tells_every_fault_at_its_field_and_gives_back_what_was_typed(busy: Console) -> None:
    clients = {account: proved(busy, account) for account, _ in PAGES}
    found, tried = {}, set()
    for account, path in paths(busy):
        forms = typed_forms(path, clients[account].get(path).text)
        assert forms, (account, path)
        for at, form in forms:
            tried.add(route_of(form.action))
            if wrong := faults(clients[account], path, at):
                found[account, path, form.kind or form.action] = wrong
    assert not found, pformat(found)
    posting = {page.path for pages in ALL for page in pages.pages if page.method == "POST"}
    assert posting - tried - set(ELSEWHERE) - {route_of(f"{HOME}/{act}") for act in FORMS} == set()


@ONE
@pytest.mark.parametrize("act", FORMS)
def test_every_act_tells_every_fault_at_its_field_and_gives_back_what_was_typed(college: Console, act: str) -> None:
    role = next(iter(policy.entitled_roles(act, None, None, RULEBOOK)[0]), "office")
    client, path = proved(college, "unit-1" if role == "unit" else role), f"{HOME}/{act}"
    for at, _ in typed_forms(path, client.get(path).text):
        assert faults(client, path, at) == []


def route_of(action: str) -> str:
    """The route a form is sent to."""
    routes = ((page.path, compile_path(page.path)[0]) for pages in ALL for page in pages.pages if page.method == "POST")
    return next(path for path, regex in routes if regex.match(urlsplit(action).path))
