"""Health checks for a monitoring system: one for the console, one for the scheduler. Anybody may read them.

They tell states and times, and nothing about assessments.
"""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from console.web.request.page_request import PageRequest
from console.web.routes import ANYBODY, Pages
from scheduler.daemon import silent_for
from storage import lease

pages = Pages()


@pages.get("/healthz", view=ANYBODY)
def console(request: PageRequest) -> Response:
    """Status 200 if the console and its database answer. The body also has the state of the scheduler."""
    # The pages work without the scheduler, so its state does not change the status.
    return JSONResponse({"console": "alive", "clock": _scheduler_state(request)})


@pages.get("/healthz/clock", view=ANYBODY)
def clock(request: PageRequest) -> Response:
    """Status 200 if the scheduler is alive; 503 if it restarts, is silent or failed, or if the time is in doubt."""
    state, last = _scheduler_state(request), lease.read(request.database)
    body = {"clock": state, "beat_at": last.beat_at and last.beat_at.isoformat(), "failed": last.failed}
    return JSONResponse(body, 200 if state == "alive" else 503)


def _scheduler_state(request: PageRequest) -> str:
    """`alive`, or the first reason why it is not: `restarting`, `doubted` (the time), `silent` or `failing`."""
    if request.app.scheduler_restarting:
        return "restarting"
    if request.clock_doubt is not None:
        return "doubted"
    if silent_for(request.database, request.now) is not None:
        return "silent"
    return "failing" if lease.read(request.database).failed else "alive"
