"""A whole assessment by the people it takes, in a real browser: from each one's to-dos, through the forms, to the notice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.database.database import Database
from tests.conftest import NewUrl

from .test_browser import Site, let_in, served, visitor
from .walk import FILE, STEPS, day, with_reasons
from .web import console, settle

UNIT, YEAR = "样例学院1", "2026"


@pytest.fixture
def site(new_url: NewUrl) -> Iterator[Site]:
    """A small college behind its pages."""
    with Database.open(new_url("sqlite", settle)) as database, console(database) as made, served(made) as site:
        yield site


@pytest.mark.parametrize(("locale", "javascript"), [("zh-CN", True), ("en-US", False)], ids=["zh", "en-no-javascript"])
def test_a_whole_assessment_is_driven_from_the_to_dos(
    chromium: Any,
    site: Site,
    tmp_path: Path,
    locale: str,
    javascript: bool,
) -> None:
    report = tmp_path / FILE[0]
    report.write_bytes(FILE[1])
    people: dict[str, Any] = {}
    for account, on, act, typed, files in STEPS:
        site.console.clock.at = day(on)
        if account not in people:
            people[account] = visitor(chromium, site, account, locale=locale, java_script_enabled=javascript)
        page = people[account]
        let_in(
            page.context, site, account, "en" if locale == "en-US" else "zh"
        )  # a session ends long before the next step
        page.goto(site.url)
        form = page.locator(f"main a[href^='/assessments/{YEAR}/u-1/{act}']").first
        if not form.count():  # not a step that waits, but one that may be taken: from the assessment's page
            page.get_by_role("link", name=UNIT).first.click()
        form.click()
        page.wait_for_url(f"**/u-1/{act}*")
        page.locator("main details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        chosen = page.locator("main select").evaluate_all("all => all.map(one => one.name)")
        for name, value in with_reasons(typed).items():
            # Persons are boxes with a field for others below them: here all are typed.
            field = page.locator(f"main [name='{name}']").last
            if name in chosen:
                field.select_option(value)
            elif field.get_attribute("type") == "checkbox":
                field.check()
            else:
                field.fill(value)
        for name in files:
            page.locator(f"main input[type=file][name='{name}']").set_input_files(report)
        page.locator("main button[value=submit]").click()
        if "done=" not in page.url:
            page.locator("main button[value=confirm]").click()  # what is final is checked first
        page.wait_for_url("**/u-1?done=*")
        assert page.get_by_role("status").is_visible(), act
    state = site.console.assessment()
    assert (state.stage, state.tasks["filed"] is not None) == ("circulation", True)
