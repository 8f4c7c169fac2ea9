"""The first day of an installation in a real browser: from `kaohe init` to the first self-report, by the people it takes.

Nothing is prepared but the commands of docs/operating.md. Every click and every field filled in is counted; opening an address or a
one-time link that was handed over is not. What is pasted into one field is one field.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import Any

from rich.console import Console
from rich.table import Table

from console.web import credentials

from .test_serve import kaohe, served
from .walk import FILE
from .web import PASSWORD

MOST_CLICKS, MOST_FIELDS = 27, 46
"""With one department; 28 and 67 when each thing was entered by itself."""
FURTHER_CLICKS, FURTHER_FIELDS = 8, 14
"""What each further department added then."""
FIRST, TYPED, PASTED = "one department", "a further one, typed", "six further ones, pasted"
NUMBER = 8
"""Departments: the first, one whose row is typed as well, six that are pasted."""


class Day:
    """What was done, by the departments it was done for: `whose` is the one the next click or field is for."""

    def __init__(self) -> None:
        self.clicks, self.fields, self.whose = Counter[str](), Counter[str](), FIRST

    @contextmanager
    def of(self, number: int) -> Iterator[None]:
        """What is done only because there is a department of this number."""
        self.whose = FIRST if number == 1 else TYPED if number == 2 else PASTED
        yield
        self.whose = FIRST


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, chromium: Any, day: Day, site: str) -> None:
        self.context = chromium.new_context(locale="zh-CN")
        self.context.set_default_timeout(60_000)
        self.page, self.day, self.site = self.context.new_page(), day, site

    def opens(self, address: str) -> None:
        assert self.page.goto(address).status == 200, address

    def clicks(self, what: str) -> None:
        self.day.clicks[self.day.whose] += 1
        self.page.locator(what).locator("visible=true").first.click()
        self.page.wait_for_load_state()

    def types(self, cells: Mapping[str, str]) -> None:
        for name, value in cells.items():
            self.day.fields[self.day.whose] += 1
            at = self.page.locator(f"main [name='{name}']")
            if at.evaluate("one => one.tagName") == "SELECT":
                at.select_option(value)
            else:
                at.fill(value)

    def comes(self, link: str) -> None:
        """Open a one-time link, choose a password, and be signed in."""
        self.opens(link)
        self.types({"password": PASSWORD, "again": PASSWORD})
        self.clicks("main button")

    def secures(self) -> None:
        """Set up the second factor, as every administrator must."""
        secret = self.page.locator("main code").inner_text()
        code = credentials.totp_code(secret, int(time()) // credentials.STEP_SECONDS)
        self.types({"new_code": code, "password": PASSWORD})
        self.clicks("main form.stack button")
        self.clicks("a.brand")

    def links(self) -> list[str]:
        found: list[str] = self.page.locator("main code").all_inner_texts()
        return found


DEPARTMENT = "样例学院{n}\t二级学院\t{staff}\t院长\t党总支书记；副院长"
CELLS = ("title", "unit_kind", "staff", "heads", "members")
COMMANDS = 3
"""`kaohe init`, a copy of the vault's key to another place, `kaohe serve`."""


def first_accounts(chromium: Any, day: Day, site: str, printed: str) -> tuple[Person, Person, Person]:
    """Both administrators sign in by the links that `kaohe init` printed, and give the office its account."""
    welcome = [f"{site}{path}" for path in re.findall(r"/welcome/[\w-]{43}", printed)]
    system, security, office = (Person(chromium, day, site) for _ in range(3))
    for person, link in zip((system, security), welcome, strict=False):
        person.comes(link)
        person.secures()
    system.clicks("main a[href='/accounts/several']")
    system.types({"1.id": "office-1", "1.name": "样例·办"})
    (link,) = accounts(system, security, {"office-1": "office"})
    office.comes(link)
    return system, security, office


def open_year(office: Person) -> None:
    office.clicks("a.brand")
    office.clicks("main a[href='/years/open']")
    office.clicks("main button[value=preview]")
    office.clicks("main button[value=confirm]")


def first_day(chromium: Any, folder: Path) -> Day:
    """The whole day."""
    day, url = Day(), f"sqlite:///{folder}/kaohe.db"
    said = kaohe("init", "--database", url).replace("\n", "")
    with served(url, folder) as (_, site):
        system, security, office = first_accounts(chromium, day, site, said)
        office.clicks("main a[href='/roster/several']")
        register(office)
        system.opens(site)
        system.clicks("main a[href='/accounts/several']")
        for n in range(1, NUMBER + 1):
            with day.of(n):
                system.types({f"{n}.name": f"样例·部{n}"})
        links = accounts(system, security, {})
        open_year(office)
        units = [Person(chromium, day, site) for _ in links]
        for n, (unit, link) in enumerate(zip(units, links, strict=True), 1):
            with day.of(n):
                unit.comes(link)
        report(units[0], folder)
    return day


def register(office: Person) -> None:
    """Two departments typed into the table, six pasted below them."""
    lines = [DEPARTMENT.format(n=n, staff=20 + n) for n in range(1, NUMBER + 1)]
    for n, line in enumerate(lines[:2], 1):
        with office.day.of(n):
            cells = dict(zip(CELLS, line.split("\t"), strict=True)) | {"unit_kind": "college"}
            if n > 1:
                del cells["unit_kind"]  # as in the row above
            office.types({f"{n}.{name}": value for name, value in cells.items()})
    with office.day.of(3):
        office.types({"lines": "\n".join(["名称\t类别\t职工人数\t党政主要负责人\t班子其他成员", *lines[2:]])})
        office.clicks("#pasting button[value=read]")
    office.clicks("main button[value=register]")
    assert f"已登记 {NUMBER} 个部门" in office.page.locator("main").inner_text()


def accounts(system: Person, security: Person, roles: dict[str, str]) -> list[str]:
    """Open what is in the table, grant, issue: three clicks and the way there."""
    system.clicks("main button[value=open]")
    security.opens(security.site)
    security.clicks("main a[href='/accounts/roles']")
    for account, role in roles.items():
        security.types({f"role.{account}": role})
    security.clicks("main form.stack button")
    system.opens(f"{system.site}/accounts")
    system.clicks("main form[action='/links/issue'] button")
    return system.links()


def report(unit: Person, folder: Path) -> None:
    """The first self-report: every element, the report itself, and the page to check it on."""
    document = folder / FILE[0]
    document.write_bytes(FILE[1])
    unit.clicks("main a[href*='submit_self_report']")
    cells = unit.page.locator("main table input[name^='self_scores.']")
    for at in range(cells.count()):
        unit.day.fields[FIRST] += 1
        cells.nth(at).fill("1")
    unit.day.fields[FIRST] += 1
    unit.page.locator("main input[type=file][name=report]").set_input_files(document)
    unit.clicks("main button[value=submit]")
    assert unit.page.locator("main button[value=confirm]").count(), unit.page.locator("main").inner_text()
    unit.clicks("main button[value=confirm]")
    assert "done=submit_self_report" in unit.page.url


def test_a_first_day_takes_at_most_27_clicks_and_46_fields_and_a_further_department_half_of_what_it_took(
    chromium: Any, tmp_path: Path
) -> None:
    day = first_day(chromium, tmp_path)
    table = Table("", "commands", "clicks", "fields", title="The first day, up to the first self-report")
    table.add_row(FIRST, str(COMMANDS), str(day.clicks[FIRST]), str(day.fields[FIRST]))
    for whose in (TYPED, PASTED):
        table.add_row(whose, "0", str(day.clicks[whose]), str(day.fields[whose]))
    Console().print(table)
    assert day.clicks[FIRST] <= MOST_CLICKS
    assert day.fields[FIRST] <= MOST_FIELDS
    for whose, many in ((TYPED, 1), (PASTED, 6)):
        assert day.clicks[whose] <= many * FURTHER_CLICKS / 2
        assert day.fields[whose] <= many * FURTHER_FIELDS / 2
