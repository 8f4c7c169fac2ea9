"""授予多个角色: the security administrator's part of several accounts. Granting a role confirms the link that was asked for with it."""

from __future__ import annotations

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.command_batch import Asked, submit_all
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

from . import accounts as page

pages = Pages()

_ROLES = Text(zh="角色", en="roles")


class Waiting(Struct, frozen=True):
    """An account without a role; `asked_by` has asked for its link, if anybody has."""

    row: AccountRow
    state: Account
    asked_by: str


@pages.get("/accounts/roles", view="accounts")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/accounts/roles", view="accounts")
def grant(request: PageRequest) -> Response:
    """Grant each account the role chosen for it, and confirm the link that was asked for it."""
    waiting = {one.row.id: one for one in _waiting(request)}
    chosen = {id_: role for id_ in waiting if (role := request.form.text(f"role.{id_}"))}
    asked = []
    for id_, role in chosen.items():
        stream = account_stream(id_)
        asked.append(Asked(id_, stream, GrantRole(role=Opaque(role)), GrantRole.act))
        if waiting[id_].asked_by:
            asked.append(Asked(id_, stream, ConfirmLink(), ConfirmLink.act))
    try:
        if not asked:
            raise Incomplete(missing=_ROLES, clause=CLAUSE)
        submit_all(request, asked, lambda id_, refusal: {f"role.{id_}": refusal})
    except Refusal as refusal:
        return _page(request, refusal)
    for id_ in chosen:
        if waiting[id_].asked_by:
            request.log_security("link_confirmed", what=id_)
    return request.answer.redirect(f"/accounts?done={GrantRole.act}")


def _waiting(request: PageRequest) -> list[Waiting]:
    """The accounts that have no role yet."""
    found = [(row, request.account_of(row.id)) for row in accounts.accounts(request.database)]
    return [
        Waiting(row, state, asked.by if (asked := open_request(state, request.now)) and not asked.confirmed else "")
        for row, state in found
        if not state.closed and not state.roles and not state.tokens
    ]


def _page(request: PageRequest, refusal: Refusal | None = None) -> Response:
    roles = {
        role: policy.role_title(role, request.rulebook) for role in request.rulebook.roles if role not in UNGRANTABLE
    }
    waiting = _waiting(request)
    return request.answer.page(
        "new_roles.html", 409 if refusal else 200, waiting=waiting, roles=roles, refusal=refusal,
        may_grant=page.may_do(request, GrantRole.act), label_of={f"role.{one.row.id}": Text(zh=one.row.id, en=one.row.id) for one in waiting},
    )  # fmt: skip
