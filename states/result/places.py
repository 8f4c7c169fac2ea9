"""The places of a round (名次): who cannot be compared yet, how a standing would be settled now, whether it came out so before.

A standing that is settled keeps its places until it is settled again, whatever happens to the scores meanwhile.

Not here: the order itself (`states/rulebook/calculation/settling.py`), and the act (`states/year/standings.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from msgspec.structs import replace

from states.assessment import WITHDRAWN
from states.records.roster import Roster
from states.records.year import Progress, Year
from states.rulebook.calculation.lines import Inputs, Place
from states.rulebook.calculation.read_values import PlaceValue
from states.rulebook.calculation.settling import Settlement, places_that_stand, settle
from states.rulebook.calculation.standings import Candidate, StandingKind
from states.rulebook.types import Rulebook

from .result import scopes_of
from .same import Same


def places_of(year: Year | None, unit: str) -> dict[str, Place | None]:
    """The places of a department and of its members, as the year settled them last, for `Inputs.standings`."""
    places: dict[str, Place | None] = {}
    for key, settlement in year.standings.items() if year is not None else ():
        for id_, place in settlement.places.items():
            of_unit, at, person = id_.partition("@")
            if of_unit == unit:
                places[f"{key}{at}{person}"] = place
    return places


def standings_read(inputs: Inputs, rulebook: Rulebook) -> tuple[StandingKind, ...]:
    """The standings on which the results of a department depend, in the order of the rulebook."""
    values = chain.from_iterable(scope.plan.values.values() for scope in scopes_of(inputs, rulebook))
    read = {value.standing for value in values if isinstance(value, PlaceValue)}
    return tuple(standing for standing in rulebook.standing if standing.key in read)


def unready(
    standing: StandingKind, year: Year, progress: Iterable[Progress], rulebook: Rulebook, roster: Roster | None
) -> tuple[str, ...]:
    """The departments of the year that cannot be compared yet: they have no score, or one that is not valid any more."""
    assessments = {one.unit: one for one in progress}
    retired = {unit for unit in year.units if roster is not None and roster.is_past_final_year(unit, year.year)}
    not_ready = (one.unit for one in assessments.values() if not _is_ready(standing, year, one, rulebook))
    return tuple(sorted({*not_ready, *(set(year.units) - assessments.keys() - retired)}))


def settle_now(
    standing: StandingKind, year: Year, progress: Iterable[Progress], rulebook: Rulebook, order: Sequence[str]
) -> Settlement:
    """How the standing would be settled by the present scores. `order`: the ids in the order that people gave to ties.

    The places of results that are approved stay where they were, if the standing says so (`places_that_stand`).
    """
    of_unit = {one.unit: one for one in progress if one.stage != WITHDRAWN}
    candidates = list(_candidates(standing, of_unit.values(), rulebook))
    approved = {candidate.id for candidate in candidates if of_unit[candidate.unit].is_approved}
    before = year.standings.get(standing.key)
    fixed = places_that_stand(standing, before, candidates, approved) if before is not None else {}
    return settle(standing, candidates, rulebook.cuts[standing.key], order, fixed)


def comes_out_again(
    standing: StandingKind, year: Year, progress: Sequence[Progress], rulebook: Rulebook, roster: Roster | None
) -> bool:
    """Whether the standing is settled, and settled again now, with the same order of its ties, it has the same places."""
    before = year.standings.get(standing.key)
    if before is None or unready(standing, year, progress, rulebook, roster):
        return False
    now = settle_now(standing, year, progress, rulebook, before.order)
    return now.is_settled and now.places == before.places


def _candidates(standing: StandingKind, progress: Iterable[Progress], rulebook: Rulebook) -> Iterator[Candidate]:
    for one in progress:
        if one.inputs is not None:
            yield from _compared(Same(rulebook), standing.key, Same(one.inputs))


# Every approval of a round compares all departments again, and so does the replay: 60 approvals with 60 results each,
# of half a millisecond. Of these, only the results that were scored since the last comparison have to be made.
@lru_cache(maxsize=2048)
def _compared(rulebook: Same, standing: str, inputs: Same) -> tuple[Candidate, ...]:
    return tuple(rulebook.it.candidates(rulebook.it.standings[standing], inputs.it))


def _is_ready(standing: StandingKind, year: Year, one: Progress, rulebook: Rulebook) -> bool:
    """Whether this standing can take the assessment as it is: it is withdrawn, or its score is valid for the comparison."""
    if one.stage == WITHDRAWN:
        return True
    if one.inputs is None:
        return False
    if one.is_approved:
        return True
    if any(source.partition("@")[0] not in rulebook.standings for source in one.changed):
        return False
    now = places_of(year, one.unit)
    if now == one.inputs.standings:
        return True
    # Since the score, only places were settled. It must be made again first if what is compared depends on them.
    again = rulebook.candidates(standing, replace(one.inputs, standings=now))
    return list(_candidates(standing, [one], rulebook)) == again
