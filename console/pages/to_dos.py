"""我的待办: what waits for the account that is signed in, and what it has to do with otherwise, each with its next act."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct
from starlette.responses import Response

from console.routes import Pages
from console.visit import Visit
from states.accounts import SECURITY, SYSTEM
from states.assessment import Assessment
from states.chart import stage_title
from states.offers import Next, next_act
from states.vocabulary import Text
from storage import accounts, queries, security_log
from storage.tables import AccountRow, AssessmentRow

from .assessment import link

pages = Pages()

_A_WEEK = timedelta(days=7)
"""For how long the holder is told of guesses at the password."""


class Item(Struct, frozen=True):
    """One assessment: where it stands, its next act, and whether that waits for this account."""

    state: Assessment
    path: str
    form: str
    unit: str
    year: int
    stage: Text
    next: Next | None
    mine: bool
    late: bool


@pages.get("/", view="to_dos", nav=True)
def show(visit: Visit) -> Response:
    found = items(visit)
    mine = [item for item in found if item.mine]
    others = [item for item in found if not item.mine]
    guessed = security_log.last_event(visit.database, visit.account.id, "guessed_at", visit.now - _A_WEEK)
    return visit.page("to_dos.html", mine=mine, others=others, accounts=_accounts(visit), guessed=guessed)


def items(visit: Visit) -> list[Item]:
    """The assessments the account has to do with, the earliest deadline first."""
    found = [_item(visit, row) for row in _rows(visit)]
    return sorted(found, key=lambda item: (item.next.due if item.next and item.next.due else date.max, item.unit))


def _accounts(visit: Visit) -> list[tuple[AccountRow, Text]]:
    """The accounts that wait for an administrator: for a role, or for a way to sign in."""
    if not visit.may("accounts"):
        return []
    found = []
    for row in accounts.accounts(visit.database):
        state = visit.account_of(row.id)
        if SECURITY in visit.roles and not state.roles and not state.closed:
            found.append((row, _ROLE))
        elif SYSTEM in visit.roles and state.roles and not state.administers and not _gets_in(visit, row):
            found.append((row, _WAY_IN))
    return found


def _gets_in(visit: Visit, row: AccountRow) -> bool:
    return row.password is not None or bool(accounts.identities(visit.database, row.id))


_ROLE = Text(zh="待授予角色", en="waits for a role")
_WAY_IN = Text(zh="待发放一次性链接或绑定统一身份", en="waits for a one-time link or an identity")


def _rows(visit: Visit) -> list[AssessmentRow]:
    """The assessments of the last year there is: the own unit's alone for whoever stands for one."""
    if not visit.may("assessment", visit.unit or ""):
        return []
    rows = [row for year in queries.years(visit.database)[:1] for row in queries.assessments(visit.database, year)]
    return [row for row in rows if not row.withdrawn and visit.may("assessment", row.unit)]


def _item(visit: Visit, row: AssessmentRow) -> Item:
    state, context, edition = visit.context(row.stream)
    assert isinstance(state, Assessment)
    rulebook = edition.edition.rulebook
    following = next_act(state, rulebook)
    mine = following is not None and visit.offered(following.act, state, context)
    if following is not None and following.act == "fill_sheet" and visit.account.id in state.sheets:
        mine = False
    late = following is not None and following.due is not None and following.due < visit.today
    return Item(
        state, link(state), link(state, following.act) if mine and following else "", visit.unit_title(row.unit), row.year,
        stage_title(state.stage, rulebook), following, mine, late,
    )  # fmt: skip
