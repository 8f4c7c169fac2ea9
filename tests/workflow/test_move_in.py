"""An office brings its college in: the sheets as the personnel office has them, every fault at once, nothing half done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from audit.reader import DatabaseReader
from audit.replay import replay
from config.cells import Area, Cell, CellRow, CellSheet, Workbook
from config.clock import VirtualClock
from config.tables import find_tables
from states.streams import ROSTER
from states.vocabulary import Actor, Opaque, Words
from states.year.roster import RenameUnit
from storage import people
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.master_key import MasterKey
from storage.vault.vault import use_key
from tests.college import EDITION, RULEBOOK, Silent
from workflow.engine import Accepted, Engine
from workflow.move_in.arrival import carry_out
from workflow.move_in.heads import HEADS
from workflow.move_in.lines import read_lines, team_by_post
from workflow.move_in.plan import Known, MoveInPlan, likely_kind, plan_of

OFFICE = Actor("office-1", "office")
TODAY = date(2026, 11, 9)


def sheet(name: str, *rows: tuple[str, ...], merged: tuple[Area, ...] = ()) -> CellSheet:
    made = (
        CellRow(number, {column: Cell(text) for column, text in enumerate(row, 1) if text})
        for number, row in enumerate(rows, 1)
    )
    return CellSheet(name, tuple(row for row in made if row.cells), merged)


UNITS = sheet(
    "部门",
    ("样例学院部门一览表",),
    ("序号", "单位名称", "类别", "人数"),
    ("1", "样例机电学院", "二级学院", "62"),
    ("2", "样例后勤处", "党政部门", "12"),
)
PEOPLE = sheet(
    "人员",
    ("姓 名", "职工号", "所在部门", "行政职务", "班子", "政治面貌", "手机号码", "系统角色"),
    ("样例·甲", "0001", "样例机电学院", "党总支书记", "正职", "中共党员", "139 0000 0001", ""),
    ("样例·乙", "0002", "样例机电学院", "院长", "正职", "群众", "", ""),
    ("样例·丙", "0003", "样例机电学院", "副院长", "副职", "民盟盟员", "", "被考核部门"),
    ("样例·丁", "0004", "样例后勤处", "处长", "正职", "党员", "", "考核工作组成员、考核领导小组办公室"),
    ("样例·戊", "0005", "样例后勤处", "科员", "", "", "", ""),
)


@pytest.fixture
def engine(database: Database, tmp_path: Path) -> Iterator[Engine]:
    use_key(database, MasterKey.create(tmp_path / "vault.key"))
    made = Engine(Ledger(database), VirtualClock(datetime(2026, 11, 9, 8, tzinfo=UTC)), EDITION, Silent())
    yield made
    made.ledger.close()


def plan(engine: Engine, *workbook: CellSheet, kinds: dict[str, str] | None = None) -> MoveInPlan:
    book: Workbook = workbook
    known = Known(engine.roster(), people.people(engine.ledger.database), RULEBOOK, TODAY, people.new_id)
    return plan_of(read_lines(find_tables(book, HEADS, {})), known, kinds or {})


def faults(made: MoveInPlan) -> list[str]:
    return [fault.text.zh for fault in made.faults]


def test_departments_teams_and_people_come_in_from_sheets_as_the_office_has_them(engine: Engine) -> None:
    made = plan(engine, UNITS, PEOPLE)
    assert faults(made) == []
    assert carry_out(engine, made, OFFICE, "move-in") is None
    mechanics, logistics = engine.roster().current()
    assert [mechanics.title, mechanics.unit_kind, mechanics.staff] == ["样例机电学院", "college", 62]
    assert [one.position for one in (*mechanics.heads, *mechanics.members)] == ["党总支书记", "院长", "副院长"]
    assert [logistics.title, logistics.unit_kind, len(logistics.members)] == ["样例后勤处", "party-admin", 0]
    known = people.people(engine.ledger.database)
    assert known[mechanics.heads[0].person].name == "样例·甲"
    assert {one.name: one.is_party_member for one in known.values()} == {
        "样例·甲": True, "样例·乙": False, "样例·丙": False, "样例·丁": True, "样例·戊": None,
    }  # fmt: skip
    assert next(one for one in known.values() if one.name == "样例·丁").roles == ("assessor", "office")
    assert not replay(DatabaseReader(engine.ledger.database)).defects


def test_the_same_workbook_a_second_time_changes_nothing(engine: Engine) -> None:
    carry_out(engine, plan(engine, UNITS, PEOPLE), OFFICE, "move-in")
    again = plan(engine, UNITS, PEOPLE)
    assert again.is_empty
    assert again.same == 5
    assert not again.gone


def test_a_later_sheet_changes_a_post_moves_a_person_and_names_who_is_gone(engine: Engine) -> None:
    carry_out(engine, plan(engine, UNITS, PEOPLE), OFFICE, "move-in")
    head = PEOPLE.rows[0]
    later = CellSheet("人员", (head, *sheet(
        "人员",
        ("样例·甲", "0001", "样例机电学院", "党总支书记、院长", "正职", "", "", ""),
        ("样例·丙", "0003", "样例后勤处", "处长", "正职", "", "", ""),
        ("样例·戊", "0005", "样例后勤处", "副处长", "副职", "", "", ""),
    ).rows[0:]))  # fmt: skip
    later = CellSheet("人员", (head, *(CellRow(row.number + 1, row.cells) for row in later.rows[1:])))
    made = plan(engine, later)
    assert faults(made) == []
    assert [one.name for one in made.gone] == ["样例·丁", "样例·乙"] or {one.name for one in made.gone} == {
        "样例·乙",
        "样例·丁",
    }
    assert carry_out(engine, made, OFFICE, "later") is None
    mechanics, logistics = engine.roster().current()
    names = {id_: one.name for id_, one in people.people(engine.ledger.database).items()}
    assert [(names[one.person], one.position) for one in mechanics.heads] == [("样例·甲", "党总支书记、院长")]
    assert [names[one.person] for one in (*logistics.heads, *logistics.members)] == ["样例·丙", "样例·戊"]


def test_every_fault_is_named_at_once_with_its_place_and_nothing_is_done(engine: Engine) -> None:
    wrong = sheet(
        "人员",
        ("姓名", "工号", "部门", "职务", "班子", "政治面貌", "手机", "到校日期", "离校日期", "系统角色"),
        ("样例·甲", "1", "样例机电学员", "院长", "正职", "", "", "", "", ""),
        ("", "2", "样例机电学院", "科员", "", "", "", "", "", ""),
        ("样例·丙", "2", "样例机电学院", "", "正职", "", "", "", "", ""),
        ("样例·丁", "4", "样例机电学院", "副院长", "是", "外星人", "12", "2026-13-01", "", ""),
        ("样例·戊", "5", "样例后勤处", "处长", "正职", "", "", "2020-01-01", "2019-01-01", "厂长"),
    )  # fmt: skip
    made = plan(engine, UNITS, wrong)
    found = "\n".join(faults(made))
    for words in (
        "第 2 行 C 列：没有部门“样例机电学员”，是否为“样例机电学院”？", "第 3 行 A 列：没有姓名", "第 3 行 B 列：工号 2 用了不止一次",
        "第 4 行 B 列：工号 2 用了不止一次", "第 4 行 D 列：样例·丙列为班子成员，须填职务", "第 5 行 E 列：“是”：请写明“正职”或“副职”",
        "第 5 行 F 列：“外星人”", "第 5 行 G 列：“12”：不是电话号码", "没有 2026 年 13 月 1 日这一天",
        "第 6 行 I 列：离校日期早于到校日期", "第 6 行 J 列：没有角色“厂长”",
    ):  # fmt: skip
        assert words in found, words
    assert len(made.faults) == 11, found
    assert not engine.roster().units
    assert not people.people(engine.ledger.database)


def test_without_a_table_of_departments_they_come_from_the_people_and_their_kind_is_only_likely(engine: Engine) -> None:
    made = plan(engine, PEOPLE)
    assert [(one.unit.title, one.unit.unit_kind, one.is_kind_known) for one in made.units] == [
        ("样例机电学院", "college", False), ("样例后勤处", "party-admin", False),
    ]  # fmt: skip
    chosen = plan(engine, PEOPLE, kinds={"样例后勤处": "support"})
    assert [(one.unit.unit_kind, one.is_kind_known) for one in chosen.units][1] == ("support", True)


def test_without_a_column_for_the_team_the_posts_say_who_is_in_it_and_the_plan_says_so(engine: Engine) -> None:
    without = sheet(
        "人员",
        ("姓名", "部门", "职务"),
        ("样例·甲", "样例机电学院", "院长"),
        ("样例·乙", "样例机电学院", "副院长"),
        ("样例·丙", "样例机电学院", "数控教研室主任"),
    )
    made = plan(engine, without)
    assert made.is_team_by_post
    unit = made.units[0].unit
    assert [one.position for one in unit.heads] == ["院长"]
    assert [one.position for one in unit.members] == ["副院长"]
    assert unit.staff == 3


def test_two_people_of_one_name_need_their_staff_numbers(engine: Engine) -> None:
    twins = sheet(
        "人员", ("姓名", "部门", "职务"), ("样例·甲", "样例机电学院", "院长"), ("样例·甲", "样例机电学院", "副院长")
    )
    assert "“样例机电学院”有两名样例·甲，请填工号以便区分" in "\n".join(faults(plan(engine, twins)))


def test_one_person_in_two_rows_is_a_fault(engine: Engine) -> None:
    carry_out(engine, plan(engine, UNITS, PEOPLE), OFFICE, "move-in")
    twice = sheet(
        "人员",
        ("姓名", "工号", "部门", "职务"),
        ("样例·甲", "0001", "样例机电学院", "院长"),
        ("样例·甲", "", "样例机电学院", "书记"),
    )
    assert "第 3 行 A 列：与第 2 行是同一人，请删去一行" in "\n".join(faults(plan(engine, twice)))


def test_a_former_name_that_two_departments_had_is_unclear_and_both_are_named(engine: Engine) -> None:
    carry_out(engine, plan(engine, UNITS, PEOPLE), OFFICE, "move-in")
    steps = (("u-01", "样例新机电学院"), ("u-02", "样例机电学院"), ("u-02", "样例总务处"))
    for number, (unit, title) in enumerate(steps, 1):
        since = date(2026, 9, number)
        command = RenameUnit(unit=Opaque(unit), title=Words(title), since=since, reason=Words("机构调整"))
        assert isinstance(engine.submit(ROSTER, command, OFFICE, f"rename-{number}"), Accepted)

    def row(title: str) -> CellSheet:
        return sheet("人员", ("姓名", "工号", "部门", "职务"), ("样例·己", "0006", title, "科员"))

    assert [one.person.unit for one in plan(engine, row("样例后勤处")).people] == ["u-02"]
    sentence = "有 2 个部门现用或用过这个名称，请写明是哪一个：样例新机电学院（u-01）、样例总务处（u-02）"
    assert faults(plan(engine, row("样例机电学院"))) == [f"工作表“人员”第 2 行 C 列：{sentence}"]
    assert [one.person.unit for one in plan(engine, row("样例新机电学院（u-01）")).people] == ["u-01"]


ONE_CELL = [
    ((1, 0, "样" * 61), "第 2 行 A 列：超过 60 个字"),
    ((1, 2, "样例机电学员"), "第 2 行 C 列：没有部门“样例机电学员”"),
    ((1, 3, "院" * 61), "第 2 行 D 列：超过 60 个字"),
    ((1, 4, "是"), "第 2 行 E 列：“是”：请写明“正职”或“副职”"),
    ((2, 1, "0001"), "第 2 行 B 列：工号 0001 用了不止一次"),
]


@pytest.mark.one_database
@pytest.mark.parametrize(("change", "said"), ONE_CELL)
def test_a_wrong_cell_is_one_fault_and_not_also_what_follows_from_it(
    engine: Engine, change: tuple[int, int, str], said: str
) -> None:
    rows = [
        ["姓名", "工号", "部门", "职务", "班子"],
        ["样例·甲", "0001", "样例机电学院", "院长", "正职"],
        ["样例·丙", "0003", "样例后勤处", "处长", "正职"],
    ]
    right = sheet("人员", *map(tuple, rows))
    row, column, value = change
    rows[row][column] = value
    wrong = sheet("人员", *map(tuple, rows))
    for _ in ("nobody is known", "everybody is known"):
        found = faults(plan(engine, UNITS, wrong))
        assert f"工作表“人员”{said}" in found[0]
        assert found[1:] == (["工作表“人员”第 3 行 B 列：工号 0001 用了不止一次"] if "不止一次" in said else [])
        carry_out(engine, plan(engine, UNITS, right), OFFICE, "move-in")


def test_merged_cells_and_a_missing_column_are_named(engine: Engine) -> None:
    merged = sheet(
        "人员",
        ("姓名", "部门", "职务"),
        ("样例·甲", "样例机电学院", "院长"),
        ("样例·乙", "", "副院长"),
        merged=(Area(2, 2, 3, 2),),
    )
    assert "单元格 B2:B3 已合并" in "\n".join(faults(plan(engine, merged)))
    nameless = sheet("人员", ("员工", "部门", "职务"), ("样例·甲", "样例机电学院", "院长"))
    (found,) = find_tables((nameless,), HEADS, {})
    assert found.missing == ("name",)
    assert [one.head for one in found.unknown] == ["员工"]
    (remembered,) = find_tables((nameless,), HEADS, {"员工": "name"})
    assert not remembered.missing


def test_sums_remarks_and_empty_rows_are_no_people(engine: Engine) -> None:
    table = sheet(
        "人员", ("姓名", "部门", "职务"), ("样例·甲", "样例机电学院", "院长"), (), ("合计", "1"), ("注：以人事处为准",)
    )
    assert len(read_lines(find_tables((table,), HEADS, {})).people) == 1


@pytest.mark.parametrize(
    ("post", "where"),
    [("院长", "head"), ("党总支书记、副院长", "head"), ("副处长", "member"), ("院长助理", ""), ("科长", ""), ("教研室主任", ""),
     ("处长助理", ""), ("", ""), ("图书馆馆长", "head"), ("直属党支部书记", "head"), ("第一党支部书记", "")],
)  # fmt: skip
def test_a_post_says_whether_its_holder_leads_the_department(post: str, where: str) -> None:
    assert team_by_post(post) == where


@pytest.mark.parametrize(
    ("title", "kind"), [("样例艺术学院", "college"), ("样例教务处", "party-admin"), ("样例图书馆", "party-admin")]
)
def test_the_likely_kind_of_a_department_follows_from_its_name(title: str, kind: str) -> None:
    assert likely_kind(title, {one.key: one.title.text for one in RULEBOOK.unit_kind}) == kind
