"""site_inspection: 实地查看 — the working group inspects the department's special work on site."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import FaultCollector, check_not_before_last_step
from states.refusals import Incomplete
from states.vocabulary import Command, Opaque, Text, Words


class Inspection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The inspection: its day, the inspectors, the special work (特色工作) and the finding."""

    inspected_on: date
    inspectors: tuple[Opaque, ...]
    special_work: Words
    observation: Words


class InspectSite(Command, Inspection, frozen=True, kw_only=True):
    """Record the site inspection."""


class SiteInspected(StageFact, Inspection, frozen=True, kw_only=True):
    """The site was inspected."""

    stage = "site_inspection"
    dated = "inspected_on"


def check(state: Assessment, record: Inspection, context: Context) -> None:
    """第七条（二）5：对考核部门党风廉政建设特色工作进行实地查看。

    Refuse a wrong day, an inspection without inspectors, and inspectors of the department's own team.
    """
    clause = context.clause("site_inspection")
    faults = FaultCollector(clause)
    with faults.at("inspected_on"):
        check_not_before_last_step(
            Text(zh="查看日期", en="inspection date"), record.inspected_on, state, context, clause
        )
    with faults.at("inspectors"):
        if not record.inspectors:
            raise Incomplete(missing=Text(zh="查看人员", en="inspectors"), clause=clause)
        if {member.person for member in state.team} & set(record.inspectors):
            missing = Text(zh="本部门以外的查看人员", en="inspectors from outside the department")
            raise Incomplete(missing=missing, clause=clause)
    faults.end()
