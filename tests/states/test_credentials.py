"""What lets somebody in: whose each act is, that some take two persons, and what a change of roles ends."""

from __future__ import annotations

from dataclasses import replace as replaced
from datetime import timedelta

import pytest
from msgspec.structs import replace

from states.accounts import credentials
from states.accounts.account import OPERATOR, CloseAccount, GrantRole, MoveAccount
from states.accounts.credentials import commitment
from states.accounts.identities import ConfirmIdentity, EndIdentity, ProposeIdentity
from states.accounts.links import LINK_LIFETIME, REQUEST_LIFETIME, ConfirmLink, IssueLink, RequestLink, SetPassword
from states.accounts.passwords import ChangePassword, EndSecondFactor, SetSecondFactor
from states.accounts.sessions import SESSION_ROW_LIFETIME, BeginSession, EndSessions
from states.accounts.tokens import IssueToken, RevokeToken
from states.records.account import ADMINISTRATORS, HOLDER, SECURITY, SYSTEM, Account
from states.vocabulary import CLOCK, Actor, Command, Opaque

from .law import REASON, ROLES, UNIT, World, refused
from .test_accounts import AUD, OPENED, SEC, SYS, of, state
from .test_policy import outcome

HOLD = Actor("a-1", HOLDER, UNIT)
OTHER = Actor("a-2", HOLDER, UNIT)
LINK, PASS, FACTOR, IDENTITY, ONE, TWO, TOKEN = (
    commitment(name) for name in ("link", "hash", "secret", "who", "one", "two", "t")
)
ISSUE = IssueToken(token=Opaque("t-1"), until=OPENED.now.date(), digest=TOKEN)
REVOKE = RevokeToken(token=Opaque("t-1"), reason=REASON)

REQUESTED = OPENED.do(RequestLink(), SYS)
CONFIRMED = REQUESTED.do(ConfirmLink(), SEC)
LINKED = CONFIRMED.do(IssueLink(link=LINK), SYS)
ENTERED = LINKED.do(SetPassword(link=LINK, password=PASS), HOLD)
FACTORED = ENTERED.do(SetSecondFactor(factor=FACTOR), HOLD)
SIGNED = FACTORED.do(BeginSession(session=ONE, way="password", proof=PASS), HOLD)
PROPOSED = SIGNED.do(ProposeIdentity(identity=IDENTITY), SYS)
BOUND = PROPOSED.do(ConfirmIdentity(identity=IDENTITY), SEC)

ACTS: dict[str, tuple[Command, World]] = {
    "request_link": (RequestLink(), OPENED),
    "confirm_link": (ConfirmLink(), REQUESTED),
    "issue_link": (IssueLink(link=LINK), CONFIRMED),
    "set_password": (SetPassword(link=LINK, password=PASS), LINKED),
    "change_password": (ChangePassword(password=FACTOR, session=ONE), SIGNED),
    "set_second_factor": (SetSecondFactor(factor=FACTOR), ENTERED),
    "end_second_factor": (EndSecondFactor(), SIGNED),
    "propose_identity": (ProposeIdentity(identity=IDENTITY), OPENED),
    "confirm_identity": (ConfirmIdentity(identity=IDENTITY, session=ONE), PROPOSED),
    "end_identity": (EndIdentity(identity=IDENTITY), PROPOSED),
    "begin_session": (BeginSession(session=TWO, way="password", proof=PASS), SIGNED),
    "end_sessions": (EndSessions(sessions=(ONE,)), SIGNED),
    "issue_token": (ISSUE, REQUESTED),
    "revoke_token": (REVOKE, OPENED.do(ISSUE, OPERATOR)),
}


def test_every_way_in_is_named_here() -> None:
    assert set(ACTS) == set(credentials.ROLES_OF_ACT) == set(credentials.TITLES)


@pytest.mark.parametrize("act", ACTS)
def test_each_act_is_for_the_roles_named_and_nobody_else(act: str) -> None:
    command, world = ACTS[act]
    others = (Actor(f"{role}-x", role, UNIT) for role in ROLES if role != "clock")
    for actor in (SYS, SEC, AUD, OPERATOR, CLOCK, HOLD, *others):
        expected = "accepted" if actor.role in credentials.ROLES_OF_ACT[act] else "NotYours"
        assert outcome(world, command, actor) == expected, actor


@pytest.mark.parametrize("act", [act for act, by in credentials.ROLES_OF_ACT.items() if HOLDER in by])
def test_nobody_acts_as_the_holder_of_another_account(act: str) -> None:
    command, world = ACTS[act]
    refused(world, command, OTHER, "NotTheHolder", "a-1")


@pytest.mark.parametrize("act", [act for act, by in credentials.ROLES_OF_ACT.items() if by != (HOLDER,)])
def test_no_administrator_acts_on_the_own_account(act: str) -> None:
    command, world = ACTS[act]
    refused(world, command, Actor("a-1", credentials.ROLES_OF_ACT[act][0]), "OwnAccount")


@pytest.mark.parametrize("act", ACTS)
def test_nothing_lets_in_by_a_closed_account(act: str) -> None:
    command, world = ACTS[act]
    closed = world.do(CloseAccount(reason=REASON), SYS)
    actor = {SYSTEM: SYS, SECURITY: SEC, HOLDER: HOLD}[credentials.ROLES_OF_ACT[act][0]]
    refused(closed, command, actor, "AccountIsClosed", "a-1")


# --- two persons ----------------------------------------------------------------------------------


def test_a_link_takes_a_request_a_confirmation_by_another_and_then_the_one_who_asked() -> None:
    refused(OPENED, IssueLink(link=LINK), SYS, "TakesTwo")
    refused(REQUESTED, IssueLink(link=LINK), SYS, "TakesTwo")
    refused(REQUESTED, ConfirmLink(), Actor("sys", SECURITY), "SamePerson")
    refused(CONFIRMED, IssueLink(link=LINK), Actor("sys-2", SYSTEM), "TakesTwo")
    refused(CONFIRMED, ConfirmLink(), SEC, "NothingToDo")
    refused(REQUESTED, RequestLink(), SYS, "NothingToDo")
    refused(LINKED, IssueLink(link=ONE), SYS, "TakesTwo")
    assert state(CONFIRMED.do(IssueLink(link=LINK), SYS)).link is not None


def test_a_request_nobody_confirms_in_time_lapses() -> None:
    later = after_a_while(REQUESTED, REQUEST_LIFETIME + timedelta(seconds=1))
    refused(later, ConfirmLink(), SEC, "NothingToDo")
    refused(after_a_while(CONFIRMED, REQUEST_LIFETIME + timedelta(seconds=1)), IssueLink(link=LINK), SYS, "TakesTwo")
    assert outcome(later, RequestLink(), SYS) == "accepted"


def test_the_operator_of_the_machine_issues_a_link_alone() -> None:
    assert outcome(OPENED, IssueLink(link=LINK), OPERATOR) == "accepted"


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_an_administrator_is_let_in_again_at_the_machine_only(role: str) -> None:
    """Else one of the three could become another by a link or an identity."""
    for command in (RequestLink(), IssueLink(link=LINK), ProposeIdentity(identity=IDENTITY)):
        refused(of(role), command, SYS, "NotForThisAccount", "a-1")
    assert outcome(of(role), IssueLink(link=LINK), OPERATOR) == "accepted"


def test_an_identity_holds_once_another_person_or_the_holder_signed_in_by_password_confirms() -> None:
    mine = ConfirmIdentity(identity=IDENTITY, session=ONE)
    refused(PROPOSED, ConfirmIdentity(identity=IDENTITY), Actor("sys", SECURITY), "SamePerson")
    refused(PROPOSED, ConfirmIdentity(identity=IDENTITY), HOLD, "TakesTwo")
    refused(PROPOSED, BeginSession(session=TWO, way="cas", proof=IDENTITY), HOLD, "NotKnown")
    assert outcome(PROPOSED, mine, HOLD) == "accepted"
    by_provider = BOUND.do(BeginSession(session=TWO, way="cas", proof=IDENTITY), HOLD)
    again = by_provider.do(ProposeIdentity(identity=FACTOR), SYS)
    refused(again, ConfirmIdentity(identity=FACTOR, session=TWO), HOLD, "TakesTwo")
    refused(BOUND, mine, HOLD, "NothingToDo")


# --- what holds -----------------------------------------------------------------------------------


def test_a_link_is_used_once_and_in_time() -> None:
    use = SetPassword(link=LINK, password=PASS)
    refused(ENTERED, use, HOLD, "LinkExpired")
    refused(LINKED, replace(use, link=ONE), HOLD, "LinkExpired")
    refused(after_a_while(LINKED, LINK_LIFETIME + timedelta(seconds=1)), use, HOLD, "LinkExpired")
    other = CONFIRMED.do(IssueLink(link=ONE), SYS).do(IssueLink(link=LINK), OPERATOR)
    refused(other, replace(use, link=ONE), HOLD, "LinkExpired")


def test_a_password_chosen_by_a_link_ends_sessions_and_second_factor() -> None:
    after = state(SIGNED.do(IssueLink(link=ONE), OPERATOR).do(SetPassword(link=ONE, password=TWO), HOLD))
    assert (after.password, after.factor, after.sessions, after.link) == (TWO, None, {}, None)


def test_a_changed_password_ends_every_other_session() -> None:
    world = SIGNED.do(BeginSession(session=TWO, way="password", proof=PASS), HOLD)
    after = state(world.do(ChangePassword(password=FACTOR, session=TWO), HOLD))
    assert (after.password, set(after.sessions), after.factor) == (FACTOR, {TWO}, FACTOR)


def test_sessions_end_once_and_are_forgotten_when_their_rows_are() -> None:
    ended = SIGNED.do(EndSessions(sessions=(ONE,)), HOLD)
    assert state(ended).sessions == {}
    refused(ended, EndSessions(sessions=(ONE,)), HOLD, "NothingToDo")
    later = after_a_while(SIGNED, SESSION_ROW_LIFETIME + timedelta(seconds=1)).do(
        BeginSession(session=TWO, way="password", proof=PASS), HOLD
    )
    assert set(state(later).sessions) == {TWO}
    there = SIGNED.do(BeginSession(session=TWO, way="password", proof=PASS, ends=ONE), HOLD)
    assert set(state(there).sessions) == {TWO}


def test_nobody_signs_in_without_a_password_or_an_identity() -> None:
    refused(OPENED, BeginSession(session=ONE, way="password", proof=PASS), HOLD, "NotKnown")
    refused(SIGNED, BeginSession(session=TWO, way="oidc", proof=PASS), HOLD, "NotKnown")
    refused(SIGNED, BeginSession(session=TWO, way="oidc", proof=IDENTITY), HOLD, "NotKnown")


def test_an_identity_that_ended_lets_nobody_in_and_who_came_in_by_it_is_out() -> None:
    world = BOUND.do(BeginSession(session=TWO, way="cas", proof=IDENTITY), HOLD)
    assert set(state(world).sessions) == {ONE, TWO}
    after = world.do(EndIdentity(identity=IDENTITY), SEC)
    assert (state(after).identities, set(state(after).sessions)) == ({}, {ONE})


# --- roles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_becoming_an_administrator_ends_every_way_in_that_was_there_before(role: str) -> None:
    """A link, a password chosen by one, a session or an identity that another administrator had a hand in."""
    for world in (REQUESTED, CONFIRMED, LINKED, ENTERED, SIGNED, PROPOSED, BOUND):
        after = state(world.do(GrantRole(role=Opaque(role)), SEC))
        held = (after.password, after.factor, after.request, after.link, after.sessions, after.identities, after.tokens)
        assert held == (None, None, None, None, {}, {}, {})


def test_any_role_ends_links_sessions_and_tokens_issued_before_it() -> None:
    after = state(BOUND.do(IssueLink(link=ONE), OPERATOR).do(GrantRole(role=Opaque("office")), SEC))
    assert (after.link, after.sessions) == (None, {})
    assert (after.password, after.factor, set(after.identities)) == (PASS, FACTOR, {IDENTITY})
    assert state(OPENED.do(ISSUE, OPERATOR).do(GrantRole(role=Opaque("office")), SEC)).tokens == {}


def test_a_closed_account_lets_nobody_in() -> None:
    for world in (BOUND, OPENED.do(ISSUE, OPERATOR)):
        after = state(world.do(CloseAccount(reason=REASON), SYS))
        assert after == replace(
            Account(), stream=after.stream, version=after.version, unit=UNIT, closed=True, changes=after.changes
        )


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_a_system_is_no_administrator(role: str) -> None:
    refused(of(role), ISSUE, SEC, "NotForThisAccount", "a-1")
    refused(of().do(ISSUE, OPERATOR), GrantRole(role=Opaque(role)), SEC, "NotForThisAccount", "a-1")


def test_an_account_is_a_persons_or_a_systems_and_never_both() -> None:
    for world in (LINKED, ENTERED, OPENED.do(ProposeIdentity(identity=IDENTITY), SYS)):
        refused(world, ISSUE, SEC, "NotForThisAccount", "a-1")
    systems = OPENED.do(ISSUE, OPERATOR)
    for command, actor in (
        (IssueLink(link=LINK), OPERATOR),
        (ProposeIdentity(identity=IDENTITY), SYS),
    ):
        refused(systems, command, actor, "NotForThisAccount", "a-1")


def test_a_token_is_asked_for_by_one_and_issued_by_another() -> None:
    """Who grants the roles would else act in them alone; and who opens the account too."""
    refused(OPENED, ISSUE, SEC, "TakesTwo")
    refused(REQUESTED, ISSUE, Actor("sys", SECURITY), "TakesTwo")
    issued = REQUESTED.do(ISSUE, SEC)
    assert (state(issued).request, set(state(issued).tokens)) == (None, {"t-1"})
    another = replace(ISSUE, token=Opaque("t-2"))
    refused(issued, another, SEC, "TakesTwo")
    assert set(state(issued.do(RequestLink(), SYS).do(another, SEC)).tokens) == {"t-1", "t-2"}
    refused(issued.do(RequestLink(), SYS), ConfirmLink(), SEC, "NotForThisAccount", "a-1")
    refused(after_a_while(REQUESTED, REQUEST_LIFETIME + timedelta(seconds=1)), ISSUE, SEC, "TakesTwo")


def test_a_token_is_issued_once_for_days_to_come_and_revoked_once() -> None:
    world = of("office").do(ISSUE, OPERATOR)
    assert {name: one.until for name, one in state(world).tokens.items()} == {"t-1": ISSUE.until}
    refused(world, ISSUE, OPERATOR, "NothingToDo")
    early = replace(ISSUE, token=Opaque("t-2"), until=ISSUE.until - timedelta(days=1))
    refused(world, early, OPERATOR, "TooEarly")
    after = world.do(REVOKE, SEC)
    assert state(after).tokens == {}
    refused(after, REVOKE, SEC, "NotKnown", "t-1")


def test_every_change_is_on_the_holders_list_for_thirty_days_but_signing_in_is_not() -> None:
    kinds = [one.kind for one in state(SIGNED).changes]
    assert kinds == ["AccountOpened", "LinkRequested", "LinkConfirmed", "LinkIssued", "PasswordSet", "SecondFactorSet"]
    later = after_a_while(SIGNED, timedelta(days=31)).do(MoveAccount(unit=None, reason=REASON), SEC)
    assert [one.kind for one in state(later).changes] == ["AccountMoved"]
    busy = SIGNED
    for turn in range(30):
        busy = busy.do(SetSecondFactor(factor=commitment(str(turn))), HOLD)
    assert len(state(busy).changes) == 20


def after_a_while(world: World, later: timedelta) -> World:
    """The world so much later."""
    return replaced(world, now=world.now + later)
