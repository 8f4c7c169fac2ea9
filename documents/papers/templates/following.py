"""The templates of the papers for what follows from a result, and for what is open."""

from __future__ import annotations

from documents.word.gongwen import (
    FormRow,
    OfficialPaper,
    PlainForm,
    field_table,
    if_present,
    line,
    table,
    text,
)

from .parts import DAY, column, fields


def talk_summons() -> OfficialPaper:
    return OfficialPaper(
        title="约谈通知书",
        to="{{部门名称}}",
        body=[
            text("你部门{{年度}}年度考核结果为“{{等次}}”（{{通报文号}}，{{通报日期}}）。根据《{{办法名称}}》{{依据}}，决定对你部门领导班子进行约谈。"),
            if_present("条文", text("条文：{{条文}}")),
            fields(
                ("约谈事由", "{{事项}}"), ("被约谈人", "{{被约谈人职务}}"), ("时间", DAY), "地点", ("约谈人", "{{承办}}"),
                ("办结期限", "{{期限}}"),
            ),
            text("请被约谈人准备书面说明，按时到场。因故不能参加的，请提前书面报告。"),
        ],
        signature="{{承办}}",
        date="{{成文日期}}",
    )  # fmt: skip


def award_bar() -> OfficialPaper:
    return OfficialPaper(
        title="关于取消{{部门名称}}评优评先资格的通知",
        to="{{主送}}",
        body=[
            text("{{部门名称}}{{年度}}年度考核结果为“{{等次}}”，已经学校党委审定（{{审定文号}}）并通报（{{通报文号}}，{{通报日期}}）。根据《{{办法名称}}》{{依据}}，现通知办理下列事项："),
            text("{{事项}}。"),
            if_present("条文", text("条文：{{条文}}")),
            text("涉及该部门领导班子及下列职务的成员。"),
            table(column("序号"), column("职务", 6), rows="班子成员"),
            if_present("期限", text("请于{{期限}}前办结并回告。")),
        ],
        signature="{{承办机关}}",
        date="{{成文日期}}",
    )  # fmt: skip


def reminder() -> PlainForm:
    return PlainForm(
        title="督办单",
        body=[
            line("{{部门名称}}：{{年度}}年度考核\t{{专项名称}}"),
            text("截至{{制作日期}}，下列事项尚未办结，请承办单位抓紧办理并书面回复。"),
            table(
                column("序号", 3), column("事项", 8), column("承办", 6), column("期限", 8), column("状态", 6), column("依据", 5),
                rows="督办事项",
            ),
            line("办理情况"),
            field_table(FormRow(("办理情况", ""), 6), FormRow(("承办人", "", "日期", ""))),
            line("{{承办机关}}", "right"),
        ],
    )  # fmt: skip
