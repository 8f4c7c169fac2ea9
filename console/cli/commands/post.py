"""`kaohe post`: lists the deliveries, queues undelivered ones again, moves the post back in the ledger, sends a test.

`retry` also ends all pauses of channels. `rewind` makes the daemon read the ledger again from an entry on; only missing
deliveries are then made. Not here: the sending of letters (`notifications/post.py`), which the daemon does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from config.clock import SystemClock
from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.options import AsJson, DatabaseUrl, Lang, WrongOption
from console.cli.screen import DELIVERY_STATES, Screen, on_screen
from console.display_names import DisplayNames, read_display_names
from notifications.channels.from_settings import channels_from_settings
from notifications.channels.message import MaybeSent, Message, NotSent
from notifications.notices.notice import notice_from_json as read_notice
from states.vocabulary import Text
from storage.database.database import Database
from storage.post import deliveries, pauses

_Channel = Literal["mail", "wecom", "dingtalk", "feishu"]


def list_deliveries(
    state: Annotated[
        list[str] | None,
        typer.Option(),
        Text(zh="只列这一状态的；可多次", en="Only deliveries in this state; repeatable"),
    ] = None,
    channel: Annotated[
        Literal["inbox", "mail", "wecom", "dingtalk", "feishu"] | None,
        typer.Option(),
        Text(zh="只列这一渠道的", en="Only those of this channel"),
    ] = None,
    to: Annotated[str | None, typer.Option(), Text(zh="只列这一收件人的", en="Only those to this recipient")] = None,
    stream: Annotated[
        str | None,
        typer.Option(),
        Text(
            zh="只列这一项考核的，如 assessment/2026/u-01",
            en="Only those of one assessment, such as assessment/2026/u-01",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=100_000), Text(zh="最多列出几件", en="How many to list at most")
    ] = 50,
    url: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        states = _known_states(state or [])
        settings = Settings()
        rulebook = default_edition(settings.rulebook).rulebook
        with Database.open(url or settings.database, read_only=True) as database:
            matching = deliveries.search(database, states, channel, stream, to, limit)
            display_names = read_display_names(database, rulebook, screen.language)
        if as_json:
            print(json.dumps([_as_json(delivery) for delivery in matching], ensure_ascii=False, indent=1))
            return
        _print_deliveries(screen, matching, display_names, ZoneInfo(rulebook.timezone))


def _known_states(keys: list[str]) -> list[str]:
    """The states of `--state`, each once. Raises WrongOption."""
    unknown = [key for key in keys if key not in deliveries.STATES]
    if unknown:
        states = " ".join(deliveries.STATES)
        reason = Text(zh=f"没有这个状态，请用其中之一：{states}", en=f"there is no such state; use one of {states}")
        raise WrongOption(option=f"--state {unknown[0]}", why=reason)
    return [state for state in deliveries.STATES if state in keys]


def _print_deliveries(
    screen: Screen, matching: Sequence[deliveries.Delivery], display_names: DisplayNames, zone: ZoneInfo
) -> None:
    table = screen.table(
        ("通知发送", "Deliveries"),
        ("台账", "Entry"),
        ("时间", "Time"),
        ("收件人", "To"),
        ("渠道", "Channel"),
        ("状态", "State"),
        ("内容", "Content"),
    )
    for delivery in matching:
        response = f"\n{delivery.response.render(screen.language)}" if delivery.response else ""
        content = display_names.notice_text(read_notice(delivery.notice)) + response
        time = f"{(delivery.sent_at or delivery.made_at).astimezone(zone):%m-%d %H:%M}"
        recipient = display_names.recipient(delivery.recipient)
        state_title = screen.pick(*DELIVERY_STATES[delivery.state])
        table.add_row(str(delivery.number), time, recipient, delivery.channel, state_title, content)
    screen.console.print(table)


def retry(
    message: Annotated[
        str | None,
        typer.Argument(),
        Text(zh="消息编号；不写则为全部未送达的", en="Id of the message; all that were not delivered if not given"),
    ] = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, Database.open(url or Settings().database) as database:
        count = deliveries.retry(database, SystemClock().now(), message)
        pauses.end(database)
        screen.say(
            f"已重新排队 {count} 件，定时服务下一轮发送。",
            f"{count} messages are in the queue again; the daemon sends them at its next tick.",
        )


def rewind(
    number: Annotated[
        int, typer.Argument(min=1), Text(zh="从第几号记录起", en="Number of the first entry to read again")
    ],
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, Database.open(url or Settings().database) as database:
        deliveries.rewind(database, number)
        last_read = deliveries.cursor(database)
        screen.say(
            f"将从第 {last_read + 1} 号记录起重新读取，定时服务下一轮补发缺少的通知。",
            f"The daemon reads the ledger again from entry {last_read + 1}; at its next tick it sends the notices that are missing.",
        )


def send_test(
    channel: Annotated[_Channel, typer.Argument(), Text(zh="渠道", en="Channel")],
    to: Annotated[
        str, typer.Option(), Text(zh="收件地址（邮件须有）", en="Address of the recipient; needed for mail")
    ] = "",
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        clock = SystemClock()
        channels = channels_from_settings(Settings(), clock)
        if channel not in channels:
            configured = list(channels)
            screen.say(
                f"渠道 {channel} 没有设置；已设置：{'、'.join(configured) or '无'}。设置方法见 docs/operating.md。",
                f"The channel {channel} is not set up; set up: {', '.join(configured) or 'none'}. See docs/operating.md.",
                "red",
            )
            raise typer.Exit(2)
        if channel == "mail" and not to:
            raise WrongOption(option="--to", why=Text(zh="请给出收件地址", en="give the address of the recipient"))
        text = screen.pick("【考核】测试消息，收到即说明此渠道可用。", "[Kaohe] A test: this channel works.")
        try:
            channels[channel].send(Message(f"test-{clock.now():%Y%m%d%H%M%S%f}", to, text, text + "\n"))
        except (NotSent, MaybeSent) as error:
            screen.error(error)
            raise typer.Exit(2 if isinstance(error, NotSent) and error.cause == "ours" else 1) from error
        screen.say("已发出。", "Sent.", "green")


def _as_json(delivery: deliveries.Delivery) -> dict[str, object]:
    response, sent_at, next_at = delivery.response, delivery.sent_at, delivery.next_at
    notice = read_notice(delivery.notice)
    return {
        "number": delivery.number,
        "item": delivery.item,
        "to": delivery.recipient,
        "channel": delivery.channel,
        "state": delivery.state,
        "message": delivery.message,
        "attempts": delivery.attempts,
        "told": response and {"zh": response.zh, "en": response.en},
        "kind": notice.kind,
        "unit": notice.unit,
        "made_at": delivery.made_at.isoformat(),
        "sent_at": sent_at and sent_at.isoformat(),
        "next_at": next_at and next_at.isoformat(),
    }
