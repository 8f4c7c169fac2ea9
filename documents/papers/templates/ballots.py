"""The templates of the vote on paper: the ballot, and the sheet on which its votes are counted."""

from __future__ import annotations

from documents.word.gongwen import (
    PlainForm,
    TableColumn,
    for_each,
    grouped_table,
    if_present,
    line,
    lone_head,
    lone_row,
    note,
    on_one_page,
    part_title,
    sign_lines,
)


def ballot() -> PlainForm:
    columns = (
        TableColumn("序号", "{{行.序号}}", 1),
        TableColumn("测评对象", "{{行.测评对象}}", 4, "left"),
        TableColumn("测评意见", "{{行.选项}}", 8),
    )
    return PlainForm(
        body=[
            for_each(
                "行",
                "测评项",
                if_present(
                    "行.票名",
                    part_title("{{年度}}年度{{考核名称}}\n{{行.票名}}票"),
                    line("{{部门名称}}\t{{专项名称}}"),
                    if_present("行.测评人", line("测评人：{{行.测评人}}")),
                    note("依据：《{{办法名称}}》{{依据}}。"),
                    note("请对每个测评对象只选一项，在“□”内画“√”。本票不记名，请勿署名。"),
                ),
                if_present("行.对象类别", line("{{行.对象类别}}"), lone_head(*columns)),
                lone_row(*columns, lines=1),
            ),
            line(),
        ],
    )


def count_sheet() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度{{考核名称}}\n{{环节}}计票单",
        body=[
            line("{{部门名称}}\t{{专项名称}}"),
            line("由两名计票人各填一份，互不查看；两份一致后签名，不一致的重新计票。"),
            grouped_table(
                TableColumn("序号", "{{行.序号}}", 2, is_joined=True),
                TableColumn("测评对象", "{{行.测评对象}}", 6, "left", is_joined=True),
                *(TableColumn(head, "", 2, is_joined=True) for head in ("发出", "收回", "有效")),
                TableColumn("选项", "{{行.选项}}", 4),
                TableColumn("画“正”计票", "", 7),
                TableColumn("票数", "", 2),
                rows="计票项",
                group=("测评对象", "续行对象", "末行对象"),
            ),
            on_one_page(
                for_each("行", "比例说明", note("{{行.票名}}：{{行.说明}}。")),
                note("依据：《{{办法名称}}》{{依据}}。"),
                sign_lines("计票人", "监票人"),
            ),
        ],
    )
