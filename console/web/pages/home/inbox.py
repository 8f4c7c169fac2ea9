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

from console.display_names import DisplayNames, names
from console.web import paging
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from notifications.digest import DigestItem, content_key
from notifications.letter_text import item_text
from notifications.notices.groups import NOTICE_GROUPS
from notifications.notices.notice import RECUSAL_KINDS, Notice, notice_from_json
from notifications.outbox import INBOX
from states.records.lineage import is_recused
from states.streams import Stream
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


def recipients(request: PageRequest) -> list[str]:
    """Whose inboxes this account reads: its roles', its unit's if it stands for one, and its own."""
    roles = request.user.roles - {"unit"}
    own = [f"unit:{request.user.unit}"] if "unit" in request.user.roles and request.user.unit else []
    # A role's inbox has the role's key for its name: an account of the same name reads it only if it holds the role.
    account = [] if request.user.id in request.rulebook.roles else [request.user.id]
    return [*account, *own, *sorted(roles)]


def _readable(request: PageRequest) -> dict[str, Any]:
    """Which deliveries lie in this account's inbox: of its own unit, none that says to a role how the unit is judged."""
    inboxes = recipients(request)
    judging = judging_own_unit(request)
    if judging is not None:
        judging["recipient"] = [one for one in inboxes if not one.startswith("unit:")]
    return {"channel": INBOX, "recipient": inboxes, "without": judging}


def judging_own_unit(request: PageRequest) -> dict[str, Collection[str]] | None:
    """The deliveries that say how the account's own unit is judged, as values of their columns; None for an account of no unit."""
    if request.user.unit is None:
        return None
    return {
        "kind": RECUSAL_KINDS,
        "unit": [unit for unit in request.roster.units if is_recused(request.user.unit, unit, request.roster)],
    }


def unread(request: PageRequest) -> int:
    """How many notices came since the account last marked its inbox as read."""
    after = inbox.read_upto(request.database, request.user.id)
    return deliveries.count(request.database, after, **_readable(request))


@pages.get("/inbox", view="inbox", count=unread)
def show(request: PageRequest) -> Response:
    asked = request.query
    group = asked.get("group", "")
    kinds = NOTICE_GROUPS[group].kinds if group in NOTICE_GROUPS else None
    wanted: dict[str, Any] = {**_readable(request), "kind": kinds}
    upto = inbox.read_upto(request.database, request.user.id)
    page = paging.page(asked.get("page", ""), deliveries.count(request.database, **wanted), PAGE)
    found = deliveries.search(request.database, limit=PAGE, skip=page.skip, **wanted)
    return request.answer.page(
        "inbox.html", rows=_rows(request, found, upto), page=page, groups=NOTICE_GROUPS, group=group, unread=unread(request),
        newest=_newest(request),
    )  # fmt: skip


@pages.post("/inbox/read", view="inbox")
def mark_read(request: PageRequest) -> Response:
    """Everything up to the newest notice that was on the page is read."""
    upto = request.form.text("upto")
    if upto.isascii() and upto.isdigit():
        inbox.mark_read(request.database, request.user.id, min(int(upto[:18]), _newest(request)))
    return request.answer.redirect("/inbox")


def _rows(request: PageRequest, found: list[Delivery], upto: int) -> list[Message]:
    """One row for what is said in one sentence to sixty departments."""
    called = names(request.database, request.rulebook, request.user.language)
    rows: dict[object, list[tuple[Delivery, Notice]]] = {}
    for one in found:
        notice = called.named(notice_from_json(one.notice))
        rows.setdefault((one.made_at, one.recipient, one.number > upto, content_key(notice)), []).append((one, notice))
    return [_row(request, called, row, upto) for row in rows.values()]


def _row(request: PageRequest, called: DisplayNames, row: list[tuple[Delivery, Notice]], upto: int) -> Message:
    units = {str(notice.values.get("unit", "")): _path(request, one) for one, notice in row}
    (one, notice), language = row[0], request.user.language
    said = item_text(DigestItem(notice, tuple(units)), language)
    to = called.recipient(one.recipient) if one.recipient != request.user.id else ""
    return Message(to, said.head, said.details, list(units.items()), one.number > upto, one.made_at)


def _newest(request: PageRequest) -> int:
    """The number of the entry of the newest notice; 0 where there is none."""
    found = deliveries.search(request.database, limit=1, **_readable(request))
    return found[0].number if found else 0


def _path(request: PageRequest, one: Delivery) -> str:
    """The page of what a notice is about, if this account may look at it; empty if there is none."""
    stream, permissions = Stream.parse(one.stream), request.permissions
    if stream.unit is not None and permissions.may_view("assessment", stream.unit):
        return f"/assessments/{stream.year}/{stream.unit}" + (f"?occasion={stream.occasion}" if stream.occasion else "")
    if stream.kind == "routine_check" and one.unit and permissions.may_view("routine_checks", one.unit):
        return f"/routine-checks/{one.unit}/{stream.id}"
    if stream.kind == "year" and permissions.may_view("year"):
        return f"/years/{stream.id}"
    return "/account" if stream.kind == "account" else ""
