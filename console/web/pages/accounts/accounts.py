"""账号: the administrators' page. Opening and closing is the system administrator's, granting the security administrator's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from console.web import sessions, tokens
from console.web.credentials import ShownOnce, check_first
from console.web.forms.fields import Fields
from console.web.forms.submitting import submit
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.accounts import credentials
from states.accounts.account import BY, CLAUSE, CloseAccount, GrantRole, MoveAccount, OpenAccount, WithdrawRole
from states.accounts.identities import ConfirmIdentity, EndIdentity, ProposeIdentity
from states.accounts.links import open_request
from states.accounts.tokens import RevokeToken
from states.chart import ACT_OF_FACT
from states.privacy import check_id
from states.records.account import ADMINISTRATORS, Account
from states.refusals import AlreadyThere, Malformed, NotKnown, NotThere, Refusal, StaleForm
from states.streams import account_stream
from states.user_errors import UserError
from states.vocabulary import CLOCK, Command, Opaque, Text
from storage.errors import Conflict
from storage.ledger.facts import fact_of
from storage.sign_in import accounts
from storage.sign_in.accounts import digest_of
from storage.tables.accounts import AccountRow
from storage.vault import account_secrets

pages = Pages()

_COMMANDS: dict[str, type[Command]] = {
    "close_account": CloseAccount, "grant_role": GrantRole, "withdraw_role": WithdrawRole, "move_account": MoveAccount,
    "revoke_token": RevokeToken, "confirm_identity": ConfirmIdentity, "end_identity": EndIdentity,
}  # fmt: skip
"""What a form of an account's page may ask, by its act."""

LONGEST_NAME = 40
"""Characters of a name."""
OPEN = Text(zh="开通账号", en="open an account")
LABELS = {
    "id": Text(zh="账号名", en="account"),
    "name": Text(zh="姓名", en="name"),
    "unit": Text(zh="所属部门", en="unit"),
    "role": Text(zh="角色", en="role"),
    "reason": Text(zh="理由", en="reason"),
    "token": Text(zh="接口令牌", en="token"),
    "identity": Text(zh="统一身份", en="identity"),
    "days": Text(zh="有效天数", en="number of days"),
    "provider": Text(zh="认证服务器", en="provider"),
    "subject": Text(zh="工号或标识", en="staff number or subject"),
}
"""What each field of the forms is called."""

_ACTS = {**BY, **credentials.BY}


class Unnamed(UserError):
    """An account needs somebody's name, of at most `LONGEST_NAME` characters."""

    zh = "请填写姓名（1 至 40 字）。姓名只存于账号表，不写入台账。"
    en = "Enter a name of 1 to 40 characters. It is stored with the account, not in the ledger."


class NameTaken(UserError):
    """There is an account of this name."""

    zh = "账号名 {account} 已有人使用，请另取一个。"
    en = "There is already an account called {account}. Choose another name."


class BoundAlready(UserError):
    """A subject of a provider stands for one account."""

    zh = "标识 {subject} 已绑定账号。请核对；如需更换，请先停用原账号。"
    en = "{subject} is already linked to an account. Check it. To change it, close the other account first."


@pages.get("/accounts", view="accounts")
def show(request: PageRequest) -> Response:
    return listed(request)


@pages.post("/accounts", view="accounts")
def open_one(request: PageRequest) -> Response:
    """Open an account: an entry with its unit, and beside the ledger a name."""
    typed = Fields(request.form, CLAUSE)
    try:
        found = typed.values({
            "id": lambda: _id(typed), "name": lambda: name_of(request.form.text("name")), "unit": lambda: _unit(request, typed),
        })  # fmt: skip
        id_, opening = found["id"], OpenAccount(unit=found["unit"])
        submit(
            request, account_stream(id_), opening, beside=[account_secrets.name(request.database, id_, found["name"])]
        )
    except (AlreadyThere, StaleForm):
        return listed(request, InvalidForm({"id": NameTaken(account=request.form.text("id"))}))
    except Refusal as wrong:
        return listed(request, wrong)
    return request.answer.redirect(f"/accounts/{id_}")


@pages.get("/accounts/{account}", view="accounts")
def look(request: PageRequest, account: str) -> Response:
    return _one(request, account)


@pages.post("/accounts/{account}", view="accounts")
def act(request: PageRequest, account: str) -> Response:
    """One act on an account. The engine says whether, and whose it is."""
    kind = _COMMANDS.get(request.form.text("act"))
    if kind is None:
        return request.answer.redirect(f"/accounts/{account}")
    typed = Fields(request.form, CLAUSE, _prefix(request))
    readers: dict[str, Callable[[], Any]] = {
        "role": lambda: typed.id("role", LABELS["role"]),
        "reason": lambda: typed.word("reason", LABELS["reason"]),
        "unit": lambda: _unit(request, typed),
        "token": lambda: typed.id("token", LABELS["token"]),
        "identity": lambda: typed.id("identity", LABELS["identity"]),
    }
    try:
        asked = typed.values({name: read for name, read in readers.items() if name in kind.__struct_fields__})
        submit(request, account_stream(account), kind(**asked))
    except Refusal as wrong:
        return _one(request, account, wrong)
    return request.answer.redirect(f"/accounts/{account}?done={kind.act}")


@pages.post("/accounts/{account}/token", view="accounts", reauthenticates=True)
def issue_token(request: PageRequest, account: str) -> Response:
    """Issue a token for a system and show it, once."""
    known(request, account)
    typed = Fields(request.form, CLAUSE)
    try:
        days = typed.values({"days": lambda: _days(typed)})["days"]
        issue, token = tokens.token_for(request.engine, account, days)
        check_first(submit(request, issue.stream, issue.command, beside=issue.beside), tokens.TOKEN)
    except (Refusal, ShownOnce) as wrong:
        return _one(request, account, wrong)
    request.log_security("token_issued", what=account)
    return _one(request, account, token=token)


@pages.post("/accounts/{account}/identity", view="accounts")
def propose(request: PageRequest, account: str) -> Response:
    """Propose an identity for an account. It lets nobody in until another person confirms it."""
    provider, subject = request.form.text("provider"), request.form.text("subject")
    salt, typed = sessions.new_token(), Fields(request.form, CLAUSE)
    digest = credentials.commitment(salt, provider, subject)
    try:
        state = known(request, account)
        typed.values({
            "provider": lambda: _provider(request, typed), "subject": lambda: _subject(request, typed),
        })  # fmt: skip
        row = account_secrets.identity(provider, subject, account, salt, digest)
        done = submit(request, state.stream, ProposeIdentity(identity=digest), beside=[row])
    except Conflict:
        return _one(request, account, InvalidForm({"subject": BoundAlready(subject=subject)}))
    except Refusal as wrong:
        return _one(request, account, wrong)
    if not done.repeated:
        request.log_security("identity_proposed", what=account)
    return request.answer.redirect(f"/accounts/{account}?done=propose_identity")


def _id(typed: Fields) -> Opaque:
    """What the account is to be called: its stream is named by it. InvalidForm, Malformed, Personal."""
    said = typed.word("id", LABELS["id"])
    check_id(said, LABELS["id"])
    return Opaque(said)


def name_of(said: str) -> str:
    """A person's name as it was typed. Unnamed."""
    if not 1 <= len(said) <= LONGEST_NAME or not said.isprintable():
        raise Unnamed
    return said


def _unit(request: PageRequest, typed: Fields) -> Opaque | None:
    """The unit that is chosen, if one is: one the roster has. NotKnown."""
    said = typed.words("unit", LABELS["unit"])
    if said and said not in request.roster.units:
        known = "、".join(unit.title for unit in request.roster.current())
        raise NotKnown(what=LABELS["unit"], value=said[:64], known=known, clause=CLAUSE)
    return Opaque(said) if said else None


def _days(typed: Fields) -> int:
    """How many days a token holds. InvalidForm, Malformed."""
    said = typed.whole("days", LABELS["days"])
    if not 1 <= said <= tokens.LONGEST:
        why = Text(zh=f"应为 1 至 {tokens.LONGEST} 天", en=f"it must be between 1 and {tokens.LONGEST} days")
        raise Malformed(what=LABELS["days"], why=why, clause=CLAUSE)
    return said


def _provider(request: PageRequest, typed: Fields) -> str:
    said = typed.word("provider", LABELS["provider"])
    if said not in _providers(request):
        raise NotKnown(what=LABELS["provider"], value=said[:64], known="、".join(_providers(request)), clause=CLAUSE)
    return said


def _subject(request: PageRequest, typed: Fields) -> str:
    said = typed.word("subject", LABELS["subject"])
    if not re.fullmatch(r"[ -~]{1,128}", said):
        why = Text(zh="应为 1 至 128 个字母、数字或符号", en="use 1 to 128 letters, digits or signs")
        raise Malformed(what=LABELS["subject"], why=why, clause=CLAUSE)
    return said


def _prefix(request: PageRequest) -> str:
    """What the ids of the fields of the form that was sent begin with: the page of an account has one for each act, and token."""
    act, token = request.form.text("act"), request.form.text("token")
    return f"{act}-{token}-" if token else f"{act}-" if act else ""


def listed(request: PageRequest, refusal: UserError | None = None) -> Response:
    """Every account, and the links that wait: for a confirmation, or to be issued."""
    rows = [(row, request.account_of(row.id)) for row in accounts.accounts(request.database)]
    asked = [(row, state, open_request(state, request.now)) for row, state in rows]
    mine = request.user.id
    return request.answer.page(
        "accounts.html", _status(refusal), rows=rows, refusal=refusal, label_of=LABELS, may={act: may_do(request, act) for act in _ACTS},
        unconfirmed=[(row, one) for row, state, one in asked if one and not one.confirmed and not state.tokens],
        # A role that is granted ends a link that was confirmed: an account without one has its link confirmed with it (`new_roles.py`).
        confirmable=[(row, one) for row, state, one in asked if one and not one.confirmed and not state.tokens and state.roles],
        without_role=[row for row, state in rows if not state.closed and not state.roles and not state.tokens],
        confirmed=[(row, one) for row, state, one in asked if one and one.confirmed and one.by == mine],
        outside=[row for row, state, one in asked if one is None and _waits_outside(state)],
        units=list(request.roster.current()), done=request.query.get("done", ""),
        title=lambda act: policy.title(act, request.rulebook),
    )  # fmt: skip


def _waits_outside(state: Account) -> bool:
    """Whether somebody has a role and no way in yet."""
    barred = state.administers or state.closed or state.tokens or not state.roles
    return not barred and not state.is_a_persons


def _one(request: PageRequest, account: str, refusal: UserError | None = None, token: str = "") -> Response:
    state = known(request, account)
    row = accounts.account(request.database, account) or AccountRow(id=account, name="—", language="zh")
    entries = [(entry, fact_of(entry)) for entry in request.engine.ledger.stream(state.stream)]
    lasting = [(entry, fact) for entry, fact in entries if getattr(fact, "notifies_holder", True)]
    roles = [
        role for role in (*request.rulebook.roles, *ADMINISTRATORS) if role != CLOCK.role and role not in state.roles
    ]
    identities = [(one, digest_of(one)) for one in accounts.identities(request.database, account)]
    return request.answer.page(
        "account.html", _status(refusal), state=state, row=row, refusal=refusal, token=token, entries=lasting[::-1],
        field_of=lambda path: f"{_prefix(request)}{path}" if path else "", sent=_prefix(request),
        signed_in=len(entries) - len(lasting), roles=roles, units=list(request.roster.current()),
        may={act: may_do(request, act) for act in _ACTS}, link_request=open_request(state, request.now), providers=_providers(request),
        identities=[(one, digest, state.identities[digest]) for one, digest in identities if digest in state.identities],
        act_of=ACT_OF_FACT, done=request.query.get("done", ""),
        title=lambda act: policy.title(act, request.rulebook),
    )  # fmt: skip


def address(request: PageRequest, path: str) -> str:
    """A path of ours, as somebody elsewhere opens it."""
    return (request.app.settings.console_url.rstrip("/") or str(request.http.base_url).rstrip("/")) + path


def known(request: PageRequest, account: str) -> Account:
    """The account, if it was ever opened."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", account) or not request.account_of(account).version:
        raise NotThere(
            act=Text(zh="查看账号", en="look at an account"), stream=account_stream(account[:64]), first=OPEN
        )
    return request.account_of(account)


def may_do(request: PageRequest, act: str) -> bool:
    """Whether this account does the act on accounts of others."""
    return not request.user.roles.isdisjoint(_ACTS[act])


def _providers(request: PageRequest) -> list[str]:
    settings = request.app.settings
    return [name for name in (settings.oidc_issuer, settings.cas_url.rstrip("/")) if name]


def _status(refusal: UserError | None) -> int:
    return 200 if refusal is None else 403 if isinstance(refusal, Refusal) and refusal.grave else 409
