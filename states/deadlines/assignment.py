"""分工与转办: which of the accounts that may do a step or task are to do it.

The organiser divides the work; an account that has a step or task may hand it over to another. An assignment gives
nobody a right and takes none away: who may do an act follows from roles and recusal at that time (`states/policy.py`).
It decides who sees the work among the to-dos, and who is reminded.

Not here: how the departments of a year are divided evenly (`division.py`), the inspectors of a visit
(`states/year/visits.py`), and deputies (`states/accounts/deputies.py`).
"""

# It names accounts and no people, because an account is what is shown a to-do and is recused. Several may be named:
# score sheets are filled in by more than one assessor.

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact
from states.context import Context
from states.guards import FaultCollector
from states.records.account import Account
from states.records.lineage import is_recused, speaks_for
from states.records.roster import Roster
from states.refusals import NothingToDo, NotKnown, Refusal
from states.rulebook import roles
from states.rulebook.stages import Stage
from states.rulebook.types import Rulebook
from states.vocabulary import CLOCK, UNIT_ROLE, Actor, Citation, Command, Opaque, Stamp, Text, Words, listed

from .reminders import next_stage, open_items

ASSIGNMENT_ACTS = frozenset({"assign"})
"""The act of this file. A rulebook need not have it."""

SHEETS = "sheets/scoring"
"""The key of the score sheets among what can be assigned. No part of a rulebook has such a key."""

MAX_ACCOUNTS = 20
"""The most accounts that one step or task is assigned to."""

_ITEM, _NOBODY = Text(zh="还没有办的步骤或事项", en="open step or task"), Text(zh="无", en="nothing")


class NotAssignable(Refusal):
    """An account cannot be assigned the step or task."""

    zh = "不能指定账号 {account} 承办“{item}”：{why}（{clause}）。请改选其他账号。"
    en = "Account {account} cannot be assigned “{item}”: {why} ({clause}). Choose another account."


class AssignedToOthers(Refusal):
    """Somebody who neither organises the assessment nor has the step or task wants to hand it over."""

    zh = "“{item}”已指定其他人承办，不能由您转办（{clause}）。需要调整的，请联系{by}。"
    en = "“{item}” is assigned to somebody else, so you cannot hand it over ({clause}). To change this, ask: {by}."


class Assignable(Struct, frozen=True):
    """A step or task that can be assigned: its key, its title, and the roles that may do it."""

    key: str
    title: Text
    by: tuple[str, ...]


class Assignment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key of the step or task, the accounts that are to do it (none: everybody who may), and the reason (if any)."""

    stage: str
    accounts: tuple[Opaque, ...]
    reason: Words | None = None


class Assign(Command, Assignment, frozen=True, kw_only=True):
    """Name those who are to do a step or task. It replaces whom an earlier assignment named."""


class Assigned(AssessmentFact, Assignment, frozen=True, kw_only=True):
    """These accounts are to do the step or task. `to`: the roles that may do it, of which each account had one."""

    to: tuple[str, ...]

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        others = {key: accounts for key, accounts in state.assigned.items() if key != self.stage}
        return replace(state, assigned={**others, self.stage: self.accounts} if self.accounts else others)


def assign(state: Assessment, command: Assign, context: Context) -> Assigned:
    """The fact of an assignment, with the roles that may do the step or task."""
    item = _item_of(state, command, context)
    fact = Assigned(stage=command.stage, accounts=command.accounts, reason=command.reason, to=item.by)
    check(state, fact, context)
    return fact


def check(state: Assessment, record: Assigned, context: Context) -> None:
    """Refuse what is not open, a change by somebody who has no say in it, and accounts that may not do it; all at once."""
    item, clause = _item_of(state, record, context), context.rulebook.cited("assign")
    if record.to != item.by:
        why = Text(zh="办理角色与当前不符", en="it does not name the roles that may do it")
        raise NothingToDo(act=item.title, why=why, clause=clause)
    if not may_assign(item, state, context.actor, context.rulebook):
        by = context.rulebook.role_title(roles.organiser(context.rulebook))
        raise AssignedToOthers(item=item.title, by=by, clause=clause)
    if set(record.accounts) == set(state.assigned.get(item.key, ())):
        raise NothingToDo(act=item.title, why=Text(zh="与原来相同", en="nothing would change"), clause=clause)
    faults = FaultCollector(clause)
    for account, why in _faults_of_list(record.accounts):
        with faults.at("accounts"):
            raise NotAssignable(account=account, item=item.title, why=why, clause=clause)
    if context.accounts is not None:
        for refusal in refused_accounts(state.unit, record, context.accounts, context.roster, item.title, clause):
            with faults.at("accounts"):
                raise refusal
    faults.end()


def refused_accounts(
    unit: str, record: Assigned, accounts: Mapping[str, Account], roster: Roster | None, item: Text, clause: Citation
) -> Iterator[Refusal]:
    """The refusals of accounts that may not do the step or task of this department, for a caller that knows all accounts."""
    for id_ in record.accounts:
        why = why_not(accounts.get(id_) or Account(), unit, record.to, roster)
        if why is not None:
            yield NotAssignable(account=id_, item=item, why=why, clause=clause)


def why_not(account: Account, unit: str, by: Collection[str], roster: Roster | None) -> Text | None:
    """Why an account may not do a step or task of a department that these roles do; None if it may.

    `roster`: None if it is not known. Then only what is certain without it is an obstacle.
    """
    own_roles = account.roles.intersection(by)
    if not account.version or account.closed:
        return _NOT_OPEN
    if account.is_administrator or not own_roles:
        return _NO_ROLE
    if own_roles == {UNIT_ROLE}:
        return _OTHER_UNIT if roster is not None and not speaks_for(account.unit, unit, roster) else None
    return _RECUSED if is_recused(account.unit, unit, roster) else None


_NOT_OPEN = Text(zh="没有这个账号，或账号已停用", en="there is no such account, or it is closed")
_NO_ROLE = Text(zh="该账号没有办理这一事项的角色", en="it has no role that does this")
_OTHER_UNIT = Text(zh="该账号不属于被考核部门", en="it does not belong to the department")
_RECUSED = Text(zh="按回避规定，不得办理本部门的考核事项", en="nobody judges their own department")
_TWICE = Text(zh="同一账号出现两次", en="it is named twice")
_TOO_MANY = Text(zh=f"最多指定 {MAX_ACCOUNTS} 个账号", en=f"you can name at most {MAX_ACCOUNTS} accounts")


def assignable(state: Assessment, rulebook: Rulebook) -> dict[str, Assignable]:
    """What can be assigned now, by key: the steps that are still to be done, the score sheets, and the open tasks.

    Nothing, if the rulebook does not have the act.
    """
    if "assign" not in rulebook.acts:
        return {}
    items: dict[str, Assignable] = {}
    stage = next_stage(state, rulebook)
    if stage is not None:
        for one in _stages_from(stage, rulebook):
            if one.kind == "scoring" and rulebook.scoring.minimum_sheets and state.step("scoring") is None:
                act = rulebook.acts["fill_sheet"]
                items[SHEETS] = Assignable(SHEETS, act.title.text, act.by)
            items[one.key] = Assignable(one.key, one.title.text, one.by)
    for item, _ in open_items(state, rulebook):
        items.setdefault(item.key, Assignable(item.key, item.title.text, item.by))
    without_clock = {
        key: replace(one, by=tuple(role for role in one.by if role != CLOCK.role)) for key, one in items.items()
    }
    return {key: one for key, one in without_clock.items() if one.by}


def may_assign(item: Assignable, state: Assessment, actor: Actor, rulebook: Rulebook) -> bool:
    """Whether the actor has a say in who does it: as the organiser, as one who is to do it, or while nobody is named."""
    assigned = state.assigned.get(item.key, ())
    if actor.role == roles.organiser(rulebook) or not assigned:
        return True
    return not set(assigned).isdisjoint(actor.accounts)


def roles_that_assign(state: Assessment, stage: str | None, rulebook: Rulebook) -> tuple[str, ...]:
    """The organiser, and the roles that do the step or task `stage`; None: any that can be assigned."""
    items = assignable(state, rulebook)
    chosen = items.values() if stage is None else filter(None, (items.get(stage),))
    return tuple(dict.fromkeys((roles.organiser(rulebook), *(role for one in chosen for role in one.by))))


def can_assign(state: Assessment, context: Context) -> bool:
    """Whether there is something to assign."""
    return bool(assignable(state, context.rulebook))


def items_to_assign(state: Assessment, context: Context) -> dict[str, Assignable]:
    """What the actor may assign or hand over now, by key."""
    role, rulebook = context.actor.role, context.rulebook
    is_organiser = role == roles.organiser(rulebook)
    return {
        key: item
        for key, item in assignable(state, rulebook).items()
        if (is_organiser or role in item.by) and may_assign(item, state, context.actor, rulebook)
    }


def _stages_from(stage: Stage, rulebook: Rulebook) -> Iterator[Stage]:
    """This stage and those after it, in their order."""
    order = list(rulebook.stage)
    yield from order[order.index(stage) :]


def _item_of(state: Assessment, record: Assignment, context: Context) -> Assignable:
    """What a record assigns. Raises `NotKnown` if it is not open."""
    items = assignable(state, context.rulebook)
    if record.stage not in items:
        known = listed((one.title for one in items.values()), _NOBODY)
        raise NotKnown(what=_ITEM, value=record.stage, known=known, clause=context.rulebook.cited("assign"))
    return items[record.stage]


def _faults_of_list(accounts: tuple[str, ...]) -> Iterator[tuple[str, Text]]:
    """The faults of a list of accounts by itself."""
    yield from ((id_, _TWICE) for id_ in dict.fromkeys(accounts) if accounts.count(id_) > 1)
    if len(accounts) > MAX_ACCOUNTS:
        yield accounts[MAX_ACCOUNTS], _TOO_MANY
