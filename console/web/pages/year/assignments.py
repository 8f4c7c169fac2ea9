"""分工: who is to do one step, or fill in the score sheets, in each department of a year; a division is proposed.

A table of the departments and of the accounts that may do it, to tick. Somebody of a department cannot be ticked for
it. All changes are saved together, each as an act on its assessment. Not here: the rules
(`states/deadlines/assignment.py`), the even division (`states/deadlines/division.py`), and the assignments of one
assessment (`pages/assessments/`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console.web.assignees import candidates
from console.web.forms.command_batch import BatchCommand, submit_all
from console.web.forms.fields import Fields
from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import Assessment
from states.deadlines.assignment import SHEETS, Assign, Assignable, assignable, items_to_assign
from states.deadlines.division import divide
from states.refusals import OutOfRange, Refusal
from states.titles import same_text
from states.vocabulary import Opaque, Text

from .year import annual_assessments, year_of

pages = Pages()

MOST_EACH = 9
"""The most accounts that the program proposes for one department."""


class DepartmentRow(Struct, frozen=True):
    """A department: who may do it, who is to do it now, and who is ticked. `may_change`: by the user."""

    state: Assessment
    title: str
    may: Collection[str]
    assigned: tuple[str, ...]
    ticked: Collection[str]
    may_change: bool


@pages.get("/years/{year:int}/assignments", view="year")
def show(request: PageRequest, year: int) -> Response:
    return _page(request, year)


@pages.post("/years/{year:int}/assignments", view="year")
def save(request: PageRequest, year: int) -> Response:
    """Save what is ticked, or show the form again with a division that the program proposes."""
    item, is_division = request.form.text("item"), request.form.text("_do") == "divide"
    try:
        values = _read(request)
        if is_division:
            return _page(request, year, each=values["each"])
        rows = [row for row in _rows(request, year, item) if row.may_change and set(row.ticked) != set(row.assigned)]
        commands = [
            BatchCommand(
                row.state.unit,
                row.state.stream,
                Assign(stage=item, accounts=tuple(map(Opaque, sorted(row.ticked))), reason=values["reason"]),
            )
            for row in rows
        ]
        submit_all(request, commands, lambda row, refusal: {row: refusal})
    except Refusal as refusal:
        return _page(request, year, refusal)
    return request.answer.redirect(f"/years/{year}/assignments?item={item}&done={len(commands)}")


def _read(request: PageRequest) -> dict[str, Any]:
    """The number of accounts for each department, and the reason. Raises `InvalidForm`."""
    fields = Fields(request.form, policy.clause_of("assign", request.rulebook))
    return fields.values(
        {"each": lambda: _each(fields), "reason": lambda: fields.words("reason", Text(zh="理由", en="the reason"))}
    )


def _each(fields: Fields) -> int:
    title = Text(zh="每个部门人数", en="people for each department")
    each = fields.whole("each", title)
    if not 1 <= each <= MOST_EACH:
        raise OutOfRange(what=title, value=each, low=1, high=MOST_EACH, step=1, clause=fields.clause)
    return each


def _page(request: PageRequest, number: int, refusal: Refusal | None = None, each: int | None = None) -> Response:
    """The page. `each`: propose a division with so many accounts for each department."""
    state, rulebook = year_of(request, number)
    choices = _choices(request, number)
    item = request.form.text("item") or request.query.get("item", "")
    chosen = item if item in choices else next(iter(choices), "")
    rows = _rows(request, number, chosen)
    if each is not None:
        rows = _divided(rows, each)
    ids = {id_ for row in rows for id_ in (*row.may, *row.assigned)}
    names = {id_: request.account_names.get(id_, id_) for id_ in ids}
    return request.answer.page(
        "assignments.html",
        409 if refusal else 200,
        field_of=lambda path: path,
        label_of={row.state.unit: same_text(row.title) for row in rows},
        year=state,
        item=chosen,
        choices=choices,
        rows=rows,
        names=dict(sorted(names.items(), key=lambda one: one[1])),
        load=Counter(id_ for row in rows for id_ in row.ticked),
        each=request.form.text("each") or max(1, rulebook.scoring.minimum_sheets),
        is_proposal=each is not None,
        refusal=refusal,
        clause=policy.clause_of("assign", rulebook),
        done=whole_number(request.query.get("done", "")),
    )


def _choices(request: PageRequest, number: int) -> dict[str, Text]:
    """What can be assigned in at least one department: the score sheets first, then the steps in their order."""
    steps = (step for state in annual_assessments(request, number) for step in _steps(state, request))
    titles: dict[str, Text] = {key: item.title for key, item in steps}
    return dict(sorted(titles.items(), key=lambda one: one[0] != SHEETS))


def _steps(state: Assessment, request: PageRequest) -> list[tuple[str, Assignable]]:
    """The steps of an assessment that can be assigned, and the sheets; without what only this assessment has."""
    rulebook = request.engine.rulebook_of(state.stream)
    return [(key, one) for key, one in assignable(state, rulebook).items() if key == SHEETS or key in rulebook.stages]


def _rows(request: PageRequest, number: int, key: str) -> list[DepartmentRow]:
    """The departments in which this can be assigned, by their names."""
    rows = []
    for state in annual_assessments(request, number):
        item = dict(_steps(state, request)).get(key)
        if item is None:
            continue
        _, context, compiled = request.context(state.stream)
        actor = request.permissions.acts(state, context, compiled).get("assign")
        changeable = items_to_assign(state, replace(context, actor=actor)) if actor is not None else {}
        assigned, is_posted = state.assigned.get(key, ()), key in changeable and request.form.text("item") == key
        rows.append(
            DepartmentRow(
                state=state,
                title=request.roster.title(state.unit, number),
                may=candidates(request, state, (item,)).keys(),
                assigned=assigned,
                ticked=request.form.texts(f"of.{state.unit}") if is_posted else assigned,
                may_change=key in changeable,
            )
        )
    return sorted(rows, key=lambda row: row.title)


def _divided(rows: list[DepartmentRow], each: int) -> list[DepartmentRow]:
    """The rows with a division that is as even as recusal allows. What is saved already stays, and counts."""
    saved = {row.state.unit: row.assigned for row in rows}
    may: Mapping[str, Collection[str]] = {row.state.unit: row.may for row in rows if row.may_change}
    division = divide([row.state.unit for row in rows], each, may, saved)
    return [replace(row, ticked=division[row.state.unit]) for row in rows]
