"""Accounts: who may sign in, for which unit, in which roles. One stream each, `account/<id>`; a name is never in it.

Which roles assess is the rulebook's. The three administrators are not: 三员分立 (GB/T 22239-2019, 安全管理中心) keeps them
apart from one another and from every assessment, and no edition may loosen it. The system administrator opens and
closes accounts, the security administrator grants roles, the audit administrator reads. None acts on the own account.
The operator is whoever commands the machine: he makes the first of each, and lets an administrator in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from .context import Context
from .opening import Reason
from .refusals import NothingToDo, NotKnown, Refusal, TooEarly
from .vocabulary import CLOCK, Actor, Command, Fact, Opaque, Stamp, Text

SYSTEM, SECURITY, AUDIT = "system_admin", "security_admin", "audit_admin"
ADMINISTRATORS = (SYSTEM, SECURITY, AUDIT)
OPERATOR = Actor("operator", "operator")
RESERVED = frozenset({CLOCK.id, OPERATOR.id, "group"})
"""What no account is called."""

CLAUSE = "三员分立（GB/T 22239-2019） / separation of administrators (GB/T 22239-2019)"

BY: Mapping[str, tuple[str, ...]] = {
    "open_account": (SYSTEM, OPERATOR.role),
    "close_account": (SYSTEM,),
    "issue_link": (SYSTEM, OPERATOR.role),
    "grant_role": (SECURITY, OPERATOR.role),
    "withdraw_role": (SECURITY,),
    "move_account": (SECURITY,),
    "issue_token": (SECURITY, OPERATOR.role),
    "revoke_token": (SECURITY, OPERATOR.role),
}
"""Whose each act is."""

TITLES: Mapping[str, Text] = {
    "open_account": Text(zh="开通账号", en="open an account"),
    "close_account": Text(zh="停用账号", en="close an account"),
    "issue_link": Text(zh="发放一次性登录链接", en="issue a one-time link"),
    "grant_role": Text(zh="授予角色", en="grant a role"),
    "withdraw_role": Text(zh="收回角色", en="withdraw a role"),
    "move_account": Text(zh="变更账号所属部门", en="move an account to another unit"),
    "issue_token": Text(zh="发放接口令牌", en="issue a token"),
    "revoke_token": Text(zh="吊销接口令牌", en="revoke a token"),
}

ROLE_TITLES: Mapping[str, Text] = {
    SYSTEM: Text(zh="系统管理员", en="System administrator"),
    SECURITY: Text(zh="安全管理员", en="Security administrator"),
    AUDIT: Text(zh="审计管理员", en="Audit administrator"),
    OPERATOR.role: Text(zh="运维人员", en="Operator of the machine"),
}


class OwnAccount(Refusal):
    """No administrator acts on the own account."""

    grave = True
    zh = "“{act}”不能对本人账号办理（{clause}）。请由另一名管理员办理。"
    en = "“{act}” cannot be done to one's own account ({clause}). Ask another administrator."


class NotTogether(Refusal):
    """The three administrators are three people, and none of them assesses."""

    grave = True
    zh = "账号 {account} 已有角色“{has}”，不能再授予“{role}”：系统、安全、审计管理员互不兼任，也不参与考核（{clause}）。请授予另一账号，或先收回原角色。"
    en = "Account {account} holds “{has}” and cannot be “{role}” as well: the three administrators are three people, and none assesses ({clause}). Grant it to another account, or withdraw the other role first."


class Closed(Refusal):
    """A closed account stays closed."""

    zh = "“{act}”不能办理：账号 {account} 已停用（{clause}）。请开通新的账号。"
    en = "“{act}” is refused: account {account} is closed ({clause}). Open another."


class Beyond(Refusal):
    """The account is an administrator's, or is not: others may do this to it."""

    grave = True
    zh = "“{act}”不能办理：{why}（{clause}）。请由{by}办理。"
    en = "“{act}” is refused: {why} ({clause}). It is for {by}."


class Opened(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The unit somebody belongs to, if any: what recusal is held against."""

    unit: Opaque | None = None


class OpenAccount(Command, Opened, frozen=True, kw_only=True):
    """Open an account. It may do nothing until a role is granted."""


class MoveAccount(Command, Reason, frozen=True, kw_only=True):
    """Let the account belong to another unit."""

    unit: Opaque | None


class CloseAccount(Command, Reason, frozen=True, kw_only=True):
    """Close an account for good."""


class GrantRole(Command, frozen=True, kw_only=True):
    """Grant one role."""

    role: Opaque


class WithdrawRole(Command, Reason, frozen=True, kw_only=True):
    """Withdraw one role."""

    role: Opaque


class IssueLink(Command, frozen=True, kw_only=True):
    """Let whoever holds the link choose a new password, once."""


class IssueToken(Command, frozen=True, kw_only=True):
    """Let a calling system act as this account, until the end of a day. The token itself is in no entry; `token` names it."""

    token: Opaque
    until: date


class RevokeToken(Command, Reason, frozen=True, kw_only=True):
    """Let a token hold no more."""

    token: Opaque


class Account(Struct, frozen=True):
    """An account as it stands. `tokens` are those that were not revoked, each with its last day."""

    stream: str = ""
    version: int = 0
    unit: str | None = None
    roles: frozenset[str] = frozenset()
    closed: bool = False
    tokens: dict[str, date] = {}

    @property
    def id(self) -> str:
        return self.stream.partition("/")[2]

    @property
    def administers(self) -> bool:
        """Whether it is one of the three administrators'."""
        return not self.roles.isdisjoint(ADMINISTRATORS)

    def holds_token(self, today: date) -> bool:
        """Whether a system may act as this account on this day."""
        return any(today <= until for until in self.tokens.values())


class AccountFact(Fact, frozen=True, kw_only=True):
    """A fact of an account's stream."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        raise NotImplementedError


class AccountOpened(AccountFact, Opened, frozen=True, kw_only=True):
    """The account is open."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, unit=self.unit)


class AccountMoved(AccountFact, Reason, frozen=True, kw_only=True):
    """The account belongs to another unit."""

    unit: Opaque | None

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, unit=self.unit)


class AccountClosed(AccountFact, Reason, frozen=True, kw_only=True):
    """The account is closed; what it did stays done."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, closed=True, roles=frozenset(), tokens={})


class RoleGranted(AccountFact, frozen=True, kw_only=True):
    """The account holds the role."""

    role: Opaque

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, roles=state.roles | {self.role})


class RoleWithdrawn(AccountFact, Reason, frozen=True, kw_only=True):
    """The account holds the role no more."""

    role: Opaque

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, roles=state.roles - {self.role})


class LinkIssued(AccountFact, frozen=True, kw_only=True):
    """A one-time link was issued. The link itself is in no entry."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return state


class TokenIssued(AccountFact, frozen=True, kw_only=True):
    """A system that brings the token acts as the account, until the end of a day."""

    token: Opaque
    until: date

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, tokens={**state.tokens, self.token: self.until})


class TokenRevoked(AccountFact, Reason, frozen=True, kw_only=True):
    """The token holds no more."""

    token: Opaque

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, tokens={id_: until for id_, until in state.tokens.items() if id_ != self.token})


def fold(state: Account, fact: AccountFact, stamp: Stamp) -> Account:
    """The account after one more fact."""
    return replace(fact.fold(state, stamp), version=stamp.version)


def check_open(state: Account, record: Opened, context: Context) -> None:
    """A name that is nobody's yet, and none that stands for a machine."""
    if state.id in RESERVED:
        raise NotKnown(what="可用的账号名 / account name", value=state.id, known="其他名称 / any other", clause=CLAUSE)


def check_move(state: Account, record: MoveAccount | AccountMoved, context: Context) -> None:
    _open(state, "move_account", context)
    if record.unit == state.unit:
        raise NothingToDo(act=TITLES["move_account"], why="所属部门未变 / it is of that unit already", clause=CLAUSE)


def check_close(state: Account, record: CloseAccount | AccountClosed, context: Context) -> None:
    _open(state, "close_account", context)


def check_link(state: Account, record: IssueLink | LinkIssued, context: Context) -> None:
    """An administrator's account is opened again at the machine only: else one of the three could become another."""
    _open(state, "issue_link", context)
    if state.administers and context.actor != OPERATOR:
        why = Text(zh=f"账号 {state.id} 属于管理员", en=f"account {state.id} is an administrator's")
        raise Beyond(act=TITLES["issue_link"], why=why, by=ROLE_TITLES[OPERATOR.role], clause=CLAUSE)


def check_token(state: Account, record: IssueToken | TokenIssued, context: Context) -> None:
    """A new token, for an account no administrator has: what they do takes a person."""
    _open(state, "issue_token", context)
    if state.administers:
        why = Text(zh=f"账号 {state.id} 属于管理员", en=f"account {state.id} is an administrator's")
        raise Beyond(act=TITLES["issue_token"], why=why, by=_A_PERSON, clause=CLAUSE)
    if record.token in state.tokens:
        raise NothingToDo(act=TITLES["issue_token"], why="已有此令牌 / there is such a token", clause=CLAUSE)
    if record.until < context.today:
        until = Text(zh="令牌有效期", en="the token's last day")
        today = Text(zh="今天", en="today")
        raise TooEarly(what=until, value=record.until, after=today, against=context.today, clause=CLAUSE)


def check_revocation(state: Account, record: RevokeToken | TokenRevoked, context: Context) -> None:
    _open(state, "revoke_token", context)
    if record.token not in state.tokens:
        known = ", ".join(state.tokens) or "—"
        raise NotKnown(what="接口令牌 / token", value=record.token, known=known, clause=CLAUSE)


_A_PERSON = Text(zh="个人账号", en="a person's account")


def check_grant(state: Account, record: GrantRole | RoleGranted, context: Context) -> None:
    """A role there is, not held yet; administrators apart from one another and from all who assess."""
    _open(state, "grant_role", context)
    grantable = (*(role for role in context.rulebook.roles if role != CLOCK.role), *ADMINISTRATORS)
    role = record.role
    if role not in grantable:
        raise NotKnown(what="角色 / role", value=role, known=", ".join(grantable), clause=CLAUSE)
    if role in state.roles:
        raise NothingToDo(act=TITLES["grant_role"], why="账号已有此角色 / the account holds it", clause=CLAUSE)
    if context.actor == OPERATOR and role not in ADMINISTRATORS:
        why = Text(zh=f"“{role}”不是管理员角色", en=f"“{role}” is no administrator's role")
        raise Beyond(act=TITLES["grant_role"], why=why, by=ROLE_TITLES[SECURITY], clause=CLAUSE)
    if role in ADMINISTRATORS and state.tokens:
        why = Text(
            zh=f"账号 {state.id} 由系统使用（有接口令牌）", en=f"account {state.id} is a system's: it has a token"
        )
        raise Beyond(act=TITLES["grant_role"], why=why, by=_A_PERSON, clause=CLAUSE)
    apart = state.roles if role in ADMINISTRATORS else state.roles.intersection(ADMINISTRATORS)
    if apart:
        has, wanted = (ROLE_TITLES.get(one) or context.rulebook.role_title(one) for one in (min(apart), role))
        raise NotTogether(account=state.id, has=has, role=wanted, clause=CLAUSE)
    if role == "unit" and state.unit is None:
        raise NotKnown(
            what="账号所属部门 / the account's unit", value="—", known="先变更所属部门 / move it first", clause=CLAUSE
        )


def check_withdrawal(state: Account, record: WithdrawRole | RoleWithdrawn, context: Context) -> None:
    _open(state, "withdraw_role", context)
    if record.role not in state.roles:
        raise NothingToDo(
            act=TITLES["withdraw_role"], why="账号没有此角色 / the account does not hold it", clause=CLAUSE
        )


def _open(state: Account, act: str, context: Context) -> None:
    if state.id == context.actor.id:
        raise OwnAccount(act=TITLES[act], clause=CLAUSE)
    if state.closed:
        raise Closed(act=TITLES[act], account=state.id, clause=CLAUSE)
