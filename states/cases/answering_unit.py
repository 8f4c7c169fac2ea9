"""Checks the department of a record: it existed on that day, and after a split the record says who answers for it."""

from __future__ import annotations

from states.context import Context
from states.records.lineage import answering_units
from states.records.record import OfUnit
from states.records.roster import Roster
from states.refusals import Impossible, SplitUnit
from states.vocabulary import Citation, Text


def check_answering_unit(record: OfUnit, act: Text, context: Context, clause: Citation) -> None:
    """Refuse a department that was closed before the day of the record.

    Refuse a department that was split, if the record does not say which successor answers. `act`: what is refused.
    """
    if context.roster is None:
        return
    _check_unit_existed(record, act, context.roster, clause)
    heirs = answering_units(record.unit, record.unit_now, context.today.year + 1, context.roster)
    if len(heirs) > 1:
        titles = {unit: context.roster.title(unit) for unit in heirs}
        choices = Text(
            zh="、".join(f"{title}（{unit}）" for unit, title in titles.items()),
            en=", ".join(f"{title} ({unit})" for unit, title in titles.items()),
        )
        refusal = SplitUnit(unit=context.roster.title(record.unit), heirs=choices, clause=clause)
        refusal.field = "unit_now"
        raise refusal


def _check_unit_existed(record: OfUnit, act: Text, roster: Roster, clause: Citation) -> None:
    closing = roster.closing(record.unit)
    if closing is None or record.acted_on is None or record.acted_on < closing.since:
        return
    title = roster.title(record.unit)
    reason = Text(
        zh=f"{title}已于 {closing.since} 撤销，{record.acted_on} 时已无此部门，请写承接部门",
        en=f"{title} was closed on {closing.since}, before {record.acted_on}: name the department that took it over",
    )
    refusal = Impossible(act=act, why=reason, clause=clause)
    refusal.field = "unit"
    raise refusal
