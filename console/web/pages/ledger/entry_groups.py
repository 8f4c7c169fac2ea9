"""The groups for filtering the list of entries (`timeline.py`). Each kind of fact belongs to exactly one group."""

from __future__ import annotations

from collections.abc import Mapping

from states.acts import ACT_OF_FACT, ACTS, FACTS
from states.assessment import Assessment
from states.custody.confidential import Value
from states.custody.confirmed_time import ConfirmedTime
from states.custody.seals import Seals
from states.custody.tables import NotedTable
from states.deadlines.reminders import LapsedSteps, ReminderRecord
from states.papers.issue import PapersOfYear
from states.papers.template import PaperTemplate
from states.records.account import Account
from states.records.case import Case
from states.records.record import Record
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.vocabulary import Fact, Text

TITLES: Mapping[str, Text] = {
    "steps": Text(zh="办理步骤", en="steps of assessments"),
    "cases": Text(zh="案件与否决", en="cases and vetoes"),
    "checks": Text(zh="平时检查", en="routine checks"),
    "records": Text(zh="其他登记事项", en="other records"),
    "clock": Text(zh="系统自动", en="automatic"),
    "year": Text(zh="年度与名册", en="year and roster"),
    "access": Text(zh="被拒绝的办理", en="refused attempts"),
    "accounts": Text(zh="账号与授权", en="accounts and grants"),
    "confidential": Text(zh="保密内容", en="confidential values"),
    "papers": Text(zh="文书", en="papers"),
    "tables": Text(zh="台账以外的数据", en="tables beside the ledger"),
    "seals": Text(zh="封存登记", en="seals and cosignatures"),
}
"""The title of each group, in the order of the form."""

_GROUP_OF_STATE: Mapping[type, str] = {
    Assessment: "steps",
    Case: "cases",
    Record: "records",
    Account: "accounts",
    Value: "confidential",
    Year: "year",
    Roster: "year",
    RoutineCheck: "checks",
    PapersOfYear: "papers",
    PaperTemplate: "papers",
    NotedTable: "tables",
    Seals: "seals",
    ConfirmedTime: "clock",
}

_VETOES = frozenset(("VetoRecorded", "VetoRaised", "VetoLifted", "StaleScoreNoted"))
"""Facts of an assessment that are in the group of cases, because people look for them there."""


def _group_of(kind: str, fact: type[Fact]) -> str:
    """The group of a kind of fact. Vetoes, reminders and refused commands have groups of their own."""
    if kind in _VETOES:
        return "cases"
    if issubclass(fact, ReminderRecord | LapsedSteps):
        return "clock"
    # A fact without an act records a refused command.
    return _GROUP_OF_STATE[ACTS[ACT_OF_FACT[kind]].state_type] if kind in ACT_OF_FACT else "access"


KINDS = {group: tuple(kind for kind, fact in FACTS.items() if _group_of(kind, fact) == group) for group in TITLES}
"""The kinds of facts in each group."""
