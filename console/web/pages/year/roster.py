"""名册: which units there are, of what kind, led by whom. People are opaque ids with their posts; no name of a person."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from console.web.forms.fields import Fields, read_all, top_field
from console.web.forms.submitting import submit
from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import Member
from states.records.roster import Reorganisation, Unit
from states.refusals import Malformed, NotThere, Refusal
from states.vocabulary import Citation, Opaque, Text, Words
from states.year.roster import ChangeUnit, RegisterUnit

from .year import may

pages = Pages()

FIELDS = {
    "unit": Text(zh="部门编号", en="Id"),
    "title": Text(zh="名称", en="Title"),
    "unit_kind": Text(zh="类别", en="Kind"),
    "staff": Text(zh="职工人数", en="Number of staff"),
    "since": Text(zh="成立日期", en="Founded on"),
    "heads": Text(zh="党政主要负责人", en="Heads of the team"),
    "members": Text(zh="班子其他成员", en="Other members of the team"),
}


@pages.get("/roster", view="year")
def show(request: PageRequest) -> Response:
    done = request.query.get("done", "")
    return request.answer.page(
        "roster.html", units=request.roster.current(), ended=_ended(request), kinds=kinds(request), may_change=may(request, "change_unit"),
        done=done if done in request.roster.units else "", several=whole_number(request.query.get("several", "")),
    )  # fmt: skip


@pages.get("/roster/new", view="year")
def new(request: PageRequest) -> Response:
    return _form(request, None)


@pages.post("/roster/new", view="year")
def register(request: PageRequest) -> Response:
    return _submit(request, None)


@pages.get("/roster/{unit}", view="year")
def look(request: PageRequest, unit: str) -> Response:
    held = unit_of(request, unit)
    request.form.prefill(_typed(held))
    return _form(request, held)


@pages.post("/roster/{unit}", view="year")
def change(request: PageRequest, unit: str) -> Response:
    return _submit(request, unit_of(request, unit))


def _submit(request: PageRequest, held: Unit | None) -> Response:
    try:
        said = _read(request, held)
        submit(request, "roster", ChangeUnit(**said) if held else RegisterUnit(**said))
    except Refusal as refusal:
        return _form(request, held, refusal)
    return request.answer.redirect(f"/roster?done={said['unit']}")


def unit_of(request: PageRequest, id_: str) -> Unit:
    """A unit on the roster. NotThere."""
    held = request.roster.units.get(id_)
    if held is None:
        act = Text(zh="查阅部门", en="look at the unit")
        raise NotThere(act=act, stream=id_[:64], first=policy.title("register_unit", request.rulebook))
    return held


def _ended(request: PageRequest) -> list[Reorganisation]:
    """How the units ended that are not there any more, the last first."""
    found = [one for one in request.roster.reorganisations if not one.continues]
    return sorted(found, key=lambda one: one.since, reverse=True)


def _form(request: PageRequest, held: Unit | None, refusal: Refusal | None = None) -> Response:
    end = request.roster.end(held.unit) if held else None
    return request.answer.page(
        "roster_unit.html", 409 if refusal else 200, held=held, refusal=refusal, field_of=top_field, label_of=FIELDS, fields=FIELDS,
        kinds=kinds(request), may_change=may(request, "change_unit" if held else "register_unit") and not end, end=end,
        version=request.roster.version,
    )  # fmt: skip


def kinds(request: PageRequest) -> dict[str, Text]:
    """The kinds of unit there are tables for, each with its title."""
    return {kind.key: kind.title.text for kind in request.rulebook.scope.unit_kind}


def _typed(held: Unit) -> list[tuple[str, str]]:
    """A unit as its form says it."""
    people = {"heads": held.heads, "members": held.members}
    lines = {name: "\n".join(f"{one.person} {one.position}" for one in team) for name, team in people.items()}
    since = held.since.isoformat() if held.since else ""
    plain = {"title": held.title, "unit_kind": held.unit_kind, "staff": str(held.staff), "since": since}
    return list({**plain, **lines}.items())


def _read(request: PageRequest, held: Unit | None) -> dict[str, Any]:
    """Every field of the form. InvalidForm."""
    typed = Fields(request.form, policy.cited("change_unit" if held else "register_unit", request.rulebook))
    return read_all({
        "unit": lambda: held.unit if held else typed.id("unit", FIELDS["unit"]),
        "title": lambda: held.title if held else typed.word("title", FIELDS["title"]),
        "unit_kind": lambda: typed.word("unit_kind", FIELDS["unit_kind"]),
        "staff": lambda: typed.whole("staff", FIELDS["staff"]),
        "since": lambda: typed.any_day("since", FIELDS["since"]),
        "heads": lambda: people(request.form.text("heads"), FIELDS["heads"], typed.clause),
        "members": lambda: people(request.form.text("members"), FIELDS["members"], typed.clause),
    })  # fmt: skip


def people(typed: str, what: Text, clause: Citation) -> tuple[Member, ...]:
    """The persons of a team, one a line: an opaque id, a space, the post. Malformed."""
    made = []
    for n, line in enumerate(typed.splitlines(), 1):
        person, _, post = re.sub(r"\s+", " ", line.strip()).partition(" ")
        if person and not post.strip():
            raise Malformed(what=what, why=Text(zh=f"第 {n} 行缺少职务", en=f"line {n} has no post"), clause=clause)
        if person:
            made.append(Member(person=Opaque(person), position=Words(post.strip())))
    return tuple(made)
