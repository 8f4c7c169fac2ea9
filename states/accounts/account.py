"""Opens, moves and closes accounts, names their persons, grants and withdraws roles. Stream: `account/<id>`.

Also here: who is the operator, and which ids and roles are reserved. Not here: the state of an account
(`states/records/account.py`), and who may act with a role (`states/policy.py`).

No name of a person is in the stream. The ledger decides which credentials are valid; the tables outside it only store
the secrets. The acts that set and end credentials are listed in `credentials.py`.

The rulebook defines the roles that assess, but not the three administrators: 三员分立 (GB/T 22239-2019, 安全管理中心) separates
them from one another and from every assessment, and no edition can change that. The system administrator opens and
closes accounts, the security administrator grants roles, the audit administrator reads. None of them may act on their
own account. The *operator* is the person at the server: they appoint the first administrator of each kind, and help an
administrator who cannot sign in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from states.context import Context
from states.records.account import ADMINISTRATORS, AUDIT, HOLDER, SECURITY, SYSTEM, Account, AccountChange
from states.refusals import NothingToDo, NotKnown, Refusal
from states.vocabulary import CLOCK, Actor, Command, Fact, Opaque, Reason, Stamp, Text

OPERATOR = Actor("operator", "operator")
UNGRANTABLE = frozenset({CLOCK.role, OPERATOR.role, HOLDER})
"""Roles that nobody can grant: of the clock, of the operator, and of the holder of an account."""

RESERVED = frozenset({CLOCK.id, OPERATOR.id, "group"})
"""Ids that no account may have, because they have another meaning."""

CLAUSE = Text(zh="三员分立（GB/T 22239-2019）", en="separation of administrators (GB/T 22239-2019)")

ONE_ACCOUNT = Text(zh="本系统默认·一人一个账号", en="our default: a person has one account")

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {
    "open_account": (SYSTEM, OPERATOR.role),
    "close_account": (SYSTEM,),
    "grant_role": (SECURITY, OPERATOR.role),
    "withdraw_role": (SECURITY,),
    "move_account": (SECURITY,),
    "assign_person": (SECURITY,),
}
"""The roles that may do each act."""

TITLES: Mapping[str, Text] = {
    "open_account": Text(zh="开通账号", en="open an account"),
    "close_account": Text(zh="停用账号", en="close an account"),
    "grant_role": Text(zh="授予角色", en="grant a role"),
    "withdraw_role": Text(zh="收回角色", en="withdraw a role"),
    "move_account": Text(zh="变更账号所属部门", en="move an account to another department"),
    "assign_person": Text(zh="登记账号对应的班子成员", en="name the member of a team to whom an account belongs"),
}

ROLE_TITLES: Mapping[str, Text] = {
    SYSTEM: Text(zh="系统管理员", en="System administrator"),
    SECURITY: Text(zh="安全管理员", en="Security administrator"),
    AUDIT: Text(zh="审计管理员", en="Audit administrator"),
    OPERATOR.role: Text(zh="运维人员", en="Operator of the machine"),
    HOLDER: Text(zh="账号本人", en="Holder of the account"),
}
CHANGE_DISPLAY_PERIOD = timedelta(days=30)
"""The time for which the holder sees a change of the account."""
MAX_CHANGES = 20
"""The maximum number of changes that the holder sees."""

PERSONAL_ACCOUNT = Text(zh="个人账号", en="a person's account")


class OwnAccount(Refusal):
    """An administrator tried to act on their own account."""

    grave = True
    zh = "“{act}”不能对本人账号办理（{clause}）。请由另一名管理员办理。"
    en = "You cannot do “{act}” for your own account ({clause}). Ask another administrator."


class NotTogether(Refusal):
    """One account may not have both roles: the three administrators are three people, and none of them assesses."""

    grave = True
    zh = "账号 {account} 已有角色“{has}”，不能再授予“{role}”：系统、安全、审计管理员互不兼任，也不参与考核（{clause}）。请授予另一账号，或先收回原角色。"
    en = (
        "Account {account} already has the role “{has}” and cannot also be “{role}”: the three administrators must "
        "be different people, and none of them takes part in assessments ({clause}). Grant the role to another "
        "account, or withdraw the other role first."
    )


class AccountIsClosed(Refusal):
    """The account is closed. It cannot be opened again."""

    zh = "“{act}”不能办理：账号 {account} 已停用（{clause}）。请开通新的账号。"
    en = "“{act}” is not possible: account {account} is closed ({clause}). Open another account."


class UnitEnded(Refusal):
    """The department was closed, so an account can neither be opened in it nor moved to it."""

    zh = "部门“{unit}”已于 {since} 撤销，账号不能归入该部门（{clause}）。请选承接部门。"
    en = (
        "“{unit}” was closed on {since}, so no account can belong to it ({clause}). Choose the department that took"
        " it over."
    )


class NotForThisAccount(Refusal):
    """Another role must do the act for this kind of account (an administrator's, a system's or a person's)."""

    grave = True
    zh = "“{act}”不能办理：{why}（{clause}）。请由{by}办理。"
    en = "“{act}” is not possible: {why} ({clause}). It is for {by}."


class PersonTaken(Refusal):
    """The person has an open account already. A person has one at most."""

    zh = "“{act}”不能办理：成员 {person} 已有账号 {account}，一人只能有一个账号（{clause}）。请先停用账号 {account}，或者取消其对应关系。"
    en = (
        "“{act}” is not possible: member {person} already has account {account}, and a person has only one ({clause})."
        " Close account {account}, or name nobody for it, first."
    )


class OtherTeam(Refusal):
    """The person is in the leading team of a department to which the account does not belong."""

    zh = "“{act}”不能办理：成员 {person} 在“{unit}”的领导班子，其账号须归入该部门，否则不能回避（{clause}）。请改选部门或成员。"
    en = (
        "“{act}” is not possible: member {person} is in the leading team of “{unit}”. Their account must belong to that "
        "department, because recusal follows from it ({clause}). Choose that department, or another member."
    )


class AccountBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The department of the account, which decides about recusal (F16), and the member of a team who holds it."""

    unit: Opaque | None = None
    person: Opaque | None = None


class OpenAccount(Command, AccountBody, frozen=True, kw_only=True):
    """Open an account. It can do nothing until a role is granted."""


class MoveAccount(Command, Reason, frozen=True, kw_only=True):
    """Move the account to another department, or to no department (None)."""

    unit: Opaque | None


class AssignPerson(Command, Reason, frozen=True, kw_only=True):
    """Name the member of a leading team to whom the account belongs, or nobody (None)."""

    person: Opaque | None


class CloseAccount(Command, Reason, frozen=True, kw_only=True):
    """Close an account for good. Its roles and all its credentials end."""


class GrantRole(Command, frozen=True, kw_only=True):
    """Grant one role. Links, sessions and tokens of the account end (`RoleGranted`)."""

    role: Opaque


class WithdrawRole(Command, Reason, frozen=True, kw_only=True):
    """Withdraw one role."""

    role: Opaque


class AccountFact(Fact, frozen=True, kw_only=True):
    """A fact of an account's stream.

    `notifies_holder`: the fact changes the access to the account, so the holder sees it and gets a letter.
    """

    notifies_holder: ClassVar[bool] = True

    def fold(self, state: Account, stamp: Stamp) -> Account:
        raise NotImplementedError


class AccountOpened(AccountFact, AccountBody, frozen=True, kw_only=True):
    """The account was opened."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, unit=self.unit, person=self.person)


class AccountMoved(AccountFact, Reason, frozen=True, kw_only=True):
    """The account was moved to another department, or to no department (None)."""

    unit: Opaque | None

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, unit=self.unit)


class PersonAssigned(AccountFact, Reason, frozen=True, kw_only=True):
    """The member of a leading team to whom the account belongs was named, or nobody (None)."""

    person: Opaque | None

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, person=self.person)


class AccountClosed(AccountFact, Reason, frozen=True, kw_only=True):
    """The account was closed. Its person, roles and credentials ended; its earlier acts stay valid."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        closed = replace(without_credentials(state), closed=True, person=None, roles=frozenset())
        return replace(closed, tokens={}, deputies={})


class RoleGranted(AccountFact, frozen=True, kw_only=True):
    """A role was granted. Links, sessions and tokens of the account end.

    An administrator's role also ends the password, the second factor and the identities. The operator then issues a
    link.
    """

    role: Opaque

    def fold(self, state: Account, stamp: Stamp) -> Account:
        # A person who set a credential earlier must not get the new role through it. So an administrator starts without
        # credentials.
        account = without_credentials(state) if self.role in ADMINISTRATORS else state
        # An unconfirmed request may stay: it gives nobody access, and the person who confirms it sees the new role.
        request = None if account.request is None or account.request.confirmed else account.request
        return replace(account, roles=state.roles | {self.role}, request=request, link=None, sessions={}, tokens={})


class RoleWithdrawn(AccountFact, Reason, frozen=True, kw_only=True):
    """A role was withdrawn. Sessions and credentials stay; a deputy has the role no longer either."""

    role: Opaque

    def fold(self, state: Account, stamp: Stamp) -> Account:
        deputies = {id_: replace(one, roles=one.roles - {self.role}) for id_, one in state.deputies.items()}
        return replace(state, roles=state.roles - {self.role}, deputies={k: v for k, v in deputies.items() if v.roles})


def fold(state: Account, fact: AccountFact, stamp: Stamp) -> Account:
    """The account after this fact. Its `changes` then have the fact, if the holder is notified of it."""
    account = replace(fact.fold(state, stamp), version=stamp.version)
    if not fact.notifies_holder:
        return account
    now = stamp.recorded_at
    recent = tuple(change for change in state.changes[1 - MAX_CHANGES :] if now - change.at <= CHANGE_DISPLAY_PERIOD)
    return replace(account, changes=(*recent, AccountChange(fact.kind, now, stamp.actor, stamp.role)))


def without_credentials(state: Account) -> Account:
    """The account without any credential for a person. Its tokens stay."""
    return replace(state, password=None, factor=None, request=None, link=None, sessions={}, identities={})


def check_open(state: Account, record: AccountBody, context: Context) -> None:
    """Refuse a reserved id, a closed department, and a person with another account or in another department's team."""
    if state.id in RESERVED:
        raise NotKnown(
            what=Text(zh="可用的账号名", en="account name"),
            value=state.id,
            known=Text(zh="其他名称", en="any other"),
            clause=CLAUSE,
        )
    _check_unit(record.unit, context)
    _check_person("open_account", record.person, record.unit, context)


def check_move(state: Account, record: MoveAccount | AccountMoved, context: Context) -> None:
    """Refuse to move the actor's own account or a closed one, or an account to its own or to a closed department.

    Refuse to move the account of a member away from the department in whose team they are.
    """
    check_other_account(state, TITLES["move_account"], context)
    if record.unit == state.unit:
        raise NothingToDo(
            act=TITLES["move_account"],
            why=Text(zh="所属部门未变", en="the account already belongs to that department"),
            clause=CLAUSE,
        )
    _check_unit(record.unit, context)
    _check_team("move_account", state.person, record.unit, context)


def check_person(state: Account, record: AssignPerson | PersonAssigned, context: Context) -> None:
    """Refuse a person for the actor's own account, a closed one or a system's, and the person that it has already.

    Refuse a person who has another account, or who is in the team of another department.
    """
    title = TITLES["assign_person"]
    check_other_account(state, title, context)
    if record.person == state.person:
        why = Text(zh="对应的成员未变", en="it is that member's already")
        raise NothingToDo(act=title, why=why, clause=CLAUSE)
    check_not_system(state, title)
    _check_person("assign_person", record.person, state.unit, context)


def _check_person(act: str, person: str | None, unit: str | None, context: Context) -> None:
    """Refuse a person who has another open account, or who is in the team of another department."""
    if person is not None:
        check_only_account(act, person, context.holders or frozenset())
    _check_team(act, person, unit, context)


def check_only_account(act: str, person: str, others: frozenset[str]) -> None:
    """Refuse a person to whom `others` belong. The replay asks this too, with all accounts of the ledger."""
    if others:
        raise PersonTaken(act=TITLES[act], person=person, account=min(others), clause=ONE_ACCOUNT)


def _check_team(act: str, person: str | None, unit: str | None, context: Context) -> None:
    """Refuse a person whom the roster has in the teams of other departments only."""
    # Recusal follows from the department of the account (F16). So a member's account belongs to their department.
    units = [one.unit for one in context.roster.current() if person in one.persons] if context.roster and person else []
    if units and unit not in units:
        assert context.roster is not None
        clause = context.rulebook.readings["recusal"].clause
        raise OtherTeam(act=TITLES[act], person=person, unit=context.roster.title(units[0]), clause=clause)


def _check_unit(unit: str | None, context: Context) -> None:
    """Refuse a closed department."""
    closing = context.roster.closing(unit) if unit and context.roster else None
    if unit and context.roster and closing is not None:
        raise UnitEnded(unit=context.roster.title(unit), since=closing.since, clause=CLAUSE)


def check_close(state: Account, record: CloseAccount | AccountClosed, context: Context) -> None:
    """Refuse to close the actor's own account or a closed account."""
    check_other_account(state, TITLES["close_account"], context)


def check_grant(state: Account, record: GrantRole | RoleGranted, context: Context) -> None:
    """Refuse a role for the actor's own account or a closed one, and a role that this account cannot get.

    It cannot get a role that does not exist, that it has already, that this actor may not grant, or that 三员分立 forbids
    together with its other roles. The role `unit` needs a department.
    """
    check_other_account(state, TITLES["grant_role"], context)
    _check_grantable(state, record.role, context)
    _check_grantor(state, record.role, context)
    role = record.role
    # 三员分立: an administrator has no other role, and nobody who assesses becomes an administrator.
    conflicts = state.roles if role in ADMINISTRATORS else state.roles.intersection(ADMINISTRATORS)
    if conflicts:
        titles = [ROLE_TITLES.get(key) or context.rulebook.role_title(key) for key in (min(conflicts), role)]
        raise NotTogether(account=state.id, has=titles[0], role=titles[1], clause=CLAUSE)
    if role == "unit" and state.unit is None:
        raise NotKnown(
            what=Text(zh="账号所属部门", en="the account's department"),
            value="—",
            known=Text(zh="先变更所属部门", en="move it first"),
            clause=CLAUSE,
        )


def _check_grantable(state: Account, role: str, context: Context) -> None:
    """Refuse a role that does not exist or cannot be granted, and one that the account has already."""
    grantable = (*(role for role in context.rulebook.roles if role not in UNGRANTABLE), *ADMINISTRATORS)
    if role not in grantable:
        raise NotKnown(what=Text(zh="角色", en="role"), value=role, known=", ".join(grantable), clause=CLAUSE)
    if role in state.roles:
        why = Text(zh="账号已有此角色", en="the account already has this role")
        raise NothingToDo(act=TITLES["grant_role"], why=why, clause=CLAUSE)


def _check_grantor(state: Account, role: str, context: Context) -> None:
    """Refuse a role that the operator grants, if it is not an administrator's role.

    Refuse an administrator's role for an account with a token, because a system uses it.
    """
    if context.actor == OPERATOR and role not in ADMINISTRATORS:
        why = Text(zh=f"“{role}”不是管理员角色", en=f"“{role}” is not an administrator's role")
        raise NotForThisAccount(act=TITLES["grant_role"], why=why, by=ROLE_TITLES[SECURITY], clause=CLAUSE)
    if role in ADMINISTRATORS:
        check_not_system(state, TITLES["grant_role"])


def check_withdrawal(state: Account, record: WithdrawRole | RoleWithdrawn, context: Context) -> None:
    """Refuse to withdraw a role of the actor's own account, of a closed one, or that the account does not have."""
    check_other_account(state, TITLES["withdraw_role"], context)
    if record.role not in state.roles:
        raise NothingToDo(
            act=TITLES["withdraw_role"],
            why=Text(zh="账号没有此角色", en="the account does not have this role"),
            clause=CLAUSE,
        )


def check_other_account(state: Account, title: Text, context: Context) -> None:
    """Refuse an act on the actor's own account, or on a closed account."""
    if state.id == context.actor.id:
        raise OwnAccount(act=title, clause=CLAUSE)
    check_not_closed(state, title)


def check_not_system(state: Account, title: Text) -> None:
    """Refuse an act on a system's account: it has a token."""
    if state.tokens:
        why = Text(
            zh=f"账号 {state.id} 由系统使用（有接口令牌）", en=f"account {state.id} is a system's: it has a token"
        )
        raise NotForThisAccount(act=title, why=why, by=PERSONAL_ACCOUNT, clause=CLAUSE)


def check_not_closed(state: Account, title: Text) -> None:
    """Refuse an act on a closed account."""
    if state.closed:
        raise AccountIsClosed(act=title, account=state.id, clause=CLAUSE)
