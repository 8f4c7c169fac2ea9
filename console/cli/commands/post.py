"""`kaohe post`: what was sent to whom, and what was not delivered."""

from __future__ import annotations

import json
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from config.clock import SystemClock
from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.options import AsJson, DatabaseUrl, Lang, WrongOption
from console.cli.screen import DELIVERY_STATES, on_screen
from console.display_names import names
from notifications.channels.from_settings import channels_from_settings
from notifications.channels.message import MaybeSent, Message, NotSent
from notifications.notices.notice import notice_from_json as read_notice
from states.vocabulary import Text
from storage.database.database import Database
from storage.post import deliveries, pauses

_Channel = Literal["mail", "wecom", "dingtalk", "feishu"]


def list_deliveries(
    state: Annotated[list[str] | None, typer.Option(), Text(zh="只列这一状态的；可多次", en="Only deliveries in this state; repeatable")] = None,
    channel: Annotated[Literal["inbox", "mail", "wecom", "dingtalk", "feishu"] | None, typer.Option(), Text(zh="只列这一渠道的", en="Only those of this channel")] = None,
    to: Annotated[str | None, typer.Option(), Text(zh="只列这一收件人的", en="Only those to this recipient")] = None,
    stream: Annotated[str | None, typer.Option(), Text(zh="只列这一项考核的，如 assessment/2026/u-01", en="Only those of one assessment, such as assessment/2026/u-01")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000), Text(zh="最多列出几件", en="How many to list at most")] = 50,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen:
        unknown = [one for one in state or () if one not in deliveries.STATES]
        if unknown:
            keys = " ".join(deliveries.STATES)
            why = Text(zh=f"没有这个状态，请用其中之一：{keys}", en=f"there is no such state; use one of {keys}")
            raise WrongOption(option=f"--state {unknown[0]}", why=why)
        states = [one for one in deliveries.STATES if one in (state or ())]
        settings = Settings()
        rulebook = default_edition(settings.rulebook).rulebook
        with Database.open(database or settings.database, read_only=True) as opened:
            found = deliveries.search(opened, states, channel, stream, to, limit)
            called = names(opened, rulebook, screen.language)
        if as_json:
            print(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=1))
            return
        zone = ZoneInfo(rulebook.timezone)
        table = screen.table(
            ("通知发送", "Deliveries"), ("台账", "Entry"), ("时间", "Time"), ("收件人", "To"), ("渠道", "Channel"),
            ("状态", "State"), ("内容", "Content"),
        )  # fmt: skip
        for one in found:
            reason = f"\n{one.response.render(screen.language)}" if one.response else ""
            content = called.notice_text(read_notice(one.notice)) + reason
            at = f"{(one.sent_at or one.made_at).astimezone(zone):%m-%d %H:%M}"
            recipient, state_title = called.recipient(one.recipient), screen.pick(*DELIVERY_STATES[one.state])
            table.add_row(str(one.number), at, recipient, one.channel, state_title, content)
        screen.console.print(table)


def retry(
    message: Annotated[str | None, typer.Argument(), Text(zh="消息编号；不写则为全部未送达的", en="Id of the message; all that were not delivered if not given")] = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen, Database.open(database or Settings().database) as opened:
        count = deliveries.retry(opened, SystemClock().now(), message)
        pauses.end(opened)
        screen.say(
            f"已重新排队 {count} 件，定时服务下一轮发送。",
            f"{count} messages are in the queue again; the daemon sends them at its next tick.",
        )


def rewind(
    number: Annotated[int, typer.Argument(min=1), Text(zh="从第几号记录起", en="Number of the first entry to read again")],
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen, Database.open(database or Settings().database) as opened:
        deliveries.rewind(opened, number)
        after = deliveries.cursor(opened)
        screen.say(
            f"将从第 {after + 1} 号记录起重新读取，定时服务下一轮补发缺少的通知。",
            f"The daemon reads the ledger again from entry {after + 1}; at its next tick it sends the notices that are missing.",
        )


def send_test(
    channel: Annotated[_Channel, typer.Argument(), Text(zh="渠道", en="Channel")],
    to: Annotated[str, typer.Option(), Text(zh="收件地址（邮件须有）", en="Address of the recipient; needed for mail")] = "",
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen:
        clock = SystemClock()
        channels = channels_from_settings(Settings(), clock)
        if channel not in channels:
            known = list(channels)
            screen.say(
                f"渠道 {channel} 没有设置；已设置：{'、'.join(known) or '无'}。设置方法见 docs/operating.md。",
                f"The channel {channel} is not set up; set up: {', '.join(known) or 'none'}. See docs/operating.md.",
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


def _as_json(one: deliveries.Delivery) -> dict[str, object]:
    notice = read_notice(one.notice)
    return {
        "number": one.number, "item": one.item, "to": one.recipient, "channel": one.channel, "state": one.state,
        "message": one.message, "attempts": one.attempts, "told": one.response and {"zh": one.response.zh, "en": one.response.en},
        "kind": notice.kind, "unit": notice.unit, "made_at": one.made_at.isoformat(),
        "sent_at": one.sent_at and one.sent_at.isoformat(), "next_at": one.next_at and one.next_at.isoformat(),
    }  # fmt: skip
