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
from states.vocabulary import Actor, Text

from .unit_of_work import UnitOfWork


def check_session(command_id: CommandId, act: Text, context: Context, work: UnitOfWork) -> None:
    """Raise `TokenEnded` or `NoLongerYou` if the token or the session of the request ended.

    A command with an id of the program itself has no session, and is not checked.
    """
    if not isinstance(command_id, OutsideId):
        return
    account = _account(context.actor, work)
    if command_id.door == "api" and not account.holds_token(context.today):
        raise TokenEnded(act=act, account=context.actor.id, clause=CLAUSE)
    if command_id.session and command_id.session not in account.sessions:
        raise NoLongerYou(act=act, account=context.actor.id, clause=CLAUSE)


def check_role(command_id: CommandId, act: Text, context: Context, work: UnitOfWork) -> None:
    """Raise `NoLongerYou` if the account lost the role, or moved to another department, since the request arrived.

    Call it after the decision, which has its own refusal for a role that may not do the act.
    """
    is_signed_in = isinstance(command_id, OutsideId) and (command_id.session or command_id.door == "api")
    if is_signed_in and not _account(context.actor, work).may_act_as(context.actor):
        raise NoLongerYou(act=act, account=context.actor.id, clause=CLAUSE)


def _account(actor: Actor, work: UnitOfWork) -> Account:
    account = work.state(account_stream(actor.id))
    assert isinstance(account, Account)
    return account
