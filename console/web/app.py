"""The web application: what happens to every request before and after its page, and the one place where a page may fail.

What is common to all pages happens here, in this order: the guard (`middleware.py`), the session, the CSRF token of a form, the second
factor, the view (`states/views.py`), re-authentication, the page.
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

from config.logs import failure
from config.settings import Settings
from console.api.app import NO_TELEMETRY, ROOT, api
from console.api.errors import UnexpectedError
from console.supervisor import Supervisor
from scheduler.counters import RequestMetrics
from states.refusals import Refusal
from states.user_errors import UserError
from storage.errors import StorageError
from workflow.engine import Engine

from . import form_bodies, sessions
from .form_bodies import FilesTooLarge
from .forms import confirmation, confirmation_page, recovery
from .middleware import UPLOAD, Guard, TooLarge
from .navigation import Navigation
from .pages import ALL
from .rendering import templates
from .request.app_state import AppState
from .request.page_request import PageRequest, anonymous, from_browser
from .routes import ANYBODY, Page, call_page
from .throttling import devices
from .throttling.password_pool import RETRY_AFTER, PasswordPool, PoolFull

_LARGEST = 2**31 - 1
"""No year and no number in a path is larger; a database would not take it."""

_READERS = 8
"""Pages made at once. The interpreter runs one thread at a time; many more only take it from one another."""

_PROVIDERS = 4
"""Providers of sign-ins asked at once. Each answer may take twenty seconds."""

STATIC = Path(__file__).parent / "static"


class InvalidFormToken(UserError):
    """A form without the token of the browser it was shown to."""

    zh = "本页已失效：可能停留过久，或已在别处重新登录。本次提交未成功，请重新打开该页，核对后再提交。"
    en = "This page is no longer valid. It was open too long, or you signed in again elsewhere. Nothing was submitted. Open the page again, check it and submit."


class ReauthenticationRequired(UserError):
    """Something grave was asked for too long after the person proved who it is."""

    zh = "本项办理须先确认本人身份（半小时内有效），本次提交未成功。请确认后再提交。"
    en = "Confirm your identity first (valid for half an hour). Nothing was submitted. Confirm, then submit again."


class PageNotFound(UserError):
    """There is no such page."""

    zh = "没有这个页面：{path}。链接可能有误，或内容已移走。请从首页重新进入。"
    en = (
        "There is no page at {path}. The link may be wrong, or the page may have moved. Start again from the home page."
    )


class MethodNotAllowed(UserError):
    """The page is there, and is not asked for in this way."""

    zh = "网页 {path} 不能这样打开。请从首页重新进入。"
    en = "{path} cannot be opened this way. Start again from the home page."


class UnreadableForm(UserError):
    """What was sent is no form."""

    zh = "提交的内容不完整或无法读取，本次提交未成功。请返回上一页，重新提交。"
    en = "What you sent is incomplete or cannot be read. Nothing was submitted. Go back and submit again."


class UploadTooLarge(UserError):
    """The files of one form are too large together."""

    zh = "一次提交的文件合计不能超过 {most} MB。本次未收下任何文件，也未提交。请分几次上传：先选一部分文件，保存后再选其余的，或者压缩文件。"
    en = "The files of one form can be up to {most} MB together. No file was taken and nothing was submitted. Upload them in parts: choose some, save, then choose the others. Or make the files smaller."


class FormTooLarge(UserError):
    """More was sent than anybody types."""

    zh = "提交的内容过多，未收下，也未提交。请返回上一页，删减后再提交。"
    en = "Too much was sent. Nothing was taken or submitted. Go back, remove some of it and submit again."


def app(
    engine: Engine, settings: Settings, counters: RequestMetrics | None = None, clock: Supervisor | None = None
) -> ASGIApp:
    """The application over an engine. It closes neither the engine nor anything else."""
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
    inside.add_exception_handler(HTTPException, _http(state))
    shown = {page.path: page for page in pages if page.method == "GET"}
    counts = {path: page.count for path, page in shown.items() if page.count is not None}
    state.navigation = Navigation({path: page.view for path, page in shown.items()}, counts)
    state.views = frozenset(page.view for page in pages)
    state.entry_pages = {
        page.view: page.path for page in reversed(pages) if page.method == "GET" and "{" not in page.path
    }
    state.paths = frozenset(page.path for page in pages)
    host = urlsplit(settings.console_url).hostname
    return Guard(inside, (host,) if host else ())


class Threads(NamedTuple):
    """The threads of one application: those that make pages, those that ask providers of sign-ins, those that hash passwords."""

    readers: ThreadPoolExecutor
    providers: ThreadPoolExecutor
    passwords: PasswordPool


def _endpoint(
    state: AppState, page: Page, count: RequestMetrics, threads: Threads
) -> Callable[[Request], Awaitable[Response]]:
    # A provider may be slow, and a monitor must not wait for people: neither stands in the readers' line.
    line = threads.providers if page.provider else None if page.view == ANYBODY else threads.readers

    async def endpoint(http: Request) -> Response:
        began = perf_counter()
        response = await answered(http)
        count.answered(page.method, page.path, response.status_code, perf_counter() - began)
        return response

    async def answered(http: Request) -> Response:
        run = get_running_loop().run_in_executor
        if page.method == "GET":
            return await run(line, _answer, state, page, http, None)
        try:
            sender = await run(threads.readers, _sender, state, page, http)
        except StorageError as fault:
            return await run(line, _failed, state, http, fault, 503)
        try:
            form = await _form(page, http, sender)
        except FilesTooLarge as over:
            return await run(line, _over, state, page, http, over.fields)
        except TooLarge:
            return await run(line, _failed, state, http, FormTooLarge(), 413)
        try:
            if not page.hashes:
                return await run_in_threadpool(_answer, state, page, http, form)
            return await threads.passwords.run(sender is not Sender.NOBODY, _answer, state, page, http, form)
        except PoolFull as full:
            busy = await run(line, _failed, state, http, full, 503)
            busy.headers["retry-after"] = str(RETRY_AFTER)
            return busy
        finally:
            await form.close()

    return endpoint


class Sender(Enum):
    """Who sends a form, as far as its cookies say before it is read."""

    NOBODY = "nobody"
    DEVICE = "a browser that is known, and nobody signed in"
    PERSON = "somebody signed in, or whose session is over since less than a day"


def _sender(state: AppState, page: Page, http: Request) -> Sender:
    """See `Sender`. A session that is over counts where what was typed may be kept (`forms/recovery.py`)."""
    database, now = state.engine.ledger.database, state.engine.clock.now()
    token = http.cookies.get(sessions.COOKIE, "")
    if sessions.valid_session(database, token, now) or (
        page.recoverable and sessions.expired_session(database, token, now)
    ):
        return Sender.PERSON
    is_known = devices.is_known(database, http.cookies.get(devices.COOKIE, ""), now)
    return Sender.DEVICE if is_known else Sender.NOBODY


async def _form(page: Page, http: Request, sender: Sender) -> FormData:
    """What was sent, read only as far as its sender may send: a page for anybody takes a small form; others none of a stranger."""
    if page.view != ANYBODY and sender is not Sender.PERSON:
        return FormData()
    return await (form_bodies.small(http) if page.view == ANYBODY else form_bodies.form(http))


def _answer(state: AppState, page: Page, http: Request, form: FormData | None) -> Response:
    """The page, or the page that says why not. Nothing is raised from here."""
    if any(isinstance(value, int) and value > _LARGEST for value in http.path_params.values()):
        return _failed(state, http, PageNotFound(path=http.url.path[:80]), 404)
    try:
        request = from_browser(state, http, form)
        return request.cookie.attach(_respond(page, request))
    except StorageError as fault:
        return _failed(state, http, fault, 503)
    except Exception as error:  # noqa: BLE001
        reference = failure("console", error, path=page.path)
        return _failed(state, http, UnexpectedError(reference=reference), 500)


def _over(state: AppState, page: Page, http: Request, fields: FormData) -> Response:
    """The files of a form were too large together: none of them was taken, and what was typed is kept."""
    try:
        request = from_browser(state, http, fields)
        answer = error_page(request, UploadTooLarge(most=UPLOAD // 2**20), 413, recovery.save(page, request))
        return request.cookie.attach(answer)
    except StorageError as fault:
        return _failed(state, http, fault, 503)


def _respond(page: Page, request: PageRequest) -> Response:
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
    """To the page that authenticates the person again, and back; what was posted is saved meanwhile."""
    if page.method == "GET":
        return request.answer.redirect(f"/prove?next={quote(request.return_path)}")
    return error_page(request, ReauthenticationRequired(), 403, f"/prove?next={quote(recovery.save(page, request))}")


def error_page(request: PageRequest, why: UserError, status: int, on: str = "/") -> Response:
    """A page with one sentence: what was not done, why, and where to go on."""
    return request.answer.page("error.html", status, why=why, on=on, kept=recovery.MARK in unquote(on))


def _http(state: AppState) -> Callable[[Request, Exception], Response]:
    def answer(http: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        why = {404: PageNotFound, 405: MethodNotAllowed}.get(status, UnreadableForm)
        return _failed(state, http, why(path=http.url.path[:200]), status)

    return answer


def _failed(state: AppState, http: Request, why: UserError, status: int) -> Response:
    """As `error_page`, where even who asks may be unknown: the database may be what failed."""
    return error_page(anonymous(state, http), why, status)
