"""The templates of the papers with which an assessment is carried out: minutes, and the notes of talks and of the site."""

from __future__ import annotations

from documents.word.gongwen import (
    FormRow,
    PlainForm,
    TableColumn,
    field_table,
    for_each,
    line,
    sign_lines,
    table,
)

from .parts import DAY, column


def minutes() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度考核会议记录",
        body=[
            line("{{部门名称}}\t{{专项名称}}"),
            field_table(
                FormRow(("会议", "{{环节}}（{{依据}}）", "日期", "{{会议日期}}")),
                FormRow(("地点", "{{地点}}", "主持人", "")),
                FormRow(("应到人数", "{{应到}}", "实到人数", "{{实到}}")),
                FormRow(("代表班子报告", "{{报告人职务}}", "记录人", "")),
            ),
            line("议程"),
            for_each("行", "议程", line("{{行.序号}}.{{行.内容}}")),
            line("班子成员报告情况"),
            table(column("序号"), column("职务", 3), column("情况", 5), rows="述职"),
            line("会议情况"),
            field_table(FormRow(("发言要点", ""), 6), FormRow(("民主测评", "")), FormRow(("其他", ""))),
            sign_lines("主持人", "记录人"),
        ],
    )


def interview_note() -> PlainForm:
    return PlainForm(
        title="{{环节}}记录表",
        body=[
            line("{{部门名称}}\t填写后属保密内容，不复印、不外传"),
            field_table(
                FormRow(("年度", "{{年度}}", "依据", "{{依据}}")),
                FormRow(("谈话对象", "", "职务", "")),
                FormRow(("时间", DAY, "地点", "")),
                FormRow(("谈话人", "", "记录人", "")),
            ),
            line("谈话要点"),
            table(column("序号"), column("要点", 3), TableColumn("记录", "", 6), rows="谈话要点"),
            line("其他情况"),
            field_table(FormRow(("",), 8)),
            sign_lines("谈话对象（核对无误）", "谈话人"),
        ],
    )


def site_note() -> PlainForm:
    return PlainForm(
        title="{{环节}}记录",
        body=[
            line("{{部门名称}}\t{{年度}}年度，{{依据}}"),
            field_table(
                FormRow(("日期", "{{查看日期}}", "地点", "{{地点}}")),
                FormRow(("小组", "{{小组}}")),
                FormRow(("特色工作", "{{特色工作}}"), 4),
                FormRow(("查看情况", "{{查看情况}}"), 10),
            ),
            sign_lines("查看人员", "部门陪同人员"),
        ],
    )
