"""The input of a decision besides the state: the rulebook, the actor, the time, and the states of other streams.

Also here: the names of the states that an act needs (`CASES`, `YEAR`, `EARLIER`, `PROGRESS`, `ACCOUNTS`, `HOLDERS`).
Not here: how a context is made (`binding.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from .records.account import Account
from .records.case import Case
from .records.earlier_result import EarlierResult
from .records.record import Record
from .records.roster import Roster
from .records.routine_check import RoutineCheck
from .records.year import Progress, Year
from .rulebook.types import Rulebook
from .vocabulary import Actor, IsWorking

Needs = frozenset[Literal["cases", "year", "earlier", "progress", "accounts", "holders"]]
"""The states of other streams that an act needs (`acts.Act.needs`)."""

YEAR: Needs = frozenset({"year"})
"""Needs the year of the assessment."""
EARLIER: Needs = frozenset({"earlier"})
"""Needs the results of earlier rounds, and of occasions of the round, that the rulebook reads."""
CASES: Needs = frozenset({"cases", "year", "earlier"})
"""Needs what a result rests on: the cases, routine checks and other records of the department and of its predecessors,
the places that the year has settled, and earlier results."""
PROGRESS: Needs = frozenset({"progress"})
"""Needs the progress of each assessment of the year. An assessment needs it only where a standing compares them."""
ACCOUNTS: Needs = frozenset({"accounts"})
"""Needs the accounts that the command names."""
HOLDERS: Needs = frozenset({"holders"})
"""Needs the accounts of the person that the command names."""


class Context(Struct, frozen=True, kw_only=True):
    """The input of one decision. `today` is the calendar date of `now` in the rulebook's zone.

    - `cases`, `checks`, `records`: those that may affect the result, each with the department that answers for it
      (`cases/attribution.py`).
    - `earlier`: the results that earlier values are read from, by the stream of the same department. The result may be
      that of a department that this one follows. Empty if the act does not need them.
    - `roster`: None if it cannot be known.
    - `holders`: the ids of the accounts that belong to the person whom the command names.
    - `year`, `progress`, `accounts`, `holders`: None if the act does not need them or they cannot be known. Then no
      check uses them.
    - `is_working`: the calendar; None in a replay.

    `binding.context_for` makes a context.
    """

    rulebook: Rulebook
    actor: Actor
    now: datetime
    today: date
    cases: tuple[Case, ...] = ()
    checks: tuple[RoutineCheck, ...] = ()
    records: tuple[Record, ...] = ()
    earlier: Mapping[str, EarlierResult] = {}
    year: Year | None = None
    roster: Roster | None = None
    progress: tuple[Progress, ...] | None = None
    accounts: Mapping[str, Account] | None = None
    holders: frozenset[str] | None = None
    is_working: IsWorking | None = None

    def clause(self, stage: str) -> str:
        """The clause that requires a stage."""
        return self.rulebook.stages[stage].clause
