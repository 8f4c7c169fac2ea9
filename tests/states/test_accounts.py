"""Accounts: who opens them, who grants what, and that the three administrators stay apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from config.rulebooks import load_edition
from states import policy, views
from states.accounts import account
from states.accounts.account import (
    OPERATOR,
    AssignPerson,
    CloseAccount,
    GrantRole,
    MoveAccount,
    OpenAccount,
    WithdrawRole,
)
from states.records.account import ADMINISTRATORS, AUDIT, SECURITY, SYSTEM, Account
from states.records.roster import Reorganisation, Roster
from states.refusals import Refusal
from states.stream_kinds import initial_state
from states.vocabulary import CLOCK, Actor, Command, Opaque, Words

from .law import REASON, ROLES, RULEBOOK, UNIT, World, check_sentence, reached, refused
from .test_policy import ANY, outcome

SYS, SEC, AUD = Actor("sys", SYSTEM), Actor("sec", SECURITY), Actor("aud", AUDIT)
NOBODY = World(initial_state("account/a-1"))
OPENED = NOBODY.do(OpenAccount(unit=Opaque(UNIT)), SYS)

ACTS: dict[str, tuple[Command, World]] = {
    "open_account": (OpenAccount(), NOBODY),
    "close_account": (CloseAccount(reason=REASON), OPENED),
    "grant_role": (GrantRole(role=Opaque(AUDIT)), OPENED),
    "withdraw_role": (WithdrawRole(role=Opaque("office"), reason=REASON), OPENED.do(GrantRole(role=Opaque("office")), SEC)),
    "move_account": (MoveAccount(unit=Opaque("u-2"), reason=REASON), OPENED),
    "assign_person": (AssignPerson(person=Opaque("p-1"), reason=REASON), OPENED),
}  # fmt: skip


def of(*roles: str, unit: str | None = UNIT) -> World:
    """An account of these roles."""
    world = NOBODY.do(OpenAccount(unit=unit and Opaque(unit)), SYS)
    for role in roles:
        world = world.do(GrantRole(role=Opaque(role)), SEC)
    return world


def state(world: World) -> Account:
    assert isinstance(world.state, Account)
    return world.state


@pytest.mark.parametrize("act", account.ROLES_OF_ACT)
def test_each_act_is_for_the_roles_named_and_nobody_else(act: str) -> None:
    command, world = ACTS[act]
    for actor in (
        SYS,
        SEC,
        AUD,
        OPERATOR,
        CLOCK,
        *(Actor(f"{role}-x", role, UNIT) for role in ROLES if role != "clock"),
    ):
        expected = "accepted" if actor.role in account.ROLES_OF_ACT[act] else "NotYours"
        assert outcome(world, command, actor) == expected, actor


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_no_administrator_has_any_act_of_an_assessment_a_case_or_a_year(role: str) -> None:
    for act, command in ANY.items():
        assert not policy.includes_role(
            policy.entitled_roles(act, None, command, reached("opening").context(SYS).rulebook)[0], Actor("x", role)
        )


@pytest.mark.parametrize("first", ADMINISTRATORS)
def test_an_administrator_holds_no_other_role(first: str) -> None:
    for second in (*ADMINISTRATORS, *ROLES):
        if second not in (first, "clock"):
            refused(of(first), GrantRole(role=Opaque(second)), SEC, "NotTogether", "a-1")
            if second != "unit":
                refused(of(second), GrantRole(role=Opaque(first)), SEC, "NotTogether", "a-1")


def test_one_person_may_hold_several_roles_of_the_assessment() -> None:
    assert state(of("assessor", "working_group")).roles == {"assessor", "working_group"}


@pytest.mark.parametrize("act", [a for a in account.ROLES_OF_ACT if a != "open_account"])
def test_nobody_acts_on_the_own_account(act: str) -> None:
    command, world = ACTS[act]
    by = Actor("a-1", account.ROLES_OF_ACT[act][0])
    refused(world, command, by, "OwnAccount")


def test_the_operator_makes_administrators_and_nobody_else() -> None:
    assert outcome(OPENED, GrantRole(role=Opaque(SYSTEM)), OPERATOR) == "accepted"
    refused(OPENED, GrantRole(role=Opaque("office")), OPERATOR, "NotForThisAccount", account.ROLE_TITLES[SECURITY])


def test_who_stands_for_a_unit_belongs_to_one() -> None:
    refused(of(unit=None), GrantRole(role=Opaque("unit")), SEC, "NotKnown")


@pytest.mark.parametrize("role", ["clock", "operator", "holder", "nobody"])
def test_a_role_no_person_has_is_not_granted(role: str) -> None:
    refused(OPENED, GrantRole(role=Opaque(role)), SEC, "NotKnown", role)


def test_a_role_is_granted_once_and_withdrawn_once() -> None:
    world = of("office")
    refused(world, GrantRole(role=Opaque("office")), SEC, "NothingToDo")
    after = world.do(WithdrawRole(role=Opaque("office"), reason=REASON), SEC)
    assert state(after).roles == frozenset()
    refused(after, WithdrawRole(role=Opaque("office"), reason=REASON), SEC, "NothingToDo")


def test_a_closed_account_has_no_roles_and_stays_closed() -> None:
    world = of("office").do(CloseAccount(reason=REASON), SYS)
    assert (state(world).closed, state(world).roles) == (True, frozenset())
    for command, actor in (
        (GrantRole(role=Opaque("office")), SEC),
        (CloseAccount(reason=REASON), SYS),
    ):
        refused(world, command, actor, "AccountIsClosed", "a-1")
    refused(world, OpenAccount(), SYS, "AlreadyThere")


@pytest.mark.parametrize("name", sorted(account.RESERVED))
def test_no_account_is_called_as_a_machine_is(name: str) -> None:
    refused(World(initial_state(f"account/{name}")), OpenAccount(), SYS, "NotKnown", name)


def test_an_account_may_be_moved_to_another_unit_and_out_of_all() -> None:
    moved = OPENED.do(MoveAccount(unit=Opaque("u-2"), reason=REASON), SEC)
    assert state(moved).unit == "u-2"
    assert state(moved.do(MoveAccount(unit=None, reason=REASON), SEC)).unit is None
    refused(moved, MoveAccount(unit=Opaque("u-2"), reason=REASON), SEC, "NothingToDo")


def test_a_name_is_no_id() -> None:
    with pytest.raises(Refusal) as caught:
        World(initial_state("account/张三")).decide(OpenAccount(), SYS)
    assert caught.value.code == "Malformed"
    refused(OPENED, CloseAccount(reason=Words("电话 13800138000")), SYS, "Personal")


# --- who looks at what ----------------------------------------------------------------------------


def sees(view: str, roles: Sequence[str], own: str | None = None, unit: str | None = None) -> str:
    try:
        views.permit_view(view, roles, own, RULEBOOK, unit)
    except Refusal as refusal:
        check_sentence(refusal)
        return refusal.code
    return "seen"


@pytest.mark.parametrize("view", views.VIEWS)
def test_a_view_is_for_the_roles_named_and_nobody_else(view: str) -> None:
    for role in (*ADMINISTRATORS, *ROLES, "operator", "nobody"):
        assert sees(view, [role]) == ("seen" if role in views.readers(view, RULEBOOK) else "NotForYou"), role
    assert sees(view, []) == "NotForYou"


MEASURES = Path(__file__).parents[1] / "measures"


@pytest.mark.parametrize(
    ("measure", "role", "read", "closed"),
    [
        ("cloudladder-2031", "finance", "to_dos assessment board records", "results score_sheet cases tasks year"),
        ("cloudladder-2031", "council", "results cases year tasks resolution checking", "audit deliveries"),
        ("cloudladder-2031", "office", "results cases year deliveries standings", "audit vault accounts"),
        ("heronisle-2031", "examiner", "score_sheet results assessment", "cases year resolution audit"),
        ("heronisle-2031", "second_review", "score_sheet results assessment", "cases year resolution"),
        ("heronisle-2031", "supervision", "cases tasks checking results", "score_sheet resolution year"),
        ("heronisle-2031", "unit", "to_dos assessment routine_checks", "board results cases"),
    ],
)
def test_a_role_of_any_rulebook_sees_what_its_acts_need(measure: str, role: str, read: str, closed: str) -> None:
    rulebook = load_edition(MEASURES / f"{measure}.toml").rulebook
    assert {view for view in read.split() if role in views.readers(view, rulebook)} == set(read.split())
    assert not {view for view in closed.split() if role in views.readers(view, rulebook)}


def test_a_unit_reads_its_own_assessment_only() -> None:
    assert sees("assessment", ["unit"], UNIT, UNIT) == "seen"
    assert sees("assessment", ["unit"], UNIT, "u-2") == "OfAnotherUnit"
    assert sees("assessment", ["unit"], None, "u-2") == "OfAnotherUnit"
    assert sees("assessment", ["unit", "assessor"], UNIT, "u-2") == "seen"
    assert sees("assessment", ["office"], UNIT, "u-2") == "seen"


RECUSED = [view for view, entry in views.VIEWS.items() if entry.recused]


@pytest.mark.parametrize("view", RECUSED)
def test_what_judges_a_unit_is_read_by_nobody_who_belongs_to_it_in_whatever_role(view: str) -> None:
    for role in views.readers(view, RULEBOOK):
        assert sees(view, [role], UNIT, UNIT) == "OwnUnitRead", role
        assert sees(view, [role, "unit"], UNIT, UNIT) == "OwnUnitRead", role
        assert sees(view, [role], "u-2", UNIT) == sees(view, [role], None, UNIT) == "seen", role


def test_scores_ballots_sheets_cases_comments_and_the_audit_are_what_judges_a_unit() -> None:
    assert set(RECUSED) == {"results", "member_results", "member_ballots", "score_sheet", "cases", "audit", "comments"}


@pytest.mark.parametrize("view", RECUSED)
def test_people_of_a_unit_that_took_another_over_or_went_into_it_are_recused_from_both(view: str) -> None:
    end = Reorganisation(
        unit=Opaque("u-old"),
        since=date(2026, 9, 1),
        successors=(Opaque("u-new"),),
        final_year=2025,
        reason=Words("合并"),
    )
    roster = Roster(reorganisations=(end,))
    role = views.readers(view, RULEBOOK)[0]
    for own, unit in (("u-old", "u-new"), ("u-new", "u-old")):
        with pytest.raises(views.OwnUnitRead):
            views.permit_view(view, [role], own, RULEBOOK, unit, roster)
        assert views.may_view(view, [role], own, RULEBOOK, "u-2", roster)


def test_no_administrator_sees_an_assessment_a_case_or_a_result() -> None:
    for view in ("assessment", "score_sheet", "board", "results", "cases", "year"):
        assert set(views.readers(view, RULEBOOK)).isdisjoint(ADMINISTRATORS)
