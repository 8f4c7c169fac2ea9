"""党委审定: all results before the committee on one page, each approved or returned in one resolution."""

from __future__ import annotations

import re
from typing import Any

import pytest
from httpx2 import Client

from console.web.display.highlights import highlights, needs_attention
from states.cases.case import RecordCase
from states.cases.vetoes import RecordVeto
from states.records.case import Sanction
from states.stages.opening import OpenAssessment
from states.vocabulary import Actor, Opaque, Words
from tests.college import OFFICE, OPENED, unit
from tests.states.law import ASSESSOR, ASSESSOR_2, GROUP, World, agree, fill, full, marks, reached
from workflow.engine import Accepted

from .walk import back_to, day, step, text, walk
from .web import Console, hidden

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

PATH = "/resolution/2026"
MET = {"resolution": "样例党字〔2026〕50号", "met_on": "2026-12-25"}
ONE, OTHER = "assessment/2026/u-1", "assessment/2026/u-1/spring"


def send(client: Client, do: str = "confirm", **typed: str) -> Any:
    return client.post(PATH, data={**hidden(client.get(PATH).text), **MET, "_do": do, **typed})


def submit(college: Console, stream: str, command: Any, actor: Actor) -> None:
    assert isinstance(college.engine.submit(stream, command, actor, f"{command.act}-{stream}"), Accepted)


@pytest.fixture
def before(college: Console) -> Console:
    """One result before the committee, on its meeting's day."""
    walk(college, until="approve")
    college.clock.at = day("12-25")
    return college


def special(college: Console) -> None:
    """A second result before the committee: a special assessment of the same unit."""
    one = unit("u-1")
    opening = OpenAssessment(
        unit=one.unit, unit_kind=one.unit_kind, year=2026, heads=one.heads, members=one.members, staff=one.staff,
        due=college.assessment().due, occasion=Opaque("spring"), title=Words("春季检查"),
    )  # fmt: skip
    back_to(college, OPENED)
    submit(college, OTHER, opening, OFFICE)
    walk(college, until="approve", occasion="spring")
    college.clock.at = day("12-25")


def test_one_resolution_approves_one_result_and_returns_another_with_its_reason(before: Console) -> None:
    special(before)
    client = before.sign_in("committee")
    head = before.engine.ledger.head()
    typed = {f"do-{ONE}": "approve", f"do-{OTHER}": "return_score", f"reason-{OTHER}": "2.2.4 依据不足"}
    preview = text(send(client, "preview", **typed).text)
    assert "退回计分结果 1 个" in preview
    assert "2.2.4 依据不足" in preview.partition("退回计分结果 1 个")[2]
    assert "优秀" in preview.partition("审定 1 个")[2]
    assert "将通知" in preview
    assert before.engine.ledger.head() == head
    assert "审定 1 个，退回计分结果 1 个。" in text(send(client, **typed).text)
    assert before.assessment().stage == "approval"
    assert before.engine.state(OTHER).stage == "site_inspection"  # type: ignore[union-attr]
    said = text(client.get(PATH).text)
    assert "没有等待审定的结果" in said
    assert "样例党字〔2026〕50号 2026-12-25" in said.partition("本年度已审定")[2]


def test_a_return_without_a_reason_is_said_in_its_row_and_everything_typed_is_kept(before: Console) -> None:
    answer = send(before.sign_in("committee"), **{f"do-{ONE}": "return_score"})
    assert answer.status_code == 409
    assert f'href="#reason-{ONE}"' in answer.text
    assert 'value="样例党字〔2026〕50号"' in answer.text
    assert before.assessment().stage == "scoring"


def test_a_partial_refusal_says_which_and_the_rest_is_done(before: Console) -> None:
    special(before)
    submit(
        before, ONE, RecordVeto(finding="major_case", reason=Words("经判定")), Actor("leading_group", "leading_group")
    )
    client = before.sign_in("committee")
    page = client.get(PATH).text
    assert "结果待重算" in text(page)
    answer = send(client, **{f"do-{ONE}": "approve", f"do-{OTHER}": "approve"})
    said = text(answer.text)
    assert "审定 1 个；不能办理 1 个，原因见下表。" in said
    assert before.assessment().stage == "scoring"
    assert before.engine.state(OTHER).stage == "approval"  # type: ignore[union-attr]
    assert re.search(rf'name="do-{ONE}" value="approve" checked', answer.text), (
        "what was refused is still there to be decided"
    )


def test_a_double_click_is_done_once_and_says_that_it_was_done(before: Console) -> None:
    client = before.sign_in("committee")
    form = {**hidden(client.get(PATH).text), **MET, f"do-{ONE}": "approve", "_do": "confirm"}
    assert "审定 1 个。" in text(client.post(PATH, data=form).text)
    version = before.assessment().version
    again = client.post(PATH, data=form)
    assert (again.status_code, before.assessment().version) == (409, version)
    assert "可能刚刚办理过" in again.text


def test_open_cases_are_marked_and_nothing_is_ticked_for_their_units(college: Console) -> None:
    walk(college, until="score")
    pending = Sanction(
        person=Opaque("p-1"), fields={"outcome": "under_investigation", "standing": "party_cadre"}, effective_on=None
    )
    submit(college, "case/c-1", RecordCase(unit=Opaque("u-1"), sanctions=(pending,)), Actor("discipline", "discipline"))
    step(college, "score")
    college.clock.at = day("12-25")
    page = college.sign_in("committee").get(PATH).text
    assert "待定：案件 c-1 ：立案" in text(page)
    assert "1 个要逐个看" in text(page)
    assert f'name="do-{ONE}" value="" checked' in page
    assert "<details open>" not in page.partition('id="annex"')[2]
    assert "<details open>" in college.sign_in("office").get(f"{PATH}?explained=1").text


def test_somebody_who_does_not_decide_reads_the_paper_and_a_forced_decision_changes_nothing(before: Console) -> None:
    client = before.sign_in("office")
    page = client.get(PATH).text
    assert "待审定 1 个结果" in text(page)
    assert "do-assessment" not in page
    forced = client.post(PATH, data={**hidden(page, "/language"), **MET, f"do-{ONE}": "approve", "_do": "confirm"})
    assert forced.status_code == 409
    assert before.assessment().stage == "scoring"


def test_in_english_the_paper_is_english(before: Console) -> None:
    said = text(before.sign_in("committee", "en").get(f"{PATH}?explained=1").text)
    typed = r"（|）|样例\S*|中文|第\S+|附件\S+|本系统\S+|自评|考核|副?院长|外出挂职|廉政文化品牌|属实"
    assert re.findall("[一-龥]+", re.sub(typed, "", said)) == []


def seen(world: World, returned: str | None = None) -> list[str]:
    found = highlights(world.state, world.context(GROUP), returned)
    return [one.title.zh for one in found if one.light]


def test_a_result_that_misses_a_better_grade_by_a_point_is_one_to_look_at() -> None:
    for score, title in (("89", "差 1 分到优秀"), ("89.5", "差 0.5 分到优秀"), ("69.5", "差 0.5 分到合格")):
        assert seen(reached("scoring", score)) == [title]
    for score in ("88.5", "90", "70", "100"):
        assert seen(reached("scoring", score)) == []


def test_sheets_five_points_apart_are_ones_to_look_at() -> None:
    start = reached("site_inspection")
    for other, expected in (("95.5", []), ("95", ["评分相差 5 分"])):
        world = start.do(fill(full(start)), ASSESSOR).do(fill(marks(other)), ASSESSOR_2)
        assert seen(world.do(agree(full(start)), GROUP)) == expected


def test_a_score_that_was_sent_back_says_why_and_a_plain_one_only_where_it_lost_most() -> None:
    world = reached("scoring", "96")
    assert seen(world, "请补充依据") == ["退回后重报"]
    notes = highlights(world.state, world.context(GROUP), None)
    assert not needs_attention(notes)
    assert [one.title.zh for one in notes] == ["失分最多 1.1.1，−4"]
    assert notes[0].text is not None
    assert notes[0].text.zh == "佐证不足"


def test_what_is_to_be_looked_at_comes_first_and_the_rest_by_score(before: Console) -> None:
    special(before)
    back = before.sign_in("committee")
    assert "退回计分结果 1 个。" in text(
        send(back, **{f"do-{OTHER}": "return_score", f"reason-{OTHER}": "2.2.4 依据 / 待补"}).text
    )
    step(before, "score", occasion="spring")
    before.clock.at = day("12-25")
    said = text(before.sign_in("office").get(PATH).text)
    first, rest = said.partition("要逐个看的 1 个")[2].split("其余 1 个", 1)
    assert "专项检查：春季检查" in first
    assert "退回后重报" in first
    assert "2.2.4 依据 / 待补" in first
    assert "专项检查" not in rest.partition("附：")[0]


def test_the_paper_has_the_readings_once_and_no_explanation_in_its_table(before: Console) -> None:
    special(before)
    page = before.sign_in("office").get(f"{PATH}?explained=1").text
    table, annex = page.split('class="annex"', 1)
    assert "按条件评定" not in table
    assert text(f"<main{annex}").count("按条件评定") == 2
    assert text(f"<main{annex}").count("条文理解：等次按未经舍入的得分评定") == 1
    assert page.count("主持人") == 1
