"""站内通知: the notices of an account, the newest first, and how many of them are unread.

A notice goes to a role, a department or an account. Everybody who holds the role reads the same notice; reading changes
only the reader's own mark. Letters and messages to groups are on another page (`deliveries.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from console.display_names import DisplayNames, names
from console.web import paging
from console.web.numbers import whole_number
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

_PAGE_SIZE = 50


class InboxItem(Struct, frozen=True):
    """Notices with the same text at the same time, as one item, however many departments they are about.

    `to` names the inbox, and is empty for the account's own. `pages` has the title of each department, and the path of
    the page the notice is about (empty where the account may not see it).
    """

    to: str
    head: str
    details: tuple[str, ...]
    pages: list[tuple[str, str]]
    unread: bool
    at: datetime


def recipients(request: PageRequest) -> list[str]:
    """The inboxes this account reads: its own, its department's if it acts for one, and its roles'."""
    roles = request.user.roles - {"unit"}
    department = [f"unit:{request.user.unit}"] if "unit" in request.user.roles and request.user.unit else []
    # A role's inbox is named by the role's key. An account that happens to have that id reads it only if it holds the
    # role.
    account = [] if request.user.id in request.rulebook.roles else [request.user.id]
    return [*account, *department, *sorted(roles)]


def _readable(request: PageRequest) -> dict[str, Any]:
    """The search terms for the deliveries this account may read."""
    inboxes = recipients(request)
    hidden = judging_own_unit(request)
    # A member of the working group who belongs to a department is recused from judging it: what the notices tell the
    # *role* about that department is hidden. What the department itself is told, its own people may read.
    if hidden is not None:
        hidden["recipient"] = [one for one in inboxes if not one.startswith("unit:")]
    return {"channel": INBOX, "recipient": inboxes, "without": hidden}


def judging_own_unit(request: PageRequest) -> dict[str, Collection[str]] | None:
    """The deliveries that say how the account's own department is judged, as values of their columns.

    None for an account that belongs to no department.
    """
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
    group = request.query.get("group", "")
    kinds = NOTICE_GROUPS[group].kinds if group in NOTICE_GROUPS else None
    terms: dict[str, Any] = {**_readable(request), "kind": kinds}
    page = paging.page_of(request.query.get("page", ""), deliveries.count(request.database, **terms), _PAGE_SIZE)
    notices = deliveries.search(request.database, limit=_PAGE_SIZE, skip=page.skip, **terms)
    return request.answer.page(
        "inbox.html",
        rows=_rows(request, notices),
        page=page,
        groups=NOTICE_GROUPS,
        group=group,
        unread=unread(request),
        newest=_newest(request),
    )


@pages.post("/inbox/read", view="inbox")
def mark_read(request: PageRequest) -> Response:
    """Mark as read everything up to the newest notice that was on the page; what came since stays unread."""
    newest = whole_number(request.form.text("upto"))
    if newest is not None:
        inbox.mark_read(request.database, request.user.id, min(newest, _newest(request)))
    return request.answer.redirect("/inbox")


def _rows(request: PageRequest, notices: list[Delivery]) -> list[InboxItem]:
    """One row for all deliveries that differ only in the department they are about."""
    titles = names(request.database, request.rulebook, request.user.language)
    upto = inbox.read_upto(request.database, request.user.id)
    alike: dict[object, list[tuple[Delivery, Notice]]] = {}
    for one in notices:
        notice = titles.named(notice_from_json(one.notice))
        key = (one.made_at, one.recipient, one.number > upto, content_key(notice))
        alike.setdefault(key, []).append((one, notice))
    return [_row(request, titles, group, upto) for group in alike.values()]


def _row(request: PageRequest, titles: DisplayNames, group: list[tuple[Delivery, Notice]], upto: int) -> InboxItem:
    paths = {str(notice.values.get("unit", "")): _path(request, one) for one, notice in group}
    first, notice = group[0]
    text = item_text(DigestItem(notice, tuple(paths)), request.user.language)
    return InboxItem(
        to=titles.recipient(first.recipient) if first.recipient != request.user.id else "",
        head=text.head,
        details=text.details,
        pages=list(paths.items()),
        unread=first.number > upto,
        at=first.made_at,
    )


def _newest(request: PageRequest) -> int:
    """The number of the entry that the newest notice is about; 0 if there is no notice."""
    newest = deliveries.search(request.database, limit=1, **_readable(request))
    return newest[0].number if newest else 0


def _path(request: PageRequest, one: Delivery) -> str:
    """The path of the page the notice is about; empty if there is none, or this account may not see it."""
    stream, permissions = Stream.parse(one.stream), request.permissions
    if stream.unit is not None and permissions.may_view("assessment", stream.unit):
        return f"/assessments/{stream.year}/{stream.unit}" + (f"?occasion={stream.occasion}" if stream.occasion else "")
    if stream.kind == "routine_check" and one.unit and permissions.may_view("routine_checks", one.unit):
        return f"/routine-checks/{one.unit}/{stream.id}"
    if stream.kind == "year" and permissions.may_view("year"):
        return f"/years/{stream.id}"
    return "/account" if stream.kind == "account" else ""
