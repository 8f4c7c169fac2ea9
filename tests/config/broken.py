"""Ways to break the shipped rulebook: one replacement of text each, and the fault it must be refused with."""

from __future__ import annotations

from typing import NamedTuple


class Broken(NamedTuple):
    """Replace `old` (which stands once) by `new`: the fault at `key` (empty: the whole file) says `zh` and `en` among its words."""

    name: str
    old: str
    new: str
    key: str
    zh: str
    en: str

    def of(self, text: str) -> bytes:
        """The file with this fault in it."""
        assert text.count(self.old) == 1, f"{self.name}: stands {text.count(self.old)} times"
        return text.replace(self.old, self.new).encode()


_SECTION = """[[form.item]]
key = "a1-6"
label = "6"
title = { zh = "多", en = "Extra" }
points = 4
clause = "ours"
item = [{ key = "a1-6.1", label = "6.1", title = { zh = "多", en = "Extra" }, points = 4, clause = "ours", item = [
  { key = "a1-6.1.1", label = "6.1.1", title = { zh = "多", en = "Extra" }, points = 4, clause = "ours" },
] }]

[[form.deduction_item]]
clause = "附件1 5"
"""

_OPENED_BY = 'clause = "第六条"\nby = ["office", "leading_group", "clock"]\n\n[[stage]]'
_LADDER = 'before = [10, 5, 3, 1]\non_the_day = true\noverdue = [1, 3, 5]\nescalate = [{ after = 1, to = "office" }'
_POSTED = """[[stage]]
kind = "publicity"
title = { zh = "公示", en = "Publicity" }
clause = "公示规定"
by = ["office"]

"""
_STEP = _POSTED.replace('kind = "publicity"', 'kind = "step"\nkey = "feedback"')
_OPENING, _ACTS = '[[stage]]\nkind = "opening"', '[[act]]\ncommand = "return_self_report"'
_FIRST = "form.annex-1.item.a1-1"
_ELEMENT = f"{_FIRST}.item.a1-1.1.item.a1-1.1.1"

SUMS = (
    Broken("sections do not make the total", '[[form.deduction_item]]\nclause = "附件1 5"\n', _SECTION,
           "form.annex-1", "下级分值合计 104，应为 100", "the parts add up to 104, not 100"),
    Broken("indicators do not make the section", 'points = 24\nclause = "附件1 1"\n', 'points = 23\nclause = "附件1 1"\n',
           _FIRST, "下级分值合计 24，应为 23", "the parts add up to 24, not 23"),
    Broken("elements do not make the indicator", 'points = 6\nclause = "附件1 1.1.1"', 'points = 5.5\nclause = "附件1 1.1.1"',
           f"{_FIRST}.item.a1-1.1", "下级分值合计 5.5，应为 6", "the parts add up to 5.5, not 6"),
    Broken("the total is another", 'clause = "附件1"\npoints = 100', 'clause = "附件1"\npoints = 90',
           "form.annex-1", "下级分值合计 100，应为 90", "the parts add up to 100, not 90"),
)  # fmt: skip

GRADES = (
    Broken("a gap between grades", "at_least = 60, below = 70", "at_least = 60, below = 69.5",
           "scale.unit", "时没有一行成立", "no row holds for graded_by"),
    Broken("an overlap of grades", "at_least = 60, below = 70", "at_least = 60, below = 70.5",
           "scale.unit", "两行同时成立", "both hold for graded_by"),
    Broken("a middle grade without an upper bound", "at_least = 60, below = 70", "at_least = 60",
           "scale.unit", "两行同时成立", "both hold for graded_by"),
    Broken("a gap under the lowest grade", 'when = [{ of = "graded_by", below = 60 }]', 'when = [{ of = "graded_by", at_least = 10, below = 60 }]',
           "scale.unit", "时没有一行成立", "no row holds for graded_by"),
)  # fmt: skip

STAGES = (
    Broken("an unknown kind of stage", 'kind = "site_inspection"', 'kind = "garden_inspection"',
           "stage.garden_inspection.kind", "'site_inspection', 'scoring'", "cannot be 'garden_inspection'; allowed: 'opening'"),
    Broken("a result that is posted before it is made", 'kind = "self_report"', 'kind = "publicity"',
           "stage.publicity", "必须排在 scoring 之后", "must come after scoring"),
    Broken("a result that is approved before it is made", 'kind = "self_report"', 'kind = "approval"',
           "stage.approval", "必须排在 scoring 之后", "must come after scoring"),
    Broken("a result that is circulated before it is approved", 'kind = "self_report"', 'kind = "circulation"',
           "stage.circulation", "必须排在 approval 之后", "must come after approval"),
    Broken("a stage before the opening", _OPENING, _POSTED + _OPENING,
           "stage.publicity", "必须排在 opening 之后", "must come after opening"),
    Broken("a stage after the circulation", _ACTS, _POSTED + _ACTS,
           "stage.publicity", "通报之后要办的事，请写成结果运用事项",
           "what is to be done after the circulation is a follow-up task"),
    Broken("a step without a key", _OPENED_BY, _OPENED_BY.replace("[[stage]]", _STEP.replace('key = "feedback"\n', "") + "[[stage]]"),
           "stage.step.key", "缺少 key", "key is missing"),
    Broken("a step called like a kind of stage", _OPENED_BY, _OPENED_BY.replace("[[stage]]", _STEP.replace("feedback", "publicity") + "[[stage]]"),
           "stage.publicity.key", "publicity 是系统已用的名称，请另取", "publicity is a name that the program uses: choose another"),
    Broken("two steps with one key", _OPENED_BY, _OPENED_BY.replace("[[stage]]", _STEP + _STEP + "[[stage]]"),
           "stage", "键 feedback 重复", "key feedback occurs 2 times"),
    Broken("a step called like a task", _OPENED_BY, _OPENED_BY.replace("[[stage]]", _STEP.replace("feedback", "filed") + "[[stage]]"),
           "task.filed", "与步骤同名", "has the name of a stage"),
    Broken("a step called like the routine checks", _OPENED_BY, _OPENED_BY.replace("[[stage]]", _STEP.replace("feedback", "routine_check") + "[[stage]]"),
           "routine_check.key", "与步骤同名", "has the name of a stage"),
    Broken("a stage with a key of its own that is no step", 'kind = "meeting"', 'kind = "meeting"\nkey = "assembly"',
           "stage.assembly.key", "应为 meeting：只有 step 类步骤自定 key", "must be meeting: only a step has a key of its own"),
    Broken("a stage no measure can do without", 'kind = "scoring"', 'kind = "publicity"',
           "stage", "缺少步骤 scoring", "stage scoring is missing"),
    Broken("a stage twice", 'kind = "democratic_evaluation"', 'kind = "meeting"',
           "stage", "键 meeting 重复", "key meeting occurs 2 times"),
    Broken("a due date after its successor's", 'due = "12-15"', 'due = "12-25"',
           "stage.site_inspection.due", "12-25 晚于其后的 stage.scoring.due（12-21）",
           "12-25 is after what follows it, stage.scoring.due (12-21)"),
    Broken("a year opened after its first due date", 'open_on = "11-02"', 'open_on = "11-25"',
           "open_on", "11-25 晚于其后的 stage.self_report.due", "11-25 is after what follows it"),
    Broken("a day no calendar has", 'due = "12-15"', 'due = "12-32"',
           "stage.site_inspection.due", "必须写成 MM-DD，且每年都有这一天，而不是 '12-32'", "must be written MM-DD and be a day every year has, not '12-32'"),
    Broken("a day only leap years have", 'due = "12-15"', 'due = "02-29"',
           "stage.site_inspection.due", "每年都有这一天，而不是 '02-29'", "a day every year has, not '02-29'"),
    Broken("a week for a day", 'due = "12-15"', 'due = "W05"',
           "stage.site_inspection.due", "必须写成 MM-DD", "must be written MM-DD"),
    Broken("a due date nobody is reminded of", _OPENED_BY, _OPENED_BY.replace("\n\n", '\ndue = "11-10"\n\n'),
           "stage.opening", "due 与 reminders 必须同时写", "write both due and reminders"),
    Broken("reminders of a task that is never due", 'due = { days = 30, roll = "stay" }', "",
           "task.talk.reminders", "仅当写 due 时写", "is written only when due is written"),
    Broken("a task due before it arises", 'due = { days = 30, roll = "stay" }', 'due = { days = 0, roll = "stay" }',
           "task.talk.due.days", "不得小于 1", "must be at least 1"),
    Broken("a task due in days and in months", 'due = { days = 30, roll = "stay" }', 'due = { days = 30, months = 1 }',
           "task.talk.due", "days、working_days、months、years 写一个", "write one of days, working_days, months and years"),
    Broken("a bar of working days", 'due = { days = 30, roll = "stay" }', 'due = { days = 30, roll = "stay" }\nlasts = { working_days = 9 }',
           "task.talk.lasts.working_days", "期间不按工作日计算：写 days、months 或者 years",
           "a bar does not last for working days: write days, months or years"),
    Broken("a task after one that there is not", 'due = { days = 30, roll = "stay" }', 'due = { days = 30, roll = "stay" }\nafter = "hearing"',
           "task.talk.after", "没有名为 hearing 的定义", "nothing is called hearing"),
    Broken("a task after itself", 'due = { days = 30, roll = "stay" }', 'due = { days = 30, roll = "stay" }\nafter = "talk"',
           "task", "循环先后：talk → talk", "comes after itself: talk → talk"),
    Broken("a task of no known subject", 'due = { days = 30, roll = "stay" }', 'due = { days = 30, roll = "stay" }\nfor = ["deputies"]',
           "task.talk.for", "没有名为 deputies 的定义", "nothing is called deputies"),
    Broken("a task called like a stage", 'key = "filed"', 'key = "approval"',
           "task.approval", "与步骤同名", "has the name of a stage"),
    Broken("an unknown way to roll", 'roll = "stay"\n', 'roll = "sideways"\n',
           "stage.circulation.roll", "不能是 'sideways'，可用：'back', 'stay', 'forward'",
           "cannot be 'sideways'; allowed: 'back', 'stay', 'forward'"),
    Broken("a reminder months ahead", "before = [10, 5, 3, 1]", "before = [140, 5, 3, 1]",
           "stage.self_report.reminders.before[0]", "不得大于 120", "must be at most 120"),
    Broken("a reminder twice on one day", "before = [10, 5, 3, 1]", "before = [10, 5, 5, 1]",
           "stage.self_report.reminders.before", "键 5 重复", "key 5 occurs 2 times"),
    Broken("two escalations on one day", _LADDER, _LADDER.replace("after = 1", "after = 3"),
           "stage.self_report.reminders.escalate", "键 3 重复", "key 3 occurs 2 times"),
    Broken("a truth value in other words", _LADDER, _LADDER.replace("true", '"yes"'),
           "stage.self_report.reminders.on_the_day", "必须是 true 或 false，而不是 'yes'", "must be true or false, not 'yes'"),
)  # fmt: skip

KEYS = (
    Broken("a missing clause", 'points = 6\nclause = "附件1 1.1.1"\n', "points = 6\n",
           f"{_ELEMENT}.clause", "缺少 clause", "clause is missing"),
    Broken("an empty clause", 'points = 6\nclause = "附件1 1.1.1"\n', 'points = 6\nclause = ""\n',
           f"{_ELEMENT}.clause", "不能为空", "must not be empty"),
    Broken("a clause of blanks", 'points = 6\nclause = "附件1 1.1.1"\n', 'points = 6\nclause = " "\n',
           f"{_ELEMENT}.clause", "不能为空", "must not be empty"),
    Broken("a title in one language", 'title.en = "Basic pass"\n', "",
           "scale.unit.grade.basic.title.en", "缺少 en", "en is missing"),
    Broken("an unknown key", "step = 0.5", "step = 0.5\nweight = 2",
           "scoring.weight", "没有 weight 这个键", "there is no key weight"),
    Broken("a misspelt key", "open_on = ", "opens_on = ",
           "opens_on", "没有 opens_on 这个键", "there is no key opens_on"),
    Broken("an alternative that the program does not know", 'key = "note"\n', 'key = "wait"\n',
           "reading.revised_result.alternative", "没有名为 wait 的定义", "nothing is called wait (known: committee, note)"),
    Broken("a role twice", 'key = "assessor"', 'key = "unit"',
           "role", "键 unit 重复", "key unit occurs 2 times"),
    Broken("an element's key twice", 'key = "a1-1.2.2"', 'key = "a1-1.2.1"',
           "form.annex-1", "键 a1-1.2.1 重复", "key a1-1.2.1 occurs 2 times"),
    Broken("an act twice", 'command = "revise_case"', 'command = "record_case"',
           "act", "键 record_case 重复", "key record_case occurs 2 times"),
    Broken("a ballot option twice", 'key = "dissatisfied"', 'key = "satisfied"',
           "ballot.meeting.option", "键 satisfied 重复", "key satisfied occurs 2 times"),
    Broken("a key that is none", 'key = "college"', 'key = "二级学院"',
           "unit_kind.二级学院.key", "'二级学院' 不合格式", "'二级学院' is not of the form"),
    Broken("a key without end", 'id = "liuzhou-2021"', f'id = "{"x" * 65}"',
           "id", "最多 64 个字符", "more than 64 characters"),
    Broken("a format of the future", "format = 1", "format = 2",
           "format", "不能是 2，可用：1", "cannot be 2; allowed: 1"),
    Broken("an hour no day has", 'remind_at = "09:00"', 'remind_at = "25:00"',
           "remind_at", "'25:00' 不合格式", "'25:00' is not of the form"),
    Broken("a time zone nobody lives in", 'timezone = "Asia/Shanghai"', 'timezone = "Asia/Liuzhou"',
           "timezone", "没有 Asia/Liuzhou 这个时区", "there is no time zone Asia/Liuzhou"),
)  # fmt: skip

NUMBERS = (
    Broken("a number in quotes", "step = 0.5", 'step = "0.5"',
           "scoring.step", "必须是十进制数字，而不是 '0.5'", "must be a decimal number, not '0.5'"),
    Broken("not a number", "step = 0.5", "step = nan",
           "scoring.step", "必须是有限的数字，而不是 NaN", "must be a finite number, not NaN"),
    Broken("an infinite number", "step = 0.5", "step = -inf",
           "scoring.step", "必须是有限的数字，而不是 -Infinity", "must be a finite number, not -Infinity"),
    Broken("a truth value for a number", "step = 0.5", "step = true",
           "scoring.step", "必须是十进制数字，而不是 True", "must be a decimal number, not True"),
    Broken("a step of nothing", "step = 0.5", "step = 0",
           "scoring.step", "必须大于 0", "must be greater than 0"),
    Broken("points below zero", 'points = 6\nclause = "附件1 1.1.1"', 'points = -6\nclause = "附件1 1.1.1"',
           f"{_ELEMENT}.points", "不得小于 0", "must be at least 0"),
    Broken("points beyond all measure", 'points = 6\nclause = "附件1 1.1.1"', 'points = 1e999\nclause = "附件1 1.1.1"',
           f"{_ELEMENT}.points", "不得大于 1000", "must be at most 1000"),
    Broken("half a sheet", "minimum_sheets = 2", "minimum_sheets = 1.5",
           "scoring.minimum_sheets", "必须是整数", "must be a whole number"),
    Broken("a truth value for a count", "minimum_sheets = 2", "minimum_sheets = true",
           "scoring.minimum_sheets", "必须是整数，而不是 True", "must be a whole number, not True"),
    Broken("a cap of nothing", 'key = "deduction_cap"\nvalue = "none"', 'key = "deduction_cap"\nvalue = 0',
           "reading.deduction_cap.value", "应大于 0、不大于 1000，而不是 0", "must be above 0 and at most 1000, not 0"),
    Broken("a number where a reading has words", 'value = "case"', "value = 3",
           "reading.deduction_unit.value", "不能是数字", "cannot be a number"),
)  # fmt: skip

KINDS = (
    Broken("text where none stands", 'timezone = "Asia/Shanghai"', "timezone = 8",
           "timezone", "必须是带引号的文字，而不是 8", "must be text in quotes, not 8"),
    Broken("a date in words", "issued_on = 2021-05-06", 'issued_on = "soon"',
           "measure.issued_on", "必须是日期（如 2021-05-06），而不是 'soon'", "must be a date (like 2021-05-06), not 'soon'"),
    Broken("one name where a list stands", 'by = ["committee"]\nrequires', 'by = "committee"\nrequires',
           "stage.approval.by", "必须是列表，而不是 'committee'", "must be a list, not 'committee'"),
    Broken("a step nobody may take", 'by = ["committee"]\nrequires', "by = []\nrequires",
           "stage.approval.by", "至少要有 1 项，现有 0 项", "has 0 entries; at least 1 needed"),
    Broken("a word where a table stands", '{ zh = "一级指标", en = "First-level indicator" },\n  { zh = "二级指标", en = "Second-level indicator" },\n  { zh = "考核要素", en = "Element" },\n  { zh = "自评", en = "Self" }', '"一级指标"',
           "form.annex-1.columns[0]", "必须是一个表（含键和值），而不是 '一级指标'", "must be a table of keys and values, not '一级指标'"),
    Broken("an unknown reading", 'value = "case"', 'value = "head"',
           "reading.deduction_unit.value", "没有 head，可选：case、person", "is none of case, person"),
)  # fmt: skip

NAMES = (
    Broken("a stage recorded by nobody known", 'by = ["committee"]\nrequires', 'by = ["comittee"]\nrequires',
           "stage.approval.by", "没有名为 comittee 的定义，是否指 committee（可用：assessor, ", "is committee meant? (known: assessor, "),
    Broken("an escalation to nobody known", _LADDER, _LADDER.replace("office", "officer"),
           "stage.self_report.reminders.escalate", "没有名为 officer 的定义", "nothing is called officer"),
    Broken("an act by nobody known", 'by = ["assessor", "working_group"]', 'by = ["assessors", "working_group"]',
           "act.fill_sheet.by", "没有名为 assessors 的定义", "nothing is called assessors"),
    Broken("a follow-up by nobody known", 'clause = "第九条3"\nby = ["organization", "office"]',
           'clause = "第九条3"\nby = ["registry"]',
           "task.filed.by", "没有名为 registry 的定义", "nothing is called registry"),
    Broken("a follow-up of no known grade", 'clause = "第九条3"\nby = ["organization", "office"]',
           'clause = "第九条3"\nwhen = [{ of = "grade", is = ["good"] }]\nby = ["organization", "office"]',
           "task.filed", "grade 不会是 good（可用：excellent, pass, basic, fail）",
           "grade is never good (known: excellent, pass, basic, fail)"),
    Broken("a task escalated to nobody known", 'due = { days = 30, roll = "stay" }\ndue_source = "ours"\n\n[task.reminders]\nbefore = [10, 5, 1]\non_the_day = true\noverdue = [1, 3, 5]\nescalate = [{ after = 3, to = "leading_group" }]',
           'due = { days = 30, roll = "stay" }\ndue_source = "ours"\n\n[task.reminders]\nbefore = [10, 5, 1]\non_the_day = true\noverdue = [1, 3, 5]\nescalate = [{ after = 3, to = "leaders" }]',
           "task.talk.reminders.escalate", "没有名为 leaders 的定义", "nothing is called leaders"),
    Broken("a kind of unit without a form", 'form = { college = "annex-1"', 'form = { college = "annex-3"',
           "subject.unit.form", "没有名为 annex-3 的定义", "nothing is called annex-3"),
    Broken("an unknown act", 'command = "fill_sheet"', 'command = "fill_sheets"',
           "act.fill_sheets.command", "没有 fill_sheets 这种办理事项", "there is no act fill_sheets"),
    Broken("a stage's own step as an act", 'command = "fill_sheet"', 'command = "approve"',
           "act.approve.command", "没有 approve 这种办理事项", "there is no act approve"),
)  # fmt: skip

PAIRS = (
    Broken("an option without a title", 'title.zh = "弃权"\ntitle.en = "Abstained"\n', "",
           "ballot.meeting.option.abstain.title", "缺少 title", "title is missing"),
)  # fmt: skip

SYNTAX = (
    Broken("a table left open", "[measure]", "[measure",
           "20:9", "第 20 行第 9 列不合 TOML 语法", "line 20, column 9 is not TOML"),
    Broken("a key written twice", "format = 1\n", "format = 1\nformat = 1\n",
           "6:11", "第 6 行第 11 列不合 TOML 语法", "Cannot overwrite a value"),
    Broken("a number nobody can hold", "step = 0.5", "step = 1e99999999999999999999",
           "", "不合 TOML 语法", "no such number: 1e99999999999999999999"),
)  # fmt: skip

ALL = (*SUMS, *GRADES, *STAGES, *KEYS, *NUMBERS, *KINDS, *NAMES, *PAIRS, *SYNTAX)
