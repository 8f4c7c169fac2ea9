"""一次性链接: the page that a one-time link opens. The person who opens it chooses the password and is signed in.

Not here: requesting, confirming and issuing links (`links.py`).
"""

from __future__ import annotations

from starlette.responses import Response

from console.web import credentials
from console.web.command_ids import new_id
from console.web.forms.fields import read_all
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import ANYBODY, Pages
from console.web.throttling import devices
from states.accounts.links import LinkExpired
from states.refusals import Refusal
from states.vocabulary import Digest
from storage.sign_in import accounts

from .sign_in import admit, check_filled, remember_browser

pages = Pages()


@pages.get("/welcome/{token}", view=ANYBODY)
def show(request: PageRequest, token: str) -> Response:
    """The form of a one-time link.

    Opening it does not use the link up, because mail programs open every link to scan it.
    """
    account = credentials.account_of_link(request.engine, token)
    refusal = LinkExpired() if account is None else None
    return request.answer.page(
        "one_time_link.html", 410 if refusal else 200, account=account and account.id, refusal=refusal
    )


@pages.post("/welcome/{token}", view=ANYBODY, hashes=True)
def use_link(request: PageRequest, token: str) -> Response:
    """Set the password with a one-time link, and sign in. The link is used up.

    The second factor and all sessions of the account end, and all browsers that the account knew are forgotten.
    """
    account, password = credentials.account_of_link(request.engine, token), request.form.password("password")
    row = accounts.account(request.database, account.id) if account else None
    if account is None or row is None:
        return request.answer.page("one_time_link.html", 410, account=None, refusal=LinkExpired())
    try:
        check_filled(request, "password", "again")
        words = credentials.words_of_account(request.app.settings.origin, row.id, row.name)
        read_all({"password": lambda: credentials.check_new_password(password, request.form.password("again"), words)})
        credentials.choose_password(request.engine, account, token, password, new_id("choose"))
    except InvalidForm as refusal:
        return request.answer.page("one_time_link.html", 409, account=row.id, refusal=refusal)
    except Refusal as refusal:  # the link was used, or the account closed, meanwhile
        return request.answer.page("one_time_link.html", 410, account=None, refusal=refusal)
    _log_link_use(request, row.id, had_factor=account.factor is not None)
    # From now on this is the only known browser of the account. A stolen browser, known before, is slowed down like any
    # unknown one, and failed attempts in other browsers do not slow this one down.
    devices.forget(request.database, row.id)
    password_digest = request.account_of(row.id).password
    try:
        return admit(request, row.id, "password", "/", Digest(password_digest or ""))
    except Refusal:  # the account was closed meanwhile, or the time is in doubt: the sign-in form says so
        return remember_browser(request, request.answer.redirect(f"/sign-in?chosen={row.id}"), row.id)


def _log_link_use(request: PageRequest, account: str, *, had_factor: bool) -> None:
    """Log the use of the link and, if the account had a second factor, its end."""
    request.log_security("link_used", account=account)
    if had_factor:
        request.log_security("second_factor_ended", account=account)
