"""我的账号: what is known of the own account, its password, second factor, sessions, and how it wants to hear of things."""

from __future__ import annotations

import segno
from starlette.responses import Response

from config.settings import MAIL_ADDRESS
from console.web import credentials, sessions
from console.web.command_ids import new_id
from console.web.credentials import WrongSignIn
from console.web.forms.fields import read_all
from console.web.forms.submitting import submit
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from console.web.throttling.attempts import TooOften
from states import policy
from states.accounts.account import RECENT
from states.accounts.credentials import commitment
from states.accounts.identities import ConfirmIdentity, EndIdentity
from states.accounts.passwords import EndSecondFactor, SetSecondFactor
from states.chart import ACT_OF_FACT
from states.records.account import ADMINISTRATORS, Change
from states.refusals import Refusal
from states.user_errors import UserError
from states.vocabulary import Digest, Text
from storage.post import contacts
from storage.sign_in import accounts
from storage.sign_in.accounts import digest_of
from storage.tables.accounts import AccountRow
from storage.tables.post import ContactRow
from storage.vault import account_secrets
from workflow.contacts import keep as keep_contact

from . import sign_in

pages = Pages()


class WrongCode(UserError):
    """The app and the console do not agree yet."""

    zh = "动态口令不正确。请核对手机时间是否准确，再输入应用当前显示的 6 位数字。"
    en = "The code is wrong. Check that your phone's time is right, then enter the 6 digits the app shows now."


class NoAddress(UserError):
    """What was typed is no address of mail."""

    zh = "“{given}”不是邮件地址。请更正，形如 name@college.edu.cn。"
    en = "“{given}” is not an email address. Correct it, for example name@college.edu.cn."


@pages.get("/account", view="own_account")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/account/password", view="own_account", recoverable=False, hashes=True)
def change_password(request: PageRequest) -> Response:
    """Another password, by whoever knows this one. Every other session ends."""
    try:
        row = _proved(request, "change-", "new", "again")
        words = credentials.words_of(request.app.settings.origin, row.id, row.name)
        read_all(
            {
                "change-new": lambda: credentials.check_new(
                    request.form.password("new"), request.form.password("again"), words
                )
            }
        )
        here = sessions.digest(request.cookie.token)
        credentials.change(request.engine, request.user.account, request.form.password("new"), here, new_id("password"))
    except (WrongSignIn, TooOften, Refusal) as wrong:
        return _page(request, wrong)
    request.log_security("password_changed")
    return request.answer.redirect("/account?done=password")


@pages.get("/account/code", view="own_account")
def offer_code(request: PageRequest) -> Response:
    """A fresh secret to be taken into an authenticator app. It is kept once a code shows that it was."""
    return _code_page(request, credentials.new_secret())


@pages.post("/account/code", view="own_account", recoverable=False, hashes=True)
def set_code(request: PageRequest) -> Response:
    """Keep the secret, if the code it makes comes back with the password."""
    secret = request.form.text("secret")
    if not credentials.SECRET.fullmatch(secret):
        return request.answer.redirect("/account/code")
    try:
        row = _proved(request, "", "new_code")
        step = read_all({"new_code": lambda: _step(secret, request.form.text("new_code"), request)})["new_code"]
        factor = account_secrets.factor(request.database, row.id, secret, step)
        submit(request, request.user.account.stream, SetSecondFactor(factor=commitment(secret)), beside=[factor])
    except (WrongSignIn, TooOften, Refusal) as wrong:
        return _code_page(request, secret, wrong)
    request.log_security("second_factor_set")
    return request.answer.redirect("/account?done=code")


@pages.post("/account/code/end", view="own_account", recoverable=False, hashes=True)
def end_code(request: PageRequest) -> Response:
    """Do without the second factor again, by whoever can show it once more."""
    try:
        _proved(request, "end-")
        submit(request, request.user.account.stream, EndSecondFactor())
    except (WrongSignIn, TooOften, Refusal) as wrong:
        return _page(request, wrong)
    request.log_security("second_factor_ended")
    return request.answer.redirect("/account?done=no-code")


@pages.post("/account/sessions", view="own_account", reauthenticates=True, recoverable=False)
def end_sessions(request: PageRequest) -> Response:
    """End one other session, or all others."""
    one, here = request.form.text("session"), sessions.digest(request.cookie.token)
    sessions.end_sessions(
        request.engine,
        request.user.account,
        [id_ for id_ in request.user.account.sessions if id_ != here and one in ("", id_)],
    )
    request.log_security("sessions_ended")
    return request.answer.redirect("/account?done=sessions")


@pages.post("/account/identity", view="own_account", reauthenticates=True, recoverable=False)
def settle_identity(request: PageRequest) -> Response:
    """Confirm an identity that was proposed, in a session begun by password; or end one."""
    identity, here = Digest(request.form.text("identity")), sessions.digest(request.cookie.token)
    ending = request.form.text("act") == EndIdentity.act
    command = EndIdentity(identity=identity) if ending else ConfirmIdentity(identity=identity, session=here)
    try:
        submit(request, request.user.account.stream, command)
    except Refusal as wrong:
        return _page(request, wrong)
    request.log_security("identity_ended" if ending else "identity_bound")
    return request.answer.redirect(f"/account?done={command.act}")


@pages.post("/account/mail", view="own_account", reauthenticates=True, recoverable=False)
def set_mail(request: PageRequest) -> Response:
    """Where mail goes, and whether it is wanted. An address is personal: it is in no entry."""
    given, wanted = request.form.text("email"), bool(request.form.text("wanted"))
    if (given or wanted) and not MAIL_ADDRESS.fullmatch(given):
        return _page(request, InvalidForm({"email": NoAddress(given=given[:80])}))
    roles = " ".join(sorted(request.user.roles.difference(ADMINISTRATORS)))
    row = ContactRow(
        account=request.user.id, roles=roles, unit=request.user.unit, language=request.user.language,
        channels="mail" if wanted else "", email=given or None,
    )  # fmt: skip
    keep_contact(request.engine, row, request.user.actor())
    request.log_security("mail_changed")
    return request.answer.redirect("/account?done=mail")


def changes(request: PageRequest) -> list[tuple[Text, Change]]:
    """The recent changes of the account's credentials and roles, each with its title, the last first."""
    lately = [one for one in request.user.account.changes if request.now - one.at <= RECENT]
    return [(policy.title(ACT_OF_FACT[one.kind], request.rulebook), one) for one in reversed(lately)]


def _step(secret: str, given: str, request: PageRequest) -> int:
    step = credentials.step_of(secret, given, request.now)
    if step is None:
        raise WrongCode
    return step


def _page(request: PageRequest, refusal: UserError | None = None) -> Response:
    row = _row(request)
    open_sessions = accounts.sessions(request.database, row.id)
    fresh = [
        one
        for one in open_sessions
        if one.token in request.user.account.sessions and request.now - one.seen_at <= sessions.IDLE_TIMEOUT
    ]
    return request.answer.page(
        "own_account.html", 409 if refusal else 200, row=row, refusal=refusal, sessions=fresh,
        browser=_browser, here=sessions.digest(request.cookie.token), done=request.query.get("done", ""),
        contact=contacts.contact_of(request.database, row.id), changes=changes(request), digest_of=digest_of,
        identities=[(one, request.user.account.identities.get(digest_of(one))) for one in accounts.identities(request.database, row.id)],
    )  # fmt: skip


def _code_page(request: PageRequest, secret: str, refusal: UserError | None = None) -> Response:
    try:
        address = credentials.address_of(secret, request.user.id, request.app.settings.origin)
        picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3)
        credentials.code(secret, 0)
    except ValueError:
        return request.answer.redirect("/account/code")
    return request.answer.page("code.html", 409 if refusal else 200, secret=secret, picture=picture, refusal=refusal)


_BROWSERS = (("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("Edg/", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux")


def _browser(agent: str) -> str:
    """A browser and its system, as far as it says; enough to know one's own again."""
    named = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for name in _SYSTEMS if name in agent), None)
    return " · ".join(part for part in (named, system) if part) or agent[:40] or "—"


def _row(request: PageRequest) -> AccountRow:
    row = credentials.vouched(request.engine, request.user.id)
    assert row is not None  # a session is of an account there is (`session_by_token`)
    return row


def _proved(request: PageRequest, prefix: str, *more: str) -> AccountRow:
    """The account, by its password. InvalidForm where this, or what `more` its form asks for, is empty."""
    sign_in.check_filled(request, "password", *more, prefix=prefix)
    row = sign_in.proved(request, request.user.id)
    accounts.mark_reauthenticated(request.database, sessions.digest(request.cookie.token), request.now)
    return row
