"""代办: the holder of an account names a deputy for some of their own roles, from one day until another, and ends it.

The fact is in the stream of the *principal*, who decides it. It lends roles and moves none: what the deputy may do
follows at every act from the state of both accounts (`Account.lends`). An entry that a deputy makes names the principal
(decision 0059). Not here: that recusal and separation of duties ask both (`states/policy.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from states.context import Context
from states.guards import FaultCollector, check_new_day
from states.records.account import ADMINISTRATORS, HOLDER, SECURITY, Account, Lending
from states.refusals import Incomplete, NothingToDo, NotKnown, Refusal, TooEarly
from states.vocabulary import UNIT_ROLE, Command, Opaque, Stamp, Text, listed

from .account import ROLE_TITLES, UNGRANTABLE, AccountFact, check_not_closed, check_other_account
from .credentials import check_holder

CLAUSE = Text(zh="本系统默认·代办", en="our default: deputies")

MAX_DAYS = 90
"""The most days of a period, the first and the last included. Somebody who is away for longer hands the role over."""

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {"appoint_deputy": (HOLDER,), "end_deputy": (SECURITY, HOLDER)}
"""The roles that may do each act."""

TITLES: Mapping[str, Text] = {
    "appoint_deputy": Text(zh="委托代办", en="name a deputy"),
    "end_deputy": Text(zh="结束代办", en="end a deputy"),
}

_ROLE = Text(zh="委托的角色", en="role to lend")
_FIRST_DAY = Text(zh="代办开始日期", en="first day")
_LAST_DAY = Text(zh="代办结束日期", en="last day")


class NoDeputy(Refusal):
    """The account cannot be the deputy."""

    zh = "不能委托账号 {account} 代办：{why}（{clause}）。请改选其他账号。"
    en = "Account {account} cannot be your deputy: {why} ({clause}). Choose another account."


class TooLong(Refusal):
    """The period is longer than the maximum."""

    zh = "代办期限为 {days} 天，最长 {most} 天（{clause}）。请把结束日期提前；期满仍需代办的，届时重新委托。"
    en = (
        "The period is {days} days long; the longest is {most} days ({clause}). Choose an earlier last day. You can name "
        "the deputy again later."
    )


class Appointment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account of the deputy, the roles, and the first and the last day."""

    deputy: Opaque
    roles: tuple[Opaque, ...]
    since: date
    until: date

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that are named (`context.ACCOUNTS`)."""
        return (self.deputy,)


class AppointDeputy(Command, Appointment, frozen=True, kw_only=True):
    """Name a deputy. It replaces what was said of the same deputy before."""


class EndDeputy(Command, frozen=True, kw_only=True):
    """End what a deputy may do, at once."""

    deputy: Opaque


class DeputyAppointed(AccountFact, Appointment, frozen=True, kw_only=True):
    """The account named a deputy."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        lending = Lending(frozenset(self.roles), self.since, self.until)
        return replace(state, deputies={**state.deputies, self.deputy: lending})


class DeputyEnded(AccountFact, frozen=True, kw_only=True):
    """The deputy may do nothing for the account any more."""

    deputy: Opaque

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, deputies={id_: one for id_, one in state.deputies.items() if id_ != self.deputy})


def is_lendable(role: str) -> bool:
    """Whether a deputy can have the role: no administrator's (三员分立), nor the holder's, the clock's or the operator's."""
    return role not in ADMINISTRATORS and role not in UNGRANTABLE


def check_appointment(state: Account, record: AppointDeputy | DeputyAppointed, context: Context) -> None:
    """Refuse anybody except the holder, and a role, a period or a deputy that is not possible; all faults at once."""
    check_holder(state, TITLES["appoint_deputy"], context)
    faults = FaultCollector(CLAUSE)
    with faults.at("deputy"):
        check_deputy(state, record, context.accounts)
    with faults.at("roles"):
        _check_roles(state, record, context)
    with faults.at("since"):
        check_new_day(_FIRST_DAY, record.since, context, CLAUSE)
    with faults.at("until"):
        _check_period(record)
    faults.end()


def check_deputy(state: Account, record: Appointment, accounts: Mapping[str, Account] | None) -> None:
    """Refuse the own account, and one that is not open, an administrator's, a system's, or of another department.

    `accounts`: the account of the deputy; None: it is not known here. The replay asks this with all accounts of the
    ledger.
    """
    if record.deputy == state.id:
        raise NoDeputy(account=record.deputy, why=_OWN, clause=CLAUSE)
    if accounts is None:
        return
    deputy = accounts.get(record.deputy) or Account()
    for is_so, why in (
        (not deputy.version or deputy.closed, _NOT_OPEN),
        (deputy.is_administrator, _ADMINISTRATOR),
        (bool(deputy.tokens), _SYSTEM),
        (UNIT_ROLE in record.roles and deputy.unit != state.unit, _OTHER_UNIT),
    ):
        if is_so:
            raise NoDeputy(account=record.deputy, why=why, clause=CLAUSE)


_OWN = Text(zh="这是本人账号", en="it is your own account")
_NOT_OPEN = Text(zh="没有这个账号，或账号已停用", en="there is no such account, or it is closed")
_ADMINISTRATOR = Text(zh="系统、安全、审计管理员不参与考核", en="the three administrators take no part in assessments")
_SYSTEM = Text(zh="该账号由系统使用（有接口令牌）", en="a system uses it: it has a token")
_OTHER_UNIT = Text(
    zh="部门账号只能委托本部门人员代办", en="only somebody of the same department can act for a department"
)


def _check_roles(state: Account, record: Appointment, context: Context) -> None:
    """Refuse no role, a role that the account does not have itself, and one that nobody can lend."""
    # A borrowed role is not among `state.roles`. So it cannot be lent on.
    if not record.roles:
        raise Incomplete(missing=_ROLE, clause=CLAUSE)
    own = [role for role in sorted(state.roles) if is_lendable(role)]
    for role in record.roles:
        if role not in own:
            title = ROLE_TITLES.get(role) or context.rulebook.role_title(role)
            known = listed(map(context.rulebook.role_title, own), Text(zh="无", en="none"))
            raise NotKnown(what=_ROLE, value=title, known=known, clause=CLAUSE)


def _check_period(record: Appointment) -> None:
    """Refuse a last day before the first, and a period that is too long."""
    if record.until < record.since:
        raise TooEarly(what=_LAST_DAY, value=record.until, after=_FIRST_DAY, against=record.since, clause=CLAUSE)
    days = (record.until - record.since + timedelta(days=1)).days
    if days > MAX_DAYS:
        raise TooLong(days=days, most=MAX_DAYS, clause=CLAUSE)


def check_end(state: Account, record: EndDeputy | DeputyEnded, context: Context) -> None:
    """Refuse anybody except the holder and the security administrator, and an account that is no deputy."""
    title = TITLES["end_deputy"]
    if context.actor.role == HOLDER:
        check_holder(state, title, context)
    else:
        check_other_account(state, title, context)
    check_not_closed(state, title)
    if record.deputy not in state.deputies:
        why = Text(zh=f"账号 {record.deputy} 不是代办人", en=f"account {record.deputy} is not a deputy")
        raise NothingToDo(act=title, why=why, clause=CLAUSE)
