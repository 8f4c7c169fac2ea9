"""A roster file that cannot be used says where and why, in each language in its own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workflow.roster import RosterFault, read

UNIT = """[[unit]]
unit = "u-1"
title = "样例学院"
unit_kind = "college"
staff = 9
heads = [{ person = "p-1", position = "院长" }]
"""


def told(tmp_path: Path, content: str | bytes) -> RosterFault:
    file = tmp_path / "units.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(RosterFault) as fault:
        read(file)
    return fault.value


def test_a_roster_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "units.toml").write_text(UNIT, "utf-8")
    assert [u.unit for u in read(tmp_path / "units.toml")] == ["u-1"]


@pytest.mark.parametrize(
    ("content", "zh", "en"),
    [
        (UNIT + "= 1\n", "第 7 行第 1 列不合 TOML 语法", "line 7, column 1"),
        (UNIT + "x = ", "文件末尾不合 TOML 语法", "it is not TOML"),
        (b"\xff\xff", "不是可读的文本文件", "not a text file"),
        (UNIT.replace("staff = 9\n", ""), "unit[0] 处缺少 staff", "missing required field `staff`"),
        (UNIT + "stuff = 9\n", "unit[0] 处不认识 stuff", "unknown field `stuff`"),
        (UNIT.replace("= 9", "= [9]"), "unit[0].staff 处类型应为 int", "Expected `int`, got `array`"),
        ("", "缺少 unit", "missing required field `unit`"),
        (UNIT * 2, "部门重复：u-1", "departments twice: u-1"),
    ],
)  # fmt: skip
def test_a_roster_that_cannot_be_used_says_where_and_why(
    tmp_path: Path, content: str | bytes, zh: str, en: str
) -> None:
    fault = told(tmp_path, content)
    assert zh in fault.render("zh")
    assert en in fault.render("en")
    assert not re.search("[一-龥]", fault.render("en"))
    words = set(re.findall(r"[A-Za-z]{3,}", fault.render("zh")))
    assert words <= {
        "units",
        "toml",
        "docs",
        "operating",
        "TOML",
        "UTF",
        "GBK",
        "Excel",
        "unit",
        "staff",
        "stuff",
        "int",
    }


@pytest.mark.parametrize(("name", "zh"), [("none.toml", "没有这个文件"), (".", "文件无法读取")])
def test_a_roster_that_is_not_there_says_so_without_the_systems_words(tmp_path: Path, name: str, zh: str) -> None:
    with pytest.raises(RosterFault) as fault:
        read(tmp_path / name)
    assert zh in fault.value.render("zh")
    assert "Errno" not in str(fault.value)


def test_every_fault_of_a_roster_is_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    wrong = UNIT.replace("staff = 9\n", "") + UNIT.replace("u-1", "u-2") + UNIT.replace("= 9", '= "2,5"')
    fault = told(tmp_path, wrong)
    assert [one.zh for one in fault.faults] == [
        "第 1 行起的 unit[0] 处缺少 staff", "第 12 行起的 unit[2].staff 处逗号可能是小数点、千位分隔，也可能隔开两个数；请不写逗号，如 2.5、1234",
    ]  # fmt: skip
    assert "from line 12, unit[2].staff: a comma may be a decimal point" in fault.render("en")


@pytest.mark.parametrize("staff", ["9", '"９"', '"9人"', '"9.0"'])
def test_a_roster_is_read_as_forms_are(tmp_path: Path, staff: str) -> None:
    path = tmp_path / "roster.toml"
    path.write_text(UNIT.replace("= 9", f"= {staff}").rstrip() + '\nsince = "2019年9月1日"\n', "utf-8")
    (unit,) = read(path)
    assert (unit.staff, str(unit.since)) == (9, "2019-09-01")
