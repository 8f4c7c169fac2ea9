"""人员: the directory of people with a search, and the page on which the office changes what is known of one person.

Erasing a person is on the page of the vault (`pages/ledger/vault.py`). Departments, teams and people of a whole sheet:
`move_in.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from starlette.responses import Response

from config import typed
from console.web.forms.fields import Fields, read_all
from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.custody.tables import CLAUSE
from states.refusals import Malformed, NotThere, NotYours, Refusal
from states.vocabulary import Text
from storage import people
from storage.people import Person
from workflow.people import open_account_of, store_people

pages = Pages()

MAX_LISTED = 200
"""The most people on the page. The search finds the others."""

FIELDS: Mapping[str, Text] = {
    "name": Text(zh="姓名", en="Name"),
    "staff_number": Text(zh="工号", en="Staff number"),
    "unit": Text(zh="部门", en="Department"),
    "post": Text(zh="职务", en="Post"),
    "is_party_member": Text(zh="中共党员", en="Party member"),
    "is_cadre": Text(zh="干部", en="Cadre"),
    "phone": Text(zh="手机", en="Phone"),
    "email": Text(zh="邮箱", en="Email"),
    "since": Text(zh="到校日期", en="From"),
    "until": Text(zh="离校日期", en="Until"),
}
"""The titles of the fields of a person."""

CHANGE_TITLE = Text(zh="修改人员", en="change a person")
_ANSWERS: Mapping[str, bool | None] = {"": None, "yes": True, "no": False}


class ListedPerson(Struct, frozen=True):
    """A person in the list, with their department's name and whether they lead it."""

    person: Person
    unit: str
    in_team: bool
    has_left: bool


@pages.get("/people", view="people")
def show(request: PageRequest) -> Response:
    everybody = people.people(request.database)
    search, unit = request.query.get("q", "").strip()[:60], request.query.get("unit", "")[:64]
    matches = [one for one in everybody.values() if _matches(one, search) and (not unit or one.unit == unit)]
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
        erased=len(people.erased(request.database)),
        may_change=may_change(request),
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
        require_right(request, CHANGE_TITLE)
        store_people(request.engine, [_read(request, one)], request.user.actor(*_entitled(request)))
    except Refusal as refusal:
        return _page(request, one, refusal)
    return request.answer.redirect(f"/people/{person}?done=1")


def may_change(request: PageRequest) -> bool:
    """Whether the user may bring people in and change them: those who register departments do."""
    return not request.user.roles.isdisjoint(_entitled(request))


def require_right(request: PageRequest, act: Text) -> None:
    """Raises `NotYours` if `may_change` is False."""
    if not may_change(request):
        titles = [request.rulebook.role_title(role) for role in _entitled(request)]
        by = Text(zh="、".join(title.zh for title in titles), en=", ".join(title.en for title in titles))
        role = policy.role_title(request.user.actor().role, request.rulebook)
        raise NotYours(act=act, role=role, by=by, clause=CLAUSE)


def _entitled(request: PageRequest) -> tuple[str, ...]:
    return policy.entitled_roles("register_unit", None, None, request.rulebook)[0]


def _matches(one: Person, search: str) -> bool:
    return all(word in f"{one.name}\n{one.staff_number}\n{one.post}".casefold() for word in search.casefold().split())


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

    def mail() -> str:
        typed_mail = form.text("email")
        if typed_mail and "@" not in typed_mail:
            why = Text(zh="缺少 @", en="there is no @")
            raise Malformed(what=FIELDS["email"], why=why, clause=CLAUSE)
        return typed_mail

    values: dict[str, Any] = read_all(
        {
            "name": lambda: fields.word("name", FIELDS["name"]),
            "since": lambda: fields.any_day("since", FIELDS["since"]),
            "until": lambda: fields.any_day("until", FIELDS["until"]),
            "email": mail,
        }
    )
    return Person(
        id=one.id,
        roles=one.roles,
        staff_number=form.text("staff_number")[:40],
        unit=form.text("unit") if form.text("unit") in request.roster.units else None,
        post=form.text("post")[:60],
        phone=typed.to_plain(form.text("phone"))[:20],
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
        units=request.roster.current(),
        teams=_teams_of(request, one.id),
        accounts=_accounts_of(request, one.id),
        may_change=may_change(request),
        done=bool(request.query.get("done")),
    )


def _teams_of(request: PageRequest, id_: str) -> list[tuple[str, str]]:
    """The departments in whose team a person is now, each with the post."""
    return [
        (unit.title, member.position)
        for unit in request.roster.current()
        for member in (*unit.heads, *unit.members)
        if member.person == id_
    ]


def _accounts_of(request: PageRequest, id_: str) -> list[str]:
    """The open account of a person, as a list of none or one."""
    account = open_account_of(request.engine, id_)
    return [account] if account else []
