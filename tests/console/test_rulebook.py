"""考核办法: an edition, whole, for everybody who is signed in."""

from __future__ import annotations

import re
from html import unescape

from .web import RULEBOOK, Console


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
