"""Earlier results on the pages: nobody is asked for what the system reads, and a result leads to where it was read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from states.stages.circulation import Circulate
from states.vocabulary import Words
from storage.database.database import Database
from tests.college import OFFICE
from tests.conftest import NewUrl
from tests.earlier import Rounds, with_earlier

from .walk import HOME
from .web import Console, console, settle

Y1, HALF = "assessment/2026/u-1", "assessment/2026/u-1/midyear"
LINK = "/assessments/2026/u-1?occasion=midyear"


def settle_earlier(url: str) -> None:
    settle(url, with_earlier())


@pytest.fixture
def database(dialect: str, new_url: NewUrl) -> Iterator[Database]:
    with Database.open(new_url(dialect, settle_earlier)) as opened:
        yield opened


@pytest.fixture
def college(database: Database) -> Iterator[Console]:
    with console(database, with_earlier()) as made:
        yield made


def test_the_pages_show_what_the_system_reads_and_where(college: Console, database: Database) -> None:
    made = Rounds(database)
    made.open_half_year(2026, "u-1")
    made.fill(Y1)
    office = college.sign_in("office")
    page = office.get(f"{HOME}/report_values").text
    assert "那次考核尚未定出结果" in page
    assert LINK in page
    assert 'name="earlier.half"' not in page
    assert 'name="earlier.last-report"' in page
    made.fill(HALF, "5")
    made.score(HALF, "5")
    made.do(HALF, Circulate(document=Words("半年1号"), circulated_on=made.clock.now().date()), OFFICE)
    page = office.get(f"{HOME}/report_values").text
    assert "那次考核尚未定出结果" not in page
    numbers = {"last-report": 90, "m-before@u-1-h1": 5, "m-before@u-1-m1": 5}
    made.report_none(
        Y1, earlier={key: Decimal(number) for key, number in numbers.items()}, earlier_grades={"last-grade": "pass"}
    )
    made.score(Y1)
    page = office.get(HOME).text
    assert "系统取自2026 年“半年检查”" in page
    assert f'href="{LINK}"' in page.partition("系统取自2026 年“半年检查”")[2][:400]
