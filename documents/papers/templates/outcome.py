"""The templates of the papers that say the result of one department: the agreed score sheet and the result letter."""

from __future__ import annotations

from documents.word.gongwen import (
    FormRow,
    OfficialPaper,
    PlainForm,
    field_table,
    for_each,
    if_present,
    line,
    note,
    sign_lines,
    table,
    text,
)

from .parts import column


def score_sheet() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度{{考核名称}}\n合议评分表",
        body=[
            line("{{部门名称}}\t{{专项名称}}"),
            table(
                column("序号", 3), column("所属指标", 7), column("考核要素", 14), column("分值", 3), column("自评", 3),
                column("考核", 3), column("扣分理由", 7), rows="评分项",
            ),
            line("得分"),
            field_table(
                FormRow(("指标得分", "{{指标得分}}", "{{加减分名称}}", "{{加减分}}")),
                FormRow(("总分", "{{得分}}", "建议等次", "{{等次}}")),
            ),
            if_present("评定条款", line("根据《{{办法名称}}》{{评定条款}}，{{评定方式}}。")),
            line("计分说明"),
            table(column("项目", 6), column("说明", 9), column("分", 3), column("依据", 5), rows="计分说明"),
            note("依据：《{{办法名称}}》{{依据}}。"),
            sign_lines("{{承办}}负责人", "{{承办}}成员"),
        ],
    )  # fmt: skip


def explanation() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度{{考核名称}}\n计分说明",
        body=[
            line("{{部门名称}}\t{{专项名称}}"),
            note("依据《{{办法名称}}》{{依据}}，制作日期：{{制作日期}}。"),
            note("本件写有案件情况，限有权查阅案件的人员使用，不得复印、外传。"),
            if_present(
                "得分",
                field_table(
                    FormRow(("指标得分", "{{指标得分}}", "{{加减分名称}}", "{{加减分}}")), FormRow(("总分", "{{得分}}"))
                ),
            ),
            if_present("等次", line("等次：{{等次}}")),
            if_present("评定条款", line("根据《{{办法名称}}》{{评定条款}}，{{评定方式}}。")),
            line("各项得分的由来"),
            table(column("项目", 8), column("说明", 9), column("分", 3), column("依据", 6), rows="计分说明"),
            if_present(
                "条文理解",
                line("学校对条文的理解"),
                note("下列各条是学校计分时对条文的理解，不是办法原文。"),
                if_present("解释机关", note("办法由{{解释机关}}负责解释，各条以其解释为准。")),
                for_each("行", "条文理解", note("{{行.理解}}（{{行.依据}}）。")),
            ),
        ],
    )


def result_letter() -> OfficialPaper:
    return OfficialPaper(
        title="{{年度}}年度{{考核名称}}\n结果告知书",
        to="{{部门名称}}",
        body=[
            if_present("专项名称", text("本次考核为{{专项名称}}。")),
            text("根据《{{办法名称}}》（以下简称《办法》），你部门{{年度}}年度考核结果已经{{审定机关}}审定（{{审定文号}}，{{审定日期}}），并已通报（{{通报文号}}，{{通报日期}}）。现告知如下。"),
            if_present(
                "得分",
                field_table(
                    FormRow(("总分", "{{得分}}")),
                    FormRow(("指标得分", "{{指标得分}}", "{{加减分名称}}", "{{加减分}}")),
                ),
            ),
            if_present("等次", text("考核等次为“{{等次}}”。")),
            if_present("评定条款", text("根据《办法》{{评定条款}}，{{评定方式}}。")),
            if_present(
                "扣分要素",
                text("失分的考核要素及理由如下。"),
                table(column("编号", 3), column("考核要素", 14, "要素"), column("失分", 2, "扣分"), column("理由", 6), rows="扣分要素"),
            ),
            if_present(
                "结果运用",
                text("结果运用事项如下。"),
                table(column("事项", 8), column("承办", 7), column("期限", 6), column("依据", 4), rows="结果运用"),
            ),
            if_present(
                "异议途径",
                text("对结果有异议的，可在下列期限内书面提出。"),
                table(column("途径", 3), column("受理", 6), column("截止日期", 5), column("依据", 4), rows="异议途径"),
            ),
            text("特此告知。"),
        ],
        signature="{{承办机关}}",
        date="{{成文日期}}",
    )  # fmt: skip
