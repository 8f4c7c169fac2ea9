"""账号: the administrators' page. Opening and closing is the system administrator's, granting the security administrator's."""

from __future__ import annotations

import re

import msgspec
from starlette.responses import Response

from console import credentials, tokens
from console.routes import Pages
from console.visit import Visit
from states import policy
from states.accounts import (
    ADMINISTRATORS,
    BY,
    Account,
    CloseAccount,
    GrantRole,
    MoveAccount,
    OpenAccount,
    RevokeToken,
    WithdrawRole,
)
from states.refusals import NotThere, Refusal
from states.sentences import Told
from states.vocabulary import CLOCK, Command, Opaque, Text
from storage import accounts
from storage.errors import Conflict
from storage.facts import fact_of
from storage.tables import AccountRow

pages = Pages()

_COMMANDS: dict[str, type[Command]] = {
    "close_account": CloseAccount, "grant_role": GrantRole, "withdraw_role": WithdrawRole, "move_account": MoveAccount,
    "revoke_token": RevokeToken,
}  # fmt: skip
"""What a form of an account's page may ask, by its act."""


class Unnamed(Told):
    """An account needs somebody's name."""

    zh = "请填写姓名（1 至 40 字）。姓名只存于账号表，不写入台账。"
    en = "Give a name of 1 to 40 characters. It is kept beside the accounts and never enters the ledger."


class BoundAlready(Told):
    """A subject of a provider stands for one account."""

    zh = "标识 {subject} 已绑定账号。请核对；如需更换，请先停用原账号。"
    en = "{subject} is bound to an account already. Check it; to change it, close the other account first."


@pages.get("/accounts", view="accounts", nav=True)
def show(visit: Visit) -> Response:
    return _list(visit)


@pages.post("/accounts", view="accounts")
def open_one(visit: Visit) -> Response:
    """Open an account: an entry with its unit, and beside the ledger a name."""
    id_, name, unit = visit.field("id"), visit.field("name"), visit.field("unit")
    try:
        _check_name(name)
        visit.submit(f"account/{id_}", OpenAccount(unit=Opaque(unit) if unit else None))
    except (Refusal, Unnamed) as wrong:
        return _list(visit, wrong)
    accounts.keep(visit.database, [AccountRow(id=id_, name=name, language="zh")])
    return visit.to(f"/accounts/{id_}")


@pages.get("/accounts/{account}", view="accounts")
def look(visit: Visit, account: str) -> Response:
    return _one(visit, account)


@pages.post("/accounts/{account}", view="accounts")
def act(visit: Visit, account: str) -> Response:
    """One act on an account. The engine says whether, and whose it is."""
    kind = _COMMANDS.get(visit.field("act"))
    if kind is None:
        return visit.to(f"/accounts/{account}")
    given = {name: visit.field(name) or None for name in kind.__struct_fields__}
    try:
        visit.submit(f"account/{account}", msgspec.convert({k: v for k, v in given.items() if v or k == "unit"}, kind))
    except (Refusal, msgspec.ValidationError) as wrong:
        return _one(visit, account, wrong if isinstance(wrong, Refusal) else Unsaid())
    state = visit.account_of(account)
    if state.closed:
        accounts.end(visit.database, account)
        visit.log("sessions_ended", what=account)
    return visit.to(f"/accounts/{account}?done={kind.act}")


@pages.post("/accounts/{account}/link", view="accounts")
def send_link(visit: Visit, account: str) -> Response:
    """Issue a one-time link and show it, once."""
    _known(visit, account)
    id_ = visit.command_id
    try:
        path = credentials.issue_link(visit.engine, account, visit.actor(*BY["issue_link"]), id_)
    except Refusal as wrong:
        return _one(visit, account, wrong)
    visit.log("link_issued", what=account)
    base = visit.desk.settings.console_url.rstrip("/") or str(visit.request.base_url).rstrip("/")
    return _one(visit, account, link=base + path)


@pages.post("/accounts/{account}/token", view="accounts", proof=True)
def issue_token(visit: Visit, account: str) -> Response:
    """Issue a token for a system and show it, once."""
    _known(visit, account)
    days, by = visit.field("days"), visit.actor(*BY["issue_token"])
    if not re.fullmatch(r"[1-9][0-9]{0,2}", days):
        return _one(visit, account, Unsaid())
    try:
        token = tokens.issue(visit.engine, account, int(days), by, visit.command_id)
    except (Refusal, tokens.APersons) as wrong:
        return _one(visit, account, wrong)
    visit.log("token_issued", what=account)
    return _one(visit, account, token=token)


@pages.post("/accounts/{account}/identity", view="accounts")
def bind(visit: Visit, account: str) -> Response:
    """Bind a provider's subject to an account. As grave as a link, and for the same hands."""
    provider, subject = visit.field("provider"), visit.field("subject")
    try:
        state = _known(visit, account)
        credentials.check_link(visit.engine, account, visit.actor(*BY["issue_link"]))
        _check_bound(visit, state, provider, subject)
        accounts.identify(visit.database, provider, subject, account)
    except Conflict:
        return _one(visit, account, BoundAlready(subject=subject))
    except (Refusal, Unsaid) as wrong:
        return _one(visit, account, wrong)
    visit.log("identity_bound", what=account)
    return visit.to(f"/accounts/{account}?done=identity")


class Unsaid(Told):
    """A field that must be there was left empty or is not of its form."""

    zh = "有必填项未填或格式不对。请补充后再提交。"
    en = "Something that must be filled in is missing or not of its form. Add it and submit again."


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= 40 or not name.isprintable():
        raise Unnamed


def _check_bound(visit: Visit, state: Account, provider: str, subject: str) -> None:
    if state.closed or provider not in _providers(visit) or not re.fullmatch(r"[ -~]{1,128}", subject):
        raise Unsaid


def _list(visit: Visit, wrong: Told | None = None) -> Response:
    rows = [(row, visit.account_of(row.id)) for row in accounts.accounts(visit.database)]
    return visit.page(
        "accounts.html", _status(wrong), rows=rows, wrong=wrong, may_open=_may(visit, "open_account"),
        units=list(visit.roster.units.values()),
    )  # fmt: skip


def _one(visit: Visit, account: str, wrong: Told | None = None, link: str = "", token: str = "") -> Response:
    state = _known(visit, account)
    row = accounts.account(visit.database, account) or AccountRow(id=account, name="—", language="zh")
    entries = [(entry, fact_of(entry)) for entry in visit.engine.ledger.stream(state.stream)]
    roles = [
        role for role in (*visit.rulebook.roles, *ADMINISTRATORS) if role != CLOCK.role and role not in state.roles
    ]
    return visit.page(
        "account.html", _status(wrong), state=state, row=row, wrong=wrong, link=link, token=token, entries=entries[::-1],
        roles=roles, units=list(visit.roster.units.values()), may={act: _may(visit, act) for act in BY},
        identities=accounts.identities(visit.database, account), providers=_providers(visit),
        done=visit.request.query_params.get("done", ""), title=lambda act: policy.title(act, visit.rulebook),
    )  # fmt: skip


def _known(visit: Visit, account: str) -> Account:
    """The account, if it was ever opened."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", account) or not visit.account_of(account).version:
        first = Text(zh="开通账号", en="open an account")
        raise NotThere(act=Text(zh="查看账号", en="look at an account"), stream=f"account/{account[:64]}", first=first)
    return visit.account_of(account)


def _may(visit: Visit, act: str) -> bool:
    return not visit.roles.isdisjoint(BY[act])


def _providers(visit: Visit) -> list[str]:
    settings = visit.desk.settings
    return [name for name in (settings.oidc_issuer, settings.cas_url.rstrip("/")) if name]


def _status(wrong: Told | None) -> int:
    return 200 if wrong is None else 403 if isinstance(wrong, Refusal) and wrong.grave else 409
