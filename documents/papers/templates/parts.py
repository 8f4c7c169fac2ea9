"""What several templates have in common: a day to write in, a column of a table, and a form."""

from __future__ import annotations

from documents.word.gongwen import (
    Block,
    FormRow,
    TableColumn,
    field_table,
)

DAY = "　　　　年　　月　　日"
"""A day that is written in by hand."""


def column(head: str, width: int = 1, name: str = "") -> TableColumn:
    """A column with the value of the same name, or of another one."""
    return TableColumn(head, f"{{{{行.{name or head}}}}}", width, "left" if head in SENTENCES else "center")


SENTENCES = {
    "部门",
    "承办",
    "所属指标",
    "考核要素",
    "扣分理由",
    "理由",
    "事项",
    "项目",
    "说明",
    "情况",
    "要点",
    "来源",
    "问题",
    "整改要求",
    "要素",
    "理解",
    "题名",
    "责任者",
    "途径",
    "受理",
}
"""The columns that begin at the left, because their texts are long."""


def fields(*labels: str | tuple[str, str]) -> Block:
    """A form: each label with its value beside it, or with room to write."""
    return field_table(*(FormRow((one, "") if isinstance(one, str) else one) for one in labels))
