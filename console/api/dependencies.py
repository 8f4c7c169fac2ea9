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
from console.web.request.app_state import AppState
from console.web.request.page_request import PageRequest, anonymous
from console.web.request.user import User
from console.web.throttling.attempts import network
from console.web.throttling.rates import Rate
from storage.sign_in.accounts import SessionWithAccount

from .errors import NoToken, TooManyRequests

BEARER = HTTPBearer(
    scheme_name="token", auto_error=False, description="`kaohe tokens new ACCOUNT` 或“账号”页发放。 Issued there too."
)


def page_request_of(request: Request) -> PageRequest:
    """The request as the console knows it: of its caller once `identify` has looked at the token, until then of nobody."""
    found: PageRequest | None = getattr(request.state, "page_request", None)
    return found or anonymous(request.app.state.console, request)


def identify(request: Request, token: HTTPAuthorizationCredentials | None) -> PageRequest:
    """The request of the account whose token it brings; of nobody where it brings no valid one.

    It counts against the rate limit, once a request. Raises `TooManyRequests`.
    """
    if not hasattr(request.state, "page_request"):
        found = request.state.page_request = _identified(request, token)
        limit_rate(request, found)
    return page_request_of(request)


def _identified(request: Request, token: HTTPAuthorizationCredentials | None) -> PageRequest:
    app: AppState = request.app.state.console
    account = tokens.account_of_token(app.engine, token.credentials.strip()) if token is not None else None
    stranger = page_request_of(request)
    if account is None:
        return stranger
    now, language = stranger.now, stranger.user.language
    session = SessionWithAccount(account.id, now, now, now, "token", account.id, language)
    return PageRequest(app, request, User(account, session, language, now))


def limit_rate(request: Request, caller: PageRequest) -> None:
    """Count the request: against its account, or where there is none against its network. `TooManyRequests`."""
    rate: Rate = request.app.state.rate
    wait = rate.wait(caller.user.id or f"from {network(caller.address)}", caller.now)
    if wait:
        raise TooManyRequests(most=rate.most, seconds=wait)


def caller(
    request: Request, response: Response, token: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)], views: SecurityScopes,
    accept_language: Annotated[str | None, Header(description="`zh` 或 `en`：标题、说明和出错信息所用的语言", examples=["zh", "en"])] = None,
) -> PageRequest:  # fmt: skip
    """The request of a known account that may look at the operation's views (`states/views.py`), of the unit in the path if there is one.

    `TooManyRequests`, `NoToken` for an unknown one, the `Refusal` of the view for another.
    """
    # One dependency, not one for each question: FastAPI runs each in a thread of its own.
    identified = identify(request, token)
    if identified.user.session is None:
        raise NoToken
    for view in views.scopes:
        identified.permissions.require_view(view, request.path_params.get("unit"))
    response.headers["content-language"] = identified.user.language
    return identified


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
            caller = await run_in_threadpool(identify, request, await BEARER(request))
            return await handle(Request(request.scope, _empty) if caller.user.session is None else request)

        return caller_first


async def _empty() -> Message:
    return {"type": "http.request"}
