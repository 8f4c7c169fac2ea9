"""Accounts: for which unit, in which roles, and what lets somebody in. One stream each, `account/<id>`; a name is never in it.

The ledger says what holds, and the tables beside it only keep the secrets. Each secret is named here by a digest of it;
`credentials.py` has the acts that set and end them.

Which roles assess is the rulebook's. The three administrators are not: 三员分立 (GB/T 22239-2019, 安全管理中心) keeps them
apart from one another and from every assessment, and no edition may loosen it. The system administrator opens and
closes accounts, the security administrator grants roles, the audit administrator reads. None acts on the own account.
The operator is whoever commands the machine: he makes the first of each, and lets an administrator in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from .context import Context
from .opening import Reason
from .refusals import NothingToDo, NotKnown, Refusal
from .vocabulary import CLOCK, Actor, Command, Fact, Opaque, Stamp, Text

SYSTEM, SECURITY, AUDIT = "system_admin", "security_admin", "audit_admin"
ADMINISTRATORS = (SYSTEM, SECURITY, AUDIT)
OPERATOR = Actor("operator", "operator")
HOLDER = "holder"
"""The role in which everybody acts on the own account, and nobody on another. It is never granted."""
NOBODYS = frozenset({CLOCK.role, OPERATOR.role, HOLDER})
"""Roles that are not granted."""
RESERVED = frozenset({CLOCK.id, OPERATOR.id, "group"})
"""What no account is called."""

CLAUSE = "三员分立（GB/T 22239-2019） / separation of administrators (GB/T 22239-2019)"

BY: Mapping[str, tuple[str, ...]] = {
    "open_account": (SYSTEM, OPERATOR.role),
    "close_account": (SYSTEM,),
    "grant_role": (SECURITY, OPERATOR.role),
    "withdraw_role": (SECURITY,),
    "move_account": (SECURITY,),
}
"""Whose each act is."""

TITLES: Mapping[str, Text] = {
    "open_account": Text(zh="开通账号", en="open an account"),
    "close_account": Text(zh="停用账号", en="close an account"),
    "grant_role": Text(zh="授予角色", en="grant a role"),
    "withdraw_role": Text(zh="收回角色", en="withdraw a role"),
    "move_account": Text(zh="变更账号所属部门", en="move an account to another unit"),
}

ROLE_TITLES: Mapping[str, Text] = {
    SYSTEM: Text(zh="系统管理员", en="System administrator"),
    SECURITY: Text(zh="安全管理员", en="Security administrator"),
    AUDIT: Text(zh="审计管理员", en="Audit administrator"),
    OPERATOR.role: Text(zh="运维人员", en="Operator of the machine"),
    HOLDER: Text(zh="账号本人", en="Holder of the account"),
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


class Request(Struct, frozen=True):
    """A link that was asked for, and by whom it was confirmed, if it was."""

    by: str
    at: datetime
    confirmed: str | None = None


class Link(Struct, frozen=True):
    """A one-time link that was not used: the digest of what its row keeps, and when it was issued."""

    digest: str
    at: datetime


class Session(Struct, frozen=True):
    """One browser signed in: since when, and by which way (`password`, `oidc`, `cas`)."""

    at: datetime
    way: str


class Binding(Struct, frozen=True):
    """Somebody a provider knows: who proposed it, and whether it was confirmed. Before that it lets nobody in."""

    by: str
    confirmed: bool = False


class Token(Struct, frozen=True):
    """A token of another system: its last day, and the digest of what its row keeps."""

    until: date
    digest: str


class Change(Struct, frozen=True):
    """One change of who may get in, as its holder is shown it."""

    kind: str
    at: datetime
    actor: str
    role: str


SHOWN_FOR, SHOWN = timedelta(days=30), 20
"""How long, and how many, changes are shown to the holder."""


class Account(Struct, frozen=True):
    """An account as it stands: its roles, and what lets somebody in. All else in the tables lets nobody in.

    `password` and `factor` are digests. `sessions` and `identities` are by the digest of what their row keeps, `tokens` by name.
    """

    stream: str = ""
    version: int = 0
    unit: str | None = None
    roles: frozenset[str] = frozenset()
    closed: bool = False
    password: str | None = None
    factor: str | None = None
    request: Request | None = None
    link: Link | None = None
    sessions: dict[str, Session] = {}
    identities: dict[str, Binding] = {}
    tokens: dict[str, Token] = {}
    changes: tuple[Change, ...] = ()

    @property
    def id(self) -> str:
        return self.stream.partition("/")[2]

    @property
    def administers(self) -> bool:
        """Whether it is one of the three administrators'."""
        return not self.roles.isdisjoint(ADMINISTRATORS)

    @property
    def is_a_persons(self) -> bool:
        """Whether a person signs in by it, or may soon: then no other system does."""
        return bool(self.password or self.identities or self.link or self.request)

    def may_be(self, actor: Actor) -> bool:
        """Whether the account acts so: in one of its roles or as its holder, from its unit."""
        return not self.closed and actor.role in {*self.roles, HOLDER} and actor.unit == self.unit

    def holds_token(self, today: date) -> bool:
        """Whether a system may act as this account on this day."""
        return any(today <= one.until for one in self.tokens.values())


class AccountFact(Fact, frozen=True, kw_only=True):
    """A fact of an account's stream. `shown`: it changes who may get in, and its holder is told."""

    shown: ClassVar[bool] = True

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
        return replace(_shut(state), closed=True, roles=frozenset(), tokens={})


class RoleGranted(AccountFact, frozen=True, kw_only=True):
    """The account holds the role. Links, sessions and tokens issued before it end.

    With an administrator's role everything ends that let in before: whoever set it up had no such account in mind, or had. A
    link made at the machine begins again.
    """

    role: Opaque

    def fold(self, state: Account, stamp: Stamp) -> Account:
        left = _shut(state) if self.role in ADMINISTRATORS else state
        return replace(left, roles=state.roles | {self.role}, request=None, link=None, sessions={}, tokens={})


class RoleWithdrawn(AccountFact, Reason, frozen=True, kw_only=True):
    """The account holds the role no more."""

    role: Opaque

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, roles=state.roles - {self.role})


def fold(state: Account, fact: AccountFact, stamp: Stamp) -> Account:
    """The account after one more fact."""
    after = replace(fact.fold(state, stamp), version=stamp.version)
    if not fact.shown:
        return after
    at = stamp.recorded_at
    lately = tuple(one for one in state.changes[1 - SHOWN :] if at - one.at <= SHOWN_FOR)
    return replace(after, changes=(*lately, Change(fact.kind, at, stamp.actor, stamp.role)))


def _shut(state: Account) -> Account:
    """The account with no way in for a person."""
    return replace(state, password=None, factor=None, request=None, link=None, sessions={}, identities={})


def check_open(state: Account, record: Opened, context: Context) -> None:
    """A name that is nobody's yet, and none that stands for a machine."""
    if state.id in RESERVED:
        raise NotKnown(what="可用的账号名 / account name", value=state.id, known="其他名称 / any other", clause=CLAUSE)


def check_move(state: Account, record: MoveAccount | AccountMoved, context: Context) -> None:
    check_others(state, TITLES["move_account"], context)
    if record.unit == state.unit:
        raise NothingToDo(act=TITLES["move_account"], why="所属部门未变 / it is of that unit already", clause=CLAUSE)


def check_close(state: Account, record: CloseAccount | AccountClosed, context: Context) -> None:
    check_others(state, TITLES["close_account"], context)


A_PERSON = Text(zh="个人账号", en="a person's account")


def check_grant(state: Account, record: GrantRole | RoleGranted, context: Context) -> None:
    """A role there is, not held yet; administrators apart from one another and from all who assess."""
    check_others(state, TITLES["grant_role"], context)
    grantable = (*(role for role in context.rulebook.roles if role not in NOBODYS), *ADMINISTRATORS)
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
        raise Beyond(act=TITLES["grant_role"], why=why, by=A_PERSON, clause=CLAUSE)
    apart = state.roles if role in ADMINISTRATORS else state.roles.intersection(ADMINISTRATORS)
    if apart:
        has, wanted = (ROLE_TITLES.get(one) or context.rulebook.role_title(one) for one in (min(apart), role))
        raise NotTogether(account=state.id, has=has, role=wanted, clause=CLAUSE)
    if role == "unit" and state.unit is None:
        raise NotKnown(
            what="账号所属部门 / the account's unit", value="—", known="先变更所属部门 / move it first", clause=CLAUSE
        )


def check_withdrawal(state: Account, record: WithdrawRole | RoleWithdrawn, context: Context) -> None:
    check_others(state, TITLES["withdraw_role"], context)
    if record.role not in state.roles:
        raise NothingToDo(
            act=TITLES["withdraw_role"], why="账号没有此角色 / the account does not hold it", clause=CLAUSE
        )


def check_others(state: Account, title: Text, context: Context) -> None:
    """Refuse what is done to the own account, or to a closed one."""
    if state.id == context.actor.id:
        raise OwnAccount(act=title, clause=CLAUSE)
    check_not_closed(state, title)


def check_not_closed(state: Account, title: Text) -> None:
    """Refuse what is done to a closed account."""
    if state.closed:
        raise Closed(act=title, account=state.id, clause=CLAUSE)
