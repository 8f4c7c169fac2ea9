"""分工与转办: which of the accounts that may do a step or task are to do it.

The organiser divides the work; an account that has a step or task may hand its part over to another. An assignment
gives nobody a right and takes none away: who may do an act follows from roles and recusal at that time
(`states/policy.py`). It decides who sees the work among the to-dos, and who is told and reminded.

Not here: how the departments of a year are divided evenly (`division.py`), the inspectors of a visit
(`states/year/visits.py`), and deputies (`states/accounts/deputies.py`).
"""

# It names accounts and no people, because an account is what is shown a to-do and is recused. Several may be named:
# score sheets are filled in by more than one assessor.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact
from states.context import Context
from states.guards import FaultCollector
from states.records.account import Account
from states.records.lineage import is_recused, speaks_for
from states.records.roster import Roster
from states.refusals import Incomplete, NothingToDo, NotKnown, Refusal
from states.rulebook import roles
from states.rulebook.stages import Stage
from states.rulebook.tasks import Follow
from states.rulebook.types import Rulebook
from states.vocabulary import CLOCK, UNIT_ROLE, Command, Opaque, Stamp, Text, Words, listed

from .reminders import next_stage, open_items

ASSIGNMENT_ACTS = frozenset({"assign"})
"""The act of this file. A rulebook need not have it."""

SHEETS = "sheets/scoring"
"""The key of the score sheets among what can be assigned. No part of a rulebook has such a key."""

MAX_ACCOUNTS = 20
"""The most accounts for one step or task. It bounds an entry; a sub-group of assessors has three to seven."""

_ARRANGING = frozenset({"opening", "self_report", "circulation"})
"""The kinds of stage that arrange or announce something and judge nobody (`policy.RULES`)."""

_ITEM, _NOBODY = Text(zh="还没有办的步骤或事项", en="open step or task"), Text(zh="无", en="nothing")
_REASON = Text(zh="转办的理由", en="the reason for handing it over")


class NotAssignable(Refusal):
    """An account cannot be assigned the step or task."""

    zh = "不能指定账号 {account} 承办“{item}”：{why}（{clause}）。请改选其他账号。"
    en = "Account {account} cannot be assigned “{item}”: {why} ({clause}). Choose another account."


class AssignedToOthers(Refusal):
    """Somebody who does not organise the assessment wants to change more than their own part."""

    zh = "“{item}”的承办人不能由您这样改：只能把本人承办的部分转给他人（{clause}）。需要其他调整的，请联系{by}。"
    en = (
        "You cannot change who does “{item}” in this way: you can only hand over your own part ({clause}). For any other "
        "change, ask: {by}."
    )


class Assignable(Struct, frozen=True):
    """A step or task that can be assigned.

    - `by`: the roles that may do it. `due`: its deadline.
    - `judges`: whether it judges the department, so that nobody of the department may do it.
    - `barred`: the accounts that cannot do it, or not again, because of what they have done: of the sheets those that
      filled in one; of an approval and of a review those that gave points, or asked.
    """

    key: str
    title: Text
    by: tuple[str, ...]
    due: date | None = None
    judges: bool = True
    barred: frozenset[str] = frozenset()


class Assignment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key of the step or task, the accounts that are to do it (none: everybody who may), and the reason.

    The reason is required of those who hand over.
    """

    stage: str
    accounts: tuple[Opaque, ...]
    reason: Words | None = None


class Assign(Command, Assignment, frozen=True, kw_only=True):
    """Name those who are to do a step or task. It replaces whom an earlier assignment named."""


class Assigned(AssessmentFact, Assignment, frozen=True, kw_only=True):
    """These accounts are to do the step or task.

    `roles`: those that may do it; each account had one. `former`: the accounts that were to do it until then.
    """

    roles: tuple[str, ...]
    former: tuple[Opaque, ...] = ()

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        others = {key: accounts for key, accounts in state.assigned.items() if key != self.stage}
        return replace(state, assigned={**others, self.stage: self.accounts} if self.accounts else others)


def assign(state: Assessment, command: Assign, context: Context) -> Assigned:
    """The fact of an assignment, with the roles that may do the step or task, and who was to do it until then."""
    item, former = _item_of(state, command, context), _assigned(state, command.stage)
    fact = Assigned(stage=command.stage, accounts=command.accounts, reason=command.reason, roles=item.by, former=former)
    check(state, fact, context)
    return fact


def check(state: Assessment, record: Assigned, context: Context) -> None:
    """Refuse what is not open, a change by somebody who has no say in it, and accounts that may not do it.

    All faults of the accounts and of the reason are said at once.
    """
    rulebook, clause, item = context.rulebook, context.rulebook.cited("assign"), _item_of(state, record, context)
    former = _assigned(state, item.key)
    if (record.roles, record.former) != (item.by, former):
        why = Text(
            zh="办理角色或原承办人与当前不符", en="it does not name the roles that may do it, or who was to do it"
        )
        raise NothingToDo(act=rulebook.acts["assign"].title.text, why=why, clause=clause)
    if not _may_change(item, record, context):
        raise AssignedToOthers(item=item.title, by=rulebook.role_title(roles.organiser(rulebook)), clause=clause)
    if set(record.accounts) == set(former):
        why = Text(zh="承办人没有变化", en="those who are to do it would not change")
        raise NothingToDo(act=rulebook.acts["assign"].title.text, why=why, clause=clause)
    faults = FaultCollector(clause)
    with faults.at("reason"):
        if record.reason is None and context.actor.role != roles.organiser(rulebook):
            raise Incomplete(missing=_REASON, clause=clause)
    for refusal in _faults_of_accounts(state.unit, record, item, context):
        with faults.at("accounts"):
            raise refusal
    faults.end()


def refused_accounts(
    unit: str,
    record: Assigned,
    accounts: Mapping[str, Account],
    roster: Roster | None,
    rulebook: Rulebook,
    item: Assignable | None = None,
) -> Iterator[Refusal]:
    """The refusals of accounts that may not do the step or task of this department, for a caller that knows all accounts.

    `item`: None if the state of the assessment is not known; then it is that of the record.
    """
    item = item or _recorded_item(record, rulebook)
    for id_ in record.accounts:
        why = why_not(accounts.get(id_) or Account(), unit, item, roster)
        if why is not None:
            yield NotAssignable(account=id_, item=item.title, why=why, clause=rulebook.cited("assign"))


def _recorded_item(record: Assigned, rulebook: Rulebook) -> Assignable:
    part = rulebook.acts["fill_sheet"] if record.stage == SHEETS else rulebook.part_with_deadline(record.stage)
    title = (part or rulebook.acts["assign"]).title.text
    return Assignable(record.stage, title, record.roles, judges=_judges(record.stage, rulebook))


def why_not(account: Account, unit: str, item: Assignable, roster: Roster | None) -> Text | None:
    """Why an account may not do a step or task of this department; None if it may.

    `roster`: None if it is not known. Then only what is certain without it is an obstacle.
    """
    own_roles = account.roles.intersection(item.by)
    if not account.version or account.closed:
        return _NOT_OPEN
    if account.is_administrator or not own_roles:
        return _NO_ROLE
    if own_roles == {UNIT_ROLE}:
        return _OTHER_UNIT if roster is not None and not speaks_for(account.unit, unit, roster) else None
    return RECUSED if item.judges and is_recused(account.unit, unit, roster) else None


RECUSED = Text(zh="按回避规定，不得办理本部门的考核事项", en="nobody judges their own department")
_NOT_OPEN = Text(zh="没有这个账号，或账号已停用", en="there is no such account, or it is closed")
_NO_ROLE = Text(zh="该账号没有办理这一事项的角色", en="it has no role that does this")
_OTHER_UNIT = Text(zh="该账号不属于被考核部门", en="it does not belong to the department")
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
    for one in _stages_from(stage, rulebook) if stage is not None else ():
        due = state.due.get(one.key)
        if one.kind == "scoring" and rulebook.scoring.minimum_sheets and state.step("scoring") is None:
            act = rulebook.acts["fill_sheet"]
            items[SHEETS] = Assignable(SHEETS, act.title.text, act.by, due, barred=frozenset(state.sheets))
        barred = state.scorers if one.kind == "approval" else frozenset[str]()
        items[one.key] = Assignable(one.key, one.title.text, one.by, due, _judges(one.key, rulebook), barred)
    for open_item, due in open_items(state, rulebook):
        key, review = open_item.key, state.reviews.get(open_item.key)
        barred = state.scorers | review.asked_by if review is not None else frozenset[str]()
        one_task = Assignable(key, open_item.title.text, open_item.by, due, _judges(key, rulebook), barred)
        items.setdefault(key, one_task)
    by_people = (replace(one, by=tuple(role for role in one.by if role != CLOCK.role)) for one in items.values())
    return {one.key: one for one in by_people if one.by}


def still_assigned(
    state: Assessment, item: Assignable, account_of: Callable[[str], Account], roster: Roster | None
) -> tuple[str, ...]:
    """The accounts that are assigned a step or task and may do it still. None: it is everybody's who may."""
    return tuple(
        id_
        for id_ in state.assigned.get(item.key, ())
        if id_ not in item.barred and why_not(account_of(id_), state.unit, item, roster) is None
    )


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
    role, own = context.actor.role, set(context.actor.accounts)
    return {
        key: item
        for key, item in assignable(state, context.rulebook).items()
        if role == roles.organiser(context.rulebook)
        or (role in item.by and (own & set(_assigned(state, key)) or (not item.judges and key not in state.assigned)))
    }


def _may_change(item: Assignable, record: Assigned, context: Context) -> bool:
    """Whether the actor may make this change.

    The organiser any; another account only its own part: the others who are named stay. Where nobody is judged and
    nobody is named yet, also somebody who may do it, as a colleague in a department for its self-report.
    """
    # Who could name others for a judgement, or remove them from it, would choose the judge.
    if context.actor.role == roles.organiser(context.rulebook):
        return True
    if not record.former:
        return not item.judges
    own = set(context.actor.accounts)
    return bool(own & set(record.former)) and set(record.former) - own <= set(record.accounts) != set()


def _judges(key: str, rulebook: Rulebook) -> bool:
    """Whether a step or task judges the department: the sheets, a step that does more than arrange, or a review."""
    if key == SHEETS:
        return True
    stage = rulebook.stages.get(key)
    return stage.kind not in _ARRANGING if stage is not None else Follow.from_id(key).key in rulebook.windows


def _assigned(state: Assessment, key: str) -> tuple[Opaque, ...]:
    return tuple(map(Opaque, state.assigned.get(key, ())))


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


def _faults_of_accounts(unit: str, record: Assigned, item: Assignable, context: Context) -> Iterator[Refusal]:
    """The faults of the list by itself, and of each account that it names."""
    clause, ids = context.rulebook.cited("assign"), record.accounts
    for id_ in dict.fromkeys(ids):
        if ids.count(id_) > 1:
            yield NotAssignable(account=id_, item=item.title, why=_TWICE, clause=clause)
    if len(ids) > MAX_ACCOUNTS:
        yield NotAssignable(account=ids[MAX_ACCOUNTS], item=item.title, why=_TOO_MANY, clause=clause)
    if context.accounts is not None:
        yield from refused_accounts(unit, record, context.accounts, context.roster, context.rulebook, item)
