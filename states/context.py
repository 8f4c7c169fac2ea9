"""What a decision is handed besides the state: the rulebook, who acts, when, and what it must know of other streams."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from .deadlines.dates import IsWorking
from .rulebook.types import Rulebook
from .vocabulary import Actor

if TYPE_CHECKING:
    from .accounts.account import Account
    from .cases.case import Case
    from .routine_check import RoutineCheck
    from .year.roster import Roster
    from .year.year import Progress, Year


class Context(Struct, frozen=True, kw_only=True):
    """One decision's surroundings. `now` is handed in, read once; `today` is its civil date in the zone.

    `cases` are those that may count and `checks` the routine checks, each with the unit that answers for it (`attribution.py`); `roster` is
    None where it cannot be known; `year` and where the year's assessments stand (`progress`), None where the
    act does not ask (`chart.Act`) or it cannot be known; so the `accounts` a command names, which a replay asks after elsewhere.
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
