"""The Excel papers: what is in each, read by another library than wrote it; who gets it; and that it is read back."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from config.rulebooks import load_edition
from console.papers.making import make_paper, sheets_from, stream_of_paper
from console.papers.sheets.source import PaperSheets
from demo.year import run_any
from documents.sheets.reading import read
from documents.sheets.writing import PRINTED_WIDTH, ExcelColumn, narrowed
from states.papers.catalogue import PAPERS
from states.user_errors import UserError
from states.vocabulary import Opaque
from storage.master_key import MasterKey
from storage.people import Person
from storage.vault.vault import use_key
from tests.college import OFFICE
from tests.conftest import NewUrl, require
from tests.sample_year import sixteen
from workflow import wiring
from workflow.papers.sources import present_sources
from workflow.papers.words import NoStage
from workflow.people import store_people

from .test_cases import FORM
from .test_cases import send as send_case
from .test_evidence import FIRST, SECOND, add, paper, review
from .test_move_in import upload
from .test_paper_issue import issue
from .test_papers import kaohe, of
from .test_score_file import drafted, fill, points_of, row_of
from .test_score_file import upload as upload_scores
from .test_visits import planned
from .walk import ELEMENTS, HOME, step, text, walk
from .web import Console

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEASURE = "柳州职业技术学院落实党风廉政建设责任制考核办法（试行）"
NAME = "落实党风廉政建设责任制考核"
OF_YEAR = f"年度：2026　　依据：《{MEASURE}》"
SHEETS = [key for key, paper in PAPERS.items() if paper.file == "xlsx"]
PEOPLE = (
    Person(id=Opaque("u-1-h1"), name="样例·甲", staff_number="0101", post="院长", unit="u-1"),
    Person(id=Opaque("u-1-m1"), name="样例·乙", staff_number="0102", post="副院长", unit="u-1"),
    Person(id=Opaque("u-2-h1"), name="样例·丙", staff_number="0201", post="院长", unit="u-2"),
    Person(id=Opaque("u-2-m1"), name="样例·丁", staff_number="0202", post="副院长", unit="u-2"),
)


@pytest.fixture
def informed(college: Console, tmp_path: Path) -> Console:
    """The college with the names of its teams."""
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    store_people(college.engine, PEOPLE, OFFICE)
    return college


def made(college: Console, key: str, unit: str = "u-1") -> bytes:
    return make_paper(college.engine, PAPERS[key], of(PAPERS[key], unit))


def sheet_of(data: bytes) -> Worksheet:
    return openpyxl.load_workbook(BytesIO(data)).worksheets[0]


def sheet(college: Console, key: str, unit: str = "u-1") -> Worksheet:
    return sheet_of(made(college, key, unit))


def rows(one: Worksheet) -> list[dict[str, Any]]:
    """The rows below the heads, by their heads; without the lines below the table."""
    heads, *below = one.iter_rows(3, values_only=True)
    table = [dict(zip(map(str, heads), row, strict=True)) for row in below]
    notes = sum(str(area).startswith(("A", "B")) for area in one.merged_cells.ranges)
    return table[: len(table) - notes]


def part(row: dict[str, Any], *heads: str) -> tuple[Any, ...]:
    return tuple(row[head] for head in heads)


def test_the_timetable_has_the_planned_visits_by_day_and_time_and_blanks_for_the_rest(college: Console) -> None:
    blank = rows(sheet(college, "timetable"))
    assert [part(row, "序号", "单位", "日期", "应到", "工作组成员") for row in blank] == [
        (1, "样例学院1", None, 20, None), (2, "样例学院2", None, 20, None),
    ]  # fmt: skip
    planned(college)
    one = sheet(college, "timetable")
    assert (one["A1"].value, one["A2"].value) == (f"2026年度{NAME}日程安排表", OF_YEAR)
    first, second = rows(one)
    assert part(first, "单位", "日期", "时间", "地点", "工作组") == (
        "样例学院1", datetime(2026, 12, 1), "09:00–11:30", "u-1 会议室", "第一组",
    )  # fmt: skip
    assert part(first, "工作组成员", "联系人") == ("样例·assessor、样例·working_group", "样例·assessor")
    assert part(second, "单位", "时间") == ("样例学院2", "14:30–17:00")


def test_the_roster_has_every_member_of_a_team_and_the_sheet_to_move_in_knows_them_all(informed: Console) -> None:
    one = sheet(informed, "roster")
    assert (one["A1"].value, str(one["A2"].value).startswith(OF_YEAR)) == (f"2026年度{NAME}对象名册", True)
    heads = ("部门编号", "部门名称", "教职工数", "姓名", "工号", "职务", "班子")
    assert [part(row, *heads) for row in rows(one)] == [
        ("u-1", "样例学院1", 20, "样例·甲", "0101", "院长", "正职"),
        ("u-1", "样例学院1", 20, "样例·乙", "0102", "副院长", "副职"),
        ("u-2", "样例学院2", 20, "样例·丙", "0201", "院长", "正职"),
        ("u-2", "样例学院2", 20, "样例·丁", "0202", "副院长", "副职"),
    ]
    page = text(upload(informed.sign_in("office"), made(informed, "roster")).text)
    assert "与现有名册、人员一致，没有要搬入的内容" in page


def test_the_roster_is_corrected_in_its_open_cells_and_read_back(informed: Console) -> None:
    book = openpyxl.load_workbook(BytesIO(made(informed, "roster")))
    teams, units = book.worksheets
    assert units["A1"].value == f"2026年度{NAME}被考核部门名单"
    heads = [cell.value for cell in teams[3]]
    open_heads = [head for head, cell in zip(heads, teams[4], strict=True) if not cell.protection.locked]
    assert open_heads == ["教职工数", "姓名", "工号", "职务", "班子"]
    assert [cell.value for cell in units[3] if not units.cell(4, cell.column or 0).protection.locked] == ["教职工数"]
    teams.cell(4, heads.index("职务") + 1).value = "院长、总支书记"
    corrected = BytesIO()
    book.save(corrected)
    page = text(upload(informed.sign_in("office"), corrected.getvalue()).text)
    assert "院长、总支书记" in page


def test_a_blank_self_score_is_the_file_of_its_form_and_a_submitted_one_has_the_points(college: Console) -> None:
    client = college.sign_in("unit-1")
    assert made(college, "self-score") == client.get(f"{HOME}/submit_self_report/file/download").content
    walk(college, until="record_meeting")
    one = sheet(college, "self-score")
    assert one["B1"].value == f"样例学院12026年度{NAME}自评表"
    assert one["B2"].value == "依据：《柳州职业技术学院落实党风廉政建设责任制考核指标（二级学院）》（附件1）"
    *elements, subtotal, deductions, total = rows(one)
    assert [row["自评"] for row in elements] == [element.points for element in ELEMENTS.values()]
    assert part(elements[0], "序号", "编号", "分值") == (1, "1.1.1", 6)
    sums = [f'=IF(COUNT({letter}4:{letter}27)=0,"",SUM({letter}4:{letter}27))' for letter in "GH"]
    assert part(subtotal, "序号", "分值", "自评") == ("小计", *sums)
    assert part(deductions, "编号", "一级指标", "自评") == ("5.1", "5.扣分项（视违规违纪受处分情形进行累计）", None)
    assert "每起分别减2、4、6、8分" in deductions["考核要素"]
    assert part(total, "序号", "分值", "自评") == ("合计", None, None)
    last = one.cell(one.max_row, 2).value
    assert re.sub("　+", "", last) == "填表人（签名）：部门负责人（签名、盖章）：年月日"


def test_an_unmarked_sheet_has_no_sum_and_how_to_bring_it_back_is_not_printed(college: Console) -> None:
    data = made(college, "self-score")
    one = openpyxl.load_workbook(BytesIO(data), data_only=True).worksheets[0]
    subtotal = next(row for row in rows(one) if row["序号"] == "小计")
    assert part(subtotal, "分值", "自评") == (100, None)
    printed = " ".join(str(cell.value) for row in one.iter_rows() for cell in row)
    assert "上传" not in printed
    assert {"上传" in str(check.prompt) for check in one.data_validations.dataValidation} == {True}


def test_the_sheet_of_an_assessor_is_the_file_of_the_form_of_whom_it_is_made_for(college: Console) -> None:
    walk(college, until="fill_sheet")
    client = college.sign_in("assessor")
    paper = client.get(f"{HOME}/papers/assessor-score.xlsx").content
    assert paper == client.get(f"{HOME}/fill_sheet/file/download").content
    first = rows(sheet_of(paper))[0]
    assert part(first, "分值", "自评", "查阅资料", "考核", "扣分理由") == (6, 6, "落实", None, None)
    step(college, "fill_sheet", "assessor")
    own, others = (
        rows(sheet_of(college.sign_in(who).get(f"{HOME}/papers/assessor-score.xlsx").content))[0]
        for who in ("assessor", "working_group")
    )
    assert part(own, "考核", "扣分理由") == (5, "佐证不足")
    assert part(others, "考核", "扣分理由") == (None, None), "nobody gets the sheet of another assessor"


def test_the_list_of_evidence_has_a_row_for_each_document_and_for_each_element_without_one(informed: Console) -> None:
    unit = informed.sign_in("unit-1")
    add(unit, FIRST, paper("会议记录.pdf"), paper("学习台账.pdf"), dated="2026-03-04", note="第一季度")
    add(unit, SECOND, paper("责任书.pdf"))
    assert {row["状态"] for row in rows(sheet(informed, "evidence-list"))} == {"待交"}, (
        "what is not handed in is not seen"
    )
    walk(informed, until="review_documents")
    handed_in = rows(sheet(informed, "evidence-list"))
    assert {row["状态"] for row in handed_in} == {"已报送", "未附材料"}, (
        "the report is there, so nothing is still to come"
    )
    review(informed, {"会议记录.pdf": "yes", "学习台账.pdf": "partly", "责任书.pdf": "no"})
    one = sheet(informed, "evidence-list")
    assert (one["A1"].value, one["A2"].value) == (f"2026年度{NAME}佐证材料目录", f"部门：样例学院1　　{OF_YEAR}")
    listed = rows(one)
    assert len(listed) == len(ELEMENTS) + 1
    assert [part(row, "编号", "材料名称", "状态", "核验", "备注") for row in listed if row["编号"]] == [
        (1, "会议记录.pdf", "已报送", "符合", "第一季度"), (2, "学习台账.pdf", "已报送", "部分符合", "第一季度"), (3, "责任书.pdf", "已报送", "不符合", None),
    ]  # fmt: skip
    assert listed[0]["材料日期"] == datetime(2026, 3, 4)
    office = informed.sign_in("working_group").get("/evidence/2026/u-1/catalogue.xlsx")
    assert office.content == made(informed, "evidence-list"), "the page of the folder has the same file"


def test_the_list_of_the_review_has_the_numbers_of_the_evidence_and_what_was_found(informed: Console) -> None:
    add(informed.sign_in("unit-1"), FIRST, paper("会议记录.pdf"), paper("学习台账.pdf"))
    walk(informed, until="review_documents")
    blank = rows(sheet(informed, "review-list"))
    assert [part(row, "已查材料编号", "材料结论", "查验结果") for row in blank[:3]] == [
        ("1", None, None), ("2", None, None), (None, None, None),
    ]  # fmt: skip
    review(informed, {"会议记录.pdf": "yes", "学习台账.pdf": "partly"})
    one = sheet(informed, "review-list")
    assert one["A2"].value == f"部门：样例学院1　　{OF_YEAR}　　查阅日期：2026年12月9日"
    found = rows(one)
    assert [part(row, "已查材料编号", "材料结论", "查验结果") for row in found[:4]] == [
        ("1", "符合", "落实"), ("2", "部分符合", None), ("1 份（工作组查到）", None, None), ("1 份（工作组查到）", None, "落实"),
    ]  # fmt: skip
    signing = re.sub("　+", "", one.cell(one.max_row, 1).value)
    assert signing == "查阅人（签名）：部门确认（签名）：年月日"
    assert found[0]["考核要素"].startswith("1.1.1 结合实际制定本学院年度理论学习计划")


def test_the_summary_of_the_votes_is_by_post_and_says_of_what_the_shares_are(college: Console) -> None:
    with pytest.raises(UserError, match="民主测评"):
        made(college, "ballot-summary")
    walk(college, until="record_ballot")
    votes = {"satisfied": "10", "mostly_satisfied": "5", "dissatisfied": "3", "abstain": "1"}
    step(college, "record_ballot", **{f"ballot.team.{option}": count for option, count in votes.items()})
    one = sheet(college, "ballot-summary")
    assert one["A2"].value == f"部门：样例学院1　　{OF_YEAR}　　测评日期：2026年11月26日"
    team, head, member = rows(one)
    assert tuple(team.values()) == (1, "领导班子", 19, 19, 19, 10, 55.56, 5, 27.78, 3, 16.67, 1)
    assert part(head, "测评对象", "满意（票）", "满意（%）", "弃权（票）") == ("院长", 19, 100, 0)
    assert member["测评对象"] == "副院长"
    notes = [one.cell(row, 1).value for row in (7, 8)]
    assert notes[0] == "注：各项比率＝该项票数÷（满意、基本满意、不满意）票数之和×100%，保留两位小数，弃权票不计入。"
    assert str(notes[1]).startswith("监票人（签名）：")


def test_the_cases_of_a_year_have_who_the_outcome_and_what_it_costs(informed: Console) -> None:
    discipline = informed.sign_in("discipline")
    assert send_case(discipline, "/cases/new", **{**FORM, "person.0": "样例·乙"}).status_code == 303
    other = {**FORM, "unit": "u-2", "person.0": "样例·丙", "effective_on.0": "2025-10-20", "acted_on": "2025-05-10"}
    assert send_case(discipline, "/cases/new", **other).status_code == 303
    one = sheet_of(discipline.get("/papers/2026/cases.xlsx").content)
    assert one["A1"].value == "2026年度落实党风廉政建设责任制考核案件清单"
    assert "不含制表人所在部门的案件" in str(one["A2"].value)
    (case,) = rows(one)
    assert part(case, "部门", "姓名", "工号", "处理结果", "人员身份", "文号", "对考核的影响", "状态") == (
        "样例学院1", "样例·乙", "0102", "党内警告", "党员干部", "纪字〔2026〕3号", "−8", None,
    )  # fmt: skip
    assert case["生效日期"] == datetime(2026, 10, 20)
    page = rows(sheet_of(discipline.get("/cases.xlsx").content))
    assert case in page
    assert len(page) == 2, "the page of cases has those of every year"


def test_nobody_gets_a_case_of_the_own_department_and_only_who_may_see_cases_gets_any(college: Console) -> None:
    assert send_case(college.sign_in("discipline"), "/cases/new", **FORM).status_code == 303
    college.people({"ours": ("discipline", "u-1")})
    assert rows(sheet_of(college.sign_in("ours").get("/papers/2026/cases.xlsx").content)) == []
    for account in ("working_group", "assessor", "unit-1"):
        assert college.sign_in(account).get("/papers/2026/cases.xlsx").status_code == 403
    assert college.sign_in("discipline").get("/papers/2026/cases.docx").status_code == 409


def test_the_summary_of_the_results_has_every_department_and_counts_the_grades(college: Console) -> None:
    with pytest.raises(UserError, match="量化计分"):
        made(college, "results")
    walk(college, until="circulate")
    one = sheet(college, "results")
    assert (one["A1"].value, one["A2"].value) == (f"2026年度{NAME}结果汇总表", OF_YEAR)
    scored, open_ = rows(one)
    assert tuple(scored.values()) == (
        1, "样例学院1", "二级学院", 100, 0, 100, None, "优秀", "样例党字〔2026〕50号", None,
    )  # fmt: skip
    assert part(open_, "部门", "得分", "等次", "备注") == ("样例学院2", None, None, "未计分")
    assert (
        one["A6"].value == "共 2 个部门，已计分 1 个；优秀 1 个、合格 0 个、基本合格 0 个、不合格 0 个；平均得分 100.00"
    )


def test_a_veto_in_the_summary_of_the_results_names_its_clause_and_no_case(dialect: str, new_url: NewUrl) -> None:
    with wiring.read_only_engine(new_url(dialect, sixteen)) as engine:
        data = make_paper(engine, PAPERS["results"], "year/2026")
        cases = rows(sheet_of(make_paper(engine, PAPERS["cases"], "year/2026")))
    by_unit = {row["部门"]: row for row in rows(sheet_of(data))}
    assert part(by_unit["环境食品学院"], "指标得分", "扣分", "得分", "等次限制（条款）", "等次") == (
        86, 0, 86, "直接评定（第八条（三）2）", "不合格",
    )  # fmt: skip
    assert part(by_unit["艺术设计学院"], "指标得分", "扣分", "得分", "等次") == (84, 8, 76, "合格")
    effects = {row["处理结果"]: row["对考核的影响"] for row in cases}
    assert (effects["撤职"], effects["通报批评"]) == ("直接评定为不合格", "−4")
    with ZipFile(BytesIO(data)) as file:
        everything = b"".join(file.read(name) for name in file.namelist()).decode()
    assert [word for word in ("c-2026", "撤职", "降级", "p-u") if word in everything] == []


def test_the_list_for_the_archive_has_what_the_year_has_by_retention(college: Console) -> None:
    walk(college)
    for key in ("result-letter", "circular", "resolution"):
        issue(college, path=f"/papers/2026/{key}", of=of(PAPERS[key]))
    listed = rows(sheet(college, "archive-list"))
    assert [part(row, "档号", "题名", "文号", "日期", "保管期限", "备注") for row in listed[:3]] == [
        ("□□□□-WS·2026-Y-□□-0001", "2026年度审定决议", "样例党字〔2026〕50号", "20261224", "永久", "无盖章件"),
        ("□□□□-WS·2026-Y-□□-0002", "2026年度通报", "样例党字〔2026〕60号", "20261230", "永久", "无盖章件"),
        ("□□□□-WS·2026-D30-□□-0001", "样例学院12026年度结果告知书", None, "20261231", "30年", "无盖章件"),
    ]  # fmt: skip
    report = next(row for row in listed if row["题名"] == "样例学院12026年度自查自评材料")
    assert part(report, "责任者", "日期", "保管期限") == ("样例学院1", "20261119", "30年")


def test_only_a_paper_that_may_have_names_has_any_and_the_same_state_makes_the_same_bytes(informed: Console) -> None:
    informed.member("head", "u-1-h1", "u-1")
    walk(informed)
    with_names = set()
    for key in SHEETS:
        data = made(informed, key)
        assert data == made(informed, key), key
        with ZipFile(BytesIO(data)) as file:
            if "样例·" in b"".join(file.read(name) for name in file.namelist()).decode():
                with_names.add(key)
    assert with_names == {"roster"}, "no visit is planned, no case recorded, no file has a name"
    assert {key for key in SHEETS if PAPERS[key].has_persons} == {
        "timetable", "roster", "evidence-list", "assessor-score", "cases",
    }  # fmt: skip


def test_every_sheet_prints_on_a4_across_one_page_wide_with_its_heads_on_each_page(college: Console) -> None:
    walk(college)
    for key in SHEETS:
        one = sheet(college, key)
        setup = one.page_setup
        assert (setup.paperSize, setup.orientation, setup.fitToHeight) == (9, "landscape", 0), key
        assert one.sheet_properties.pageSetUpPr is not None
        assert one.sheet_properties.pageSetUpPr.fitToPage
        assert one.print_title_rows == "$1:$3", key
        assert one.oddFooter.center.text == "第 &P 页 共 &N 页", key
        assert one.freeze_panes == "A4", key
        assert one.protection.sheet, key
        assert not one.protection.password, key


def test_every_sheet_is_printed_at_nine_points_or_more(college: Console) -> None:
    """Its columns are no wider than a page across takes (`PRINTED_WIDTH`); its type has 11 points."""
    walk(college)
    sources = present_sources(college.engine)
    for key in SHEETS:
        assert widest(sheets_from(sources, PAPERS[key], of(PAPERS[key]))) <= PRINTED_WIDTH, key


def widest(sheets: PaperSheets) -> int:
    """The width of the widest table, in characters."""
    return max(sum(one.width for one in table.columns if not one.is_key) for table in sheets.tables)


def test_columns_of_words_are_made_narrower_until_a_table_fits_on_a_page() -> None:
    columns = [
        ExcelColumn(title="1", width=6, kind="number"), ExcelColumn(title="2", width=60), ExcelColumn(title="3", width=100),
        ExcelColumn(title="4", width=8), ExcelColumn(title="key", width=50, is_key=True),
    ]  # fmt: skip
    made_narrower = [column.width for column in narrowed(columns)]
    assert (made_narrower[0], made_narrower[3], made_narrower[4]) == (6, 8, 50)
    assert PRINTED_WIDTH - 2 <= sum(made_narrower[:4]) <= PRINTED_WIDTH
    assert made_narrower[1] < made_narrower[2]
    assert narrowed(columns[:2]) == tuple(columns[:2])
    wide = [ExcelColumn(title=str(number), width=20) for number in range(30)]
    assert {column.width for column in narrowed(wide)} == {8}, "no column is too narrow for a word"


def test_the_pages_give_the_files_offer_no_template_and_say_who_saved_one(college: Console) -> None:
    walk(college, until="record_ballot")
    office = college.sign_in("office")
    page = office.get("/papers/2026").text
    assert "/papers/2026/timetable" in page
    assert "/papers/2026/timetable.xlsx" in office.get("/papers/2026/timetable").text
    assert "/papers/templates/timetable" not in page
    answer = office.get("/papers/2026/timetable.xlsx")
    assert (answer.status_code, answer.headers["content-type"]) == (200, EXCEL)
    assert "exported" in college.events("office")
    assert office.get("/papers/2026/timetable.docx").status_code == 409
    assert office.get("/papers/templates/timetable").status_code == 409
    with ZipFile(BytesIO(office.get("/papers/2026/self-score.zip").content)) as file:
        assert file.namelist() == ["样例学院1-自评表.xlsx", "样例学院2-自评表.xlsx"]
        assert file.read("样例学院1-自评表.xlsx") == made(college, "self-score")
    unit = college.sign_in("unit-1")
    assert f"{HOME}/papers/self-score.xlsx" in unit.get(HOME).text
    assert unit.get(f"{HOME}/papers/self-score.xlsx").content == made(college, "self-score")
    assert unit.get("/assessments/2026/u-2/papers/self-score.xlsx").status_code == 403
    assert unit.get(f"{HOME}/papers/review-list.xlsx").status_code == 403


def test_the_command_makes_excel_papers_and_says_that_they_have_no_template(college: Console, tmp_path: Path) -> None:
    url = college.database.url
    file, folder = tmp_path / "日程.xlsx", tmp_path / "sheets"
    assert kaohe("make", "timetable", "--of", "2026", "--out", file, "--database", url).exit_code == 0
    assert file.read_bytes() == made(college, "timetable")
    assert kaohe("make", "self-score", "--of", "2026", "--out", folder, "--database", url).exit_code == 0
    assert sorted(one.name for one in folder.iterdir()) == ["self-score-2026-u-1.xlsx", "self-score-2026-u-2.xlsx"]
    own = tmp_path / "own.docx"
    own.write_bytes(b"")
    for words in (
        ("make", "timetable", "--of", "2026", "--out", file, "--template", own), ("names", "timetable"),
        ("check", "timetable", own), ("template", "timetable", "--out", own),
    ):  # fmt: skip
        refused = kaohe(*words)
        assert (refused.exit_code, "没有可替换的模板" in refused.output.replace("\n", "")) == (2, True), words


@pytest.mark.one_database
def test_the_sheets_of_another_measure_have_its_words_and_no_other(tmp_path: Path) -> None:
    """The database does not matter: the rulebook does."""
    edition = load_edition(Path(__file__).parents[1] / "measures" / "cloudladder-2031.toml")
    url = f"sqlite:///{tmp_path / 'other.db'}"
    run_any(url, edition, 2031, 4, 1, lambda *_: None)
    with wiring.read_only_engine(url, edition) as engine:
        for key in SHEETS:
            for occasion in (None, "midyear") if PAPERS[key].of == "assessment" else (None,):
                unit = None if PAPERS[key].of == "year" else "u01"
                try:
                    about = stream_of_paper(2031, unit, occasion)
                    assert widest(sheets_from(present_sources(engine), PAPERS[key], about)) <= PRINTED_WIDTH, key
                    workbook = read(make_paper(engine, PAPERS[key], about))
                except NoStage:
                    continue
                words = " ".join(cell.text for one in workbook for row in one.rows for cell in row.cells.values())
                assert "柳州" not in words
                assert "党风廉政" not in words
                assert "2031" in words, key


def office(folder: Path, to: str, *files: Path) -> Path:
    """The files as LibreOffice writes them; the folder where they are."""
    if shutil.which("soffice") is None or shutil.which("pdfinfo") is None or shutil.which("pdftohtml") is None:
        require("LibreOffice and poppler", "soffice, pdfinfo or pdftohtml is not there")
    out = folder / f"made-{to}"
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", to, "--outdir", str(out), *map(str, files)],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    return out


@pytest.mark.one_database
def test_libreoffice_prints_every_sheet_on_a4_across_and_the_short_ones_on_one_page(
    college: Console, tmp_path: Path
) -> None:
    """The database does not matter to how a file looks."""
    walk(college)
    files = {key: tmp_path / f"{key}.xlsx" for key in SHEETS}
    for key, file in files.items():
        file.write_bytes(made(college, key))
    out = office(tmp_path, "pdf", *files.values())
    pages = {}
    for key in SHEETS:
        told = subprocess.run(["pdfinfo", str(out / f"{key}.pdf")], check=True, capture_output=True, text=True).stdout
        width, height = re.findall(r"Page size:\s+([\d.]+) x ([\d.]+)", told)[0]
        assert (round(float(width) / 72 * 25.4), round(float(height) / 72 * 25.4)) == (297, 210), key
        pages[key] = int(re.findall(r"Pages:\s+(\d+)", told)[0])
        fonts = ["pdftohtml", "-xml", "-i", "-zoom", "3", "-stdout", str(out / f"{key}.pdf")]
        drawn = subprocess.run(fonts, check=True, capture_output=True, text=True).stdout
        assert min(map(int, re.findall(r'<fontspec[^>]* size="(\d+)"', drawn))) >= 3 * 9, key
    for key in ("timetable", "ballot-summary", "cases", "results", "archive-list"):
        assert pages[key] == 1, (key, pages)
    assert pages["roster"] == 2, "the teams, and the departments"
    assert max(pages.values()) <= 3, pages


@pytest.mark.one_database
def test_a_score_sheet_that_libreoffice_opened_and_saved_comes_back(college: Console, tmp_path: Path) -> None:
    """The draft is the same table as that of any form."""
    element = ELEMENTS[FIRST]
    for act, key, account, until in (
        ("submit_self_report", "self-score", "unit-1", "submit_self_report"),
        ("fill_sheet", "assessor-score", "assessor", "fill_sheet"),
    ):
        walk(college, until=until)
        client = college.sign_in(account)
        book = openpyxl.load_workbook(BytesIO(client.get(f"{HOME}/papers/{key}.xlsx").content))
        one = book.worksheets[0]
        one.cell(row_of(one, FIRST), points_of(one)).value = float(element.points or 0) - 0.5
        file = tmp_path / f"{key}.xlsx"
        book.save(file)
        saved = (office(tmp_path, "xlsx", file) / file.name).read_bytes()
        page = upload_scores(client, saved, f"{HOME}/{act}")
        assert "改动 1 项" in page.text, text(page.text)[:800]
        fill(client, page.text, f"{HOME}/{act}")
        drafts = drafted(client, f"{HOME}/{act}")
        field = "self_scores" if act == "submit_self_report" else "marks"
        assert drafts[f"{field}.{FIRST}"] == f"{float(element.points or 0) - 0.5:g}"
