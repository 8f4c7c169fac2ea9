"""Middleware around every API request: it counts and times the request, and answers an unforeseen error with a problem.

Foreseen errors are answered in `problems.py`.
"""

from __future__ import annotations

from time import perf_counter

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.counters import RequestMetrics

from .problems import answer_unexpected


class Monitor:
    """ASGI middleware. It counts only requests for a path that exists, and whose answer did not break off."""

    # Not an exception handler for `Exception`: after such a handler Starlette raises the error again, and the server
    # logs its traceback, which may contain personal data.

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = perf_counter(), 0

        async def send_and_note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note_status)
        except Exception as error:
            if status:  # the answer has begun, so it cannot become a problem
                raise
            await answer_unexpected(Request(scope, receive), error)(scope, receive, send_and_note_status)
        if "route" in scope:
            path = scope["root_path"] + scope["route"].path
            self._metrics.count_request(scope["method"], path, status, perf_counter() - started)
