"""考核办法、使用说明: what everybody may read."""

from __future__ import annotations

import re
from html import unescape

from states.refusals import Refusal
from states.views import VIEWS, permit_view

from .web import PEOPLE, RULEBOOK, Console


def said(console: Console, account: str, path: str, language: str = "zh") -> str:
    answer = console.sign_in(account, language).get(path)
    assert answer.status_code == 200
    return unescape(re.sub(r"<[^>]+>", " ", answer.text))


def test_every_clause_element_role_and_reading_stands_on_the_page(college: Console) -> None:
    for language in ("zh", "en"):
        page = said(college, "unit-1", "/rulebook", language)
        cited = [*RULEBOOK.principle, *RULEBOOK.content, *RULEBOOK.method, *RULEBOOK.result, *RULEBOOK.measure.basis]
        elements = [element for table in RULEBOOK.table for element in table.elements.values()]
        settings = [getattr(RULEBOOK.settings, name).why for name in type(RULEBOOK.settings).model_fields]
        texts = [one.text for one in (*cited, *elements)] + [role.duty for role in RULEBOOK.role] + settings
        grades = [grade.title.text.say(language) for grade in RULEBOOK.grade]
        assert [grade for grade in grades if grade.lower() not in page.lower()] == []
        missing = [one.text.say(language) for one in texts if one.text.say(language) not in page]
        assert missing == []


def test_a_digest_nobody_keeps_is_no_edition(college: Console) -> None:
    answer = college.sign_in("office").get("/rulebook?edition=liuzhou-2021@00")
    assert answer.status_code == 409
    assert "没有办法版本" in answer.text


def test_help_has_a_part_for_every_page_its_reader_may_see_and_for_no_other(college: Console) -> None:
    for account, (role, unit) in PEOPLE.items():
        page = college.sign_in(account).get("/help").text
        parts = set(re.findall(r'<h2 id="(\w+)">', page)) - {"general"}
        assert parts == {view for view in VIEWS if view != "help" and allowed(view, role, unit)}, account


def allowed(view: str, role: str, unit: str | None) -> bool:
    try:
        permit_view(view, {role}, unit, unit)
    except Refusal:
        return False
    return True


def test_every_page_leads_to_its_own_part_of_the_help(college: Console) -> None:
    assert 'href="/help#to_dos"' in college.sign_in("office").get("/").text
    assert 'href="/help#rulebook"' in college.sign_in("office").get("/rulebook").text
