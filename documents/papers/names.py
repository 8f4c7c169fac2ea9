"""The names that the templates of the papers may use, each with a long example for a trial.

A name that several papers have means the same in each of them. Not here: their values (`workflow/papers/`).
"""

from __future__ import annotations

from documents.word.names import Name, NameTable

_DAY = "2026年12月30日"
_UNIT = "智能制造与新能源汽车产业学院（样例）"

YEAR = Name("年度", "year", "2026", is_required=True)
MEASURE = Name("办法名称", "measure", "某职业技术学院部门年度工作考核办法（试行）")
ASSESSMENT = Name("考核名称", "assessment", "落实安全稳定和意识形态工作责任制考核")
"""What the measure assesses, for titles: an institution has other assessments, too."""
ISSUER = Name("发文机关", "issuer", "中共某职业技术学院委员会")
MADE_ON = Name("制作日期", "made_on", _DAY)
OFFICE = Name("承办机关", "sender", "年度考核工作办公室（综合办公室）")
HEAD = (YEAR, MEASURE, ASSESSMENT, ISSUER, OFFICE, MADE_ON)
"""What every paper has."""

UNIT = Name("部门名称", "unit_name", _UNIT, is_required=True)
UNIT_HEAD = (*HEAD, UNIT, Name("部门类别", "unit_kind", "二级学院"), Name("专项名称", "occasion", "专项检查：招标采购"))
"""What every paper about one assessment has."""

STAGE, CLAUSE = Name("环节", "stage", "民主测评"), Name("依据", "clause", "第七条（二）2")
GRADE = Name("等次", "grade", "基本合格")
LIMIT = Name("评定条款", "limit_clause", "第八条（三）2")
"""The clause that set or limited the grade; empty where the score gives it."""
LIMIT_EFFECT = Name("评定方式", "limit_effect", "直接评定为基本合格")
GRADE_REMARK = Name("等次备注", "grade_remark", "直接评定（第八条（三）2）")
SCORE = Name("得分", "score", "87.5")
RESULT = (
    SCORE,
    Name("指标得分", "subtotal", "92"),
    Name("加减分", "adjustment", "-4.5"),
    GRADE,
    LIMIT,
    LIMIT_EFFECT,
    GRADE_REMARK,
)
ADJUSTMENT = Name("加减分名称", "adjustment_title", "扣分")
RESOLUTION, MET_ON = Name("审定文号", "resolution", "某党字〔2026〕50号"), Name("审定日期", "met_on", _DAY)
NOTICE, CIRCULATED_ON = Name("通报文号", "notice", "某党字〔2026〕60号"), Name("通报日期", "circulated_on", _DAY)
APPROVER = Name("审定机关", "approver", "学校党委")
DECISION = (APPROVER, RESOLUTION, MET_ON, NOTICE, CIRCULATED_ON)

NUMBER = Name("序号", "number", "128")
ADDRESSEE = Name("主送", "addressee", "校属各部门")
DATE = Name("成文日期", "date", _DAY)
"""The day of an official paper; written in by hand where nobody knows it yet."""
DOCUMENT_NUMBER = Name("发文字号", "document_number", "某党字〔2026〕40号")
PRINTED_BY = Name("印发机关", "printed_by", "中共某职业技术学院委员会办公室")
UNIT_COUNT = Name("部门数", "unit_count", "128")
PLACE = Name("地点", "place", "图书馆三楼第二会议室")
TASK = Name("事项", "task", "取消该二级部门领导班子及其班子成员当年各类评优评先资格")
BY = Name("承办", "by", "人事处、综合办公室")
DUE = Name("期限", "due", _DAY)
COPIES = Name("抄送", "copies", "某某部门，" * 12 + "某某部门")
"""Who gets a copy of an official paper: separated by commas, GB/T 9704-2012 7.4.1."""
POST = Name("职务", "post", "党总支副书记、副院长")
PERSON = Name("姓名", "name", "欧阳样例", names_persons=True)
RETENTION = Name("保管期限", "retention", "30年")
STAFF = Name("应到", "entitled", "128")
HELD_ON = Name("会议日期", "held_on", "2026年12月2日")
MEETING = Name("会议名称", "meeting", f"{_UNIT}全体会议")
"""The meeting of a department by its name."""
SUBJECT = Name("测评对象", "subject", "党总支副书记、副院长")
WORDS = Name("条文", "words", "年度考核结果在全校通报。" * 8)


def required(name: Name) -> Name:
    """The same name in a paper that must have it."""
    return Name(
        name.zh, name.en, name.example, is_required=True, names_persons=name.names_persons, columns=name.columns
    )


def table(*names: Name) -> NameTable:
    return NameTable(names)


YOU = Name("收文机关称谓", "you", "你单位")
"""What a letter calls the body that it is sent to."""
OUTCOME = Name("考核结果", "outcome", "考核结果为“基本合格”，系根据《办法》第八条（三）2直接评定")
"""The grade of one department, with the clause that set it."""
UNIT_TASK = Name("部门事项", "unit_task", f"取消{_UNIT}领导班子及其班子成员当年各类评优评先资格")
"""A task with the name of the department in place of 该部门."""
PENDING = Name("待审定部门", "pending", "样例学院、样例中心")
DECIDED_APART = Name("另行审定部门", "decided_apart", "样例学院、样例中心")

RESULTS = Name(
    "结果",
    "results",
    is_required=True,
    columns=(
        NUMBER,
        Name("部门", "unit", _UNIT),
        Name("类别", "kind", "党政部门"),
        *RESULT,
        RESOLUTION,
        NOTICE,
    ),
)
GRADES = Name(
    "等次汇总",
    "grades",
    columns=(GRADE, Name("个数", "count", "12"), Name("部门", "units", f"{_UNIT}、" * 11 + _UNIT)),
)
_UNITS = Name("部门", "units", f"{_UNIT}、{_UNIT}")
LIMITED = Name("等次依据", "limited", columns=(_UNITS, LIMIT, LIMIT_EFFECT))
"""The clauses that set or limited grades, with the departments."""
FOLLOWING = Name(
    "结果运用",
    "tasks",
    columns=(
        TASK,
        CLAUSE,
        _UNITS,
        Name("语句", "sentence", f"取消{_UNIT}、{_UNIT}领导班子及其班子成员当年各类评优评先资格"),
    ),
)
"""The tasks that follow from the results of several departments."""
EXPLANATION = Name(
    "计分说明",
    "explanation",
    columns=(
        Name("项目", "item", "总分"),
        Name("说明", "sentence", "各项指标得分之和，减去案件扣分，最低为 0 分"),
        Name("分", "points", "−4.5"),
        CLAUSE,
    ),
)
"""How the result of one department came about."""
LOSSES = Name(
    "扣分要素",
    "losses",
    columns=(
        Name("编号", "label", "3.2"),
        Name("要素", "element", "领导班子每年专题研究重点工作不少于两次" * 3),
        Name("扣分", "points", "0.5"),
        Name("理由", "reason", "全年只专题研究一次，缺第二次会议记录" * 4),
    ),
)
"""The elements that lost points."""
OWN_TASKS = Name("结果运用", "tasks", columns=(TASK, BY, DUE, CLAUSE))
"""The tasks that follow from the result of one department."""
