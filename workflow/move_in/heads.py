"""The columns of the sheets that bring departments and people in: their titles, and the other names that offices use."""

from __future__ import annotations

from collections.abc import Mapping

from config.tables import Head, Heads
from states.vocabulary import Text

UNIT_HEADS: Heads = {
    "title": Head(
        Text(zh="部门名称", en="Department"),
        ("部门", "单位", "单位名称", "二级单位", "二级部门", "所在单位", "所在部门", "机构名称", "名称"),
        True,
    ),
    "kind": Head(Text(zh="部门类别", en="Kind"), ("类别", "单位类别", "部门类型", "单位性质", "类型", "机构类别")),
    "staff": Head(
        Text(zh="教职工数", en="Number of staff"),
        ("职工人数", "教职工人数", "人数", "在职人数", "在编人数", "编制人数", "职工数"),
    ),
    "since": Head(Text(zh="成立日期", en="Founded on"), ("成立时间", "设立日期")),
}
"""The columns of a table of departments, by key."""

PERSON_HEADS: Heads = {
    "name": Head(Text(zh="姓名", en="Name"), ("教职工姓名", "职工姓名", "人员姓名", "名字"), True),
    "staff_number": Head(
        Text(zh="工号", en="Staff number"),
        ("职工号", "教工号", "教职工号", "人员编号", "职工编号", "工资号", "员工编号", "一卡通号"),
    ),
    "unit": Head(
        Text(zh="部门", en="Department"),
        ("部门名称", "单位", "单位名称", "所在部门", "所在单位", "二级单位", "二级部门", "工作部门", "工作单位"),
        True,
    ),
    "post": Head(Text(zh="职务", en="Post"), ("行政职务", "党政职务", "现任职务", "岗位", "任职", "岗位名称", "职位")),
    "team": Head(
        Text(zh="班子", en="Team"),
        ("领导班子", "班子成员", "是否班子成员", "班子身份", "班子职务", "主要负责人", "是否主要负责人"),
    ),
    "party": Head(Text(zh="政治面貌", en="Party membership"), ("党员", "是否党员", "是否中共党员")),
    "cadre": Head(Text(zh="干部", en="Cadre"), ("是否干部", "中层干部", "是否中层干部", "干部身份")),
    "phone": Head(Text(zh="手机", en="Phone"), ("手机号", "手机号码", "联系电话", "电话", "移动电话", "联系方式")),
    "email": Head(Text(zh="邮箱", en="Email"), ("电子邮箱", "电子邮件", "邮件", "e-mail", "邮箱地址")),
    "since": Head(
        Text(zh="到校日期", en="From"), ("到校时间", "来校时间", "入职日期", "入职时间", "参加工作时间（本校）")
    ),
    "until": Head(Text(zh="离校日期", en="Until"), ("离校时间", "离职日期", "离职时间", "退休日期")),
    "roles": Head(Text(zh="系统角色", en="Roles"), ("角色", "账号角色", "系统账号", "考核角色")),
}
"""The columns of a table of people, by key."""

MOVE_IN = "move_in"
"""The name under which the heads of these sheets are remembered."""

HEADS: Mapping[str, Heads] = {"units": UNIT_HEADS, "people": PERSON_HEADS}
"""The columns of both kinds of table. Departments are first: they say which departments people can belong to."""
