"""通知发送: what was sent to whom by which channel, what became of it, and what was given up and can be tried again."""

from __future__ import annotations

from msgspec import Struct
from starlette.responses import Response

from console.names import names
from console.routes import Pages
from console.visit import Visit
from notifications.notices import read
from states.confirmed_time import STREAM
from states.vocabulary import Text
from storage import deliveries, pauses
from storage.deliveries import Delivery, State
from workflow.fence import confirmation

pages = Pages()

WORDS: dict[State, tuple[str, Text]] = {
    "queued": ("wait", Text(zh="待发", en="queued")),
    "claimed": ("now", Text(zh="发送中", en="under way")),
    "sent": ("done", Text(zh="已发", en="sent")),
    "failed": ("soon", Text(zh="未成，将重试", en="failed, to be tried again")),
    "unknown": ("soon", Text(zh="不明，将重试", en="unknown, to be tried again")),
    "superseded": ("wait", Text(zh="作废", en="superseded")),
    "undelivered": ("late", Text(zh="未送达，待处理", en="not delivered, see to it")),
    "dead": ("late", Text(zh="地址不存在", en="no such address")),
}
"""Each state's light and word."""

CHANNELS = {
    "inbox": Text(zh="站内", en="inbox"), "mail": Text(zh="邮件", en="mail"), "wecom": Text(zh="企业微信", en="WeCom"),
    "dingtalk": Text(zh="钉钉", en="DingTalk"), "feishu": Text(zh="飞书", en="Feishu"),
}  # fmt: skip
MOST = 200


class Sent(Struct, frozen=True):
    """One delivery as the page shows it."""

    to: str
    channel: Text
    said: str
    light: str
    word: Text
    delivery: Delivery


@pages.get("/deliveries", view="deliveries")
def show(visit: Visit) -> Response:
    asked = visit.request.query_params
    state, channel = asked.get("state", ""), asked.get("channel", "")
    states = [one for one in deliveries.STATES if one == state]
    found = deliveries.listed(visit.database, states, channel if channel in CHANNELS else None, limit=MOST)
    counted = deliveries.counts(visit.database)
    totals = {one: sum(n for (_, held), n in counted.items() if held == one) for one in deliveries.STATES}
    return visit.page(
        "deliveries.html", rows=_rows(visit, found), totals=totals, words=WORDS, channels=CHANNELS, state=state,
        channel=channel, most=MOST, waiting=list(pauses.listed(visit.database).values()),
        given_up=sum(totals[one] for one in deliveries.GIVEN_UP), done=asked.get("done", ""),
    )  # fmt: skip


@pages.post("/deliveries/retry", view="deliveries")
def retry(visit: Visit) -> Response:
    """Put what was given up back in the queue: one message, or all; or let a channel that waits try at once."""
    if channel := visit.field("channel"):
        count = pauses.end(visit.database, channel)
    else:
        count = deliveries.retry(visit.database, visit.now, visit.field("message") or None)
    visit.log("deliveries_retried", what=str(count))
    return visit.to(f"/deliveries?done={count}")


@pages.post("/deliveries/time", view="deliveries")
def confirm_time(visit: Visit) -> Response:
    """A person says that the machine's clock reads the right time; the clock goes on."""
    if visit.doubt is not None:
        command, beside = confirmation(visit.doubt)
        visit.submit(STREAM, command, beside=beside)
        visit.log("time_confirmed", what=f"{visit.doubt.last.isoformat()} {visit.doubt.now.isoformat()}")
    return visit.to("/deliveries")


def _rows(visit: Visit, found: list[Delivery]) -> list[Sent]:
    called = names(visit.database, visit.rulebook, visit.language)
    return [
        Sent(
            called.recipient(one.recipient), CHANNELS.get(one.channel, Text(zh=one.channel, en=one.channel)),
            called.said(read(one.said)), *WORDS[one.state], one,
        )
        for one in found
    ]  # fmt: skip
