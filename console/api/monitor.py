"""Around every request: it is counted, and what nobody foresaw is answered with a problem, not with a traceback in a log."""

from __future__ import annotations

from time import perf_counter

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.counters import RequestMetrics

from .problems import unexpected


class Monitor:
    """ASGI middleware. It counts only requests for a path that there is."""

    # A handler for `Exception` would not do: Starlette raises the error again after it, and its words, which may be
    # somebody's data, come into the log of the server.

    def __init__(self, app: ASGIApp, count: RequestMetrics) -> None:
        self._app, self._count = app, count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = perf_counter(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if status:
                raise
            await unexpected(Request(scope, receive), error)(scope, receive, watch)
        if "route" in scope:
            path = scope["root_path"] + scope["route"].path
            self._count.answered(scope["method"], path, status, perf_counter() - began)
