"""账号: the administrators' page. Opening and closing is the system administrator's, granting the security administrator's."""

from __future__ import annotations

import re

import msgspec
from starlette.responses import Response

from console import sessions, tokens
from console.credentials import ShownOnce, check_first
from console.routes import Pages
from console.visit import Visit
from states import credentials, policy
from states.accounts import (
    ADMINISTRATORS,
    BY,
    Account,
    CloseAccount,
    GrantRole,
    MoveAccount,
    OpenAccount,
    WithdrawRole,
)
from states.chart import ACT_OF_FACT
from states.identities import ConfirmIdentity, EndIdentity, ProposeIdentity
from states.links import open_request
from states.refusals import NotThere, Refusal
from states.sentences import Told
from states.tokens import RevokeToken
from states.vocabulary import CLOCK, Command, Opaque, Text
from storage import accounts, secrets
from storage.accounts import digest_of
from storage.errors import Conflict
from storage.facts import fact_of
from storage.tables import AccountRow

pages = Pages()

_COMMANDS: dict[str, type[Command]] = {
    "close_account": CloseAccount, "grant_role": GrantRole, "withdraw_role": WithdrawRole, "move_account": MoveAccount,
    "revoke_token": RevokeToken, "confirm_identity": ConfirmIdentity, "end_identity": EndIdentity,
}  # fmt: skip
"""What a form of an account's page may ask, by its act."""

_ACTS = {**BY, **credentials.BY}


class Unnamed(Told):
    """An account needs somebody's name."""

    zh = "请填写姓名（1 至 40 字）。姓名只存于账号表，不写入台账。"
    en = "Enter a name of 1 to 40 characters. It is stored with the account, not in the ledger."


class BoundAlready(Told):
    """A subject of a provider stands for one account."""

    zh = "标识 {subject} 已绑定账号。请核对；如需更换，请先停用原账号。"
    en = "{subject} is already linked to an account. Check it. To change it, close the other account first."


@pages.get("/accounts", view="accounts")
def show(visit: Visit) -> Response:
    return listed(visit)


@pages.post("/accounts", view="accounts")
def open_one(visit: Visit) -> Response:
    """Open an account: an entry with its unit, and beside the ledger a name."""
    id_, name, unit = visit.field("id"), visit.field("name"), visit.field("unit")
    try:
        _check_name(name)
        opening = OpenAccount(unit=Opaque(unit) if unit else None)
        visit.submit(f"account/{id_}", opening, beside=[secrets.name(visit.database, id_, name)])
    except (Refusal, Unnamed) as wrong:
        return listed(visit, wrong)
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
    return visit.to(f"/accounts/{account}?done={kind.act}")


@pages.post("/accounts/{account}/token", view="accounts", proof=True)
def issue_token(visit: Visit, account: str) -> Response:
    """Issue a token for a system and show it, once."""
    known(visit, account)
    days = visit.field("days")
    if not re.fullmatch(r"[1-9][0-9]{0,2}", days):
        return _one(visit, account, Unsaid())
    issue, token = tokens.token_for(visit.engine, account, int(days))
    try:
        check_first(visit.submit(issue.stream, issue.command, beside=issue.beside), tokens.TOKEN)
    except (Refusal, ShownOnce) as wrong:
        return _one(visit, account, wrong)
    visit.log("token_issued", what=account)
    return _one(visit, account, token=token)


@pages.post("/accounts/{account}/identity", view="accounts")
def propose(visit: Visit, account: str) -> Response:
    """Propose an identity for an account. It lets nobody in until another person confirms it."""
    provider, subject = visit.field("provider"), visit.field("subject")
    salt = sessions.new_token()
    digest = credentials.commitment(salt, provider, subject)
    try:
        state = known(visit, account)
        _check_subject(visit, provider, subject)
        row = secrets.identity(provider, subject, account, salt, digest)
        done = visit.submit(state.stream, ProposeIdentity(identity=digest), beside=[row])
    except Conflict:
        return _one(visit, account, BoundAlready(subject=subject))
    except (Refusal, Unsaid) as wrong:
        return _one(visit, account, wrong)
    if not done.repeated:
        visit.log("identity_proposed", what=account)
    return visit.to(f"/accounts/{account}?done=propose_identity")


class Unsaid(Told):
    """A field that must be there was left empty or is not of its form."""

    zh = "有必填项未填或格式不对。请补充后再提交。"
    en = "A required field is empty or not valid. Correct it and submit again."


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= 40 or not name.isprintable():
        raise Unnamed


def _check_subject(visit: Visit, provider: str, subject: str) -> None:
    if provider not in _providers(visit) or not re.fullmatch(r"[ -~]{1,128}", subject):
        raise Unsaid


def listed(visit: Visit, wrong: Told | None = None) -> Response:
    """Every account, and the links that wait: for a confirmation, or to be issued."""
    rows = [(row, visit.account_of(row.id)) for row in accounts.accounts(visit.database)]
    asked = [(row, state, open_request(state, visit.now)) for row, state in rows]
    mine = visit.account.id
    return visit.page(
        "accounts.html", _status(wrong), rows=rows, wrong=wrong, may={act: may_do(visit, act) for act in _ACTS},
        unconfirmed=[(row, one) for row, state, one in asked if one and not one.confirmed and not state.tokens],
        confirmed=[(row, one) for row, state, one in asked if one and one.confirmed and one.by == mine],
        outside=[row for row, state, one in asked if one is None and _waits_outside(state)],
        units=list(visit.roster.current()), done=visit.request.query_params.get("done", ""),
        title=lambda act: policy.title(act, visit.rulebook),
    )  # fmt: skip


def _waits_outside(state: Account) -> bool:
    """Whether somebody has a role and no way in yet."""
    barred = state.administers or state.closed or state.tokens or not state.roles
    return not barred and not state.is_a_persons


def _one(visit: Visit, account: str, wrong: Told | None = None, token: str = "") -> Response:
    state = known(visit, account)
    row = accounts.account(visit.database, account) or AccountRow(id=account, name="—", language="zh")
    entries = [(entry, fact_of(entry)) for entry in visit.engine.ledger.stream(state.stream)]
    lasting = [(entry, fact) for entry, fact in entries if getattr(fact, "notifies_holder", True)]
    roles = [
        role for role in (*visit.rulebook.roles, *ADMINISTRATORS) if role != CLOCK.role and role not in state.roles
    ]
    identities = [(one, digest_of(one)) for one in accounts.identities(visit.database, account)]
    return visit.page(
        "account.html", _status(wrong), state=state, row=row, wrong=wrong, token=token, entries=lasting[::-1],
        signed_in=len(entries) - len(lasting), roles=roles, units=list(visit.roster.current()),
        may={act: may_do(visit, act) for act in _ACTS}, request=open_request(state, visit.now), providers=_providers(visit),
        identities=[(one, digest, state.identities[digest]) for one, digest in identities if digest in state.identities],
        act_of=ACT_OF_FACT, done=visit.request.query_params.get("done", ""),
        title=lambda act: policy.title(act, visit.rulebook),
    )  # fmt: skip


def address(visit: Visit, path: str) -> str:
    """A path of ours, as somebody elsewhere opens it."""
    return (visit.desk.settings.console_url.rstrip("/") or str(visit.request.base_url).rstrip("/")) + path


def known(visit: Visit, account: str) -> Account:
    """The account, if it was ever opened."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", account) or not visit.account_of(account).version:
        first = Text(zh="开通账号", en="open an account")
        raise NotThere(act=Text(zh="查看账号", en="look at an account"), stream=f"account/{account[:64]}", first=first)
    return visit.account_of(account)


def may_do(visit: Visit, act: str) -> bool:
    """Whether this account does the act on accounts of others."""
    return not visit.roles.isdisjoint(_ACTS[act])


def _providers(visit: Visit) -> list[str]:
    settings = visit.desk.settings
    return [name for name in (settings.oidc_issuer, settings.cas_url.rstrip("/")) if name]


def _status(wrong: Told | None) -> int:
    return 200 if wrong is None else 403 if isinstance(wrong, Refusal) and wrong.grave else 409
