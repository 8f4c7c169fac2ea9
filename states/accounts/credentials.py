"""The common part of all credentials: the roles that may do each act, and the digests of secrets in entries.

No secret is in an entry. An entry has the digest (`commitment`) of a secret that is in a table. The secret is valid
only while the state of the account has this digest. So a row that somebody adds to the table gives no access. The acts
are in `links.py`, `passwords.py`, `identities.py`, `sessions.py` and `tokens.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from states.context import Context
from states.records.account import HOLDER, SECURITY, SYSTEM, Account
from states.refusals import Refusal
from states.vocabulary import Actor, Digest, Text

from .account import (
    CLAUSE,
    OPERATOR,
    ROLE_TITLES,
    NotForThisAccount,
    check_not_closed,
    check_not_system,
    check_other_account,
)

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {
    "request_link": (SYSTEM,),
    "confirm_link": (SECURITY,),
    "issue_link": (SYSTEM, OPERATOR.role),
    "set_password": (HOLDER,),
    "change_password": (HOLDER,),
    "set_second_factor": (HOLDER,),
    "end_second_factor": (HOLDER,),
    "propose_identity": (SYSTEM,),
    "confirm_identity": (SECURITY, HOLDER),
    "end_identity": (SYSTEM, SECURITY, HOLDER),
    "begin_session": (HOLDER,),
    "end_sessions": (HOLDER,),
    "issue_token": (SECURITY, OPERATOR.role),
    "revoke_token": (SECURITY, OPERATOR.role),
}
"""The roles that may do each act."""

TITLES: Mapping[str, Text] = {
    "request_link": Text(zh="申请一次性登录链接或接口令牌", en="request a one-time link or a token"),
    "confirm_link": Text(zh="确认一次性登录链接的申请", en="confirm a one-time link"),
    "issue_link": Text(zh="发放一次性登录链接", en="issue a one-time link"),
    "set_password": Text(zh="通过链接设置密码", en="choose a password by a link"),
    "change_password": Text(zh="修改密码", en="change the password"),
    "set_second_factor": Text(zh="启用动态口令", en="set up the second factor"),
    "end_second_factor": Text(zh="停用动态口令", en="end the second factor"),
    "propose_identity": Text(zh="登记统一身份", en="propose an identity"),
    "confirm_identity": Text(zh="确认统一身份", en="confirm an identity"),
    "end_identity": Text(zh="解除统一身份", en="end an identity"),
    "begin_session": Text(zh="登录", en="sign in"),
    "end_sessions": Text(zh="结束会话", en="end sessions"),
    "issue_token": Text(zh="发放接口令牌", en="issue a token"),
    "revoke_token": Text(zh="吊销接口令牌", en="revoke a token"),
}


class NotTheHolder(Refusal):
    """Only the holder of the account may do this."""

    grave = True
    zh = "“{act}”只能由账号 {account} 的本人办理（{clause}）。"
    en = "Only the holder of account {account} can do “{act}” ({clause})."


class TakesTwo(Refusal):
    """The act needs two people, and the second person has not done their part."""

    zh = "“{act}”须由两人办理：{why}（{clause}）。"
    en = "“{act}” needs two people: {why} ({clause})."


def commitment(*parts: str) -> Digest:
    """The digest that an entry has instead of a secret in a table."""
    # SHA-256 alone is enough, because the secrets cannot be guessed: a token and a second factor have at least 160
    # random bits, an argon2 hash has a random salt of 128 bits. An identity can be guessed. So its row has a random
    # salt, which is the first part.
    return Digest(sha256("\n".join(parts).encode()).hexdigest())


def holder_actor(state: Account) -> Actor:
    """The actor of acts that the holder does on their own account."""
    return Actor(state.id, HOLDER, state.unit)


def check_gives_person_access(state: Account, act: str, context: Context) -> None:
    """As `check_gives_access`, and refuse an act on a system's account (it has a token): no person may get access."""
    check_gives_access(state, act, context)
    check_not_system(state, TITLES[act])


def check_gives_access(state: Account, act: str, context: Context) -> None:
    """Refuse an act that would give access to the actor's own account or to a closed account.

    Only the operator may give access to an administrator's account.
    """
    # If an administrator could give access to another administrator's account, one could act as the other (三员分立).
    check_other_account(state, TITLES[act], context)
    if state.is_administrator and context.actor != OPERATOR:
        why = Text(zh=f"账号 {state.id} 属于管理员", en=f"account {state.id} is an administrator's")
        raise NotForThisAccount(act=TITLES[act], why=why, by=ROLE_TITLES[OPERATOR.role], clause=CLAUSE)


def check_holder(state: Account, title: Text, context: Context) -> None:
    """Refuse an act by anybody except the holder, and an act on a closed account."""
    if context.actor.id != state.id:
        raise NotTheHolder(act=title, account=state.id, clause=CLAUSE)
    check_not_closed(state, title)
