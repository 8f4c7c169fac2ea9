"""The values of the papers that say the result of one department: the agreed score sheet and the result letter."""

from __future__ import annotations

import re
from decimal import Decimal

from states.deadlines.windows import Windows
from states.explanation import explain, explain_subject, is_reading
from states.result.losses import lost_elements
from states.result.open_tasks import task_title
from states.result.result import scopes_of
from states.result.sheet_items import SheetItem, sheet_items
from states.rulebook.calculation.forms import ScoreForm
from states.rulebook.calculation.numbers import plain
from states.rulebook.clauses import cite
from states.rulebook.tasks import Follow
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored
from states.stages.self_report import SelfReportSubmitted

from .explained import explained_rows
from .sources import UnitSource
from .words import (
    PaperValues,
    Rows,
    as_written,
    clause_words,
    day,
    decision_words,
    due_days,
    posts,
    require,
    result_words,
    roles,
    stage_words,
    unit_head,
    unit_tasks,
)


def score_sheet(one: UnitSource) -> PaperValues:
    require(one, "scoring")
    scored, own = one.state.fact(Scored), one.state.fact(SelfReportSubmitted)
    assert scored is not None
    column = scored.sheet.column
    own_column = own.column if own is not None else {}
    form = one.rulebook.forms_by_kind.get(one.state.unit_kind)
    places = {
        element.key: (section.title.zh, branch.part.title.zh if branch.part is not section else "")
        for section, branches in (form.sections if form is not None else ())
        for branch in branches
        for element in branch.elements
    }
    rows: Rows = []
    post_of = posts(one)
    for number, (key, item) in enumerate(sheet_items(one.state, one.rulebook).items(), 1):
        section, indicator = places.get(item.element.key, ("", ""))
        rows.append(
            {
                "number": str(number),
                "section": section,
                "indicator": indicator,
                "element": item.element.title.zh,
                "post": post_of.get(item.person, ""),
                "full": plain(item.full_mark),
                "own": _entry(item, own_column.get(key)),
                "given": _entry(item, column.get(key)),
                "reason": scored.reasons.get(key, ""),
            }
        )
    return {
        **unit_head(one),
        **stage_words("scoring", one),
        **result_words(one),
        "by": roles(one.rulebook.stages["scoring"].by[:1], one.rulebook),
        "adjustment_title": one.rulebook.adjustment_title.zh,
        "items": rows,
        "explanation": _explanation(scored, one),
    }


def explanation(one: UnitSource) -> PaperValues:
    """The whole explanation, for those who may read cases; without the results and the values of single persons.

    What follows from the result is in other papers.
    """
    require(one, "scoring")
    lines = [
        line for line in explain(one.state, one.rulebook, with_members=False) if not line.location.startswith("task.")
    ]
    return {
        **unit_head(one),
        **stage_words("scoring", one),
        **result_words(one),
        "adjustment_title": one.rulebook.adjustment_title.zh,
        "explanation": explained_rows((line for line in lines if not is_reading(line)), one),
        "interpreter": interpreter(one.rulebook),
        "readings": [
            {"reading": as_written(line.sentence.zh), "clause": clause_words(clause)}
            for line in lines
            if is_reading(line) and (clause := _of_own_annex(cite(line.clause).zh, one))
        ],
    }


def interpreter(rulebook: Rulebook) -> str:
    """Who interprets the measure, as one of its paragraphs says it; empty if none does."""
    matches = (_INTERPRETER.search(paragraph.text.zh) for paragraph in rulebook.paragraphs.values())
    return next((one[1] for one in matches if one is not None), "")


_INTERPRETER = re.compile(r"由([^，。；：]{2,40}?)负责解释")


def _of_own_annex(clause: str, one: UnitSource) -> str:
    """A clause without what it says about the annexes of other kinds of department; empty if nothing else is in it."""
    forms = one.rulebook.forms_by_kind
    own = _annexes(forms[one.state.unit_kind]) if one.state.unit_kind in forms else set()
    others = {annex for form in forms.values() for annex in _annexes(form)} - own
    return "；".join(part for part in clause.split("；") if part.partition(" ")[0] not in others)


def _annexes(form: ScoreForm) -> set[str]:
    """The annexes in which the items of a form are printed."""
    clauses = (part for item in form.items.values() for part in item.clause.split("；"))
    return {clause.partition(" ")[0] for clause in (*clauses, form.clause) if clause.startswith("附")}


def result_letter(one: UnitSource) -> PaperValues:
    require(one, "circulation")
    dates, rulebook = due_days(one), one.rulebook
    tasks = [
        {
            "task": task_title(one.state, id_, rulebook).zh,
            "by": roles(task.by, rulebook),
            "due": day(dates[id_]) if dates.get(id_) is not None else "",
            "clause": task.clause,
        }
        for id_ in unit_tasks(one)
        if (task := rulebook.task_of(id_)) is not None
    ]
    return {
        **unit_head(one),
        **result_words(one),
        **decision_words(one),
        "date": day(one.today),
        "adjustment_title": rulebook.adjustment_title.zh,
        "losses": losses(one),
        "tasks": tasks,
        "reviews": _reviews(one),
    }


def _reviews(one: UnitSource) -> Rows:
    """Where the department may still ask for a review of its result, and until when; without the windows of persons."""
    windows = Windows(one.state, one.rulebook)
    return [
        {
            "review": (rule := windows.rule(id_)).title.zh,
            "to": roles(rule.decided_by, one.rulebook),
            "until": day(last) if (last := windows.last_day(id_)) is not None else "",
            "clause": rule.clause,
        }
        for id_ in windows.open(one.today)
        if not Follow.from_id(id_).person
    ]


def losses(one: UnitSource) -> Rows:
    """The elements that lost points, with the reason, in the order of the form."""
    scored, form = one.state.fact(Scored), one.rulebook.forms_by_kind.get(one.state.unit_kind)
    if scored is None or form is None:
        return []
    titles = {form.labels[key].zh: element.title.zh for key, element in form.judged.items()}
    return [
        {"label": lost.label.zh, "element": titles[lost.label.zh], "points": plain(lost.points), "reason": lost.reason}
        for lost in lost_elements(scored.sheet, form)
    ]


def _entry(item: SheetItem, entry: Decimal | str | None) -> str:
    """What a sheet has for an item: a number, or the title of a level. Empty if it has nothing."""
    if isinstance(entry, str):
        return item.words[entry].zh if entry in item.words else entry
    return plain(entry)


def _explanation(scored: Scored, one: UnitSource) -> Rows:
    """How the result of the department came about: what the elements add up to, what was taken off, and the grade.

    Not the elements, which are in the sheet; nor how the text of the measure is read.
    """
    # Those who score may not read cases (`states/views.py`), so a sheet that they sign has no line on a single record.
    # What follows from the result, and why it was reopened, names cases and persons too: only the calculation is here.
    form = one.rulebook.forms_by_kind.get(one.state.unit_kind)
    on_form = form.items.keys() - {item.key for item in form.items_beside} if form is not None else set()
    scope = scopes_of(scored.inputs, one.rulebook)[0]
    lines = (
        line
        for line in explain_subject(scope, one.rulebook, scored.reasons, shows_persons=False)
        if line.location not in on_form and "/" not in line.location and not is_reading(line)
    )
    return explained_rows(lines, one)
