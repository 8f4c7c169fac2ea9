"""What every path operation depends on: the caller, known by a token, within the rate limit, and entitled to look.

That is asked in this order, before a parameter is checked. The view that an operation needs is its security scope.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.concurrency import run_in_threadpool
from starlette.types import Message

from console.web import tokens
from console.web.request import Desk, Visit
from console.web.throttling.attempts import network
from console.web.throttling.rates import Rate
from storage.sign_in.accounts import SessionWithAccount

from .errors import NoToken, TooManyRequests

BEARER = HTTPBearer(
    scheme_name="token", auto_error=False, description="`kaohe tokens new ACCOUNT` 或“账号”页发放。 Issued there too."
)


def visit_of(request: Request) -> Visit:
    """The visit of this request: of its caller once `visitor` has looked, until then of nobody."""
    visit: Visit | None = getattr(request.state, "visit", None)
    return visit or Visit(request.app.state.desk, request, None, None, "")


def visitor(request: Request, token: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> Visit:
    """The visit of the account whose token the request brings; of nobody where the request brings no valid one.

    It counts against the rate limit, once a request. Raises `TooManyRequests`.
    """
    if not hasattr(request.state, "visit"):
        visit = request.state.visit = _visit(request, token)
        limit_rate(request, visit)
    return visit_of(request)


def _visit(request: Request, token: HTTPAuthorizationCredentials | None) -> Visit:
    desk: Desk = request.app.state.desk
    account = tokens.bearer(desk.engine, token.credentials.strip()) if token is not None else None
    stranger = visit_of(request)
    if account is None:
        return stranger
    now, language = stranger.now, stranger.language
    session = SessionWithAccount(account.id, now, now, now, "token", account.id, language)
    visit = Visit(desk, request, None, session, "")
    visit.account = account
    return visit


def limit_rate(request: Request, visit: Visit) -> None:
    """Count the request: against its account, or where there is none against its network. `TooManyRequests`."""
    rate: Rate = request.app.state.rate
    wait = rate.wait(visit.account.id or f"from {network(visit.address)}", visit.now)
    if wait:
        raise TooManyRequests(most=rate.most, seconds=wait)


def caller(
    request: Request, response: Response, visit: Annotated[Visit, Depends(visitor)], views: SecurityScopes,
    accept_language: Annotated[str | None, Header(description="`zh` 或 `en`：标题、说明和出错信息所用的语言", examples=["zh", "en"])] = None,
) -> Visit:  # fmt: skip
    """The visit of a known account that may look at the operation's views (`states/views.py`), of the unit in the path if there is one.

    `NoToken` for an unknown one, the `Refusal` of the view for another.
    """
    if visit.session is None:
        raise NoToken
    for view in views.scopes:
        visit.permit(view, request.path_params.get("unit"))
    response.headers["content-language"] = visit.language
    return visit


def operation(request: Request) -> str:
    """Method and path as the description has it, for logs: never what stood in the path."""
    route = request.scope.get("route")
    return f"{request.method} {request.scope['root_path']}{route.path if route else ''}"


class CallerFirst(APIRoute):
    """A route that reads a body only of a known caller within the rate limit, for FastAPI reads it before it asks a dependency.

    The body of somebody else counts as empty; then the dependencies refuse the request. Otherwise anybody could keep
    connections open by sending bodies slowly, and a body that is no JSON would not count.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def caller_first(request: Request) -> Response:
            visit = await run_in_threadpool(visitor, request, await BEARER(request))
            return await handle(Request(request.scope, _empty) if visit.session is None else request)

        return caller_first


async def _empty() -> Message:
    return {"type": "http.request"}
