"""The web application: what happens to every request before and after its page.

Every request is checked here in the same order: the guard (`middleware.py`), the session, the CSRF token of a form, the
second factor, the view (`states/views.py`), the re-authentication. Then its page is called.

This is the only place that catches an unforeseen error of a page: it is logged, and the reader gets a reference to it.
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
from console.web.middleware import UPLOAD, BodyOverLimit, Guard
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
_READERS = 8
"""How many pages are made at the same time."""

_PROVIDERS = 4
"""How many requests to sign-in providers run at the same time. Each may take twenty seconds."""

STATIC = Path(__file__).parent / "web/static"


class InvalidFormToken(UserError):
    """The form does not carry the CSRF token of this browser."""

    zh = "本页已失效：可能停留过久，或已在别处重新登录。本次提交未成功，请重新打开该页，核对后再提交。"
    en = "This page is no longer valid. It was open too long, or you signed in again elsewhere. Nothing was submitted. Open the page again, check it and submit."


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
    """The body of the request cannot be read as a form."""

    zh = "提交的内容不完整或无法读取，本次提交未成功。请返回上一页，重新提交。"
    en = "What you sent is incomplete or cannot be read. Nothing was submitted. Go back and submit again."


class UploadTooLarge(UserError):
    """All files of one form together are larger than `UPLOAD`."""

    zh = "一次提交的文件合计不能超过 {most} MB。本次未收下任何文件，也未提交。请分几次上传：先选一部分文件，保存后再选其余的，或者压缩文件。"
    en = "The files of one form can be up to {most} MB together. No file was taken and nothing was submitted. Upload them in parts: choose some, save, then choose the others. Or make the files smaller."


class FormTooLarge(UserError):
    """The fields of the form are larger than anybody types."""

    zh = "提交的内容过多，未收下，也未提交。请返回上一页，删减后再提交。"
    en = "Too much was sent. Nothing was taken or submitted. Go back, remove some of it and submit again."


def app(
    engine: Engine, settings: Settings, counters: RequestMetrics | None = None, clock: Supervisor | None = None
) -> ASGIApp:
    """The application over an engine. The caller closes the engine."""
    state = AppState(engine, settings, templates(), clock)
    count = counters or RequestMetrics()
    pages = [page for pages in ALL for page in pages.pages]
    inside = FastAPI(title="Kaohe 考核", docs_url=None, redoc_url=None, openapi_url=None, telemetry=NO_TELEMETRY)
    threads = Threads(ThreadPoolExecutor(_READERS), ThreadPoolExecutor(_PROVIDERS), PasswordPool())
    inside.router.routes += [
        Route(page.path, _endpoint(state, page, count, threads), methods=[page.method]) for page in pages
    ]
    inside.router.routes.append(Mount(ROOT, api(state, count)))
    inside.router.routes.append(Mount("/static", StaticFiles(directory=STATIC)))
    inside.add_exception_handler(HTTPException, _http_error_handler(state))
    get_pages = {page.path: page for page in pages if page.method == "GET"}
    counts = {path: page.count for path, page in get_pages.items() if page.count is not None}
    state.navigation = Navigation({path: page.view for path, page in get_pages.items()}, counts)
    state.views = frozenset(page.view for page in pages)
    state.entry_pages = {
        page.view: page.path for page in reversed(pages) if page.method == "GET" and "{" not in page.path
    }
    state.paths = frozenset(page.path for page in pages)
    host = urlsplit(settings.console_url).hostname
    return Guard(inside, (host,) if host else ())


class Threads(NamedTuple):
    """The thread pools of one application: for pages, for requests to sign-in providers, for hashing passwords."""

    readers: ThreadPoolExecutor
    providers: ThreadPoolExecutor
    passwords: PasswordPool


def _endpoint(
    state: AppState, page: Page, count: RequestMetrics, threads: Threads
) -> Callable[[Request], Awaitable[Response]]:
    # A provider may be slow, so its pages must not use up the threads of all other pages. A page for anybody runs in
    # the default pool (None): a monitor that calls /healthz must not wait for people.
    pool = threads.providers if page.provider else None if page.view == ANYBODY else threads.readers

    async def endpoint(http: Request) -> Response:
        began = perf_counter()
        response = await respond(http)
        count.answered(page.method, page.path, response.status_code, perf_counter() - began)
        return response

    async def respond(http: Request) -> Response:
        run = get_running_loop().run_in_executor
        if page.method == "GET":
            return await run(pool, _answer, state, page, http, None)
        try:
            sender = await run(threads.readers, _sender, state, page, http)
        except StorageError as error:
            return await run(pool, _error_response, state, http, error, 503)
        try:
            form = await _read_form(page, http, sender)
        except FilesTooLarge as error:
            return await run(pool, _files_too_large, state, page, http, error.fields)
        except BodyOverLimit:
            return await run(pool, _error_response, state, http, FormTooLarge(), 413)
        try:
            if not page.hashes:
                return await run_in_threadpool(_answer, state, page, http, form)
            return await threads.passwords.run(sender is not Sender.NOBODY, _answer, state, page, http, form)
        except PoolFull as full:
            busy = await run(pool, _error_response, state, http, full, 503)
            busy.headers["retry-after"] = str(RETRY_AFTER)
            return busy
        finally:
            await form.close()

    return endpoint


class Sender(Enum):
    """Who sends a form. Its cookies say so before the form is read."""

    NOBODY = "an unknown browser"
    DEVICE = "a known browser in which nobody is signed in"
    PERSON = "an account that is signed in, or whose session ended less than a day ago"


def _sender(state: AppState, page: Page, http: Request) -> Sender:
    """Who sends the form. An expired session counts only where the form's fields may be saved (`forms/recovery.py`)."""
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

    A page for anybody takes a small form; other pages take none from a stranger.

    Raises `FilesTooLarge`, `BodyOverLimit`, `HTTPException`.
    """
    # Without this, anybody could fill the disk with uploads that are thrown away only after they were read.
    if page.view != ANYBODY and sender is not Sender.PERSON:
        return FormData()
    return await (form_bodies.small(http) if page.view == ANYBODY else form_bodies.form(http))


def _answer(state: AppState, page: Page, http: Request, form: FormData | None) -> Response:
    """The page, or a page that says why there is none. It raises nothing."""
    if any(isinstance(value, int) and value > LARGEST for value in http.path_params.values()):
        return _error_response(state, http, PageNotFound(path=http.url.path[:80]), 404)
    try:
        request = from_browser(state, http, form)
        return request.cookie.attach(_respond(page, request))
    except StorageError as error:
        return _error_response(state, http, error, 503)
    # The one place for unforeseen errors. A page that fails must not end the server, and its reader must get a
    # sentence.
    except Exception as error:  # noqa: BLE001
        reference = log_failure("console", error, path=page.path)
        return _error_response(state, http, UnexpectedError(reference=reference), 500)


def _files_too_large(state: AppState, page: Page, http: Request, fields: FormData) -> Response:
    """The answer to a form whose files are too large together.

    No file is stored; its fields are saved (`forms/recovery.py`).
    """
    try:
        request = from_browser(state, http, fields)
        answer = error_page(request, UploadTooLarge(most=UPLOAD // 2**20), 413, recovery.save(page, request))
        return request.cookie.attach(answer)
    except StorageError as error:
        return _error_response(state, http, error, 503)


def _respond(page: Page, request: PageRequest) -> Response:
    """The page's answer, once the request has passed every check."""
    # The order matters. Session first: a form whose session has ended is saved and its sender signs in again, instead
    # of reading that the form is invalid. The CSRF token before everything a form may cause (ASVS 3.5.1). The second
    # factor before the view: an account that still has to set one up sees its own page and no other. Re-authentication
    # last: nobody is asked for a password on the way to a page that they may not see.
    request.view, posted = page.view, page.method == "POST"
    if page.view != ANYBODY and request.user.session is None:
        return request.answer.redirect(
            f"/sign-in?next={quote(recovery.save(page, request) if posted else request.return_path)}"
        )
    if (
        posted
        and not page.server
        and not sessions.csrf_token_matches(request.cookie.token, request.form.text("form_token"))
    ):
        request.log_security("form_refused", what=page.path)
        return error_page(request, InvalidFormToken(), 403, recovery.save(page, request))
    if page.view not in (ANYBODY, "own_account") and request.user.lacks_second_factor(
        request.app.settings.second_factor
    ):
        return request.answer.redirect("/account/code")
    try:
        if page.view != ANYBODY:
            unit = request.http.path_params.get("unit")
            request.permissions.require_view(page.view, unit)
        if page.reauthenticates and not request.user.recently_authenticated:
            return _to_reauthenticate(page, request)
        if not posted:
            recovery.restore(request)
        request.form.is_from_page = posted
        response = call_page(page, request)
    except confirmation.CheckNeeded as needed:
        return confirmation_page.page(request, needed)
    except Refusal as refusal:
        if refusal.grave:
            request.log_security("refused", what=f"{refusal.code} {page.method} {page.path}")
        return error_page(request, refusal, 403 if refusal.grave else 409)
    if posted and response.status_code < HTTPStatus.BAD_REQUEST:
        recovery.discard(request)
    return response


def _to_reauthenticate(page: Page, request: PageRequest) -> Response:
    """Send the browser to the page that authenticates the person again and leads back.

    The fields of a posted form are saved.
    """
    if page.method == "GET":
        return request.answer.redirect(f"/prove?next={quote(request.return_path)}")
    return error_page(request, ReauthenticationRequired(), 403, f"/prove?next={quote(recovery.save(page, request))}")


def error_page(request: PageRequest, why: UserError, status: int, next_path: str = "/") -> Response:
    """A page with one sentence: what was not done and why, and a link to the page to go on with."""
    is_saved = recovery.MARK in unquote(next_path)
    return request.answer.page("error.html", status, why=why, next_path=next_path, is_saved=is_saved)


def _http_error_handler(state: AppState) -> Callable[[Request, Exception], Response]:
    """Turns what Starlette raises itself (no route, a wrong method, a broken form) into a page."""

    def answer(http: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        why = {404: PageNotFound, 405: MethodNotAllowed}.get(status, UnreadableForm)
        return _error_response(state, http, why(path=http.url.path[:200]), status)

    return answer


def _error_response(state: AppState, http: Request, why: UserError, status: int) -> Response:
    """As `error_page`, but it does not look up the account, because the database may be what failed."""
    return error_page(anonymous(state, http), why, status)
