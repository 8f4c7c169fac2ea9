"""What was recorded can be read by those who must act on it, on the assessment's page; and by nobody the law does not let see it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from scheduler import rounds
from states.cases.vetoes import RecordVeto
from states.stages.circulation import Circulated
from states.vocabulary import Actor, Words
from tests.documents.building import pdf

from .auditors import words
from .walk import BALLOT, ELEMENTS, HOME, RULEBOOK, STEPS, day, send, step, walk
from .web import Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

CONDUCTING = ("office", "working_group", "assessor")
OTHERS = ("leading_group", "committee", "discipline", "organization")
FIRST, SECOND, *_ = ELEMENTS
JUDGED = next(key for key, one in RULEBOOK.findings.items() if "committee" in one.by)


def page(college: Console, account: str, language: str = "zh") -> str:
    answer = college.sign_in(account, language).get(HOME)
    assert answer.status_code == 200
    return answer.text


def said(college: Console, account: str, language: str = "zh") -> str:
    return words(page(college, account, language).partition("<main")[2])


def record(text: str, number: int) -> str:
    """What one step of the page says."""
    return words(text.partition(f'id="step-{number}"')[2].partition('class="record"')[0].partition("<h2")[0])


def test_the_self_reports_points_are_read_element_by_element_by_all_who_may_look(college: Console) -> None:
    walk(college, until="submit_self_report")
    step(college, "submit_self_report", **{f"self_scores.{FIRST}": "2.5"})
    for account in ("unit-1", *CONDUCTING, *OTHERS):
        assert re.search(rf"1\.1\.1 .* 2\.5 / {ELEMENTS[FIRST].points} 1\.", record(page(college, account), 1)), account


def test_the_ballots_are_read_with_their_rates_and_a_members_only_by_who_judges(college: Console) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("11-27")
    counted = {"issued": "20", "returned": "18", "valid": "16"}
    options = dict(
        zip(("satisfied", "mostly_satisfied", "dissatisfied", "abstain"), ("11", "3", "1", "1"), strict=True)
    )
    ballot = {**BALLOT, **{f"ballot.team.{k}": n for k, n in {**counted, **options}.items()}}
    assert (
        send(college.sign_in("working_group"), "record_ballot", {"held_on": "2026-11-26", **ballot}).status_code == 303
    )
    for account in ("unit-1", *CONDUCTING, *OTHERS):
        text = record(page(college, account), 3)
        assert "发出 20 票，收回 18 票，有效 16 票。百分比以有效票为分母" in text
        assert "领导班子 11 68.8% 3 18.8% 1 6.2% 1 6.2% 16" in text
        assert ("副院长 19 100.0%" in text) == (account != "unit-1"), account
        assert ("班子成员个人的测评结果不向部门公开" in text) == (account == "unit-1")


def test_findings_remarks_and_files_are_read_at_their_element_and_what_is_met_is_folded(college: Console) -> None:
    walk(college, until="review_documents")
    college.clock.at = day("12-09")
    typed = {
        **dict(STEPS[4][3]),
        f"finding.{FIRST}": "partly",
        f"remark.{FIRST}": "缺 10 月记录 / 待补",
        f"finding.{SECOND}": "unmet",
    }
    files = {
        "evidence": ("全部佐证.pdf", pdf(b"all"), "application/pdf"),
        f"evidence.{FIRST}": ("学习记录.pdf", pdf(b"other"), "application/pdf"),
    }
    assert send(college.sign_in("working_group"), "review_documents", typed, files).status_code == 303
    for account in ("unit-1", "assessor", "committee"):
        whole = page(college, account)
        text, exceptions = record(whole, 5), words(whole.partition('id="step-5"')[2].partition("<details")[0])
        assert "部分落实 缺 10 月记录 / 待补" in exceptions
        assert "学习记录.pdf" in exceptions
        assert "未落实" in exceptions
        assert f"其余 {len(ELEMENTS) - 2} 项都已落实" in text
        assert "全部佐证.pdf" in text


def test_who_did_not_report_and_why_stands_at_the_meeting(college: Console) -> None:
    walk(college, until="record_ballot")
    for account in ("unit-1", *CONDUCTING):
        assert "应报告 2 人，已报告 1 人；未报告：副院长（外出挂职）" in record(page(college, account), 2)


def test_the_unit_reads_its_lost_points_and_why_once_the_result_is_circulated(college: Console) -> None:
    walk(college, until="score")
    less = ELEMENTS[FIRST].points - 1
    step(college, "score", **{f"marks.{FIRST}": str(less), f"reasons.{FIRST}": "少一次学习记录"})
    step(college, "approve")
    for account in ("office", "committee", "assessor"):
        assert "−1 少一次学习记录" in said(college, account)
    assert "少一次学习记录" not in page(college, "unit-1")
    assert "评分表" not in said(college, "unit-1")
    step(college, "circulate")
    assert college.assessment().fact(Circulated) is not None
    own = said(college, "unit-1")
    assert "−1 少一次学习记录" in own
    assert "扣分 0" not in own, "what cases cost is not for the unit"


def test_a_return_stands_on_top_with_its_reason_until_it_is_done_again(college: Console) -> None:
    walk(college, until="record_meeting")
    send(college.sign_in("office"), "return_self_report", {"reason": "缺整改情况 / 请补"})
    for account in ("unit-1", "office"):
        top = words(page(college, account).partition('class="banner back"')[2].partition("</section>")[0])
        assert "退回自评报告：请重新办理“自查自评”" in top
        assert "缺整改情况 / 请补" in top
    step(college, "submit_self_report")
    assert 'class="banner back"' not in page(college, "unit-1")


def test_the_reason_of_a_returned_score_is_on_top_for_who_judges_and_not_for_the_unit(college: Console) -> None:
    walk(college, until="approve")
    college.clock.at = day("12-25")
    send(college.sign_in("committee"), "return_score", {"reason": "依据不足"})
    assert "依据不足" in words(page(college, "working_group").partition('class="banner back"')[2])
    assert "依据不足" not in page(college, "unit-1")


def test_a_standing_veto_is_on_top_for_who_judges_and_the_unit_reads_of_it_in_the_circulated_grade_alone(
    college: Console,
) -> None:
    walk(college, until="score")
    college.clock.at = day("12-17")
    send(college.sign_in("committee"), "record_veto", {"finding": JUDGED, "reason": "查实"})
    for account in ("office", "assessor", "committee", "discipline"):
        assert 'class="banner veto"' in page(college, account), account
    assert "一票否决" not in said(college, "unit-1")
    step(college, "score")
    step(college, "approve")
    assert "一票否决" not in said(college, "unit-1")
    step(college, "circulate")
    own = words(page(college, "unit-1").partition('class="banner veto"')[2].partition("</section>")[0])
    assert "不合格 ，得分 100 分照列" in own
    assert "查实" not in page(college, "unit-1")


def test_nine_steps_with_their_days_and_a_run_of_reminders_is_one_line(college: Console) -> None:
    walk(college, until="record_meeting")
    for at in ("11-25", "11-27", "12-01", "12-02"):
        college.clock.at = day(at)
        rounds.run(college.engine, college.clock.now(), college_days)
    whole = page(college, "office")
    steps = whole.partition('<ol class="steps">')[2].partition("</ol>")[0].split("<li")[1:]
    assert len(steps) == 9
    assert "1 自查自评 已办 11-19" in words(f"<li{steps[0]}")
    ((times, last),) = re.findall(r"系统提醒 (\d+) 次，末次 ([0-9-]+)", words(whole))
    assert int(times) > 2
    assert last == "2026-12-02"
    folded = re.sub(r"<details.*?</details>", "", whole, flags=re.DOTALL)
    assert "提醒对象" not in words(folded)


def college_days(on: date) -> bool:
    return on.weekday() < 5


@pytest.mark.parametrize("account", ["unit-1", "office"])
def test_an_assessment_with_nothing_recorded_says_what_will_stand_here(college: Console, account: str) -> None:
    text = said(college, account)
    assert "还没有办理记录" in text
    assert "以前年度没有结果" in text


def test_a_unit_reads_its_results_of_all_years_element_by_element_with_the_reasons(college: Console) -> None:
    walk(college, until="score")
    less = ELEMENTS[FIRST].points - 1
    step(college, "score", **{f"marks.{FIRST}": str(less), f"reasons.{FIRST}": "少一次学习记录"})
    step(college, "approve")
    path = "/units/u-1/results"
    assert "少一次学习记录" not in college.sign_in("unit-1").get(path).text
    step(college, "circulate")
    for account in ("unit-1", "office"):
        text = words(college.sign_in(account).get(path).text.partition("<main")[2])
        points = ELEMENTS[FIRST].points
        assert f"1.1.1 加强政治理论学习 {points} {less} / {points} −1 少一次学习记录" in text
        assert f"{len(ELEMENTS)} 项中 1 项失分，共 −1 分" in text
    assert college.sign_in("unit-2").get(path).status_code == 403
    assert path in page(college, "unit-1")


def test_the_committees_page_and_paper_have_ballots_findings_and_who_did_not_report(college: Console) -> None:
    walk(college, until="review_documents")
    college.clock.at = day("12-09")
    typed = {**dict(STEPS[4][3]), f"finding.{FIRST}": "partly", f"remark.{FIRST}": "缺 10 月记录"}
    assert (
        send(
            college.sign_in("working_group"), "review_documents", typed, {"evidence": STEPS[0][4]["report"]}
        ).status_code
        == 303
    )
    for act, account in (
        ("inspect_site", ""),
        ("fill_sheet", "assessor"),
        ("fill_sheet", "working_group"),
        ("score", ""),
    ):
        step(college, act, account)
    for account in ("office", "leading_group", "committee"):
        text = words(college.sign_in(account).get("/resolution/2026?explained=1").text.partition('id="annex"')[2])
        assert "副院长 19 100.0%" in text, account
        assert "未报告：副院长（外出挂职）" in text
        assert "1.1.1 加强政治理论学习 部分落实 缺 10 月记录 佐证 1 个文件" in text


def test_a_form_that_is_not_a_departments_shows_it_no_grade_and_no_veto(college: Console) -> None:
    walk(college, until="approve")
    veto = RecordVeto(finding="major_case", reason=Words("经判定"))
    college.engine.submit("assessment/2026/u-1", veto, Actor("leading_group", "leading_group"), "veto-1")
    ours, theirs = college.sign_in("unit-1"), college.sign_in("committee")
    grade = RULEBOOK.grade_title("excellent").zh
    finding = RULEBOOK.title_of_finding("major_case").zh
    for act, word in (("approve", f">{grade}"), ("lift_veto", f">{finding}</option>")):
        assert word in theirs.get(f"{HOME}/{act}").text, act
        assert word not in ours.get(f"{HOME}/{act}").text, act
