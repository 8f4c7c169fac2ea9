"""为人员开通账号: opens an account for each person of the directory who is to have roles, and requests the links.

The form is for the system administrator. The program gives the ids of accounts; a person signs in with the staff number
too. The security administrator grants the roles that the directory names (`new_roles.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.command_batch import BatchCommand, submit_all
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.accounts.account import CLAUSE, OpenAccount
from states.accounts.links import RequestLink
from states.refusals import Incomplete, Refusal
from states.streams import account_stream
from states.vocabulary import Opaque, Text
from storage.people import Person
from storage.vault import account_secrets

from .accounts import MAX_NAME_LENGTH, may_do

pages = Pages()

_PEOPLE = Text(zh="人员", en="people")


class PersonWithoutAccount(Struct, frozen=True):
    """A person who is to have roles and has no account: the id that the account would have, and the department."""

    person: Person
    account: str
    unit: str


@pages.get("/accounts/people", view="accounts")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/accounts/people", view="accounts")
def open_accounts(request: PageRequest) -> Response:
    """Open the accounts of the ticked people and request their links: all or none."""
    waiting: dict[str, PersonWithoutAccount] = {one.person.id: one for one in without_account(request)}
    ticked = [waiting[id_] for id_ in request.form.texts("person") if id_ in waiting]
    commands = []
    for one in ticked:
        stream, person = account_stream(one.account), one.person
        name = account_secrets.name_write(request.database, one.account, person.name[:MAX_NAME_LENGTH])
        opening = OpenAccount(unit=Opaque(person.unit) if person.unit else None, person=person.id)
        commands.append(BatchCommand(person.id, stream, opening, OpenAccount.act, (name,)))
        commands.append(BatchCommand(person.id, stream, RequestLink(), RequestLink.act))
    try:
        if not commands:
            raise Incomplete(missing=_PEOPLE, clause=CLAUSE)
        submit_all(request, commands, lambda id_, refusal: {f"person.{id_}": refusal})
    except Refusal as refusal:
        return _page(request, refusal)
    for one in ticked:
        request.log_security("link_requested", detail=one.account)
    return request.answer.redirect(f"/accounts?done={OpenAccount.act}")


def without_account(request: PageRequest) -> list[PersonWithoutAccount]:
    """The people who are to have roles and have no account yet, by department and name."""
    return sorted(_without_account(request), key=lambda one: (one.person.unit or "~", one.person.name))


def _without_account(request: PageRequest) -> Iterator[PersonWithoutAccount]:
    holders = set(request.engine.people().values())
    present: dict[str, str] = {unit.unit: unit.title for unit in request.roster.current()}
    for person in request.directory.people.values():
        is_there = person.is_there_on(request.today) and (person.unit is None or person.unit in present)
        if person.roles and is_there and person.id not in holders:
            yield PersonWithoutAccount(person, _account_id(request, person), present.get(person.unit or "", ""))


def _account_id(request: PageRequest, person: Person) -> str:
    """The id of the account: that of the person with another first letter; with a number if they had one before."""
    id_ = f"a-{person.id.removeprefix('p-')}"
    number = 1
    while request.account_of(id_).version:
        number += 1
        id_ = f"a-{person.id.removeprefix('p-')}-{number}"
    return id_


def _page(request: PageRequest, refusal: Refusal | None = None) -> Response:
    waiting = without_account(request)
    return request.answer.page(
        "people_accounts.html",
        409 if refusal else 200,
        waiting=waiting,
        refusal=refusal,
        may_open=may_do(request, OpenAccount.act),
        label_of={f"person.{one.person.id}": Text(zh=one.person.name, en=one.person.name) for one in waiting},
    )
