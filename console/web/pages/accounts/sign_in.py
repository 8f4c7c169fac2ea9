"""登录: signing in by password and second factor, signing out, re-authentication, and the choice of the language.

Also here, for the other pages of this folder: `authenticate` checks the password and the code of a form, `admit` starts
a session, and `remember_browser` makes a browser known to an account.

Not here: the other ways to sign in (`single_sign_on.py`, `one_time_link.py`); how a password is checked
(`console/web/credentials.py`) and a session is stored (`sessions.py`).
"""

from __future__ import annotations

import re
from functools import partial

from starlette.responses import Response

from console.web import credentials, sessions, single_sign_on
from console.web.credentials import WrongSignIn
from console.web.forms import recovery
from console.web.forms.fields import Fields
from console.web.request.page_request import PageRequest
from console.web.request.user import LANGUAGE_COOKIE, LANGUAGES
from console.web.routes import ANYBODY, Pages
from console.web.throttling import attempts, devices
from console.web.throttling.attempts import TooManyAttempts
from console.web.urls import local_path
from states.accounts.account import CLAUSE
from states.accounts.credentials import commitment
from states.accounts.sessions import SignInMethod
from states.refusals import Malformed, Refusal
from states.user_errors import UserError
from states.vocabulary import Digest, Text
from storage import people
from storage.sign_in import accounts
from storage.tables.accounts import AccountRow

pages = Pages()

LABELS = {
    "account": Text(zh="账号", en="the account"),
    "password": Text(zh="密码", en="the password"),
    "code": Text(zh="动态口令", en="the code"),
    "new": Text(zh="新密码", en="the new password"),
    "again": Text(zh="再次输入的密码", en="the password, entered again"),
    "new_code": Text(zh="应用显示的 6 位数字", en="the 6 digits the app shows"),
}
"""The titles of the fields in all forms that ask for a password or a code."""
_SIX_DIGITS = Text(zh="应为 6 位数字", en="it has 6 digits")
_YEAR_IN_SECONDS = 31_536_000


@pages.get("/sign-in", view=ANYBODY)
def show(request: PageRequest) -> Response:
    return _form(request, local_path(request.query.get("next", "/")), None)


@pages.post("/sign-in", view=ANYBODY, hashes=True)
def sign_in(request: PageRequest) -> Response:
    """Sign in by password and second factor."""
    # One form asks for account, password and code, and one sentence reports any error. Otherwise a stranger would learn
    # which accounts exist, or that a password is right.
    path = local_path(request.form.text("next"))
    try:
        check_filled(request, "account", "password")
        row = authenticate(request, account_named(request, request.form.text("account")))
    except (WrongSignIn, TooManyAttempts, Refusal) as refusal:
        return _form(request, path, refusal)
    return admit(request, row.id, "password", path, commitment(row.password or ""))


@pages.post("/sign-out", view=ANYBODY)
def sign_out(request: PageRequest) -> Response:
    """End the session, and tell the browser to delete its cache and its storage of this site.

    The cookie gets a new token. It works without a session too.
    """
    if request.user.session is not None:
        sessions.end_sessions(request.engine, request.user.account, [sessions.digest(request.cookie.token)])
        request.log_security("signed_out")
    request.cookie.set(sessions.new_token())
    response = request.answer.redirect("/sign-in")
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


@pages.get("/prove", view="own_account")
def show_reauthentication(request: PageRequest) -> Response:
    """The form for re-authentication, before a page that is confidential or has grave effects."""
    return request.answer.page("reauthentication.html", next=local_path(request.query.get("next", "/")), refusal=None)


@pages.post("/prove", view="own_account", recoverable=False, hashes=True)
def reauthenticate(request: PageRequest) -> Response:
    """Check the user's password and code. Then the session counts as recently authenticated."""
    path = local_path(request.form.text("next"))
    try:
        check_filled(request, "password")
        authenticate(request, request.user.id)
    except (WrongSignIn, TooManyAttempts, Refusal) as refusal:
        return request.answer.page("reauthentication.html", 403, next=path, refusal=refusal)
    accounts.mark_reauthenticated(request.database, sessions.digest(request.cookie.token), request.now)
    request.log_security("proved")
    return request.answer.redirect(path)


@pages.post("/language", view=ANYBODY)
def choose_language(request: PageRequest) -> Response:
    """Set the language of this browser and, if somebody is signed in, of the account."""
    language = request.form.text("language")
    response = request.answer.redirect(local_path(request.form.text("back")))
    if language in LANGUAGES:
        if request.user.session is not None:
            accounts.change(request.database, request.user.session.account, language=language)
        response.set_cookie(
            LANGUAGE_COOKIE, language, max_age=_YEAR_IN_SECONDS, secure=True, httponly=True, samesite="lax"
        )
    return response


# --- for single sign-on, one-time links and the page of the own account too -----------------------


def account_named(request: PageRequest, name: str) -> str:
    """The account that somebody means: its id, or the staff number of its person. Any other text stays as it is."""
    if accounts.account(request.database, name) is not None:
        return name
    person = people.with_staff_number(request.database, name)
    holders = {holder: account for account, holder in request.engine.people().items()} if person is not None else {}
    return holders.get(person.id, name) if person is not None else name


def check_filled(request: PageRequest, *names: str, prefix: str = "") -> None:
    """Raise `InvalidForm` if one of these fields is empty, or if a typed code does not have six digits.

    It does not check whether password and code are right (`authenticate` does).
    """
    fields = Fields(request.form, CLAUSE, prefix)
    codes = [name for name in ("code", "new_code") if request.form.text(name)]
    fields.values(
        {name: partial(fields.secret, name, LABELS[name]) for name in names}
        | {name: partial(_check_code, request.form.text(name)) for name in codes}
    )


def authenticate(request: PageRequest, account: str) -> AccountRow:
    """Check the password and the code in the form, and return the row of the account. It starts no session.

    Raises `WrongSignIn` if one of them is wrong or the account is closed. Raises `TooManyAttempts` without checking. A
    failure is logged, and a series of failures from several addresses too. The log does not have the typed text, which
    may be the person's password for another system.
    """
    device = request.http.cookies.get(devices.COOKIE, "")
    password, code = request.form.password("password"), request.form.text("code")
    try:
        row = credentials.authenticate(request.engine, account, password, code, request.address, request.now, device)
        _check_open(request, row.id)
    # `TooManyAttempts` is not logged: the password was not checked, and a flood of attempts would fill the log.
    except WrongSignIn as refusal:
        request.log_security("sign_in_failed", detail=refusal.code)
        _report_guessing(request, account.strip().lower()[:64])
        raise
    return row


def admit(
    request: PageRequest,
    account: str,
    method: SignInMethod,
    path: str,
    proof: Digest,
    *,
    ticket: str = "",
    proved: bool = True,
) -> Response:
    """Start a session of the account, make the browser known, and redirect to `path`. Raises the engine's `Refusal`.

    `proof`, `ticket` and `proved` are as in `sessions.start_session`. The cookie gets a new token, so that a token that
    an attacker put into the browser before is useless (session fixation).
    """
    token = sessions.start_session(
        request.engine,
        request.account_of(account),
        way=method,
        address=request.address,
        agent=request.http.headers.get("user-agent", ""),
        previous_token=request.cookie.token,
        proof=proof,
        ticket=ticket,
        recently_authenticated=proved,
    )
    request.cookie.set(token)
    request.log_security("signed_in", account=account, detail=method)
    # If the clock were years ahead, all sessions and links would look expired, and this would delete all of them.
    if request.clock_doubt is None:
        sessions.delete_expired(request.database, request.now)
        attempts.delete_old(request.database, request.now)
    return remember_browser(request, request.answer.redirect(path), account)


def remember_browser(request: PageRequest, response: Response, account: str) -> Response:
    """Make this browser known to the account, and return the response with its cookie (`throttling/devices.py`)."""
    token = request.http.cookies.get(devices.COOKIE, "")
    return devices.set_cookie(response, devices.remember(request.database, token, account, request.now))


def _check_code(code: str) -> None:
    """Raise `Malformed` if the code does not have six digits. Spaces are ignored."""
    if not re.fullmatch(r"\d{6}", code.replace(" ", "")):
        raise Malformed(what=LABELS["code"], why=_SIX_DIGITS, clause=CLAUSE)


def _check_open(request: PageRequest, account: str) -> None:
    """Raise `WrongSignIn` if the account is closed."""
    if request.account_of(account).closed:
        raise WrongSignIn


def _report_guessing(request: PageRequest, account: str) -> None:
    """Log it if failed attempts at one account come from several addresses. The holder sees this on the first page."""
    # The account is not locked. Otherwise anybody could lock the holder out by guessing.
    count = attempts.addresses_to_report(request.database, account, request.now)
    if count and accounts.account(request.database, account) is not None:
        request.log_security("guessed_at", account=account, detail=str(count))


def _form(request: PageRequest, path: str, refusal: UserError | None) -> Response:
    too_often = isinstance(refusal, TooManyAttempts)
    response = request.answer.page(
        "sign_in.html",
        200 if refusal is None else 429 if too_often else 403,
        next=path,
        refusal=refusal,
        ways=single_sign_on.sign_in_options(request.app.settings),
        chosen=request.query.get("chosen", "")[:64],
        form_saved=recovery.is_marked(path),
    )
    if refusal is not None and too_often:
        response.headers["retry-after"] = str(refusal.details["seconds"])
    return response
