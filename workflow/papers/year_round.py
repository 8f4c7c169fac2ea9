"""The values of the papers about all departments of a year."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from states.assessment import F
from states.rulebook.stages import Stage
from states.rulebook.types import Rulebook
from states.stages.approval import Approved
from states.stages.circulation import Circulated
from states.stages.publicity import ResultPosted
from states.vocabulary import Text

from .sources import UnitSource, YearSource
from .words import (
    NO_DAY,
    TO_WRITE_IN,
    NoStage,
    PaperValues,
    Rows,
    TooEarlyForPaper,
    approver,
    day,
    first_result,
    grade_rows,
    head,
    no_number,
    official_head,
    recipients,
    result_rows,
    roles,
    stage_words,
    task_rows,
    words,
)


def notice(one: YearSource) -> PaperValues:
    rulebook = one.rulebook
    scale = rulebook.first_scale
    stages: Rows = [
        {
            "number": str(number),
            "stage": stage.title.zh,
            "clause": stage.clause,
            "by": roles(stage.by, rulebook),
            "due": day(one.year.due[stage.key]) if stage.key in one.year.due else "",
        }
        for number, stage in enumerate(rulebook.stage[1:], 1)
    ]
    units = [{"number": str(n), "unit": each.unit, "kind": each.kind} for n, each in enumerate(one.units, 1)]
    titles = [rulebook.grade_title(key).zh for key in scale.ranks] if scale is not None else []
    return {
        **head(rulebook, one.year.year, one.today),
        **official_head(rulebook),
        "copies": TO_WRITE_IN,
        "document_number": no_number(one.year.year),
        "date": NO_DAY,
        "unit_count": str(len(one.units)),
        "grades": "、".join(titles),
        "stages": stages,
        "forms": _forms(rulebook),
        "grading": _grading(rulebook),
        "requirements": _requirements(rulebook),
        "units": units,
        "uses": _uses(rulebook),
    }


def _forms(rulebook: Rulebook) -> str:
    """The forms by which departments are scored, each with its annex."""
    forms = {form.key: form for form in rulebook.forms_by_kind.values()}
    return "、".join(f"《{form.title.zh}》（{_of_measure(form.clause)}）" for form in forms.values())


def _grading(rulebook: Rulebook) -> str:
    """How results are graded: in the words of the clause, with its thresholds, or else the grades; empty without grades."""
    scale = rulebook.first_scale
    if scale is None:
        return ""
    clause = scale.grade[0].clause
    if (sentence := words(clause, rulebook)).endswith("。"):
        return f"{sentence.rstrip('。')}（{clause}）"
    return f"考核结果评定为{'、'.join(rulebook.grade_title(key).zh for key in scale.ranks)}"


def _requirements(rulebook: Rulebook) -> Rows:
    """A row for each stage with what it asks: in the words of its clause, or else what has to be there in the end.

    The words of the clause on grades stand where the grades do.
    """
    scale = rulebook.first_scale
    of_grades = {grade.clause for grade in scale.grade} if scale is not None else set()
    demands: list[tuple[Stage, str]] = []
    for stage in rulebook.stage[1:]:
        demand = "" if stage.clause in of_grades else words(stage.clause, rulebook)
        if demand.endswith("。"):
            demands.append((stage, demand.removeprefix(f"{stage.title.zh}。")))
        elif stage.requires:
            demands.append((stage, f"内容为{'；'.join(one.zh for one in stage.requires)}"))
    return [
        {
            "number": str(number),
            "stage": stage.title.zh,
            "required": _of_measure(demand.rstrip("。")),
            "clause": stage.clause,
        }
        for number, (stage, demand) in enumerate(demands, 1)
    ]


def _of_measure(sentence: str) -> str:
    """The sentence with 办法 before the annexes of the measure, because the notice has an annex of its own."""
    return re.sub(r"(?<!办法)附件(?=\d)", "办法附件", sentence)


def _uses(rulebook: Rulebook) -> Rows:
    """A row for each clause that says what follows from a result, in the order of the measure.

    In the words of the clause, or else the titles of its tasks.
    """
    printed = {clause: place for place, clause in enumerate(rulebook.paragraphs)}
    titles: dict[str, list[str]] = {}
    for task in sorted(rulebook.task, key=lambda one: printed.get(one.clause, len(printed))):
        titles.setdefault(task.clause, []).append(task.title.zh)
    return [
        {"number": str(n), "content": words(clause, rulebook).rstrip("。") or "；".join(of_clause), "clause": clause}
        for n, (clause, of_clause) in enumerate(titles.items(), 1)
    ]


def agenda_item(one: YearSource) -> PaperValues:
    ready = [each for each in one.units if first_result(each) is not None]
    if not ready:
        _require_any(one, "scoring")
    done = [
        {
            "stage": stage.title.zh,
            "clause": stage.clause,
            "count": str(sum(each.state.step(stage.key) is not None for each in one.units)),
        }
        for stage in one.rulebook.stage[1:]
    ]
    undecided = [each.unit for each in ready if (result := first_result(each)) is not None and result.grade is None]
    return {
        **head(one.rulebook, one.year.year, one.today),
        **stage_words("approval", one),
        "words": words(stage_words("approval", one)["clause"], one.rulebook),
        "unit_count": str(len(one.units)),
        "scored_count": str(len(ready)),
        "stages": done,
        "grades": grade_rows(ready, one.rulebook),
        "results": result_rows(ready),
        "tasks": task_rows(ready),
        "undecided": "、".join(undecided),
        "not_scored": "、".join(each.unit for each in one.units if first_result(each) is None),
    }


def publicity(one: YearSource) -> PaperValues:
    """The results of the departments that have done the stage before it: of some measures the approval."""
    before = {after.key: stage.key for stage, after in pairwise(one.rulebook.stage)}.get("publicity")
    if before is None:
        raise NoStage(of=str(one.year.year))
    ready = [each for each in one.units if each.state.step(before) is not None]
    if not ready:
        _require_any(one, before)
    words_of_stage = stage_words("publicity", one)
    periods = list(dict.fromkeys((fact.posted_on, fact.until) for fact in _facts(ready, ResultPosted)))
    posted_on, until = periods[0] if len(periods) == 1 else (None, one.year.due.get("publicity"))
    return {
        **head(one.rulebook, one.year.year, one.today),
        **words_of_stage,
        "words": words(words_of_stage["clause"], one.rulebook),
        "unit_count": str(len(ready)),
        "grades": grade_rows(ready, one.rulebook),
        "results": result_rows(ready),
        "posted_on": day(posted_on),
        "until": day(until),
        "date": day(posted_on),
    }


def resolution(one: YearSource) -> PaperValues:
    ready = [each for each in one.units if first_result(each) is not None]
    if not ready:
        _require_any(one, "scoring")
    number, on = _the_only((fact.resolution, fact.met_on) for fact in _facts(ready, Approved))
    return {
        **head(one.rulebook, one.year.year, one.today),
        **stage_words("approval", one),
        "approver": approver(one.rulebook),
        "resolution": number or no_number(one.year.year),
        "met_on": day(on),
        "date": day(on),
        "unit_count": str(len(ready)),
        "grades": grade_rows(ready, one.rulebook),
        "results": result_rows(ready),
    }


def circular(one: YearSource) -> PaperValues:
    ready = [each for each in one.units if each.state.is_approved]
    if not ready:
        _require_any(one, "approval")
    number, on = _the_only((fact.document, fact.circulated_on) for fact in _facts(ready, Circulated))
    by_day = sorted(_facts(ready, Approved), key=lambda fact: (fact.met_on, len(fact.resolution), fact.resolution))
    resolutions = dict.fromkeys(fact.resolution for fact in by_day)
    return {
        **head(one.rulebook, one.year.year, one.today),
        **official_head(one.rulebook),
        "approver": approver(one.rulebook),
        "notice": number or no_number(one.year.year),
        "circulated_on": day(on),
        "date": day(on),
        "resolutions": "、".join(resolutions),
        "unit_count": str(len(ready)),
        "grades": grade_rows(ready, one.rulebook),
        "results": result_rows(ready),
        "tasks": task_rows(ready),
        "copies": TO_WRITE_IN,
        "pending": "、".join(each.unit for each in one.units if not each.state.is_approved),
    }


def filing(one: YearSource) -> PaperValues:
    ready = [each for each in one.units if each.state.step("circulation") is not None]
    if not ready:
        _require_any(one, "circulation")
    task = one.rulebook.tasks.get("filed")
    return {
        **head(one.rulebook, one.year.year, one.today),
        "addressee": recipients(task, one.rulebook) if task is not None else "",
        "clause": task.clause if task is not None else "",
        "unit_count": str(len(ready)),
        "results": result_rows(ready),
    }


def _facts(units: Iterable[UnitSource], kind: type[F]) -> list[F]:
    return [fact for one in units if (fact := one.state.fact(kind)) is not None]


def _the_only(papers: Iterable[tuple[str, date]]) -> tuple[str, date | None]:
    """The number and the day of a paper of the year, if there is only one. With several, only the office knows which."""
    distinct = list(dict.fromkeys(papers))
    return distinct[0] if len(distinct) == 1 else ("", None)


def _require_any(one: YearSource, kind: str) -> None:
    """Raise `TooEarlyForPaper`: no department of the year has done this stage."""
    stage = one.rulebook.stages.get(kind)
    title = stage.title.text if stage is not None else Text(zh=kind, en=kind)
    raise TooEarlyForPaper(
        of=Text(zh=f"{one.year.year} 年度各部门", en=f"every department in {one.year.year}"), stage=title
    )
