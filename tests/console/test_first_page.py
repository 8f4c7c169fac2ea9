"""The first page: what waits, by act and of every year; how far the departments are; what is to be done first in an empty house."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from config.settings import Settings
from states.stages.circulation import Circulate
from states.stages.self_report import SubmitSelfReport
from states.vocabulary import Actor, Digest, Document, Opaque, Words
from states.year.roster import RegisterUnit
from storage.database.database import Database
from tests.college import OFFICE, unit
from tests.conftest import NewUrl
from workflow.year import open_year

from .walk import ELEMENTS, day, text, walk
from .web import Console, console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both


def rows(page: str) -> list[str]:
    """The units of 等您办, in their order."""
    table = re.search(
        r'<table class="rows"><caption class="said">(?:待您办理|Waiting for you)<.*?</table>', page, re.DOTALL
    )
    return re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', table[0]) if table else []


def test_what_waits_is_said_in_one_sentence_and_grouped_by_what_is_to_be_done(college: Console) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("12-01")
    page = college.sign_in("working_group").get("/").text
    assert "2 个部门中， 1 个逾期 。 1 件事等您办。" in text(page)
    assert rows(page) == ["样例学院1"]
    assert re.search(r'class="group"><th [^>]*>民主测评<span class="meta">1 件', page)
    assert "剩 1 天" in page, "the days that are left, in the row"
    assert "由谁办理" not in page, "whose list it is, does it"


def test_opening_the_next_year_takes_nothing_away_and_says_the_year(college: Console) -> None:
    """An unfinished year waits beside the new one until its last task is done (第九条2、3)."""
    walk(college, until="complete_task")
    college.clock.at = day("12-31")
    client = college.sign_in("organization")
    before = rows(client.get("/").text)
    assert before == ["样例学院1"]
    open_year(college.engine, 2027, [unit("u-1"), unit("u-2")], OFFICE, lambda day: day.weekday() < 5)
    page = client.get("/").text
    assert rows(page) == before
    assert 'href="/assessments/2026/u-1"' in page
    office = college.sign_in("office").get("/").text
    assert "2027 年度" in office
    assert "2026 年度" in office


def test_the_list_is_filtered_found_in_and_ordered_by_links(college: Console) -> None:
    for one in ("1", "2"):
        report = SubmitSelfReport(
            report=Document(sha256=Digest("ab" * 32), size=1024, media_type="application/pdf"),
            self_scores={key: element.points for key, element in ELEMENTS.items()},
        )
        by = Actor(f"unit-{one}", "unit", f"u-{one}")
        college.engine.submit(f"assessment/2026/u-{one}", report, by, f"report-{one}")
    college.clock.at = day("12-05")
    client = college.sign_in("working_group")
    assert rows(client.get("/").text) == ["样例学院1", "样例学院2"]
    assert rows(client.get("/", params={"q": "学院2"}).text) == ["样例学院2"]
    assert rows(client.get("/", params={"act": "record_meeting"}).text) == ["样例学院1", "样例学院2"]
    assert rows(client.get("/", params={"act": "score"}).text) == []
    assert "没有符合筛选条件的事项" in client.get("/", params={"only": "soon"}).text
    assert rows(client.get("/", params={"sort": "unit", "year": "2026"}).text) == ["样例学院1", "样例学院2"]


def test_several_are_taken_at_once_from_the_list_to_the_page_that_checks_them(college: Console) -> None:
    walk(college, until="circulate")
    college.clock.at = day("12-30")
    client = college.sign_in("office")
    page = client.get("/").text
    assert 'action="/together/2026/circulate"' in page
    assert 'name="unit" value="assessment/2026/u-1"' in page
    asked = client.get("/together/2026/circulate", params={"unit": "assessment/2026/u-1"}).text
    assert re.search(r'value="assessment/2026/u-1"[^>]* checked', asked)


def test_only_the_departments_that_are_ticked_on_the_first_page_are_ticked_on_the_next(college: Console) -> None:
    client = college.sign_in("office")
    page = client.get("/together/2026/move_deadline", params={"unit": "assessment/2026/u-2"}).text
    assert re.findall(r'name="unit" value="([^"]+)"[^>]* checked', page) == ["assessment/2026/u-2"]
    both = client.get("/together/2026/move_deadline").text
    assert len(re.findall(r'name="unit" value="[^"]+"[^>]* checked', both)) == 2


def test_late_departments_are_listed_at_their_step_with_whom_to_ask(college: Console) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("12-01")
    page = college.sign_in("office").get("/").text
    step = next(part for part in page.split('<details class="step') if "1 自查自评" in part)
    assert step.startswith('" open')
    assert "样例学院2" in step
    assert "逾期 7 天" in step
    assert "样例·unit-2" in step
    assert "样例学院1" not in step


def test_the_number_of_things_that_wait_stands_beside_the_first_page_everywhere(college: Console) -> None:
    walk(college, until="record_ballot")
    page = college.sign_in("working_group").get("/board").text
    assert re.search(r'<a href="/">首页 <span class="badge">1</span></a>', page)


# --- the department ------------------------------------------------------------------------------


def test_a_department_reads_where_it_stands_what_is_next_until_when_and_whom_to_call(college: Console) -> None:
    college.clock.at = day("11-18")
    said = text(college.sign_in("unit-1").get("/").text)
    assert "本部门在 第 1 步，共 9 步 ：自查自评，由本部门办理。" in said
    assert "11月20日（周五）" in said
    assert "还剩 2 天" in said
    assert "样例·office" in said
    assert "召开会议" in said.partition("接下来")[2]
    assert "样例学院2" not in said


def test_a_department_that_is_late_reads_how_late_and_how_many_steps_wait_for_it(college: Console) -> None:
    college.clock.at = day("12-10")
    said = text(college.sign_in("unit-1").get("/").text)
    assert "已逾期 14 天" in said
    assert "后面 3 步在等它" in said


def test_a_department_reads_who_has_the_step_when_it_has_not(college: Console) -> None:
    walk(college, until="record_ballot")
    said = text(college.sign_in("unit-1").get("/").text)
    assert "民主测评，由考核工作组、考核领导小组办公室（纪委办公室）办理" in said
    assert "自评 100 分，满分 100 分" in said


def test_a_department_finds_its_last_result_and_where_it_lost_points(college: Console) -> None:
    walk(college, until="circulate")
    unit_1 = college.sign_in("unit-1")
    assert "上次的结果" not in unit_1.get("/").text, "a result is read once it is circulated"
    college.clock.at = day("12-30")
    state = college.assessment()
    command = Circulate(document=Words("样例党字〔2026〕60号"), circulated_on=day("12-30").date())
    college.engine.submit(state.stream, command, OFFICE, "circulation")
    page = college.sign_in("unit-1").get("/").text
    assert "2026 年度全部结果" in page
    assert "优秀，100 分" in text(page)
    assert 'href="/units/u-1/results"' in page


def test_the_line_the_operator_set_says_whom_departments_call(settled: Database) -> None:
    with console(settled, help_line="内线 6208，工作日 8:30—17:30") as made:
        assert "内线 6208" in made.sign_in("unit-1").get("/").text
    assert Settings(help_line="").help_line == ""


# --- an empty house ------------------------------------------------------------------------------


@pytest.fixture
def empty(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """A house in which there are people, and nothing else."""
    with Database.open(new_url(dialect)) as database, console(database) as made:
        made.people({"office": ("office", None), "system_admin": ("system_admin", None), "unit-1": ("unit", "u-1")})
        yield made


def test_a_person_who_comes_to_an_empty_house_reads_what_is_to_be_done_first_and_where(empty: Console) -> None:
    page = empty.sign_in("office").get("/").text
    said = text(page)
    titles = ["登记部门名册", "开立账号", "登记联系方式", "核对工作日历", "启动年度考核"]
    assert [said.index(one) for one in titles] == sorted(said.index(one) for one in titles)
    for path in ("/roster/several", "/account", "/years/open"):
        assert f'<a href="{path}">' in page.partition('id="first"')[2]
    assert 'href="/accounts"' not in page
    assert "目前没有待您办理的事项" not in page


def test_a_first_step_is_ticked_when_it_is_done_and_all_go_when_a_year_is_open(empty: Console) -> None:
    client = empty.sign_in("office")

    def ticked() -> list[str]:
        part = client.get("/").text.partition('id="first"')[2].partition("</section>")[0]
        return [line for line in part.split("<li>")[1:] if 'class="light done"' in line]

    before = ticked()
    assert not any("名册" in one for one in before)
    assert any("账号" in one for one in before)
    of = unit("u-1")
    command = RegisterUnit(
        unit=Opaque(of.unit), title=of.title, unit_kind=of.unit_kind, heads=of.heads, members=of.members, staff=of.staff
    )
    empty.engine.submit("roster", command, OFFICE, "register")
    assert len(ticked()) == len(before) + 1
    open_year(empty.engine, 2026, [of], OFFICE, lambda day: day.weekday() < 5)
    assert 'id="first"' not in client.get("/").text


def test_who_has_no_part_in_the_beginning_is_not_told_of_it(empty: Console) -> None:
    assert 'id="first"' not in empty.sign_in("unit-1").get("/").text


def test_a_department_whose_step_is_due_today_is_told_so(college: Console) -> None:
    college.clock.at = day("11-20")
    assert "11月20日（周五） ，今天到期。" in text(college.sign_in("unit-1").get("/").text)
