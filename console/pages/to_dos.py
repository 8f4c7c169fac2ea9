"""我的待办: what waits for the account that is signed in, and what it has to do with otherwise, each with its next act."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct
from starlette.responses import Response

from console.returned import Returned, returned
from console.routes import Pages
from console.visit import Visit
from states.accounts import SECURITY, SYSTEM, Account
from states.assessment import Assessment
from states.chart import stage_title
from states.lights import begun
from states.lineage import origins
from states.links import open_request
from states.offers import Next, next_act
from states.vocabulary import Text
from storage import accounts, queries, security_log
from storage.tables import AccountRow, AssessmentRow

from .assessment import link
from .own_account import changes
from .routine_checks import waiting

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


@pages.get("/", view="to_dos")
def show(visit: Visit) -> Response:
    found = items(visit)
    mine = [item for item in found if item.mine]
    others = [item for item in found if not item.mine]
    guessed = security_log.last_event(visit.database, visit.account.id, "guessed_at", visit.now - _A_WEEK)
    return visit.page(
        "to_dos.html",
        mine=mine,
        back=_came_back(visit, mine),
        others=others,
        checks=waiting(visit),
        accounts=_accounts(visit),
        guessed=guessed,
        changes=changes(visit),
        before=origins(visit.unit, visit.roster) if visit.unit and "unit" in visit.roles else (),
    )


def _came_back(visit: Visit, mine: list[Item]) -> list[tuple[Item, Returned]]:
    """What came back to the unit the account stands for, to be done again by it."""
    own = [item for item in mine if "unit" in visit.roles and visit.unit_for(item.state.unit) == item.state.unit]
    found = ((item, returned(visit, item.state, visit.context(item.state.stream)[2].edition.rulebook)) for item in own)
    return [(item, one) for item, one in found if one is not None]


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
        why = _waits_for(visit, state)
        if why is not None:
            found.append((row, why))
    return found


def _waits_for(visit: Visit, state: Account) -> Text | None:
    """What an account waits for from this administrator; None for nothing."""
    asked = open_request(state, visit.now)
    if SECURITY in visit.roles and not state.closed and not state.roles:
        return _ROLE
    if SECURITY in visit.roles and not state.closed and state.unit and visit.roster.end(state.unit) is not None:
        return _MOVE
    if SECURITY in visit.roles and asked is not None and not asked.confirmed:
        return _LINK
    if SECURITY in visit.roles and any(not one.confirmed for one in state.identities.values()):
        return _IDENTITY
    if SYSTEM in visit.roles and asked is not None and asked.confirmed and asked.by == visit.account.id:
        return _ISSUE
    barred = state.administers or state.is_a_persons or state.tokens or asked is not None
    if SYSTEM in visit.roles and state.roles and not barred:
        return _WAY_IN
    return None


_LINK = Text(zh="待确认一次性链接或发放接口令牌", en="a one-time link or a token waits for you")
_IDENTITY = Text(zh="待确认统一身份", en="an identity waits for you")
_ISSUE = Text(zh="一次性链接已确认，待发放", en="its one-time link may be issued")
_MOVE = Text(zh="所属部门已撤销，待变更所属部门", en="its unit ended: waits to be moved")
_ROLE = Text(zh="待授予角色", en="waits for a role")
_WAY_IN = Text(zh="待申请一次性链接或接口令牌，或登记统一身份", en="waits for a one-time link, a token or an identity")


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
    late = following is not None and following.due is not None and begun(state, rulebook) <= following.due < visit.today
    return Item(
        state, link(state), link(state, following.act) if mine and following else "", visit.unit_title(row.unit, row.year), row.year,
        stage_title(state.stage, rulebook), following, mine, late,
    )  # fmt: skip
