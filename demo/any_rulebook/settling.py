"""Settles the standings of a year under any rulebook: each standing whose places do not come out of the scores again.

Ties are put in the order in which they are compared.
"""

from __future__ import annotations

from scenarios.defaults.settling import settling_of
from states.records.year import Year
from states.rulebook.calculation.standings import StandingKind
from states.streams import year_stream
from states.year.standings import Settle
from workflow.engine import Engine, Submission

from .acts import READER, ActWriter


def settle(writer: ActWriter, standing: StandingKind, engine: Engine) -> list[Submission]:
    """The settling of this standing, if it is not settled or would come out otherwise now."""
    sample = writer.sample
    stream = year_stream(sample.year)
    decision = engine.prepare(stream, Settle(standing=standing.key), lambda *_: (READER,))
    year, context = decision.state, decision.context
    assert isinstance(year, Year)
    command = settling_of(standing, year, context)
    return [writer.submission(stream, command, year, sample.units[0], context.today)] if command is not None else []
