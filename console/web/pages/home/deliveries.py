"""通知发送: the list of all deliveries of notices, with recipient, channel and result.

A delivery that was given up can be queued again from this page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from console.display_names import DisplayNames, account_names, read_display_names
from console.web import paging
from console.web.display.delivery_words import CHANNEL_TITLES, STATE_WORDS
from console.web.forms.submitting import submit
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from notifications.notices.groups import NOTICE_GROUPS
from notifications.notices.notice import notice_from_json
from states.custody.confirmed_time import STREAM
from states.vocabulary import Text
from storage.post import deliveries, pauses
from storage.post.deliveries import Delivery, DeliveryState
from workflow.fence import confirmation

from .inbox import recusal_terms

pages = Pages()

_PAGE_SIZE = 100


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

    def recipients(self, text: str) -> list[str]:
        """The recipients (accounts, departments and roles) with this text as their id or in their name."""
        titles = {**self.accounts, **{f"unit:{id_}": title for id_, title in self.names.units.items()}}
        titles |= {role.key: role.title.text.render(self.names.language) for role in self.names.rulebook.role}
        return [id_ for id_, title in titles.items() if text in title or text == id_.removeprefix("unit:")]


@pages.get("/deliveries", view="deliveries")
def show(request: PageRequest) -> Response:
    filters = {name: request.query.get(name, "") for name in ("state", "channel", "group", "unit", "to")}
    lookup = _NameLookup(
        read_display_names(request.database, request.rulebook, request.user.language), account_names(request.database)
    )
    terms = _search_terms(request, filters, lookup)
    states = [state for state in deliveries.STATES if state == filters["state"]]
    total = deliveries.count(request.database, state=states or None, **terms)
    page = paging.page_of(request.query.get("page", ""), total, _PAGE_SIZE)
    rows = deliveries.search(request.database, states, limit=_PAGE_SIZE, skip=page.skip, **terms)
    totals = _totals(request)
    return request.answer.page(
        "deliveries.html",
        rows=[_row(delivery, lookup) for delivery in rows],
        totals=totals,
        words=STATE_WORDS,
        channels=CHANNEL_TITLES,
        filters=filters,
        groups=NOTICE_GROUPS,
        units=lookup.names.units,
        page=page,
        query="".join(f"{urlencode({name: value})}&" for name, value in filters.items() if value),
        paused=list(pauses.all_pauses(request.database).values()),
        given_up=sum(totals[state] for state in deliveries.UNDELIVERED_STATES),
        done=request.query.get("done", ""),
    )


def _search_terms(request: PageRequest, filters: Mapping[str, str], lookup: _NameLookup) -> dict[str, Any]:
    """The filters as search terms, without the state. A filter with an unknown value accepts every delivery."""
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
        notice=lookup.names.notice_text(notice_from_json(delivery.notice)),
        light=light,
        word=word,
        delivery=delivery,
    )


@pages.post("/deliveries/retry", view="deliveries")
def retry(request: PageRequest) -> Response:
    """Queue one or all given-up deliveries again, or end the pause of a channel so that it sends at once."""
    if channel := request.form.text("channel"):
        count = pauses.end(request.database, channel)
    else:
        count = deliveries.retry(request.database, request.now, request.form.text("message") or None)
    request.log_security("deliveries_retried", detail=str(count))
    return request.answer.redirect(f"/deliveries?done={count}")


@pages.post("/deliveries/time", view="deliveries")
def confirm_time(request: PageRequest) -> Response:
    """Record that the user confirms the time of the machine's clock. The scheduler continues after that."""
    if request.clock_doubt is not None:
        command, beside = confirmation(request.clock_doubt)
        submit(request, STREAM, command, beside=beside)
        request.log_security(
            "time_confirmed", detail=f"{request.clock_doubt.last.isoformat()} {request.clock_doubt.now.isoformat()}"
        )
    return request.answer.redirect("/deliveries")
