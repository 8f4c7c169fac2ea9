"""The columns of a sheet of cases: those of every case, and one for each field of the rulebook's kind of record."""

from __future__ import annotations

from config.tables import Head, Heads
from documents.sheets.writing import ExcelColumn, ExcelTable
from states.records.case import CASE
from states.rulebook.types import Rulebook
from states.vocabulary import Text

KIND = "cases"
_DAYS = ("acted_on", "effective_on")

_BEFORE: Heads = {
    "case": Head(Text(zh="案件序号", en="Case number"), ("案件", "案件编号", "案号")),
    "person": Head(
        Text(zh="姓名", en="Name"), ("人员", "人员姓名", "受处分人", "被处分人", "受处理人", "处分人员"), True
    ),
    "staff_number": Head(Text(zh="工号", en="Staff number"), ("职工号", "教工号", "教职工号", "人员编号")),
    "unit": Head(
        Text(zh="发生时所在部门", en="Department at the time"),
        ("部门", "所在部门", "单位", "所在单位", "部门名称", "单位名称", "时任部门"),
        True,
    ),
    "unit_now": Head(Text(zh="现在部门", en="Department now"), ("现部门", "现单位", "现所在部门", "现任部门")),
    "acted_on": Head(
        Text(zh="行为日期", en="Day of the act"), ("行为时间", "违纪日期", "违纪时间", "违法日期", "发生日期")
    ),
}
_AFTER: Heads = {
    "effective_on": Head(
        Text(zh="生效日期", en="Effective date"),
        ("生效时间", "处分日期", "处分时间", "处理日期", "处理时间", "决定日期", "处分生效日期"),
    ),
    "document": Head(
        Text(zh="文号", en="Document number"), ("处分文号", "处理文号", "决定文号", "文件号", "处分决定文号")
    ),
    "instead_of": Head(Text(zh="代替的较重处理", en="Heavier outcome it replaces"), ("代替的处理", "减轻前的处理")),
    "elements": Head(Text(zh="失分的要素", en="Elements"), ("失分要素",)),
    # A remark of an office (备注) may tell a story, so only a column that is called 说明 is read.
    "remark": Head(Text(zh="说明", en="Remark"), ("情况说明",)),
}


def case_heads(rulebook: Rulebook) -> Heads:
    """The columns, by key. `fields.outcome` is the field `outcome` of the rulebook."""
    kind = rulebook.records[CASE]
    fields = {f"fields.{one.key}": Head(one.title.text, (), is_required=True) for one in kind.field}
    return {**_BEFORE, **fields, **_AFTER}


def template_tables(rulebook: Rulebook, language: str) -> list[ExcelTable]:
    """The sheet to fill in, and one with what may be written in the columns of the rulebook."""
    kind = rulebook.records[CASE]
    options = {
        f"fields.{one.key}": tuple(option.title.text.render(language) for option in one.option) for one in kind.field
    }
    options["instead_of"] = options[f"fields.{kind.first.key}"]
    title, note, listed = (
        text.render(language)
        for text in (
            Text(zh="案件", en="Cases"),
            Text(
                zh="一行一人一项处理；同一案件有几人的，写相同的案件序号。只写处理结果和文号，不写案情。",
                en="One row for each person and outcome. Rows of one case have the same case number. No narrative.",
            ),
            Text(zh="填写说明", en="Example"),
        )
    )
    columns = tuple(
        ExcelColumn(
            title=head.title.render(language),
            width=24 if key in ("unit", "unit_now", "document") or key in options else 14,
            kind="day" if key in _DAYS else "text",
            choices=options.get(key, ()),
        )
        for key, head in case_heads(rulebook).items()
    )
    known = [(one.title.text.render(language), options[f"fields.{one.key}"]) for one in kind.field]
    rows = tuple(
        tuple(titles[row] if row < len(titles) else None for _, titles in known)
        for row in range(max(len(titles) for _, titles in known))
    )
    return [
        ExcelTable(name=title, title=title, subtitle=note, columns=columns, is_open=True),
        ExcelTable(
            name=listed, title=listed, columns=tuple(ExcelColumn(title=head, width=40) for head, _ in known), rows=rows
        ),
    ]
