"""名册: the list of the departments, and the form that registers one or changes its kind, staff or team.

The list also has the closed departments. A person is an opaque id with a post; names come from the directory of people.
Also here: reading a team from a text, for `new_units.py`. Not here: registering many departments (`new_units.py`), and
renaming, closing or reorganising one (`reorganisation.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from config.typed import Unclear
from console.web.forms.fields import Fields, read_all, top_field
from console.web.forms.submitting import submit
from console.web.numbers import whole_number
from console.web.request.directory_names import DirectoryNames
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import Member
from states.records.roster import Reorganisation, Unit
from states.refusals import Malformed, NotThere, Refusal
from states.vocabulary import Citation, Opaque, Text, Words
from states.year.roster import ChangeUnit, RegisterUnit

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
"""The titles of the fields of a department."""


@pages.get("/roster", view="year")
def show(request: PageRequest) -> Response:
    changed_unit = request.query.get("done", "")
    return request.answer.page(
        "roster.html",
        units=request.roster.current(),
        ended=_closings(request),
        kinds=unit_kinds(request),
        may_change=request.permissions.is_entitled("change_unit"),
        done=changed_unit if changed_unit in request.roster.units else "",
        several=whole_number(request.query.get("several", "")),
    )


@pages.get("/roster/new", view="year")
def show_empty_form(request: PageRequest) -> Response:
    return _form(request, None)


@pages.post("/roster/new", view="year")
def register_unit(request: PageRequest) -> Response:
    return _submit(request, None)


@pages.get("/roster/{unit}", view="year")
def show_unit(request: PageRequest, unit: str) -> Response:
    current = unit_of(request, unit)
    request.form.prefill(_fields_of(current, request.directory_names))
    return _form(request, current)


@pages.post("/roster/{unit}", view="year")
def change_unit(request: PageRequest, unit: str) -> Response:
    return _submit(request, unit_of(request, unit))


def unit_of(request: PageRequest, id_: str) -> Unit:
    """The department with this id, open or closed. Raises `NotThere`."""
    unit = request.roster.units.get(id_)
    if unit is None:
        act = Text(zh="查阅部门", en="look at the department")
        raise NotThere(act=act, stream=id_[:64], first=policy.title("register_unit", request.rulebook))
    return unit


def unit_kinds(request: PageRequest) -> dict[str, Text]:
    """The titles of the kinds of departments in the rulebook, by key."""
    return {kind.key: kind.title.text for kind in request.rulebook.unit_kind}


def read_team(
    text: str, title: Text, clause: Citation, id_of: Callable[[str], str] | None = None
) -> tuple[Member, ...]:
    """The persons in a text with one person in each line: a name or an id, a space, the post. Raises `Malformed`.

    `id_of` finds the id of a name (`request/directory_names.py`). Without it a line begins with an id.
    """
    team = []
    for n, line in enumerate(text.splitlines(), 1):
        person, _, post = re.sub(r"\s+", " ", line.strip()).partition(" ")
        if person and not post.strip():
            raise Malformed(what=title, why=Text(zh=f"第 {n} 行缺少职务", en=f"line {n} has no post"), clause=clause)
        if person:
            try:
                id_ = id_of(person) if id_of is not None else person
            except Unclear as unclear:
                why = Text(zh=f"第 {n} 行：{unclear.why.zh}", en=f"line {n}: {unclear.why.en}")
                raise Malformed(what=title, why=why, clause=clause) from None
            team.append(Member(person=Opaque(id_), position=Words(post.strip())))
    return tuple(team)


def _submit(request: PageRequest, unit: Unit | None) -> Response:
    """Change the department, or register a new one if `unit` is None."""
    try:
        values = _read(request, unit)
        submit(request, "roster", ChangeUnit(**values) if unit else RegisterUnit(**values))
    except Refusal as refusal:
        return _form(request, unit, refusal)
    return request.answer.redirect(f"/roster?done={values['unit']}")


def _read(request: PageRequest, unit: Unit | None) -> dict[str, Any]:
    """All fields of the command. Id and title of a registered department are not read. Raises `InvalidForm`."""
    act = "change_unit" if unit else "register_unit"
    fields, id_of = Fields(request.form, policy.clause_of(act, request.rulebook)), request.directory_names.id_of
    return read_all(
        {
            # The id of a department never changes. Its title is changed by an act of its own (`reorganisation.py`).
            "unit": lambda: unit.unit if unit else fields.id("unit", FIELDS["unit"]),
            "title": lambda: unit.title if unit else fields.word("title", FIELDS["title"]),
            "unit_kind": lambda: fields.word("unit_kind", FIELDS["unit_kind"]),
            "staff": lambda: fields.whole("staff", FIELDS["staff"]),
            "since": lambda: fields.any_day("since", FIELDS["since"]),
            "heads": lambda: read_team(request.form.text("heads"), FIELDS["heads"], fields.clause, id_of),
            "members": lambda: read_team(request.form.text("members"), FIELDS["members"], fields.clause, id_of),
        }
    )


def _form(request: PageRequest, unit: Unit | None, refusal: Refusal | None = None) -> Response:
    end = request.roster.closing(unit.unit) if unit else None
    return request.answer.page(
        "roster_unit.html",
        409 if refusal else 200,
        field_of=top_field,
        label_of=FIELDS,
        unit=unit,
        end=end,
        refusal=refusal,
        fields=FIELDS,
        kinds=unit_kinds(request),
        may_change=request.permissions.is_entitled("change_unit" if unit else "register_unit") and not end,
        version=request.roster.version,
    )


def _fields_of(unit: Unit, names: DirectoryNames) -> list[tuple[str, str]]:
    """The initial fields of the form for a department."""
    teams = {"heads": unit.heads, "members": unit.members}
    return [
        ("title", unit.title),
        ("unit_kind", unit.unit_kind),
        ("staff", str(unit.staff)),
        ("since", unit.since.isoformat() if unit.since else ""),
        *(
            (name, "\n".join(f"{_in_line(names, member.person)} {member.position}" for member in team))
            for name, team in teams.items()
        ),
    ]


def _in_line(names: DirectoryNames, person: str) -> str:
    """A person as a line of the team begins. A name with a space is not written: the space ends it."""
    text = names.text_of(person)
    return person if " " in text else text


def _closings(request: PageRequest) -> list[Reorganisation]:
    """The reorganisations that closed a department, the latest first."""
    closings = [reorganisation for reorganisation in request.roster.reorganisations if not reorganisation.continues]
    return sorted(closings, key=lambda closing: closing.since, reverse=True)
