"""Papers made from a real year: their values, the files, and the commands of `kaohe papers`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

import docx
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from config.rulebooks import load_edition
from console.cli.app import app
from console.papers.making import make_paper, stream_of_paper, values_of
from demo.year import run_any
from documents.papers.tables import NAMES
from documents.papers.templates.shipped import shipped_template
from states.papers.catalogue import PAPERS
from states.papers.paper import Paper
from states.user_errors import UserError
from tests.conftest import NewUrl
from tests.documents.word_templates import lines, paragraph, template
from tests.sample_year import live, sixteen
from workflow import wiring
from workflow.papers.sources import present_sources
from workflow.papers.values import OF_YEAR
from workflow.papers.words import NO_DAY, NoStage, name_of_assessment, no_number

from .walk import ELEMENTS, step, walk
from .web import Console

MEASURE = "柳州职业技术学院落实党风廉政建设责任制考核办法（试行）"
MEASURES = Path(__file__).parents[1] / "measures"
OFFICE_TITLE = "考核领导小组办公室（纪委办公室）"
WORD = {key: PAPERS[key] for key in NAMES}
FIRST, POINTS = next((key, element.points) for key, element in ELEMENTS.items())


def of(paper: Paper, unit: str = "u-1") -> str:
    """What a paper is about in these tests: the year, or a department in it."""
    return stream_of_paper(2026, None if paper.of == "year" else unit)


def values(college: Console, key: str, unit: str = "u-1") -> Any:
    return values_of(college.engine, PAPERS[key], of(PAPERS[key], unit))


def text(college: Console, key: str, unit: str = "u-1") -> str:
    """The text of a paper as another program reads it, with the cells of its tables."""
    paper = PAPERS[key]
    made = docx.Document(BytesIO(make_paper(college.engine, paper, of(paper, unit))))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([one.text for one in made.paragraphs] + cells)


def made_or_none(college: Console, paper: Paper) -> Any:
    """The values of a paper; None if it cannot be made."""
    try:
        return values(college, paper.key)
    except UserError:
        return None


def part(row: Mapping[str, str], *names: str) -> tuple[str, ...]:
    return tuple(row[name] for name in names)


def scored(college: Console) -> None:
    """Score the department one point below the full marks, in its first element."""
    walk(college, until="score")
    step(college, "score", **{f"marks.{FIRST}": str(POINTS - 1)})


def circulated(college: Console) -> None:
    scored(college)
    step(college, "approve")
    step(college, "circulate")


def test_the_notice_of_a_year_has_its_stages_with_their_days_and_its_departments(college: Console) -> None:
    made = values(college, "notice")
    assert made["measure"] == MEASURE
    assert (made["unit_count"], made["grades"]) == ("2", "优秀、合格、基本合格、不合格")
    assert part(made["stages"][0], "number", "stage", "clause", "by", "due") == (
        "1", "自查自评", "第七条（一）", "被考核部门", "2026年11月20日",
    )  # fmt: skip
    assert part(made["stages"][-1], "stage", "due") == ("全校通报", "2026年12月31日")
    assert [part(one, "unit", "kind") for one in made["units"]] == [
        ("样例学院1", "二级学院"),
        ("样例学院2", "二级学院"),
    ]
    assert made["document_number"] == no_number(2026), "the office system gives the number"
    assert [part(one, "number", "clause") for one in made["uses"]] == [("1", "第九条2"), ("2", "第九条3")]
    assert "年度考核不合格的，取消该二级部门领导班子及其班子成员当年各类评优评先资格" in made["uses"][0]["content"]
    said = text(college, "notice")
    assert "关于开展2026年度落实党风廉政建设责任制考核工作的通知" in said
    assert "校属各部门：" in said
    assert "2.召开会议。被考核部门召开全体会议，党政主要负责人向会议报告" in said, "in the words of the clause"
    assert "领导班子成员报告个人执行党风廉政建设责任制情况（第七条（二）1）。" in said
    assert "8.党委审定。内容为学校党委对考核结果的审定（第八条（二））。" in said, "the clause's words stand below"
    assert "优秀（得分≥90）、合格（70≤得分＜90）" in said
    assert "考核指标（二级学院）》（办法附件1）、《" in said, "the annexes of the measure, not that of the notice"
    assert "附件：2026年度考核对象名单" in said


def test_the_minutes_are_a_blank_form_before_the_meeting_and_say_what_is_on_record_after_it(college: Console) -> None:
    blank = values(college, "minutes")
    assert part(blank, "held_on", "entitled", "present") == (NO_DAY, "", "")
    assert [one["report"] for one in blank["reports"]] == ["", ""]
    walk(college, until="record_ballot")
    made = values(college, "minutes")
    assert part(made, "held_on", "entitled", "present", "team_report_by") == ("2026年11月26日", "20", "19", "院长")
    assert [part(one, "post", "report") for one in made["reports"]] == [
        ("院长", "已报告"),
        ("副院长", "未报告：外出挂职"),
    ]
    assert "未报告：外出挂职" in text(college, "minutes")


def test_the_note_of_the_site_has_the_special_work_and_what_was_seen(college: Console) -> None:
    walk(college, until="fill_sheet")
    made = values(college, "site-note")
    assert part(made, "stage", "inspected_on", "special_work", "observation") == (
        "实地查看", "2026年12月14日", "廉政文化品牌", "属实",
    )  # fmt: skip


def test_only_papers_of_persons_have_names_of_people(college: Console) -> None:
    college.member("head", "u-1-h1", "u-1")
    circulated(college)
    made = values(college, "interview-note")
    assert [part(one, "post", "name") for one in made["members"]] == [("院长", "样例·head"), ("副院长", "")]
    assert made["topics"][0]["topic"] == "加强组织领导，明确主体责任"
    others = [made_or_none(college, paper) for paper in WORD.values() if not paper.has_persons]
    assert len([one for one in others if one is not None]) > 10
    assert "样例·head" not in json.dumps(others, ensure_ascii=False)


def test_the_score_sheet_has_every_element_and_says_how_the_points_add_up(college: Console) -> None:
    scored(college)
    made = values(college, "score-sheet")
    assert len(made["items"]) == len(ELEMENTS)
    first = made["items"][0]
    assert part(first, "section", "indicator", "full", "own", "given", "reason") == (
        "加强组织领导，明确主体责任", "加强政治理论学习", "6", "6", "5", "佐证不足",
    )  # fmt: skip
    assert part(made, "subtotal", "adjustment_title", "adjustment", "score", "grade") == (
        "99",
        "扣分",
        "0",
        "99",
        "优秀",
    )
    by_item = {one["item"]: one for one in made["explanation"]}
    assert part(by_item["各项得分小计"], "points", "clause") == ("99", "附件1")
    assert by_item["等次"]["sentence"] == "“优秀”"
    assert "佐证不足" in text(college, "score-sheet")


def test_what_is_decided_about_a_year_names_the_grades_and_who_is_still_open(college: Console) -> None:
    scored(college)
    item, decision = values(college, "agenda-item"), values(college, "resolution")
    assert part(item, "unit_count", "scored_count", "not_scored", "undecided") == ("2", "1", "样例学院2", "")
    assert [part(one, "stage", "count") for one in item["stages"]][5:] == [("实地查看", "1"), ("量化计分", "1")]
    assert item["words"].startswith("“根据考核的情况，评定为优秀（得分≥90）")
    assert item["grades"] == decision["grades"] == [{"grade": "优秀", "count": "1", "units": "样例学院1"}]
    assert part(decision, "resolution", "met_on") == (no_number(2026), NO_DAY)
    step(college, "approve")
    assert part(values(college, "resolution"), "resolution", "met_on") == ("样例党字〔2026〕50号", "2026年12月24日")
    circular = values(college, "circular")
    assert part(circular, "notice", "circulated_on", "resolutions", "pending") == (
        no_number(2026), NO_DAY, "样例党字〔2026〕50号", "样例学院2",
    )  # fmt: skip


def test_a_circulated_result_is_in_the_circular_the_letter_and_the_filing_form(college: Console) -> None:
    circulated(college)
    circular, letter, filing = (values(college, key) for key in ("circular", "result-letter", "filing"))
    assert part(circular, "notice", "circulated_on", "unit_count") == ("样例党字〔2026〕60号", "2026年12月30日", "1")
    assert circular["tasks"] == [
        {
            "task": "考核结果报学校党委组织部备案",
            "sentence": "考核结果报学校党委组织部备案",
            "clause": "第九条3",
            "units": "样例学院1",
        }
    ]
    assert part(letter, "score", "grade", "limit_clause", "resolution", "notice") == (
        "99", "优秀", "", "样例党字〔2026〕50号", "样例党字〔2026〕60号",
    )  # fmt: skip
    assert [part(one, "label", "points", "reason") for one in letter["losses"]] == [("1.1.1", "1", "佐证不足")]
    assert part(letter["tasks"][0], "task", "by", "due") == (
        "考核结果报学校党委组织部备案", f"党委组织部、{OFFICE_TITLE}", "2027年1月14日",
    )  # fmt: skip
    assert part(filing, "addressee", "clause", "unit_count") == ("党委组织部", "第九条3", "1")
    assert part(filing["results"][0], "unit", "score", "grade") == ("样例学院1", "99", "优秀")
    said = text(college, "result-letter")
    for sentence in (
        "2026年度落实党风廉政建设责任制考核\n结果告知书",
        "样例学院1：",
        "佐证不足",
        "（样例党字〔2026〕60号，2026年12月30日）",
    ):
        assert sentence in said


def test_a_reminder_names_what_is_open_and_how_late_it_is(college: Console) -> None:
    walk(college, until="record_meeting")
    college.clock.at = college.clock.at.replace(month=12, day=5)
    (matter,) = values(college, "reminder")["matters"]
    assert part(matter, "matter", "by", "due", "state") == (
        "召开会议", f"考核工作组、{OFFICE_TITLE}", "2026年12月2日", "已逾期3天",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "until", "says"),
    [
        ("score-sheet", "score", "样例学院1 的“量化计分”尚未办结"),
        ("circular", "approve", "2026 年度各部门 的“党委审定”尚未办结"),
        ("result-letter", "circulate", "样例学院1 的“全校通报”尚未办结"),
        ("talk-summons", "", "没有这份文书所对应的结果运用事项"),
        ("reminder", "", "没有未办结的事项"),
    ],
)
def test_a_paper_is_not_made_before_what_it_says_is_so(college: Console, key: str, until: str, says: str) -> None:
    walk(college, until=until)
    with pytest.raises(UserError) as caught:
        values(college, key)
    assert says in caught.value.render("zh")


def test_a_paper_of_a_year_or_department_that_is_not_there_is_refused(college: Console) -> None:
    for key, year, unit in (("circular", 2031, None), ("minutes", 2026, "u-9"), ("minutes", 2031, "u-1")):
        with pytest.raises(UserError) as caught:
            values_of(college.engine, PAPERS[key], stream_of_paper(year, unit))
        assert "没有启动的考核" in caught.value.render("zh")


def test_every_value_of_a_paper_has_a_name_and_every_name_a_value(college: Console) -> None:
    circulated(college)
    refused = set()
    for key, paper in WORD.items():
        made = made_or_none(college, paper)
        if made is None:
            refused.add(key)
            continue
        assert set(made) == {name.en for name in NAMES[paper.key]}, key
        for name in NAMES[paper.key]:
            rows = made[name.en] if name.is_list else []
            assert all(set(row) == {one.en for one in name.columns} for row in rows), (key, name.en)
    assert refused == {"publicity", "talk-summons", "talk-note", "award-bar", "referral", "rectification"}


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("title", "issuer", "name"),
    [
        (MEASURE, "中共柳州职业技术学院委员会", "落实党风廉政建设责任制考核"),
        (
            "云梯职业学院（虚构）廉洁治理与服务作风年度考核办法",
            "云梯职业学院（虚构）校务委员会",
            "廉洁治理与服务作风年度考核",
        ),
        ("某校年度工作评价实施细则（暂行）", "某校", "工作评价"),
        ("办法", "某校", "考核"),
    ],
)
def test_titles_name_what_the_measure_assesses(title: str, issuer: str, name: str) -> None:
    """No database is read."""
    assert name_of_assessment(title, issuer) == name


def test_the_same_state_makes_the_same_bytes(college: Console) -> None:
    circulated(college)
    paper = PAPERS["result-letter"]
    assert make_paper(college.engine, paper, "assessment/2026/u-1") == make_paper(
        college.engine, paper, "assessment/2026/u-1"
    )


def test_a_fail_is_followed_by_its_papers_and_no_paper_names_a_case_or_a_measure(dialect: str, new_url: NewUrl) -> None:
    with wiring.read_only_engine(new_url(dialect, sixteen)) as engine:
        summons = values_of(engine, PAPERS["talk-summons"], "assessment/2026/u07")
        assert (summons["unit_name"], summons["grade"], summons["by"]) == ("环境食品学院", "不合格", "学校纪委")
        assert (summons["task"], summons["summoned"]) == (
            "由学校纪委对该部门领导班子进行约谈提醒", "党总支书记、院长、班子成员1、班子成员2",
        )  # fmt: skip
        assert summons["outcome"] == "考核结果为“不合格”，系根据《办法》第八条（三）2直接评定"
        assert "约谈提醒，并追究相关责任人的责任" in str(summons["words"])
        bar = values_of(engine, PAPERS["award-bar"], "assessment/2026/u07")
        assert (bar["addressee"], bar["by"]) == ("党委组织部", f"党委组织部、{OFFICE_TITLE}")
        assert summons.keys() == {name.en for name in NAMES["talk-summons"]}
        assert bar.keys() == {name.en for name in NAMES["award-bar"]}
        assert [one["post"] for one in bar["members"] if not isinstance(one, str)] == [
            "党总支书记", "院长", "班子成员1", "班子成员2",
        ]  # fmt: skip
        assert (bar["you"], bar["unit_task"]) == ("你部", "取消环境食品学院领导班子及其班子成员当年各类评优评先资格")
        year = present_sources(engine).year(2026)
        to_circulate = [replace(one, state=one.state.pop("approval")) for one in year.units]
        circular: Any = OF_YEAR["circular"](replace(year, units=tuple(to_circulate)))
        assert {one["grade"]: one["units"] for one in circular["grades"]}[
            "不合格"
        ] == "环境食品学院、建筑工程学院、图书馆"
        assert [part(one, "units", "clause") for one in circular["tasks"]] == [
            ("上述各部门", "第九条3"), ("环境食品学院、建筑工程学院、图书馆", "第九条2"),
        ]  # fmt: skip
        assert circular["tasks"][1]["task"].endswith("；由学校纪委对该部门领导班子进行约谈提醒；追究相关责任人的责任")
        assert circular["tasks"][1]["sentence"] == (
            "取消环境食品学院、建筑工程学院、图书馆领导班子及其班子成员当年各类评优评先资格；"
            "由学校纪委对上述部门领导班子进行约谈提醒；追究相关责任人的责任"
        )
        assert circular["notice"] == no_number(2026)
        # A case has its id and its outcome, and somebody who was held responsible has a measure: nobody learns them here.
        for paper in (one for one in WORD.values() if one.view != "cases"):
            for unit in (None,) if paper.of == "year" else ("u05", "u07", "u08", "u14"):
                try:
                    made = json.dumps(values_of(engine, paper, stream_of_paper(2026, unit)), ensure_ascii=False)
                except UserError:
                    continue
                assert [word for word in ("c-2026", "诫勉", "p-", "记过") if word in made] == [], (paper.key, unit)


@pytest.mark.one_database
def test_the_papers_of_another_measure_have_its_words_and_those_of_its_half_year_check_say_so(tmp_path: Path) -> None:
    """The database does not matter: the rulebook does."""
    url, edition = f"sqlite:///{tmp_path / 'other.db'}", load_edition(MEASURES / "cloudladder-2031.toml")
    run_any(url, edition, 2031, 4, 1, lambda *_: None)
    with wiring.read_only_engine(url, edition) as engine:
        for paper in WORD.values():
            for occasion in (None, "midyear") if paper.of == "assessment" else (None,):
                try:
                    made = values_of(
                        engine, paper, stream_of_paper(2031, None if paper.of == "year" else "u01", occasion)
                    )
                except NoStage:
                    assert not set(paper.stages) & edition.rulebook.at(occasion).stages.keys(), paper.key
                    continue
                except UserError:
                    assert paper.task or paper.key in ("reminder", "rectification", "recusal"), (
                        "this measure has no such tasks"
                    )
                    continue
                assert set(made) == {name.en for name in NAMES[paper.key]}
                assert "云梯职业学院（虚构）" in str(made["measure"])
                assert made.get("occasion", "") == ("半年检查" if occasion else "")


@pytest.mark.one_database
def test_sixty_letters_are_made_in_one_run_within_ten_seconds(tmp_path: Path) -> None:
    """The database does not matter to the writing of files."""
    url = f"sqlite:///{tmp_path / 'sixty.db'}"
    live(url, 60)
    begun = perf_counter()
    done = kaohe("make", "result-letter", "--of", "2026", "--out", tmp_path / "letters", "--database", url)
    assert perf_counter() - begun < 10
    assert (done.exit_code, "60 份" in done.output) == (0, True), done.output
    files = sorted((tmp_path / "letters").iterdir())
    assert len(files) == 60
    assert files[0].name == "result-letter-2026-u01.docx"
    assert "智能制造学院：" in lines(files[0].read_bytes())


def kaohe(*words: object) -> Any:
    return CliRunner().invoke(app, ["papers", *map(str, words), "--lang", "zh"])


@pytest.mark.one_database
def test_the_commands_list_the_papers_write_a_template_and_check_it(tmp_path: Path) -> None:
    """No database is read."""
    listed = kaohe("list")
    assert listed.exit_code == 0
    assert all(key in listed.output for key in PAPERS)
    file = tmp_path / "通报.docx"
    assert kaohe("template", "circular", "--out", file).exit_code == 0
    assert file.read_bytes() == shipped_template("circular")
    assert kaohe("check", "circular", file).exit_code == 0
    names = kaohe("names", "circular").output
    assert "{{通报文号}}" in names
    wrong = kaohe("check", "circular", tmp_path / "none.docx")
    assert (wrong.exit_code, kaohe("check", "letter", file).exit_code) == (2, 2)


@pytest.mark.one_database
def test_a_template_with_faults_is_refused_with_all_of_them_and_nothing_is_made(tmp_path: Path) -> None:
    """No database is read: the template is checked first."""
    file = tmp_path / "通报.docx"
    file.write_bytes(template(paragraph("{{通报字号}}"), paragraph("{{年度 }"), header=paragraph("")))
    done = kaohe("check", "circular", file)
    assert done.exit_code == 1
    for said in ("没有“通报字号”，是否为“通报文号”？", "缺少“年度”", "缺少“结果”"):
        assert said in done.output
    out = tmp_path / "out.docx"
    assert kaohe("make", "circular", "--of", "2026", "--template", file, "--out", out).exit_code == 1
    assert not out.exists()
    picture = tmp_path / "通报.pdf"
    picture.write_bytes(b"%PDF-1.4")
    assert kaohe("check", "circular", picture).exit_code == 1


@pytest.mark.parametrize("of", ["26", "2026/u 1", "2026/u-1/x/y"])
@pytest.mark.one_database
def test_a_wrong_year_or_department_is_refused_before_anything_is_read(tmp_path: Path, of: str) -> None:
    """No database is read."""
    assert kaohe("make", "minutes", "--of", of, "--out", tmp_path / "out.docx").exit_code == 2
    assert kaohe("make", "circular", "--of", "2026/u-1", "--out", tmp_path / "out.docx").exit_code == 2


def test_the_command_makes_each_that_can_be_made_and_says_why_not_the_others(college: Console, tmp_path: Path) -> None:
    circulated(college)
    own = tmp_path / "own.docx"
    own.write_bytes(template(paragraph("{{部门名称}}{{年度}}：{{等次}}")))
    url, out = college.database.url, tmp_path / "letters"
    done = kaohe("make", "result-letter", "--of", "2026", "--template", own, "--out", out, "--database", url)
    assert done.exit_code == 0, done.output
    assert "未制作：样例学院2 的“全校通报”尚未办结" in done.output
    assert lines((out / "result-letter-2026-u-1.docx").read_bytes()) == ["样例学院12026：优秀"]
    assert not (out / "result-letter-2026-u-2.docx").exists()
