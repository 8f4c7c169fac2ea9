"""我的账号: the page of the user's own account, and the acts of its holder on it.

Here the user changes the password, sets or removes the second factor, ends other sessions, confirms or removes an
identity, and sets the email address for notices. The acts on password and second factor ask for the password again; the
others need a recent authentication.

Also here: the recent changes of the account, which other pages show too. Not here: signing in (`sign_in.py`), and the
acts of administrators (`account.py`).
"""

from __future__ import annotations

import segno
from starlette.responses import Response

from console.web import credentials, sessions
from console.web.command_ids import new_id
from console.web.credentials import WrongSignIn
from console.web.forms.fields import Fields, read_all
from console.web.forms.submitting import submit
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from console.web.throttling.attempts import TooManyAttempts
from notifications.contacts import contacts_of
from states import policy
from states.accounts.account import CHANGE_DISPLAY_PERIOD, CLAUSE
from states.accounts.credentials import commitment
from states.accounts.identities import ConfirmIdentity, EndIdentity
from states.accounts.passwords import EndSecondFactor, SetSecondFactor
from states.acts import ACT_OF_FACT
from states.records.account import ADMINISTRATORS, AccountChange
from states.refusals import Refusal
from states.user_errors import UserError
from states.vocabulary import Digest, Text
from storage.sign_in import accounts
from storage.tables.accounts import AccountRow, SessionRow
from storage.tables.post import ContactRow
from storage.vault import account_secrets
from workflow.contacts import store as store_contact

from . import sign_in
from .accounts import members_of_teams
from .deputies import deputies_of
from .identities import identities_of

pages = Pages()

_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Edg/", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""The names of browsers, by a word in the user agent.

The order matters: Edge and WeChat also have “Chrome”, Chrome has “Safari”.
"""
_EMAIL = Text(zh="邮箱", en="Email address")
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux")


class WrongCode(UserError):
    """The typed code is not the code of the new secret at the present time."""

    zh = "动态口令不正确。请核对手机时间是否准确，再输入应用当前显示的 6 位数字。"
    en = "The code is wrong. Check that your phone's time is right, then enter the 6 digits the app shows now."


@pages.get("/account", view="own_account")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/account/password", view="own_account", recoverable=False, hashes=True)
def change_password(request: PageRequest) -> Response:
    """Change the password after checking the old one. Every other session of the account ends."""
    new, repetition = request.form.password("new"), request.form.password("again")
    try:
        row = _authenticate(request, "change-", "new", "again")
        words = credentials.words_of_account(request.app.settings.origin, row.id, row.name)
        read_all({"change-new": lambda: credentials.check_new_password(new, repetition, words)})
        credentials.change_password(
            request.engine, request.user.account, new, _this_session(request), new_id("password")
        )
    except (WrongSignIn, TooManyAttempts, Refusal) as refusal:
        return _page(request, refusal)
    request.log_security("password_changed")
    return request.answer.redirect("/account?done=password")


@pages.get("/account/code", view="own_account")
def offer_second_factor(request: PageRequest) -> Response:
    """Show a new secret for an authenticator app. It is not stored before the user has sent a code made from it."""
    return _second_factor_page(request, credentials.new_secret())


@pages.post("/account/code", view="own_account", recoverable=False, hashes=True)
def set_second_factor(request: PageRequest) -> Response:
    """Store the secret if the password is right and the code is made from the secret."""
    secret = request.form.text("secret")
    # The form returns the secret, so a user can change it. A short one could be guessed from its digest in the ledger.
    if not credentials.SECRET_PATTERN.fullmatch(secret):
        return request.answer.redirect("/account/code")
    try:
        row = _authenticate(request, "", "new_code")
        step = read_all({"new_code": lambda: _time_step(request, secret)})["new_code"]
        factor = account_secrets.factor_write(request.database, row.id, secret, step)
        submit(request, request.user.account.stream, SetSecondFactor(factor=commitment(secret)), beside=[factor])
    except (WrongSignIn, TooManyAttempts, Refusal) as refusal:
        return _second_factor_page(request, secret, refusal)
    request.log_security("second_factor_set")
    return request.answer.redirect("/account?done=code")


@pages.post("/account/code/end", view="own_account", recoverable=False, hashes=True)
def end_second_factor(request: PageRequest) -> Response:
    """Remove the second factor. The form asks for a code of it, so a stolen password alone cannot remove it."""
    try:
        _authenticate(request, "end-")
        submit(request, request.user.account.stream, EndSecondFactor())
    except (WrongSignIn, TooManyAttempts, Refusal) as refusal:
        return _page(request, refusal)
    request.log_security("second_factor_ended")
    return request.answer.redirect("/account?done=no-code")


@pages.post("/account/sessions", view="own_account", reauthenticates=True, recoverable=False)
def end_sessions(request: PageRequest) -> Response:
    """End one other session, or all other sessions if the form names none."""
    session, account = request.form.text("session"), request.user.account
    others = [digest for digest in account.sessions if digest != _this_session(request)]
    sessions.end_sessions(request.engine, account, [digest for digest in others if session in ("", digest)])
    request.log_security("sessions_ended")
    return request.answer.redirect("/account?done=sessions")


@pages.post("/account/identity", view="own_account", reauthenticates=True, recoverable=False)
def settle_identity(request: PageRequest) -> Response:
    """Confirm a proposed identity, or remove an identity."""
    identity = Digest(request.form.text("identity"))
    removes = request.form.text("act") == EndIdentity.act
    command: EndIdentity | ConfirmIdentity
    if removes:
        command = EndIdentity(identity=identity)
    else:
        # The command names the session, so that the engine can refuse a session that was not started by password.
        # Otherwise a person who signed in by one identity could confirm another.
        command = ConfirmIdentity(identity=identity, session=_this_session(request))
    try:
        submit(request, request.user.account.stream, command)
    except Refusal as refusal:
        return _page(request, refusal)
    request.log_security("identity_ended" if removes else "identity_bound")
    return request.answer.redirect(f"/account?done={command.act}")


@pages.post("/account/mail", view="own_account", reauthenticates=True, recoverable=False)
def set_mail(request: PageRequest) -> Response:
    """Set or delete the email address, and whether notices are sent to it.

    The address is personal data, so no entry has it.
    """
    fields, by_mail = Fields(request.form, CLAUSE), bool(request.form.text("wanted"))
    read = fields.mail if by_mail else fields.any_mail
    try:
        address = fields.values({"email": lambda: read("email", _EMAIL)})["email"]
    except InvalidForm as invalid:
        return _page(request, invalid)
    user = request.user
    row = ContactRow(
        account=user.id,
        roles=" ".join(sorted(user.account.roles.difference(ADMINISTRATORS))),
        unit=user.unit,
        language=user.language,
        channels="mail" if by_mail else "",
        email=address or None,
    )
    store_contact(request.engine, row, user.actor())
    request.log_security("mail_changed")
    return request.answer.redirect("/account?done=mail")


def recent_changes(request: PageRequest) -> list[tuple[Text, AccountChange]]:
    """The recent changes of the user's account, each with its title, the last first."""
    recent = [change for change in request.user.account.changes if request.now - change.at <= CHANGE_DISPLAY_PERIOD]
    return [(policy.title(ACT_OF_FACT[change.kind], request.rulebook), change) for change in reversed(recent)]


def _authenticate(request: PageRequest, prefix: str, *fields: str) -> AccountRow:
    """Check the user's password and code, and return the row of the user's account.

    After that the session counts as recently authenticated. `fields` are the other fields that must not be empty.
    Raises `WrongSignIn` or `TooManyAttempts`, or `InvalidForm` if a field is empty.
    """
    sign_in.check_filled(request, "password", *fields, prefix=prefix)
    row = sign_in.authenticate(request, request.user.id)
    accounts.mark_reauthenticated(request.database, _this_session(request), request.now)
    return row


def _this_session(request: PageRequest) -> Digest:
    return sessions.digest(request.cookie.token)


def _time_step(request: PageRequest, secret: str) -> int:
    """The time step of the typed code (RFC 6238). Raises `WrongCode`."""
    step = credentials.matching_step(secret, request.form.text("new_code"), request.now)
    if step is None:
        raise WrongCode
    return step


def _page(request: PageRequest, refusal: UserError | None = None) -> Response:
    account = credentials.row_with_recorded_secrets(request.engine, request.user.id)
    assert account is not None  # the session that opened this page belongs to an account
    return request.answer.page(
        "own_account.html",
        409 if refusal else 200,
        row=account,
        refusal=refusal,
        sessions=_open_sessions(request),
        here=_this_session(request),
        browser=_browser,
        contact=next(
            (
                one
                for one in contacts_of(request.database, [request.user.account], request.directory.people)
                if one.account == account.id
            ),
            None,
        ),
        changes=recent_changes(request),
        member=members_of_teams(request).get(request.user.account.person or "", request.user.account.person),
        identities=identities_of(request, request.user.account),
        deputies=deputies_of(request, request.user.account),
        done=request.query.get("done", ""),
    )


def _open_sessions(request: PageRequest) -> list[SessionRow]:
    """The sessions that can be used now: valid by the ledger, and not idle for longer than `sessions.IDLE_TIMEOUT`."""
    rows = accounts.sessions(request.database, request.user.id)
    valid_sessions = request.user.account.sessions
    return [row for row in rows if row.token in valid_sessions and request.now - row.seen_at <= sessions.IDLE_TIMEOUT]


def _second_factor_page(request: PageRequest, secret: str, refusal: UserError | None = None) -> Response:
    try:
        address = credentials.otpauth_uri(secret, request.user.id, request.app.settings.origin)
        picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3)
        credentials.totp_code(secret, 0)
    except ValueError:  # the secret is not base 32, or too long for a QR code
        return request.answer.redirect("/account/code")
    return request.answer.page(
        "second_factor.html", 409 if refusal else 200, secret=secret, picture=picture, refusal=refusal
    )


def _browser(agent: str) -> str:
    """The browser and the operating system in a user agent: enough for users to recognise their own."""
    browser = next((name for word, name in _BROWSERS if word in agent), None)
    system = next((name for name in _SYSTEMS if name in agent), None)
    return " · ".join(part for part in (browser, system) if part) or agent[:40] or "—"
