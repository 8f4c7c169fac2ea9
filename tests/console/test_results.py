"""考核结果: a year in pictures and tables, a unit over the years, and the tables as files that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from msgspec.structs import replace

from console.web.display.pictures import WIDTH, bar, course
from console.web.display.spreadsheets import csv_file
from console.web.pages.assessments.ranked_results import RankedResult, ranked
from console.web.pages.assessments.results import grades_by_kind
from states.cases.case import RecordCase
from states.records.case import Sanction
from states.stages.opening import OpenAssessment, Withdraw
from states.stages.scoring import Scored
from states.vocabulary import Actor, Opaque, Text, Words
from states.year.roster import RenameUnit
from tests.college import OFFICE, OPENED, unit
from tests.states.law import RULEBOOK, reached
from workflow.engine import Accepted

from .walk import HOME, back_to, step, text, walk
from .web import Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

ANY = Text(zh="全部", en="all")


def test_the_parts_of_a_bar_fill_it_in_their_order_and_none_is_empty() -> None:
    made = bar(ANY, {"b": 1, "a": 2, "c": 0}, "abc")
    assert [(part.key, part.count) for part in made.parts] == [("a", 2), ("b", 1)]
    assert made.parts[1].x == made.parts[0].width
    assert abs(sum(part.width for part in made.parts) - WIDTH) < 0.1


def test_a_better_score_stands_higher_and_every_point_is_inside_the_picture() -> None:
    made = course([(2025, Decimal(53)), (2026, Decimal(100))], [(Decimal(90), ANY), (Decimal(60), ANY)])
    low, high = made.points
    assert 0 < high.y < made.levels[0][0] < made.levels[1][0] < low.y < 180
    assert low.x < high.x
    assert course([], []).points == ()


@pytest.mark.parametrize(
    "hostile", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "=cmd|' /C calc'!A0"]
)
def test_what_a_spreadsheet_would_take_for_a_formula_stays_text_and_a_number_a_number(hostile: str) -> None:
    file = csv_file(["部门", "扣分"], [[hostile, Decimal("-2.5")]])
    assert file.startswith("\ufeff".encode())
    _, row = csv.reader(StringIO(file.decode("utf-8-sig"), newline=""))
    assert row == [f"'{hostile}", "-2.5"]
    assert file.endswith(b",-2.5\r\n"), "a number is not in quotes"


def test_a_year_without_results_says_so(college: Console) -> None:
    client = college.sign_in("office")
    for path in ("/results", "/results/2026", "/results/2031"):
        assert "还没有考核结果" in client.get(path).text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_results_of_a_year_come_unit_by_unit_first_and_each_distribution_is_shown_once(
    college: Console, language: str
) -> None:
    walk(college, until="approve")
    page = college.sign_in("committee", language).get("/results/2026").text
    excellent = "优秀 1" if language == "zh" else "Excellent 1"
    described = re.findall(r"<desc[^>]*>(.*?)</desc>", page)
    assert len(described) == page.count("<figure") == 2, "by kind, and over the years"
    assert excellent in described[0]
    assert page.index('id="units"') < page.index('id="grades"') < page.index('id="years"')
    assert not re.search(r"<figure.*?</figure>\s*<(div class=.scroll.*?)?table", page, re.DOTALL), (
        "no figure said again by a table"
    )
    said = text(page)
    assert ("1 个尚未审定" if language == "zh" else "1 of these are not approved") in said
    if language == "en":
        assert re.findall("[一-龥]+", re.sub(r"样例\S*|中文|附件\S+", "", said)) == []


def test_a_veto_forces_the_grade_and_leaves_the_score_to_be_seen(college: Console) -> None:
    walk(college, until="score")
    removed = Sanction(
        person=Opaque("p-1"),
        fields={"outcome": "post_removal", "standing": "party_cadre"},
        effective_on=date(2026, 11, 28),
        document=Words("样例纪字〔2026〕3号"),
    )
    discipline = Actor("discipline", "discipline")
    college.engine.submit("case/c-1", RecordCase(unit=Opaque("u-1"), sanctions=(removed,)), discipline, "case")
    step(college, "score")
    said = text(college.sign_in("committee").get("/results/2026").text)
    assert re.search(r"1 样例学院1 100 不合格 （一票否决）", said), said
    row = "样例学院1 100 0 100 不合格 （一票否决） 本部门党员干部严重违反党纪政纪规定，.*处分：成立，等次不高于“不合格”"
    assert re.search(f"扣分和等次限制 .* {row}", said), said


def test_what_loses_most_comes_first_with_its_mean_and_how_many_units(college: Console) -> None:
    walk(college, until="score")
    step(college, "score", **{"marks.a1-2.2.4": "1", "marks.a1-1.1.1": "5"})
    said = text(college.sign_in("office").get("/results/2026?kind=college").text)
    assert re.search(r"1\.1 加强政治理论学习 6 1\.0 1 1\.2", said)
    most = said.partition("失分最多的考核要素")[2]
    assert 0 < most.index("2.2.4") < most.index("1.1.1")


def test_a_withdrawn_assessment_and_a_special_one_are_not_counted(college: Console) -> None:
    walk(college, until="approve")
    one = unit("u-1")
    opening = OpenAssessment(
        unit=one.unit, unit_kind=one.unit_kind, year=2026, heads=one.heads, members=one.members, staff=one.staff,
        due=college.assessment().due, occasion=Opaque("spring"), title=Words("春季检查"),
    )  # fmt: skip
    back_to(college, OPENED)
    assert isinstance(college.engine.submit("assessment/2026/u-1/spring", opening, OFFICE, "special"), Accepted)
    walk(college, until="approve", occasion="spring")
    withdrawn = Withdraw(reason=Words("撤并"))
    assert isinstance(
        college.engine.submit("assessment/2026/u-1", withdrawn, Actor("leading_group", "leading_group"), "w"), Accepted
    )
    said = text(college.sign_in("office").get("/results/2026").text)
    assert "0 个部门已有结果，1 个尚无" in said
    assert "已撤销的考核 1 个" in said
    assert re.search("专项检查：春季检查 .* 样例学院1 二级学院 100 优秀", said), said
    assert "等次分布" not in said


def test_a_units_own_people_see_their_result_once_it_is_circulated_and_nothing_of_cases(college: Console) -> None:
    walk(college, until="circulate")
    assert "还没有可以查阅的考核结果" in college.sign_in("unit-1").get("/units/u-1/results").text
    assert "100" in text(college.sign_in("office").get("/units/u-1/results").text)
    step(college, "circulate")
    own = college.sign_in("unit-1")
    said = text(own.get("/units/u-1/results").text)
    assert "2026 100 优秀" in said
    assert "扣分" not in said
    assert own.get("/units/u-2/results").status_code == 403
    assert 'href="/units/u-1/results"' in own.get(HOME).text


def named(college: Console, title: str) -> None:
    """Let u-1 be called this."""
    since = college.clock.at.date()
    command = RenameUnit(unit=Opaque("u-1"), title=Words(title), since=since, reason=Words("更名"))
    answer = college.engine.submit("roster", command, OFFICE, f"call-{len(title)}")
    assert answer.number


def read(answer_text: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(answer_text.decode("utf-8-sig"), newline="")))


def test_results_and_board_are_exported_after_proof_on_record_and_safe_to_open(college: Console) -> None:
    walk(college, until="approve")
    named(college, '=HYPERLINK("https://elsewhere.example","样例")')
    client = college.sign_in("office")
    for path, title_at in (("/results/2026.csv", 2), ("/board/2026.csv", 1)):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert read(answer.content)[1][title_at].startswith("'=HYPERLINK(")
    assert college.events("office").count("exported") == 2
    head, row = read(client.get("/results/2026.csv").content)
    assert dict(zip(head, row, strict=True))["总分"] == "100"
    college.clock.at += timedelta(minutes=29)
    assert client.get("/results").status_code == 200
    college.clock.at += timedelta(minutes=29)
    later = client.get("/results/2026.csv")
    assert later.headers["location"] == "/prove?next=/results/2026.csv"


def test_results_are_ranked_within_their_category_and_held_against_the_year_before() -> None:
    """第三条（一）: 分类考核, so a college is not placed behind an office."""
    world = reached("scoring", "92")
    fact = world.state.fact(Scored)
    assert fact is not None
    office = replace(world.state, unit="u-2", unit_kind="party-admin")
    found = ranked(
        [
            RankedResult(world.state, fact, "甲"),
            RankedResult(office, reached("scoring", "80").state.fact(Scored), "乙"),
        ],  # type: ignore[arg-type]
        RULEBOOK,
        {(2025, "u-arts"): Decimal("93.5")},
    )
    assert [(result.unit_title, result.place, result.change) for result in found] == [
        ("甲", 1, Decimal("-1.5")),
        ("乙", 1, None),
    ]


def test_no_grades_are_drawn_where_the_measure_has_none() -> None:
    world = reached("scoring", "92")
    fact = world.state.fact(Scored)
    assert fact is not None
    results = [RankedResult(world.state, fact, "甲")]
    kinds = {"college": Text(zh="二级学院", en="College")}
    [whole, colleges] = grades_by_kind(results, kinds, RULEBOOK)
    assert [part.count for bar_ in (whole, colleges) for part in bar_.parts] == [1, 1]
    [subject] = RULEBOOK.subject
    ungraded = RULEBOOK.model_copy(update={"subject": (subject.model_copy(update={"scale": None}),)})
    assert grades_by_kind(results, kinds, ungraded) == []
