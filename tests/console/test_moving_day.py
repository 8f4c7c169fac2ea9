"""The day on which a college moves in, in a real browser: sixty departments and four hundred people, with accounts and slips.

From an empty machine to an opened year, from one sheet of the personnel office. Every click and every field filled in is
counted, as on the first day (`test_first_day.py`). A file that is chosen is one field.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console

from .test_first_day import COMMANDS, FIRST, Day, Person, first_accounts, open_year
from .test_move_in import HEADS, person, workbook
from .test_serve import kaohe, served

UNITS, PEOPLE = 60, 400
MOST_CLICKS, MOST_FIELDS = 40, 30


def sheet() -> bytes:
    """The sheet: of each department a head, a deputy who acts for it, and others who assess; numbers, no codes."""
    rows = []
    for number in range(1, PEOPLE + 1):
        unit = (number - 1) % UNITS + 1
        title = f"样例第{unit}学院" if unit % 3 else f"样例第{unit}处"
        head, deputy = ("院长", "副院长") if unit % 3 else ("处长", "副处长")
        place = (number - 1) // UNITS
        post, team = {0: (head, "正职"), 1: (deputy, "副职")}.get(place, ("职员", ""))
        rows.append(person(number, title, post, team, "被考核部门" if place == 1 else "考核工作组成员"))
    return workbook(HEADS, *rows)


def moving_day(chromium: Any, folder: Path) -> tuple[Day, dict[str, float]]:
    """The whole day: what was clicked and filled in, and how long each part took, in seconds."""
    day, url, times, last = Day(), f"sqlite:///{folder}/kaohe.db", {}, perf_counter()

    def took(part: str) -> None:
        nonlocal last
        times[part], last = perf_counter() - last, perf_counter()

    said = kaohe("init", "--database", url).replace("\n", "")
    with served(url, folder) as (_, site):
        system, security, office = first_accounts(chromium, day, site, said)
        took("three people sign in")
        move_in(office, folder)
        took("the sheet is brought in")
        give_accounts(system, security)
        took("accounts, roles and slips")
        open_year(office)
        assert f"{UNITS}" in office.page.locator("main").inner_text()
        took("the year is opened")
    return day, times


def move_in(office: Person, folder: Path) -> None:
    file = folder / "名册.xlsx"
    file.write_bytes(sheet())
    office.opens(f"{office.site}/people")
    office.clicks("main a[href='/people/move-in']")
    office.day.fields[FIRST] += 1
    office.page.locator("main input[type=file]").set_input_files(file)
    office.clicks("main form.act button")
    assert f"将新增部门 {UNITS} 个" in office.page.locator("main").inner_text()
    office.clicks("main button[value=carry_out]")
    assert f"部门 {UNITS} 个、人员 {PEOPLE} 名" in office.page.locator("main").inner_text()


def give_accounts(system: Person, security: Person) -> None:
    system.opens(f"{system.site}/accounts/people")
    system.clicks("main form.stack button")
    security.opens(security.site)
    security.clicks("main a[href='/accounts/roles']")
    security.clicks("main form.stack button")
    system.opens(f"{system.site}/accounts")
    system.clicks("main form[action='/links/issue'] button")
    assert system.page.locator(".slip").count() == PEOPLE


def test_a_college_of_sixty_departments_moves_in_with_at_most_forty_clicks_and_thirty_fields(
    chromium: Any, tmp_path: Path
) -> None:
    day, times = moving_day(chromium, tmp_path)
    for part, seconds in times.items():
        Console().print(f"{part}: {seconds:.1f} s")
    Console().print(
        f"{COMMANDS} commands, {day.clicks.total()} clicks, {day.fields.total()} fields, {sum(times.values()):.1f} s"
    )
    assert day.clicks.total() <= MOST_CLICKS
    assert day.fields.total() <= MOST_FIELDS
