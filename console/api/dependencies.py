"""The checks before every operation: rate limit, authentication by token, and permission to view.

The dependency `caller` makes them in this order, before a parameter is checked. The views that an operation needs are
its security scopes. Also here: `CallerFirst`, a route that finds the caller before it reads the body; the request
object for error handlers (`page_request_of`); and the name of an operation for logs (`operation`).
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
from console.web.throttling.attempts import network_of
from console.web.throttling.rate_limit import RateLimit
from storage.sign_in.accounts import SessionWithAccount

from .errors import NoToken, TooManyRequests

BEARER = HTTPBearer(
    scheme_name="token", auto_error=False, description="`kaohe tokens new ACCOUNT` 或“账号”页发放。 Issued there too."
)


def page_request_of(request: Request) -> PageRequest:
    """The console's request object. After `identify` it has the account of a valid token; otherwise no account."""
    identified: PageRequest | None = getattr(request.state, "page_request", None)
    return identified or anonymous(request.app.state.console, request)


def identify(request: Request, token: HTTPAuthorizationCredentials | None) -> PageRequest:
    """Find the account of the token, and count the request against its rate limit.

    Without a valid token the result has no account, and the request counts for its network. A second call for the same
    request changes nothing. Raises `TooManyRequests`.
    """
    if not hasattr(request.state, "page_request"):
        identified = request.state.page_request = _request_of_token(request, token)
        _limit_rate(request, identified)
    return page_request_of(request)


def _request_of_token(request: Request, token: HTTPAuthorizationCredentials | None) -> PageRequest:
    app: AppState = request.app.state.console
    account = tokens.account_of_token(app.engine, token.credentials.strip()) if token is not None else None
    without_account = page_request_of(request)
    if account is None:
        return without_account
    now, language = without_account.now, without_account.user.language
    session = SessionWithAccount(account.id, now, now, now, "token", account.id, language)
    return PageRequest(app, request, User(account, session, language, now))


def _limit_rate(request: Request, page_request: PageRequest) -> None:
    """Count the request against its account, or against its network if it has no account. Raises `TooManyRequests`."""
    rate: RateLimit = request.app.state.rate
    seconds = rate.count_call(page_request.user.id or f"from {network_of(page_request.address)}", page_request.now)
    if seconds:
        raise TooManyRequests(most=rate.limit, seconds=seconds)


def caller(
    request: Request,
    response: Response,
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    views: SecurityScopes,
    accept_language: Annotated[
        str | None, Header(description="`zh` 或 `en`：标题、说明和出错信息所用的语言", examples=["zh", "en"])
    ] = None,
) -> PageRequest:
    """The request of an account that may see the operation's views (`states/views.py`).

    If the path names a department, the account must be allowed to see the views of this department. Raises
    `TooManyRequests`, `NoToken` if there is no valid token, and the `Refusal` of a view that the account may not see.
    """
    # One dependency for the three checks: FastAPI runs each dependency in a thread of its own.
    identified = identify(request, token)
    if identified.user.session is None:
        raise NoToken
    for view in views.scopes:
        identified.permissions.require_view(view, request.path_params.get("unit"))
    response.headers["content-language"] = identified.user.language
    return identified


def operation(request: Request) -> str:
    """Method and path for logs, with the names of the path's parameters and not their values."""
    route = request.scope.get("route")
    return f"{request.method} {request.scope['root_path']}{route.path if route else ''}"


class CallerFirst(APIRoute):
    """A route that authenticates the caller and counts the request before it reads the body.

    For a request without a valid token the body counts as empty, and then the dependency `caller` refuses the request.
    """

    # FastAPI reads the body before it calls a dependency. Then anybody could keep connections open by sending bodies
    # slowly, and a body that is no JSON would not count against the rate limit.

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def authenticate_and_handle(request: Request) -> Response:
            identified = await run_in_threadpool(identify, request, await BEARER(request))
            return await handle(Request(request.scope, _empty) if identified.user.session is None else request)

        return authenticate_and_handle


async def _empty() -> Message:
    return {"type": "http.request"}
