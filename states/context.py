"""What a decision is handed besides the state: the rulebook, who acts, when, and the cases that may count."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from .rulebook import Rulebook
from .vocabulary import Actor

if TYPE_CHECKING:
    from .cases import Case


class Context(Struct, frozen=True, kw_only=True):
    """One decision's surroundings. `now` is handed in, read once; `today` is its civil date in the zone."""

    rulebook: Rulebook
    actor: Actor
    now: datetime
    today: date
    cases: tuple[Case, ...] = ()

    def clause(self, stage: str) -> str:
        """The clause a stage stands on."""
        return self.rulebook.stages[stage].clause
