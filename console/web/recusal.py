"""回避 in the audit: which streams of the ledger an account does not read, because they judge its own unit.

The ledger as a whole judges every unit, so it is handed out only to an account that belongs to none.
"""

from __future__ import annotations

from states.records.case import Case
from states.streams import Stream, kind_of

from .request.page_request import PageRequest


def may_read(request: PageRequest, stream: str) -> bool:
    """Whether an account that may audit may read the entries of this stream."""
    return all(request.permissions.may_view("audit", unit) for unit in _units(request, stream))


def permit(request: PageRequest, stream: str = "") -> None:
    """As `may_read`, with the refusal that says why not; of the whole ledger where no stream is named."""
    for unit in _units(request, stream) if stream else filter(None, (request.user.unit,)):
        request.permissions.require_view("audit", unit)


def _units(request: PageRequest, stream: str) -> tuple[str, ...]:
    """The units that a stream judges: an assessment's, and those of a case then and now."""
    unit = Stream.parse(stream).unit
    if unit is not None:
        return (unit,)
    if kind_of(stream) != "case" or request.user.unit is None:
        return ()
    state = request.engine.state(stream)
    return state.units if isinstance(state, Case) else ()
