"""The input of a decision besides the state: the rulebook, who acts, when, and what it must know of other streams."""

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
"""The cases and routine checks of the department."""
YEAR: Needs = frozenset({"year"})
"""The year of the assessment."""
PROGRESS: Needs = frozenset({"progress"})
"""The stage of each assessment of the year."""
ACCOUNTS: Needs = frozenset({"accounts"})
"""The accounts that the command names."""


class Context(Struct, frozen=True, kw_only=True):
    """The input of one decision. The caller reads `now` once; `today` is its civil date in the rulebook's zone.

    `cases` may count and `checks` may be named in the result, each with the department that answers for it
    (`cases/attribution.py`). `roster` is None where it cannot be known. `year`, `progress` and `accounts` are None
    where the act does not need them or they cannot be known; then no check uses them. `binding.context_for` makes a
    context.
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
        """The clause that requires a stage."""
        return self.rulebook.stages[stage].clause
