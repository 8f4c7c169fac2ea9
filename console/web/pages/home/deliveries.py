"""通知发送: the list of all deliveries of notices, with recipient, channel and result, and three acts on the sending.

From this page, a user queues undelivered deliveries again, ends the pause of a channel, or confirms the machine's time
after it was in doubt. Until the time is confirmed, the daemon and the engine wait.

The list does not have the deliveries about the judgement of the user's own department (`recusal_terms` in `inbox.py`).
Not here: the user's own notices (`inbox.py`), and the sending (`notifications/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from console.display_names import DisplayNames, read_display_names
from console.web import paging
from console.web.display.delivery_words import CHANNEL_TITLES, STATE_WORDS
from console.web.display.spreadsheets import table_download
from console.web.forms.submitting import submit
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from notifications.notices.groups import NOTICE_GROUPS
from notifications.notices.notice import Notice, notice_from_json, with_account_names
from states.streams import CLOCK_TIME
from states.vocabulary import Text
from storage.post import deliveries, pauses
from storage.post.deliveries import Delivery, DeliveryState
from workflow.fence import confirmation

from .inbox import recusal_terms

pages = Pages()

_PAGE_SIZE, _MOST_SAVED = 100, 20_000
_HEADS = (
    Text(zh="台账记录", en="Entry"), Text(zh="发给", en="To"), Text(zh="渠道", en="Channel"), Text(zh="内容", en="Notice"),
    Text(zh="状态", en="Status"), Text(zh="生成时间", en="Made"), Text(zh="发出时间", en="Sent"), Text(zh="次数", en="Tries"),
)  # fmt: skip


class DeliveryView(Struct, frozen=True):
    """One delivery: the names of recipient and channel, the notice as a sentence, the state as a light and a word."""

    to: str
    channel: Text
    notice: str
    light: str
    word: Text
    delivery: Delivery


class _NameLookup(Struct, frozen=True):
    """Looks up the names of departments, roles and accounts. `accounts` has the names of accounts by id."""

    names: DisplayNames
    accounts: Mapping[str, str]

    def notice_text(self, notice: Notice) -> str:
        """The sentence of a notice. It names who acts, not whom it is about: others than its readers see this list."""
        return self.names.notice_text(with_account_names(notice, self.names.units, self.accounts))

    def recipients(self, text: str) -> list[str]:
        """The ids of the recipients (accounts, departments, roles) whose id is this text or whose name contains it."""
        titles = {**self.accounts, **{f"unit:{id_}": title for id_, title in self.names.units.items()}}
        titles |= {role.key: role.title.text.render(self.names.language) for role in self.names.rulebook.role}
        return [id_ for id_, title in titles.items() if text in title or text == id_.removeprefix("unit:")]


@pages.get("/deliveries", view="deliveries")
def show(request: PageRequest) -> Response:
    filters = {name: request.query.get(name, "") for name in ("state", "channel", "group", "unit", "to")}
    lookup = _NameLookup(
        read_display_names(request.database, request.rulebook, request.user.language), request.account_names
    )
    terms = _search_terms(request, filters, lookup)
    states = [state for state in deliveries.STATES if state == filters["state"]]
    total = deliveries.count(request.database, state=states or None, **terms)
    page = paging.page_of(request.query.get("page", ""), total, _PAGE_SIZE)
    selected_deliveries = deliveries.search(request.database, states, limit=_PAGE_SIZE, skip=page.skip, **terms)
    totals = _totals(request)
    return request.answer.page(
        "deliveries.html",
        rows=[_row(delivery, lookup) for delivery in selected_deliveries],
        totals=totals,
        words=STATE_WORDS,
        channels=CHANNEL_TITLES,
        filters=filters,
        groups=NOTICE_GROUPS,
        units=lookup.names.units,
        page=page,
        query="".join(f"{urlencode({name: value})}&" for name, value in filters.items() if value),
        paused=list(pauses.all_pauses(request.database).values()),
        undelivered_count=sum(totals[state] for state in deliveries.UNDELIVERED_STATES),
        queued=request.query.get("done", ""),
    )


@pages.get("/deliveries.xlsx", view="deliveries", reauthenticates=True)
def download(request: PageRequest) -> Response:
    """The deliveries that the filters select, the newest `_MOST_SAVED` of them, as a workbook."""
    filters = {name: request.query.get(name, "") for name in ("state", "channel", "group", "unit", "to")}
    lookup = _NameLookup(
        read_display_names(request.database, request.rulebook, request.user.language), request.account_names
    )
    states = [state for state in deliveries.STATES if state == filters["state"]]
    selected = deliveries.search(
        request.database, states, limit=_MOST_SAVED, skip=0, **_search_terms(request, filters, lookup)
    )
    say, moment = request.format.text, request.format.moment
    rows = [
        (row.delivery.number, row.to, say(row.channel), row.notice, say(row.word), moment(row.delivery.made_at),
         moment(row.delivery.sent_at) if row.delivery.sent_at else "", row.delivery.attempts)
        for row in (_row(delivery, lookup) for delivery in selected)
    ]  # fmt: skip
    title = Text(zh="通知发送", en="Deliveries")
    return table_download(request, "deliveries", "xlsx", title, [say(head) for head in _HEADS], rows)


def _search_terms(request: PageRequest, filters: Mapping[str, str], lookup: _NameLookup) -> dict[str, Any]:
    """The search terms of all filters except the state, and of the recusal.

    An unknown channel or group is ignored. An unknown department or recipient selects no delivery.
    """
    return {
        "channel": filters["channel"] if filters["channel"] in CHANNEL_TITLES else None,
        "kind": NOTICE_GROUPS[filters["group"]].kinds if filters["group"] in NOTICE_GROUPS else None,
        "unit": filters["unit"] or None,
        "recipient": lookup.recipients(filters["to"]) if filters["to"] else None,
        "without": recusal_terms(request),
    }


def _totals(request: PageRequest) -> dict[DeliveryState, int]:
    """The number of deliveries in each state, over all channels."""
    counts = deliveries.counts(request.database)
    return {
        state: sum(count for (_, state_of_count), count in counts.items() if state_of_count == state)
        for state in deliveries.STATES
    }


def _row(delivery: Delivery, lookup: _NameLookup) -> DeliveryView:
    light, word = STATE_WORDS[delivery.state]
    return DeliveryView(
        to=lookup.accounts.get(delivery.recipient) or lookup.names.recipient(delivery.recipient),
        channel=CHANNEL_TITLES.get(delivery.channel, Text(zh=delivery.channel, en=delivery.channel)),
        notice=lookup.notice_text(notice_from_json(delivery.notice)),
        light=light,
        word=word,
        delivery=delivery,
    )


@pages.post("/deliveries/retry", view="deliveries")
def retry(request: PageRequest) -> Response:
    """Queue undelivered deliveries again, or end the pause of a channel.

    If the form names a channel, its pause ends. If it names a message, the undelivered deliveries of this message are
    queued again; if it names neither, all undelivered deliveries are.
    """
    if channel := request.form.text("channel"):
        changed = pauses.end(request.database, channel)
    else:
        changed = deliveries.retry(request.database, request.now, request.form.text("message") or None)
    request.log_security("deliveries_retried", detail=str(changed))
    return request.answer.redirect(f"/deliveries?done={changed}")


@pages.post("/deliveries/time", view="deliveries")
def confirm_time(request: PageRequest) -> Response:
    """Record that the user confirms the time of the machine's clock, if the time is in doubt."""
    if request.clock_doubt is not None:
        command, beside = confirmation(request.clock_doubt)
        submit(request, CLOCK_TIME, command, beside=beside)
        request.log_security(
            "time_confirmed", detail=f"{request.clock_doubt.last.isoformat()} {request.clock_doubt.now.isoformat()}"
        )
    return request.answer.redirect("/deliveries")
