"""People who are to have roles get accounts: opened at once, roles proposed, links on slips; the staff number signs in."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from console.cli.app import app as cli
from states.accounts.account import CloseAccount
from states.records.account import Account
from states.vocabulary import Actor, Words
from storage import people
from storage.master_key import MasterKey
from storage.vault.vault import use_key
from tests.storage.raw import everything
from workflow.people import erase_person

from .test_move_in import SMALL, confirm, person, upload, workbook
from .web import PASSWORD, Console, hidden

ROWS = (*SMALL, person(4, "样例后勤处", "副处长", "副职", "考核工作组、纪委办公室"), person(5, "样例后勤处", "职员"))

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def moved_in(college: Console, tmp_path: Path) -> Console:
    """The college after an office moved in: two of five people are to have roles."""
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    office = college.sign_in("office")
    assert "人员 5 名" in confirm(office, upload(office, workbook(*ROWS)).text).text
    return college


def account_of(college: Console, name: str) -> Account:
    by_name = {one.name: one.id for one in people.people(college.database).values()}
    holder = next(id_ for id_, person_id in college.engine.people().items() if person_id == by_name[name])
    state = college.engine.state(f"account/{holder}")
    assert isinstance(state, Account)
    return state


def test_all_accounts_are_opened_granted_and_issued_with_one_button_each(moved_in: Console) -> None:
    system, security = moved_in.sign_in("system_admin"), moved_in.sign_in("security_admin")
    page = system.get("/accounts/people")
    assert "样例·0002" in page.text
    assert "样例·0005" not in page.text
    ticked = re.findall(r'name="person" value="([^"]+)"', page.text)
    opened = system.post("/accounts/people", data={**hidden(page.text), "person": ticked})
    assert opened.status_code == 303
    roles = security.get("/accounts/roles").text
    chosen: dict[str, list[str]] = {}
    for name, role in re.findall(r'<input type="checkbox" id="[^"]+" name="(role\.[^"]+)" value="([^"]+)"', roles):
        chosen.setdefault(name, []).append(role)
    assert security.post("/accounts/roles", data={**hidden(roles), **chosen}).status_code == 303
    assert account_of(moved_in, "样例·0002").roles == {"unit"}
    assert account_of(moved_in, "样例·0004").roles == {"working_group", "office"}
    list_page = system.get("/accounts").text
    ids = re.findall(r'id="issue-(a-[^"]+)"', list_page)
    assert len(ids) == 2
    slips = system.post("/links/issue", data={**hidden(list_page, "/links/issue"), "account": ids}).text
    assert slips.count('class="slip"') == 2
    assert slips.count("data:image/svg+xml") == 2
    assert "工号 2，或账号 a-" in slips
    assert "尚未登录过的账号" in system.get("/accounts").text


def test_a_person_signs_in_with_the_staff_number(moved_in: Console) -> None:
    system = moved_in.sign_in("system_admin")
    page = system.get("/accounts/people")
    ticked = re.findall(r'name="person" value="([^"]+)"', page.text)
    system.post("/accounts/people", data={**hidden(page.text), "person": ticked})
    moved_in.knows(account_of(moved_in, "样例·0002").stream.partition("/")[2])
    client = moved_in.client()
    assert moved_in.signs_in(client, "2", PASSWORD).status_code == 303
    assert moved_in.signs_in(moved_in.client(), "3", PASSWORD).status_code != 303


def test_nobody_else_than_the_system_administrator_opens_them(moved_in: Console) -> None:
    security = moved_in.sign_in("security_admin")
    assert 'name="person"' not in security.get("/accounts/people").text
    assert moved_in.sign_in("office").get("/accounts/people").status_code == 403


def test_pages_call_people_by_their_names_and_an_erased_person_has_a_word(moved_in: Console) -> None:
    office = moved_in.sign_in("office")
    unit = next(one for one in moved_in.engine.roster().current() if one.title == "样例机电学院")
    assert "样例·0001" in office.get("/roster").text
    form = office.get(f"/roster/{unit.unit}").text
    assert "样例·0001 院长" in form
    changed = {"unit_kind": "college", "staff": "5", "heads": "样例·0003 院长", "members": "样例·0002 副院长"}
    assert office.post(f"/roster/{unit.unit}", data={**hidden(form), **changed}).status_code == 303
    heads = moved_in.engine.roster().units[unit.unit].heads
    known = people.people(moved_in.database)
    assert [known[one.person].name for one in heads] == ["样例·0003"]
    refused = office.post(f"/roster/{unit.unit}", data={**hidden(form), **changed, "heads": "样例·九九 院长"})
    assert "人员名册中没有“样例·九九”" in refused.text
    erase_person(moved_in.engine, heads[0].person, Actor("security_admin", "security_admin"))
    assert "〔已删除〕" in office.get("/roster").text


def test_every_mistake_in_a_person_is_at_its_field_and_nothing_typed_is_lost(moved_in: Console) -> None:
    office = moved_in.sign_in("office")
    before = people.people(moved_in.database)
    path = f"/people/{next(id_ for id_, one in before.items() if one.name == '样例·0005')}"
    form = office.get(path).text
    wrong = {
        "name": "样" * 61, "staff_number": "2", "unit": "u-99999", "post": "职员", "phone": "请打内线", "email": "无",
        "since": "2026-09-01", "until": "2026-08-31",
    }  # fmt: skip
    refused = office.post(path, data={**hidden(form), **wrong})
    assert refused.status_code == 409
    for sentence in (
        "姓名最多 60 字，已写 61 字", "工号 2 是样例·0002的", "没有部门 u-99999", "不是电话号码", "应为一个邮箱地址",
        "离校日期早于到校日期",
    ):  # fmt: skip
        assert sentence in refused.text
    for typed in ("样" * 61, "请打内线", "2026-08-31"):
        assert f'value="{typed}"' in refused.text
    assert people.people(moved_in.database) == before
    right = {
        **wrong,
        "name": "样例·0005",
        "staff_number": "5",
        "unit": "",
        "phone": "139 0000 0005",
        "email": "",
        "until": "",
    }
    assert office.post(path, data={**hidden(form), **right}).status_code == 303
    assert people.people(moved_in.database)[path.rpartition("/")[2]].phone == "13900000005"


def test_the_security_administrator_erases_a_person_whose_account_is_closed(moved_in: Console) -> None:
    security = moved_in.sign_in("security_admin")
    person_id = next(id_ for id_, one in people.people(moved_in.database).items() if one.name == "样例·0005")
    assert "删除此人" in security.get(f"/people/{person_id}").text
    page = security.get(f"/vault/erase?about={person_id}")
    assert "人员名册中" in page.text
    done = security.post("/vault/erase", data={**hidden(page.text), "reason": "本人申请", "sure": "1"})
    assert done.status_code == 303
    assert person_id in people.erased(moved_in.database)
    assert "样例·0005".encode() not in everything(moved_in.database)


def test_the_security_administrator_erases_a_person_with_the_names_of_closed_accounts_in_one_act(
    moved_in: Console,
) -> None:
    system, security = moved_in.sign_in("system_admin"), moved_in.sign_in("security_admin")
    page = system.get("/accounts/people")
    ticked = re.findall(r'name="person" value="([^"]+)"', page.text)
    system.post("/accounts/people", data={**hidden(page.text), "person": ticked})
    account = account_of(moved_in, "样例·0004")
    assert account.person is not None
    path = f"/vault/erase?about={account.person}"
    assert f"此人的账号 {account.id} 仍在使用" in security.get(path).text
    moved_in.engine.submit(account.stream, CloseAccount(reason=Words("调离")), Actor("system_admin", "system_admin"), "close-1")  # fmt: skip
    form = security.get(path).text
    assert f"已停用账号 {account.id} 的姓名" in form
    done = security.post("/vault/erase", data={**hidden(form, "/vault/erase"), "reason": "本人申请", "sure": "1"})
    assert done.status_code == 303
    assert [event for event in moved_in.events() if "erased" in event] == ["name_erased", "person_erased"]
    listed = system.get("/accounts").text
    assert "样例·0004" not in listed
    assert "〔已删除〕" in listed
    assert "没有可删除的内容" in security.get(path).text
    assert "[erased]" in moved_in.sign_in("system_admin", "en").get("/accounts").text


def test_the_command_erases_a_person_as_the_page_does(
    moved_in: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    system = moved_in.sign_in("system_admin")
    page = system.get("/accounts/people")
    ticked = re.findall(r'name="person" value="([^"]+)"', page.text)
    system.post("/accounts/people", data={**hidden(page.text), "person": ticked})
    account = account_of(moved_in, "样例·0004")
    person_id = str(account.person)
    monkeypatch.setenv("KAOHE_DATABASE", moved_in.database.address)
    monkeypatch.setenv("KAOHE_VAULT_KEY", str(tmp_path / "none.key"))
    words = ["vault", "erase", "--about", person_id, "--actor", "security_admin", "--reason", "本人申请"]
    refused = CliRunner().invoke(cli, words)
    assert refused.exit_code == 2
    assert f"此人的账号 {account.id} 仍在使用" in refused.stderr
    moved_in.engine.submit(account.stream, CloseAccount(reason=Words("调离")), Actor("system_admin", "system_admin"), "close-1")  # fmt: skip
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    assert f"人员名册中 {person_id} 的全部内容已删除" in done.output.replace("\n", "")
    assert person_id in people.erased(moved_in.database)
    assert "样例·0004".encode() not in everything(moved_in.database)
    for path in ("/accounts", "/roster"):
        shown = moved_in.sign_in("office" if path == "/roster" else "system_admin").get(path).text
        assert ("样例·0004" in shown, "〔已删除〕" in shown) == (False, True), path
    assert "没有可删除的内容" in CliRunner().invoke(cli, words).stderr


def test_the_page_of_a_person_has_the_posts_and_accounts_that_they_had_also_after_they_left(moved_in: Console) -> None:
    office, system = moved_in.sign_in("office"), moved_in.sign_in("system_admin")
    page = system.get("/accounts/people")
    ticked = re.findall(r'name="person" value="([^"]+)"', page.text)
    system.post("/accounts/people", data={**hidden(page.text), "person": ticked})
    account = account_of(moved_in, "样例·0004")
    path = f"/people/{account.person}"
    unit = next(one for one in moved_in.engine.roster().current() if one.title == "样例后勤处")
    form = office.get(f"/roster/{unit.unit}").text
    values = {"unit_kind": unit.unit_kind, "staff": str(unit.staff), "heads": "样例·0005 处长", "members": ""}
    assert office.post(f"/roster/{unit.unit}", data={**hidden(form), **values}).status_code == 303
    moved_in.engine.submit(account.stream, CloseAccount(reason=Words("调离")), Actor("system_admin", "system_admin"), "close-1")  # fmt: skip
    shown = text_of(office.get(path).text)
    today = moved_in.engine.clock.now().astimezone(SHANGHAI).date()
    assert f"样例后勤处 副处长 班子成员 {today} {today}" in shown
    assert f"{account.id} {today}–{today}，已停用" in shown
    assert f'href="/accounts/{account.id}"' not in office.get(path).text
    assert f'href="/accounts/{account.id}"' in system.get(path).text
    assert moved_in.sign_in("assessor").get(path).status_code == 403


def text_of(page: str) -> str:
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
