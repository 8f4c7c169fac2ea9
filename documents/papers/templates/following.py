"""The templates of the papers for what follows from a result, and for what is open."""

from __future__ import annotations

from documents.word.gongwen import (
    FormRow,
    OfficialPaper,
    PaperAnnex,
    PlainForm,
    TableColumn,
    field_table,
    if_present,
    line,
    sign_lines,
    table,
    text,
)

from .parts import DAY, column, fields


def talk_summons() -> OfficialPaper:
    return OfficialPaper(
        title="约谈通知书",
        to="{{部门名称}}",
        body=[
            text("根据《{{办法名称}}》（以下简称《办法》），你部门{{年度}}年度{{考核结果}}，已经通报（{{通报文号}}，{{通报日期}}）。按照《办法》{{依据}}“{{事项}}”的规定，决定对下列人员进行约谈。"),
            fields(
                ("被约谈人", "{{被约谈人职务}}"), ("约谈事由", "{{年度}}年度{{考核结果}}"), ("时间", DAY), "地点", ("约谈人", "{{承办}}"),
            ),
            text("请被约谈人准备书面说明，按时到场。因故不能参加的，请提前书面报告。"),
        ],
        signature="{{承办}}",
        date="{{成文日期}}",
    )  # fmt: skip


def talk_note() -> PlainForm:
    return PlainForm(
        title="约谈记录",
        body=[
            line("{{部门名称}}\t填写后属保密内容，不复印、不外传"),
            field_table(
                FormRow(("依据", "《{{办法名称}}》（以下简称《办法》）{{依据}}：{{事项}}")),
                FormRow(("约谈事由", "{{年度}}年度{{考核结果}}（{{通报文号}}）")),
                FormRow(("时间", DAY, "地点", "")),
                FormRow(("约谈单位", "{{承办}}", "办结期限", "{{期限}}")),
                FormRow(("约谈人", "", "记录人", "")),
            ),
            line("约谈对象"),
            table(column("序号"), column("职务", 4), column("姓名", 3), TableColumn("签到", "", 3), rows="约谈对象"),
            if_present(
                "扣分要素",
                line("考核中失分的要素"),
                table(column("编号", 2), column("要素", 9), column("失分", 2, "扣分"), column("理由", 5), rows="扣分要素"),
            ),
            line("约谈情况"),
            field_table(
                FormRow(("指出的问题", ""), 5), FormRow(("约谈对象的说明", ""), 5), FormRow(("整改要求和期限", ""), 4),
                FormRow(("约谈对象的表态", ""), 3),
            ),
            sign_lines("约谈对象（核对无误）", "约谈人", "记录人"),
        ],
    )  # fmt: skip


def rectification() -> OfficialPaper:
    return OfficialPaper(
        title="整改通知书",
        to="{{部门名称}}",
        body=[
            text("根据《{{办法名称}}》，请你部门对{{年度}}年度下列事项进行整改。"),
            table(
                column("序号", 3), column("来源", 6), column("问题", 8), column("整改要求", 8), column("期限", 6), column("依据", 5),
                rows="整改事项",
            ),
            if_present(
                "扣分要素",
                text("考核中的扣分要素及理由如下，请一并整改。"),
                table(column("编号", 2), column("要素", 9), column("扣分", 2), column("理由", 5), rows="扣分要素"),
            ),
            text("请认真查找原因，明确整改措施、责任人和完成时限，在上述期限前完成整改，并将整改情况报告（格式见附件）报{{承办机关}}。"),
        ],
        annexes=[
            PaperAnnex(
                "整改情况报告",
                [
                    fields(("报告部门", "{{部门名称}}"), ("报送", "{{承办机关}}")),
                    field_table(
                        FormRow(("原因分析", ""), 4), FormRow(("整改措施", ""), 6), FormRow(("完成情况", ""), 6),
                        FormRow(("佐证材料", ""), 2), FormRow(("责任人", "", "完成日期", "")),
                    ),
                    sign_lines("部门主要负责人"),
                ],
            )
        ],
        signature="{{承办机关}}",
        date="{{成文日期}}",
    )  # fmt: skip


def referral() -> OfficialPaper:
    return OfficialPaper(
        marking="内部",
        title="关于移送{{部门名称}}有关材料的函",
        to="{{主送}}",
        body=[
            text("根据《{{办法名称}}》（以下简称《办法》），{{部门名称}}{{年度}}年度{{考核结果}}，已经通报（{{通报文号}}，{{通报日期}}）。按照《办法》{{依据}}“{{事项}}”的规定，现将有关材料移送{{收文机关称谓}}。"),
            if_present(
                "移送事项",
                text("涉及的情况如下。"),
                table(
                    column("序号", 3), column("姓名", 4), column("职务", 5), column("情况", 6), column("生效日期", 6), column("文号", 8),
                    column("依据", 6), rows="移送事项",
                ),
            ),
            text("移送材料：＿＿＿＿＿＿＿＿＿＿＿＿，共＿＿件。"),
            if_present("期限", text("请依规办理，并于{{期限}}前将办理结果函复。")),
            text("联系人和电话：＿＿＿＿＿＿＿＿。"),
        ],
        signature="{{承办机关}}",
        date="{{成文日期}}",
    )  # fmt: skip


def award_bar() -> OfficialPaper:
    return OfficialPaper(
        title="关于{{部门事项}}的函",
        to="{{主送}}",
        body=[
            text("根据《{{办法名称}}》（以下简称《办法》），{{部门名称}}{{年度}}年度{{考核结果}}，已经{{审定机关}}审定并通报（{{通报文号}}，{{通报日期}}）。按照《办法》{{依据}}，现请{{收文机关称谓}}办理：{{部门事项}}。"),
            text("涉及的班子成员：{{成员职务}}。"),
            if_present("期限", text("请于{{期限}}前办结并函复。")),
            text("特此函告。"),
        ],
        signature="{{承办机关}}",
        date="{{成文日期}}",
    )  # fmt: skip


def reminder() -> PlainForm:
    return PlainForm(
        title="督办单",
        body=[
            line("{{部门名称}}{{年度}}年度考核\t{{专项名称}}"),
            text("截至{{制作日期}}，下列事项尚未办结，请承办单位抓紧办理并书面回复。"),
            table(
                column("序号", 3), column("事项", 7), column("承办", 8), column("期限", 9), column("状态", 5), column("依据", 6),
                rows="督办事项",
            ),
            line("办理情况"),
            field_table(FormRow(("办理情况", ""), 6), FormRow(("承办人", "", "日期", ""))),
            line("{{承办机关}}", "right"),
            line("{{制作日期}}", "right"),
        ],
    )  # fmt: skip
