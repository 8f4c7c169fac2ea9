"""授予多个角色: one form that grants a role to each of many accounts, and confirms their one-time links: all or none.

The form is for the security administrator. It lists the open accounts without a role and without a token, and those of
people who are to have more roles (`storage/people.py`). A link is
confirmed only if a request for it is open. The system administrator's form for new accounts is `new_accounts.py`.
"""

from __future__ import annotations

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.command_batch import BatchCommand, submit_all
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.accounts.account import CLAUSE, UNGRANTABLE, GrantRole
from states.accounts.links import ConfirmLink, open_request
from states.records.account import Account
from states.refusals import Incomplete, Refusal
from states.streams import account_stream
from states.vocabulary import Opaque, Text
from storage.sign_in import accounts
from storage.tables.accounts import AccountRow

from .accounts import may_do

pages = Pages()

_ROLES = Text(zh="角色", en="roles")


class AccountWithoutRole(Struct, frozen=True):
    """An open account that has no role and no token, or whose person is to have more roles.

    `requested_by` is the account that requested its one-time link; empty if no request waits for confirmation.
    `wanted`: the roles that its person is to have and has not.
    """

    row: AccountRow
    state: Account
    requested_by: str
    wanted: tuple[str, ...]


@pages.get("/accounts/roles", view="accounts")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/accounts/roles", view="accounts")
def grant_roles(request: PageRequest) -> Response:
    """Grant each account its chosen role, and confirm its link if one was requested: all accounts or none.

    An account for which no role is chosen is left out.
    """
    waiting = {account.row.id: account for account in _without_role(request)}
    chosen = {id_: roles for id_ in waiting if (roles := list(filter(None, request.form.texts(f"role.{id_}"))))}
    with_link = [id_ for id_ in chosen if waiting[id_].requested_by]
    commands = []
    for id_, roles in chosen.items():
        stream = account_stream(id_)
        grants = [GrantRole(role=Opaque(role)) for role in roles]
        commands += [BatchCommand(id_, stream, grant, f"{grant.act}-{grant.role}") for grant in grants]
        # The link is confirmed after the role is granted, because granting a role ends a confirmed link.
        if id_ in with_link:
            commands.append(BatchCommand(id_, stream, ConfirmLink(), ConfirmLink.act))
    try:
        if not commands:
            raise Incomplete(missing=_ROLES, clause=CLAUSE)
        submit_all(request, commands, lambda id_, refusal: {f"role.{id_}": refusal})
    except Refusal as refusal:
        return _page(request, refusal)
    for id_ in with_link:
        request.log_security("link_confirmed", detail=id_)
    return request.answer.redirect(f"/accounts?done={GrantRole.act}")


def _without_role(request: PageRequest) -> list[AccountWithoutRole]:
    known = request.directory.people
    waiting = []
    for row in accounts.accounts(request.database):
        state = request.account_of(row.id)
        person = known.get(state.person or "")
        wanted = tuple(role for role in person.roles if role not in state.roles) if person is not None else ()
        if not state.closed and not state.tokens and (wanted or not state.roles):
            waiting.append(AccountWithoutRole(row, state, _requested_by(request, state), wanted))
    return waiting


def _requested_by(request: PageRequest, state: Account) -> str:
    link_request = open_request(state, request.now)
    return link_request.by if link_request is not None and not link_request.confirmed else ""


def _page(request: PageRequest, refusal: Refusal | None = None) -> Response:
    grantable = [role for role in request.rulebook.roles if role not in UNGRANTABLE]
    waiting = _without_role(request)
    return request.answer.page(
        "new_roles.html",
        409 if refusal else 200,
        waiting=waiting,
        roles={role: policy.role_title(role, request.rulebook) for role in grantable},
        refusal=refusal,
        may_grant=may_do(request, GrantRole.act),
        label_of={f"role.{account.row.id}": Text(zh=account.row.id, en=account.row.id) for account in waiting},
    )
