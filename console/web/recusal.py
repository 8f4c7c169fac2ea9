"""回避 in the audit: which streams of the ledger an account does not read, because they judge its own unit.

The ledger as a whole judges every unit, so it is handed out only to an account that belongs to none.
"""

from __future__ import annotations

from states.cases.case import Case

from .request import Visit


def may_read(visit: Visit, stream: str) -> bool:
    """Whether an account that may audit may read the entries of this stream."""
    return all(visit.may("audit", unit) for unit in _units(visit, stream))


def permit(visit: Visit, stream: str = "") -> None:
    """As `may_read`, with the refusal that says why not; of the whole ledger where no stream is named."""
    for unit in _units(visit, stream) if stream else filter(None, (visit.unit,)):
        visit.permit("audit", unit)


def _units(visit: Visit, stream: str) -> tuple[str, ...]:
    """The units that a stream judges: an assessment's, and those of a case then and now."""
    room, *rest = stream.split("/")
    if room == "assessment":
        return tuple(rest[1:2])
    if room != "case" or visit.unit is None:
        return ()
    state = visit.engine.state(stream)
    return state.units if isinstance(state, Case) else ()
