"""The pieces of a paper's values: days, clauses, grades and results as a Chinese paper writes them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from states.deadlines.task_dates import dates_of_tasks
from states.result.open_tasks import follow_ups_of, task_title
from states.result.result import Result
from states.rulebook.calculation.numbers import plain
from states.rulebook.tasks import Follow, Task
from states.rulebook.types import TAKEN_OFF, Rulebook
from states.stages.approval import Approved
from states.stages.circulation import Circulated
from states.stages.scoring import Scored
from states.user_errors import UserError
from states.vocabulary import Text

from .limits import limit_words
from .sources import UnitSource, YearSource

Rows = list[dict[str, str]]
PaperValues = dict[str, "str | Sequence[Mapping[str, str]]"]
"""The values of a paper by the English name: a text, or for a list the texts of each row by the name of the column."""

TO_WRITE_IN = "＿" * 12
"""What no rule names, such as 抄送: those who sign the paper write it in, or take the line out."""

_KIND_OF_RULE = re.compile(r"(实施)?(暂行)?(办法|细则|规定|方案|意见|制度)(（.*?）)?$")
"""What a rule is called at the end of its title."""

NO_DAY = "　　　　年　　月　　日"
"""A day that nobody knows yet: it is written in by hand."""


_ITEM_OF_ANNEX = re.compile(r"(附[件表][\d一二三四五六七八九十]*) (\d+(?:\.\d+)*(?:、\d+(?:\.\d+)*)*)")
_INNER_MARKS = str.maketrans("“”", "‘’")
_THE_UNIT = re.compile(r"该(?:二级)?(?:部门|单位|学院)")
"""What a measure calls the department that a result is about."""

_DAY_IN_TEXT = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])", re.ASCII)
_CHINESE = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”"
_SPACES = re.compile(f"(?<=[{_CHINESE}]) | (?=[{_CHINESE}])")


def no_number(year: int) -> str:
    """The number of a paper that has none yet: the office system gives it."""
    return f"　　　　〔{year}〕　　号"


class TooEarlyForPaper(UserError):
    """The stage whose result the paper says is not done."""

    zh = "{of} 的“{stage}”尚未办结，不能制作这份文书。请办结后再制作。"
    en = "“{stage}” of {of} is not done, so this paper cannot be made yet. Make it afterwards."


class NoStage(UserError):
    """The assessment has no stage that the paper serves."""

    zh = "{of} 的考核没有这份文书所对应的步骤，不必制作。"
    en = "The assessment of {of} has no stage that this paper serves, so the paper is not needed."


def day(one: date | None) -> str:
    """GB/T 9704 7.3.5.4: the day in Arabic digits, without leading zeros."""
    return NO_DAY if one is None else f"{one.year}年{one.month}月{one.day}日"


def as_written(sentence: str) -> str:
    """A sentence of the program as a paper writes it: 2026年6月30日 for 2026-06-30, and no spaces beside Chinese characters."""
    return _SPACES.sub("", _DAY_IN_TEXT.sub(lambda match: day(date.fromisoformat(match[0])), sentence))


def clause_words(clause: str) -> str:
    """A clause as a sentence of a paper names it: 附件1第1.1项 for 附件1 1.1."""
    return _ITEM_OF_ANNEX.sub(r"\1第\2项", clause)


def quoted(text: str) -> str:
    """A text between quotation marks; those in it become single ones (GB/T 15834)."""
    return f"“{text.translate(_INNER_MARKS)}”"


def roles(keys: Iterable[str], rulebook: Rulebook) -> str:
    return "、".join(rulebook.role_title(key).zh for key in keys)


def recipients(task: Task, rulebook: Rulebook) -> str:
    """To whom the paper of a task is sent: the roles that do it, without the office that sends it."""
    circulation = rulebook.stages.get("circulation")
    others = [role for role in task.by if circulation is None or role not in circulation.by]
    return roles(others or task.by, rulebook)


def words(clause: str, rulebook: Rulebook) -> str:
    """The words of the measure at a clause; empty where the rulebook has no text of it."""
    return "".join(one.text.zh for one in rulebook.words(clause))


def head(rulebook: Rulebook, number: int, today: date) -> dict[str, str]:
    """The values that every paper has."""
    measure, circulation = rulebook.measure, rulebook.stages.get("circulation")
    return {
        "year": str(number),
        "measure": measure.title.zh,
        "assessment": name_of_assessment(measure.title.zh, measure.issuer.zh),
        "issuer": measure.issuer.zh,
        "sender": roles(circulation.by[:1], rulebook) if circulation is not None else "",
        "made_on": day(today),
    }


def name_of_assessment(title: str, issuer: str) -> str:
    """What a measure assesses, as titles name it: its own title without the institution and without 办法（试行）.

    某学院落实责任制考核办法（试行） of 中共某学院委员会 is 落实责任制考核.
    """
    beginnings = (title[:length] for length in range(len(title), 0, -1))
    institution = next((one for one in beginnings if one in issuer), "")
    name = _KIND_OF_RULE.sub("", title.removeprefix(institution)).removeprefix("年度")
    return name or "考核"


def title_of(what: str, year: int, rulebook: Rulebook) -> str:
    """The title of a paper with the assessment that it belongs to: 2026年度落实责任制考核 and 考核结果汇总表 make one."""
    measure = rulebook.measure
    assessment = name_of_assessment(measure.title.zh, measure.issuer.zh)
    shared = next((length for length in range(len(what), 0, -1) if assessment.endswith(what[:length])), 0)
    return f"{year}年度{assessment}{what[shared:]}"


def official_head(rulebook: Rulebook) -> dict[str, str]:
    """To whom an official paper is sent, and who prints it: as the notice that issued the measure says."""
    issued = rulebook.measure.notice
    return {
        "addressee": issued.addressee.zh.rstrip("：:") if issued is not None else "各部门",
        "printed_by": issued.printed_by.zh if issued is not None else TO_WRITE_IN,
    }


def unit_head(one: UnitSource) -> dict[str, str]:
    """The values that every paper about one assessment has."""
    special = one.rulebook.special_title(one.state.occasion, one.state.title)
    own = {"unit_name": one.unit, "unit_kind": one.kind, "occasion": special.zh if special is not None else ""}
    return {**head(one.rulebook, one.state.year, one.today), **own}


def stage_words(kind: str, one: UnitSource | YearSource) -> dict[str, str]:
    """The title and the clause of a stage. Empty where the rulebook has none of this kind."""
    stage = one.rulebook.stages.get(kind)
    return {"stage": stage.title.zh if stage else "", "clause": stage.clause if stage else ""}


def first_result(one: UnitSource) -> Result | None:
    """The result of the department (the first subject of the rulebook); None before it is scored."""
    scored = one.state.fact(Scored)
    return scored.results[0] if scored is not None else None


def result_words(one: UnitSource) -> dict[str, str]:
    """The result of the department. Its grade is that which was approved, and before that the proposed one."""
    result = first_result(one)
    if result is None:
        return {"score": "", "subtotal": "", "adjustment": "", "grade": "", **limit_words(None, one.rulebook)}
    return {
        "score": plain(result.score),
        "subtotal": plain(result.subtotal),
        "adjustment": plain(adjustment(result, one.rulebook)),
        "grade": one.rulebook.grade_title(result.grade).zh,
        **limit_words(result, one.rulebook),
    }


def adjustment(result: Result, rulebook: Rulebook) -> Decimal:
    """What was added or taken off as it stands under its head: 8 under 扣分, and with its sign under 加减分."""
    return -result.adjustment if rulebook.adjustment_title == TAKEN_OFF else result.adjustment


def approver(rulebook: Rulebook) -> str:
    """Who approves the results."""
    stage = rulebook.stages.get("approval")
    return roles(stage.by, rulebook) if stage is not None else ""


def posts(one: UnitSource) -> dict[str, str]:
    """The post of each member by id, as papers write it."""
    return {person: as_written(post) for person, post in one.state.posts.items()}


def decision_words(one: UnitSource) -> dict[str, str]:
    """The resolution of the committee and the circulated notice; blank what is not there yet."""
    approved, notice = one.state.fact(Approved), one.state.fact(Circulated)
    return {
        "approver": approver(one.rulebook),
        "resolution": approved.resolution if approved is not None else "",
        "met_on": day(approved.met_on if approved is not None else None),
        "notice": notice.document if notice is not None else "",
        "circulated_on": day(notice.circulated_on if notice is not None else None),
    }


def numeral(number: int) -> str:
    """A number below 100 in Chinese characters, as headings have it: 十二."""
    tens, ones = divmod(number, 10)
    return f"{_DIGITS[tens] if tens > 1 else ''}{'十' if tens else ''}{_DIGITS[ones]}"


_DIGITS = ("", *"一二三四五六七八九")


def require_stage(one: UnitSource, kinds: Collection[str]) -> None:
    """Raise `NoStage` if the assessment has no stage of these kinds, as at an occasion with fewer stages."""
    if not set(kinds) & one.rulebook.stages.keys():
        raise NoStage(of=one.unit)


def require(one: UnitSource, kind: str) -> None:
    """Raise `TooEarlyForPaper` if the stage is not done."""
    if one.state.step(kind) is None:
        stage = one.rulebook.stages.get(kind)
        raise TooEarlyForPaper(of=one.unit, stage=stage.title.text if stage is not None else Text(zh=kind, en=kind))


def result_rows(units: Iterable[UnitSource]) -> Rows:
    """A row with the result of each department."""
    return [
        {
            "number": str(number),
            "unit": one.unit,
            "kind": one.kind,
            **result_words(one),
            **{key: value for key, value in decision_words(one).items() if key in ("resolution", "notice")},
        }
        for number, one in enumerate(units, 1)
    ]


def grade_rows(units: Iterable[UnitSource], rulebook: Rulebook) -> Rows:
    """A row for each grade that a department has, the best first: how many have it, and which."""
    by_grade: dict[str, list[str]] = {}
    for one in units:
        result = first_result(one)
        if result is not None and result.grade is not None:
            by_grade.setdefault(result.grade, []).append(one.unit)
    scale = rulebook.first_scale
    return [
        {"grade": rulebook.grade_title(key).zh, "count": str(len(by_grade[key])), "units": "、".join(by_grade[key])}
        for key in (scale.ranks if scale is not None else ())
        if key in by_grade
    ]


def unit_tasks(one: UnitSource) -> list[str]:
    """The ids of the tasks that follow from the result of the department, without those of single persons."""
    scored = one.state.fact(Scored)
    if one.state.step("circulation") is not None:
        ids = [id_ for id_ in one.state.tasks if id_ not in one.state.reviews]
    elif scored is not None:
        follows = follow_ups_of(scored.inputs, one.rulebook, is_special=one.state.is_special)
        ids = [follow.id for follow in follows.certain]
    else:
        ids = []
    return [id_ for id_ in ids if not Follow.from_id(id_).person]


def task_rows(units: Sequence[UnitSource]) -> Rows:
    """A row for each group of departments with the same tasks: the titles of these tasks, their clauses, for whom."""
    units_of: dict[tuple[str, str], list[str]] = {}
    for one in units:
        for id_ in unit_tasks(one):
            task = one.rulebook.task_of(id_)
            title = task_title(one.state, id_, one.rulebook).zh
            units_of.setdefault((title, task.clause if task is not None else ""), []).append(one.unit)
    groups: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for named, names in units_of.items():
        groups.setdefault(tuple(names), []).append(named)
    return [
        {
            "task": "；".join(title for title, _ in tasks),
            "sentence": _sentence([title for title, _ in tasks], names, is_everybody=len(names) == len(units)),
            "clause": "、".join(dict.fromkeys(clause for _, clause in tasks)),
            "units": "上述各部门" if len(names) == len(units) > 1 else "、".join(names),
        }
        for names, tasks in groups.items()
    ]


def named(title: str, name: str) -> str:
    """The title of a task with the name of the department in place of 该部门."""
    return _THE_UNIT.sub(name, title)


def _sentence(titles: Sequence[str], names: Sequence[str], *, is_everybody: bool) -> str:
    """What follows for these departments. They are named where the first title says 该部门, or else before it."""
    all_names, again = "、".join(names), "上述部门" if len(names) > 1 else "该部门"
    first, *others = titles
    if _THE_UNIT.search(first):
        first = named(_THE_UNIT.sub(all_names, first, count=1), again)
    elif not is_everybody:
        first = f"{all_names}：{first}"
    return "；".join([first, *(named(title, again) for title in others)])


def limited_rows(units: Iterable[UnitSource]) -> Rows:
    """A row for each clause that set or limited grades: which departments, and what it does."""
    of_limit: dict[tuple[str, str], list[str]] = {}
    for one in units:
        limit = limit_words(first_result(one), one.rulebook)
        if limit["limit_clause"]:
            of_limit.setdefault((limit["limit_clause"], limit["limit_effect"]), []).append(one.unit)
    return [
        {"units": "、".join(names), "limit_clause": clause, "limit_effect": effect}
        for (clause, effect), names in of_limit.items()
    ]


def due_days(one: UnitSource) -> dict[str, date | None]:
    """Until when each task of a circulated result is due; nothing before its circulation."""
    notice = one.state.fact(Circulated)
    if notice is None:
        return {}
    dates = dates_of_tasks(one.state, notice.circulated_on, one.rulebook, one.is_working)
    return {id_: each.due for id_, each in dates.items()}
