"""Who may do what: one table. Whoever is not named may not.

The rulebook says which *roles* an act is for, with the clause (`[[stage]] by`, `[[act]] by`, `[[consequence]] by`).
Here is what no edition may loosen: nobody judges their own department (F16); a department acts for itself only; two
acts that check each other need two persons (scorer and approver; the recorder of a case and the one who lifts its
veto).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

from .accounts import account, credentials
from .assessment import Assessment
from .cases import case, vetoes
from .context import Context
from .custody import confidential, confirmed_time, seals, tables
from .records.account import ADMINISTRATORS
from .records.case import Case
from .records.lineage import is_recused, speaks_for
from .records.roster import Roster
from .records.year import Year
from .refusals import NotYours, OtherUnit, OwnUnit, Refusal, SamePerson
from .rulebook.types import UNNAMED, Rulebook
from .stages import reopening
from .stages.kinds import STAGE_OF_ACT
from .vocabulary import CLOCK, Actor, Citation, Text
from .year.year import YearBody

SeparationOfDuties = Callable[[Any, Any, Context], set[str]]


class Rule(Struct, frozen=True):
    """The conditions of an act beside its roles.

    `own_unit`: whether the act may concern the actor's own department. `separation_of_duties` gives the accounts that
    may not do it because of what they did before; `conflict_label` says what that was.
    """

    own_unit: Literal["refused", "allowed"] = "refused"
    separation_of_duties: SeparationOfDuties | None = None
    conflict_label: Text = Text(zh="", en="")


def scorers(state: Assessment, record: object, context: Context) -> set[str]:
    """Every account that gave points: by a sheet or by a score, also one that was returned since."""
    return set(state.scorers)


def recorders_of_case(state: Case, record: object, context: Context) -> set[str]:
    """The recorders of a case, if this change would take its veto away."""
    return vetoes.case_recorders(state, case.changed_case(state, record), context.rulebook)


_ADMINISTRATIVE = Rule(own_unit="allowed")
_GAVE_POINTS = Text(zh="评分", en="gave points")
_RECORDED_CASE = Text(zh="登记该案件或否决", en="recorded the case or the veto")

_DEFAULT_RULE = Rule()

RULES: Mapping[str, Rule] = {
    # Accounts, seals, a confirmed time and the tables beside the ledger decide nothing of an assessment.
    **{
        act: _ADMINISTRATIVE
        for noun in (account, credentials, confirmed_time, tables, seals)
        for act in noun.ROLES_OF_ACT
    },
    # To arrange or to announce is to judge nobody. The office that does it is itself assessed by annex 2, so it could
    # not work if it were recused.
    "open_assessment": _ADMINISTRATIVE,
    "circulate": _ADMINISTRATIVE,
    "complete_task": _ADMINISTRATIVE,
    "move_deadline": _ADMINISTRATIVE,
    "substitute_member": _ADMINISTRATIVE,
    "submit_self_report": _ADMINISTRATIVE,
    "open_year": _ADMINISTRATIVE,
    "move_year_deadline": _ADMINISTRATIVE,
    "close_year": _ADMINISTRATIVE,
    "register_unit": _ADMINISTRATIVE,
    "change_unit": _ADMINISTRATIVE,
    "rename_unit": _ADMINISTRATIVE,
    "reorganise_unit": _ADMINISTRATIVE,
    "restore_unit": _ADMINISTRATIVE,
    "keep_value": _ADMINISTRATIVE,
    "erase_value": _ADMINISTRATIVE,
    # Acts that check what another person did.
    "approve": Rule(separation_of_duties=scorers, conflict_label=_GAVE_POINTS),
    "return_score": Rule(separation_of_duties=scorers, conflict_label=_GAVE_POINTS),
    "lift_veto": Rule(separation_of_duties=vetoes.veto_recorders, conflict_label=_RECORDED_CASE),
    "revise_case": Rule(separation_of_duties=recorders_of_case, conflict_label=_RECORDED_CASE),
    "rescind_case": Rule(separation_of_duties=recorders_of_case, conflict_label=_RECORDED_CASE),
}
"""The rule of each act. For an act that is not named here: not on the own department, and no second person needed."""


class FixedAct(Struct, frozen=True):
    """An act whose roles are fixed here and by no rulebook: its roles, clause and title."""

    by: tuple[str, ...]
    clause: Citation
    title: Text


_FIXED_ACTS: Mapping[str, FixedAct] = {
    act: FixedAct(by, noun.CLAUSE, noun.TITLES[act])
    for noun in (account, credentials, confidential, confirmed_time, tables, seals)
    for act, by in noun.ROLES_OF_ACT.items()
}


def is_outside_rulebooks(act: str) -> bool:
    """Whether the roles of an act are fixed here: those of accounts, confidential values, seals, time and tables."""
    return act in _FIXED_ACTS


EntitledActor = tuple[str, Actor, bool | None]
"""An act, an actor, and whether the act concerns the actor's own department (None: it concerns none)."""


def permit(
    act: str, state: object, record: object, context: Context, entitled_before: set[EntitledActor] | None = None
) -> None:
    """Raise a `Refusal` if the actor may not do the act. Every decision on rights is made here.

    `entitled_before` is a cache, for one rulebook only: who was found entitled before.
    """
    # The replay asks for every entry. By role and department the answer depends on nothing but the rulebook and the
    # three values in the cache, except for `NARROWED` acts. Separation of duties depends on the state, and is never
    # cached.
    actor = context.actor
    own = _concerns_own_unit(state, record, context)
    if entitled_before is None or (act, actor, own) not in entitled_before:
        _permit_by_role_and_unit(act, state, record, context, own)
        if entitled_before is not None and act not in NARROWED:
            entitled_before.add((act, actor, own))
    rule = RULES.get(act, _DEFAULT_RULE)
    if rule.separation_of_duties is not None and actor.id in rule.separation_of_duties(state, record, context):
        raise _same_person_refusal(act, rule, context)


def may_offer(act: str, state: object, context: Context) -> bool:
    """Whether to offer the act to the actor, as far as can be known without a command."""
    try:
        permit_to_open(act, state, context)
    except Refusal:
        return False
    return True


def permit_to_open(act: str, state: object, context: Context) -> None:
    """Raise a `Refusal` if the actor may not open the act's form, as far as can be known without a command."""
    _permit_by_role_and_unit(act, state, None, context, _concerns_own_unit(state, None, context))
    rule = RULES.get(act, _DEFAULT_RULE)
    if (
        rule.separation_of_duties is scorers
        and isinstance(state, Assessment)
        and context.actor.id in scorers(state, None, context)
    ):
        raise _same_person_refusal(act, rule, context)


def _same_person_refusal(act: str, rule: Rule, context: Context) -> SamePerson:
    rulebook = context.rulebook
    return SamePerson(act=title(act, rulebook), done=rule.conflict_label, clause=rulebook.settings.recusal.clause)


def _permit_by_role_and_unit(act: str, state: object, record: object, context: Context, own: bool | None) -> None:
    actor, rulebook = context.actor, context.rulebook
    if isinstance(state, confidential.Value) and confidential.reads_own_report(act, state, actor):
        return
    by, _ = entitled(act, state, record, rulebook)
    # 三员分立: an administrator has no part in an assessment, whatever the rulebook says.
    is_barred = actor.role in ADMINISTRATORS and act not in _FIXED_ACTS
    if is_barred or not includes_role(by, actor):
        role, roles = role_title(actor.role, rulebook), _role_titles(by, rulebook)
        raise NotYours(act=title(act, rulebook), role=role, by=roles, clause=clause_of(act, rulebook))
    if own is False and actor.role == "unit":
        recusal, unit = rulebook.settings.recusal.clause, ", ".join(concerned_units(state, record))
        raise OtherUnit(own=actor.unit or "—", act=title(act, rulebook), unit=unit, clause=recusal)
    if own and _is_recused(act, record, actor):
        raise OwnUnit(act=title(act, rulebook), unit=actor.unit or "", clause=rulebook.settings.recusal.clause)


def _is_recused(act: str, record: object, actor: Actor) -> bool:
    """Whether the act is refused because it concerns the actor's own department.

    The department's own role is refused only to store evidence; otherwise it acts for itself.
    """
    if confidential.is_evidence(act, record):
        return True
    return actor.role != "unit" and RULES.get(act, _DEFAULT_RULE).own_unit == "refused"


def _concerns_own_unit(state: object, record: object, context: Context) -> bool | None:
    """Whether the act concerns the actor's own department; None if it concerns no department.

    For a confidential value the answer is never None. A department acts also for those it took over. Everybody else is
    recused in both directions.
    """
    units = concerned_units(state, record)
    if not units and not isinstance(state, confidential.Value):
        return None
    is_own = speaks_for if context.actor.role == "unit" else is_recused
    return any(is_own(context.actor.unit, unit, context.roster) for unit in units)


def concerned_units(state: object, record: object) -> tuple[str, ...]:
    """The departments an act concerns: those its stream is about, and those the command names.

    A year concerns every department alike and the roster has all of them, so neither counts.
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


def entitled(act: str, state: object, record: object, rulebook: Rulebook) -> tuple[tuple[str, ...], Citation]:
    """The roles that may do an act in this state, and the clause that says so. No role, unless named."""
    if act in _FIXED_ACTS:
        return _FIXED_ACTS[act].by, _FIXED_ACTS[act].clause
    if act in STAGE_OF_ACT:
        stage = rulebook.stages.get(STAGE_OF_ACT[act])
        return (stage.by, stage.clause) if stage else ((), UNNAMED)
    named = rulebook.acts.get(act)
    if named is None:
        return (), UNNAMED
    narrowed = _narrowed_roles(act, state, record, rulebook, named.by)
    return named.by if narrowed is named.by else tuple(r for r in named.by if r in narrowed), named.clause


def permit_again(act: str, state: object, record: object, context: Context) -> None:
    """Raise a `Refusal` if the actor is no longer entitled to an act whose first answer is asked for again."""
    # The state is not asked: it is no longer what it was when the act was done.
    if isinstance(state, confidential.Value) and confidential.reads_own_report(act, state, context.actor):
        return
    _permit_by_role_and_unit(act, None, record, context, None)


def includes_role(by: tuple[str, ...], actor: Actor) -> bool:
    """Whether these roles include the actor's. Nobody but the clock may use the clock's id or role."""
    return actor.role in by and (actor == CLOCK or CLOCK.id not in (actor.id, actor.role))


def clause_of(act: str, rulebook: Rulebook) -> Citation:
    """The clause that a refusal of this act names: the stage's, the act's, or the one fixed here."""
    if act in _FIXED_ACTS:
        return _FIXED_ACTS[act].clause
    stage = rulebook.stages.get(STAGE_OF_ACT[act]) if act in STAGE_OF_ACT else None
    return stage.clause if stage else rulebook.cited(act)


def title(act: str, rulebook: Rulebook) -> Text:
    """The act's title, as an office calls it."""
    if act in _FIXED_ACTS:
        return _FIXED_ACTS[act].title
    if act in STAGE_OF_ACT and STAGE_OF_ACT[act] in rulebook.stages:
        return rulebook.stages[STAGE_OF_ACT[act]].title.text
    return (
        rulebook.acts[act].title.text if act in rulebook.acts else _OPTIONAL_STAGE_TITLES.get(act, Text(zh=act, en=act))
    )


_OPTIONAL_STAGE_TITLES: Mapping[str, Text] = {"post_result": Text(zh="公示考核结果", en="post the result")}
"""Titles for acts of stages that an edition may leave out: an entry or an attempt may still name one."""


NARROWED = frozenset({"undo_step", "complete_task", "reopen_result", "read_value"})
"""The acts whose roles depend on the state or on the command."""


def _narrowed_roles(
    act: str, state: object, record: object, rulebook: Rulebook, by: tuple[str, ...]
) -> tuple[str, ...]:
    """The roles of a `NARROWED` act in this state.

    A step is undone by the roles that record it; a task has its own roles.

    第八条（二）: those who approve may take the approval back. The others may reopen a result only for cases that changed.
    """
    if act == "undo_step" and isinstance(state, Assessment):
        stage = rulebook.stages.get(state.stage)
        return stage.by if stage else ()
    if act == "complete_task":
        task = getattr(record, "task", None)
        return next((c.by for c in rulebook.consequence if c.key == task), by)
    if act == "reopen_result" and (isinstance(state, Assessment) or isinstance(record, reopening.Reopening)):
        assessment = state if isinstance(state, Assessment) else None
        reopened = record if isinstance(record, reopening.Reopening) else None
        return by if reopening.by_cases(assessment, reopened, rulebook) else rulebook.stages["approval"].by
    return by


def role_title(role: str, rulebook: Rulebook) -> Text:
    """The title of a role, also of an administrator's."""
    return account.ROLE_TITLES.get(role) or rulebook.role_title(role)


def _role_titles(by: tuple[str, ...], rulebook: Rulebook) -> Text:
    titles = [role_title(role, rulebook) for role in by]
    return Text(zh="、".join(t.zh for t in titles) or "无人", en=", ".join(t.en for t in titles) or "nobody")
