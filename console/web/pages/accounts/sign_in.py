"""登录: signing in and out, a one-time link, proving again who one is, and the language of this browser."""

from __future__ import annotations

import re
from functools import partial

from starlette.responses import Response

from console.web import credentials, sessions, single_sign_on
from console.web.command_ids import new_id
from console.web.credentials import WrongSignIn
from console.web.forms import recovery
from console.web.forms.fields import Fields, read_all
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.request.user import LANGUAGE_COOKIE, LANGUAGES
from console.web.routes import ANYBODY, Pages
from console.web.throttling import attempts, devices
from console.web.throttling.attempts import TooOften
from console.web.urls import local_path
from states.accounts.account import CLAUSE
from states.accounts.credentials import commitment
from states.accounts.links import LinkOver
from states.accounts.sessions import Way
from states.refusals import Malformed, Refusal
from states.user_errors import UserError
from states.vocabulary import Digest, Text
from storage.sign_in import accounts
from storage.tables.accounts import AccountRow

pages = Pages()


@pages.get("/sign-in", view=ANYBODY)
def show(request: PageRequest) -> Response:
    return _form(request, local_path(request.query.get("next", "/")), None)


@pages.post("/sign-in", view=ANYBODY, hashes=True)
def enter(request: PageRequest) -> Response:
    """Password and second factor, in one form and with one answer to whatever is wrong."""
    try:
        check_filled(request, "account", "password")
        row = proved(request, request.form.text("account"))
    except (WrongSignIn, TooOften, Refusal) as wrong:
        return _form(request, local_path(request.form.text("next")), wrong)
    return admit(request, row.id, "password", local_path(request.form.text("next")), commitment(row.password or ""))


@pages.post("/sign-out", view=ANYBODY)
def leave(request: PageRequest) -> Response:
    """End the session here; the browser forgets what it kept."""
    if request.user.session is not None:
        sessions.end_sessions(request.engine, request.user.account, [sessions.digest(request.cookie.token)])
        request.log_security("signed_out")
    request.cookie.set(sessions.new_token())
    response = request.answer.redirect("/sign-in")
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


@pages.get("/welcome/{token}", view=ANYBODY)
def welcome(request: PageRequest, token: str) -> Response:
    """Looking at a link does not use it up: a mail program looks at every one."""
    account = credentials.linked(request.engine, token)
    over = LinkOver() if account is None else None
    return request.answer.page("welcome.html", 410 if over else 200, account=account and account.id, refusal=over)


@pages.post("/welcome/{token}", view=ANYBODY, hashes=True)
def choose(request: PageRequest, token: str) -> Response:
    """Choose the first password, or another one, and be signed in. The second factor (a lost phone) and every session of the account end.

    This browser is known to the account from now on, and no other: others' guesses do not keep its holder out of here.
    """
    account, password = credentials.linked(request.engine, token), request.form.password("password")
    row = accounts.account(request.database, account.id) if account else None
    if account is None or row is None:
        return request.answer.page("welcome.html", 410, account=None, refusal=LinkOver())
    try:
        check_filled(request, "password", "again")
        words = credentials.words_of(request.app.settings.origin, row.id, row.name)
        read_all({"password": lambda: credentials.check_new(password, request.form.password("again"), words)})
        credentials.choose(request.engine, account, token, password, new_id("choose"))
    except InvalidForm as unread:
        return request.answer.page("welcome.html", 409, account=row.id, refusal=unread)
    except Refusal as over:  # used, or closed, meanwhile
        return request.answer.page("welcome.html", 410, account=None, refusal=over)
    request.log_security("link_used", account=row.id)
    if account.factor is not None:
        request.log_security("second_factor_ended", account=row.id)
    devices.forget(request.database, row.id)
    chosen = request.account_of(row.id).password
    try:
        return admit(request, row.id, "password", "/", Digest(chosen or ""))
    except Refusal:  # closed meanwhile, or the time is in doubt: signing in says so
        return _known_here(request, request.answer.redirect(f"/sign-in?chosen={row.id}"), row.id)


@pages.get("/prove", view="own_account")
def ask_again(request: PageRequest) -> Response:
    """Before what is confidential or grave the person proves again who it is."""
    return request.answer.page("prove.html", next=local_path(request.query.get("next", "/")), refusal=None)


@pages.post("/prove", view="own_account", recoverable=False, hashes=True)
def prove(request: PageRequest) -> Response:
    back = local_path(request.form.text("next"))
    try:
        check_filled(request, "password")
        proved(request, request.user.id)
    except (WrongSignIn, TooOften, Refusal) as wrong:
        return request.answer.page("prove.html", 403, next=back, refusal=wrong)
    accounts.mark_reauthenticated(request.database, sessions.digest(request.cookie.token), request.now)
    request.log_security("proved")
    return request.answer.redirect(back)


@pages.post("/language", view=ANYBODY)
def speak(request: PageRequest) -> Response:
    """Choose the language: of the account, or of this browser where nobody is signed in."""
    language = request.form.text("language")
    response = request.answer.redirect(local_path(request.form.text("back")))
    if language in LANGUAGES:
        if request.user.session is not None:
            accounts.change(request.database, request.user.session.account, language=language)
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=31536000, secure=True, httponly=True, samesite="lax")
    return response


def admit(
    request: PageRequest, account: str, way: Way, path: str, proof: Digest, *, ticket: str = "", proved: bool = True
) -> Response:
    """Sign the account in by what it `proved` (`sessions.start_session`): a new token, and what is over is tidied away. Raises the `Refusal`."""
    agent, state = request.http.headers.get("user-agent", ""), request.account_of(account)
    token = sessions.start_session(
        request.engine, state, way=way, address=request.address, agent=agent, before=request.cookie.token, proof=proof,
        ticket=ticket, proved=proved,
    )  # fmt: skip
    request.cookie.set(token)
    request.log_security("signed_in", account=account, what=way)
    if request.clock_doubt is None:  # by a clock that is ahead, every session and link would be over
        sessions.delete_expired(request.database, request.now)
        attempts.tidy(request.database, request.now)
    return _known_here(request, request.answer.redirect(path), account)


LABELS = {
    "account": Text(zh="账号", en="the account"),
    "password": Text(zh="密码", en="the password"),
    "code": Text(zh="动态口令", en="the code"),
    "new": Text(zh="新密码", en="the new password"),
    "again": Text(zh="再次输入的密码", en="the password, entered again"),
    "new_code": Text(zh="应用显示的 6 位数字", en="the 6 digits the app shows"),
}
"""What the forms call what proves who somebody is."""
_SIX_DIGITS = Text(zh="应为 6 位数字", en="it has 6 digits")


def check_filled(request: PageRequest, *names: str, prefix: str = "") -> None:
    """Nothing asked for is empty, and a code, if one is typed, can be one. InvalidForm: whether they are right is told in one sentence."""
    typed = Fields(request.form, CLAUSE, prefix)
    codes = [name for name in ("code", "new_code") if request.form.text(name)]
    typed.values({
        **{name: partial(typed.secret, name, LABELS[name]) for name in names},
        **{name: partial(_check_code, request.form.text(name)) for name in codes},
    })  # fmt: skip


def _check_code(said: str) -> None:
    if not re.fullmatch(r"\d{6}", said.replace(" ", "")):
        raise Malformed(what=LABELS["code"], why=_SIX_DIGITS, clause=CLAUSE)


def proved(request: PageRequest, account: str) -> AccountRow:
    """The open account that is proved by what the form holds. `WrongSignIn`, `TooOften`.

    A failure is put on record, without what was typed. An attempt that had to wait was not looked at and leaves no line:
    a flood would fill the log.
    """
    device = request.http.cookies.get(devices.COOKIE, "")
    try:
        row = credentials.prove(
            request.engine,
            account,
            request.form.password("password"),
            request.form.text("code"),
            request.address,
            request.now,
            device,
        )
        _check_open(request, row.id)
    except WrongSignIn as wrong:
        request.log_security("sign_in_failed", what=wrong.code)
        _tell_of_guesses(request, account.strip().lower()[:64])
        raise
    return row


def _tell_of_guesses(request: PageRequest, account: str) -> None:
    """One line, no lock: for the audit administrator, and for the holder's first page (`to_dos.py`)."""
    count = attempts.spread(request.database, account, request.now)
    if count and accounts.account(request.database, account) is not None:
        request.log_security("guessed_at", account=account, what=str(count))


def _known_here(request: PageRequest, response: Response, account: str) -> Response:
    token = request.http.cookies.get(devices.COOKIE, "")
    return devices.carry(response, devices.remember(request.database, token, account, request.now))


def _check_open(request: PageRequest, account: str) -> None:
    if request.account_of(account).closed:
        raise WrongSignIn


def _form(request: PageRequest, path: str, refusal: UserError | None) -> Response:
    status = 200 if refusal is None else 429 if isinstance(refusal, TooOften) else 403
    ways = single_sign_on.ways(request.app.settings)
    chosen = request.query.get("chosen", "")[:64]
    response = request.answer.page(
        "sign_in.html", status, next=path, refusal=refusal, ways=ways, chosen=chosen, kept=recovery.is_marked(path)
    )
    if isinstance(refusal, TooOften):
        response.headers["retry-after"] = str(refusal.details["seconds"])
    return response
