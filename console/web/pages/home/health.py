"""Whether the console answers, and whether the clock beside it is alive: for whoever watches from outside."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from console.web.request.page_request import PageRequest
from console.web.routes import ANYBODY, Pages
from scheduler.daemon import silent_for
from storage import lease

pages = Pages()


@pages.get("/healthz", view=ANYBODY)
def console(request: PageRequest) -> Response:
    """The console and its database answer. That the clock is not well is said, but takes no page away."""
    return JSONResponse({"console": "alive", "clock": _clock(request)})


@pages.get("/healthz/clock", view=ANYBODY)
def clock(request: PageRequest) -> Response:
    """503 where the clock has given no sign of life for ten minutes, or could not do a part of what was due, or the time is in doubt."""
    said, last = _clock(request), lease.read(request.database)
    told = {"clock": said, "beat_at": last.beat_at and last.beat_at.isoformat(), "failed": last.failed}
    return JSONResponse(told, 200 if said == "alive" else 503)


def _clock(request: PageRequest) -> str:
    if request.app.scheduler_restarting:
        return "restarting"
    if request.clock_doubt is not None:
        return "doubted"
    if silent_for(request.database, request.now) is not None:
        return "silent"
    return "failing" if lease.read(request.database).failed else "alive"
