"""The pages in a real browser: signing in, without JavaScript, by keyboard alone, on a narrow screen, and as axe sees them.

What a page says is tested without one, on both databases; what a browser makes of it hangs on no database.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn

from audit.reader import DatabaseReader
from audit.replay import replay
from audit.seals import sealing
from audit.seals.sealing import Sealer
from console.web import replay_jobs as verifying
from console.web import sessions
from console.web.pages import ALL
from console.web.routes import ANYBODY, Page
from states.views import readers
from storage import replay_jobs
from storage.database.database import Database
from tests.college import EDITION, OPENED
from tests.conftest import NewUrl

from .test_policy import GIVEN
from .web import PASSWORD, PEOPLE, Console, console, settle

LAWS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}


@dataclass
class Site:
    """The console over HTTP on loopback."""

    console: Console
    url: str


@contextmanager
def served(console: Console) -> Iterator[Site]:
    server = uvicorn.Server(uvicorn.Config(console.app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Site(console, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def site(new_url: NewUrl) -> Iterator[Site]:
    """A small college behind its pages."""
    with Database.open(new_url("sqlite", settle)) as database, console(database) as made, served(made) as site:
        yield site


def visitor(chromium: Any, site: Site, account: str, **how: Any) -> Any:
    """A page of a browser the account is signed in with; of nobody's where it is empty."""
    context = chromium.new_context(**how)
    context.set_default_timeout(15_000)
    if account:
        let_in(context, site, account, "en" if how.get("locale") == "en-US" else "zh")
    return context.new_page()


def let_in(context: Any, site: Site, account: str, language: str) -> None:
    """Sign the account in with a browser: its cookie."""
    token = site.console.sign_in(account, language).cookies[sessions.COOKIE]
    context.add_cookies(
        [{"name": sessions.COOKIE, "value": token, "url": site.url.replace("http", "https"), "secure": True}]
    )


def signs_in(page: Any, site: Site, account: str) -> None:
    page.goto(f"{site.url}/sign-in")
    page.fill("#account", account)
    page.fill("#password", PASSWORD)
    page.locator("main button").click()


@pytest.mark.parametrize(("locale", "title"), [("zh-CN", "2026 年度考核"), ("en-US", "2026 年度考核")])
def test_somebody_signs_in_chooses_a_language_and_out_without_javascript(
    chromium: Any, site: Site, locale: str, title: str
) -> None:
    """The sign-in page speaks the browser's language, what comes after it the account's."""
    site.console.knows("office")
    page = visitor(chromium, site, "", locale=locale, java_script_enabled=False)
    signs_in(page, site, "office")
    assert page.locator("h1").inner_text().startswith(title)
    page.get_by_role("button", name="English").click()
    assert page.locator("h1").inner_text().startswith("Assessment 2026")
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("button", name="Sign out").click()
    assert page.url == f"{site.url}/sign-in"
    page.goto(site.url)
    assert "/sign-in" in page.url


@pytest.mark.parametrize("script", [True, False])
def test_enter_in_a_score_cell_sends_nothing(chromium: Any, site: Site, script: bool) -> None:
    """What sends a form by Enter is its first submit button; without JavaScript, too."""
    site.console.clock.at = OPENED + timedelta(days=16)
    page = visitor(chromium, site, "unit-1", locale="zh-CN", java_script_enabled=script)
    page.goto(f"{site.url}/assessments/2026/u-1/submit_self_report")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    cell = page.locator("table[data-sum] input").first
    cell.fill("3")
    cell.press("Enter")
    page.wait_for_timeout(500)
    assert (sent, cell.input_value()) == ([], "3")
    assert page.url.endswith("/submit_self_report")


def test_somebody_signs_in_by_keyboard_alone(chromium: Any, site: Site) -> None:
    site.console.knows("committee")
    page = visitor(chromium, site, "", locale="zh-CN")
    page.goto(f"{site.url}/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for typed in ("committee", PASSWORD):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/")
    outlines = set()
    for _ in range(4):
        page.keyboard.press("Tab")
        outlines.add(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    assert outlines == {"solid"}, "where the focus is can be seen"


def test_a_form_whose_session_ran_out_is_found_filled_in_after_signing_in_without_javascript(
    chromium: Any, site: Site
) -> None:
    """It hangs on a real browser's saying which page the form stood on."""
    site.console.knows("office")
    page = visitor(chromium, site, "office", locale="zh-CN", java_script_enabled=False)
    page.goto(f"{site.url}/assessments/2026/u-1/move_deadline")
    page.select_option("[name=stage]", "meeting")
    page.fill("[name=due]", "2026-12-01")
    page.fill("[name=reason]", "会议改期")
    site.console.clock.at += timedelta(minutes=40)
    page.locator("main button[value=submit]").click()
    page.fill("#account", "office")
    page.fill("#password", PASSWORD)
    page.locator("main button").click()
    assert page.locator("[name=reason]").input_value() == "会议改期"


def test_what_another_page_makes_the_browser_send_is_refused(chromium: Any, site: Site) -> None:
    """A real browser says where a form comes from, and that settles it."""
    page = visitor(chromium, site, "office", locale="zh-CN")
    page.route("https://elsewhere.example/", lambda route: route.fulfill(
        content_type="text/html", body=f'<form method="post" action="{site.url}/sign-out"><button>x</button></form>'
    ))  # fmt: skip
    page.goto("https://elsewhere.example/")
    with page.expect_response("**/sign-out") as answered:
        page.locator("button").click()
    assert answered.value.status == 403


def test_what_is_typed_is_saved_by_itself_says_so_and_is_there_again(chromium: Any, site: Site) -> None:
    """After a pause; where the server cannot be reached it says what to do, and leaving the page saves what is left."""
    path = f"{site.url}/assessments/2026/u-1/submit_self_report"
    page = visitor(chromium, site, "unit-1", locale="zh-CN")
    page.clock.install()
    page.goto(path)
    first, second, *_ = page.locator("main input.points").all()
    first.fill("3")
    page.clock.run_for(2000)
    page.locator("[data-kept]", has_text="已保存").wait_for()
    page.route(path, lambda route: route.abort())
    second.fill("2.5")
    page.clock.run_for(2000)
    page.locator("[data-kept]", has_text="未能保存").wait_for()
    assert (first.input_value(), second.input_value()) == ("3", "2.5")
    page.unroute(path)
    page.goto(site.url)
    page.wait_for_timeout(500)  # the browser sends it on after the page is gone
    page.goto(path)
    assert [field.input_value() for field in page.locator("main input.points").all()[:2]] == ["3", "2.5"]


DROP = """(element) => {
  const dropped = new DataTransfer();
  dropped.items.add(new File(["%PDF-1.7"], "a.pdf", { type: "application/pdf" }));
  dropped.items.add(new File(["%PDF-1.7"], "b.pdf", { type: "application/pdf" }));
  for (const kind of ["dragenter", "dragover", "drop"])
    element.dispatchEvent(new DragEvent(kind, { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""
"""Drops two files on an element, as a browser does."""


def test_files_that_are_dropped_on_an_element_are_in_its_form(chromium: Any, site: Site) -> None:
    page = visitor(chromium, site, "unit-1")
    page.goto(f"{site.url}/evidence/2026/u-1")
    section = page.locator("section.panel").nth(1)
    section.evaluate(DROP)
    field = section.locator("input[type=file]")
    assert field.evaluate("(field) => [...field.files].map((file) => file.name)") == ["a.pdf", "b.pdf"]
    assert section.locator("button", has_text="添加").is_visible()
    assert (
        page.locator("section.panel").nth(0).locator("input[type=file]").evaluate("(field) => field.files.length") == 0
    )


def looked_at(page: Page) -> tuple[str, str]:
    """Who looks at a page, and where it is."""
    path = re.sub(r"{(\w+)(:\w+)?}", lambda found: GIVEN.get(found[1], "nobody"), page.path)
    if page.view == ANYBODY:
        return "", path
    roles = readers(page.view, EDITION.rulebook)
    return next(account for account, (role, unit) in PEOPLE.items() if role in roles and unit in (None, "u-1")), path


LOOKED_AT = sorted(
    {
        looked_at(page)
        for pages in ALL
        for page in pages.pages
        # The own result needs an account that belongs to a member (`test_own_result.py`), and no role.
        if page.method == "GET" and page.view != "own_result"
    }
)


def audited(college: Console, folder: Path) -> list[tuple[str, str]]:
    """The pages of seals and replays with something in them, and who looks at them."""
    sealing.create_key(folder / "seal.key", "college.example/kaohe")
    seal = Sealer(college.database, folder / "seal.key").seal(OPENED)
    assert seal is not None
    begun = replay_jobs.begin(college.database, "audit_admin", college.clock.now(), "", seal.number)
    assert begun is not None
    report = verifying.StoredReport(replay(DatabaseReader(college.database)), 0)
    answer = msgspec.json.encode(report).decode()
    replay_jobs.finish(college.database, begun, college.clock.now(), report=answer)
    paths = f"/audit/seals/{seal.number}", f"/audit/verification/{begun}", "/audit/difference?year=2026&first=1"
    return [("audit_admin", path) for path in paths]


@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 1280), ("en-US", 320)])
def test_no_page_breaks_a_rule_of_wcag_and_none_is_wider_than_a_narrow_screen(
    chromium: Any, site: Site, locale: str, width: int, tmp_path: Path
) -> None:
    """WCAG 2.2 AA as far as axe can tell: each page in Chinese on a wide screen, in English on one of 320 pixels."""
    from axe_playwright_python.sync_playwright import Axe

    axe, found, pages = Axe().axe_script, [], {}
    for account, path in LOOKED_AT:
        if account not in pages:
            pages[account] = visitor(chromium, site, account, locale=locale, viewport={"width": width, "height": 800})
            pages[account].add_init_script(axe)
        page = pages[account]
        # A download is no page, and `goto` would wait for one for ever.
        if path.endswith(
            (".jsonl", ".json", ".csv", ".txt", ".zip", ".ics", ".xlsx", "report.html", "/download", "/template")
        ):
            continue
        answer = page.goto(site.url + path)
        if not (answer.headers.get("content-type") or "").startswith("text/html"):
            continue
        broken = page.evaluate("laws => axe.run(laws).then(told => told.violations)", LAWS)
        found += [(path, one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in broken]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append((path, "wider than the screen", wide))
    assert found == []
