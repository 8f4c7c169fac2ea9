"""The templates of the papers with which an assessment is carried out: of the meeting, of the talks, and of the site."""

from __future__ import annotations

from documents.word.gongwen import (
    FormRow,
    PlainForm,
    TableColumn,
    field_table,
    for_each,
    line,
    note,
    sign_lines,
    table,
)

from .parts import DAY, column


def sign_in() -> PlainForm:
    return PlainForm(
        title="{{会议名称}}签到表",
        body=[
            line("{{部门名称}}　{{专项名称}}\t{{年度}}年度{{考核名称}}"),
            field_table(
                FormRow(("环节", "{{环节}}（{{依据}}）", "日期", "{{会议日期}}")),
                FormRow(("地点", "{{地点}}")),
                FormRow(("应到人数", "{{应到}}", "实到人数", "")),
            ),
            table(
                column("序号", 2), column("姓名", 4), column("职务", 7), TableColumn("签名", "", 5),
                TableColumn("备注", "", 3), rows="签到", lines=1,
            ),
            sign_lines("核对人"),
        ],
    )  # fmt: skip


def agenda() -> PlainForm:
    return PlainForm(
        title="{{会议名称}}议程",
        body=[
            line("{{部门名称}}　{{专项名称}}\t{{年度}}年度{{考核名称}}"),
            field_table(
                FormRow(("日期", "{{会议日期}}", "时间", "{{时间}}")),
                FormRow(("地点", "{{地点}}", "应到人数", "{{应到}}")),
                FormRow(("主持人", "", "记录人", "")),
            ),
            line("议程"),
            table(
                column("序号", 2), TableColumn("内容", "{{行.内容}}", 9, "left"), column("环节", 4), column("依据", 4), TableColumn("报告人", "", 4),
                rows="议程", lines=2,
            ),
            note("依据：《{{办法名称}}》。"),
        ],
    )  # fmt: skip


def minutes() -> PlainForm:
    return PlainForm(
        title="{{会议名称}}记录",
        body=[
            line("{{部门名称}}　{{专项名称}}\t{{年度}}年度{{考核名称}}"),
            field_table(
                FormRow(("环节", "{{环节}}（{{依据}}）")),
                FormRow(("日期", "{{会议日期}}", "地点", "{{地点}}")),
                FormRow(("应到人数", "{{应到}}", "实到人数", "{{实到}}")),
                FormRow(("缺席人员及原因", ""), 2),
                FormRow(("主持人", "", "记录人", "")),
                FormRow(("代表班子报告", "{{报告人职务}}")),
            ),
            line("议程"),
            for_each("行", "议程", line("{{行.序号}}.{{行.内容}}")),
            line("班子成员报告情况"),
            table(column("序号"), column("职务", 3), column("情况", 5), rows="述职"),
            line("会议情况"),
            field_table(FormRow(("发言要点", ""), 16), FormRow(("民主测评", ""))),
            sign_lines("主持人", "记录人"),
        ],
    )


def interview_note() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度{{考核名称}}\n{{环节}}记录表",
        body=[
            line("{{部门名称}}\t填写后属保密内容，不复印、不外传"),
            field_table(
                FormRow(("依据", "《{{办法名称}}》{{依据}}")),
                FormRow(("谈话对象", "", "职务", "")),
                FormRow(("时间", DAY, "地点", "")),
                FormRow(("谈话人", "", "记录人", "")),
            ),
            line("谈话要点"),
            table(column("序号"), column("要点", 3), TableColumn("记录", "", 6), rows="谈话要点"),
            line("其他情况"),
            field_table(FormRow(("",), 6)),
            sign_lines("谈话对象（核对无误）", "谈话人"),
        ],
    )


def interview_summary() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度{{考核名称}}\n{{环节}}情况汇总",
        body=[
            line("{{部门名称}}\t{{专项名称}}"),
            field_table(FormRow(("截止日期", "{{谈话截止日期}}", "谈话人数", "{{谈话人数}}"))),
            table(
                column("序号", 2), column("人员类别", 6), column("人数", 3), column("最少谈话人数", 5), column("谈话人数", 4), rows="谈话情况",
            ),
            note("依据：《{{办法名称}}》{{依据}}。谈话内容保密，谈话记录另行保管。“汇总情况”只写归纳后的意见，不写谈话人和谈话对象的姓名、职务。"),
            line("汇总情况"),
            field_table(FormRow(("",), 6)),
            sign_lines("汇总人", "审核人"),
        ],
    )  # fmt: skip


def site_note() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度{{考核名称}}\n{{环节}}记录",
        body=[
            line("{{部门名称}}\t依据：{{依据}}"),
            field_table(
                FormRow(("日期", "{{查看日期}}", "地点", "{{地点}}")),
                FormRow(("小组", "{{小组}}")),
                FormRow(("特色工作", "{{特色工作}}"), 4),
                FormRow(("查看情况", "{{查看情况}}"), 10),
            ),
            sign_lines("查看人员", "部门陪同人员"),
        ],
    )
