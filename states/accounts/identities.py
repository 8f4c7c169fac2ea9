"""Identities: each binds a person at a provider of single sign-on to an account.

One administrator proposes an identity; another administrator, or the holder of the account, confirms it.
"""

from __future__ import annotations

from msgspec.structs import replace

from states.context import Context
from states.records.account import HOLDER, Account, IdentityBinding
from states.refusals import NothingToDo, NotKnown, SamePerson
from states.vocabulary import Command, Digest, Stamp, Text

from .account import CLAUSE, AccountFact, check_other_account
from .credentials import TITLES, TakesTwo, check_gives_person_access, check_holder


class ProposeIdentity(Command, frozen=True, kw_only=True):
    """Propose to bind a person at a provider to this account. The identity gives no access until it is confirmed."""

    identity: Digest


class ConfirmIdentity(Command, frozen=True, kw_only=True):
    """Confirm an identity. If the holder does so, `session` is the holder's session, begun with a password."""

    identity: Digest
    session: Digest | None = None


class EndIdentity(Command, frozen=True, kw_only=True):
    """End an identity, whether it is confirmed or only proposed."""

    identity: Digest


class IdentityProposed(AccountFact, frozen=True, kw_only=True):
    """An identity was proposed."""

    identity: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, identities={**state.identities, self.identity: IdentityBinding(stamp.actor)})


class IdentityConfirmed(AccountFact, frozen=True, kw_only=True):
    """An identity was confirmed."""

    identity: Digest
    session: Digest | None = None

    def fold(self, state: Account, stamp: Stamp) -> Account:
        binding = state.identities.get(self.identity) or IdentityBinding("")
        return replace(state, identities={**state.identities, self.identity: replace(binding, confirmed=True)})


class IdentityEnded(AccountFact, frozen=True, kw_only=True):
    """An identity was ended, and with it every session that began at a provider."""

    identity: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        identities = {id_: binding for id_, binding in state.identities.items() if id_ != self.identity}
        sessions = {id_: session for id_, session in state.sessions.items() if session.way == "password"}
        return replace(state, identities=identities, sessions=sessions)


def check_proposal(state: Account, record: ProposeIdentity | IdentityProposed, context: Context) -> None:
    """Refuse an identity that the account has already, proposed or confirmed. See also `check_gives_person_access`."""
    check_gives_person_access(state, "propose_identity", context)
    if record.identity in state.identities:
        why = Text(zh="已登记此身份", en="it has already been added")
        raise NothingToDo(act=TITLES["propose_identity"], why=why, clause=CLAUSE)


def check_confirmation(state: Account, record: ConfirmIdentity | IdentityConfirmed, context: Context) -> None:
    """Refuse an identity that is confirmed already or was never proposed, and the administrator who proposed it.

    Refuse a holder who did not sign in with a password.
    """
    title = TITLES["confirm_identity"]
    if context.actor.role == HOLDER:
        check_holder(state, TITLES["confirm_identity"], context)
    else:
        check_gives_person_access(state, "confirm_identity", context)
    binding = _find_identity(state, record.identity)
    if binding.confirmed:
        raise NothingToDo(act=title, why=Text(zh="已确认", en="it has already been confirmed"), clause=CLAUSE)
    if binding.by == context.actor.id:
        raise SamePerson(act=title, done=Text(zh="登记此身份", en="proposed it"), clause=CLAUSE)
    # A session that began at the provider does not prove that the person is the holder of the account.
    session = state.sessions.get(record.session or "")
    if context.actor.role == HOLDER and (session is None or session.way != "password"):
        why = Text(zh="本人须以密码登录后确认", en="the holder must confirm it after signing in with a password")
        raise TakesTwo(act=title, why=why, clause=CLAUSE)


def check_end(state: Account, record: EndIdentity | IdentityEnded, context: Context) -> None:
    """Refuse an identity that the account does not have."""
    if context.actor.role == HOLDER:
        check_holder(state, TITLES["end_identity"], context)
    else:
        check_other_account(state, TITLES["end_identity"], context)
    _find_identity(state, record.identity)


def _find_identity(state: Account, identity: str) -> IdentityBinding:
    """The binding of an identity of the account. Raises `NotKnown`."""
    binding = state.identities.get(identity)
    if binding is None:
        identities = ", ".join(id_[:16] for id_ in state.identities) or "—"
        raise NotKnown(what=Text(zh="统一身份", en="identity"), value=identity[:16], known=identities, clause=CLAUSE)
    return binding
