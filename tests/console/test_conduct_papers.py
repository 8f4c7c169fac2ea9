"""The papers before and during an assessment, made from a real year: declarations, reports, meeting, vote and talks."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.rulebooks import load_edition
from console.papers.making import stream_of_paper, values_of
from demo.year import run_any
from states.accounts.account import CloseAccount
from states.accounts.deputies import AppointDeputy
from states.papers.catalogue import PAPERS
from states.records.year import Inspector, Visit
from states.streams import account_stream, year_stream
from states.user_errors import UserError
from states.vocabulary import Actor, Opaque, Words
from states.year.visits import PlanVisits
from tests.college import OFFICE
from workflow import wiring
from workflow.papers.words import NO_DAY, NoStage, numeral

from .test_papers import MEASURES, part, text, values
from .walk import HOME, walk
from .web import Console


def visited(college: Console) -> None:
    """Plan a visit of the assessor to the department u-1."""
    visit = Visit(
        unit=Opaque("u-1"), day=date(2026, 11, 26), begins="09:00", ends="11:30", place=Words("第二会议室"), group=Words("第一组"),
        inspectors=(Inspector(account=Opaque("assessor")),), contact=Opaque("assessor"),
    )  # fmt: skip
    college.engine.submit(year_stream(2026), PlanVisits(visits=(visit,)), OFFICE, "plan")


def test_the_declaration_lists_who_assesses_with_their_departments_and_those_they_may_not_judge(
    college: Console,
) -> None:
    college.people({"ours": ("assessor", "u-2"), "away": ("assessor", None)})
    closing = CloseAccount(reason=Words("离校"))
    college.engine.submit(account_stream("away"), closing, Actor("system_admin", "system_admin"), "close")
    visited(college)
    made = values(college, "recusal")
    assert part(made, "rule", "clause") == ("任何人不得为本部门评分、审定或者签署", "第四条（三）")
    assert [part(one, "number", "name", "unit", "duty", "group", "recused") for one in made["members"]] == [
        ("1", "样例·assessor", "", "考核工作组成员", "第一组", ""),
        ("2", "样例·office", "", "考核领导小组办公室（纪委办公室）", "", ""),
        ("3", "样例·ours", "样例学院2", "考核工作组成员", "", "样例学院2"),
        ("4", "样例·working_group", "", "考核工作组", "", ""),
    ]
    assert "其他应回避的情形" in text(college, "recusal")


def test_a_deputy_declares_for_the_own_department_and_for_that_of_the_principal(college: Console) -> None:
    college.people({"ours": ("assessor", "u-2"), "deputy": ("leading_group", "u-1")})
    until = date(2026, 11, 9)
    appointed = AppointDeputy(
        deputy=Opaque("deputy"), roles=(Opaque("assessor"),), since=date(2026, 11, 2), until=until
    )
    college.engine.submit(account_stream("ours"), appointed, Actor("ours", "holder", "u-2"), "appoint")
    (deputy,) = [one for one in values(college, "recusal")["members"] if one["name"] == "样例·deputy"]
    assert part(deputy, "unit", "duty", "recused") == (
        "样例学院1、样例学院2",
        "考核工作组成员",
        "样例学院1、样例学院2",
    )


def test_the_self_report_has_the_headings_of_the_form_of_the_department(college: Console) -> None:
    made = values(college, "self-report")
    assert part(made, "unit_name", "unit_kind", "due") == ("样例学院1", "二级学院", "2026年11月20日")
    names = ("section_number", "section", "section_points", "indicator_number", "indicator", "indicator_points")
    headings = [part(one, *names) for one in made["headings"]]
    assert headings[:4] == [
        ("一", "加强组织领导，明确主体责任", "（24分）", "1", "加强政治理论学习", "（6分）"),
        ("", "", "", "2", "明确二级学院领导班子主体责任", "（6分）"),
        ("", "", "", "3", "强化二级学院工作责任", "（12分）"),
        ("二", "强化制度建设，严格规范监管", "（28分）", "1", "坚持“三重一大”集体决策制度", "（8分）"),
    ]
    assert headings[-1] == ("五", "扣分项（视违规违纪受处分情形进行累计）", "", "", "", "")
    assert len(headings) == 10 + 1
    assert part(made, "addressee", "own_score") == ("考核领导小组办公室（纪委办公室）", "＿＿＿＿")
    assert made["headings"][9]["elements"].count("\n") == 1, "4.3 has two elements"
    said = text(college, "self-report").splitlines()
    begin = said.index("（一）加强组织领导，明确主体责任（24分）")
    assert said[begin + 1 : begin + 6] == [
        "1.加强政治理论学习（6分）",
        "",
        "",
        "",
        "2.明确二级学院领导班子主体责任（6分）",
    ]
    assert "考核领导小组办公室（纪委办公室）：" in said
    assert "对照年度考核指标逐项自评，自评得分＿＿＿＿分。" in said
    walk(college, until="record_meeting")
    assert values(college, "self-report")["own_score"] == "100"


@pytest.mark.parametrize(
    ("number", "words"), [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")]
)
def test_a_number_is_written_in_characters(number: int, words: str) -> None:
    assert numeral(number) == words


def test_the_sheet_to_sign_in_names_the_team_and_has_a_line_for_everybody_else(college: Console) -> None:
    college.member("head", "u-1-h1", "u-1")
    blank = values(college, "sign-in")
    assert part(blank, "held_on", "place", "entitled") == (NO_DAY, "", "20")
    rows = [part(one, "number", "name", "post") for one in blank["attendance"]]
    assert rows[:3] == [("1", "样例·head", "院长"), ("2", "", "副院长"), ("3", "", "")]
    assert [number for number, *_ in rows] == [str(number) for number in range(1, 21)]
    visited(college)
    walk(college, until="record_ballot")
    assert part(values(college, "sign-in"), "held_on", "place", "entitled") == ("2026年11月26日", "第二会议室", "20")


def test_the_agenda_has_the_parts_of_the_meeting_and_of_the_vote_and_the_planned_visit(college: Console) -> None:
    assert part(values(college, "agenda"), "held_on", "hours", "place") == (NO_DAY, "", "")
    visited(college)
    made = values(college, "agenda")
    assert part(made, "held_on", "hours", "place", "entitled") == ("2026年11月26日", "09:00—11:30", "第二会议室", "20")
    assert [part(one, "number", "stage", "clause", "item") for one in made["agenda"]] == [
        ("1", "召开会议", "第七条（二）1", "党政主要负责人关于本部门落实党风廉政建设责任制情况的报告"),
        ("2", "召开会议", "第七条（二）1", "领导班子成员关于个人执行党风廉政建设责任制情况的报告"),
        ("3", "民主测评", "第七条（二）2", "对部门领导班子的民主测评"),
        ("4", "民主测评", "第七条（二）2", "对领导班子成员的民主测评"),
    ]


def test_the_papers_of_the_meeting_name_it_by_the_department_and_have_the_same_agenda(college: Console) -> None:
    agenda, minutes = values(college, "agenda")["agenda"], values(college, "minutes")["agenda"]
    assert [part(one, "number", "item") for one in agenda] == [part(one, "number", "item") for one in minutes]
    for key, title in (("agenda", "议程"), ("minutes", "记录"), ("sign-in", "签到表")):
        assert values(college, key)["meeting"] == "样例学院1全体会议"
        assert text(college, key).startswith(f"样例学院1全体会议{title}")
    assert "缺席人员及原因" in text(college, "minutes")


def test_each_member_has_a_report_of_their_own_in_one_file(college: Console) -> None:
    college.member("head", "u-1-h1", "u-1")
    made = values(college, "personal-report")
    assert [part(one, "name", "post") for one in made["members"]] == [("样例·head", "院长"), ("", "副院长")]
    said = text(college, "personal-report").splitlines()
    assert said.count("个人执行党风廉政建设责任制情况的报告") == 2 * said.count("一、履行职责情况") == 2 * 2
    assert "样例学院1　院长　样例·head" in said


def test_who_was_excused_has_no_report_and_the_day_is_there_when_the_meeting_was_held(college: Console) -> None:
    visited(college)
    assert values(college, "personal-report")["held_on"] == NO_DAY, "a planned day is not yet that of a report"
    walk(college, until="record_ballot")
    made = values(college, "personal-report")
    assert made["held_on"] == "2026年11月26日"
    assert [part(one, "number", "post", "follows") for one in made["members"]] == [("1", "院长", "")]


def test_the_ballot_is_on_the_team_and_on_each_member_by_post_and_names_nobody(college: Console) -> None:
    college.member("head", "u-1-h1", "u-1")
    made = values(college, "ballot")
    options = "□满意　□基本满意　□不满意　□弃权"
    assert [part(one, "ballot", "voters", "subject_kind", "number", "subject", "options") for one in made["items"]] == [
        ("民主测评", "", "领导班子", "1", "领导班子", options),
        ("", "", "领导班子成员", "1", "院长", options),
        ("", "", "", "2", "副院长", options),
    ]
    said = text(college, "ballot")
    assert said.startswith("2026年度落实党风廉政建设责任制考核\n民主测评票\n")
    assert "本票不记名" in said
    assert "样例·head" not in said


def test_the_count_sheet_has_a_line_for_every_option_and_says_of_what_a_share_is_counted(college: Console) -> None:
    made = values(college, "count-sheet")
    names = ("number", "subject", "same_subject", "last_subject", "option")
    assert [part(one, *names) for one in made["items"]][:5] == [
        ("1", "领导班子", "", "", "满意"),
        ("1", "", "领导班子", "", "基本满意"),
        ("1", "", "领导班子", "", "不满意"),
        ("1", "", "", "领导班子", "弃权"),
        ("2", "院长", "", "", "满意"),
    ]
    assert len(made["items"]) == 3 * 4
    last = part(made["items"][-1], "same_subject", "last_subject")
    assert last == ("副院长", ""), "the last row of all stays with the signatures"
    assert made["shares"] == [
        {
            "ballot": "民主测评",
            "sentence": "各项比例以“满意”“基本满意”“不满意”的票数之和为分母，“弃权”不计入",
        }
    ]
    said = text(college, "count-sheet")
    assert all(word in said for word in ("发出", "收回", "有效", "计票人", "监票人"))


def test_the_summary_of_the_talks_has_numbers_only_and_is_made_when_they_are_recorded(college: Console) -> None:
    college.member("head", "u-1-h1", "u-1")
    with pytest.raises(UserError, match="尚未办结"):
        values(college, "interview-summary")
    walk(college, until="review_documents")
    made = values(college, "interview-summary")
    assert part(made, "held_on", "talks") == ("2026年12月3日", "7")
    assert [part(one, "person_kind", "count", "minimum", "talks") for one in made["groups"]] == [
        ("领导班子成员", "2", "1", "2"),
        ("其他干部职工", "18", "1", "5"),
    ]
    said = text(college, "interview-summary")
    assert not [word for word in ("样例·head", "院长") if word in said]


def test_a_department_makes_the_papers_that_it_writes_and_no_other_and_none_of_another_department(
    college: Console,
) -> None:
    ours, theirs = college.sign_in("unit-1"), college.sign_in("unit-2")
    page = ours.get(HOME).text
    own, others = ("self-report", "sign-in", "agenda", "personal-report"), ("minutes", "ballot", "count-sheet")
    for key in own:
        path = f"{HOME}/papers/{key}.docx"
        assert path in page
        assert (ours.get(path).status_code, theirs.get(path).status_code) == (200, 403), key
    for key in others:
        path = f"{HOME}/papers/{key}.docx"
        assert path not in page
        assert ours.get(path).status_code == 403, key


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A year under a measure with two ballots, voter groups, and a half-year check without a vote."""
    url = f"sqlite:///{tmp_path_factory.mktemp('other') / 'other.db'}"
    edition = load_edition(Path(MEASURES) / "cloudladder-2031.toml")
    run_any(url, edition, 2031, 4, 1, lambda *_: None)
    with wiring.read_only_engine(url, edition) as engine:
        yield engine


@pytest.mark.one_database
def test_every_ballot_and_every_group_of_voters_has_a_paper_of_its_own(other: Any) -> None:
    """The database does not matter: the rulebook does."""
    items: Any = values_of(other, PAPERS["ballot"], stream_of_paper(2031, "u01"))["items"]
    parts = [part(one, "ballot", "voters", "subject_kind", "subject") for one in items if one["ballot"]]
    assert parts == [
        ("民主测评", "本部门教职工", "领导班子", "领导班子"),
        ("民主测评", "服务对象代表", "领导班子", "领导班子"),
        ("民主测评", "其他部门负责人", "领导班子", "领导班子"),
        ("述职评议", "考核组", "领导班子成员", "正职1"),
    ]
    made = values_of(other, PAPERS["count-sheet"], stream_of_paper(2031, "u01"))
    shares: Any = made["shares"]
    assert shares[0]["sentence"] == "各项比例以“满意”“基本满意”“不满意”的票数之和为分母，“不了解”不计入"


@pytest.mark.one_database
def test_nobody_declares_where_no_account_assesses(other: Any) -> None:
    """The database does not matter: there are no accounts."""
    with pytest.raises(UserError, match="没有账号具有办理考核的角色（"):
        values_of(other, PAPERS["recusal"], stream_of_paper(2031))


@pytest.mark.one_database
def test_an_assessment_without_the_stage_of_a_paper_does_not_have_the_paper(other: Any) -> None:
    """The database does not matter: the rulebook does."""
    for key in ("ballot", "count-sheet", "agenda"):
        with pytest.raises(NoStage):
            values_of(other, PAPERS[key], stream_of_paper(2031, "u01", "midyear"))
