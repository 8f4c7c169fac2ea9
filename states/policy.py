"""Who may do what: one table, deny unless named.

Which *roles* an act is for is the rulebook's (`[[stage]] by`, `[[act]] by`, `[[consequence]] by`), with its clause.
What no edition may loosen stands here: nobody judges the own unit (F16), a unit acts for itself only, and two
acts that check each other take two persons (scorer and approver; who records a case and who lifts its veto).
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
    """What holds for an act beside its roles: may it concern the own unit, and who may not also do it."""

    own_unit: Literal["refused", "allowed"] = "refused"
    separation_of_duties: SeparationOfDuties | None = None
    conflict_label: Text = Text(zh="", en="")


def scorers(state: Assessment, record: object, context: Context) -> set[str]:
    """Everybody who gave points: who filled a sheet, and who agreed a score, be it one that was returned."""
    return set(state.scorers)


def recorder_of_case(state: Case, record: object, context: Context) -> set[str]:
    """The recorder of a case, where this change would take its veto away."""
    return vetoes.case_recorders(state, case.changed_case(state, record), context.rulebook)


_ADMINISTRATIVE = Rule(own_unit="allowed")
_SCORED = Text(zh="评分", en="gave points")
_RECORDED = Text(zh="登记该案件或否决", en="recorded the case or the veto")

_STRICT = Rule()

RULES: Mapping[str, Rule] = {
    # Accounts, seals, a confirmed time and the tables beside the ledger decide nothing of an assessment.
    **{act: _ADMINISTRATIVE for noun in (account, credentials, confirmed_time, tables, seals) for act in noun.BY},
    # Arranging and announcing judge nobody; the office that does it is itself assessed by annex 2.
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
    # Two pairs of eyes.
    "approve": Rule(separation_of_duties=scorers, conflict_label=_SCORED),
    "return_score": Rule(separation_of_duties=scorers, conflict_label=_SCORED),
    "lift_veto": Rule(separation_of_duties=vetoes.veto_recorders, conflict_label=_RECORDED),
    "revise_case": Rule(separation_of_duties=recorder_of_case, conflict_label=_RECORDED),
    "rescind_case": Rule(separation_of_duties=recorder_of_case, conflict_label=_RECORDED),
}
"""Acts not named here: no own unit, no second person needed."""


class FixedAct(Struct, frozen=True):
    """An act that no rulebook gives to anybody: whose it is, by which clause, and what it is called."""

    by: tuple[str, ...]
    clause: Citation
    title: Text


_FIXED_ACTS: Mapping[str, FixedAct] = {
    act: FixedAct(by, noun.CLAUSE, noun.TITLES[act])
    for noun in (account, credentials, confidential, confirmed_time, tables, seals)
    for act, by in noun.BY.items()
}


def is_outside_rulebooks(act: str) -> bool:
    """Whether no rulebook gives the act to anybody: accounts, confidential values, seals, a confirmed time, the tables beside the ledger."""
    return act in _FIXED_ACTS


EntitledActor = tuple[str, Actor, bool | None]
"""An act, an actor, and whether it concerns the own unit (None: no unit)."""


def permit(act: str, state: object, record: object, context: Context, known: set[EntitledActor] | None = None) -> None:
    """Refuse the act to whoever may not do it; otherwise nothing. The one decision function.

    `known` remembers who was found entitled under one rulebook: save for `NARROWED` acts, that hangs on nothing else.
    """
    actor = context.actor
    own = _own(state, record, context)
    if known is None or (act, actor, own) not in known:
        _by_role_and_unit(act, state, record, context, own)
        if known is not None and act not in NARROWED:
            known.add((act, actor, own))
    rule = RULES.get(act, _STRICT)
    if rule.separation_of_duties is not None and actor.id in rule.separation_of_duties(state, record, context):
        raise _same_person(act, rule, context)


def offered(act: str, state: object, context: Context) -> bool:
    """Whether the act may be offered to the actor: as far as can be told before anything is asked."""
    try:
        permit_form(act, state, context)
    except Refusal:
        return False
    return True


def permit_form(act: str, state: object, context: Context) -> None:
    """Refuse the form of an act to whoever may not do it, as far as can be told before anything is asked; otherwise nothing."""
    _by_role_and_unit(act, state, None, context, _own(state, None, context))
    rule = RULES.get(act, _STRICT)
    if (
        rule.separation_of_duties is scorers
        and isinstance(state, Assessment)
        and context.actor.id in scorers(state, None, context)
    ):
        raise _same_person(act, rule, context)


def _same_person(act: str, rule: Rule, context: Context) -> SamePerson:
    rulebook = context.rulebook
    return SamePerson(act=title(act, rulebook), done=rule.conflict_label, clause=rulebook.settings.recusal.clause)


def _by_role_and_unit(act: str, state: object, record: object, context: Context, own: bool | None) -> None:
    actor, rulebook = context.actor, context.rulebook
    if isinstance(state, confidential.Value) and confidential.reads_own_report(act, state, actor):
        return
    by, _ = entitled(act, state, record, rulebook)
    barred = actor.role in ADMINISTRATORS and act not in _FIXED_ACTS
    if barred or not names(by, actor):
        raise NotYours(
            act=title(act, rulebook), role=role_title(actor.role, rulebook), by=_role_titles(by, rulebook),
            clause=cited(act, rulebook),
        )  # fmt: skip
    if own is False and actor.role == "unit":
        recusal, unit = rulebook.settings.recusal.clause, ", ".join(concerned(state, record))
        raise OtherUnit(own=actor.unit or "—", act=title(act, rulebook), unit=unit, clause=recusal)
    if own and _is_recused(act, record, actor):
        raise OwnUnit(act=title(act, rulebook), unit=actor.unit or "", clause=rulebook.settings.recusal.clause)


def _is_recused(act: str, record: object, actor: Actor) -> bool:
    """Whether somebody of the unit may not do this to it: from the first act of a stream on, and the unit itself only if it is evidence."""
    if confidential.is_evidence(act, record):
        return True
    return actor.role != "unit" and RULES.get(act, _STRICT).own_unit == "refused"


def _own(state: object, record: object, context: Context) -> bool | None:
    """Whether the act concerns the actor's own unit; None where it concerns no unit. A confidential value always does.

    A unit acts for those it took over too. Everybody else is recused in both directions.
    """
    units = concerned(state, record)
    if not units and not isinstance(state, confidential.Value):
        return None
    is_own = speaks_for if context.actor.role == "unit" else is_recused
    return any(is_own(context.actor.unit, unit, context.roster) for unit in units)


def concerned(state: object, record: object) -> tuple[str, ...]:
    """The units an act concerns: those its stream is about, and those it names itself, as the first act of a stream does.

    A year is about every unit alike and the roster holds all of them, so those are not asked.
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
    """The roles an act is for, here and now, and the clause that says so. Nobody, unless named."""
    if act in _FIXED_ACTS:
        return _FIXED_ACTS[act].by, _FIXED_ACTS[act].clause
    if act in STAGE_OF_ACT:
        stage = rulebook.stages.get(STAGE_OF_ACT[act])
        return (stage.by, stage.clause) if stage else ((), UNNAMED)
    named = rulebook.acts.get(act)
    if named is None:
        return (), UNNAMED
    narrowed = _narrowed(act, state, record, rulebook, named.by)
    return named.by if narrowed is named.by else tuple(r for r in named.by if r in narrowed), named.clause


def permit_again(act: str, state: object, record: object, context: Context) -> None:
    """Refuse to repeat the first answer to somebody who is no longer entitled to the act.

    Asked without what the state says: that is not what it was when the act was done.
    """
    if isinstance(state, confidential.Value) and confidential.reads_own_report(act, state, context.actor):
        return
    _by_role_and_unit(act, None, record, context, None)


def names(by: tuple[str, ...], actor: Actor) -> bool:
    """Whether these roles name the actor; nobody but the clock goes by its name."""
    return actor.role in by and (actor == CLOCK or CLOCK.id not in (actor.id, actor.role))


def cited(act: str, rulebook: Rulebook) -> Citation:
    """The clause a refusal of this act names: a stage's own, or the act's, ours where it is ours."""
    if act in _FIXED_ACTS:
        return _FIXED_ACTS[act].clause
    stage = rulebook.stages.get(STAGE_OF_ACT[act]) if act in STAGE_OF_ACT else None
    return stage.clause if stage else rulebook.cited(act)


def title(act: str, rulebook: Rulebook) -> Text:
    """What an office calls the act."""
    if act in _FIXED_ACTS:
        return _FIXED_ACTS[act].title
    if act in STAGE_OF_ACT and STAGE_OF_ACT[act] in rulebook.stages:
        return rulebook.stages[STAGE_OF_ACT[act]].title.text
    return (
        rulebook.acts[act].title.text if act in rulebook.acts else _OPTIONAL_STAGE_TITLES.get(act, Text(zh=act, en=act))
    )


_OPTIONAL_STAGE_TITLES: Mapping[str, Text] = {"post_result": Text(zh="公示考核结果", en="post the result")}
"""Acts of stages that an edition may leave out: what they are called where an entry or an attempt names them all the same."""


NARROWED = frozenset({"undo_step", "complete_task", "reopen_result", "read_value"})
"""The acts for which who is entitled hangs on the state, or on what is asked."""


def _narrowed(act: str, state: object, record: object, rulebook: Rulebook, by: tuple[str, ...]) -> tuple[str, ...]:
    """A step is undone by those who record that step; a task is done by those it is given to.

    第八条（二）: who approves may take the approval back; the others reopen a result only for cases that changed.
    """
    if act == "undo_step" and isinstance(state, Assessment):
        stage = rulebook.stages.get(state.stage)
        return stage.by if stage else ()
    if act == "complete_task":
        task = getattr(record, "task", None)
        return next((c.by for c in rulebook.consequence if c.key == task), by)
    if act == "reopen_result" and (isinstance(state, Assessment) or isinstance(record, reopening.Reopened)):
        held = state if isinstance(state, Assessment) else None
        asked = record if isinstance(record, reopening.Reopened) else None
        return by if reopening.by_cases(held, asked, rulebook) else rulebook.stages["approval"].by
    return by


def role_title(role: str, rulebook: Rulebook) -> Text:
    """What a role is called, an administrator's too."""
    return account.ROLE_TITLES.get(role) or rulebook.role_title(role)


def _role_titles(by: tuple[str, ...], rulebook: Rulebook) -> Text:
    titles = [role_title(role, rulebook) for role in by]
    return Text(zh="、".join(t.zh for t in titles) or "无人", en=", ".join(t.en for t in titles) or "nobody")
