"""The values of the papers about all departments of a year."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import pairwise, takewhile

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
    limited_rows,
    no_number,
    official_head,
    quoted,
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
    scored = [each for each in one.units if first_result(each) is not None]
    if not scored:
        raise too_early(one, "scoring")
    ready = _to_decide(scored)
    # What the committee does itself, and what comes after it, is not reported to it.
    stages: Rows = [
        {
            "stage": stage.title.zh,
            "clause": stage.clause,
            "count": str(sum(each.state.step(stage.key) is not None for each in one.units)),
        }
        for stage in takewhile(lambda each: each.kind not in ("approval", "circulation"), one.rulebook.stage[1:])
    ]
    undecided = [each.unit for each in ready if (result := first_result(each)) is not None and result.grade is None]
    rule = words(stage_words("approval", one)["clause"], one.rulebook)
    return {
        **head(one.rulebook, one.year.year, one.today),
        **stage_words("approval", one),
        "words": quoted(rule) if rule else "",
        "unit_count": str(len(one.units)),
        "scored_count": str(len(scored)),
        "asked_count": str(len(ready)),
        "stages": stages,
        "grades": grade_rows(ready, one.rulebook),
        "limited": limited_rows(ready),
        "results": result_rows(ready),
        "tasks": task_rows(ready),
        "undecided": "、".join(undecided),
        "not_scored": _names_of(each for each in one.units if first_result(each) is None),
        "decided_apart": _names_of(_without(ready, scored)),
    }


def publicity(one: YearSource) -> PaperValues:
    """The results of the departments that have done the stage before it: of some measures the approval."""
    before = {after.key: stage.key for stage, after in pairwise(one.rulebook.stage)}.get("publicity")
    if before is None:
        raise NoStage(of=str(one.year.year))
    ready = [each for each in one.units if each.state.step(before) is not None]
    if not ready:
        raise too_early(one, before)
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
    """Of one meeting: of the next one, if a result waits for it, and otherwise of the latest."""
    scored = [each for each in one.units if first_result(each) is not None]
    if not scored:
        raise too_early(one, "scoring")
    ready = _to_decide(scored)
    number, on = next(((fact.resolution, fact.met_on) for fact in _facts(ready, Approved)), ("", None))
    others = _without(ready, one.units)
    return {
        **head(one.rulebook, one.year.year, one.today),
        **stage_words("approval", one),
        "approver": approver(one.rulebook),
        "resolution": number or no_number(one.year.year),
        "met_on": day(on),
        "date": day(on),
        "unit_count": str(len(ready)),
        "grades": grade_rows(ready, one.rulebook),
        "limited": limited_rows(ready),
        "results": result_rows(ready),
        "decided_apart": _names_of(each for each in others if each.state.is_approved),
        "pending": _names_of(each for each in others if not each.state.is_approved),
    }


def circular(one: YearSource) -> PaperValues:
    """Of the approved results that were not circulated yet; if there are none, those of the latest circular."""
    approved = [each for each in one.units if each.state.is_approved]
    if not approved:
        raise too_early(one, "approval")
    ready = [each for each in approved if each.state.fact(Circulated) is None] or _latest(approved, _circular_of)
    number, on = next(((fact.document, fact.circulated_on) for fact in _facts(ready, Circulated)), ("", None))
    by_day = sorted(_facts(ready, Approved), key=lambda fact: (fact.met_on, len(fact.resolution), fact.resolution))
    return {
        **head(one.rulebook, one.year.year, one.today),
        **official_head(one.rulebook),
        "approver": approver(one.rulebook),
        "notice": number or no_number(one.year.year),
        "circulated_on": day(on),
        "date": day(on),
        "resolutions": "、".join(dict.fromkeys(fact.resolution for fact in by_day)),
        "unit_count": str(len(ready)),
        "grades": grade_rows(ready, one.rulebook),
        "results": result_rows(ready),
        "tasks": task_rows(ready),
        "copies": TO_WRITE_IN,
        "pending": _names_of(each for each in one.units if not each.state.is_approved),
        "circulated_apart": _names_of(_without(ready, approved)),
    }


def filing(one: YearSource) -> PaperValues:
    ready = [each for each in one.units if each.state.step("circulation") is not None]
    if not ready:
        raise too_early(one, "circulation")
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


def _to_decide(scored: Sequence[UnitSource]) -> list[UnitSource]:
    """The departments whose results wait for the committee; if there are none, those of its latest meeting."""
    return [each for each in scored if not each.state.is_approved] or _latest(scored, _meeting_of)


def _latest(units: Iterable[UnitSource], paper_of: Callable[[UnitSource], tuple[date, str] | None]) -> list[UnitSource]:
    """The departments of the latest paper: those with its day and its number."""
    papers = [(paper, each) for each in units if (paper := paper_of(each)) is not None]
    latest = max((paper for paper, _ in papers), key=lambda paper: (paper[0], len(paper[1]), paper[1]))
    return [each for paper, each in papers if paper == latest]


def _meeting_of(one: UnitSource) -> tuple[date, str] | None:
    fact = one.state.fact(Approved)
    return (fact.met_on, fact.resolution) if fact is not None else None


def _circular_of(one: UnitSource) -> tuple[date, str] | None:
    fact = one.state.fact(Circulated)
    return (fact.circulated_on, fact.document) if fact is not None else None


def _without(units: Iterable[UnitSource], among: Iterable[UnitSource]) -> list[UnitSource]:
    """The other departments."""
    streams = {one.state.stream for one in units}
    return [one for one in among if one.state.stream not in streams]


def _names_of(units: Iterable[UnitSource]) -> str:
    return "、".join(one.unit for one in units)


def too_early(one: YearSource, kind: str) -> TooEarlyForPaper:
    """The refusal of a paper because no department of the year has done this kind of stage."""
    stage = one.rulebook.stages.get(kind)
    title = stage.title.text if stage is not None else Text(zh=kind, en=kind)
    return TooEarlyForPaper(
        of=Text(zh=f"{one.year.year} 年度各部门", en=f"every department in {one.year.year}"), stage=title
    )
