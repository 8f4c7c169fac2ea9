"""The member of a team to whom an account belongs: named on the pages of accounts, and read where members are named."""

from __future__ import annotations

import pytest

from console.web.credentials import state_of

from .walk import HOME, text, walk
from .web import Console, hidden

POST = "样例学院1 · 院长（u-1-h1）"


def test_the_system_administrator_opens_an_account_of_a_member_of_a_team(college: Console) -> None:
    client = college.sign_in("system_admin")
    form = hidden(client.get("/accounts").text, "/accounts")
    typed = {**form, "id": "dean-1", "name": "样例甲", "unit": "u-1", "person": "u-1-h1"}
    assert client.post("/accounts", data=typed).headers["location"] == "/accounts/dean-1"
    assert state_of(college.engine, "dean-1").person == "u-1-h1"
    assert POST in text(client.get("/accounts/dean-1").text)
    assert POST in text(client.get("/accounts").text).partition("个账号")[2]


def test_the_security_administrator_names_the_member_and_the_holder_reads_it(college: Console) -> None:
    college.people({"vice-1": ("assessor", "u-1")})
    client = college.sign_in("security_admin")
    form = {**hidden(client.get("/accounts/vice-1").text), "act": "assign_person", "person": "u-1-h1"}
    refused = client.post("/accounts/vice-1", data=form)
    assert refused.status_code == 409, "without a reason"
    assert 'value="u-1-h1" selected' in refused.text, "what was chosen is not lost"
    done = client.post("/accounts/vice-1", data={**form, "reason": "按任职文件"})
    assert done.headers["location"] == "/accounts/vice-1?done=assign_person"
    entries = text(client.get("/accounts/vice-1").text).partition("台账记录")[2]
    assert entries.partition("登记账号对应的班子成员")[2].lstrip().startswith(f"：{POST} 按任职文件")
    holder = college.sign_in("vice-1")
    assert POST in text(holder.get("/account").text)
    assert "登记账号对应的班子成员" in text(holder.get("/").text), "a change of the own account is on the first page"
    assert "Member of the team" in college.sign_in("vice-1", "en").get("/account").text


@pytest.mark.parametrize(
    ("person", "said"),
    [("u-2-h1", "成员 u-2-h1 在“样例学院2”的领导班子，其账号须归入该部门"), ("u-1-h1", "成员 u-1-h1 已有账号 dean-1")],
)
@pytest.mark.one_database  # the engine's rule is tested on both (`tests/workflow/test_account_persons.py`)
def test_a_member_of_another_team_or_with_another_account_is_refused_with_the_reason(
    college: Console, person: str, said: str
) -> None:
    college.member("dean-1", "u-1-h1", "u-1")
    college.people({"second": ("assessor", "u-1")})
    client = college.sign_in("security_admin")
    form = {**hidden(client.get("/accounts/second").text), "act": "assign_person", "person": person, "reason": "任职"}
    answer = client.post("/accounts/second", data=form)
    assert (answer.status_code, said in text(answer.text)) == (409, True)


@pytest.mark.one_database
def test_the_system_administrator_names_nobody_for_an_open_account(college: Console) -> None:
    college.people({"vice-1": ("assessor", "u-1")})
    client = college.sign_in("system_admin")
    page = client.get("/accounts/vice-1").text
    assert "assign_person" not in page
    form = {**hidden(page), "act": "assign_person", "person": "u-1-h1", "reason": "任职"}
    assert client.post("/accounts/vice-1", data=form).status_code == 403
    assert state_of(college.engine, "vice-1").person is None


@pytest.mark.one_database
def test_several_accounts_are_opened_with_their_members(college: Console) -> None:
    client = college.sign_in("system_admin")
    page = client.get("/accounts/several").text
    rows = {"1.id": "dean-1", "1.name": "样例甲", "1.unit": "u-1", "1.person": "u-1-h1",
            "2.id": "vice-1", "2.name": "样例乙", "2.unit": "u-1", "2.person": "u-1-h1"}  # fmt: skip
    twice = client.post("/accounts/several", data={**hidden(page, None), **rows, "_do": "open"})
    assert (twice.status_code, "成员 u-1-h1 已有账号 dean-1" in text(twice.text)) == (409, True)
    assert state_of(college.engine, "dean-1").version == 0, "all or none"
    rows["2.person"] = "u-1-m1"
    assert client.post("/accounts/several", data={**hidden(page, None), **rows, "_do": "open"}).status_code == 303
    assert [state_of(college.engine, id_).person for id_ in ("dean-1", "vice-1")] == ["u-1-h1", "u-1-m1"]


@pytest.mark.one_database
def test_a_member_is_called_by_the_name_of_the_account_and_not_by_an_account_with_the_same_id(college: Console) -> None:
    college.people({"u-1-m1": ("assessor", None)})
    college.member("dean-1", "u-1-h1", "u-1")
    walk(college, until="record_interviews")
    page = text(college.sign_in("office").get(HOME).text)
    assert "样例·dean-1（院长）" in page
    assert "样例·u-1-m1" not in page
    assert "副院长" in page
