"""机构调整: the page of a department's history, and its acts: renaming, closing, merging, splitting, restoring.

None of these acts changes the past years of a department. The page also lists the open items of a closed department,
which other departments take over: assessments, tasks, checks, accounts and cases.

Not here: registering a department, and changing its kind, staff or team (`roster.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from console.web.forms.fields import Fields, top_field
from console.web.forms.submitting import submit
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.records.roster import Unit
from states.refusals import Refusal
from states.vocabulary import Command, Opaque, Text
from states.year.reorganisation import ReorganiseUnit, RestoreUnit
from states.year.roster import RenameUnit
from workflow.reorganisation import final_year, open_items_of

from .roster import unit_of

pages = Pages()

FIELDS = {
    "title": Text(zh="新名称", en="New name"),
    "since": Text(zh="生效日期", en="Takes effect on"),
    "final_year": Text(zh="最后考核年度", en="Last year assessed"),
    "reason": Text(zh="理由和文号", en="Reason and document"),
}
"""The titles of the fields of the forms."""


@pages.get("/roster/{unit}/changes", view="year")
def show(request: PageRequest, unit: str) -> Response:
    return _page(request, unit_of(request, unit))


@pages.post("/roster/{unit}/changes", view="year")
def do_act(request: PageRequest, unit: str) -> Response:
    """Do the act of `_COMMANDS` that the form names. An unknown act does nothing."""
    department, chosen = unit_of(request, unit), request.form.text("act")
    read_command = _COMMANDS.get(chosen)
    if read_command is None:
        return request.answer.redirect(f"/roster/{unit}/changes")
    try:
        # The page has a form for each act, so the ids of the fields begin with the act.
        fields = Fields(request.form, policy.clause_of(chosen, request.rulebook), f"{chosen}-")
        submit(request, "roster", read_command(request, fields, department))
    except Refusal as refusal:
        return _page(request, department, refusal)
    return request.answer.redirect(f"/roster/{unit}/changes?done={chosen}")


def _read_renaming(_request: PageRequest, fields: Fields, unit: Unit) -> RenameUnit:
    values = fields.values(
        {
            "reason": lambda: fields.word("reason", FIELDS["reason"]),
            "since": lambda: fields.day("since", FIELDS["since"]),
            "title": lambda: fields.word("title", FIELDS["title"]),
        }
    )
    return RenameUnit(unit=unit.unit, **values)


def _read_reorganisation(request: PageRequest, fields: Fields, unit: Unit) -> ReorganiseUnit:
    """The closing, merging or splitting of a department. If no last year is typed, the program finds it."""

    def last_year() -> int | None:
        return fields.year("final_year", FIELDS["final_year"]) if request.form.text("final_year") else None

    values = fields.values(
        {
            "reason": lambda: fields.word("reason", FIELDS["reason"]),
            "since": lambda: fields.day("since", FIELDS["since"]),
            "final_year": last_year,
        }
    )
    # 第六条「每年年底组织开展一次」: a department that is closed after a year was opened is still assessed in that year.
    values["final_year"] = values["final_year"] or final_year(request.engine, values["since"])
    successors = tuple(map(Opaque, request.form.texts("successor")))
    continues = bool(request.form.text("continues"))
    return ReorganiseUnit(unit=unit.unit, successors=successors, continues=continues, **values)


def _read_restoring(_request: PageRequest, fields: Fields, unit: Unit) -> RestoreUnit:
    values = fields.values({"reason": lambda: fields.word("reason", FIELDS["reason"])})
    return RestoreUnit(unit=unit.unit, **values)


_COMMANDS: dict[str, Callable[[PageRequest, Fields, Unit], Command]] = {
    "rename_unit": _read_renaming,
    "reorganise_unit": _read_reorganisation,
    "restore_unit": _read_restoring,
}
"""The acts of this page, each with the function that reads its command. The functions raise `InvalidForm`."""


def _page(request: PageRequest, unit: Unit, refusal: Refusal | None = None) -> Response:
    roster, chosen = request.roster, request.form.text("act")
    return request.answer.page(
        "reorganisation.html",
        409 if refusal else 200,
        field_of=lambda path: f"{chosen}-{top_field(path)}" if path else "",
        refusal=refusal,
        fields=FIELDS,
        unit=unit,
        first_title=roster.first_titles.get(unit.unit, unit.title),
        names=roster.names_of(unit.unit),
        changes=[change for change in roster.reorganisations if unit.unit in (change.unit, *change.successors)],
        end=roster.closing(unit.unit),
        left=open_items_of(request.engine, unit.unit),
        posted_act=chosen,
        successors=request.form.texts("successor"),
        others=[other for other in roster.current() if other.unit != unit.unit],
        may_act={act: request.permissions.is_entitled(act) for act in _COMMANDS},
        version=roster.version,
        done=request.query.get("done", ""),
    )
