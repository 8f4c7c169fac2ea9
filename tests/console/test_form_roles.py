"""The form of an act is for those whose act it is: all others read who does it, and see no field of it and nothing that stands in one."""

from __future__ import annotations

import re

import pytest

from console.web.pages.assessments.assessment import FORMS
from states import policy
from states.cases.vetoes import RecordVeto
from states.records.routine_check import RoutineCheck
from states.vocabulary import Actor, Words
from storage import queries

from .test_cases import FORM as CASE
from .test_checking import carried, sent
from .test_routine_checks import FORM as CHECK
from .walk import HOME, RULEBOOK, day, text, walk
from .web import ASSESSING, Console

OTHER_PAGES = {
    "/cases/new": "record_case", "/cases/{case}/revise": "revise_case",
    "/routine-checks/new": "record_routine_check", "/routine-checks/u-1/{check}/correct": "correct_routine_check",
}  # fmt: skip
"""The forms of acts that are no assessment's, and their acts."""


@pytest.fixture
def judged(college: Console) -> Console:
    """u-1 is scored, and stands under a veto."""
    walk(college, until="approve")
    college.clock.at = day("12-22")
    finding = next(key for key, one in RULEBOOK.findings.items() if one.by)
    command = RecordVeto(finding=finding, reason=Words("样例纪字〔2026〕7号所认定的情形"))
    college.engine.submit("assessment/2026/u-1", command, Actor("committee", "committee"), "veto")
    return college


def fields(page: str) -> set[str]:
    """The fields of the page's own forms that somebody fills in."""
    main = page.partition("<main")[2]
    found = re.findall(r"<(?:input|textarea|select)[^>]*>", main)
    return {name for one in found if 'type="hidden"' not in one for name in re.findall(r' name="([^"]+)"', one)}


@pytest.mark.one_database
def test_the_form_of_every_act_opens_for_the_roles_of_the_act_and_for_no_other(judged: Console) -> None:
    """Of what is decided by role nothing hangs on the database. An account is called as its role (`tests/console/web.py`)."""
    state = judged.assessment()
    for role in ASSESSING:
        client = judged.sign_in("unit-1" if role == "unit" else role)
        for act in FORMS:
            answer = client.get(f"{HOME}/{act}")
            mine = role in policy.entitled_roles(act, state, None, RULEBOOK)[0]
            assert answer.status_code == (200 if mine else 403), (role, act)
            assert bool(fields(answer.text)) == mine, (role, act, fields(answer.text))
            if not mine:
                assert re.search("不能由“[^”]+”办理：[^。]*由[^。]+办理|不能查阅", text(answer.text)), (role, act)
                assert "样例纪字" not in answer.text


@pytest.mark.one_database
def test_who_is_recused_or_has_scored_sees_no_form_either(judged: Console) -> None:
    """Only what arranges or announces may concern the own unit."""
    roles = ("working_group", "committee", "discipline")
    judged.people({f"{role}-1": (role, "u-1") for role in roles})
    for role in roles:
        client = judged.sign_in(f"{role}-1")
        for act in FORMS:
            if role in policy.entitled_roles(act, judged.assessment(), None, RULEBOOK)[0]:
                own = policy.RULES.get(act, policy.Rule()).own_unit == "allowed"
                answer = client.get(f"{HOME}/{act}")
                assert (answer.status_code == 200) == own, (role, act)
                assert own or "回避" in text(answer.text), (role, act)


@pytest.mark.one_database
def test_the_forms_of_cases_and_routine_checks_open_for_those_whose_act_it_is(college: Console) -> None:
    recorded: dict[str, str] = {}
    for account, path, typed in (("discipline", "/cases/new", CASE), ("office", "/routine-checks/new", CHECK)):
        client = college.sign_in(account)
        done = client.post(path, data={**carried(sent(client, path, typed).text), "_do": "confirm"})
        recorded[path] = done.headers["location"]
    case = recorded["/cases/new"].split("?")[0].rsplit("/", 1)[1]
    check = next(one.id for one in checks(college))
    for role in ("office", "discipline", "leading_group", "committee"):
        client = college.sign_in(role)
        for path, act in OTHER_PAGES.items():
            answer = client.get(path.format(case=case, check=check))
            mine = role in policy.entitled_roles(act, None, None, RULEBOOK)[0]
            assert answer.status_code == (200 if mine else 403), (role, path)
            assert bool(fields(answer.text)) == mine, (role, path)


def test_what_somebody_else_sends_for_the_form_is_refused_and_recorded_and_shows_no_form(judged: Console) -> None:
    client = judged.sign_in("organization")
    signed_in = judged.engine.ledger.head().number
    token = {"form_token": re.findall('name="form_token" value="([^"]+)"', client.get("/account").text)[0]}
    typed = {"resolution": "样例党字〔2026〕50号", "met_on": "2026-12-20", "grades.unit": "fail", "_do": "confirm"}
    answer = client.post(f"{HOME}/approve", data={**token, **typed})
    assert answer.status_code == 403
    assert not fields(answer.text)
    assert judged.engine.ledger.head().number == signed_in + 1, "the attempt is on record"
    incomplete = client.post(f"{HOME}/approve", data=token)
    assert (incomplete.status_code, fields(incomplete.text)) == (403, set())


def checks(college: Console) -> list[RoutineCheck]:
    """The routine checks of u-1."""
    found = (
        college.engine.state(one)
        for one, unit in queries.routine_check_units(college.database).items()
        if unit == "u-1"
    )
    return [one for one in found if isinstance(one, RoutineCheck)]
