"""使用说明: a part for each page its reader may see, and every page leads to its own."""

from __future__ import annotations

import re

import pytest

from console.web.pages import ALL
from states.refusals import Refusal
from states.views import VIEWS, permit_view
from tests.college import EDITION

from .web import PEOPLE, Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

THERE = {page.view for pages in ALL for page in pages.pages} & set(VIEWS)


def test_help_has_a_part_for_every_page_its_reader_may_see_and_for_no_other(college: Console) -> None:
    for account, (role, unit) in PEOPLE.items():
        page = college.sign_in(account).get("/help").text
        parts = set(re.findall(r'<h2 id="(\w+)">', page)) - {"general"}
        assert parts == {view for view in THERE if view != "help" and allowed(view, role, unit)}, account


def allowed(view: str, role: str, unit: str | None) -> bool:
    try:
        permit_view(view, {role}, unit, EDITION.rulebook, unit)
    except Refusal:
        return False
    return True


def test_every_page_leads_to_its_own_part_of_the_help(college: Console) -> None:
    assert 'href="/help#to_dos"' in college.sign_in("office").get("/").text
    assert 'href="/help#rulebook"' in college.sign_in("office").get("/rulebook").text
