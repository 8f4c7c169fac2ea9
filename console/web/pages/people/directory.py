"""人员: the directory of people with a search, and the page on which the office changes what is known of one person.

The page also has the person's posts in teams (`states/year/tenure.py`) and their accounts. Erasing a person is on the
page of the vault (`pages/ledger/vault.py`). Departments, teams and people of a whole sheet: `move_in.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from starlette.responses import Response

from console.web.forms.fields import Fields, read_all
from console.web.numbers import whole_number
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from console.web.search.words import SearchWords, text_of_person
from states.custody.tables import CLAUSE
from states.records.roster import Unit
from states.refusals import Malformed, NotKnown, NotThere, Refusal
from states.streams import ROSTER
from states.vocabulary import Text, listed
from states.year.roster import RosterFact
from states.year.tenure import Tenure, tenures
from storage import people
from storage.ledger.facts import fact_of
from storage.people import MAX_WORD, Person
from workflow.move_in.heads import PERSON_HEADS
from workflow.people import accounts_of_person, store_people

pages = Pages()

MAX_LISTED = 200
"""The most people on the page. The search finds the others."""

FIELDS: Mapping[str, Text] = {
    {"party": "is_party_member", "cadre": "is_cadre"}.get(key, key): head.title
    for key, head in PERSON_HEADS.items()
    if key not in ("team", "roles")
}
"""The titles of the fields of a person: those of the columns in Excel. Team and roles are changed elsewhere."""

RIGHT = "register_unit"
"""Who may register departments may bring people in and change them."""

CHANGE_TITLE = Text(zh="修改人员", en="change a person")
_ANSWERS: Mapping[str, bool | None] = {"": None, "yes": True, "no": False}


class StaffNumberTaken(Refusal):
    """Somebody else has the staff number. People sign in with it, so it names one person."""

    zh = "工号 {number} 是{holder}的（{clause}）。请核对后再提交。"
    en = "{holder} has the staff number {number} ({clause}). Check it and submit again."


class ListedPerson(Struct, frozen=True):
    """A person in the list, the name of their department, whether they are in its team, and whether they have left."""

    person: Person
    unit: str
    in_team: bool
    has_left: bool


@pages.get("/people", view="people")
def show(request: PageRequest) -> Response:
    everybody = request.directory.people
    search, unit = request.query.get("q", "").strip()[:60], request.query.get("unit", "")[:64]
    words = SearchWords.read(search)
    matches = [
        one for one in everybody.values() if words.are_in(text_of_person(one)) and (not unit or one.unit == unit)
    ]
    teams = {member.person for one in request.roster.current() for member in (*one.heads, *one.members)}
    listed = [
        ListedPerson(one, _unit_title(request, one), one.id in teams, not one.is_there_on(request.today))
        for one in sorted(matches, key=lambda one: (one.unit or "~", one.id not in teams, *_order(one)))
    ]
    return request.answer.page(
        "people.html",
        listed=listed[:MAX_LISTED],
        found=len(matches),
        count=len(everybody),
        search=search,
        unit=unit,
        units=request.roster.current(),
        erased=len(request.directory.erased),
        may_change=request.permissions.is_entitled(RIGHT),
        moved=whole_number(request.query.get("moved", "")),
        moved_units=whole_number(request.query.get("units", "")),
    )


@pages.get("/people/{person}", view="people")
def show_person(request: PageRequest, person: str) -> Response:
    one = _find(request, person)
    request.form.prefill(_fields_of(one))
    return _page(request, one)


@pages.post("/people/{person}", view="people")
def change_person(request: PageRequest, person: str) -> Response:
    one = _find(request, person)
    try:
        actor = request.permissions.entitled_actor(RIGHT, CHANGE_TITLE)
        store_people(request.engine, [_read(request, one)], actor)
    except Refusal as refusal:
        return _page(request, one, refusal)
    return request.answer.redirect(f"/people/{person}?done=1")


def _order(one: Person) -> tuple[int, str, str]:
    """The order of people in a department: 7 before 13, although "13" sorts before "7"."""
    return len(one.staff_number), one.staff_number, one.name


def _unit_title(request: PageRequest, one: Person) -> str:
    return request.roster.title(one.unit) if one.unit else ""


def _find(request: PageRequest, id_: str) -> Person:
    one = people.person(request.database, id_[:64])
    if one is None:
        raise NotThere(act=CHANGE_TITLE, stream=id_[:64], first=Text(zh="搬入", en="move in"))
    return one


def _fields_of(one: Person) -> list[tuple[str, str]]:
    words = {True: "yes", False: "no", None: ""}
    return [
        (name, words[value] if isinstance(value, bool) or value is None else str(value))
        for name, value in asdict(one).items()
        if name in FIELDS
    ]


def _read(request: PageRequest, one: Person) -> Person:
    """The person as the form has them. Raises `InvalidForm` with every error."""
    fields, form = Fields(request.form, CLAUSE), request.form

    def name() -> str:
        fields.word("name", FIELDS["name"])
        return fields.short("name", FIELDS["name"], MAX_WORD)

    def staff_number() -> str:
        number = fields.short("staff_number", FIELDS["staff_number"], MAX_WORD)
        holder = people.with_staff_number(request.database, number)
        if holder is not None and holder.id != one.id:
            raise StaffNumberTaken(number=number, holder=holder.name, clause=CLAUSE)
        return number

    def unit() -> str | None:
        chosen = form.text("unit")
        if chosen and chosen not in request.roster.units:
            known = listed(Text(zh=unit.title, en=unit.title) for unit in request.roster.current())
            raise NotKnown(what=FIELDS["unit"], value=chosen[:40], known=known, clause=CLAUSE)
        return chosen or None

    def until() -> date | None:
        day = fields.any_day("until", FIELDS["until"])
        try:
            first = fields.any_day("since", FIELDS["since"])
        except InvalidForm:
            return day
        if first is not None and day is not None and day < first:
            why = Text(zh="离校日期早于到校日期", en="the last day is before the first")
            raise Malformed(what=FIELDS["until"], why=why, clause=CLAUSE)
        return day

    values: dict[str, Any] = read_all(
        {
            "name": name,
            "staff_number": staff_number,
            "unit": unit,
            "post": lambda: fields.short("post", FIELDS["post"], MAX_WORD),
            "phone": lambda: fields.any_phone("phone", FIELDS["phone"]),
            "email": lambda: fields.any_mail("email", FIELDS["email"]),
            "since": lambda: fields.any_day("since", FIELDS["since"]),
            "until": until,
        }
    )
    return Person(
        id=one.id,
        roles=one.roles,
        is_party_member=_ANSWERS.get(form.text("is_party_member")),
        is_cadre=_ANSWERS.get(form.text("is_cadre")),
        **values,
    )


def _page(request: PageRequest, one: Person, refusal: Refusal | None = None) -> Response:
    return request.answer.page(
        "person.html",
        409 if refusal else 200,
        one=one,
        refusal=refusal,
        label_of=FIELDS,
        fields=FIELDS,
        unit_title=_unit_title(request, one),
        units=_units(request, one),
        tenures=_tenures_of(request, one.id),
        accounts=accounts_of_person(request.engine, one.id),
        may_change=request.permissions.is_entitled(RIGHT),
        done=bool(request.query.get("done")),
    )


def _units(request: PageRequest, one: Person) -> list[Unit]:
    """The departments that can be chosen: those of today, and that of the person, although it may have ended."""
    own = request.roster.units.get(one.unit or "")
    current = request.roster.current()
    return [*current, *([own] if own is not None and own not in current else [])]


def _tenures_of(request: PageRequest, id_: str) -> list[Tenure]:
    """The posts of a person in the teams of departments, the latest first."""
    entries = request.engine.ledger.stream(ROSTER)
    facts = ((fact_of(entry), entry.recorded_at.astimezone(request.zone).date()) for entry in entries)
    return tenures(id_, ((fact, day) for fact, day in facts if isinstance(fact, RosterFact)))
