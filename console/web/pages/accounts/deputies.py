"""代办: the page on which the holder of an account names a deputy for a period, or ends one.

Also here: what other pages show of deputies. Not here: what a deputy may do (`states/accounts/deputies.py`), and that
the security administrator ends a deputy (`account.py`).
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.fields import Fields
from console.web.forms.refusal_status import status_of
from console.web.forms.submitting import submit
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.accounts.deputies import CLAUSE, MAX_DAYS, AppointDeputy, EndDeputy, is_lendable
from states.records.account import Account
from states.refusals import Incomplete, Refusal
from states.user_errors import UserError
from states.vocabulary import UNIT_ROLE, Opaque, Text
from storage.sign_in import accounts

pages = Pages()

LABELS = {
    "deputy": Text(zh="代办人", en="deputy"),
    "roles": Text(zh="委托的角色", en="roles to lend"),
    "since": Text(zh="代办开始日期", en="first day"),
    "until": Text(zh="代办结束日期", en="last day"),
}
"""The titles of the fields."""


class DeputyView(Struct, frozen=True):
    """One deputy: the account and its name, the roles, the first and the last day, and whether the period is now."""

    account: str
    name: str
    roles: tuple[str, ...]
    since: date
    until: date
    is_now: bool


@pages.get("/account/deputies", view="own_account")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/account/deputies", view="own_account", reauthenticates=True)
def appoint(request: PageRequest) -> Response:
    """Name a deputy, or change what was said of one."""
    fields = Fields(request.form, CLAUSE)
    try:
        values = fields.values(
            {
                "deputy": lambda: fields.id("deputy", LABELS["deputy"]),
                "roles": lambda: _read_roles(request),
                "since": lambda: fields.day("since", LABELS["since"]),
                "until": lambda: fields.day("until", LABELS["until"]),
            }
        )
        submit(request, request.user.account.stream, AppointDeputy(**values))
    except Refusal as refusal:
        return _page(request, refusal)
    request.log_security("deputy_appointed", detail=values["deputy"])
    return request.answer.redirect("/account/deputies?done=appoint_deputy")


@pages.post("/account/deputies/end", view="own_account", reauthenticates=True)
def end(request: PageRequest) -> Response:
    """End a deputy at once."""
    deputy = Opaque(request.form.text("deputy"))
    try:
        submit(request, request.user.account.stream, EndDeputy(deputy=deputy))
    except Refusal as refusal:
        return _page(request, refusal)
    request.log_security("deputy_ended", detail=deputy)
    return request.answer.redirect("/account/deputies?done=end_deputy")


def deputies_of(request: PageRequest, state: Account) -> list[DeputyView]:
    """The deputies of an account whose period is not over, the earliest first."""
    views = [
        DeputyView(
            id_,
            request.account_names.get(id_, id_),
            tuple(sorted(one.roles)),
            one.since,
            one.until,
            is_now=bool(state.lends(request.account_of(id_), request.today)),
        )
        for id_, one in state.deputies.items()
        if one.until >= request.today
    ]
    return sorted(views, key=lambda one: (one.since, one.account))


def _read_roles(request: PageRequest) -> tuple[Opaque, ...]:
    roles = request.form.texts("roles")
    if not roles:
        raise Incomplete(missing=LABELS["roles"], clause=CLAUSE)
    return tuple(map(Opaque, dict.fromkeys(roles)))


def _page(request: PageRequest, refusal: UserError | None = None) -> Response:
    return request.answer.page(
        "deputies.html",
        status_of(refusal),
        field_of=lambda path: path.partition(".")[0],
        label_of=LABELS,
        refusal=refusal,
        deputies=deputies_of(request, request.user.account),
        roles=sorted(role for role in request.user.account.roles if is_lendable(role)),
        candidates=_candidates(request),
        most_days=MAX_DAYS,
        done=request.query.get("done", ""),
    )


def _candidates(request: PageRequest) -> list[tuple[str, str]]:
    """The accounts that can be named, with their names and departments; those of the own department first."""
    candidates = []
    for row in accounts.accounts(request.database):
        state = request.account_of(row.id)
        # A department's account sees the colleagues of its own department only.
        is_of_others = request.user.account.roles == {UNIT_ROLE} and state.unit != request.user.unit
        if row.id == request.user.id or not state.can_be_deputy or is_of_others:
            continue
        unit = f"（{request.roster.title(state.unit)}）" if state.unit else ""
        is_colleague = state.unit is not None and state.unit == request.user.unit
        candidates.append((not is_colleague, row.id, f"{row.name or row.id}{unit}"))
    return [(id_, title) for _, id_, title in sorted(candidates)]
