"""Health checks for a monitoring system: whether the console answers, and whether the scheduler is alive."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from console.web.request.page_request import PageRequest
from console.web.routes import ANYBODY, Pages
from scheduler.daemon import silent_for
from storage import lease

pages = Pages()


@pages.get("/healthz", view=ANYBODY)
def console(request: PageRequest) -> Response:
    """200 if the console and its database answer.

    The state of the scheduler is reported, but the pages work without it.
    """
    return JSONResponse({"console": "alive", "clock": _clock(request)})


@pages.get("/healthz/clock", view=ANYBODY)
def clock(request: PageRequest) -> Response:
    """503 without a heartbeat of the scheduler for ten minutes, after a failed round, or while the time is in doubt."""
    state, last = _clock(request), lease.read(request.database)
    body = {"clock": state, "beat_at": last.beat_at and last.beat_at.isoformat(), "failed": last.failed}
    return JSONResponse(body, 200 if state == "alive" else 503)


def _clock(request: PageRequest) -> str:
    if request.app.scheduler_restarting:
        return "restarting"
    if request.clock_doubt is not None:
        return "doubted"
    if silent_for(request.database, request.now) is not None:
        return "silent"
    return "failing" if lease.read(request.database).failed else "alive"
