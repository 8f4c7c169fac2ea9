"""The web application: it joins the pages, the API and the static files, and checks every request for a page.

A request for a page is checked in this order: the guard (`middleware.py`), the session, the CSRF token of a form, the
second factor, the view (`states/views.py`), the re-authentication. Then its page is called. The guard is also before
the API and the static files. The other checks of the API are in `api/`.

Also here: the thread pool in which a page runs, the limit for the form of each sender, and the error pages.
`_answer_or_error_page` is the only place that catches an unforeseen error of a page: it is logged, and the reader gets
a reference to it.
"""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from time import perf_counter
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from config.logs import log_failure
from config.settings import Settings
from console.api.app import NO_TELEMETRY, ROOT, api
from console.api.errors import UnexpectedError
from console.web import form_bodies, sessions
from console.web.form_bodies import FilesTooLarge
from console.web.forms import confirmation, confirmation_page, recovery
from console.web.middleware import UPLOAD_BYTES, BodyOverLimit, Guard
from console.web.numbers import LARGEST
from console.web.pages import ALL
from console.web.rendering import templates
from console.web.request.app_state import AppState
from console.web.request.navigation import Navigation
from console.web.request.page_request import PageRequest, anonymous, from_browser
from console.web.routes import ANYBODY, Page, call_page
from console.web.throttling import devices
from console.web.throttling.password_pool import RETRY_AFTER, PasswordPool, PoolFull
from scheduler.counters import RequestMetrics
from states.refusals import Refusal
from states.user_errors import UserError
from storage.errors import StorageError
from workflow.engine import Engine

from .supervisor import Supervisor

# The interpreter runs one thread at a time, so more threads would only slow each other down.
_PAGE_THREADS = 8
"""The number of threads for GET pages of signed-in people.

Public GET pages run in asyncio's pool. Forms run in Starlette's pool or, if they hash a password, in `PasswordPool`.
"""

_PROVIDER_THREADS = 4
"""The number of threads for requests to sign-in providers. Each request may take twenty seconds."""

STATIC = Path(__file__).parent / "web/static"


class InvalidFormToken(UserError):
    """The form does not carry the CSRF token of this browser."""

    zh = "本页已失效：可能停留过久，或已在别处重新登录。本次提交未成功，请重新打开该页，核对后再提交。"
    en = (
        "This page is no longer valid. It was open too long, or you signed in again elsewhere. Nothing was submitted. "
        "Open the page again, check it and submit."
    )


class ReauthenticationRequired(UserError):
    """The page needs a recent authentication, and the last one was too long ago."""

    zh = "本项办理须先确认本人身份（半小时内有效），本次提交未成功。请确认后再提交。"
    en = "Confirm your identity first (valid for half an hour). Nothing was submitted. Confirm, then submit again."


class PageNotFound(UserError):
    """No page has this path."""

    zh = "没有这个页面：{path}。链接可能有误，或内容已移走。请从首页重新进入。"
    en = (
        "There is no page at {path}. The link may be wrong, or the page may have moved. Start again from the home page."
    )


class MethodNotAllowed(UserError):
    """The page exists, but not for this HTTP method."""

    zh = "网页 {path} 不能这样打开。请从首页重新进入。"
    en = "{path} cannot be opened this way. Start again from the home page."


class UnreadableForm(UserError):
    """The body cannot be read as a form. Starlette's other errors get this sentence too, except 404 and 405."""

    zh = "提交的内容不完整或无法读取，本次提交未成功。请返回上一页，重新提交。"
    en = "What you sent is incomplete or cannot be read. Nothing was submitted. Go back and submit again."


class UploadTooLarge(UserError):
    """All files of one form together are larger than `UPLOAD_BYTES`."""

    zh = "一次提交的文件合计不能超过 {most} MB。本次未收下任何文件，也未提交。请分几次上传：先选一部分文件，保存后再选其余的，或者压缩文件。"
    en = (
        "The files of one form can be up to {most} MB together. No file was taken and nothing was submitted. Upload "
        "them in parts: choose some, save, then choose the others. Or make the files smaller."
    )


class FormTooLarge(UserError):
    """The body of the form is over its limit (`middleware.py`)."""

    zh = "提交的内容过多，未收下，也未提交。请返回上一页，删减后再提交。"
    en = "Too much was sent. Nothing was taken or submitted. Go back, remove some of it and submit again."


def app(
    engine: Engine, settings: Settings, metrics: RequestMetrics | None = None, scheduler: Supervisor | None = None
) -> ASGIApp:
    """The application over an engine: pages, API and static files behind the guard. The caller closes the engine."""
    state = AppState(engine, settings, templates(), scheduler)
    metrics = metrics or RequestMetrics()
    pages = [page for module_pages in ALL for page in module_pages.pages]
    application = FastAPI(title="Kaohe 考核", docs_url=None, redoc_url=None, openapi_url=None, telemetry=NO_TELEMETRY)
    pools = ThreadPools(ThreadPoolExecutor(_PAGE_THREADS), ThreadPoolExecutor(_PROVIDER_THREADS), PasswordPool())
    application.router.routes += [
        Route(page.path, _endpoint(state, page, metrics, pools), methods=[page.method]) for page in pages
    ]
    application.router.routes.append(Mount(ROOT, api(state, metrics)))
    application.router.routes.append(Mount("/static", StaticFiles(directory=STATIC)))
    application.add_exception_handler(HTTPException, _http_error_handler(state))
    get_pages = {page.path: page for page in pages if page.method == "GET"}
    badge_counts = {path: page.count for path, page in get_pages.items() if page.count is not None}
    state.navigation = Navigation({path: page.view for path, page in get_pages.items()}, badge_counts)
    state.views = frozenset(page.view for page in pages)
    state.entry_pages = {
        page.view: page.path for page in reversed(pages) if page.method == "GET" and "{" not in page.path
    }
    state.paths = frozenset(page.path for page in pages)
    host = urlsplit(settings.console_url).hostname
    return Guard(application, (host,) if host else ())


class ThreadPools(NamedTuple):
    """The thread pools of one application: for pages, for requests to sign-in providers, for hashing passwords."""

    pages: ThreadPoolExecutor
    providers: ThreadPoolExecutor
    passwords: PasswordPool


def _endpoint(
    state: AppState, page: Page, metrics: RequestMetrics, pools: ThreadPools
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a page: it reads the form, runs the page in the right pool, and counts the request."""
    # A provider may be slow, so its pages must not use up the threads of all other pages. A page for anybody runs in
    # the default pool (None): a monitor that calls /healthz must not wait for people.
    pool = pools.providers if page.calls_provider else None if page.view == ANYBODY else pools.pages

    async def endpoint(http: Request) -> Response:
        started = perf_counter()
        response = await read_and_run(http)
        metrics.count_request(page.method, page.path, response.status_code, perf_counter() - started)
        return response

    async def read_and_run(http: Request) -> Response:
        in_pool = get_running_loop().run_in_executor
        if page.method == "GET":
            return await in_pool(pool, _page_or_error, state, page, http, None)
        try:
            sender = await in_pool(pools.pages, _sender, state, page, http)
        except StorageError as error:
            return await in_pool(pool, _error_response, state, http, error, 503)
        try:
            form = await _read_form(page, http, sender)
        except FilesTooLarge as error:
            return await in_pool(pool, _files_too_large, state, page, http, error.fields)
        except BodyOverLimit:
            return await in_pool(pool, _error_response, state, http, FormTooLarge(), 413)
        try:
            if not page.hashes:
                return await run_in_threadpool(_page_or_error, state, page, http, form)
            return await pools.passwords.run(sender is not Sender.NOBODY, _page_or_error, state, page, http, form)
        except PoolFull as error:
            response = await in_pool(pool, _error_response, state, http, error, 503)
            response.headers["retry-after"] = str(RETRY_AFTER)
            return response
        finally:
            await form.close()

    return endpoint


class Sender(Enum):
    """The sender of a form, known from the cookies of the request before the form is read."""

    NOBODY = "an unknown browser"
    DEVICE = "a known browser in which nobody is signed in"
    PERSON = "an account that is signed in, or whose session began less than a day ago"


def _sender(state: AppState, page: Page, http: Request) -> Sender:
    """The sender of the form.

    An expired session counts only if the form's fields may be saved (`forms/recovery.py`).
    """
    database, now = state.engine.ledger.database, state.engine.clock.now()
    token = http.cookies.get(sessions.COOKIE, "")
    if sessions.valid_session(database, token, now) or (
        page.recoverable and sessions.expired_session(database, token, now)
    ):
        return Sender.PERSON
    is_known = devices.is_known(database, http.cookies.get(devices.COOKIE, ""), now)
    return Sender.DEVICE if is_known else Sender.NOBODY


async def _read_form(page: Page, http: Request, sender: Sender) -> FormData:
    """The form, within the limit of its sender.

    A page for anybody reads a small form from every sender. Every other page reads a form only from a `PERSON`; from
    other senders the form is empty. Raises `FilesTooLarge`, `BodyOverLimit`, `HTTPException`.
    """
    # Otherwise anybody could fill the disk with uploads: they would be deleted only after they were read.
    if page.view != ANYBODY and sender is not Sender.PERSON:
        return FormData()
    return await (form_bodies.read_small_form(http) if page.view == ANYBODY else form_bodies.read_form(http))


def _page_or_error(state: AppState, page: Page, http: Request, form: FormData | None) -> Response:
    """The page, or an error page with the reason. Raises nothing."""
    # No column holds a larger integer, so no such page can exist.
    if any(isinstance(value, int) and value > LARGEST for value in http.path_params.values()):
        return _error_response(state, http, PageNotFound(path=http.url.path[:80]), 404)

    def make() -> Response:
        request = from_browser(state, http, form)
        return request.cookie.attach(_check_and_call(page, request))

    return _answer_or_error_page(state, page, http, make)


def _files_too_large(state: AppState, page: Page, http: Request, fields: FormData) -> Response:
    """The answer to a form whose files are too large together.

    No file is stored; its fields are saved (`forms/recovery.py`).
    """

    def make() -> Response:
        request = from_browser(state, http, fields)
        next_path = recovery.save(page, request)
        response = error_page(request, UploadTooLarge(most=UPLOAD_BYTES // 2**20), 413, next_path)
        return request.cookie.attach(response)

    return _answer_or_error_page(state, page, http, make)


def _answer_or_error_page(state: AppState, page: Page, http: Request, make: Callable[[], Response]) -> Response:
    """The answer that `make` returns, or an error page with the reason. Raises nothing."""
    try:
        return make()
    except StorageError as error:
        return _error_response(state, http, error, 503)
    # The one place for unforeseen errors. A page that fails must not end the server, and its reader must get a
    # sentence.
    except Exception as error:  # noqa: BLE001
        reference = log_failure("console", error, path=page.path)
        return _error_response(state, http, UnexpectedError(reference=reference), 500)


def _check_and_call(page: Page, request: PageRequest) -> Response:
    """Check the request, then call its page. Returns the answer of the page or of the check that failed.

    If an act must be confirmed first, the answer is its check page (`forms/confirmation.py`). A form that fails the
    session, the CSRF token or the re-authentication is saved. The form of a GET page is filled in with the saved
    fields. They are deleted when the form is accepted (`forms/recovery.py`).
    """
    # The order matters. The session comes first: a form whose session has ended is saved and its sender signs in again,
    # instead of reading that the form is invalid. The CSRF token comes next, before the form can have any effect (ASVS
    # 3.5.1). The second factor comes before the view: an account that still has to set one up sees only its own page.
    # Re-authentication comes last: nobody is asked for a password on the way to a page that they may not see.
    request.view, posted = page.view, page.method == "POST"
    if page.view != ANYBODY and request.user.session is None:
        next_path = recovery.save(page, request) if posted else request.return_path
        return request.answer.redirect(f"/sign-in?next={quote(next_path)}")
    if (
        posted
        and not page.from_provider
        and not sessions.csrf_token_matches(request.cookie.token, request.form.text("form_token"))
    ):
        request.log_security("form_refused", detail=page.path)
        next_path = recovery.save(page, request)
        return error_page(request, InvalidFormToken(), 403, next_path)
    if page.view not in (ANYBODY, "own_account") and request.user.lacks_second_factor(
        request.app.settings.second_factor
    ):
        return request.answer.redirect("/account/code")
    try:
        if page.view != ANYBODY:
            unit = request.http.path_params.get("unit")
            request.permissions.require_view(page.view, unit)
        if page.reauthenticates and not request.user.recently_authenticated:
            return _reauthentication_response(page, request)
        if not posted:
            recovery.restore(request)
        request.form.is_from_page = posted
        response = call_page(page, request)
    except confirmation.CheckNeeded as needed:
        return confirmation_page.page(request, needed)
    except Refusal as refusal:
        if refusal.grave:
            request.log_security("refused", detail=f"{refusal.code} {page.method} {page.path}")
        return error_page(request, refusal, 403 if refusal.grave else 409)
    if posted and response.status_code < HTTPStatus.BAD_REQUEST:
        recovery.discard(request)
    return response


def _reauthentication_response(page: Page, request: PageRequest) -> Response:
    """An answer that leads to the page for re-authentication, and from there back.

    The fields of a posted form are saved.
    """
    if page.method == "GET":
        return request.answer.redirect(f"/prove?next={quote(request.return_path)}")
    next_path = recovery.save(page, request)
    return error_page(request, ReauthenticationRequired(), 403, f"/prove?next={quote(next_path)}")


def error_page(request: PageRequest, error: UserError, status: int, next_path: str = "/") -> Response:
    """A page with one sentence (what was not done, and why) and a link to the page where the person continues."""
    is_saved = recovery.SAVED_MARK in unquote(next_path)
    return request.answer.page("error.html", status, why=error, next_path=next_path, is_saved=is_saved)


def _http_error_handler(state: AppState) -> Callable[[Request, Exception], Response]:
    """A handler that turns Starlette's own errors (no route, wrong method, broken form) into a page."""

    def handle(http: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        error_class = {404: PageNotFound, 405: MethodNotAllowed}.get(status, UnreadableForm)
        return _error_response(state, http, error_class(path=http.url.path[:200]), status)

    return handle


def _error_response(state: AppState, http: Request, error: UserError, status: int) -> Response:
    """As `error_page`, but without looking up the account, because the database itself may have failed."""
    return error_page(anonymous(state, http), error, status)
