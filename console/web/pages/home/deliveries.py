"""通知发送: what was sent to whom by which channel, what became of it, and what was given up and can be tried again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from console.display_names import DisplayNames, account_names, names
from console.web import paging
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

WORDS: dict[DeliveryState, tuple[str, Text]] = {
    "queued": ("wait", Text(zh="待发", en="queued")),
    "claimed": ("now", Text(zh="发送中", en="under way")),
    "sent": ("done", Text(zh="已发", en="sent")),
    "failed": ("soon", Text(zh="未成，将重试", en="failed, will be tried again")),
    "unknown": ("soon", Text(zh="不明，将重试", en="unknown, will be tried again")),
    "superseded": ("wait", Text(zh="未发（已有更新）", en="not sent: replaced by a newer notice")),
    "undelivered": ("late", Text(zh="未送达，待处理", en="not delivered: needs attention")),
    "dead": ("late", Text(zh="地址不存在", en="no such address")),
}
"""Each state's light and word."""

CHANNELS = {
    "inbox": Text(zh="站内", en="inbox"), "mail": Text(zh="邮件", en="mail"), "wecom": Text(zh="企业微信", en="WeCom"),
    "dingtalk": Text(zh="钉钉", en="DingTalk"), "feishu": Text(zh="飞书", en="Feishu"),
}  # fmt: skip
PAGE = 100
"""Deliveries on one page."""


class Sent(Struct, frozen=True):
    """One delivery as the page shows it."""

    to: str
    channel: Text
    said: str
    light: str
    word: Text
    delivery: Delivery


@pages.get("/deliveries", view="deliveries")
def show(request: PageRequest) -> Response:
    asked = {name: request.query.get(name, "") for name in ("state", "channel", "group", "unit", "to")}
    called, people_ = names(request.database, request.rulebook, request.user.language), account_names(request.database)
    wanted: dict[str, Any] = {
        "state": asked["state"] if asked["state"] in deliveries.STATES else None,
        "channel": asked["channel"] if asked["channel"] in CHANNELS else None,
        "kind": NOTICE_GROUPS[asked["group"]].kinds if asked["group"] in NOTICE_GROUPS else None,
        "unit": asked["unit"] or None,
        "recipient": _recipients(asked["to"], people_, called) if asked["to"] else None,
        "without": judging_own_unit(request),
    }
    page = paging.page(request.query.get("page", ""), deliveries.count(request.database, **wanted), PAGE)
    states = [state] if (state := wanted.pop("state")) else []
    found = deliveries.search(request.database, states, limit=PAGE, skip=page.skip, **wanted)
    counted = deliveries.counts(request.database)
    totals = {one: sum(n for (_, held), n in counted.items() if held == one) for one in deliveries.STATES}
    return request.answer.page(
        "deliveries.html", rows=_rows(found, called, people_), totals=totals, words=WORDS, channels=CHANNELS, asked=asked,
        groups=NOTICE_GROUPS, units=called.units, page=page, query="".join(f"{urlencode({k: v})}&" for k, v in asked.items() if v),
        waiting=list(pauses.all_pauses(request.database).values()), given_up=sum(totals[one] for one in deliveries.GIVEN_UP),
        done=request.query.get("done", ""),
    )  # fmt: skip


def _recipients(typed: str, people_: Mapping[str, str], called: DisplayNames) -> list[str]:
    """The accounts, units and roles whose id or name has in it what was typed."""
    known = {**people_, **{f"unit:{id_}": title for id_, title in called.units.items()}}
    known |= {role.key: role.title.text.render(called.language) for role in called.rulebook.role}
    return [id_ for id_, name in known.items() if typed in name or typed == id_.removeprefix("unit:")]


@pages.post("/deliveries/retry", view="deliveries")
def retry(request: PageRequest) -> Response:
    """Put what was given up back in the queue: one message, or all; or let a channel that waits try at once."""
    if channel := request.form.text("channel"):
        count = pauses.end(request.database, channel)
    else:
        count = deliveries.retry(request.database, request.now, request.form.text("message") or None)
    request.log_security("deliveries_retried", what=str(count))
    return request.answer.redirect(f"/deliveries?done={count}")


@pages.post("/deliveries/time", view="deliveries")
def confirm_time(request: PageRequest) -> Response:
    """A person says that the machine's clock reads the right time; the clock goes on."""
    if request.clock_doubt is not None:
        command, beside = confirmation(request.clock_doubt)
        submit(request, STREAM, command, beside=beside)
        request.log_security(
            "time_confirmed", what=f"{request.clock_doubt.last.isoformat()} {request.clock_doubt.now.isoformat()}"
        )
    return request.answer.redirect("/deliveries")


def _rows(found: list[Delivery], called: DisplayNames, people_: Mapping[str, str]) -> list[Sent]:
    return [
        Sent(
            people_.get(one.recipient) or called.recipient(one.recipient),
            CHANNELS.get(one.channel, Text(zh=one.channel, en=one.channel)), called.notice_text(notice_from_json(one.notice)), *WORDS[one.state], one,
        )
        for one in found
    ]  # fmt: skip
