"""Checks that the session, the token and the role of a request still exist when its command is decided.

A page or the API checked them when the request arrived, but they may have ended since. Inside the transaction they
cannot end. A command that did not come with a request has none of them, and is not checked.
"""

from __future__ import annotations

from states.accounts.account import CLAUSE
from states.command_ids import CommandId, NoLongerYou, OutsideId, TokenEnded
from states.context import Context
from states.records.account import Account
from states.streams import account_stream
from states.vocabulary import Text

from .unit_of_work import UnitOfWork


def check_session(command_id: CommandId, act: Text, context: Context, work: UnitOfWork) -> None:
    """Raise `TokenEnded` or `NoLongerYou` if the token or the session of the request ended.

    A command with an id of the program itself has no session, and is not checked.
    """
    if not isinstance(command_id, OutsideId):
        return
    account = _account(context.actor.id, work)
    if command_id.door == "api" and not account.holds_token(context.today):
        raise TokenEnded(act=act, account=context.actor.id, clause=CLAUSE)
    if command_id.session and command_id.session not in account.sessions:
        raise NoLongerYou(act=act, account=context.actor.id, clause=CLAUSE)


def check_role(command_id: CommandId, act: Text, context: Context, work: UnitOfWork) -> None:
    """Raise `NoLongerYou` if the account lost the role, or moved to another department, since the request arrived.

    A deputy also loses the role when the period is over, or the principal loses it.

    Call it after the decision, which has its own refusal for a role that may not do the act.
    """
    is_signed_in = isinstance(command_id, OutsideId) and (command_id.session or command_id.door == "api")
    if is_signed_in and not _holds_role(context, work):
        raise NoLongerYou(act=act, account=context.actor.id, clause=CLAUSE)


def _holds_role(context: Context, work: UnitOfWork) -> bool:
    """Whether the account has the role now; for a deputy, whether the principal still lends it."""
    actor = context.actor
    account = _account(actor.id, work)
    if actor.principal is None:
        return account.may_act_as(actor)
    return account.may_act_for(_account(actor.principal.id, work), actor, context.today)


def _account(id_: str, work: UnitOfWork) -> Account:
    account = work.state(account_stream(id_))
    assert isinstance(account, Account)
    return account
