"""Whether the console answers, and whether the clock beside it is alive: for whoever watches from outside."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from console.web.request import Visit
from console.web.routes import ANYBODY, Pages
from scheduler.daemon import silent_for
from storage import lease

pages = Pages()


@pages.get("/healthz", view=ANYBODY)
def console(visit: Visit) -> Response:
    """The console and its database answer. That the clock is not well is said, but takes no page away."""
    return JSONResponse({"console": "alive", "clock": _clock(visit)})


@pages.get("/healthz/clock", view=ANYBODY)
def clock(visit: Visit) -> Response:
    """503 where the clock has given no sign of life for ten minutes, or could not do a part of what was due, or the time is in doubt."""
    said, last = _clock(visit), lease.read(visit.database)
    told = {"clock": said, "beat_at": last.beat_at and last.beat_at.isoformat(), "failed": last.failed}
    return JSONResponse(told, 200 if said == "alive" else 503)


def _clock(visit: Visit) -> str:
    if visit.clock_restarting:
        return "restarting"
    if visit.doubt is not None:
        return "doubted"
    if silent_for(visit.database, visit.now) is not None:
        return "silent"
    return "failing" if lease.read(visit.database).failed else "alive"
