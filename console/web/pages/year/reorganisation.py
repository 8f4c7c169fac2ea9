"""机构调整: a unit is renamed, retired, merged, split or restored; what it leaves behind is listed. Its past years stay as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from workflow.reorganisation import final_year, remaining

from .roster import unit_of
from .year import may

pages = Pages()

FIELDS = {
    "title": Text(zh="新名称", en="New name"),
    "since": Text(zh="生效日期", en="Takes effect on"),
    "final_year": Text(zh="最后考核年度", en="Last year assessed"),
    "reason": Text(zh="理由和文号", en="Reason and document"),
}
ACTS = ("rename_unit", "reorganise_unit", "restore_unit")


@pages.get("/roster/{unit}/changes", view="year")
def show(request: PageRequest, unit: str) -> Response:
    return _page(request, unit_of(request, unit))


@pages.post("/roster/{unit}/changes", view="year")
def act(request: PageRequest, unit: str) -> Response:
    held, asked = unit_of(request, unit), request.form.text("act")
    if asked not in ACTS:
        return request.answer.redirect(f"/roster/{unit}/changes")
    try:
        submit(request, "roster", _command(request, held, asked))
    except Refusal as refusal:
        return _page(request, held, refusal)
    return request.answer.redirect(f"/roster/{unit}/changes?done={asked}")


def _command(request: PageRequest, held: Unit, asked: str) -> Command:
    """The command the form says. InvalidForm, with each fault at its field of this act."""
    typed = Fields(request.form, policy.cited(asked, request.rulebook), f"{asked}-")
    wanted: dict[str, Callable[[], Any]] = {"reason": lambda: typed.word("reason", FIELDS["reason"])}
    if asked != "restore_unit":
        wanted["since"] = lambda: typed.day("since", FIELDS["since"])
    if asked == "rename_unit":
        wanted["title"] = lambda: typed.word("title", FIELDS["title"])
    if asked == "reorganise_unit":
        wanted["final_year"] = lambda: (
            typed.year("final_year", FIELDS["final_year"]) if request.form.text("final_year") else None
        )
    said = {"unit": held.unit, **typed.values(wanted)}
    if asked == "reorganise_unit":
        said |= {
            "successors": tuple(map(Opaque, request.form.texts("successor"))),
            "continues": bool(request.form.text("continues")),
        }
        said["final_year"] = said["final_year"] or final_year(request.engine, said["since"])
    command: Command = _COMMANDS[asked](**said)
    return command


def _page(request: PageRequest, held: Unit, refusal: Refusal | None = None) -> Response:
    roster = request.roster
    return request.answer.page(
        "reorganisation.html", 409 if refusal else 200, held=held, refusal=refusal, fields=FIELDS,
        field_of=lambda path: f"{request.form.text('act')}-{top_field(path)}" if path else "",
        names=roster.names_of(held.unit), first=roster.first_titles.get(held.unit, held.title), end=roster.end(held.unit),
        changes=[one for one in roster.reorganisations if held.unit in (one.unit, *one.successors)],
        others=[unit for unit in roster.current() if unit.unit != held.unit],
        ticked=request.form.texts("successor"), asked=request.form.text("act"), may_act={act: may(request, act) for act in ACTS},
        left=remaining(request.engine, held.unit), version=roster.version, done=request.query.get("done", ""),
    )  # fmt: skip


_COMMANDS: dict[str, Any] = {
    "rename_unit": RenameUnit, "reorganise_unit": ReorganiseUnit, "restore_unit": RestoreUnit,
}  # fmt: skip
