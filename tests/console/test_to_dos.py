"""首页: what waits for whom."""

from __future__ import annotations

import re

import pytest

from states.accounts.account import OPERATOR, GrantRole, OpenAccount
from states.vocabulary import Opaque
from storage.vault import account_secrets

from .web import SECURITY, Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both


def test_a_unit_finds_its_own_report_to_hand_in_and_no_other_units(college: Console) -> None:
    page = college.sign_in("unit-1").get("/")
    assert page.status_code == 200
    assert "请办理“自查自评”" in page.text
    assert "样例学院1" in page.text
    assert "样例学院2" not in page.text
    assert "11月20日（周五）" in page.text


def test_an_office_sees_all_units_and_that_they_wait_for_others(college: Console) -> None:
    page = college.sign_in("office").get("/").text
    assert "2 个部门中，没有逾期的。" in page
    assert "目前没有待您办理的事项" in page


def test_an_administrator_is_shown_no_assessment(college: Console) -> None:
    for account in ("system_admin", "security_admin", "audit_admin"):
        page = college.sign_in(account).get("/")
        assert page.status_code == 200
        assert "样例学院" not in page.text


def test_a_person_who_is_not_signed_in_is_asked_to(college: Console) -> None:
    answer = college.client().get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/")


@pytest.mark.parametrize(("language", "said"), [("zh", "2026 年度考核"), ("en", "Assessment 2026")])
def test_the_page_speaks_the_accounts_language(college: Console, language: str, said: str) -> None:
    page = college.sign_in("committee", language).get("/").text
    assert f"<h1>{said}" in page
    if language == "en":
        assert re.findall("[一-龥]+", re.sub(r"样例\S*|中文", "", page)) == []


def test_a_page_that_is_not_there_says_so(college: Console) -> None:
    answer = college.sign_in("office").get("/nothing")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text


def test_an_account_waits_for_a_role_and_then_for_a_way_in(college: Console) -> None:
    system, security = college.sign_in("system_admin"), college.sign_in("security_admin")
    assert "目前没有待您办理的事项" in security.get("/").text
    called = account_secrets.name_write(college.database, "a-9", "样例甲")
    college.engine.submit("account/a-9", OpenAccount(), OPERATOR, "open-a-9", beside=[called])
    assert "待授予角色" in security.get("/").text
    assert "a-9" not in system.get("/").text
    college.engine.submit("account/a-9", GrantRole(role=Opaque("office")), SECURITY, "grant-a-9")
    assert "a-9" not in security.get("/").text
    assert '<a href="/accounts/a-9">' in system.get("/").text
    college.binds("a-9", "https://provider.example", "20260009", confirmed=False)
    assert "a-9" not in system.get("/").text
    assert "待确认统一身份" in security.get("/").text
