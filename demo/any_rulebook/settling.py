"""Settles the standings of a year under any rulebook: each standing whose places do not come out of the scores again.

Ties are put in the order of the ids, with a reason.
"""

from __future__ import annotations

from states.records.year import Year
from states.result import places
from states.rulebook.calculation.standings import StandingKind
from states.streams import year_stream
from states.vocabulary import Words
from states.year.standings import Settle
from workflow.engine import Engine, Submission

from .acts import READER, ActWriter


def settle(writer: ActWriter, standing: StandingKind, engine: Engine) -> list[Submission]:
    """The settling of this standing, if it is not settled or would come out otherwise now."""
    sample = writer.sample
    stream = year_stream(sample.year)
    decision = engine.prepare(stream, Settle(standing=standing.key), lambda *_: READER)
    year, context = decision.state, decision.context
    assert isinstance(year, Year)
    progress = context.progress or ()
    if places.comes_out_again(standing, year, progress, sample.rulebook, context.roster):
        return []
    now = places.settle_now(standing, year, progress, sample.rulebook, ())
    order = tuple(id_ for tie in now.ties for id_ in tie.candidates)
    reason = Words("得分相同，按平时工作情况排定") if order else None
    command = Settle(standing=standing.key, order=order, reason=reason)
    return [writer.submission(stream, command, year, sample.units[0], context.today)]
