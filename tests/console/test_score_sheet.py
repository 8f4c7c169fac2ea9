"""The score sheet: what stands in it, what is asked for, and who reads why points were taken away."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from console.score_files.sheet_view import score_sheet
from states.assessment import ScoreSheet
from states.stages.scoring import Scored
from tests.states.law import ASSESSOR, ASSESSOR_2, RULEBOOK, fill, full, reached

from .test_api import system
from .walk import ELEMENTS, HOME, send, step, text, walk
from .web import Console, hidden

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

WHY = "第二次党课没有讲稿和签到 / 按开展 1 次半认定"


def test_an_assessor_who_takes_points_away_is_asked_why_at_each_element_and_nothing_typed_is_lost(
    college: Console,
) -> None:
    walk(college, until="fill_sheet")
    client = college.sign_in("assessor")
    typed = {f"marks.{key}": str(e.points) for key, e in ELEMENTS.items()}
    typed |= {"marks.a1-1.1.1": "5", "marks.a1-2.1.2": "3.5", "marks.a1-1.3.2": "3", "reasons.a1-1.3.2": WHY}
    answer = send(client, "fill_sheet", typed)
    assert answer.status_code == 409
    shown = text(answer.text)
    assert "要素 1.1.1 的扣分理由" in shown
    assert "要素 2.1 下的 2.2.2 的扣分理由" in shown
    for key in ("a1-1.1.1", "a1-2.1.2"):
        assert f'href="#reasons.{key}"' in answer.text
        assert re.search(f'<textarea id="reasons.{key}"[^>]*aria-invalid="true"', answer.text)
    assert f">{WHY}</textarea>" in answer.text
    assert 'href="#reasons.a1-1.2.1"' not in answer.text, "full marks need no reason"
    data = {
        **hidden(answer.text),
        **typed,
        "reasons.a1-1.1.1": "少 1 次",
        "reasons.a1-2.1.2": "纪要没有签批",
        "_do": "submit",
    }
    assert client.post(f"{HOME}/fill_sheet", data=data).status_code == 303
    sheet = college.assessment().sheets["assessor"]
    assert sheet.reasons == {"a1-1.1.1": "少 1 次", "a1-1.3.2": WHY, "a1-2.1.2": "纪要没有签批"}


@pytest.mark.parametrize("act", ["fill_sheet", "score"])
def test_a_reason_at_full_marks_is_refused_at_its_field_and_nothing_typed_is_lost(college: Console, act: str) -> None:
    walk(college, until=act)
    client = college.sign_in("assessor" if act == "fill_sheet" else "working_group")
    typed = {f"marks.{key}": str(e.points) for key, e in ELEMENTS.items()} | {f"reasons.{key}": "" for key in ELEMENTS}
    typed |= {"marks.a1-1.3.2": "3", "reasons.a1-1.3.2": WHY, "reasons.a1-1.1.1": "改回满分前写的理由"}
    answer = send(client, act, typed)
    assert answer.status_code == 409
    assert "要素 1.1.1 的扣分理由不合要求：此项得满分，未扣分" in text(answer.text)
    assert 'href="#reasons.a1-1.1.1"' in answer.text
    assert 'href="#reasons.a1-1.3.2"' not in answer.text
    assert ">改回满分前写的理由</textarea>" in answer.text
    assert f">{WHY}</textarea>" in answer.text
    assert re.findall(r'data-lost="marks\.([^"]+)" open', answer.text) == ["a1-1.1.1", "a1-1.3.2"]
    again = {**hidden(answer.text), **typed, "reasons.a1-1.1.1": "", "_do": "submit"}
    assert client.post(f"{HOME}/{act}", data=again).status_code in (200, 303)


def test_the_agreed_sheet_carries_the_reasons_and_the_result_explains_itself_with_them(college: Console) -> None:
    walk(college, until="score")
    no_reasons = {f"reasons.{key}": "" for key in ELEMENTS}
    step(college, "score", **no_reasons | {"marks.a1-1.3.2": "3", "reasons.a1-1.3.2": WHY})
    scored = college.assessment().fact(Scored)
    assert scored is not None
    assert scored.reasons == {"a1-1.3.2": WHY}
    for who in ("working_group", "committee"):
        page = college.sign_in(who).get(HOME).text
        assert f"满分 4 分，得 3 分，失 1 分：{WHY}" in text(page), who
    college.sign_in("committee")
    assert f"失 1 分：{WHY}" in text(college.sign_in("committee").get("/resolution/2026?explained=1").text)


def test_a_unit_reads_what_each_element_was_given_and_why_once_its_result_is_circulated(college: Console) -> None:
    walk(college, until="score")
    no_reasons = {f"reasons.{key}": "" for key in ELEMENTS}
    step(college, "score", **no_reasons | {"marks.a1-1.3.2": "3", "reasons.a1-1.3.2": WHY})
    unit, path = system(college, "unit", unit="u-1"), "/assessments/2026/u-1/result"
    assert unit.get(path).status_code == 403
    step(college, "approve")
    step(college, "circulate")
    elements = {one["key"]: one for one in unit.get(path).json()["elements"]}
    assert len(elements) == len(ELEMENTS)
    assert elements["a1-1.3.2"] == {
        "key": "a1-1.3.2", "label": "1.3.2", "points": "4", "given": "3", "level": None, "reason": WHY,
    }  # fmt: skip
    assert elements["a1-2.1.2"]["label"] == "2.1 下的 2.2.2"
    assert elements["a1-1.1.1"]["reason"] is None


@pytest.mark.parametrize(("language", "label"), [("zh", "2.1 下的 2.2.2"), ("en", "2.2.2 under 2.1")])
def test_no_two_elements_of_a_sheet_have_one_number(college: Console, language: str, label: str) -> None:
    walk(college, until="fill_sheet", language=language)
    page = college.sign_in("assessor", language).get(f"{HOME}/fill_sheet").text
    labels = re.findall(r'<span class="label nowrap">([^<]+)</span>', page)
    assert len(labels) == len(set(labels)) == len(ELEMENTS)
    assert label in labels
    assert "附件1 1.1.1" not in page, "no clause in each row"


def test_the_foot_of_a_sheet_says_the_total_and_how_many_are_still_empty(college: Console) -> None:
    walk(college, until="fill_sheet")
    client = college.sign_in("assessor")
    assert f"合计 0 分 · 还有 {len(ELEMENTS)} 项未填" in text(client.get(f"{HOME}/fill_sheet").text)
    some = {"marks.a1-1.1.1": "5.5", "marks.a1-1.2.1": "3"}
    answer = send(client, "fill_sheet", some)
    assert f"合计 8.5 分 · 还有 {len(ELEMENTS) - 2} 项未填" in text(answer.text)
    step(college, "fill_sheet", "assessor")
    page = text(college.sign_in("assessor").get(f"{HOME}/fill_sheet").text)
    assert f"合计 {100 - len(ELEMENTS)} 分 · 已填齐" in page


def test_the_sheet_shows_the_finding_and_its_remark_beside_the_element(college: Console) -> None:
    walk(college, until="review_documents")
    remark = "10 份纪要中 2 份没有签批 / 已拍照"
    step(college, "review_documents", **{"finding.a1-2.1.2": "partly", "remark.a1-2.1.2": remark})
    step(college, "inspect_site")
    for act, who in (("fill_sheet", "assessor"), ("score", "working_group")):
        page = college.sign_in(who).get(f"{HOME}/{act}").text
        row = page.partition("2.1 下的 2.2.2</span>")[2].partition("</tr>")[0]
        assert remark in row
        assert "部分落实" in row
        assert text(page).count("report.pdf") == 1, "evidence of every element is named once"
        assert "report.pdf" not in row


def test_a_mark_unlike_the_others_is_marked_and_full_marks_are_grey() -> None:
    world = reached("site_inspection")
    less = {**full(world), "a1-1.1.1": Decimal(5)}
    third = type(ASSESSOR)("assessor-3", "assessor")
    state = world.do(fill(full(world)), ASSESSOR).do(fill(full(world)), ASSESSOR_2).do(fill(less), third).state
    sheet = score_sheet("score", state, RULEBOOK, lambda _: "")
    assert sheet is not None
    row = sheet.rows["a1-1.1.1"]
    assert [(mark.is_best, mark.differs) for mark in row.marks if mark] == [
        (True, False),
        (True, False),
        (True, False),
        (False, True),
    ]
    assert row.spread is not None
    assert [end.zh for end in row.spread] == ["5", "6"]
    others = [mark for key, other in sheet.rows.items() if key != "a1-1.1.1" for mark in other.marks]
    assert not any(mark.differs for mark in others if mark)


def test_of_two_sheets_that_differ_neither_is_the_odd_one() -> None:
    world = reached("site_inspection")
    less = {**full(world), "a1-1.1.1": Decimal(5)}
    state = world.do(fill(full(world)), ASSESSOR).do(fill(less), ASSESSOR_2).state
    sheet = score_sheet("score", state, RULEBOOK, lambda _: "")
    assert sheet is not None
    assert not any(mark.differs for mark in sheet.rows["a1-1.1.1"].marks if mark)
    assert isinstance(state.sheets[ASSESSOR.id], ScoreSheet)


def test_who_takes_no_points_away_sees_the_reason_folded(college: Console) -> None:
    walk(college, until="fill_sheet")
    client = college.sign_in("assessor")
    typed = {f"marks.{key}": str(e.points) for key, e in ELEMENTS.items()} | {"marks.a1-1.1.1": "5"}
    page = send(client, "fill_sheet", typed).text
    opened = re.findall(r'data-lost="marks\.([^"]+)" open', page)
    assert opened == ["a1-1.1.1"]
