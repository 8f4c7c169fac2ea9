"""机构调整: a unit is renamed, retired, merged, split or restored; what it leaves behind is listed. Its past years stay as they were."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response

from console.routes import Pages
from console.visit import Visit
from states import policy
from states.refusals import Incomplete, Malformed, Refusal
from states.reorganisation import ReorganiseUnit, RestoreUnit
from states.roster import RenameUnit, Unit
from states.vocabulary import Command, Opaque, Text, Words
from workflow.reorganisation import final_year, remaining

from .roster import Unread, unit_of
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
def show(visit: Visit, unit: str) -> Response:
    return _page(visit, unit_of(visit, unit))


@pages.post("/roster/{unit}/changes", view="year")
def act(visit: Visit, unit: str) -> Response:
    held, asked = unit_of(visit, unit), visit.field("act")
    if asked not in ACTS:
        return visit.to(f"/roster/{unit}/changes")
    wrong: dict[str, Refusal] = {}
    try:
        visit.submit("roster", _command(visit, held, asked, wrong))
    except Refusal as refusal:
        return _page(visit, held, refusal, wrong)
    return visit.to(f"/roster/{unit}/changes?done={asked}")


def _command(visit: Visit, held: Unit, asked: str, wrong: dict[str, Refusal]) -> Command:
    """The command the form says; `Unread` where a field cannot be read, with all of them in `wrong`."""
    clause = policy.cited(asked, visit.rulebook)
    said: dict[str, Any] = {"unit": held.unit, "reason": Words(visit.field("reason"))}
    if not said["reason"]:
        wrong["reason"] = Incomplete(missing=FIELDS["reason"], clause=clause)
    if asked != "restore_unit":
        try:
            said["since"] = date.fromisoformat(visit.field("since"))
        except ValueError:
            wrong["since"] = Malformed(what=FIELDS["since"], why=_DATE, clause=clause)
    if asked == "rename_unit":
        said["title"] = Words(visit.field("title"))
        if not said["title"]:
            wrong["title"] = Incomplete(missing=FIELDS["title"], clause=clause)
    if asked == "reorganise_unit":
        said["successors"] = tuple(map(Opaque, visit.fields("successor")))
        said["continues"] = bool(visit.field("continues"))
        typed = visit.field("final_year")
        if typed and not (typed.isascii() and typed.isdigit() and len(typed) == 4):
            wrong["final_year"] = Malformed(what=FIELDS["final_year"], why=_YEAR, clause=clause)
        elif "since" in said:
            said["final_year"] = int(typed) if typed else final_year(visit.engine, said["since"])
    if wrong:
        raise Unread(count=len(wrong))
    command: Command = _COMMANDS[asked](**said)
    return command


def _page(
    visit: Visit, held: Unit, refusal: Refusal | None = None, wrong: dict[str, Refusal] | None = None
) -> Response:
    roster = visit.roster
    return visit.page(
        "reorganisation.html", 409 if refusal else 200, held=held, refusal=refusal, wrong=wrong or {}, fields=FIELDS,
        names=roster.names_of(held.unit), first=roster.first_titles.get(held.unit, held.title), end=roster.end(held.unit),
        changes=[one for one in roster.reorganisations if held.unit in (one.unit, *one.successors)],
        others=[unit for unit in roster.current() if unit.unit != held.unit],
        ticked=visit.fields("successor"), asked=visit.field("act"), may_act={act: may(visit, act) for act in ACTS},
        left=remaining(visit.engine, held.unit), version=roster.version, done=visit.request.query_params.get("done", ""),
    )  # fmt: skip


_COMMANDS: dict[str, Any] = {
    "rename_unit": RenameUnit, "reorganise_unit": ReorganiseUnit, "restore_unit": RestoreUnit,
}  # fmt: skip
_DATE = Text(zh="日期应形如 2026-09-01", en="a date looks like 2026-09-01")
_YEAR = Text(zh="年度应为四位数字", en="a year has four digits")
