"""代办: who names whom for what and how long, and that a deputy never has a right that the principal does not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.accounts.account import CloseAccount, GrantRole, MoveAccount, OpenAccount, WithdrawRole
from states.accounts.deputies import MAX_DAYS, AppointDeputy, EndDeputy
from states.cases.case import RescindCase
from states.cases.vetoes import LiftVeto, RecordVeto
from states.records.account import ADMINISTRATORS, AUDIT, HOLDER, SECURITY, SYSTEM, Account
from states.refusals import Refusal
from states.stages.scoring import ReturnScore
from states.stream_kinds import initial_state
from states.vocabulary import Actor, Command, Opaque, Principal

from .law import (
    COMMITTEE,
    ELSEWHERE,
    REASON,
    START,
    UNIT,
    World,
    agree,
    approve,
    body,
    fill,
    full,
    person,
    reached,
    refused,
    sanction,
)
from .test_policy import ANY, WORLDS, outcome

TODAY = START.date()
SYS, SEC = Actor("sys", SYSTEM), Actor("sec", SECURITY)


def account(id_: str, *roles: str, unit: str | None = None) -> World:
    world = World(initial_state(f"account/{id_}")).do(OpenAccount(unit=unit and Opaque(unit)), SYS)
    for role in roles:
        world = world.do(GrantRole(role=Opaque(role)), SEC)
    return world


def holder(world: World) -> Actor:
    return Actor(world.state.id, HOLDER, world.state.unit)


def naming(*roles: str, deputy: str = "d", days: int = 7, first: int = 0) -> AppointDeputy:
    since = TODAY + timedelta(days=first)
    until = since + timedelta(days=days - 1)
    return AppointDeputy(deputy=Opaque(deputy), roles=tuple(map(Opaque, roles)), since=since, until=until)


def knowing(world: World, *others: World) -> World:
    return replace(world, accounts={one.state.id: one.state for one in others})


PRINCIPAL, DEPUTY = account("p", "office", "committee", unit=ELSEWHERE), account("d", "assessor")
KNOWN = knowing(PRINCIPAL, DEPUTY)
LENT = KNOWN.do(naming("office"), holder(KNOWN))


def lends(principal: World, deputy: World, day: date = TODAY) -> set[str]:
    return set(principal.state.lends(deputy.state, day))


# -- who names whom --------------------------------------------------------------------------------


def test_a_deputy_has_the_roles_that_were_named_in_the_period_and_no_longer() -> None:
    week = [TODAY + timedelta(days=one) for one in (-1, 0, 6, 7)]
    assert [lends(LENT, DEPUTY, day) for day in week] == [set(), {"office"}, {"office"}, set()]


@pytest.mark.parametrize(
    ("roles", "why"),
    [
        (("discipline",), "a role of others"),
        ((SECURITY,), "an administrator's"),
        ((HOLDER,), "the holder's"),
        (("clock",), "the clock's"),
    ],
)
def test_nobody_lends_what_they_do_not_have(roles: tuple[str, ...], why: str) -> None:
    refused(KNOWN, naming(*roles), holder(KNOWN), "NotKnown")


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_no_administrator_lends_the_own_role(role: str) -> None:
    world = knowing(account("p", role), DEPUTY)
    refused(world, naming(role), holder(world), "NotKnown")


def test_a_borrowed_role_is_not_lent_on() -> None:
    world = knowing(DEPUTY, account("e"))
    assert "office" in lends(LENT, DEPUTY)
    refused(world, naming("office", deputy="e"), holder(world), "NotKnown")


@pytest.mark.parametrize(
    "deputy",
    [
        account("d", AUDIT),
        account("d", "office").do(CloseAccount(reason=REASON), SYS),
        World(initial_state("account/d")),
        replace(account("d"), state=Account(stream="account/d", version=1, tokens={"t-1": object()})),  # type: ignore[dict-item]
    ],
    ids=["an administrator", "a closed account", "nobody", "a system"],
)
def test_such_an_account_is_no_deputy(deputy: World) -> None:
    world = knowing(PRINCIPAL, deputy)
    refused(world, naming("office"), holder(world), "NoDeputy", "d")


def test_nobody_is_the_own_deputy() -> None:
    world = knowing(PRINCIPAL, PRINCIPAL)
    refused(world, naming("office", deputy="p"), holder(world), "NoDeputy", "p")


def test_only_somebody_of_the_same_department_acts_for_a_department() -> None:
    unit = account("p", "unit", unit=UNIT)
    refused(knowing(unit, account("d", unit=ELSEWHERE)), naming("unit"), holder(unit), "NoDeputy")
    colleague = account("d", unit=UNIT)
    lent = knowing(unit, colleague).do(naming("unit"), holder(unit))
    assert lends(lent, colleague) == {"unit"}
    assert lends(lent, colleague.do(MoveAccount(unit=Opaque(ELSEWHERE), reason=REASON), SEC)) == set()


def test_the_longest_period_is_ninety_days_and_it_does_not_begin_in_the_past() -> None:
    assert lends(KNOWN.do(naming("office", days=90), holder(KNOWN)), DEPUTY, TODAY + timedelta(days=89)) == {"office"}
    refused(KNOWN, naming("office", days=91), holder(KNOWN), "TooLong", 91, MAX_DAYS)
    refused(KNOWN, naming("office", first=-1), holder(KNOWN), "TooEarly")
    refused(KNOWN, naming("office", days=0), holder(KNOWN), "TooEarly")


def test_all_faults_are_said_at_once() -> None:
    world = knowing(PRINCIPAL, PRINCIPAL)
    refusal = refused(world, naming(deputy="p", first=-1, days=100), holder(world), "SeveralFaults")
    assert [fault.field for fault in refusal.faults] == ["deputy", "roles", "since", "until"]


def test_only_the_holder_names_a_deputy_and_the_security_administrator_may_end_one() -> None:
    refused(KNOWN, naming("office"), Actor("d", HOLDER), "NotTheHolder")
    refused(KNOWN, naming("office"), SEC, "NotYours")
    for actor in (holder(KNOWN), SEC):
        assert lends(LENT.do(EndDeputy(deputy=Opaque("d")), actor), DEPUTY) == set()
    refused(LENT, EndDeputy(deputy=Opaque("d")), Actor("d", HOLDER), "NotTheHolder")
    refused(LENT, EndDeputy(deputy=Opaque("e")), holder(LENT), "NothingToDo")


def test_the_right_ends_at_once_with_the_principals_role_or_account() -> None:
    assert lends(LENT.do(WithdrawRole(role=Opaque("office"), reason=REASON), SEC), DEPUTY) == set()
    assert lends(LENT.do(CloseAccount(reason=REASON), SYS), DEPUTY) == set()
    back = LENT.do(WithdrawRole(role=Opaque("office"), reason=REASON), SEC).do(GrantRole(role=Opaque("office")), SEC)
    assert lends(back, DEPUTY) == set()


def test_a_deputy_who_becomes_an_administrator_has_nothing_of_others() -> None:
    deputy = account("d").do(GrantRole(role=Opaque(AUDIT)), SEC)
    assert lends(LENT, deputy) == set()


# -- what a deputy does ----------------------------------------------------------------------------


def acting(
    role: str, unit: str | None = None, principal: str | None = None, ids: tuple[str, str] = ("d", "p")
) -> Actor:
    """A deputy of one department who acts for somebody of another one."""
    return Actor(ids[0], role, unit, Principal(ids[1], principal))


UNITS = st.sampled_from([None, UNIT, ELSEWHERE])


@given(
    st.sampled_from(sorted(WORLDS)),
    st.sampled_from(sorted(ANY)),
    st.sampled_from(
        ["office", "working_group", "assessor", "committee", "leading_group", "discipline", "organization", "unit"]
    ),
    UNITS,
    UNITS,
)
def test_a_deputy_may_do_what_both_may_do_in_that_role_and_nothing_else(
    stage: str, act: str, role: str, unit: str | None, principal: str | None
) -> None:
    world = WORLDS[stage].on(date(2027, 1, 1))
    both = [outcome(world, ANY[act], Actor(id_, role, own)) for id_, own in (("d", unit), ("p", principal))]
    answer = outcome(world, ANY[act], acting(role, unit, principal))
    if act == "fill_sheet" and "NotYours" not in both and "NotNow" not in both and answer != "NotThere":
        assert answer == "NotByDeputy"
    else:
        assert (answer == "accepted") == (both == ["accepted", "accepted"])
        assert answer in both


def test_a_refusal_says_whose_department_it_concerns() -> None:
    world = reached("scoring")
    approval = approve(world)
    assert "涉及您所在的部门" in refused(world, approval, acting("committee", UNIT, None), "OwnUnit", UNIT).render("zh")
    refusal = refused(world, approval, acting("committee", ELSEWHERE, UNIT), "OwnUnit", UNIT)
    assert "涉及委托您代办的人所在的部门" in refusal.render("zh")


@pytest.mark.parametrize("role", [*ADMINISTRATORS, HOLDER])
def test_no_deputy_acts_as_an_administrator_or_as_the_holder(role: str) -> None:
    for command in (
        GrantRole(role=Opaque("office")),
        CloseAccount(reason=REASON),
        naming("office"),
        EndDeputy(deputy=Opaque("d")),
    ):
        assert outcome(LENT, command, Actor("d", role, None, Principal("p", ELSEWHERE))) in {"NotYours", "NotByDeputy"}


def test_who_scored_does_not_approve_through_a_deputy_nor_for_a_principal_who_scored() -> None:
    world = reached("site_inspection").sheets()
    by_deputy = world.do(agree(full(world)), acting("working_group", ids=("d", "p")))
    approval = approve(by_deputy)
    for id_ in ("d", "p"):
        refused(by_deputy, approval, Actor(id_, "committee"), "SamePerson")
        refused(by_deputy, approval, acting("committee", ids=(id_, "other")), "SamePerson")
        refused(by_deputy, approval, acting("committee", ids=("other", id_)), "SamePerson")
        refused(by_deputy, ReturnScore(reason=REASON), acting("committee", ids=("other", id_)), "SamePerson")
    assert outcome(by_deputy, approval, acting("committee", ids=("other", "another"))) == "accepted"


def test_who_judged_a_veto_does_not_lift_it_through_a_deputy() -> None:
    world = reached("scoring").do(RecordVeto(finding="major_case", reason=REASON), acting("committee"))
    lift = LiftVeto(veto=world.state.vetoes[0].id, reason=REASON)
    for id_ in ("d", "p"):
        refused(world, lift, Actor(id_, "committee"), "SamePerson")
        refused(world, lift, acting("committee", ids=("other", id_)), "SamePerson")
    assert outcome(world, lift, COMMITTEE) == "accepted"


def test_who_recorded_a_case_with_a_veto_does_not_rescind_it_through_a_deputy() -> None:
    from states.cases.case import RecordCase

    case = World(initial_state("case/c-1")).do(RecordCase(**body(sanction("demotion"))), acting("office"))
    rescission = RescindCase(reason=REASON, document=REASON)
    for id_ in ("d", "p"):
        refused(case, rescission, Actor(id_, "office"), "SamePerson")
        refused(case, rescission, acting("office", ids=("other", id_)), "SamePerson")


def test_a_score_sheet_is_filled_in_by_the_assessor_in_person() -> None:
    world = reached("site_inspection")
    refused(world, fill(full(world)), acting("assessor"), "NotByDeputy")
    assert outcome(world, fill(full(world)), person("assessor")) == "accepted"


# -- whatever happens ------------------------------------------------------------------------------

IDS, LENDABLE = ("a", "b", "c"), ("office", "committee", "assessor", "unit")


@dataclass
class Accounts:
    """Some accounts, and of each pair what the principal last said: a model that knows nothing of the program's states."""

    day: date = TODAY
    worlds: dict[str, World] = field(default_factory=dict)
    said: dict[tuple[str, str], AppointDeputy] = field(default_factory=dict)

    def do(self, id_: str, command: Command, actor: Actor) -> bool:
        world = replace(self.worlds[id_].on(self.day), accounts={k: v.state for k, v in self.worlds.items()})
        try:
            self.worlds[id_] = world.do(command, actor)
        except Refusal:
            return False
        return True


STEPS = st.one_of(
    st.tuples(st.just("grant"), st.sampled_from(IDS), st.sampled_from([*LENDABLE, *ADMINISTRATORS])),
    st.tuples(st.just("withdraw"), st.sampled_from(IDS), st.sampled_from([*LENDABLE, *ADMINISTRATORS])),
    st.tuples(st.just("move"), st.sampled_from(IDS), UNITS),
    st.tuples(st.just("close"), st.sampled_from(IDS), st.none()),
    st.tuples(st.just("end"), st.sampled_from(IDS), st.sampled_from(IDS)),
    st.tuples(st.just("days"), st.just("a"), st.integers(1, 40)),
    st.tuples(
        st.just("name"),
        st.sampled_from(IDS),
        st.tuples(
            st.sampled_from(IDS),
            st.lists(st.sampled_from([*LENDABLE, *ADMINISTRATORS, HOLDER]), max_size=3),
            st.integers(-1, 30),
            st.integers(0, 95),
        ),
    ),
)


def take(accounts: Accounts, step: tuple[str, str, Any]) -> None:
    kind, id_, value = step
    own = Actor(id_, HOLDER, accounts.worlds[id_].state.unit)
    if kind == "days":
        accounts.day += timedelta(days=value)
    elif kind == "name":
        deputy, roles, first, days = value
        since = accounts.day + timedelta(days=first)
        command = AppointDeputy(
            deputy=Opaque(deputy), roles=tuple(map(Opaque, roles)), since=since, until=since + timedelta(days=days - 1)
        )
        if accounts.do(id_, command, own):
            accounts.said[id_, deputy] = command
    elif kind == "end":
        if accounts.do(id_, EndDeputy(deputy=Opaque(value)), own):
            del accounts.said[id_, value]
    else:
        command, actor = _ADMINISTRATIVE[kind](value)
        accounts.do(id_, command, actor)


_ADMINISTRATIVE: Mapping[str, Any] = {
    "grant": lambda role: (GrantRole(role=Opaque(role)), SEC),
    "withdraw": lambda role: (WithdrawRole(role=Opaque(role), reason=REASON), SEC),
    "move": lambda unit: (MoveAccount(unit=unit and Opaque(unit), reason=REASON), SEC),
    "close": lambda _: (CloseAccount(reason=REASON), SYS),
}


def check_no_more_rights(accounts: Accounts) -> int:
    """Check every right that one account has for another. Returns how many there are."""
    found = 0
    states: dict[str, Account] = {id_: world.state for id_, world in accounts.worlds.items()}
    for (principal, deputy), said in [((p, d), accounts.said.get((p, d))) for p in IDS for d in IDS]:
        for role in (*LENDABLE, *ADMINISTRATORS, HOLDER, "clock", "operator"):
            own, others = states[deputy], states[principal]
            actor = Actor(deputy, role, own.unit, Principal(principal, others.unit))
            if not own.may_act_for(others, actor, accounts.day):
                continue
            found += 1
            assert others.may_act_as(Actor(principal, role, others.unit)), "the principal has the right now"
            assert role in others.roles
            assert role not in ADMINISTRATORS
            assert said is not None
            assert role in said.roles
            assert said.since <= accounts.day <= said.until
            assert principal != deputy
            assert not own.closed
            assert not own.is_administrator
            assert role != "unit" or own.unit == others.unit
            assert not own.may_act_for(others, replace_principal(actor, "elsewhere"), accounts.day)
    return found


def replace_principal(actor: Actor, unit: str) -> Actor:
    assert actor.principal is not None
    return Actor(actor.id, actor.role, actor.unit, Principal(actor.principal.id, unit))


@given(st.lists(STEPS, max_size=25))
def test_no_sequence_of_lending_gives_a_right_that_the_principal_does_not_have_now(
    steps: list[tuple[str, str, Any]],
) -> None:
    accounts = Accounts(
        worlds={"a": account("a", "office", "committee"), "b": account("b", "unit", unit=UNIT), "c": account("c")}
    )
    for step in steps:
        take(accounts, step)
        check_no_more_rights(accounts)


def test_the_check_of_every_sequence_finds_rights_where_there_are_some() -> None:
    accounts = Accounts(worlds={"a": account("a", "office", "committee"), "b": account("b"), "c": account("c")})
    take(accounts, ("name", "a", ("b", ["office", "committee"], 0, 10)))
    assert check_no_more_rights(accounts) == 2
    take(accounts, ("withdraw", "a", "office"))
    assert check_no_more_rights(accounts) == 1
    take(accounts, ("days", "a", 10))
    assert check_no_more_rights(accounts) == 0
