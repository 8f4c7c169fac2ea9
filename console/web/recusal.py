"""回避 in the audit: an account does not read the streams of the ledger that concern its own department.

The whole ledger concerns every department, so only an account that belongs to no department may export it.
"""

from __future__ import annotations

from states.papers.catalogue import PAPERS
from states.papers.issue import PapersOfYear
from states.records.record import RecordState
from states.streams import Stream, kind_of

from .request.page_request import PageRequest


def may_read(request: PageRequest, stream: str) -> bool:
    """Whether the user, who may see the audit's pages, may read the entries of this stream."""
    return all(request.permissions.may_view("audit", unit) for unit in _units(request, stream))


def require_read(request: PageRequest, stream: str = "") -> None:
    """Raise a `Refusal` if the user may not read the entries of this stream; without a stream, the whole ledger."""
    for unit in _units(request, stream) if stream else request.user.units:
        request.permissions.require_view("audit", unit)


def _units(request: PageRequest, stream: str) -> tuple[str, ...]:
    """The departments that a stream concerns: that of an assessment; of a case or a record, the first and the present.

    Of a paper that says how departments were judged, those; if it is about the year, every department of the user: the
    same result makes the same bytes, so somebody could compare a digest with that of a guess.

    Empty for any other stream, and for a record if the user belongs to no department, nor does a principal.
    """
    unit = Stream.parse(stream).unit
    if unit is not None:
        return (unit,)
    if kind_of(stream) not in ("case", "record", "paper") or not request.user.units:
        return ()
    state = request.engine.state(stream)
    if isinstance(state, PapersOfYear):
        paper = PAPERS.get(state.key)
        if paper is None or not paper.says_judgement:
            return ()
        if paper.of == "year":
            return tuple(request.user.units)
        return tuple(unit for of in state.made if (unit := Stream.parse(of).unit))
    return state.units if isinstance(state, RecordState) else ()
