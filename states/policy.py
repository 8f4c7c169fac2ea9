"""Decides which actor may do which act. An act is forbidden to every role that is not named for it.

The rulebook names the *roles* of an act, with the clause (`[[stage]] by`, `[[act]] by`, `[[task]] by`). Here are
the rules that no edition may weaken:

- Nobody judges their own department (F16).
- A department acts only for itself.
- Two acts that check each other need two persons: scorer and approver; the recorder of a case and the person who lifts
  its veto.
- A deputy may do what both the deputy and the principal may do: recusal and separation of duties ask both.
- The three administrators take no part in an assessment (三员分立).

Also here: the acts whose roles the program fixes (accounts, confidential values, papers, seals, time, tables); the
titles of acts and roles, and the clause of an act. Not here: whether the stage allows an act (`chart.py`), and who may
look at what (`views.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

from .accounts import account, credentials, deputies
from .acts import STAGE_OF_ACT
from .assessment import Assessment, ValueReport
from .cases import case, vetoes
from .cases.record import record_after_change
from .context import Context
from .custody import confidential, confirmed_time, seals, tables
from .deadlines.assignment import ASSIGNMENT_ACTS, Assignment, roles_that_assign
from .deadlines.review import REVIEW_ACTS, ReviewDecision, ReviewRequest
from .deadlines.windows import Windows, undecided_reviews
from .papers import issue, template
from .records.account import ADMINISTRATORS
from .records.case import Case
from .records.lineage import is_recused, speaks_for
from .records.record import Record, RecordBody
from .records.roster import Roster
from .records.year import Year
from .refusals import YOUR_OWN, YOUR_PRINCIPALS, NotByDeputy, NotYours, OtherUnit, OwnUnit, Refusal, SamePerson
from .rulebook import roles
from .rulebook.stages import Stage
from .rulebook.tasks import Follow
from .rulebook.types import UNNAMED, Rulebook
from .stages import reopening
from .stages.step import StepRecord
from .stages.value_report import names_in, report_items
from .vocabulary import CLOCK, Actor, Citation, Text, listed
from .year.standings import SettleBody
from .year.year import YearBody

SeparationOfDuties = Callable[[Any, Any, Context], set[str]]
"""From the state, the command or fact, and the context: the accounts that may not do an act because of earlier acts."""

_OPTIONAL_TITLES: Mapping[str, Text] = {
    "submit_self_report": Text(zh="提交自评报告", en="submit the self-report"),
    "record_meeting": Text(zh="登记会议", en="record the meeting"),
    "record_ballot": Text(zh="登记民主测评", en="record the ballot"),
    "record_interviews": Text(zh="登记个别谈话", en="record the interviews"),
    "review_documents": Text(zh="登记查阅资料", en="record the document review"),
    "inspect_site": Text(zh="登记实地查看", en="record the site inspection"),
    "post_result": Text(zh="公示考核结果", en="post the result"),
    "approve": Text(zh="审定考核结果", en="approve the result"),
    "circulate": Text(zh="通报考核结果", en="circulate the result"),
    "settle": Text(zh="核定名次", en="settle the places"),
    "take_step": Text(zh="办理其他步骤", en="another step"),
    "enter_record": Text(zh="登记", en="enter a record"),
    "revise_record": Text(zh="更正登记", en="correct a record"),
    "rescind_record": Text(zh="撤销登记", en="rescind a record"),
    "report_values": Text(zh="报送数据", en="report values"),
    "waive_item": Text(zh="认定项目不适用", en="declare that an item does not apply"),
    "restore_item": Text(zh="恢复适用项目", en="restore an item that does not apply"),
    "request_document": Text(zh="要求补交材料", en="ask for a document"),
    "supply_document": Text(zh="补交材料", en="hand in a document"),
    "ask_review": Text(zh="申请复核", en="ask for a review"),
    "decide_review": Text(zh="作出复核决定", en="decide on a review"),
    "chase": Text(zh="催办", en="chase what is not done"),
    "assign": Text(zh="指定承办人", en="assign work"),
}
"""The titles of acts that an edition may leave out. Entries and refused attempts may still name such an act."""

RECORD_ACTS = frozenset({"enter_record", "revise_record", "rescind_record"})
"""The acts on records that are neither cases nor routine checks."""

NARROWED_ACTS = frozenset(
    {
        "take_step",
        "report_values",
        "undo_step",
        "complete_task",
        "lift_veto",
        "reopen_result",
        "read_value",
        "settle",
        *RECORD_ACTS,
        *REVIEW_ACTS,
        *ASSIGNMENT_ACTS,
        *issue.ROLES_OF_ACT,
        *template.ROLES_OF_ACT,
    }
)
"""The acts whose roles depend on the state or on the command."""


class Rule(Struct, frozen=True):
    """The conditions of an act besides its roles.

    - `own_unit`: whether the act may concern the actor's own department.
    - `separation_of_duties`: gives the accounts that may not do the act because of earlier acts. `conflict_label` names
      the earlier act in the refusal.
    - `personal`: nobody does the act as a deputy.
    """

    own_unit: Literal["refused", "allowed"] = "refused"
    separation_of_duties: SeparationOfDuties | None = None
    conflict_label: Text = Text(zh="", en="")
    personal: bool = False


def scorers(state: Assessment, record: object, context: Context) -> set[str]:
    """Every account that gave points, in a sheet or a score, even if the score was returned."""
    return set(state.scorers)


def scorers_and_asker(state: Assessment, record: object, context: Context) -> set[str]:
    """Every account that gave points, and the one that asked for the review that is decided."""
    review = state.reviews.get(record.window) if isinstance(record, ReviewDecision) else None
    return {*state.scorers, *(review.asked_by if review is not None else ())}


def recorders_of_case(state: Case, record: object, context: Context) -> set[str]:
    """The recorders of a case, if this change would remove its veto; else nobody."""
    return vetoes.record_recorders(state, case.case_after_change(state, record), context.rulebook)


def recorders_of_record(state: Record, change: object, context: Context) -> set[str]:
    """The recorders of a record, if this change would remove its veto; else nobody."""
    return vetoes.record_recorders(state, record_after_change(state, change), context.rulebook)


_ADMINISTRATIVE = Rule(own_unit="allowed")
_GAVE_POINTS = Text(zh="评分", en="gave points")
_GAVE_POINTS_OR_ASKED = Text(zh="评分或提出复核", en="gave points or asked for the review")
_RECORDED_CASE = Text(zh="登记该案件或否决", en="recorded the case or the veto")

_DEFAULT_RULE = Rule()
"""The rule of an act that `RULES` does not name: recusal from the own department; one person is enough."""

RULES: Mapping[str, Rule] = {
    # Acts on accounts, seals, the confirmed time, papers and the tables outside the ledger decide nothing in an
    # assessment. Who may not make a paper because it judges their own department: `papers/issue.py`.
    **{
        act: _ADMINISTRATIVE
        for module in (account, credentials, deputies, confirmed_time, tables, seals, issue, template)
        for act in module.ROLES_OF_ACT
    },
    # An act that arranges or announces something judges nobody. The office does these acts and is itself assessed by
    # annex 2, so it could not work if it were recused from them.
    "open_assessment": _ADMINISTRATIVE,
    "circulate": _ADMINISTRATIVE,
    "complete_task": _ADMINISTRATIVE,
    "move_deadline": _ADMINISTRATIVE,
    "chase": _ADMINISTRATIVE,
    "substitute_member": _ADMINISTRATIVE,
    "submit_self_report": _ADMINISTRATIVE,
    "supply_document": _ADMINISTRATIVE,
    "open_year": _ADMINISTRATIVE,
    "move_year_deadline": _ADMINISTRATIVE,
    "close_year": _ADMINISTRATIVE,
    "register_unit": _ADMINISTRATIVE,
    "change_unit": _ADMINISTRATIVE,
    "rename_unit": _ADMINISTRATIVE,
    "reorganise_unit": _ADMINISTRATIVE,
    "restore_unit": _ADMINISTRATIVE,
    "ask_review": _ADMINISTRATIVE,
    # A sheet is the judgement of one assessor. If a deputy filled one in, one person could fill in two sheets, or two
    # people one assessor's.
    "fill_sheet": Rule(personal=True),
    "keep_value": _ADMINISTRATIVE,
    "erase_value": _ADMINISTRATIVE,
    # Acts that check an act of another person.
    "approve": Rule(separation_of_duties=scorers, conflict_label=_GAVE_POINTS),
    "return_score": Rule(separation_of_duties=scorers, conflict_label=_GAVE_POINTS),
    "decide_review": Rule(separation_of_duties=scorers_and_asker, conflict_label=_GAVE_POINTS_OR_ASKED),
    "adopt_template": Rule(
        own_unit="allowed",
        separation_of_duties=template.proposer,
        conflict_label=Text(zh="提出该模板", en="proposed it"),
    ),
    "lift_veto": Rule(separation_of_duties=vetoes.veto_recorders, conflict_label=_RECORDED_CASE),
    "revise_case": Rule(separation_of_duties=recorders_of_case, conflict_label=_RECORDED_CASE),
    "rescind_case": Rule(separation_of_duties=recorders_of_case, conflict_label=_RECORDED_CASE),
    "revise_record": Rule(separation_of_duties=recorders_of_record, conflict_label=_RECORDED_CASE),
    "rescind_record": Rule(separation_of_duties=recorders_of_record, conflict_label=_RECORDED_CASE),
}
"""The rules of acts, by act. An act that is not here has `_DEFAULT_RULE`."""


class FixedAct(Struct, frozen=True):
    """An act whose roles are fixed by the program and not by a rulebook: its roles, clause and title."""

    by: tuple[str, ...]
    clause: Citation
    title: Text


_FIXED_ACTS: Mapping[str, FixedAct] = {
    act: FixedAct(by, module.CLAUSE, module.TITLES[act])
    for module in (account, credentials, deputies, confidential, confirmed_time, tables, seals, issue, template)
    for act, by in module.ROLES_OF_ACT.items()
}


_ROLES_OF_RULEBOOK: Mapping[str, Callable[[object, Rulebook], tuple[str, ...]]] = {
    "note_rows": lambda _state, rulebook: tuple(rulebook.roles),
    "keep_value": lambda _state, rulebook: roles.value_keepers(rulebook),
    "read_value": lambda _state, rulebook: roles.value_readers(rulebook),
    "confirm_time": lambda _state, rulebook: (roles.organiser(rulebook),),
    **dict.fromkeys(issue.ROLES_OF_ACT, issue.roles_of_rulebook),
    **dict.fromkeys(template.ROLES_OF_ACT, template.roles_of_rulebook),
}
"""The roles of a rulebook that have a fixed act beside the roles that the program names."""


def is_outside_rulebooks(act: str) -> bool:
    """Whether the program fixes the roles of an act: acts on accounts, confidential values, papers, seals, time and tables."""
    return act in _FIXED_ACTS


EntitledActor = tuple[str, Actor, bool | None]
"""An act, an actor, and whether the act concerns the actor's own department (None: it concerns no department)."""


def permit(act: str, state: object, record: object, context: Context, cache: set[EntitledActor] | None = None) -> None:
    """Raise a `Refusal` if the actor may not do the act, by role, department and separation of duties.

    `cache` has the actors that were entitled before, under the same rulebook.
    """
    # The replay calls this for every entry. Except for acts whose roles depend on the state, the answer by role and
    # department depends only on the rulebook and on the three values in the cache. Separation of duties depends on the
    # state and is never cached.
    actor = context.actor
    is_own_unit = _concerns_own_unit(state, record, context)
    if cache is None or (act, actor, is_own_unit) not in cache:
        _permit_by_role_and_unit(act, state, record, context, is_own_unit)
        if cache is not None and act not in NARROWED_ACTS:
            cache.add((act, actor, is_own_unit))
    rule = RULES.get(act, _DEFAULT_RULE)
    separated = rule.separation_of_duties(state, record, context) if rule.separation_of_duties is not None else set()
    if not separated.isdisjoint(actor.accounts):
        raise _same_person_refusal(act, rule, context)


def may_do(act: str, state: object, record: object, context: Context) -> bool:
    """Whether `permit` permits the actor to do the act."""
    try:
        permit(act, state, record, context)
    except Refusal:
        return False
    return True


def may_offer(act: str, state: object, context: Context) -> bool:
    """Whether a page may offer the act to the actor: whether `permit_to_open` permits it."""
    try:
        permit_to_open(act, state, context)
    except Refusal:
        return False
    return True


def permit_to_open(act: str, state: object, context: Context) -> None:
    """Raise a `Refusal` if the actor may not open the act's form.

    There is no command yet. So of the separations of duties, only those of the scorers are checked, which need only
    the state.
    """
    _permit_by_role_and_unit(act, state, None, context, _concerns_own_unit(state, None, context))
    rule = RULES.get(act, _DEFAULT_RULE)
    if (
        rule.separation_of_duties in (scorers, scorers_and_asker)
        and isinstance(state, Assessment)
        and not scorers(state, None, context).isdisjoint(context.actor.accounts)
    ):
        raise _same_person_refusal(act, rule, context)


def _same_person_refusal(act: str, rule: Rule, context: Context) -> SamePerson:
    """The refusal of an act by separation of duties."""
    rulebook = context.rulebook
    return SamePerson(act=title(act, rulebook), done=rule.conflict_label, clause=rulebook.readings["recusal"].clause)


def _permit_by_role_and_unit(
    act: str, state: object, record: object, context: Context, is_own_unit: bool | None
) -> None:
    """Raise a `Refusal` if the role or the department of the actor forbids the act."""
    actor, rulebook = context.actor, context.rulebook
    if isinstance(state, confidential.Value) and confidential.reads_own_report(act, state, actor):
        return
    by, _ = entitled_roles(act, state, record, rulebook)
    # 三员分立: an administrator takes no part in an assessment, even if the rulebook names the role.
    is_barred = actor.role in ADMINISTRATORS and act not in _FIXED_ACTS
    if is_barred or not includes_role(by, actor):
        role, roles = role_title(actor.role, rulebook), role_titles(by, rulebook)
        name, clause = title(act, rulebook, state, record), clause_of(act, rulebook, state, record)
        raise NotYours(act=name, role=role, by=roles, clause=clause)
    if actor.principal is not None and is_personal(act, actor.role):
        name, clause = title(act, rulebook, state, record), clause_of(act, rulebook, state, record)
        raise NotByDeputy(act=name, clause=clause)
    if is_own_unit is False and actor.role == "unit":
        recusal, unit = rulebook.readings["recusal"].clause, ", ".join(concerned_units(state, record))
        raise OtherUnit(own=actor.unit or "—", act=title(act, rulebook, state, record), unit=unit, clause=recusal)
    if is_own_unit and _is_recused(act, record, actor):
        name, clause = title(act, rulebook, state, record), rulebook.readings["recusal"].clause
        is_actors = actor.principal is None or _is_of(actor.unit, is_recused, concerned_units(state, record), context)
        own, whose = (actor.unit, YOUR_OWN) if is_actors else (actor.units[-1], YOUR_PRINCIPALS)
        raise OwnUnit(act=name, whose=whose, unit=own or "", clause=clause)


def is_personal(act: str, role: str) -> bool:
    """Whether nobody does the act, or acts in the role, as a deputy."""
    return RULES.get(act, _DEFAULT_RULE).personal or not deputies.is_lendable(role)


def _is_recused(act: str, record: object, actor: Actor) -> bool:
    """Whether the actor may not do the act because it concerns the actor's own department.

    The role of the department itself may do its acts, except that it may not store evidence.
    """
    if confidential.is_evidence(act, record):
        return True
    return actor.role != "unit" and RULES.get(act, _DEFAULT_RULE).own_unit == "refused"


def _concerns_own_unit(state: object, record: object, context: Context) -> bool | None:
    """Whether the act concerns the actor's own department; None if it concerns no department.

    For a confidential value the answer is never None. The role of a department also acts for departments that it took
    over. Every other role is recused from predecessors and successors of its department. Of a deputy and
    the principal, both must belong to the department to act for it, and neither may if it is judged.
    """
    units = concerned_units(state, record)
    if not units and not isinstance(state, confidential.Value):
        return None
    if context.actor.role == "unit":
        return all(_is_of(own, speaks_for, units, context) for own in context.actor.units)
    return any(_is_of(own, is_recused, units, context) for own in context.actor.units)


def _is_of(
    own: str | None,
    is_own: Callable[[str | None, str, Roster | None], bool],
    units: Collection[str],
    context: Context,
) -> bool:
    """Whether one of these departments is the own one."""
    return any(is_own(own, unit, context.roster) for unit in units)


def concerned_units(state: object, record: object) -> tuple[str, ...]:
    """The departments that an act concerns: those of its stream, and those that the command or fact names.

    The departments of a year and of the roster do not count, because each has all departments.
    """
    units: list[str] = []
    for part in (record,) if isinstance(state, Year | Roster) else (state, record):
        if not isinstance(part, YearBody):
            units += (
                getattr(part, "unit", None) or "",
                getattr(part, "unit_now", None) or "",
                *getattr(part, "units", ()),
            )
    return tuple(dict.fromkeys(filter(None, units)))


def entitled_roles(act: str, state: object, record: object, rulebook: Rulebook) -> tuple[tuple[str, ...], Citation]:
    """The roles that may do an act in this state, and the clause that says so. Without a rule for the act: no role."""
    if act in _FIXED_ACTS:
        own = _ROLES_OF_RULEBOOK[act](state, rulebook) if act in _ROLES_OF_RULEBOOK else ()
        return (*own, *_FIXED_ACTS[act].by), _FIXED_ACTS[act].clause
    if act in STAGE_OF_ACT:
        stage = stage_of_act(act, rulebook, state, record)
        if stage is None and STAGE_OF_ACT[act] == "step":
            # No stage is known yet. The roles are those of any step, as those of a task are before a task is chosen.
            return tuple(
                dict.fromkeys(role for one in rulebook.stage if one.kind == "step" for role in one.by)
            ), UNNAMED
        return (stage.by, stage.clause) if stage else ((), UNNAMED)
    rule = rulebook.acts.get(act)
    if rule is None:
        return (), UNNAMED
    narrowed = _narrowed_roles(act, state, record, rulebook, rule.by)
    return rule.by if narrowed is rule.by else tuple(role for role in rule.by if role in narrowed), rule.clause


def permit_recorded_answer(act: str, state: object, record: object, context: Context) -> None:
    """Raise a `Refusal` if the actor is no longer entitled to an act whose recorded answer is requested again."""
    # The state does not count: it has changed since the act was done.
    if isinstance(state, confidential.Value) and confidential.reads_own_report(act, state, context.actor):
        return
    _permit_by_role_and_unit(act, None, record, context, None)


def includes_role(by: tuple[str, ...], actor: Actor) -> bool:
    """Whether these roles include the actor's role. Only the clock itself may use the clock's id or role."""
    return actor.role in by and (actor == CLOCK or CLOCK.id not in (actor.id, actor.role))


def stage_of_act(act: str, rulebook: Rulebook, state: object = None, record: object = None) -> Stage | None:
    """The stage that an act completes; None if it completes none, or the rulebook does not have the stage.

    `take_step` completes the stage that the command or fact names; without one, the stage that is next in the state.
    """
    kind = STAGE_OF_ACT.get(act, "")
    if kind != "step":
        return rulebook.stages.get(kind)
    if isinstance(record, StepRecord):
        stage = rulebook.stages.get(record.step)
    else:
        stage = rulebook.next_stages.get(state.stage) if isinstance(state, Assessment) else None
    return stage if stage is not None and stage.kind == kind else None


def clause_of(act: str, rulebook: Rulebook, state: object = None, record: object = None) -> Citation:
    """The clause that a refusal of this act cites: of the act's stage, of the act, or of a fixed act."""
    if act in _FIXED_ACTS:
        return _FIXED_ACTS[act].clause
    stage = stage_of_act(act, rulebook, state, record)
    return stage.clause if stage else rulebook.cited(act)


def title(act: str, rulebook: Rulebook, state: object = None, record: object = None) -> Text:
    """The title of an act, for people. That of `take_step` depends on the state or the record (`stage_of_act`)."""
    if act in _FIXED_ACTS:
        return _FIXED_ACTS[act].title
    stage = stage_of_act(act, rulebook, state, record)
    if stage is not None:
        return stage.title.text
    return rulebook.acts[act].title.text if act in rulebook.acts else _OPTIONAL_TITLES.get(act, Text(zh=act, en=act))


def _narrowed_roles(
    act: str, state: object, record: object, rulebook: Rulebook, by: tuple[str, ...]
) -> tuple[str, ...]:
    """The roles to which the state or the command narrows an act; `by` itself if they narrow nothing.

    A step is undone by the roles that record it. A task has its own roles, and so do a value, a kind of record and a
    tie. A judgement is lifted by the roles that judge the finding. 第八条（二）: the roles that approve may take the
    approval back. Other roles may reopen a result only because of changed cases.
    """
    if act == "undo_step" and isinstance(state, Assessment):
        stage = rulebook.stages.get(state.stage)
        return stage.by if stage else ()
    if act == "complete_task":
        task = rulebook.tasks.get(Follow.from_id(getattr(record, "task", None) or "").key)
        return task.by if task is not None else by
    if act == "lift_veto" and isinstance(state, Assessment) and isinstance(record, vetoes.LiftVeto | vetoes.VetoLifted):
        finding = rulebook.finding(
            next((one.finding for one in state.vetoes if one.id == record.veto and one.is_judged), "")
        )
        return by if finding is None else (*finding.by, CLOCK.role)
    if act in ASSIGNMENT_ACTS and isinstance(state, Assessment):
        return roles_that_assign(state, record.stage if isinstance(record, Assignment) else None, rulebook)
    if act in REVIEW_ACTS:
        return _roles_of_review(act, state, record, rulebook, by)
    if act == "report_values" and isinstance(state, Assessment) and isinstance(record, ValueReport):
        items = report_items(state, rulebook)
        named = [items[name] for name in names_in(record) if name in items]
        return named[0].by if named else by
    if act == "settle" and isinstance(record, SettleBody) and record.order:
        standing = rulebook.standings.get(record.standing)
        return standing.ask if standing is not None and standing.ask else by
    if act in RECORD_ACTS:
        body = record if isinstance(record, RecordBody) else state.body if isinstance(state, Record) else None
        kind = rulebook.records.get(body.record) if body is not None else None
        return kind.by if kind is not None and kind.by else by
    if act == "reopen_result" and (isinstance(state, Assessment) or isinstance(record, reopening.Reopening)):
        assessment = state if isinstance(state, Assessment) else None
        ground = record if isinstance(record, reopening.Reopening) else None
        return by if reopening.is_reopened_by_sources(assessment, ground, rulebook) else rulebook.stages["approval"].by
    return by


def _roles_of_review(
    act: str, state: object, record: object, rulebook: Rulebook, by: tuple[str, ...]
) -> tuple[str, ...]:
    """The roles of the window that the record names; without a record, of those to ask in, or that wait for a decision."""
    ids: Iterable[str] = ()
    if isinstance(record, ReviewRequest | ReviewDecision):
        ids = (record.window,)
    elif isinstance(state, Assessment):
        ids = Windows(state, rulebook).ids if act == "ask_review" else undecided_reviews(state)
    rules = [rule for id_ in ids if (rule := rulebook.windows.get(Follow.from_id(id_).key)) is not None]
    roles = (role for rule in rules for role in (rule.by if act == "ask_review" else rule.decided_by))
    return tuple(dict.fromkeys(roles)) or by


def role_title(role: str, rulebook: Rulebook) -> Text:
    """The title of a role of the rulebook or of an administrator, for people."""
    return account.ROLE_TITLES.get(role) or rulebook.role_title(role)


def role_titles(by: tuple[str, ...], rulebook: Rulebook) -> Text:
    """The titles of several roles, in one line; "nobody" for no role."""
    return listed((role_title(role, rulebook) for role in by), Text(zh="无人", en="nobody"))
