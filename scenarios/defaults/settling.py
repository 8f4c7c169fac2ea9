"""The settling of a standing: its ties are put in the order in which they are compared."""

from __future__ import annotations

from states.assessment import Assessment
from states.context import Context
from states.records.year import Year
from states.result import places
from states.rulebook.calculation.standings import StandingKind
from states.stages.scoring import Scored
from states.vocabulary import Words
from states.year.standings import Settle

ORDER_REASON = Words("得分相同，按平时工作情况排定")
"""The reason for the order of a tie, if the story does not write one."""


def due_settling(state: Assessment, year: Year, context: Context) -> Settle | None:
    """The settling of the first standing on which this result rests, if it is due and all departments can be compared."""
    scored, progress, rulebook = state.fact(Scored), context.progress or (), context.rulebook
    for standing in places.standings_read(scored.inputs, rulebook) if scored is not None else ():
        if not places.unready(standing, year, progress, rulebook, context.roster):
            settling = settling_of(standing, year, context)
            if settling is not None:
                return settling
    return None


def settling_of(standing: StandingKind, year: Year, context: Context) -> Settle | None:
    """The settling of a standing from the scores of now. None if it is settled and would come out the same."""
    rulebook, progress = context.rulebook, context.progress or ()
    if places.comes_out_again(standing, year, progress, rulebook, context.roster):
        return None
    ties = places.settle_now(standing, year, progress, rulebook, ()).ties
    order = tuple(id_ for tie in ties for id_ in tie.candidates)
    return Settle(standing=standing.key, order=order, reason=ORDER_REASON if order else None)
