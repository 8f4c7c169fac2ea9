"""What others report in a year under any rulebook: numbers of other offices, levels, grades, earlier results.

An earlier result that the ledger has is read by the system. There was no earlier year, so its results are invented.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

from scenarios.defaults.reports import best_report
from states.assessment import Assessment
from states.rulebook.types import Rulebook
from states.stages.value_report import ReportItem


class ReportedValues:
    """Values for the items of one assessment."""

    def __init__(self, state: Assessment, rulebook: Rulebook, care: float, random: Random) -> None:
        self._state, self._rulebook = state, rulebook
        self._care, self._random = care, random

    def of(self, item: ReportItem) -> Decimal | str:
        """What is reported of this item."""
        return self._word(item) if item.words else self._number(item)

    def _word(self, item: ReportItem) -> str:
        words = list(item.words)
        return words[0] if self._random.random() < self._care else self._random.choice(words[:3])

    def _number(self, item: ReportItem) -> Decimal:
        best = best_report(item, self._state, self._rulebook)
        assert isinstance(best, Decimal)
        # Of a number below ten, most are counts of which another number is a part: they stay as they are.
        lost = 0 if best < 10 or self._random.random() < self._care else self._random.randint(1, 20)
        return (best - best * lost / 100) // item.step * item.step
