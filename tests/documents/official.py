"""An official paper and a form as templates of the program have them, with names and values for tests."""

from __future__ import annotations

from documents.word.filling import fill
from documents.word.gongwen import (
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
from documents.word.names import Name, NameTable, Values

NAMES = NameTable(
    [
        *(
            Name(zh, en)
            for zh, en in (
                ("发文机关", "issuer"), ("发文字号", "number"), ("标题", "title"), ("主送", "to"), ("年度", "year"), ("部门数", "units"),
                ("要求", "demand"), ("成文日期", "date"), ("抄送", "copies_to"), ("印发机关", "issued_by"), ("印发日期", "issued_on"),
                ("部门名称", "unit_name"), ("会议名称", "meeting"), ("时间", "time"), ("主持人", "chair"), ("应到", "due"),
                ("实到", "present"), ("议程", "agenda"), ("表决", "vote"),
            )
        ),
        Name("情况", "findings", columns=(Name("文", "text"),)),
        Name("结果", "results", columns=(Name("序号", "no"), Name("部门", "unit"), Name("类别", "kind"), Name("等次", "grade"), Name("备注", "remark"))),
        Name("附表", "appendix"),
    ]
)  # fmt: skip

RESULTS = table(
    TableColumn("序号", "{{行.序号}}", 2),
    TableColumn("部门", "{{行.部门}}", 8, "left"),
    TableColumn("类别", "{{行.类别}}", 4),
    TableColumn("等次", "{{行.等次}}", 3),
    TableColumn("备注", "{{行.备注}}", 5, "left"),
    rows="结果",
)

CIRCULAR = OfficialPaper(
    mark="{{发文机关}}文件",
    number="{{发文字号}}",
    title="{{标题}}",
    to="{{主送}}",
    body=[
        text(
            "根据规定，{{年度}}年度落实党风廉政建设责任制考核工作已经完成，共考核{{部门数}}个部门。经研究，现将结果通报如下。"
        ),
        heading(1, "一、考核情况"),
        for_each("段", "情况", text("{{段.文}}")),
        heading(1, "二、工作要求"),
        heading(2, "（一）压实责任"),
        text("各部门对照反馈的问题，制定整改措施，明确责任人和完成时限。"),
        heading(3, "1.限期整改。"),
        heading(4, "（1）逐项销号。"),
        if_present("要求", text("{{要求}}")),
    ],
    signature="{{发文机关}}",
    date="{{成文日期}}",
    annexes=[
        PaperAnnex("{{年度}}年度考核结果", [RESULTS]),
        PaperAnnex("{{年度}}年度考核说明", [text("考核说明见各部门告知书。"), note("注：等次由高到低排列。")]),
    ],
    copies="抄送",
    issued_by="{{印发机关}}",
    issued_on="{{印发日期}}",
).build("考核结果通报")

MINUTES = PlainForm(
    title="会议记录",
    body=[
        line("部门：{{部门名称}}\t{{年度}}年度"),
        field_table(
            FormRow(("会议名称", "{{会议名称}}")),
            FormRow(("时间", "{{时间}}", "主持人", "{{主持人}}")),
            FormRow(("应到", "{{应到}}", "实到", "{{实到}}")),
            FormRow(("议程", "{{议程}}"), lines=8),
            FormRow(("表决", "{{表决}}"), lines=4),
            FormRow(("本表一式两份，一份存部门，一份交考核办公室。",)),
        ),
        line(),
        RESULTS,
        note("注：本表由记录人填写。"),
        sign_lines("主持人", "记录人"),
    ],
).build("会议记录")

VALUES: Values = {
    "issuer": "中共样例职业技术学院纪律检查委员会",
    "number": "样纪〔2026〕12号",
    "title": "中共样例职业技术学院纪律检查委员会\n关于2026年度落实党风廉政建设责任制\n考核结果的通报",
    "to": "各党总支、直属党支部，各部门",
    "year": "2026",
    "units": "60",
    "findings": [{"text": "从考核情况看，各部门能够落实责任制的要求，主要负责人履行第一责任人职责。" * 4} for _ in range(6)],
    "demand": "请各部门于2027年3月31日前报送整改报告。",
    "date": "2026年12月28日",
    "copies_to": "学院领导，校内各群团组织，存档",
    "issued_by": "样例学院纪律检查委员会办公室",
    "issued_on": "2026年12月29日",
    "unit_name": "样例学院",
    "meeting": "2026年度民主测评会议",
    "time": "2026年11月30日14时30分",
    "chair": "样例人员甲",
    "due": "42",
    "present": "40",
    "agenda": "一、述职述廉\n二、民主测评\n三、宣布测评办法",
    "vote": "发出测评票40张，收回40张，有效40张。",
}  # fmt: skip


def results(count: int) -> list[dict[str, str]]:
    """The rows of so many departments, the first one with the longest name that is expected."""
    names = [
        "样例数字信息与智能制造工程学院（国家级示范性产教融合基地）",
        *(f"样例第{number}学院" for number in range(2, count + 1)),
    ]
    return [
        {"no": str(number), "unit": name, "kind": "二级学院", "grade": ("优秀", "合格")[number % 2], "remark": ""}
        for number, name in enumerate(names[:count], 1)
    ]


def official(count: int = 3, template: bytes = CIRCULAR, **values: object) -> bytes:
    """The circular, or another template, filled with the results of so many departments."""
    return fill(template, NAMES, {**VALUES, "results": results(count), **values}, "考核结果的通报")  # type: ignore[dict-item]
