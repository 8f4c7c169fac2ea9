"""站内通知: the inbox: the notices that the user may read, the newest first; their filter; and marking them as read.

A notice goes to a role, a department or an account. All accounts with the role see the same notice. Each account has
its own mark: the last entry whose notices it has read.

Also here: which inboxes an account reads (`inboxes_of`), and which notices recusal (回避) hides from it
(`recusal_terms`, which `deliveries.py` uses too). Not here: letters and messages to groups (`deliveries.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from console.display_names import DisplayNames, read_display_names
from console.web import paging
from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from notifications.digest import DigestItem, content_key
from notifications.letter_text import item_text
from notifications.notices.groups import NOTICE_GROUPS
from notifications.notices.notice import (
    ASSIGNMENT_KINDS,
    RECUSAL_KINDS,
    Notice,
    notice_from_json,
    with_account_names,
    with_person_name,
)
from notifications.outbox import INBOX
from states.records.lineage import recused_units
from states.streams import Stream
from states.vocabulary import UNIT_ROLE
from storage.post import deliveries, inbox
from storage.post.deliveries import Delivery

pages = Pages()

_PAGE_SIZE = 50


class InboxItem(Struct, frozen=True):
    """One item of the list, for all deliveries that differ only in the department that they are about.

    `to` is the name of the inbox, empty for the account's own inbox. `pages` has the title of each department and the
    path of the page that the notice is about (empty if the user may not see it).
    """

    to: str
    head: str
    details: tuple[str, ...]
    pages: list[tuple[str, str]]
    unread: bool
    at: datetime


def inboxes_of(request: PageRequest) -> list[str]:
    """The inboxes that the user reads: of the account, its person, its department if it acts for one, and its roles."""
    roles = request.user.roles - {UNIT_ROLE}
    department = [f"unit:{request.user.unit}"] if UNIT_ROLE in request.user.roles and request.user.unit else []
    # The inbox of a role has the role's key as its name. An account whose id equals that key must not read the inbox
    # unless it has the role.
    account = [] if request.user.id in request.rulebook.roles else [request.user.id]
    person = request.user.account.person
    own = [f"person:{person}"] if person is not None else []
    return [*account, *own, *department, *sorted(roles)]


def _readable(request: PageRequest) -> dict[str, Any]:
    """The search terms for the deliveries that the user may read."""
    inboxes = inboxes_of(request)
    # A member of the working group must not judge the member's own department (回避). So notices to the *role* about that
    # department are hidden. Notices to the department itself are not hidden from its own people. A role that the user
    # has only as a deputy is recused from the principal's department too.
    lent = request.user.roles - request.user.account.roles
    own = [inbox_name for inbox_name in inboxes if not inbox_name.startswith("unit:") and inbox_name not in lent]
    hidden = [
        *({**terms, "recipient": own} for terms in _recusal_terms(request, (request.user.unit,))),
        *({**terms, "recipient": sorted(lent)} for terms in _recusal_terms(request, request.user.units)),
    ]
    return {"channel": INBOX, "recipient": inboxes, "without": hidden}


def recusal_terms(request: PageRequest) -> list[deliveries.Exclusions]:
    """The deliveries that a search must leave out: those about the judgement of the user's own department.

    They are described by values of columns. A department that was reorganised from or into the user's own counts as the
    user's own too (`recused_units`), and so does a principal's. Empty if the user belongs to no department.
    """
    # The list of all deliveries also names who is to assess the department. In the own inbox that is only oneself.
    return _recusal_terms(request, request.user.units, RECUSAL_KINDS | ASSIGNMENT_KINDS)


def _recusal_terms(
    request: PageRequest, own_units: Iterable[str | None], kinds: frozenset[str] = RECUSAL_KINDS
) -> list[deliveries.Exclusions]:
    units = {unit for own in own_units if own is not None for unit in recused_units(own, request.roster)}
    return [{"kind": kinds, "unit": sorted(units)}] if units else []


def unread(request: PageRequest) -> int:
    """The number of notices about entries after the last one that the user marked as read."""
    after = inbox.last_read_entry(request.database, request.user.id)
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
    """Mark all notices as read, up to the newest one that the page had. Later notices stay unread."""
    newest = whole_number(request.form.text("upto"))
    if newest is not None:
        inbox.mark_read(request.database, request.user.id, min(newest, _newest(request)))
    return request.answer.redirect("/inbox")


def _rows(request: PageRequest, notices: list[Delivery]) -> list[InboxItem]:
    """The items. Deliveries that differ only in the department are one item."""
    names = read_display_names(request.database, request.rulebook, request.user.language)
    persons = {id_: request.format.text(name) for id_, name in request.names_of_persons.items()}
    last_read = inbox.last_read_entry(request.database, request.user.id)
    groups: dict[object, list[tuple[Delivery, Notice]]] = {}
    for delivery in notices:
        titled = names.with_department_name(notice_from_json(delivery.notice))
        # A letter has only the post of the person whom it is about; here the reader is signed in.
        notice = with_person_name(with_account_names(titled, names.units, request.account_names), persons)
        key = (delivery.made_at, delivery.recipient, delivery.number > last_read, content_key(notice))
        groups.setdefault(key, []).append((delivery, notice))
    return [_row(request, names, group, last_read) for group in groups.values()]


def _row(request: PageRequest, names: DisplayNames, group: list[tuple[Delivery, Notice]], last_read: int) -> InboxItem:
    paths = {str(notice.values.get("unit", "")): _path(request, delivery) for delivery, notice in group}
    first, notice = group[0]
    text = item_text(DigestItem(notice, tuple(paths)), request.user.language)
    return InboxItem(
        to="" if first.recipient == request.user.id or notice.person else names.recipient(first.recipient),
        head=text.head,
        details=text.details,
        pages=list(paths.items()),
        unread=first.number > last_read,
        at=first.made_at,
    )


def _newest(request: PageRequest) -> int:
    """The number of the entry that the newest notice is about; 0 without notices."""
    newest = deliveries.search(request.database, limit=1, **_readable(request))
    return newest[0].number if newest else 0


def _path(request: PageRequest, delivery: Delivery) -> str:
    """The path of the page that the notice is about; empty if there is none or the user may not see it."""
    stream, permissions = Stream.parse(delivery.stream), request.permissions
    if delivery.kind == "own_result":
        return "/my-result"
    if stream.unit is not None and permissions.may_view("assessment", stream.unit):
        return f"/assessments/{stream.year}/{stream.unit}" + (f"?occasion={stream.occasion}" if stream.occasion else "")
    if stream.kind == "routine_check" and delivery.unit and permissions.may_view("routine_checks", delivery.unit):
        return f"/routine-checks/{delivery.unit}/{stream.id}"
    if stream.kind == "year" and permissions.may_view("year"):
        return f"/years/{stream.id}"
    return "/account" if stream.kind == "account" else ""
