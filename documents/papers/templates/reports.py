"""The templates of the reports of a department and of the members of its team: a title page, and headings to write under."""

from __future__ import annotations

from documents.word.gongwen import (
    Block,
    PlainForm,
    addressee,
    for_each,
    heading,
    if_present,
    line,
    new_part,
    on_one_page,
    part_title,
    sign_lines,
    text,
)

from .parts import DAY, fields

_ABOVE_TITLE = 6
"""The lines above the title of a title page."""
_ROOM = (text(""), text(""), text(""))
"""Where the department or the member writes."""


def _to_write(*headings: Block) -> Block:
    """Headings with room below them, which begins on the page of the headings."""
    return on_one_page(*headings, *_ROOM)


def self_report() -> PlainForm:
    return PlainForm(
        body=[
            part_title("{{年度}}年度{{考核名称}}\n自评报告", _ABOVE_TITLE),
            line("{{专项名称}}", "center"),
            fields(
                ("部门", "{{部门名称}}"), ("部门类别", "{{部门类别}}"), "负责人", "联系人", "联系电话",
                ("报送期限", "{{期限}}"), ("报送日期", DAY),
            ),
            part_title("{{年度}}年度{{考核名称}}\n自评报告"),
            line("{{部门名称}}", "center"),
            addressee("{{主送}}："),
            text("根据《{{办法名称}}》{{依据}}，现将本部门{{年度}}年度自评情况报告如下。"),
            _to_write(heading(1, "一、总体情况")),
            on_one_page(heading(1, "二、对照考核指标的自评情况"), ""),
            for_each(
                "行",
                "提纲",
                _to_write(
                    if_present("行.一级指标", heading(2, "（{{行.一级序号}}）{{行.一级指标}}{{行.一级分值}}")),
                    if_present("行.所属指标", heading(3, "{{行.所属序号}}.{{行.所属指标}}{{行.所属分值}}")),
                ),
            ),
            _to_write(heading(1, "三、存在的问题和改进措施")),
            on_one_page(
                heading(1, "四、自评结论"),
                if_present("自评得分", text("对照年度考核指标逐项自评，自评得分{{自评得分}}分。")),
                *_ROOM,
                line("{{部门名称}}（盖章）", "right"),
                line(DAY, "right"),
            ),
        ],
    )  # fmt: skip


def personal_report() -> PlainForm:
    return PlainForm(
        is_in_parts=True,
        body=[
            for_each(
                "行",
                "述职人",
                if_present("行.承前", new_part()),
                part_title("{{年度}}年度\n{{报告名称}}", _ABOVE_TITLE),
                line("{{专项名称}}", "center"),
                fields(
                    ("部门", "{{部门名称}}"), ("姓名", "{{行.姓名}}"), ("职务", "{{行.职务}}"),
                    ("报告日期", "{{会议日期}}"),
                ),
                part_title("{{年度}}年度\n{{报告名称}}"),
                line("{{部门名称}}　{{行.职务}}　{{行.姓名}}", "center"),
                _to_write(heading(1, "一、履行职责情况")),
                _to_write(heading(1, "二、廉洁自律情况")),
                _to_write(heading(1, "三、存在的问题")),
                on_one_page(heading(1, "四、改进措施"), *_ROOM, sign_lines("报告人")),
            ),
        ],
    )  # fmt: skip
