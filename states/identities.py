"""Identities: whom a provider of sign-ins means by an account. One administrator proposes; another, or the holder, confirms."""

from __future__ import annotations

from msgspec.structs import replace

from .accounts import CLAUSE, HOLDER, Account, AccountFact, Binding, check_others
from .context import Context
from .credentials import TITLES, TakesTwo, check_holder, check_let_in
from .refusals import NothingToDo, NotKnown, SamePerson
from .vocabulary import Command, Digest, Stamp, Text


class ProposeIdentity(Command, frozen=True, kw_only=True):
    """Say whom a provider means by this account. It lets nobody in until it is confirmed."""

    identity: Digest


class ConfirmIdentity(Command, frozen=True, kw_only=True):
    """Let an identity hold. The holder confirms in a `session` that was begun by password."""

    identity: Digest
    session: Digest | None = None


class EndIdentity(Command, frozen=True, kw_only=True):
    """Let an identity, or the proposal of one, hold no more."""

    identity: Digest


class IdentityProposed(AccountFact, frozen=True, kw_only=True):
    """Somebody at a provider is to be this account."""

    identity: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, identities={**state.identities, self.identity: Binding(stamp.actor)})


class IdentityConfirmed(AccountFact, frozen=True, kw_only=True):
    """Somebody at a provider is this account."""

    identity: Digest
    session: Digest | None = None

    def fold(self, state: Account, stamp: Stamp) -> Account:
        held = state.identities.get(self.identity) or Binding("")
        return replace(state, identities={**state.identities, self.identity: replace(held, confirmed=True)})


class IdentityEnded(AccountFact, frozen=True, kw_only=True):
    """Somebody at a provider is not this account any more; who came in so is out."""

    identity: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        left = {id_: one for id_, one in state.identities.items() if id_ != self.identity}
        kept = {id_: one for id_, one in state.sessions.items() if one.way == "password"}
        return replace(state, identities=left, sessions=kept)


def check_proposal(state: Account, record: ProposeIdentity | IdentityProposed, context: Context) -> None:
    check_let_in(state, "propose_identity", context)
    if record.identity in state.identities:
        why = Text(zh="已登记此身份", en="it was proposed already")
        raise NothingToDo(act=TITLES["propose_identity"], why=why, clause=CLAUSE)


def check_identity(state: Account, record: ConfirmIdentity | IdentityConfirmed, context: Context) -> None:
    """By another administrator than who proposed it, or by the holder, who has shown the password."""
    title = TITLES["confirm_identity"]
    if context.actor.role == HOLDER:
        check_holder(state, "confirm_identity", context)
    else:
        check_let_in(state, "confirm_identity", context)
    held = _identity(state, record.identity)
    if held.confirmed:
        raise NothingToDo(act=title, why="已确认 / it is confirmed", clause=CLAUSE)
    if held.by == context.actor.id:
        raise SamePerson(act=title, done=Text(zh="登记此身份", en="proposed it"), clause=CLAUSE)
    session = state.sessions.get(record.session or "")
    if context.actor.role == HOLDER and (session is None or session.way != "password"):
        why = Text(zh="本人须以密码登录后确认", en="the holder confirms after signing in by password")
        raise TakesTwo(act=title, why=why, clause=CLAUSE)


def check_identity_ended(state: Account, record: EndIdentity | IdentityEnded, context: Context) -> None:
    if context.actor.role == HOLDER:
        check_holder(state, "end_identity", context)
    else:
        check_others(state, TITLES["end_identity"], context)
    _identity(state, record.identity)


def _identity(state: Account, identity: str) -> Binding:
    held = state.identities.get(identity)
    if held is None:
        known = ", ".join(id_[:16] for id_ in state.identities) or "—"
        raise NotKnown(what="统一身份 / identity", value=identity[:16], known=known, clause=CLAUSE)
    return held
