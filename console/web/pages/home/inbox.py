"""站内通知: everything an account was told in the console, the newest first, and how much of it is unread.

A notice goes to a role, a unit or an account, and each of its holders reads it here; reading changes nothing but the reader's
own mark. Letters and robots are another page's (`deliveries.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from console.cli.names import Names, names
from console.web import paging
from console.web.request import Visit
from console.web.routes import Pages
from notifications.digest import DigestItem, content_key
from notifications.letter_text import item_text
from notifications.notices.groups import NOTICE_GROUPS
from notifications.notices.notice import RECUSAL_KINDS, Notice, notice_from_json
from notifications.outbox import INBOX
from states.year.lineage import is_recused
from storage.post import deliveries, inbox
from storage.post.deliveries import Delivery

pages = Pages()

PAGE = 50
"""Notices on one page."""


class Message(Struct, frozen=True):
    """Notices that say the same at the same time, as one row: whose inbox, the words, each department's page, whether it is unread."""

    to: str
    head: str
    details: tuple[str, ...]
    pages: list[tuple[str, str]]
    unread: bool
    at: datetime


def recipients(visit: Visit) -> list[str]:
    """Whose inboxes this account reads: its roles', its unit's if it stands for one, and its own."""
    roles = visit.roles - {"unit"}
    own = [f"unit:{visit.unit}"] if "unit" in visit.roles and visit.unit else []
    # A role's inbox has the role's key for its name: an account of the same name reads it only if it holds the role.
    account = [] if visit.account.id in visit.rulebook.roles else [visit.account.id]
    return [*account, *own, *sorted(roles)]


def _readable(visit: Visit) -> dict[str, Any]:
    """Which deliveries lie in this account's inbox: of its own unit, none that says to a role how the unit is judged."""
    inboxes = recipients(visit)
    judging = judging_own_unit(visit)
    if judging is not None:
        judging["recipient"] = [one for one in inboxes if not one.startswith("unit:")]
    return {"channel": INBOX, "recipient": inboxes, "without": judging}


def judging_own_unit(visit: Visit) -> dict[str, Collection[str]] | None:
    """The deliveries that say how the account's own unit is judged, as values of their columns; None for an account of no unit."""
    if visit.unit is None:
        return None
    return {
        "kind": RECUSAL_KINDS,
        "unit": [unit for unit in visit.roster.units if is_recused(visit.unit, unit, visit.roster)],
    }


def unread(visit: Visit) -> int:
    """How many notices came since the account last marked its inbox as read."""
    after = inbox.read_upto(visit.database, visit.account.id)
    return deliveries.count(visit.database, after, **_readable(visit))


@pages.get("/inbox", view="inbox", count=unread)
def show(visit: Visit) -> Response:
    asked = visit.request.query_params
    group = asked.get("group", "")
    kinds = NOTICE_GROUPS[group].kinds if group in NOTICE_GROUPS else None
    wanted: dict[str, Any] = {**_readable(visit), "kind": kinds}
    upto = inbox.read_upto(visit.database, visit.account.id)
    page = paging.page(asked.get("page", ""), deliveries.count(visit.database, **wanted), PAGE)
    found = deliveries.search(visit.database, limit=PAGE, skip=page.skip, **wanted)
    return visit.page(
        "inbox.html", rows=_rows(visit, found, upto), page=page, groups=NOTICE_GROUPS, group=group, unread=unread(visit),
        newest=_newest(visit),
    )  # fmt: skip


@pages.post("/inbox/read", view="inbox")
def mark_read(visit: Visit) -> Response:
    """Everything up to the newest notice that was on the page is read."""
    upto = visit.field("upto")
    if upto.isascii() and upto.isdigit():
        inbox.mark_read(visit.database, visit.account.id, min(int(upto[:18]), _newest(visit)))
    return visit.to("/inbox")


def _rows(visit: Visit, found: list[Delivery], upto: int) -> list[Message]:
    """One row for what is said in one sentence to sixty departments."""
    called = names(visit.database, visit.rulebook, visit.language)
    rows: dict[object, list[tuple[Delivery, Notice]]] = {}
    for one in found:
        notice = called.named(notice_from_json(one.notice))
        rows.setdefault((one.made_at, one.recipient, one.number > upto, content_key(notice)), []).append((one, notice))
    return [_row(visit, called, row, upto) for row in rows.values()]


def _row(visit: Visit, called: Names, row: list[tuple[Delivery, Notice]], upto: int) -> Message:
    units = {str(notice.values.get("unit", "")): _path(visit, one) for one, notice in row}
    (one, notice), language = row[0], visit.language
    said = item_text(DigestItem(notice, tuple(units)), language)
    to = called.recipient(one.recipient) if one.recipient != visit.account.id else ""
    return Message(to, said.head, said.details, list(units.items()), one.number > upto, one.made_at)


def _newest(visit: Visit) -> int:
    """The number of the entry of the newest notice; 0 where there is none."""
    found = deliveries.search(visit.database, limit=1, **_readable(visit))
    return found[0].number if found else 0


def _path(visit: Visit, one: Delivery) -> str:
    """The page of what a notice is about, if this account may look at it; empty if there is none."""
    room, *rest = one.stream.split("/")
    if room == "assessment" and visit.may("assessment", rest[1]):
        return f"/assessments/{rest[0]}/{rest[1]}" + (f"?occasion={rest[2]}" if rest[2:] else "")
    if room == "routine_check" and one.unit and visit.may("routine_checks", one.unit):
        return f"/routine-checks/{one.unit}/{rest[0]}"
    if room == "year" and visit.may("year"):
        return f"/years/{rest[0]}"
    return "/account" if room == "account" else ""
