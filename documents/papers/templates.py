"""The templates of the papers to start from. An institution may replace each by its own.

The words are those of an office; titles, clauses, elements and grades come with the values. Not here: how a paper looks
(`documents/word/gongwen.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from documents.word.geometry import PaperKind
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
    note,
    sign_lines,
    table,
    text,
)

from .catalogue import PAPERS

_DAY = "　　　　年　　月　　日"
"""A day that is written in by hand."""


@cache
def shipped_template(key: str) -> bytes:
    """The template of a paper as it is shipped. KeyError: there is no such paper."""
    return _TEMPLATES[key]().build(PAPERS[key].title.zh)


def _column(head: str, width: int = 1, name: str = "") -> TableColumn:
    """A column with the value of the same name, or of another one."""
    return TableColumn(head, f"{{{{行.{name or head}}}}}", width, "left" if head in _SENTENCES else "center")


_SENTENCES = {"部门", "承办", "所属指标", "考核要素", "扣分理由", "理由", "事项", "项目", "说明", "情况", "要点"}
"""The columns that begin at the left, because their texts are long."""


def _fields(*labels: str | tuple[str, str]) -> Block:
    """A form: each label with its value beside it, or with room to write."""
    return field_table(*(FormRow((one, "") if isinstance(one, str) else one) for one in labels))


def _notice() -> OfficialPaper:
    return OfficialPaper(
        mark="{{发文机关}}文件",
        number="{{发文字号}}",
        title="关于开展{{年度}}年度考核工作的通知",
        to="{{主送}}",
        body=[
            text("根据《{{办法名称}}》，现将{{年度}}年度考核工作有关事项通知如下。"),
            heading(1, "一、考核对象"),
            text("各部门领导班子及其成员，共{{部门数}}个部门，名单见附件。"),
            heading(1, "二、程序和时间安排"),
            table(_column("序号", 2), _column("环节", 4), _column("承办", 8), _column("期限", 8), _column("依据", 5), rows="环节安排"),
            heading(1, "三、各环节要求"),
            for_each("行", "环节安排", if_present("行.要求", text("{{行.序号}}.{{行.环节}}：{{行.要求}}。"))),
            heading(1, "四、结果评定和运用"),
            if_present("等次列表", text("考核结果评定为{{等次列表}}，按规定审定、通报，并运用于下列事项。")),
            for_each("行", "结果运用", text("{{行.序号}}.{{行.事项}}（{{行.依据}}）。")),
            heading(1, "五、有关要求"),
            text("请各部门按时完成各环节工作，如实提供材料。联系人和电话：＿＿＿＿＿＿＿＿。"),
        ],
        annexes=[
            PaperAnnex("被考核部门名单", [table(_column("序号"), _column("部门", 5), _column("类别", 3), rows="部门名单")])
        ],
        signature="{{发文机关}}",
        date="{{成文日期}}",
        issued_by="{{印发机关}}",
        issued_on=_DAY,
    )  # fmt: skip


def _circular() -> OfficialPaper:
    return OfficialPaper(
        mark="{{发文机关}}文件",
        number="{{通报文号}}",
        title="关于{{年度}}年度考核结果的通报",
        to="{{主送}}",
        body=[
            text("根据《{{办法名称}}》，经考核并报学校党委审定（{{审定文号}}），现将{{部门数}}个部门{{年度}}年度考核结果通报如下。"),
            heading(1, "一、考核结果"),
            for_each("行", "等次汇总", text("{{行.等次}}（{{行.个数}}个）：{{行.部门}}。")),
            text("各部门结果见附件。"),
            if_present("待审定部门", text("{{待审定部门}}的考核结果待审定后另行通报。")),
            if_present(
                "结果运用",
                heading(1, "二、结果运用"),
                for_each("行", "结果运用", text("{{行.部门}}：{{行.事项}}（{{行.依据}}）。")),
            ),
        ],
        annexes=[
            PaperAnnex(
                "{{年度}}年度考核结果",
                [table(_column("序号"), _column("部门", 5), _column("类别", 2), _column("等次", 2), rows="结果")],
            )
        ],
        signature="{{发文机关}}",
        date="{{成文日期}}",
        issued_by="{{印发机关}}",
        issued_on=_DAY,
    )  # fmt: skip


def _result_letter() -> OfficialPaper:
    return OfficialPaper(
        title="{{年度}}年度考核结果告知书",
        to="{{部门名称}}",
        body=[
            if_present("专项名称", text("本次考核为{{专项名称}}。")),
            text("根据《{{办法名称}}》，你部门{{年度}}年度考核结果已经学校党委审定（{{审定文号}}，{{审定日期}}），并已通报（{{通报文号}}，{{通报日期}}）。现告知如下。"),
            field_table(
                FormRow(("总分", "{{得分}}", "等次", "{{等次}}")),
                FormRow(("指标得分", "{{指标得分}}", "{{加减分名称}}", "{{加减分}}")),
            ),
            if_present("一票否决", text("等次由“{{一票否决}}”确定。")),
            if_present(
                "扣分要素",
                text("扣分要素及理由如下。"),
                table(_column("编号", 2), _column("考核要素", 10, "要素"), _column("扣分", 2), _column("理由", 5), rows="扣分要素"),
            ),
            if_present(
                "结果运用",
                text("结果运用事项如下。"),
                table(_column("事项", 6), _column("承办", 5), _column("期限", 5), _column("依据", 3), rows="结果运用"),
            ),
        ],
        signature="{{承办机关}}",
        date="{{成文日期}}",
    )  # fmt: skip


def _minutes() -> PlainForm:
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
            table(_column("序号"), _column("职务", 3), _column("情况", 5), rows="述职"),
            line("会议情况"),
            field_table(FormRow(("发言要点", ""), 6), FormRow(("民主测评", "")), FormRow(("其他", ""))),
            sign_lines("主持人", "记录人"),
        ],
    )


def _interview_note() -> PlainForm:
    return PlainForm(
        title="{{环节}}记录表",
        body=[
            line("{{部门名称}}\t填写后属保密内容，不复印、不外传"),
            field_table(
                FormRow(("年度", "{{年度}}", "依据", "{{依据}}")),
                FormRow(("谈话对象", "", "职务", "")),
                FormRow(("时间", _DAY, "地点", "")),
                FormRow(("谈话人", "", "记录人", "")),
            ),
            line("谈话要点"),
            table(_column("序号"), _column("要点", 3), TableColumn("记录", "", 6), rows="谈话要点"),
            line("其他情况"),
            field_table(FormRow(("",), 8)),
            sign_lines("谈话对象（核对无误）", "谈话人"),
        ],
    )


def _site_note() -> PlainForm:
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


def _score_sheet() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度考核合议评分表",
        body=[
            line("{{部门名称}}\t{{专项名称}}"),
            table(
                _column("序号", 3), _column("所属指标", 5), _column("考核要素", 16), _column("分值", 3), _column("自评", 3),
                _column("考核", 3), _column("扣分理由", 7), rows="评分项",
            ),
            line("得分"),
            field_table(
                FormRow(("指标得分", "{{指标得分}}", "{{加减分名称}}", "{{加减分}}")),
                FormRow(("总分", "{{得分}}", "建议等次", "{{等次}}")),
            ),
            if_present("一票否决", line("建议等次由“{{一票否决}}”确定。")),
            line("计分说明"),
            table(_column("项目", 5), _column("说明", 7), _column("分", 2), _column("依据", 3), rows="计分说明"),
            note("依据：《{{办法名称}}》{{依据}}。"),
            sign_lines("考核工作组组长", "考核工作组成员"),
        ],
    )  # fmt: skip


def _agenda_item() -> PlainForm:
    return PlainForm(
        title="关于审定{{年度}}年度考核结果的议题",
        body=[
            field_table(
                FormRow(("议题", "审定{{年度}}年度考核结果")),
                FormRow(("依据", "《{{办法名称}}》{{依据}}")),
                FormRow(("提请部门", "{{承办机关}}")),
                FormRow(("汇报人", "", "列席", "")),
            ),
            if_present("条文", text("{{条文}}")),
            heading(1, "一、考核工作情况"),
            text("{{年度}}年度应考核{{部门数}}个部门，已完成计分{{计分部门数}}个。各环节完成情况如下。"),
            table(_column("环节", 3), _column("依据", 3), _column("完成部门数", 2, "个数"), rows="进展"),
            heading(1, "二、拟定等次"),
            for_each("行", "等次汇总", text("{{行.等次}}（{{行.个数}}个）：{{行.部门}}。")),
            _results(),
            if_present("待定部门", text("等次尚待确定：{{待定部门}}。")),
            if_present("未计分部门", text("尚未完成计分：{{未计分部门}}。")),
            heading(1, "三、结果运用"),
            for_each("行", "结果运用", text("{{行.部门}}：{{行.事项}}（{{行.依据}}）。")),
            heading(1, "四、提请审定事项"),
            text("提请审定上述{{计分部门数}}个部门的考核结果，并同意在全校通报。"),
            line("{{承办机关}}", "right"),
            line("{{制作日期}}", "right"),
        ],
    )


def _results() -> Block:
    return table(
        _column("序号"), _column("部门", 5), _column("类别", 2), _column("得分"), _column("等次", 2), _column("备注", 2, "一票否决"),
        rows="结果",
    )  # fmt: skip


def _resolution() -> OfficialPaper:
    return OfficialPaper(
        title="关于{{年度}}年度考核结果的审定决议",
        body=[
            text(
                "{{审定日期}}，会议根据《{{办法名称}}》{{依据}}，审定了{{部门数}}个部门{{年度}}年度考核结果，决议（{{审定文号}}）如下。"
            ),
            for_each("行", "等次汇总", text("{{行.等次}}（{{行.个数}}个）：{{行.部门}}。")),
            _results(),
        ],
        signature="{{发文机关}}",
        date="{{成文日期}}",
    )


def _talk_summons() -> OfficialPaper:
    return OfficialPaper(
        title="约谈通知书",
        to="{{部门名称}}",
        body=[
            text("你部门{{年度}}年度考核结果为“{{等次}}”（{{通报文号}}，{{通报日期}}）。根据《{{办法名称}}》{{依据}}，决定对你部门领导班子进行约谈。"),
            if_present("条文", text("条文：{{条文}}")),
            _fields(
                ("约谈事由", "{{事项}}"), ("被约谈人", "{{被约谈人职务}}"), ("时间", _DAY), "地点", ("约谈人", "{{承办}}"),
                ("办结期限", "{{期限}}"),
            ),
            text("请被约谈人准备书面说明，按时到场。因故不能参加的，请提前书面报告。"),
        ],
        signature="{{承办}}",
        date="{{成文日期}}",
    )  # fmt: skip


def _award_bar() -> OfficialPaper:
    return OfficialPaper(
        title="关于取消{{部门名称}}评优评先资格的通知",
        to="{{主送}}",
        body=[
            text("{{部门名称}}{{年度}}年度考核结果为“{{等次}}”，已经学校党委审定（{{审定文号}}）并通报（{{通报文号}}，{{通报日期}}）。根据《{{办法名称}}》{{依据}}，现通知办理下列事项："),
            text("{{事项}}。"),
            if_present("条文", text("条文：{{条文}}")),
            text("涉及该部门领导班子及下列职务的成员。"),
            table(_column("序号"), _column("职务", 6), rows="班子成员"),
            if_present("期限", text("请于{{期限}}前办结并回告。")),
        ],
        signature="{{承办机关}}",
        date="{{成文日期}}",
    )  # fmt: skip


def _filing() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度考核结果备案表",
        body=[
            line("{{主送}}：\t{{制作日期}}"),
            text("根据《{{办法名称}}》{{依据}}，现将{{部门数}}个部门{{年度}}年度考核结果报请备案。"),
            table(
                _column("序号", 2), _column("部门", 8), _column("得分", 2), _column("等次", 3), _column("审定文号", 5),
                _column("通报文号", 5), rows="结果",
            ),
            line("报送和备案"),
            _fields(("报送部门（盖章）", "{{承办机关}}"), "备案部门经办人", "备案日期"),
        ],
    )  # fmt: skip


def _reminder() -> PlainForm:
    return PlainForm(
        title="督办单",
        body=[
            line("{{部门名称}}：{{年度}}年度考核\t{{专项名称}}"),
            text("截至{{制作日期}}，下列事项尚未办结，请承办单位抓紧办理并书面回复。"),
            table(
                _column("序号", 3), _column("事项", 8), _column("承办", 6), _column("期限", 8), _column("状态", 6), _column("依据", 5),
                rows="督办事项",
            ),
            line("办理情况"),
            field_table(FormRow(("办理情况", ""), 6), FormRow(("承办人", "", "日期", ""))),
            line("{{承办机关}}", "right"),
        ],
    )  # fmt: skip


_TEMPLATES: Mapping[str, Callable[[], OfficialPaper | PlainForm]] = {
    "notice": _notice,
    "minutes": _minutes,
    "interview-note": _interview_note,
    "site-note": _site_note,
    "score-sheet": _score_sheet,
    "agenda-item": _agenda_item,
    "resolution": _resolution,
    "circular": _circular,
    "result-letter": _result_letter,
    "talk-summons": _talk_summons,
    "award-bar": _award_bar,
    "filing": _filing,
    "reminder": _reminder,
}
"""The template of each paper, by its key."""


def kind_of_template(key: str) -> PaperKind:
    """By which measures a template of this paper is judged: those of the shipped one."""
    shipped = _TEMPLATES[key]()
    if isinstance(shipped, PlainForm):
        return "form"
    return "red head" if shipped.mark else "paper"
