"""HTTP of the API: the token, the rate, the form; then the call. Nothing is raised from here, and no cookie is read."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from secrets import token_hex
from time import perf_counter
from typing import Any, ParamSpec

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from config.logs import logger
from console.web import tokens
from console.web.middleware import TooLarge
from console.web.request import Desk, Visit
from console.web.throttling.attempts import network
from console.web.throttling.rates import Rate
from scheduler.counters import Requests
from states.refusals import Refusal
from storage.errors import StorageError
from storage.sign_in.accounts import SessionWithAccount

from .asked import any_submission
from .calls import CALLS, Call
from .openapi import JSON, described
from .problems import Broken, NoSuchCall, NoToken, TooMany, TooMuch, Unfit, plain, problem, status_of

ROOT = "/api/v1"

P = ParamSpec("P")


def api(desk: Desk, count: Requests) -> Starlette:
    """The API over a desk, to be mounted at `ROOT`."""
    rulebook = desk.engine.editions.in_force.rulebook
    document = cache(lambda: msgspec.json.encode(described(CALLS, rulebook)))  # made once somebody asks
    door = _Door(desk, count, msgspec.json.Decoder(any_submission(rulebook)))

    async def describe(_request: Request) -> Response:
        return Response(document(), media_type=JSON)

    def no_such_call(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        asked = f"{request.method} {request.url.path}"[:200]
        allowed = (error.headers or {}) if isinstance(error, HTTPException) else {}
        return problem(status, NoSuchCall(asked=asked), _stranger(desk, request).language, **allowed)

    return Starlette(
        routes=[
            Route("/openapi.json", describe),
            *(Route(call.path, door.endpoint(call), methods=[call.method]) for call in CALLS),
        ],
        exception_handlers={HTTPException: no_such_call},
    )


class _Door:
    """What stands before every call, the same for each."""

    def __init__(self, desk: Desk, count: Requests, submissions: msgspec.json.Decoder[Any]) -> None:
        self._desk, self._count, self._submissions = desk, count, submissions
        self._rate = Rate(desk.engine.ledger.database, desk.settings.api_per_minute)

    def endpoint(self, call: Call) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            began = perf_counter()
            response = await answered(request)
            self._count.answered(call.method, ROOT + call.path, response.status_code, perf_counter() - began)
            return response

        async def answered(request: Request) -> Response:
            # Who calls is known before what is sent is read.
            visit = await run_in_threadpool(self._safely, call, request, self._admitted, call, request)
            if isinstance(visit, Response):
                return visit
            try:
                body = await request.body()
            except TooLarge:
                return problem(413, TooMuch(), visit.language)
            answer = await run_in_threadpool(self._safely, call, request, self._asked, call, visit, body)
            assert isinstance(answer, Response)
            return answer

        return endpoint

    def _safely(
        self, call: Call, request: Request, ask: Callable[P, Visit | Response], *given: P.args, **more: P.kwargs
    ) -> Visit | Response:
        """What was asked, or the problem that came of it."""
        language = _stranger(self._desk, request).language
        try:
            return ask(*given, **more)
        except Refusal as refusal:
            return problem(status_of(refusal, call.method), refusal, language)
        except StorageError as fault:
            return problem(503, fault, language)
        except Exception as error:  # noqa: BLE001
            reference = token_hex(4)
            logger("console").error("failed", reference=reference, path=ROOT + call.path, error=type(error).__name__)
            return problem(500, Broken(reference=reference), language)

    def _admitted(self, call: Call, request: Request) -> Visit | Response:
        """The visit of whoever may ask this, or the answer to whoever may not."""
        language = _stranger(self._desk, request).language
        visit = self._visit(request, language)
        wait = self._rate.wait(visit.account.id or f"from {network(visit.address)}", visit.now)
        if wait:
            return problem(429, TooMany(most=self._rate.most, seconds=wait), language, retry_after=str(wait))
        if visit.session is None:
            if "authorization" in request.headers:
                visit.log("token_refused", what=f"{call.method} {ROOT}{call.path}")
            return problem(401, NoToken(), language, www_authenticate='Bearer realm="kaohe"')
        with _on_record(call, visit):
            unit = request.path_params.get("unit")
            visit.permit(call.view, unit)
        return visit

    def _asked(self, call: Call, visit: Visit, body: bytes) -> Response:
        language = visit.language
        try:
            with _on_record(call, visit):
                given = self._given(call, visit.request, body)
        except msgspec.ValidationError as why:
            return problem(422, Unfit(why=plain(why)), language)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
            return problem(400, Unfit(why=plain(why)), language)
        answer = msgspec.json.encode(call.answer(visit, **given))
        return Response(answer, media_type=JSON, headers={"content-language": language})

    def _visit(self, request: Request, language: str) -> Visit:
        """The visit of the account whose token was brought; of nobody where none was."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        account = tokens.bearer(self._desk.engine, token.strip()) if kind.lower() == "bearer" else None
        if account is None:
            return _stranger(self._desk, request)
        now = self._desk.engine.clock.now()
        return Visit(
            self._desk, request, None, SessionWithAccount(account.id, now, now, now, "token", account.id, language), ""
        )

    def _given(self, call: Call, request: Request, body: bytes) -> dict[str, Any]:
        """What the call takes, of its kinds. msgspec's errors where it is not."""
        given: dict[str, Any] = {}
        for name, kind in call.types.items():
            if name == "body":
                if _NUL.search(body):
                    raise msgspec.ValidationError("NUL is no character of a text")
                given[name] = self._submissions.decode(body)
            elif name == "query":
                given[name] = msgspec.convert(dict(request.query_params), kind, strict=False)
            elif name != "return":
                given[name] = msgspec.convert(request.path_params[name], kind, strict=False)
        return given


@contextmanager
def _on_record(call: Call, visit: Visit) -> Iterator[None]:
    """A refusal leaves a line in the security log."""
    try:
        yield
    except Refusal as refusal:
        visit.log("refused", what=f"{refusal.code} {call.method} {ROOT}{call.path}")
        raise


_NUL = re.compile(rb"\\u0000")
"""PostgreSQL takes it for no text. A backslash before it would only make it a stranger word."""


def _stranger(desk: Desk, request: Request) -> Visit:
    """Somebody who is not known yet: for the language asked for, and the address."""
    return Visit(desk, request, None, None, "")
