"""分工: who is to do one step, or fill in the score sheets, in each department of a year; a division is proposed.

A table of the departments and of the accounts that may do it, to tick. The user's own departments are not in it: nobody
reads here who assesses their own. All changes are saved together, each as an act on its assessment. Not here: the rules
(`states/deadlines/assignment.py`), the even division (`states/deadlines/division.py`), and the assignments of one
assessment (`pages/assessments/`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console.web.assignees import AccountsOfRequest, changeable_items
from console.web.forms.command_batch import BatchCommand, submit_all
from console.web.forms.fields import Fields
from console.web.numbers import whole_number
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import Assessment
from states.deadlines.assignment import RECUSED, SHEETS, Assign, Assignable, assignable
from states.deadlines.division import divide
from states.refusals import OutOfRange, Refusal
from states.titles import same_text
from states.views import COMMENTS
from states.vocabulary import UNIT_ROLE, Opaque, Text, listed

from .year import annual_assessments, year_of

pages = Pages()

MOST_EACH = 9
"""The most accounts that the program proposes for one department."""

_REASON, _EACH = Text(zh="理由", en="the reason"), Text(zh="每个部门人数", en="people for each department")
_NOBODY = Text(zh="无", en="nobody")


class AssignedMeanwhile(Refusal):
    """Somebody else has changed who does it since the page was opened."""

    zh = "“{unit}”的承办人在您打开本页后已改为：{now}。请核对后重新勾选。"
    en = "Those who are to do it in “{unit}” have changed since you opened this page. They are now: {now}. Tick again."


class NoLongerOpen(Refusal):
    """The step was done, or the assessment withdrawn, since the page was opened."""

    zh = "“{unit}”的这一步已经办完或撤销，不再指定承办人。请核对其他部门后重新保存。"
    en = (
        "In “{unit}” this step has been done or withdrawn meanwhile, so nobody can be assigned. Check the others and "
        "save again."
    )


class DepartmentRow(Struct, frozen=True):
    """A department: what is assigned in it, the accounts that may do it, those that are to do it now, and those ticked.

    `recused`: the accounts that may not because it is their own department. `may_change`: by the user.
    """

    state: Assessment
    title: str
    item: Assignable
    may: frozenset[str]
    recused: frozenset[str]
    assigned: tuple[str, ...]
    ticked: tuple[str, ...]
    may_change: bool


@pages.get("/years/{year:int}/assignments", view="year")
def show(request: PageRequest, year: int) -> Response:
    return _page(request, year)


@pages.post("/years/{year:int}/assignments", view="year")
def save(request: PageRequest, year: int) -> Response:
    """Save what is ticked, or show the form again with a division that the program proposes."""
    item, is_division = request.form.text("item"), request.form.text("_do") == "divide"
    try:
        values = _read(request, is_division=is_division)
        if is_division:
            return _page(request, year, each=values["each"])
        commands = [
            BatchCommand(
                row.state.unit,
                row.state.stream,
                Assign(stage=item, accounts=tuple(map(Opaque, sorted(row.ticked))), reason=values["reason"]),
            )
            for row in _changed_rows(request, year, item)
        ]
        submit_all(request, commands, lambda row, refusal: {row: refusal})
    except Refusal as refusal:
        return _page(request, year, refusal)
    return request.answer.redirect(f"/years/{year}/assignments?item={item}&done={len(commands)}")


def _read(request: PageRequest, *, is_division: bool) -> dict[str, Any]:
    """The number of accounts for each department, if it is typed, and the reason. Raises `InvalidForm`."""
    fields = Fields(request.form, policy.clause_of("assign", request.rulebook))
    readers = {"reason": lambda: fields.words("reason", _REASON), "each": lambda: _each(fields)}
    if not is_division and not request.form.text("each"):
        del readers["each"]
    return fields.values(readers)


def _each(fields: Fields) -> int:
    each = fields.whole("each", _EACH)
    if not 1 <= each <= MOST_EACH:
        raise OutOfRange(what=_EACH, value=each, low=1, high=MOST_EACH, step=1, clause=fields.clause)
    return each


def _changed_rows(request: PageRequest, number: int, key: str) -> list[DepartmentRow]:
    """The rows that the user has changed. Raises `InvalidForm` if others have changed one of them meanwhile."""
    rows = {row.state.unit: row for row in _rows(request, number, key)}
    changed, faults = [], dict[str, Refusal]()
    for name, was in request.form.items():
        unit = name.removeprefix("was.")
        on_page, ticked = set(str(was).split()), set(request.form.texts(f"of.{unit}"))
        if unit == name or on_page == ticked:
            continue
        row = rows.get(unit)
        if row is None or not row.may_change:
            faults[unit] = NoLongerOpen(unit=request.roster.title(unit, number))
        elif on_page != set(row.assigned):
            names = (same_text(request.account_names.get(id_, id_)) for id_ in row.assigned)
            faults[unit] = AssignedMeanwhile(unit=row.title, now=listed(names, _NOBODY))
        else:
            changed.append(row)
    if faults:
        raise InvalidForm(faults)
    return changed


def _page(request: PageRequest, number: int, refusal: Refusal | None = None, each: int | None = None) -> Response:
    """The page. `each`: propose a division with so many accounts for each department."""
    state, rulebook = year_of(request, number)
    choices = _choices(request, number)
    item = request.form.text("item") or request.query.get("item", "")
    chosen = item if item in choices else next(iter(choices), "")
    rows = _rows(request, number, chosen)
    if each is not None:
        rows = _divided(rows, each)
    ids = {id_ for row in rows for id_ in (*row.may, *row.assigned, *row.recused)}
    names = {id_: request.account_names.get(id_, id_) for id_ in ids}
    units = {*(row.state.unit for row in rows), *(name.removeprefix("was.") for name, _ in request.form.items())}
    return request.answer.page(
        "assignments.html",
        409 if refusal else 200,
        field_of=lambda path: path,
        label_of={unit: same_text(request.roster.title(unit, number)) for unit in units},
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
    steps = (step for state in annual_assessments(request, number) for step in _steps(state, request).items())
    titles: dict[str, Text] = {key: item.title for key, item in steps}
    order = [SHEETS, *(stage.key for stage in request.rulebook.stage)]
    return dict(sorted(titles.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)))


def _steps(state: Assessment, request: PageRequest) -> dict[str, Assignable]:
    """The steps of an assessment that can be assigned, and the sheets.

    Without what only this assessment has, and without what the department itself does.
    """
    rulebook = request.engine.rulebook_of(state.stream)
    return {
        key: one
        for key, one in assignable(state, rulebook).items()
        if (key == SHEETS or key in rulebook.stages) and one.by != (UNIT_ROLE,)
    }


def _rows(request: PageRequest, number: int, key: str) -> list[DepartmentRow]:
    """The departments in which this can be assigned, by their names."""
    rows, accounts = [], AccountsOfRequest(request)
    for state in annual_assessments(request, number):
        item = _steps(state, request).get(key)
        if item is None or not request.permissions.may_view(COMMENTS, state.unit):
            continue
        _, context, compiled = request.context(state.stream)
        why = {id_: accounts.why_not(id_, state.unit, item) for id_ in request.account_names}
        assigned = state.assigned.get(key, ())
        may_change = key in changeable_items(request, state, context, compiled)
        posted = may_change and request.form.text("item") == key
        rows.append(
            DepartmentRow(
                state=state,
                title=request.roster.title(state.unit, number),
                item=item,
                may=frozenset(id_ for id_, obstacle in why.items() if obstacle is None),
                recused=frozenset(id_ for id_, obstacle in why.items() if obstacle == RECUSED),
                assigned=assigned,
                ticked=tuple(request.form.texts(f"of.{state.unit}")) if posted else assigned,
                may_change=may_change,
            )
        )
    return sorted(rows, key=lambda row: row.title)


def _divided(rows: list[DepartmentRow], each: int) -> list[DepartmentRow]:
    """The rows with a division as even as recusal allows. What is ticked stays and counts, unless it is not possible."""
    ticked = {row.state.unit: [id_ for id_ in row.ticked if id_ in row.may] for row in rows}
    may: Mapping[str, frozenset[str]] = {row.state.unit: row.may for row in rows if row.may_change}
    division = divide([row.state.unit for row in rows], each, may, ticked)
    return [replace(row, ticked=division[row.state.unit]) if row.may_change else row for row in rows]
