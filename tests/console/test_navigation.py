"""The navigation: four groups, or the pages themselves where they are few; what waits, and where one is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from console.web.pages import ALL
from console.web.request.navigation import GROUPS, MAX_UNGROUPED_LINKS
from storage.database.database import Database
from tests.conftest import NewUrl

from .test_browser import Site, served, visitor
from .web import PEOPLE, Console, console, settle

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

SHEET = Path(__file__).resolve().parents[2] / "console/web/static/console.css"
PATHS = [page.path for group in GROUPS.values() for page in group.pages]


def bar(page: str) -> list[str]:
    """The words of the dark bar: groups, or pages."""
    found = re.search(r'<nav class="groups.*?</nav>', page, re.DOTALL)
    assert found is not None
    return re.findall(r"<a [^>]*>([^<]+?) ?<", found[0])


def menu(page: str) -> list[str]:
    """Every page the menu of a phone leads to, but for what everybody has."""
    found = re.search(r'<details class="menu">.*?<h2>(?:其他|Other)</h2>', page, re.DOTALL)
    assert found is not None
    return re.findall(r'href="([^"]+)"', found[0])


def test_every_page_of_the_navigation_exists_and_is_listed_once() -> None:
    pages = {page.path for pages in ALL for page in pages.pages if page.method == "GET"}
    assert set(PATHS) <= pages
    assert len(set(PATHS)) == len(PATHS)


def test_everybody_is_led_to_what_they_may_look_at_and_to_nothing_else(college: Console) -> None:
    """Each link opens; what it does not lead to is refused, or another unit's."""
    for account, (_, unit) in PEOPLE.items():
        client = college.sign_in(account)
        shown = menu(client.get("/").text)
        assert shown, account
        # Records and places are there if the rulebook has them (test_records.py, test_standings.py).
        for path in (
            place.replace("{unit}", unit or "u-1") for place in PATHS if place not in ("/records", "/standings")
        ):
            answer = client.get(path).status_code
            if path in shown:
                assert answer == 200, (account, path)
            elif not path.startswith("/units/"):
                assert answer == 403, (account, path)


def test_a_role_with_few_pages_has_them_in_the_bar_and_others_have_groups(college: Console) -> None:
    office = college.sign_in("office").get("/").text
    assert bar(office) == ["办理", "结果", "管理", "核验"]
    unit = college.sign_in("unit-1").get("/").text
    assert bar(unit) == ["首页", "站内通知", "平时检查", "历年结果"]
    assert len(menu(unit)) <= MAX_UNGROUPED_LINKS
    assert 'class="sub"' not in unit


def test_a_roles_own_group_comes_first(college: Console) -> None:
    assert bar(college.sign_in("committee").get("/").text)[0] == "结果"
    assert bar(college.sign_in("audit_admin").get("/").text)[0] == "核验"


@pytest.mark.parametrize(
    ("path", "group", "page", "mark"),
    [
        ("/board", "办理", "/board", "page"),
        ("/board/2026", "办理", "/board", "true"),
        ("/years/2026/deadlines", "管理", "/years", "true"),
        ("/results", "结果", "/results", "page"),
    ],
)
def test_the_page_one_is_on_and_its_group_are_marked(
    college: Console, path: str, group: str, page: str, mark: str
) -> None:
    shown = college.sign_in("office").get(path).text
    assert f'aria-current="true">{group}</a>' in shown
    beside = shown[shown.index('class="sub"') :].partition("</nav>")[0]
    assert f'<a href="{page}" aria-current="{mark}">' in beside


def test_an_assessment_belongs_to_what_is_done_with_it(college: Console) -> None:
    page = college.sign_in("office").get("/assessments/2026/u-1").text
    assert 'aria-current="true">办理</a>' in page


def test_the_style_sheet_is_short_enough_to_be_read() -> None:
    assert len(SHEET.read_text("utf-8").splitlines()) <= 450


@pytest.fixture
def site(new_url: NewUrl) -> Any:
    with Database.open(new_url("sqlite", settle)) as database, console(database) as made, served(made) as site:
        yield site


def test_on_a_phone_a_menu_holds_every_page_in_lines_a_thumb_can_hit_without_javascript(
    chromium: Any, site: Site
) -> None:
    page = visitor(
        chromium, site, "office", locale="zh-CN", java_script_enabled=False, viewport={"width": 375, "height": 700}
    )
    page.goto(site.url)
    assert not page.locator(".menu nav").is_visible()
    page.locator(".menu summary").click()
    page.locator(".menu nav").wait_for(state="visible")
    assert page.locator(".menu h2").all_inner_texts() == ["办理", "结果", "管理", "核验", "其他"]
    lines = page.locator(".menu nav :is(a, button):visible").all()
    assert min(one.bounding_box()["height"] for one in lines) >= 44
    page.locator(".menu").get_by_role("link", name="名册").click()
    assert page.url == f"{site.url}/roster"
