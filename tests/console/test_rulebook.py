"""考核办法: the edition in force, whole, for everybody who is signed in."""

from __future__ import annotations

import html

import pytest

from .web import RULEBOOK, Console


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_element_grade_and_reading_of_the_edition_is_on_the_page(college: Console, language: str) -> None:
    page = html.unescape(college.sign_in("unit-1", language).get("/rulebook").text)
    for table in RULEBOOK.table:
        for element in table.elements.values():
            assert element.text.text.say(language) in page
    for grade in RULEBOOK.grade:
        assert grade.title.text.say(language) in page.lower() or grade.title.text.say(language) in page
    for stage in RULEBOOK.stage:
        assert stage.clause in page
    assert page.count("<details>") == len(type(RULEBOOK.settings).model_fields)
