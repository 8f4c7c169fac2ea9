"""Departments and accounts entered several at a time: all or none, each fault at its row, nothing typed is lost."""

from __future__ import annotations

import re
from html import unescape

import pytest
from httpx2 import Client, Response

from states.accounts.account import GrantRole
from states.records.account import Account
from states.records.roster import Roster
from states.vocabulary import Opaque

from .web import SECURITY, Console, hidden

LINES = "样例学院7\t二级学院\t21\t院长\t书记；副院长\n样例学院8\tcollege\t２２人\tp-81 院长\t"
HEADED = "名称\t类别\t职工人数\t党政主要负责人\t班子其他成员\n" + LINES
ROW = {
    "1.unit": "u-7",
    "1.title": "样例学院7",
    "1.unit_kind": "college",
    "1.staff": "7",
    "1.heads": "p-71 院长",
    "1.members": "",
}


def sends(client: Client, path: str, **typed: str) -> Response:
    return client.post(path, data={**hidden(client.get(path).text, None), **typed})


def cells(page: str) -> dict[str, str]:
    """What stands in the cells of the table."""
    found = dict(re.findall(r'<input type="text" value="([^"]*)" autocomplete="off" id="([^"]+)"', page))
    typed = {name: value for value, name in found.items()}
    typed |= dict(re.findall(r'<textarea rows="1" id="([^"]+)"[^>]*>([^<]*)</textarea>', page))
    for name, options in re.findall(r'<select id="([^"]+)".*?>(.*?)</select>', page):
        typed[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    return {name: value for name, value in typed.items() if value}


def units(college: Console) -> dict[str, str]:
    state = college.engine.state("roster")
    assert isinstance(state, Roster)
    return {one.unit: one.title for one in state.units.values()}


def account(college: Console, id_: str) -> Account:
    state = college.engine.state(f"account/{id_}")
    assert isinstance(state, Account)
    return state


def test_lines_from_a_spreadsheet_are_shown_in_the_table_before_anything_is_registered(college: Console) -> None:
    client = college.sign_in("office")
    page = sends(client, "/roster/several", lines=HEADED, _do="read").text
    assert "已读入 2 行，尚未登记" in page
    shown = cells(page)
    assert (shown["1.unit"], shown["2.unit"], shown["1.unit_kind"], shown["2.staff"]) == (
        "u-3",
        "u-4",
        "college",
        "２２人",
    )
    assert (shown["1.members"], shown["2.heads"]) == ("u-3-m1 书记\nu-3-m2 副院长", "p-81 院长")
    assert "u-3" not in units(college)
    done = client.post("/roster/several", data={**hidden(page, None), **shown, "_do": "register"})
    assert (done.status_code, units(college)["u-4"]) == (303, "样例学院8")
    assert "已登记 2 个部门" in client.get(done.headers["location"]).text


def test_a_category_that_is_left_out_is_that_of_the_row_above(college: Console) -> None:
    below = {"2.title": "样例学院8", "2.staff": "8", "2.heads": "院长"}
    assert sends(college.sign_in("office"), "/roster/several", **ROW, **below, _do="register").status_code == 303
    state = college.engine.state("roster")
    assert isinstance(state, Roster)
    assert (state.units["u-8"].unit_kind, state.units["u-8"].heads[0].person) == ("college", "u-8-h1")


def test_a_fault_in_one_row_registers_none_and_every_fault_is_at_its_row(college: Console) -> None:
    client = college.sign_in("office")
    wrong = {
        **ROW,
        "3.unit": "u-1",
        "3.title": "样例学院9",
        "3.staff": "许多",
        "3.unit_kind": "college",
        "3.heads": "p-9 院长",
    }
    answer = sends(client, "/roster/several", **wrong, _do="register")
    assert (answer.status_code, answer.text.count('class="wrong"')) == (409, 1)
    assert "第 3 行：职工人数" in answer.text
    assert cells(answer.text).items() >= {k: v for k, v in wrong.items() if v}.items(), "nothing typed is lost"
    answer = sends(
        client, "/roster/several", **{**wrong, "3.staff": "9", "1.heads": "p-71 院长\np-71 书记"}, _do="register"
    )
    assert ('id="3.unit-wrong"' in answer.text, 'id="1.heads-wrong"' in answer.text) == (True, True)
    assert "u-7" not in units(college)


@pytest.mark.parametrize("typed", ["张三 院长", "院长\n李四 书记"])
def test_a_name_before_a_post_is_refused_at_its_cell(college: Console, typed: str) -> None:
    answer = sends(college.sign_in("office"), "/roster/several", **{**ROW, "1.heads": typed}, _do="register")
    assert (answer.status_code, "不写姓名，只写职务" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("图书馆 二级学院 7", "第 1 行没有分列"),
        ("a\tb\tc\td\te\tf\tg", "第 1 行有 7 列，最多 6 列"),
        ("名称\t电话\n图书馆\t1", "没有名为“电话”的列"),
        ("\n".join(["名称\t职工人数"] + ["样例\t1"] * 101), "最多 100 行"),
        ("名称\t名称\n图书馆\t图书馆", "有两列都叫“名称”"),
        ("名称\t职工人数", "其中没有内容"),
        ('""', "其中没有内容"),
        ('图书馆\t"7', "第 1 行的英文引号不成对"),
    ],
)
def test_lines_that_are_no_rows_are_refused_and_stay_where_they_were_pasted(
    college: Console, lines: str, said: str
) -> None:
    answer = sends(college.sign_in("office"), "/roster/several", lines=lines, **ROW, _do="register")
    assert (answer.status_code, said in answer.text) == (409, True)
    assert lines.splitlines()[-1] in unescape(answer.text)
    assert cells(answer.text)["1.title"] == "样例学院7"


def test_departments_sent_twice_are_registered_once(college: Console) -> None:
    client = college.sign_in("office")
    form = {**hidden(client.get("/roster/several").text, None), **ROW, "_do": "register"}
    assert [client.post("/roster/several", data=form).status_code for _ in range(2)] == [303, 303]
    assert list(units(college)).count("u-7") == 1


def test_a_role_that_may_not_register_departments_registers_none_of_several(college: Console) -> None:
    client = college.sign_in("leading_group")
    page = client.get("/roster").text
    form = {**hidden(page, None), **ROW, "command_id": "mine", "_do": "register"}
    assert client.post("/roster/several", data=form).status_code == 409
    assert "u-7" not in units(college)


def opened(college: Console) -> Client:
    """The system administrator has opened two accounts and asked for their links."""
    sends(college.sign_in("office"), "/roster/several", **ROW, _do="register")
    system = college.sign_in("system_admin")
    form = {**cells(system.get("/accounts/several").text), "1.name": "样例·甲", "2.id": "a-9", "2.name": "样例·乙"}
    assert sends(system, "/accounts/several", **form, asks="1", _do="open").status_code == 303
    return system


def test_the_accounts_of_all_departments_are_opened_granted_and_let_in_by_three_forms_of_two_administrators(
    college: Console,
) -> None:
    system, security = opened(college), college.sign_in("security_admin")
    assert (account(college, "u-7-1").unit, account(college, "a-9").unit) == ("u-7", None)
    page = security.get("/accounts/roles").text
    assert 'value="unit" selected' in page
    done = sends(security, "/accounts/roles", **{"role.u-7-1": "unit", "role.a-9": "assessor"})
    assert done.status_code == 303
    assert (account(college, "u-7-1").roles, account(college, "a-9").roles) == ({"unit"}, {"assessor"})
    page = system.get("/accounts").text
    links = system.post("/links/issue", data={**hidden(page, "/links/issue"), "account": ["u-7-1", "a-9"]}).text
    assert len(re.findall(r"/welcome/[\w-]{43}", links)) == 2


def test_a_link_is_not_confirmed_alone_where_the_role_to_come_would_end_it(college: Console) -> None:
    opened(college)
    page = college.sign_in("security_admin").get("/accounts").text
    assert ("/accounts/roles" in page, "/links/confirm" in page) == (True, False)


def test_rows_the_page_filled_in_and_nobody_named_are_left_out(college: Console) -> None:
    sends(college.sign_in("office"), "/roster/several", **ROW, _do="register")
    system = college.sign_in("system_admin")
    page = system.get("/accounts/several").text
    was = dict(re.findall(r'name="(\d+\.was)" value="([^"]*)"', page))
    answer = sends(
        system, "/accounts/several", **cells(page), **was, **{"3.id": "a-9", "3.name": "样例·乙"}, _do="open"
    )
    assert (answer.status_code, account(college, "a-9").version, account(college, "u-7-1").version) == (303, 1, 0)


def test_one_account_that_cannot_be_opened_opens_none(college: Console) -> None:
    system = college.sign_in("system_admin")
    form = {
        "1.id": "a-9",
        "1.name": "样例·乙",
        "2.id": "office",
        "2.name": "样例·丙",
        "3.id": "A 1",
        "3.name": "",
        "3.unit": "u-none",
    }
    answer = sends(system, "/accounts/several", **form, _do="open")
    assert (answer.status_code, account(college, "a-9").version) == (409, 0)
    for at in ("3.id", "3.name", "3.unit"):
        assert f'id="{at}-wrong"' in answer.text
    answer = sends(system, "/accounts/several", **{k: v for k, v in form.items() if k[0] != "3"}, _do="open")
    assert ('id="2.id-wrong"' in answer.text, account(college, "a-9").version) == (True, 0)


def test_no_administrator_does_the_other_ones_part_of_several_accounts(college: Console) -> None:
    opened(college)
    system, security = college.sign_in("system_admin"), college.sign_in("security_admin")
    form = hidden(system.get("/accounts").text, None)
    assert system.post("/accounts/roles", data={**form, "role.a-9": "assessor"}).status_code == 409
    form = hidden(security.get("/accounts").text, None)
    assert security.post("/accounts/several", data={**form, "1.id": "a-8", "1.name": "样例·丁"}).status_code == 409
    assert (account(college, "a-9").roles, account(college, "a-8").version) == (frozenset(), 0)


def test_the_role_of_an_administrator_is_not_granted_together_with_a_link(college: Console) -> None:
    opened(college)
    security = college.sign_in("security_admin")
    assert 'value="audit_admin"' not in security.get("/accounts/roles").text
    assert sends(security, "/accounts/roles", **{"role.a-9": "audit_admin"}).status_code == 409
    assert account(college, "a-9").roles == frozenset()


def test_a_request_nobody_confirmed_outlasts_a_role_and_a_confirmed_one_does_not(college: Console) -> None:
    opened(college)
    college.engine.submit("account/a-9", GrantRole(role=Opaque("assessor")), SECURITY, "grant-1")
    request = account(college, "a-9").request
    assert request is not None
    assert request.confirmed is None
    security = college.sign_in("security_admin")
    page = security.get("/accounts").text
    security.post("/links/confirm", data={**hidden(page, "/links/confirm"), "account": "a-9"})
    college.engine.submit("account/a-9", GrantRole(role=Opaque("office")), SECURITY, "grant-2")
    assert account(college, "a-9").request is None
