"""The templates of the papers about a year: notice, item for the agenda, resolution, circular, filing form."""

from __future__ import annotations

from documents.word.gongwen import (
    Block,
    FormRow,
    OfficialPaper,
    PaperAnnex,
    PlainForm,
    TableColumn,
    field_table,
    for_each,
    heading,
    if_present,
    line,
    table,
    text,
)

from .parts import DAY, column, fields


def notice() -> OfficialPaper:
    return OfficialPaper(
        mark="{{发文机关}}文件",
        number="{{发文字号}}",
        title="关于开展{{年度}}年度{{考核名称}}工作的通知",
        to="{{主送}}",
        body=[
            text("根据《{{办法名称}}》，现将{{年度}}年度{{考核名称}}工作有关事项通知如下。"),
            heading(1, "一、考核对象"),
            text("各部门领导班子及其成员，共{{部门数}}个部门，名单见附件。"),
            heading(1, "二、程序和时间安排"),
            if_present("考核指标", text("考核按下列年度考核指标进行：{{考核指标}}。")),
            table(column("序号", 2), column("环节", 4), column("承办", 8), column("期限", 8), column("依据", 5), rows="环节安排"),
            if_present("各环节要求", text("各环节要求如下。")),
            for_each("行", "各环节要求", text("{{行.序号}}.{{行.环节}}。{{行.要求}}（{{行.依据}}）。")),
            heading(1, "三、结果评定和运用"),
            if_present("结果评定", text("{{结果评定}}。")),
            if_present("结果运用条款", text("考核结果按规定审定、通报，并按下列规定运用。")),
            for_each("行", "结果运用条款", text("{{行.序号}}.{{行.内容}}（{{行.依据}}）。")),
            heading(1, "四、有关要求"),
            text("考核工作由{{承办机关}}承办。请各部门按时完成各环节工作，如实提供材料。"),
            text("联系人和电话：＿＿＿＿＿＿＿＿＿＿＿＿。"),
        ],
        annexes=[
            PaperAnnex("{{年度}}年度考核对象名单", [table(column("序号"), column("部门", 5), column("类别", 3), rows="部门名单")])
        ],
        signature="{{发文机关}}",
        date="{{成文日期}}",
        copies="抄送",
        issued_by="{{印发机关}}",
        issued_on=DAY,
    )  # fmt: skip


def publicity() -> OfficialPaper:
    return OfficialPaper(
        title="关于{{年度}}年度考核结果的公示",
        body=[
            text("根据《{{办法名称}}》{{依据}}，现将{{部门数}}个部门{{年度}}年度考核结果公示如下。"),
            table(column("序号"), column("部门", 5), column("类别", 2), column("等次", 2), rows="结果"),
            text("公示期自{{公示开始}}至{{公示截止}}。"),
            if_present("条文", text("办法规定：{{条文}}")),
            text(
                "对公示内容有异议的，请在公示期内以书面形式向{{承办机关}}反映，写明事实和理由，署真实姓名和联系方式。"
            ),
            text("受理地点：＿＿＿＿＿＿＿＿＿＿＿＿。"),
            text("联系人和电话：＿＿＿＿＿＿＿＿＿＿。"),
            text("特此公示。"),
        ],
        signature="{{承办机关}}",
        date="{{成文日期}}",
    )


def agenda_item() -> PlainForm:
    return PlainForm(
        title="关于审定{{年度}}年度\n{{考核名称}}结果的议题",
        body=[
            field_table(
                FormRow(("议题", "审定{{年度}}年度{{考核名称}}结果")),
                FormRow(("依据", "《{{办法名称}}》（以下简称《办法》）{{依据}}")),
                FormRow(("提请部门", "{{承办机关}}")),
                FormRow(("汇报人", "", "列席", "")),
            ),
            if_present("条文", text("《办法》{{依据}}规定：{{条文}}")),
            heading(1, "一、考核工作情况"),
            text("{{年度}}年度应考核{{部门数}}个部门，已完成计分{{计分部门数}}个。各环节完成情况如下。"),
            table(column("环节", 3), column("依据", 3), column("完成部门数", 2, "个数"), rows="进展"),
            heading(1, "二、拟定等次"),
            for_each("行", "等次汇总", text("{{行.等次}}（{{行.个数}}个）：{{行.部门}}。")),
            _limited(),
            _results(),
            if_present("待定部门", text("等次尚待确定：{{待定部门}}。")),
            if_present("未计分部门", text("尚未完成计分：{{未计分部门}}。")),
            if_present("另行审定部门", text("{{另行审定部门}}的考核结果已另行审定，不列入本次议题。")),
            heading(1, "三、结果运用"),
            text("考核结果审定后，按《办法》规定运用。"),
            for_each("行", "结果运用", text("{{行.语句}}（{{行.依据}}）。")),
            heading(1, "四、提请审定事项"),
            text("提请审定上述{{提请部门数}}个部门的考核结果，并同意按规定通报。"),
            line("{{承办机关}}", "right"),
            line("{{制作日期}}", "right"),
        ],
    )


def resolution() -> OfficialPaper:
    return OfficialPaper(
        title="{{发文机关}}关于审定\n{{年度}}年度{{考核名称}}\n结果的决议",
        caption="（{{审定日期}}{{审定机关}}会议通过）",
        body=[
            text(
                "{{审定机关}}会议根据《{{办法名称}}》（以下简称《办法》）{{依据}}，审定了{{部门数}}个部门{{年度}}年度考核结果，作出决议（{{审定文号}}）如下。"
            ),
            for_each("行", "等次汇总", text("{{行.等次}}（{{行.个数}}个）：{{行.部门}}。")),
            _limited(),
            _results(),
            if_present("另行审定部门", text("{{另行审定部门}}的考核结果已另行审定。")),
            if_present("待审定部门", text("{{待审定部门}}的考核结果另行审定。")),
            text("以上结果按规定通报。"),
        ],
    )


def circular() -> OfficialPaper:
    return OfficialPaper(
        mark="{{发文机关}}文件",
        number="{{通报文号}}",
        title="关于{{年度}}年度{{考核名称}}\n结果的通报",
        to="{{主送}}",
        body=[
            text("根据《{{办法名称}}》，经考核并经{{审定机关}}会议审定，现将{{部门数}}个部门{{年度}}年度考核结果通报如下。"),
            heading(1, "一、考核结果"),
            for_each("行", "等次汇总", text("{{行.等次}}（{{行.个数}}个）：{{行.部门}}。")),
            text("各部门结果见附件。"),
            if_present("另行通报部门", text("{{另行通报部门}}的考核结果已另行通报。")),
            if_present("待审定部门", text("{{待审定部门}}的考核结果待审定后另行通报。")),
            if_present(
                "结果运用",
                heading(1, "二、结果运用"),
                for_each("行", "结果运用", text("{{行.语句}}（{{行.依据}}）。")),
            ),
            text("特此通报。"),
        ],
        annexes=[
            PaperAnnex(
                "{{年度}}年度{{考核名称}}结果",
                [table(column("序号"), column("部门", 5), column("类别", 2), column("等次", 2), rows="结果")],
            )
        ],
        signature="{{发文机关}}",
        date="{{成文日期}}",
        copies="抄送",
        issued_by="{{印发机关}}",
        issued_on=DAY,
    )  # fmt: skip


def filing() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度{{考核名称}}\n结果备案表",
        body=[
            line("{{主送}}：\t{{制作日期}}"),
            text("根据《{{办法名称}}》{{依据}}，现将{{部门数}}个部门{{年度}}年度考核结果报请备案。"),
            table(
                column("序号", 3), column("部门", 9), column("得分", 3), column("等次", 5), column("审定文号", 8),
                column("通报文号", 9), rows="结果",
            ),
            line("报送和备案"),
            fields(("报送部门（盖章）", "{{承办机关}}"), "备案部门经办人", "备案日期"),
        ],
    )  # fmt: skip


def handover() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度{{考核名称}}\n文件归档移交清单",
        body=[
            line("移交单位：{{承办机关}}\t{{制作日期}}"),
            table(
                column("序号", 3), column("题名", 10), column("责任者", 9), column("保管期限", 5), column("件数", 3),
                TableColumn("备注", "", 4), rows="移交文件",
            ),
            line("按保管期限汇总"),
            table(column("保管期限"), column("件数"), rows="期限汇总"),
            text("以上共{{件数}}件，经双方核对无误，移交归档。本清单一式两份，双方各执一份。"),
            field_table(
                FormRow(("移交单位（盖章）", "", "接收单位（盖章）", ""), 3), FormRow(("移交人", "", "接收人", "")),
                FormRow(("负责人", "", "负责人", "")), FormRow(("移交日期", "", "接收日期", "")),
            ),
        ],
    )  # fmt: skip


def _limited() -> Block:
    return for_each("行", "等次依据", text("{{行.部门}}根据《办法》{{行.评定条款}}，{{行.评定方式}}。"))


def _results() -> Block:
    return table(
        column("序号", 2), column("部门", 7), column("类别", 3), column("得分", 2), column("等次", 3), column("备注", 6, "等次备注"),
        rows="结果",
    )  # fmt: skip
