"""What the replay must know of each kind of fact before it reads one: worked out once, from the table of acts."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from states.accounts.account import AccountFact
from states.assessment import AssessmentFact
from states.cases.case import CaseFact
from states.chart import ACT_OF_FACT, ACTS, FACTS
from states.context import ACCOUNTS, Needs
from states.custody.confidential import ValueFact
from states.custody.confirmed_time import TimeConfirmed
from states.custody.seals import SealFact
from states.custody.tables import TableFact
from states.routine_check import RoutineCheckFact
from states.stages.scoring import Scored
from states.vocabulary import Fact
from states.year.roster import RosterFact
from states.year.year import YearFact


class FactKind(Struct, frozen=True):
    """One kind of fact: its act (None: nobody asked for it), the room of its streams, what its check is handed.

    `needs` is what the act must know of other streams. It leaves out the accounts a fact names, which `metadata_checks.py`
    holds the fact against, because only one process of a replay follows all accounts. `stays` marks
    another outcome of an act than the step itself (a void ballot); `scores` what is scored again; `dated` what says
    the day it took place.
    """

    act: str | None
    room: str
    needs: Needs
    stays: bool
    scores: bool
    dated: bool


_FAMILIES: Mapping[type[Fact], str] = {
    AssessmentFact: "assessment", CaseFact: "case", YearFact: "year", RosterFact: "roster",
    AccountFact: "account", ValueFact: "vault", TableFact: "table", SealFact: "seals", TimeConfirmed: "clock",
    RoutineCheckFact: "routine_check",
}  # fmt: skip


def _kind(fact: type[Fact]) -> FactKind:
    room = next((room for family, room in _FAMILIES.items() if issubclass(fact, family)), "access")
    name = ACT_OF_FACT.get(fact.kind)
    act = ACTS[name] if name else None
    return FactKind(
        act=name,
        room=room,
        needs=act.needs - ACCOUNTS if act else frozenset(),
        stays=bool(act and fact is not act.facts[0]),
        scores=fact is Scored,
        dated=bool(getattr(fact, "dated", "")),
    )


FACT_KINDS: Mapping[str, FactKind] = {kind: _kind(fact) for kind, fact in FACTS.items()}
"""Every kind of fact by its name."""

ROOMS = frozenset(kind.room for kind in FACT_KINDS.values())
"""What the name of a stream can begin with."""
