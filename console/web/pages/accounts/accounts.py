"""账号: the list of all accounts, opening one, and what the pages about accounts share. `account.py` is the page of one.

The system administrator opens and closes accounts, the security administrator grants roles. So nobody gives access
alone.
"""

from __future__ import annotations

import re
from datetime import datetime

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.fields import Fields
from console.web.forms.submitting import submit
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.accounts import credentials
from states.accounts.account import CLAUSE, ROLES_OF_ACT, OpenAccount
from states.accounts.links import open_request
from states.privacy import check_id
from states.records.account import Account
from states.refusals import AlreadyThere, NotKnown, NotThere, Refusal, StaleForm
from states.streams import account_stream
from states.user_errors import UserError
from states.vocabulary import Opaque, Text
from storage.sign_in import accounts
from storage.tables.accounts import AccountRow
from storage.vault import account_secrets

pages = Pages()

LONGEST_NAME = 40
"""Characters of a name."""
OPEN = Text(zh="开通账号", en="open an account")
LABELS = {
    "id": Text(zh="账号名", en="account"),
    "name": Text(zh="姓名", en="name"),
    "unit": Text(zh="所属部门", en="department"),
    "role": Text(zh="角色", en="role"),
    "reason": Text(zh="理由", en="reason"),
    "token": Text(zh="接口令牌", en="token"),
    "identity": Text(zh="统一身份", en="identity"),
    "days": Text(zh="有效天数", en="number of days"),
    "provider": Text(zh="认证服务器", en="provider"),
    "subject": Text(zh="工号或标识", en="staff number or subject"),
}
"""The titles of the fields of all forms about accounts."""

_ROLES_OF_ACT = {**ROLES_OF_ACT, **credentials.ROLES_OF_ACT}
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Unnamed(UserError):
    """The name is empty, or longer than `LONGEST_NAME` characters."""

    zh = "请填写姓名（1 至 40 字）。姓名只存于账号表，不写入台账。"
    en = "Enter a name of 1 to 40 characters. It is stored with the account, not in the ledger."


class NameTaken(UserError):
    """An account with this id exists already."""

    zh = "账号名 {account} 已有人使用，请另取一个。"
    en = "There is already an account called {account}. Choose another name."


class ListedAccount(Struct, frozen=True):
    """One account of the list. `requested_by` requested its one-time link; empty where no request is open."""

    row: AccountRow
    state: Account
    requested_by: str = ""
    requested_at: datetime | None = None
    is_confirmed: bool = False

    @property
    def lacks_role(self) -> bool:
        return not (self.state.closed or self.state.roles or self.state.tokens)

    @property
    def waits_for_confirmation(self) -> bool:
        """Whether a link was requested and not confirmed yet. A system has a token instead of a link."""
        return bool(self.requested_by) and not self.is_confirmed and not self.state.tokens

    @property
    def can_be_confirmed(self) -> bool:
        """Whether its link can be confirmed by itself."""
        # Granting a role ends a link that was confirmed before, so an account without a role has its link confirmed
        # together with the role (`new_roles.py`).
        return self.waits_for_confirmation and bool(self.state.roles)

    @property
    def needs_link(self) -> bool:
        """Whether a person has a role here, cannot sign in yet, and nobody has requested a link."""
        state = self.state
        if state.administers or state.closed or state.tokens or not state.roles:
            return False
        return not self.requested_by and not state.is_a_persons

    def can_be_issued_by(self, account: str) -> bool:
        """Whether its link is confirmed and this administrator requested it: nobody else may issue it."""
        return self.is_confirmed and self.requested_by == account


@pages.get("/accounts", view="accounts")
def show(request: PageRequest) -> Response:
    return list_page(request)


@pages.post("/accounts", view="accounts")
def open_account(request: PageRequest) -> Response:
    """Open an account: the ledger records its id and its department, the account table beside it the person's name."""
    fields = Fields(request.form, CLAUSE)
    try:
        values = fields.values(
            {
                "id": lambda: _read_id(fields),
                "name": lambda: read_name(request.form.text("name")),
                "unit": lambda: read_unit(request, fields),
            }
        )
        name = account_secrets.name(request.database, values["id"], values["name"])
        submit(request, account_stream(values["id"]), OpenAccount(unit=values["unit"]), beside=[name])
    except (AlreadyThere, StaleForm):
        return list_page(request, InvalidForm({"id": NameTaken(account=request.form.text("id"))}))
    except Refusal as refusal:
        return list_page(request, refusal)
    return request.answer.redirect(f"/accounts/{values['id']}")


def list_page(request: PageRequest, refusal: UserError | None = None) -> Response:
    """The page with every account, and with the links that wait to be confirmed or issued."""
    listed = [_listed(request, row) for row in accounts.accounts(request.database)]
    return request.answer.page(
        "accounts.html",
        status_of(refusal),
        listed=listed,
        refusal=refusal,
        label_of=LABELS,
        may=acts_of(request),
        unconfirmed=[one for one in listed if one.waits_for_confirmation],
        to_confirm=[one for one in listed if one.can_be_confirmed],
        to_issue=[one for one in listed if one.can_be_issued_by(request.user.id)],
        without_link=[one for one in listed if one.needs_link],
        without_role=[one for one in listed if one.lacks_role],
        units=list(request.roster.current()),
        done=request.query.get("done", ""),
        title=lambda act: policy.title(act, request.rulebook),
    )


def _listed(request: PageRequest, row: AccountRow) -> ListedAccount:
    state = request.account_of(row.id)
    link_request = open_request(state, request.now)
    return (
        ListedAccount(row, state, link_request.by, link_request.at, bool(link_request.confirmed))
        if link_request
        else ListedAccount(row, state)
    )


# --- what the pages about accounts share ----------------------------------------------------------


def find_account(request: PageRequest, id_: str) -> Account:
    """The account with this id. NotThere where it was never opened."""
    if not _ID.fullmatch(id_) or not request.account_of(id_).version:
        act = Text(zh="查看账号", en="look at an account")
        raise NotThere(act=act, stream=account_stream(id_[:64]), first=OPEN)
    return request.account_of(id_)


def may_do(request: PageRequest, act: str) -> bool:
    """Whether one of the user's roles may do this act on other people's accounts."""
    return not request.user.roles.isdisjoint(_ROLES_OF_ACT[act])


def acts_of(request: PageRequest) -> dict[str, bool]:
    """For each act on an account, whether the user may do it."""
    return {act: may_do(request, act) for act in _ROLES_OF_ACT}


def status_of(refusal: UserError | None) -> int:
    """The HTTP status of a page that shows this refusal: 403 for a grave one, else 409."""
    if refusal is None:
        return 200
    return 403 if isinstance(refusal, Refusal) and refusal.grave else 409


def public_url(request: PageRequest, path: str) -> str:
    """The whole address of a path of ours, to be handed to somebody else."""
    return (request.app.settings.console_url.rstrip("/") or str(request.http.base_url).rstrip("/")) + path


def read_name(text: str) -> str:
    """A person's name. Unnamed."""
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable():
        raise Unnamed
    return text


def read_unit(request: PageRequest, fields: Fields) -> Opaque | None:
    """The department that was chosen, None where none was. NotKnown where the roster does not have it."""
    unit = fields.words("unit", LABELS["unit"])
    if unit and unit not in request.roster.units:
        known = "、".join(one.title for one in request.roster.current())
        raise NotKnown(what=LABELS["unit"], value=unit[:64], known=known, clause=CLAUSE)
    return Opaque(unit) if unit else None


def _read_id(fields: Fields) -> Opaque:
    """The id of a new account. InvalidForm, Malformed, Personal."""
    # The id is part of the name of a stream and of every entry, so it must not be a person's name or number.
    id_ = fields.word("id", LABELS["id"])
    check_id(id_, LABELS["id"])
    return Opaque(id_)
