"""What a decision is handed besides the state: the rulebook, who acts, when, and what it must know of other streams."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from .records.account import Account
from .records.case import Case
from .records.roster import Roster
from .records.routine_check import RoutineCheck
from .records.year import Progress, Year
from .rulebook.types import Rulebook
from .vocabulary import Actor, IsWorking

Needs = frozenset[Literal["cases", "year", "progress", "accounts"]]
"""What an act must know of other streams (`chart.Act.needs`)."""

CASES: Needs = frozenset({"cases"})
"""The cases and routine checks of the unit."""
YEAR: Needs = frozenset({"year"})
"""The year the assessment is of."""
PROGRESS: Needs = frozenset({"progress"})
"""Where each assessment of the year is."""
ACCOUNTS: Needs = frozenset({"accounts"})
"""The accounts the command names."""


class Context(Struct, frozen=True, kw_only=True):
    """What one decision is handed. `now` is read once, by the caller; `today` is its civil date in the rulebook's zone.

    `cases` are those that may count and `checks` the routine checks, each with the unit that answers for it (`attribution.py`). `roster` is
    None where it cannot be known. `year`, `progress` and `accounts` are None where the act does not need them, or where they cannot be
    known: then nothing is held against them. `binding.context_for` makes a context.
    """

    rulebook: Rulebook
    actor: Actor
    now: datetime
    today: date
    cases: tuple[Case, ...] = ()
    checks: tuple[RoutineCheck, ...] = ()
    year: Year | None = None
    roster: Roster | None = None
    progress: tuple[Progress, ...] | None = None
    accounts: Mapping[str, Account] | None = None
    is_working: IsWorking | None = None

    def clause(self, stage: str) -> str:
        """The clause a stage stands on."""
        return self.rulebook.stages[stage].clause
