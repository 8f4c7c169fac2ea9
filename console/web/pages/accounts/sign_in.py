"""登录: signing in and out, a one-time link, proving again who one is, and the language of this browser."""

from __future__ import annotations

import re
from functools import partial

from starlette.responses import Response

from console.web import credentials, sessions, single_sign_on
from console.web.command_ids import new_id
from console.web.credentials import WrongSignIn
from console.web.forms import recovery
from console.web.forms.fields import FaultyForm, Fields, read_all
from console.web.request import LANGUAGE_COOKIE, LANGUAGES, Visit, local
from console.web.routes import ANYBODY, Pages
from console.web.throttling import attempts, devices
from console.web.throttling.attempts import TooOften
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
def show(visit: Visit) -> Response:
    return _form(visit, local(visit.request.query_params.get("next", "/")), None)


@pages.post("/sign-in", view=ANYBODY, hashes=True)
def enter(visit: Visit) -> Response:
    """Password and second factor, in one form and with one answer to whatever is wrong."""
    try:
        check_filled(visit, "account", "password")
        row = proved(visit, visit.field("account"))
    except (WrongSignIn, TooOften, Refusal) as wrong:
        return _form(visit, local(visit.field("next")), wrong)
    return admit(visit, row.id, "password", local(visit.field("next")), commitment(row.password or ""))


@pages.post("/sign-out", view=ANYBODY)
def leave(visit: Visit) -> Response:
    """End the session here; the browser forgets what it kept."""
    if visit.session is not None:
        sessions.end(visit.engine, visit.account, [sessions.digest(visit.token)])
        visit.log("signed_out")
    visit.signed(sessions.new_token())
    response = visit.to("/sign-in")
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


@pages.get("/welcome/{token}", view=ANYBODY)
def welcome(visit: Visit, token: str) -> Response:
    """Looking at a link does not use it up: a mail program looks at every one."""
    account = credentials.linked(visit.engine, token)
    over = LinkOver() if account is None else None
    return visit.page("welcome.html", 410 if over else 200, account=account and account.id, refusal=over)


@pages.post("/welcome/{token}", view=ANYBODY, hashes=True)
def choose(visit: Visit, token: str) -> Response:
    """Choose the first password, or another one, and be signed in. The second factor (a lost phone) and every session of the account end.

    This browser is known to the account from now on, and no other: others' guesses do not keep its holder out of here.
    """
    account, password = credentials.linked(visit.engine, token), visit.secret("password")
    row = accounts.account(visit.database, account.id) if account else None
    if account is None or row is None:
        return visit.page("welcome.html", 410, account=None, refusal=LinkOver())
    try:
        check_filled(visit, "password", "again")
        words = credentials.words_of(visit.desk.settings.origin, row.id, row.name)
        read_all({"password": lambda: credentials.check_new(password, visit.secret("again"), words)})
        credentials.choose(visit.engine, account, token, password, new_id("choose"))
    except FaultyForm as unread:
        return visit.page("welcome.html", 409, account=row.id, refusal=unread)
    except Refusal as over:  # used, or closed, meanwhile
        return visit.page("welcome.html", 410, account=None, refusal=over)
    visit.log("link_used", account=row.id)
    if account.factor is not None:
        visit.log("second_factor_ended", account=row.id)
    devices.forget(visit.database, row.id)
    chosen = visit.account_of(row.id).password
    try:
        return admit(visit, row.id, "password", "/", Digest(chosen or ""))
    except Refusal:  # closed meanwhile, or the time is in doubt: signing in says so
        return _known_here(visit, visit.to(f"/sign-in?chosen={row.id}"), row.id)


@pages.get("/prove", view="own_account")
def ask_again(visit: Visit) -> Response:
    """Before what is confidential or grave the person proves again who it is."""
    return visit.page("prove.html", next=local(visit.request.query_params.get("next", "/")), refusal=None)


@pages.post("/prove", view="own_account", keeps=False, hashes=True)
def prove(visit: Visit) -> Response:
    back = local(visit.field("next"))
    try:
        check_filled(visit, "password")
        proved(visit, visit.account.id)
    except (WrongSignIn, TooOften, Refusal) as wrong:
        return visit.page("prove.html", 403, next=back, refusal=wrong)
    accounts.mark_reauthenticated(visit.database, sessions.digest(visit.token), visit.now)
    visit.log("proved")
    return visit.to(back)


@pages.post("/language", view=ANYBODY)
def speak(visit: Visit) -> Response:
    """Choose the language: of the account, or of this browser where nobody is signed in."""
    language = visit.field("language")
    response = visit.to(local(visit.field("back")))
    if language in LANGUAGES:
        if visit.session is not None:
            accounts.change(visit.database, visit.session.account, language=language)
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=31536000, secure=True, httponly=True, samesite="lax")
    return response


def admit(
    visit: Visit, account: str, way: Way, path: str, proof: Digest, *, ticket: str = "", proved: bool = True
) -> Response:
    """Sign the account in by what it `proved` (`sessions.begin`): a new token, and what is over is tidied away. Raises the `Refusal`."""
    agent, state = visit.request.headers.get("user-agent", ""), visit.account_of(account)
    token = sessions.begin(
        visit.engine, state, way=way, address=visit.address, agent=agent, before=visit.token, proof=proof,
        ticket=ticket, proved=proved,
    )  # fmt: skip
    visit.signed(token)
    visit.log("signed_in", account=account, what=way)
    if visit.doubt is None:  # by a clock that is ahead, every session and link would be over
        sessions.tidy(visit.database, visit.now)
        attempts.tidy(visit.database, visit.now)
    return _known_here(visit, visit.to(path), account)


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


def check_filled(visit: Visit, *names: str, prefix: str = "") -> None:
    """Nothing asked for is empty, and a code, if one is typed, can be one. FaultyForm: whether they are right is told in one sentence."""
    typed = Fields(visit, CLAUSE, prefix)
    codes = [name for name in ("code", "new_code") if visit.field(name)]
    typed.values({
        **{name: partial(typed.secret, name, LABELS[name]) for name in names},
        **{name: partial(_check_code, visit.field(name)) for name in codes},
    })  # fmt: skip


def _check_code(said: str) -> None:
    if not re.fullmatch(r"\d{6}", said.replace(" ", "")):
        raise Malformed(what=LABELS["code"], why=_SIX_DIGITS, clause=CLAUSE)


def proved(visit: Visit, account: str) -> AccountRow:
    """The open account that is proved by what the form holds. `WrongSignIn`, `TooOften`.

    A failure is put on record, without what was typed. An attempt that had to wait was not looked at and leaves no line:
    a flood would fill the log.
    """
    device = visit.request.cookies.get(devices.COOKIE, "")
    try:
        row = credentials.prove(
            visit.engine, account, visit.secret("password"), visit.field("code"), visit.address, visit.now, device
        )
        _check_open(visit, row.id)
    except WrongSignIn as wrong:
        visit.log("sign_in_failed", what=wrong.code)
        _tell_of_guesses(visit, account.strip().lower()[:64])
        raise
    return row


def _tell_of_guesses(visit: Visit, account: str) -> None:
    """One line, no lock: for the audit administrator, and for the holder's first page (`to_dos.py`)."""
    count = attempts.spread(visit.database, account, visit.now)
    if count and accounts.account(visit.database, account) is not None:
        visit.log("guessed_at", account=account, what=str(count))


def _known_here(visit: Visit, response: Response, account: str) -> Response:
    token = visit.request.cookies.get(devices.COOKIE, "")
    return devices.carry(response, devices.remember(visit.database, token, account, visit.now))


def _check_open(visit: Visit, account: str) -> None:
    if visit.account_of(account).closed:
        raise WrongSignIn


def _form(visit: Visit, path: str, refusal: UserError | None) -> Response:
    status = 200 if refusal is None else 429 if isinstance(refusal, TooOften) else 403
    ways = single_sign_on.ways(visit.desk.settings)
    chosen = visit.request.query_params.get("chosen", "")[:64]
    response = visit.page(
        "sign_in.html", status, next=path, refusal=refusal, ways=ways, chosen=chosen, kept=recovery.is_marked(path)
    )
    if isinstance(refusal, TooOften):
        response.headers["retry-after"] = str(refusal.details["seconds"])
    return response
