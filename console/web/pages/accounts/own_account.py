"""我的账号: what is known of the own account, its password, second factor, sessions, and how it wants to hear of things."""

from __future__ import annotations

import segno
from starlette.responses import Response

from config.settings import MAIL_ADDRESS
from console.web import credentials, sessions
from console.web.command_ids import new_id
from console.web.credentials import WrongSignIn
from console.web.forms.fields import FaultyForm, read_all
from console.web.request import Visit
from console.web.routes import Pages
from console.web.throttling.attempts import TooOften
from states import policy
from states.accounts.account import ADMINISTRATORS, RECENT, Change
from states.accounts.credentials import commitment
from states.accounts.identities import ConfirmIdentity, EndIdentity
from states.accounts.passwords import EndSecondFactor, SetSecondFactor
from states.chart import ACT_OF_FACT
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
def show(visit: Visit) -> Response:
    return _page(visit)


@pages.post("/account/password", view="own_account", keeps=False, hashes=True)
def change_password(visit: Visit) -> Response:
    """Another password, by whoever knows this one. Every other session ends."""
    try:
        row = _proved(visit, "change-", "new", "again")
        words = credentials.words_of(visit.desk.settings.origin, row.id, row.name)
        read_all({"change-new": lambda: credentials.check_new(visit.secret("new"), visit.secret("again"), words)})
        here = sessions.digest(visit.token)
        credentials.change(visit.engine, visit.account, visit.secret("new"), here, new_id("password"))
    except (WrongSignIn, TooOften, Refusal) as wrong:
        return _page(visit, wrong)
    visit.log("password_changed")
    return visit.to("/account?done=password")


@pages.get("/account/code", view="own_account")
def offer_code(visit: Visit) -> Response:
    """A fresh secret to be taken into an authenticator app. It is kept once a code shows that it was."""
    return _code_page(visit, credentials.new_secret())


@pages.post("/account/code", view="own_account", keeps=False, hashes=True)
def set_code(visit: Visit) -> Response:
    """Keep the secret, if the code it makes comes back with the password."""
    secret = visit.field("secret")
    if not credentials.SECRET.fullmatch(secret):
        return visit.to("/account/code")
    try:
        row = _proved(visit, "", "new_code")
        step = read_all({"new_code": lambda: _step(secret, visit.field("new_code"), visit)})["new_code"]
        factor = account_secrets.factor(visit.database, row.id, secret, step)
        visit.submit(visit.account.stream, SetSecondFactor(factor=commitment(secret)), beside=[factor])
    except (WrongSignIn, TooOften, Refusal) as wrong:
        return _code_page(visit, secret, wrong)
    visit.log("second_factor_set")
    return visit.to("/account?done=code")


@pages.post("/account/code/end", view="own_account", keeps=False, hashes=True)
def end_code(visit: Visit) -> Response:
    """Do without the second factor again, by whoever can show it once more."""
    try:
        _proved(visit, "end-")
        visit.submit(visit.account.stream, EndSecondFactor())
    except (WrongSignIn, TooOften, Refusal) as wrong:
        return _page(visit, wrong)
    visit.log("second_factor_ended")
    return visit.to("/account?done=no-code")


@pages.post("/account/sessions", view="own_account", proof=True, keeps=False)
def end_sessions(visit: Visit) -> Response:
    """End one other session, or all others."""
    one, here = visit.field("session"), sessions.digest(visit.token)
    sessions.end(
        visit.engine, visit.account, [id_ for id_ in visit.account.sessions if id_ != here and one in ("", id_)]
    )
    visit.log("sessions_ended")
    return visit.to("/account?done=sessions")


@pages.post("/account/identity", view="own_account", proof=True, keeps=False)
def settle_identity(visit: Visit) -> Response:
    """Confirm an identity that was proposed, in a session begun by password; or end one."""
    identity, here = Digest(visit.field("identity")), sessions.digest(visit.token)
    ending = visit.field("act") == EndIdentity.act
    command = EndIdentity(identity=identity) if ending else ConfirmIdentity(identity=identity, session=here)
    try:
        visit.submit(visit.account.stream, command)
    except Refusal as wrong:
        return _page(visit, wrong)
    visit.log("identity_ended" if ending else "identity_bound")
    return visit.to(f"/account?done={command.act}")


@pages.post("/account/mail", view="own_account", proof=True, keeps=False)
def set_mail(visit: Visit) -> Response:
    """Where mail goes, and whether it is wanted. An address is personal: it is in no entry."""
    given, wanted = visit.field("email"), bool(visit.field("wanted"))
    if (given or wanted) and not MAIL_ADDRESS.fullmatch(given):
        return _page(visit, FaultyForm({"email": NoAddress(given=given[:80])}))
    roles = " ".join(sorted(visit.roles.difference(ADMINISTRATORS)))
    row = ContactRow(
        account=visit.account.id, roles=roles, unit=visit.unit, language=visit.language,
        channels="mail" if wanted else "", email=given or None,
    )  # fmt: skip
    keep_contact(visit.engine, row, visit.actor())
    visit.log("mail_changed")
    return visit.to("/account?done=mail")


def changes(visit: Visit) -> list[tuple[Text, Change]]:
    """The recent changes of the account's credentials and roles, each with its title, the last first."""
    lately = [one for one in visit.account.changes if visit.now - one.at <= RECENT]
    return [(policy.title(ACT_OF_FACT[one.kind], visit.rulebook), one) for one in reversed(lately)]


def _step(secret: str, given: str, visit: Visit) -> int:
    step = credentials.step_of(secret, given, visit.now)
    if step is None:
        raise WrongCode
    return step


def _page(visit: Visit, refusal: UserError | None = None) -> Response:
    row = _row(visit)
    open_sessions = accounts.sessions(visit.database, row.id)
    fresh = [
        one for one in open_sessions if one.token in visit.account.sessions and visit.now - one.seen_at <= sessions.IDLE
    ]
    return visit.page(
        "own_account.html", 409 if refusal else 200, row=row, refusal=refusal, sessions=fresh,
        browser=_browser, here=sessions.digest(visit.token), done=visit.request.query_params.get("done", ""),
        contact=contacts.contact_of(visit.database, row.id), changes=changes(visit), digest_of=digest_of,
        identities=[(one, visit.account.identities.get(digest_of(one))) for one in accounts.identities(visit.database, row.id)],
    )  # fmt: skip


def _code_page(visit: Visit, secret: str, refusal: UserError | None = None) -> Response:
    try:
        address = credentials.address_of(secret, visit.account.id, visit.desk.settings.origin)
        picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3)
        credentials.code(secret, 0)
    except ValueError:
        return visit.to("/account/code")
    return visit.page("code.html", 409 if refusal else 200, secret=secret, picture=picture, refusal=refusal)


_BROWSERS = (("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("Edg/", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux")


def _browser(agent: str) -> str:
    """A browser and its system, as far as it says; enough to know one's own again."""
    named = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for name in _SYSTEMS if name in agent), None)
    return " · ".join(part for part in (named, system) if part) or agent[:40] or "—"


def _row(visit: Visit) -> AccountRow:
    row = credentials.vouched(visit.engine, visit.account.id)
    assert row is not None  # a session is of an account there is (`session_by_token`)
    return row


def _proved(visit: Visit, prefix: str, *more: str) -> AccountRow:
    """The account, by its password. FaultyForm where this, or what `more` its form asks for, is empty."""
    sign_in.check_filled(visit, "password", *more, prefix=prefix)
    row = sign_in.proved(visit, visit.account.id)
    accounts.mark_reauthenticated(visit.database, sessions.digest(visit.token), visit.now)
    return row
