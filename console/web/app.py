"""The web application: every page behind one guard, one look at who asks, one way to fail.

A page's function is pure of HTTP but for what it answers; everything common to all happens here, in this order: the guard
(`guard.py`), the session, the form's token, the view (`states/views.py`), the page.
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
from console.api.app import ROOT, api
from console.api.errors import UnexpectedError
from console.cli.supervisor import Supervisor
from scheduler.counters import Requests
from states.refusals import Refusal
from states.user_errors import UserError
from storage.errors import StorageError
from workflow.engine import Engine

from . import form_bodies, sessions
from .form_bodies import FilesTooLarge
from .forms import confirmation, confirmation_page, recovery
from .middleware import UPLOAD, Guard, TooLarge
from .navigation import Places
from .pages import ALL
from .request import Desk, Visit
from .routes import ANYBODY, Page, shown
from .throttling import devices
from .throttling.password_pool import RETRY_AFTER, PasswordPool, PoolFull

_LARGEST = 2**31 - 1
"""No year and no number in a path is larger; a database would not take it."""

_READERS = 8
"""Pages made at once. The interpreter runs one thread at a time; many more only take it from one another."""

_PROVIDERS = 4
"""Providers of sign-ins asked at once. Each answer may take twenty seconds."""

STATIC = Path(__file__).parent / "static"


class NotSigned(UserError):
    """A form without the token of the browser it was shown to."""

    zh = "本页已失效：可能停留过久，或已在别处重新登录。本次提交未成功，请重新打开该页，核对后再提交。"
    en = "This page is no longer valid. It was open too long, or you signed in again elsewhere. Nothing was submitted. Open the page again, check it and submit."


class NotProved(UserError):
    """Something grave was asked for too long after the person proved who it is."""

    zh = "本项办理须先确认本人身份（半小时内有效），本次提交未成功。请确认后再提交。"
    en = "Confirm your identity first (valid for half an hour). Nothing was submitted. Confirm, then submit again."


class Gone(UserError):
    """There is no such page."""

    zh = "没有这个页面：{path}。链接可能有误，或内容已移走。请从首页重新进入。"
    en = (
        "There is no page at {path}. The link may be wrong, or the page may have moved. Start again from the home page."
    )


class NotThisWay(UserError):
    """The page is there, and is not asked for in this way."""

    zh = "网页 {path} 不能这样打开。请从首页重新进入。"
    en = "{path} cannot be opened this way. Start again from the home page."


class Unreadable(UserError):
    """What was sent is no form."""

    zh = "提交的内容不完整或无法读取，本次提交未成功。请返回上一页，重新提交。"
    en = "What you sent is incomplete or cannot be read. Nothing was submitted. Go back and submit again."


class TooManyBytes(UserError):
    """The files of one form are too large together."""

    zh = "一次提交的文件合计不能超过 {most} MB。本次未收下任何文件，也未提交。请分几次上传：先选一部分文件，保存后再选其余的，或者压缩文件。"
    en = "The files of one form can be up to {most} MB together. No file was taken and nothing was submitted. Upload them in parts: choose some, save, then choose the others. Or make the files smaller."


class FormTooLarge(UserError):
    """More was sent than anybody types."""

    zh = "提交的内容过多，未收下，也未提交。请返回上一页，删减后再提交。"
    en = "Too much was sent. Nothing was taken or submitted. Go back, remove some of it and submit again."


def app(
    engine: Engine, settings: Settings, counters: Requests | None = None, clock: Supervisor | None = None
) -> ASGIApp:
    """The application over an engine. It closes neither the engine nor anything else."""
    desk = Desk(engine, settings, clock)
    count = counters or Requests()
    pages = [page for pages in ALL for page in pages.pages]
    inside = FastAPI(title="Kaohe 考核", docs_url=None, redoc_url=None, openapi_url=None)
    threads = Threads(ThreadPoolExecutor(_READERS), ThreadPoolExecutor(_PROVIDERS), PasswordPool())
    inside.router.routes += [
        Route(page.path, _endpoint(desk, page, count, threads), methods=[page.method]) for page in pages
    ]
    inside.router.routes.append(Mount(ROOT, api(desk, count)))
    inside.router.routes.append(Mount("/static", StaticFiles(directory=STATIC)))
    inside.add_exception_handler(HTTPException, _http(desk))
    shown = {page.path: page for page in pages if page.method == "GET"}
    counts = {path: page.count for path, page in shown.items() if page.count is not None}
    desk.places = Places({path: page.view for path, page in shown.items()}, counts)
    desk.views = frozenset(page.view for page in pages)
    desk.doors = {page.view: page.path for page in reversed(pages) if page.method == "GET" and "{" not in page.path}
    desk.paths = frozenset(page.path for page in pages)
    host = urlsplit(settings.console_url).hostname
    return Guard(inside, (host,) if host else ())


class Threads(NamedTuple):
    """The threads of one application: those that make pages, those that ask providers of sign-ins, those that hash passwords."""

    readers: ThreadPoolExecutor
    providers: ThreadPoolExecutor
    passwords: PasswordPool


def _endpoint(desk: Desk, page: Page, count: Requests, threads: Threads) -> Callable[[Request], Awaitable[Response]]:
    # A provider may be slow, and a monitor must not wait for people: neither stands in the readers' line.
    line = threads.providers if page.provider else None if page.view == ANYBODY else threads.readers

    async def endpoint(request: Request) -> Response:
        began = perf_counter()
        response = await answered(request)
        count.answered(page.method, page.path, response.status_code, perf_counter() - began)
        return response

    async def answered(request: Request) -> Response:
        run = get_running_loop().run_in_executor
        if page.method == "GET":
            return await run(line, _answer, desk, page, request, None)
        try:
            sender = await run(threads.readers, _sender, desk, page, request)
        except StorageError as fault:
            return await run(line, _failed, desk, request, fault, 503)
        try:
            form = await _form(page, request, sender)
        except FilesTooLarge as over:
            return await run(line, _over, desk, page, request, over.fields)
        except TooLarge:
            return await run(line, _failed, desk, request, FormTooLarge(), 413)
        try:
            if not page.hashes:
                return await run_in_threadpool(_answer, desk, page, request, form)
            return await threads.passwords.run(sender is not Sender.NOBODY, _answer, desk, page, request, form)
        except PoolFull as full:
            busy = await run(line, _failed, desk, request, full, 503)
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


def _sender(desk: Desk, page: Page, request: Request) -> Sender:
    """See `Sender`. A session that is over counts where what was typed may be kept (`unsent.py`)."""
    database, now = desk.engine.ledger.database, desk.engine.clock.now()
    token = request.cookies.get(sessions.COOKIE, "")
    if sessions.known(database, token, now) or (page.keeps and sessions.whose(database, token, now)):
        return Sender.PERSON
    is_known = devices.is_known(database, request.cookies.get(devices.COOKIE, ""), now)
    return Sender.DEVICE if is_known else Sender.NOBODY


async def _form(page: Page, request: Request, sender: Sender) -> FormData:
    """What was sent, read only as far as its sender may send: a page for anybody takes a small form; others none of a stranger."""
    if page.view != ANYBODY and sender is not Sender.PERSON:
        return FormData()
    return await (form_bodies.small(request) if page.view == ANYBODY else form_bodies.form(request))


def _answer(desk: Desk, page: Page, request: Request, form: FormData | None) -> Response:
    """The page, or the page that says why not. Nothing is raised from here."""
    if any(isinstance(value, int) and value > _LARGEST for value in request.path_params.values()):
        return _failed(desk, request, Gone(path=request.url.path[:80]), 404)
    try:
        visit = _visit(desk, request, form)
        return visit.sealed(_allowed(page, visit))
    except StorageError as fault:
        return _failed(desk, request, fault, 503)
    except Exception as error:  # noqa: BLE001
        reference = failure("console", error, path=page.path)
        return _failed(desk, request, UnexpectedError(reference=reference), 500)


def _over(desk: Desk, page: Page, request: Request, fields: FormData) -> Response:
    """The files of a form were too large together: none of them was taken, and what was typed is kept."""
    try:
        visit = _visit(desk, request, fields)
        return visit.sealed(told(visit, TooManyBytes(most=UPLOAD // 2**20), 413, recovery.keep(page, visit)))
    except StorageError as fault:
        return _failed(desk, request, fault, 503)


def _visit(desk: Desk, request: Request, form: FormData | None) -> Visit:
    token = request.cookies.get(sessions.COOKIE, "")
    found = sessions.known(desk.engine.ledger.database, token, desk.engine.clock.now())
    visit = Visit(desk, request, form, found, token)
    if found is not None and not sessions.holds(visit.account, token, visit.now):
        visit = Visit(desk, request, form, None, token)
    return visit


def _allowed(page: Page, visit: Visit) -> Response:
    visit.view, posted = page.view, page.method == "POST"
    if page.view != ANYBODY and visit.session is None:
        return visit.to(f"/sign-in?next={quote(recovery.keep(page, visit) if posted else visit.here)}")
    if posted and not page.server and not sessions.brings(visit.token, visit.field("form_token")):
        visit.log("form_refused", what=page.path)
        return told(visit, NotSigned(), 403, recovery.keep(page, visit))
    if page.view not in (ANYBODY, "own_account") and visit.lacks_factor:
        return visit.to("/account/code")
    try:
        if page.view != ANYBODY:
            unit = visit.request.path_params.get("unit")
            visit.permit(page.view, unit)
        if page.proof and not sessions.is_proved(visit.session, visit.now):
            return _to_prove(page, visit)
        if not posted:
            recovery.bring_back(visit)
        visit.is_page = posted
        response = shown(page, visit)
    except confirmation.CheckNeeded as needed:
        return confirmation_page.page(visit, needed)
    except Refusal as refusal:
        if refusal.grave:
            visit.log("refused", what=f"{refusal.code} {page.method} {page.path}")
        return told(visit, refusal, 403 if refusal.grave else 409)
    if posted and response.status_code < HTTPStatus.BAD_REQUEST:
        recovery.let_go(visit)
    return response


def _to_prove(page: Page, visit: Visit) -> Response:
    """To the proof and back; what was posted without it is kept meanwhile."""
    if page.method == "GET":
        return visit.to(f"/prove?next={quote(visit.here)}")
    return told(visit, NotProved(), 403, f"/prove?next={quote(recovery.keep(page, visit))}")


def told(visit: Visit, why: UserError, status: int, on: str = "/") -> Response:
    """A page that holds one sentence: what was not done, why, and where to go on from here."""
    return visit.page("told.html", status, why=why, on=on, kept=recovery.MARK in unquote(on))


def _http(desk: Desk) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        why = {404: Gone, 405: NotThisWay}.get(status, Unreadable)
        return _failed(desk, request, why(path=request.url.path[:200]), status)

    return answer


def _failed(desk: Desk, request: Request, why: UserError, status: int) -> Response:
    """As `told`, where even who asks may be unknown: the database may be what failed."""
    return told(Visit(desk, request, None, None, request.cookies.get(sessions.COOKIE, "")), why, status)
