"""通知发送: every delivery of a notice: to whom, by which channel, with which result.

What was given up can be queued again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from console.display_names import DisplayNames, account_names, names
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

from .inbox import judging_own_unit

pages = Pages()

_PAGE_SIZE = 100


class DeliveryView(Struct, frozen=True):
    """One delivery: names of recipient and channel, the notice as a sentence, the state as a light and a word."""

    to: str
    channel: Text
    notice: str
    light: str
    word: Text
    delivery: Delivery


class _Names(Struct, frozen=True):
    """The names of departments, roles and accounts, in the user's language."""

    names: DisplayNames
    accounts: Mapping[str, str]

    def recipients(self, typed: str) -> list[str]:
        """The accounts, departments and roles that have this id, or have what was typed in their name."""
        titles = {**self.accounts, **{f"unit:{id_}": title for id_, title in self.names.units.items()}}
        titles |= {role.key: role.title.text.render(self.names.language) for role in self.names.rulebook.role}
        return [id_ for id_, title in titles.items() if typed in title or typed == id_.removeprefix("unit:")]


@pages.get("/deliveries", view="deliveries")
def show(request: PageRequest) -> Response:
    filters = {name: request.query.get(name, "") for name in ("state", "channel", "group", "unit", "to")}
    known = _Names(names(request.database, request.rulebook, request.user.language), account_names(request.database))
    terms = _search_terms(request, filters, known)
    states = [state for state in deliveries.STATES if state == filters["state"]]
    total = deliveries.count(request.database, state=states or None, **terms)
    page = paging.page_of(request.query.get("page", ""), total, _PAGE_SIZE)
    rows = deliveries.search(request.database, states, limit=_PAGE_SIZE, skip=page.skip, **terms)
    totals = _totals(request)
    return request.answer.page(
        "deliveries.html",
        rows=[_row(one, known) for one in rows],
        totals=totals,
        words=STATE_WORDS,
        channels=CHANNEL_TITLES,
        filters=filters,
        groups=NOTICE_GROUPS,
        units=known.names.units,
        page=page,
        query="".join(f"{urlencode({k: v})}&" for k, v in filters.items() if v),
        paused=list(pauses.all_pauses(request.database).values()),
        given_up=sum(totals[state] for state in deliveries.GIVEN_UP),
        done=request.query.get("done", ""),
    )


def _search_terms(request: PageRequest, filters: Mapping[str, str], known: _Names) -> dict[str, Any]:
    """The filters as terms of a search, except the state. A value that no filter knows filters nothing."""
    return {
        "channel": filters["channel"] if filters["channel"] in CHANNEL_TITLES else None,
        "kind": NOTICE_GROUPS[filters["group"]].kinds if filters["group"] in NOTICE_GROUPS else None,
        "unit": filters["unit"] or None,
        "recipient": known.recipients(filters["to"]) if filters["to"] else None,
        "without": judging_own_unit(request),
    }


def _totals(request: PageRequest) -> dict[DeliveryState, int]:
    """How many deliveries are in each state, over all channels."""
    counts = deliveries.counts(request.database)
    return {state: sum(n for (_, of), n in counts.items() if of == state) for state in deliveries.STATES}


def _row(delivery: Delivery, known: _Names) -> DeliveryView:
    light, word = STATE_WORDS[delivery.state]
    return DeliveryView(
        to=known.accounts.get(delivery.recipient) or known.names.recipient(delivery.recipient),
        channel=CHANNEL_TITLES.get(delivery.channel, Text(zh=delivery.channel, en=delivery.channel)),
        notice=known.names.notice_text(notice_from_json(delivery.notice)),
        light=light,
        word=word,
        delivery=delivery,
    )


@pages.post("/deliveries/retry", view="deliveries")
def retry(request: PageRequest) -> Response:
    """Queue one or all messages again that were given up; or end the pause of a channel, so that it tries at once."""
    if channel := request.form.text("channel"):
        count = pauses.end(request.database, channel)
    else:
        count = deliveries.retry(request.database, request.now, request.form.text("message") or None)
    request.log_security("deliveries_retried", what=str(count))
    return request.answer.redirect(f"/deliveries?done={count}")


@pages.post("/deliveries/time", view="deliveries")
def confirm_time(request: PageRequest) -> Response:
    """A person confirms that the machine's clock reads the right time; the scheduler then goes on."""
    if request.clock_doubt is not None:
        command, beside = confirmation(request.clock_doubt)
        submit(request, STREAM, command, beside=beside)
        request.log_security(
            "time_confirmed", what=f"{request.clock_doubt.last.isoformat()} {request.clock_doubt.now.isoformat()}"
        )
    return request.answer.redirect("/deliveries")
