"""账号: the list of all accounts, the form that opens one, and functions shared by all pages about accounts.

The list says for each account what it lacks: a role, a one-time link, the confirmation of a link, or its issue.

The system administrator opens and closes accounts, and the security administrator grants roles, so nobody can give
access alone. Not here: the page of one account (`account.py`), and the acts on links (`links.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.fields import Fields
from console.web.forms.refusal_status import status_of
from console.web.forms.submitting import submit
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from notifications.contacts import contacts_of
from states import policy
from states.accounts import credentials, deputies
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

MAX_NAME_LENGTH = 40
"""The number of characters of a name, at most."""
OPEN_TITLE = Text(zh="开通账号", en="open an account")
LABELS = {
    "id": Text(zh="账号名", en="account"),
    "name": Text(zh="姓名", en="name"),
    "unit": Text(zh="所属部门", en="department"),
    "person": Text(zh="对应的班子成员", en="member of the team"),
    "role": Text(zh="角色", en="role"),
    "reason": Text(zh="理由", en="reason"),
    "token": Text(zh="接口令牌", en="token"),
    "identity": Text(zh="统一身份", en="identity"),
    "days": Text(zh="有效天数", en="number of days"),
    "deputy": Text(zh="代办人", en="deputy"),
    "provider": Text(zh="认证服务器", en="provider"),
    "subject": Text(zh="工号或标识", en="staff number or subject"),
}
"""The titles of the fields in all forms about accounts."""

_ROLES_OF_ACT = {**ROLES_OF_ACT, **credentials.ROLES_OF_ACT, **deputies.ROLES_OF_ACT}
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class InvalidName(UserError):
    """The name is empty, longer than `MAX_NAME_LENGTH` characters, or has characters that cannot be printed."""

    zh = "请填写姓名（1 至 40 字）。姓名只存于账号表，不写入台账。"
    en = "Enter a name of 1 to 40 characters. It is stored with the account, not in the ledger."


class NameTaken(UserError):
    """An account with this id already exists."""

    zh = "账号名 {account} 已有人使用，请另取一个。"
    en = "There is already an account called {account}. Choose another name."


class AccountView(Struct, frozen=True):
    """One account of the list.

    `requested_by` is the account that requested its one-time link. `requested_by` is empty and `requested_at` is None
    if no request is open. `is_confirmed`: the open request was confirmed.
    """

    row: AccountRow
    state: Account
    requested_by: str = ""
    requested_at: datetime | None = None
    is_confirmed: bool = False

    @property
    def lacks_role(self) -> bool:
        """Whether the account is open and has no role. False for a system with a token."""
        return not (self.state.closed or self.state.roles or self.state.tokens)

    @property
    def waits_for_confirmation(self) -> bool:
        """Whether a link was requested but not yet confirmed. False for a system with a token."""
        return bool(self.requested_by) and not self.is_confirmed and not self.state.tokens

    @property
    def can_be_confirmed(self) -> bool:
        """Whether its link can be confirmed on this page, without granting a role."""
        # Granting a role ends a link that was confirmed before. So the link of an account without a role is confirmed
        # together with the role (`new_roles.py`).
        return self.waits_for_confirmation and bool(self.state.roles)

    @property
    def was_never_used(self) -> bool:
        """Whether the account has a role, and nobody has chosen a password or signed in another way yet."""
        state = self.state
        has_way = state.password or state.identities or state.tokens
        return bool(state.roles) and not state.closed and not has_way

    @property
    def needs_link(self) -> bool:
        """Whether it was never used, and a new link can be requested for it. False for administrators."""
        return self.was_never_used and not self.requested_by and not self.state.is_administrator

    def can_be_issued_by(self, administrator: str) -> bool:
        """Whether this administrator may issue the link: it is confirmed, and the same administrator requested it."""
        return self.is_confirmed and self.requested_by == administrator


@pages.get("/accounts", view="accounts")
def show(request: PageRequest) -> Response:
    return list_page(request)


@pages.post("/accounts", view="accounts")
def open_account(request: PageRequest) -> Response:
    """Open an account. The ledger records its id, department and member; the name is stored outside the ledger."""
    fields = Fields(request.form, CLAUSE)
    try:
        values = fields.values(
            {
                "id": lambda: _read_id(fields),
                "name": lambda: read_name(request.form.text("name")),
                "unit": lambda: read_unit(request, fields),
                "person": lambda: read_person(request, fields),
            }
        )
        name = account_secrets.name_write(request.database, values["id"], values["name"])
        command = OpenAccount(unit=values["unit"], person=values["person"])
        submit(request, account_stream(values["id"]), command, beside=[name])
    except (AlreadyThere, StaleForm):
        return list_page(request, InvalidForm({"id": NameTaken(account=request.form.text("id"))}))
    except Refusal as refusal:
        return list_page(request, refusal)
    return request.answer.redirect(f"/accounts/{values['id']}")


def list_page(request: PageRequest, refusal: UserError | None = None) -> Response:
    """The page with all accounts, and with lists of those that lack something: a role, a link, or a step of a link."""
    account_views = [_account_view(request, row) for row in accounts.accounts(request.database)]
    unused = [account for account in account_views if account.was_never_used]
    to_confirm = [account for account in account_views if account.can_be_confirmed]
    to_issue = [account for account in account_views if account.can_be_issued_by(request.user.id)]
    return request.answer.page(
        "accounts.html",
        status_of(refusal),
        account_views=account_views,
        refusal=refusal,
        label_of=LABELS,
        may=acts_of(request),
        unconfirmed=[account for account in account_views if account.waits_for_confirmation],
        to_confirm=to_confirm,
        to_issue=to_issue,
        without_role=[account for account in account_views if account.lacks_role],
        units=list(request.roster.current()),
        members=members_of_teams(request),
        people_waiting=_people_waiting(request),
        unused=unused,
        # Both administrators see where a link would go, because the office can change an address in the directory.
        addresses=mail_addresses(request, [account.state for account in (*unused, *to_confirm, *to_issue)]),
        sends_mail=bool(request.app.settings.smtp_host),
        done=request.query.get("done", ""),
        title=lambda act: policy.title(act, request.rulebook),
        is_deputy_now=lambda principal, deputy: bool(principal.lends(request.account_of(deputy), request.today)),
        names=request.account_names,
    )


def _people_waiting(request: PageRequest) -> int:
    """The number of people who are to have roles and have no account yet (`people_accounts.py`)."""
    holders = set(request.engine.people().values())
    everybody = request.directory.people.values()
    return sum(bool(one.roles) and one.id not in holders and one.is_there_on(request.today) for one in everybody)


def _account_view(request: PageRequest, row: AccountRow) -> AccountView:
    state = request.account_of(row.id)
    link_request = open_request(state, request.now)
    return (
        AccountView(row, state, link_request.by, link_request.at, bool(link_request.confirmed))
        if link_request
        else AccountView(row, state)
    )


# --- for all pages about accounts -----------------------------------------------------------------


def find_account(request: PageRequest, id_: str) -> Account:
    """The account with this id, open or closed. Raises `NotThere` if it was never opened."""
    if not _ID.fullmatch(id_) or not request.account_of(id_).version:
        act = Text(zh="查看账号", en="look at an account")
        raise NotThere(act=act, stream=account_stream(id_[:64]), first=OPEN_TITLE)
    return request.account_of(id_)


def may_do(request: PageRequest, act: str) -> bool:
    """Whether one of the user's roles may do this act on other people's accounts."""
    return not request.user.roles.isdisjoint(_ROLES_OF_ACT[act])


def acts_of(request: PageRequest) -> dict[str, bool]:
    """For each act on an account of another person: whether the user may do it."""
    return {act: may_do(request, act) for act in _ROLES_OF_ACT}


def public_url(request: PageRequest, path: str) -> str:
    """The full URL of a path of this console, to give to another person.

    It begins with the setting `console_url`, or with the address of this request if there is no setting.
    """
    return (request.app.settings.console_url.rstrip("/") or str(request.http.base_url).rstrip("/")) + path


def mail_addresses(request: PageRequest, holders: Iterable[Account]) -> Mapping[str, str]:
    """The mail address of each account that has one, by its id: its own, or that of its person in the directory."""
    states = {state.id: state for state in holders}
    contacts = contacts_of(request.database, states.values(), request.directory.people)
    return {contact.account: contact.email for contact in contacts if contact.account in states and contact.email}


def read_name(text: str) -> str:
    """Check and return a person's name. Raises `InvalidName`."""
    if not 1 <= len(text) <= MAX_NAME_LENGTH or not text.isprintable():
        raise InvalidName
    return text


def read_unit(request: PageRequest, fields: Fields) -> Opaque | None:
    """The chosen department, or None if none is chosen. Raises `NotKnown` if the roster does not have it."""
    unit = fields.words("unit", LABELS["unit"])
    if unit and unit not in request.roster.units:
        titles = "、".join(unit.title for unit in request.roster.current())
        raise NotKnown(what=LABELS["unit"], value=unit[:64], known=titles, clause=CLAUSE)
    return Opaque(unit) if unit else None


def members_of_teams(request: PageRequest) -> dict[str, str]:
    """The members of the leading teams of all present departments: department, name and post, by the id of the person.

    Who has no name in the directory has the id behind the post.
    """
    names = request.directory.people
    return {
        member.person: f"{unit.title} · {names[member.person].name} {member.position}"
        if member.person in names
        else f"{unit.title} · {member.position}（{member.person}）"
        for unit in request.roster.current()
        for member in (*unit.heads, *unit.members)
    }


def read_person(request: PageRequest, fields: Fields) -> Opaque | None:
    """The chosen member of a team, or None if nobody is chosen. Raises `NotKnown` if no team of the roster has them."""
    person = fields.words("person", LABELS["person"])
    known = members_of_teams(request)
    if person and person not in known:
        raise NotKnown(what=LABELS["person"], value=person[:64], known="、".join(known.values()), clause=CLAUSE)
    return Opaque(person) if person else None


def _read_id(fields: Fields) -> Opaque:
    """The typed id of a new account. Raises `InvalidForm`, `Malformed` or `Personal`."""
    # The id is written into the name of the stream and into every entry, so it must not be a person's name or number.
    id_ = fields.word("id", LABELS["id"])
    check_id(id_, LABELS["id"])
    return Opaque(id_)
