"""The template of the list of those who assess, with what each of them declares about recusal."""

from __future__ import annotations

from documents.word.gongwen import PlainForm, TableColumn, line, note, sign_lines, table

from .parts import column


def recusal() -> PlainForm:
    return PlainForm(
        title="{{年度}}年度{{考核名称}}\n人员组成及回避申报表",
        body=[
            line("{{承办机关}}\t{{制作日期}}"),
            table(
                column("序号", 3), column("姓名", 5), TableColumn("所在部门", "{{行.部门}}", 6, "left"), TableColumn("职责", "{{行.职责}}　{{行.小组}}", 6, "left"),
                TableColumn("应回避部门", "{{行.应回避部门}}", 6, "left"), TableColumn("其他应回避的情形", "", 5), TableColumn("签名", "", 5),
                rows="考核人员", lines=2,
            ),
            note("回避规定：{{回避规定}}（{{依据}}）。“其他应回避的情形”由本人填写，没有的填“无”；情况变化的，及时补报。"),
            sign_lines("审核人"),
        ],
    )  # fmt: skip
