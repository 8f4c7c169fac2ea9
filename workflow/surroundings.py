"""What a decision about a command is handed besides its own stream: who acts and when, and what the act asks to know of other streams."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from states.accounts.account import Account
from states.assessment import Assessment
from states.cases.attribution import Concerning, concerning
from states.chart import ACTS, State
from states.context import Context
from states.routine_check import Findings
from states.vocabulary import Actor, Command
from states.year.roster import Roster
from states.year.visits import MoveVisit, PlanVisits
from states.year.year import Year, progress

from .editions import Law


class Source(Protocol):
    """Where other streams are read: under a transaction, or as last committed (`memory.py`)."""

    def state(self, stream: str) -> State: ...
    def concerning(self, unit: str) -> Concerning: ...
    def year(self, number: int) -> list[Assessment]: ...


def surroundings(state: State, command: Command, actor: Actor, law: Law, source: Source, now: datetime) -> Context:
    """What is handed to a decision about this command on the stream that stands at `state`."""
    act, roster = ACTS[command.act], source.state("roster")
    assert isinstance(roster, Roster)
    context = replace(context_of(law, actor, now), roster=roster)
    if isinstance(state, Assessment) and act.cases:
        cases, checks = concerning(state, roster, context.rulebook, source.concerning)
        context = replace(context, cases=cases, checks=checks)
    if isinstance(state, Assessment) and act.enrols:
        year = source.state(year_of(state.stream))
        assert isinstance(year, Year)
        context = replace(context, year=year)
    if isinstance(state, Year) and act.surveys:
        context = replace(context, progress=progress(source.year(state.year)))
    if isinstance(command, PlanVisits | MoveVisit | Findings):
        named = {account: source.state(f"account/{account}") for account in command.accounts}
        context = replace(context, accounts={k: v for k, v in named.items() if isinstance(v, Account)})
    return context


def context_of(law: Law, actor: Actor, now: datetime) -> Context:
    """Who acts and when, under which rulebook; nothing of other streams."""
    rulebook = law.edition.rulebook
    today = now.astimezone(ZoneInfo(rulebook.timezone)).date()
    return Context(rulebook=rulebook, actor=actor, now=now, today=today)


def year_of(assessment: str) -> str:
    """The stream of the year an assessment is of."""
    return "year/" + assessment.split("/")[1]
