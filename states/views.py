"""Decides which account may see which view, by its roles, its department and recusal.

A view is a kind of page or of API operation. What a role may see follows from what the rulebook in force lets it do
(`readers`). Also here: who may read the points and the grade of an assessment (`may_read_result`), and a record
(`may_read_record`), and who may change a folder of evidence (`may_change_folder`). Not here: the acts on a page
(`policy.py`).
"""

# Measures have no rules about reading, so the table is in the code and no rulebook changes it (docs/decisions/0029,
# 0034). It names acts and not roles, because each rulebook has roles of its own.

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec import Struct

from .assessment import Assessment
from .records.account import ADMINISTRATORS, AUDIT, HOLDER, SECURITY, SYSTEM
from .records.lineage import is_recused, speaks_for
from .records.record import Record
from .records.roster import Roster
from .refusals import Refusal
from .rulebook.types import Rulebook
from .stages.scoring import Scored
from .vocabulary import CLOCK, UNIT_ROLE, Text

CLAUSE = Text(zh="本系统默认·查阅权限", en="our default: who reads what")


class NotForYou(Refusal):
    """None of the account's roles may see the view."""

    grave = True
    zh = "您的角色不能查阅“{view}”（{clause}）。如工作需要，请联系安全管理员授予相应角色。"
    en = "“{view}” is not for your roles ({clause}). If your work needs it, ask the security administrator for a role."


class OfAnotherUnit(Refusal):
    """The roles of the account may see the view only for their own department, and it is of another one."""

    grave = True
    zh = "“{view}”属于部门 {unit}，您只能查阅本部门的内容（{clause}）。请从首页进入本部门的考核。"
    en = (
        "“{view}” is of department {unit}, and you may read only what is of your own department ({clause}). Your "
        "department's assessment is on the first page."
    )


class OwnUnitRead(Refusal):
    """Nobody of a department may read the judgements of others about it, in any role."""

    grave = True
    zh = "“{view}”涉及您所在的部门“{unit}”，按回避规定（{clause}）不能查阅。结果通报后，可在该部门的考核页查阅得分和扣分理由。"
    en = (
        "“{view}” concerns your own department, “{unit}”, so you cannot read it ({clause}, recusal). Once the result "
        "is circulated, the department's assessment page shows the points and the reasons."
    )


class View(Struct, frozen=True):
    """One view: its title and who may see it.

    - `acts`: acts and kinds of stage. A role that the rulebook names for one of them may see the view.
    - `everybody`: each role of the rulebook may see it.
    - `supervised`: each role that supervises may see it.
    - `roles`: the roles that may see it besides.
    - `holder`: the account of a member of a team may see it, without any role.
    - `own`: the role of a department may see it too, but only that of its own department.
    - `recused`: nobody of a department may see the view of that department, in any role.
    """

    title: Text
    acts: frozenset[str] = frozenset()
    everybody: bool = False
    supervised: bool = False
    roles: tuple[str, ...] = ()
    holder: bool = False
    own: bool = False
    recused: bool = False


class ReadingRoles(Struct, frozen=True):
    """The roles of somebody who reads, and the departments that recusal asks: for a deputy, also the principal's."""

    roles: frozenset[str]
    units: tuple[str | None, ...]


def any_reader_may(readers: Iterable[ReadingRoles], may: Callable[[frozenset[str], str | None], bool]) -> bool:
    """Whether one of the readers may read something: a deputy if both the deputy and the principal may.

    `may(roles, own_unit)` answers for one department.
    """
    return any(all(may(reader.roles, unit) for unit in reader.units) for reader in readers)


_CONDUCTING = frozenset(
    (
        "meeting",
        "democratic_evaluation",
        "interviews",
        "document_review",
        "site_inspection",
        "step",
        "scoring",
        "fill_sheet",
    )
)
_DECIDING = frozenset(("approval", "return_score", "reopen_result"))
_USING = frozenset(("complete_task", "decide_review", "record_case"))
_ANNOUNCING = frozenset(("circulation",))
COMMENTS = "comments"
"""The view of the comments that those who work on an assessment write to each other."""

VIEWS: Mapping[str, View] = {
    "to_dos": View(Text(zh="首页", en="Home"), everybody=True, own=True, roles=ADMINISTRATORS, holder=True),
    "inbox": View(Text(zh="站内通知", en="Inbox"), everybody=True, own=True, roles=ADMINISTRATORS, holder=True),
    "assessment": View(Text(zh="考核", en="Assessment"), everybody=True, own=True),
    "confidential": View(Text(zh="保密内容", en="Confidential"), _CONDUCTING | _DECIDING | {"record_case"}, own=True),
    "member_ballots": View(
        Text(zh="班子成员测评结果", en="Ballots on the team's members"),
        _CONDUCTING | _DECIDING | _USING,
        recused=True,
    ),
    COMMENTS: View(Text(zh="意见", en="Comments"), _CONDUCTING | _DECIDING | _ANNOUNCING, recused=True),
    "score_sheet": View(Text(zh="评分表", en="Score sheet"), _CONDUCTING | _DECIDING, recused=True),
    "board": View(Text(zh="考核总览", en="Board"), everybody=True),
    "together": View(
        Text(zh="批量办理", en="Bulk actions"),
        frozenset(("circulation", "approval", "complete_task", "move_deadline", "chase")),
    ),
    "resolution": View(Text(zh="审定", en="Approval"), _ANNOUNCING | _DECIDING),
    "tasks": View(Text(zh="结果运用", en="Follow-up"), _ANNOUNCING | _DECIDING | _USING),
    "results": View(Text(zh="考核结果", en="Results"), _CONDUCTING | _DECIDING | _USING, recused=True),
    "member_results": View(
        Text(zh="班子成员考核结果", en="Results of the team's members"),
        _DECIDING | _ANNOUNCING | {"scoring"},
        recused=True,
    ),
    "own_result": View(Text(zh="我的结果", en="My result"), holder=True),
    "evidence": View(Text(zh="佐证材料", en="Evidence"), everybody=True, own=True),
    "cases": View(Text(zh="案件", en="Cases"), _DECIDING | {"record_case"}, recused=True),
    "records": View(Text(zh="登记事项", en="Records"), everybody=True, own=True),
    "routine_checks": View(Text(zh="平时检查", en="Routine checks"), everybody=True, own=True),
    "checking": View(Text(zh="登记平时检查", en="Record routine checks"), frozenset(("record_routine_check",))),
    "standings": View(Text(zh="名次", en="Places"), _ANNOUNCING | _DECIDING | {"scoring", "settle"}),
    "year": View(Text(zh="年度", en="Year"), frozenset(("open_year", "register_unit"))),
    "papers": View(
        Text(zh="文书", en="Papers"), _CONDUCTING | _DECIDING | _USING | _ANNOUNCING | {"open_year", "chase"}
    ),
    "deliveries": View(Text(zh="通知发送", en="Deliveries"), _ANNOUNCING, roles=(SYSTEM,)),
    "audit": View(
        Text(zh="台账核验", en="Audit"), frozenset(("approval",)), roles=(AUDIT,), supervised=True, recused=True
    ),
    "seals": View(Text(zh="封存", en="Seals"), _ANNOUNCING | {"approval"}, roles=(AUDIT,), supervised=True),
    "people": View(Text(zh="人员", en="People"), frozenset(("register_unit",)), roles=(SYSTEM, SECURITY)),
    "sheets": View(Text(zh="收表", en="Collect sheets"), frozenset(("return_self_report",))),
    "accounts": View(Text(zh="账号", en="Accounts"), roles=ADMINISTRATORS),
    "vault": View(Text(zh="保密库", en="Vault"), roles=(SECURITY,)),
    "security_log": View(Text(zh="安全日志", en="Security log"), roles=(AUDIT,)),
    "search": View(Text(zh="查找", en="Search"), everybody=True, own=True, roles=ADMINISTRATORS, holder=True),
    "rulebook": View(Text(zh="考核办法", en="Rulebook"), everybody=True, own=True, roles=ADMINISTRATORS, holder=True),
    "help": View(Text(zh="使用说明", en="Help"), everybody=True, own=True, roles=ADMINISTRATORS, holder=True),
    "own_account": View(
        Text(zh="我的账号", en="My account"), everybody=True, own=True, roles=ADMINISTRATORS, holder=True
    ),
}
"""Every view, by its key."""


def roles_doing(acts: Collection[str], rulebook: Rulebook) -> set[str]:
    """The roles that a rulebook names for one of these acts or kinds of stage."""
    of_stages = {role for stage in rulebook.stage if stage.kind in acts for role in stage.by}
    return of_stages | {role for command in rulebook.acts.keys() & set(acts) for role in rulebook.acts[command].by}


def readers(view: str, rulebook: Rulebook) -> tuple[str, ...]:
    """The roles that may see a view under this rulebook, those of the rulebook in its order."""
    definition = VIEWS[view]
    doing = roles_doing(definition.acts, rulebook)
    if definition.supervised:
        doing |= {role.key for role in rulebook.role if role.supervises}
    named = [role for role in rulebook.roles if role not in (UNIT_ROLE, CLOCK.role, *definition.roles)]
    own = (UNIT_ROLE,) if definition.own else ()
    holder = (HOLDER,) if definition.holder else ()
    return (*own, *(role for role in named if definition.everybody or role in doing), *definition.roles, *holder)


def may_view(
    view: str,
    roles: Collection[str],
    own_unit: str | None,
    rulebook: Rulebook,
    unit: str | None = None,
    roster: Roster | None = None,
) -> bool:
    """Whether an account with these roles may see a view, under the rulebook in force.

    `own_unit` is the department of the account. `unit` is the department that the view shows; None: the view as such.
    """
    definition = VIEWS[view]
    entitled = [role for role in readers(view, rulebook) if role in roles]
    if unit is None or not entitled:
        return bool(entitled)
    if definition.recused and is_recused(own_unit, unit, roster):
        return False
    return any(role != UNIT_ROLE for role in entitled) or speaks_for(own_unit, unit, roster)


def permit_view(
    view: str,
    roles: Collection[str],
    own_unit: str | None,
    rulebook: Rulebook,
    unit: str | None = None,
    roster: Roster | None = None,
) -> None:
    """Raise `NotForYou`, `OwnUnitRead` or `OfAnotherUnit` if `may_view` is False."""
    definition = VIEWS[view]
    if may_view(view, roles, own_unit, rulebook, unit, roster):
        return
    if unit is None or not any(role in roles for role in readers(view, rulebook)):
        raise NotForYou(view=definition.title, clause=CLAUSE)
    if definition.recused and is_recused(own_unit, unit, roster):
        raise OwnUnitRead(view=definition.title, unit=roster.title(unit) if roster else unit, clause=CLAUSE)
    raise OfAnotherUnit(view=definition.title, unit=unit, clause=CLAUSE)


def may_change_folder(roles: Collection[str], own_unit: str | None, unit: str, roster: Roster) -> bool:
    """Whether an account may change the folder of evidence of a department, and see what it has not handed in.

    In the role of the department, or of one that took it over.
    """
    return UNIT_ROLE in roles and speaks_for(own_unit, unit, roster)


def may_read_result(
    state: Assessment, roles: Collection[str], own_unit: str | None, rulebook: Rulebook, roster: Roster | None = None
) -> bool:
    """Whether an account that may see an assessment may read its points and its grade.

    Before circulation, only if it may see the view `results` of the department. After circulation, always, because of
    第九条1: 年度考核结果在全校通报.
    """
    return state.step("circulation") is not None or may_view("results", roles, own_unit, rulebook, state.unit, roster)


def may_read_own_result(state: Assessment, person: str | None) -> bool:
    """Whether the account of a member of a team may read what the assessment says of that member.

    After the circulation, as the department reads its result. The team of the scoring counts: also a member who has
    left since.
    """
    scored = state.fact(Scored)
    if scored is None or person is None or state.step("circulation") is None:
        return False
    return any(one.person == person for one in scored.results)


def view_of_record(record: Record, rulebook: Rulebook) -> str:
    """The view of a record: that of cases if its kind is confidential, or if the edition in force does not list it."""
    kind = rulebook.records.get(record.body.record) if record.body is not None else None
    return "cases" if kind is None or kind.confidential else "records"


def may_read_record(
    record: Record, rulebook: Rulebook, roles: Collection[str], own_unit: str | None, roster: Roster | None = None
) -> bool:
    """Whether an account may read a record: if it is confidential, for every department of it, otherwise for one."""
    view = view_of_record(record, rulebook)
    answers = [may_view(view, roles, own_unit, rulebook, unit, roster) for unit in record.units]
    return all(answers) if view == "cases" else any(answers)
