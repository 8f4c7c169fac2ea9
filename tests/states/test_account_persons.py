"""The member of a team to whom an account belongs: one account at most, in the department whose team they are in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from msgspec import structs

from states.accounts.account import AssignPerson, CloseAccount, MoveAccount, OpenAccount
from states.accounts.tokens import IssueToken
from states.records.account import SECURITY, SYSTEM, Account
from states.records.roster import Reorganisation, Roster
from states.stream_kinds import initial_state
from states.vocabulary import Actor, Digest, Opaque, Words
from tests.college import unit

from .law import REASON, World, refused

SYS, SEC = Actor("sys", SYSTEM), Actor("sec", SECURITY)
ROSTER = Roster(units={id_: structs.replace(unit(id_), title=Words(f"College {id_[-1]}")) for id_ in ("u-1", "u-2")})
NOBODY = World(initial_state("account/a-1"), roster=ROSTER)
DEAN, OTHER = Opaque("u-1-h1"), Opaque("u-1-m1")


def opened(person: str | None = DEAN, unit_: str | None = "u-1") -> World:
    return NOBODY.do(OpenAccount(unit=unit_ and Opaque(unit_), person=person and Opaque(person)), SYS)  # type: ignore[arg-type]


def person(world: World) -> str | None:
    assert isinstance(world.state, Account)
    return world.state.person


def test_an_account_has_its_person_from_its_opening_or_by_an_act_of_the_security_administrator() -> None:
    assert person(opened()) == DEAN
    assert person(opened(None)) is None
    named = opened(None).do(AssignPerson(person=OTHER, reason=REASON), SEC)
    assert person(named) == OTHER
    assert person(named.do(AssignPerson(person=None, reason=REASON), SEC)) is None
    refused(named, AssignPerson(person=OTHER, reason=REASON), SEC, "NothingToDo")
    refused(named, AssignPerson(person=None, reason=REASON), SYS, "NotYours")


def test_the_holder_is_told_that_the_person_of_the_account_was_changed() -> None:
    named = opened(None).do(AssignPerson(person=OTHER, reason=REASON), SEC)
    assert [change.kind for change in named.state.changes] == ["AccountOpened", "PersonAssigned"]


def test_a_person_has_one_open_account() -> None:
    taken = replace(NOBODY, holders=frozenset({"a-2"}))
    opening = OpenAccount(unit=Opaque("u-1"), person=DEAN)
    refused(taken, opening, SYS, "PersonTaken", "a-2", DEAN)
    second = replace(opened(None), holders=frozenset({"a-2"}))
    refused(second, AssignPerson(person=DEAN, reason=REASON), SEC, "PersonTaken", "a-2")
    closed = opened().do(CloseAccount(reason=REASON), SYS)
    assert person(closed) is None, "so the person may have another account"


def test_the_account_of_a_member_is_in_the_department_of_their_team() -> None:
    refused(NOBODY, OpenAccount(unit=Opaque("u-2"), person=DEAN), SYS, "OtherTeam", "College 1")
    refused(NOBODY, OpenAccount(person=DEAN), SYS, "OtherTeam", "College 1")
    refused(opened(None, "u-2"), AssignPerson(person=DEAN, reason=REASON), SEC, "OtherTeam", DEAN)
    refused(opened(), MoveAccount(unit=Opaque("u-2"), reason=REASON), SEC, "OtherTeam")
    refused(opened(), MoveAccount(unit=None, reason=REASON), SEC, "OtherTeam")


def test_a_member_who_is_in_no_team_of_the_roster_may_belong_to_any_department() -> None:
    """Who left the team in the year still reads their result, and a department that was closed has no team any more."""
    assert person(opened("p-9", "u-2")) == "p-9"
    closing = Reorganisation(unit=Opaque("u-1"), since=date(2026, 3, 1), final_year=2025, reason=Words("撤销"))
    world = replace(NOBODY, roster=Roster(units=ROSTER.units, reorganisations=(closing,)))
    assert person(world.do(OpenAccount(unit=Opaque("u-2"), person=DEAN), SYS)) == DEAN


def test_an_account_of_a_person_is_not_a_system_s_nor_the_other_way_round() -> None:
    token = IssueToken(token=Opaque("t-1"), until=date(2030, 1, 1), digest=Digest("a" * 64))
    operator = Actor("operator", "operator")
    refused(opened(), token, operator, "NotForThisAccount")
    system = opened(None).do(token, operator)
    refused(system, AssignPerson(person=DEAN, reason=REASON), SEC, "NotForThisAccount", "a-1")
