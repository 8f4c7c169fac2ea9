"""One-time links go by mail to those who have an address, and are on slips for the others; a new link is a reminder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from httpx2 import Client

from console.web.credentials import PASSWORD_RULE
from demo.mailbox import Mailbox, serve_mail
from storage import people
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.vault.vault import use_key
from tests.storage.raw import everything

from .test_move_in import SMALL, confirm, person, upload, workbook
from .web import PASSWORD, Console, console, hidden

WITH_ADDRESS, WITHOUT = "样例·0002", "样例·0004"
ROWS = (*SMALL, person(4, "样例后勤处", "副处长", "副职", "考核工作组"))


@pytest.fixture
def posted(settled: Database, tmp_path: Path) -> Iterator[tuple[Console, Mailbox]]:
    """A college that moved in, with a mail server; its two accounts wait for their links to be issued."""
    use_key(settled, MasterKey.create(tmp_path / "vault.key"))
    mail = {"smtp_host": "127.0.0.1", "smtp_security": "none", "smtp_from": "kaohe@college.example"}
    with (
        serve_mail(tmp_path / "mail") as (box, port),
        console(settled, smtp_port=port, console_url="https://kaohe.college.example", **mail) as made,
    ):
        office = made.sign_in("office")
        assert "人员 4 名" in confirm(office, upload(office, workbook(*ROWS)).text).text
        know_address(settled, WITH_ADDRESS, "two@college.example")
        system = made.sign_in("system_admin")
        page = system.get("/accounts/people").text
        ticked = re.findall(r'name="person" value="([^"]+)"', page)
        system.post("/accounts/people", data={**hidden(page), "person": ticked})
        grant(made.sign_in("security_admin"))
        yield made, box


def know_address(database: Database, name: str, address: str) -> None:
    one = next(one for one in people.people(database).values() if one.name == name)
    people.store(database, [msgspec.structs.replace(one, email=address)])


def grant(security: Client) -> None:
    page = security.get("/accounts/roles").text
    chosen: dict[str, list[str]] = {}
    for name, role in re.findall(r'<input type="checkbox" id="[^"]+" name="(role\.[^"]+)" value="([^"]+)"', page):
        chosen.setdefault(name, []).append(role)
    assert security.post("/accounts/roles", data={**hidden(page), **chosen}).status_code == 303


def issue(system: Client, *, by_mail: bool) -> str:
    page = system.get("/accounts").text
    ids = re.findall(r'id="issue-(a-[^"]+)"', page)
    wanted = {"by_mail": "1"} if by_mail else {}
    return system.post("/links/issue", data={**hidden(page, "/links/issue"), "account": ids, **wanted}).text


def letters(box: Mailbox) -> list[tuple[str, str, str]]:
    """The recipient, subject and text of each letter."""
    found = []
    for file in sorted(box.folder.glob("*.eml")):
        letter = message_from_bytes(file.read_bytes(), policy=default)
        body = letter.get_body()
        assert body is not None
        found.append((str(letter["To"]), str(letter["Subject"]), body.get_content()))
    return found


def test_a_link_goes_by_mail_to_whom_has_an_address_and_is_on_a_slip_for_the_other(
    logged: StringIO, posted: tuple[Console, Mailbox]
) -> None:
    college, box = posted
    page = issue(college.sign_in("system_admin"), by_mail=True)
    assert "1 个链接已用邮件发送" in page
    assert page.count('class="slip"') == 1
    slip = page[page.index('class="slip"') :]
    assert WITHOUT in slip
    assert WITH_ADDRESS not in slip
    [(to, subject, body)] = letters(box)
    assert (to, subject) == ("two@college.example", "【考核系统】请设置登录密码")
    assert body.startswith(f"{WITH_ADDRESS}：")
    assert PASSWORD_RULE.zh in body
    assert PASSWORD_RULE.zh in slip
    assert "https://kaohe.college.example/sign-in，工号 2，或账号 a-" in body
    link = re.findall(r"https://kaohe\.college\.example(/welcome/([\w-]+))", body)[0]
    assert link[1] not in page
    assert link[1].encode() not in everything(college.database)
    log = logged.getvalue()
    assert '"act": "issue_link"' in log
    assert link[1] not in log
    assert "two@college.example" not in log
    assert college.events().count("link_issued") == 2
    assert college.events().count("link_mailed") == 1
    client = college.client()
    form = hidden(client.get(link[0]).text)
    assert client.post(link[0], data={**form, "password": PASSWORD, "again": PASSWORD}).status_code == 303


def test_a_wrong_setting_of_a_robot_stops_neither_the_list_of_accounts_nor_the_letters(
    settled: Database, posted: tuple[Console, Mailbox]
) -> None:
    college, box = posted
    wrong = {**college.settings.model_dump(exclude_unset=True), "wecom_url": "http://robot.invalid/send"}
    with console(settled, **wrong) as other:
        assert "1 个链接已用邮件发送" in issue(other.sign_in("system_admin"), by_mail=True)
    assert [to for to, _, _ in letters(box)] == ["two@college.example"]


def test_without_the_tick_every_link_is_on_a_slip(posted: tuple[Console, Mailbox]) -> None:
    college, box = posted
    assert issue(college.sign_in("system_admin"), by_mail=False).count('class="slip"') == 2
    assert letters(box) == []


def test_who_has_not_signed_in_is_reminded_by_a_new_link_after_the_old_one_ended(
    posted: tuple[Console, Mailbox],
) -> None:
    college, box = posted
    issue(college.sign_in("system_admin"), by_mail=True)
    college.clock.at += timedelta(days=5)
    system, security = college.sign_in("system_admin"), college.sign_in("security_admin")
    page = system.get("/accounts").text
    unused = page[page.index("尚未登录过的账号（") :]
    assert "邮箱 " in unused[unused.index(WITH_ADDRESS) :][:200]
    assert "无邮箱，须打印" in unused[unused.index(WITHOUT) :][:200]
    ids = re.findall(r'id="request-(a-[^"]+)"', page)
    assert len(ids) == 2
    system.post("/links/request", data={**hidden(page, "/links/request"), "account": ids})
    page = security.get("/accounts").text
    security.post("/links/confirm", data={**hidden(page, "/links/confirm"), "account": ids})
    again = issue(system, by_mail=True)
    assert "1 个链接已用邮件发送" in again
    assert again.count('class="slip"') == 1
    (_, _, first), (_, _, second) = letters(box)
    old, new = (re.findall(r"(/welcome/[\w-]+)", body)[0] for body in (first, second))
    assert college.client().get(old).status_code == 410
    assert college.client().get(new).status_code == 200


def test_a_letter_that_the_server_refuses_becomes_a_slip_with_the_reason(
    posted: tuple[Console, Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    college, box = posted

    async def refuse(server: object, session: object, envelope: object, address: str, options: object) -> str:
        return "550 5.1.1 no such mailbox"

    monkeypatch.setattr(Mailbox, "handle_RCPT", refuse, raising=False)
    page = issue(college.sign_in("system_admin"), by_mail=True)
    assert page.count('class="slip"') == 2
    assert f"{WITH_ADDRESS}：邮件未发出" in page
    assert "请改用下面的纸条" in page
    assert "link_mailed" not in college.events()
    assert letters(box) == []


def test_what_the_server_does_not_take_now_is_not_issued_and_stays_in_the_list(
    settled: Database, posted: tuple[Console, Mailbox]
) -> None:
    college, box = posted
    know_address(settled, WITHOUT, "four@college.example")
    mail = {**college.settings.model_dump(exclude_unset=True), "smtp_per_minute": 1}
    with console(settled, **mail) as slow:
        system = slow.sign_in("system_admin")
        page = issue(system, by_mail=True)
        assert "还有 1 个有邮箱的账号没有发放" in page
        assert 'class="slip"' not in page
        page = issue(system, by_mail=True)
        assert "1 个链接已用邮件发送" in page
        assert "没有发放" not in page
    assert {to for to, _, _ in letters(box)} == {"two@college.example", "four@college.example"}
