"""The notice that the places of a year were settled, to the committee, which decides on the results. Pure.

The people who score are told of each score that is stale (`assessments.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from states.records.year import Year
from states.rulebook.types import Rulebook
from states.vocabulary import Fact
from states.year.standings import StandingSettled

from .notice import Notice


def standing_notices(fact: Fact, year: Year, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of one entry of a year's stream; `year` is the year after it."""
    if isinstance(fact, StandingSettled):
        title = rulebook.standings[fact.standing].title.text
        for to in dict.fromkeys(rulebook.stages["approval"].by if "approval" in rulebook.stages else ()):
            yield Notice("places_settled", to, "", {"year": year.year, "standing": title})
