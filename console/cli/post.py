"""`kaohe post …` and `kaohe contacts …`: what was sent to whom, what would not go out, and who hears for which role."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from config.clock import SystemClock
from config.rulebooks import Edition
from config.settings import Settings
from notifications.channels.from_settings import channels_from_settings
from notifications.channels.message import MaybeSent, Message, NotSent
from notifications.contacts import contact_of_row, read_contacts
from notifications.notices.notice import notice_from_json as read_notice
from notifications.outbox import SPAN, entries_without_notice
from states.accounts.account import OPERATOR
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.post import deliveries, pauses
from storage.post.contacts import all_contacts
from workflow import wiring
from workflow.contacts import replace

from .names import names
from .screen import AsJson, DatabaseUrl, Lang, Screen, on_screen

post = typer.Typer(no_args_is_help=True, help="投递 · the post")
people = typer.Typer(no_args_is_help=True, help="联系人 · who hears for which role")

STATES = {
    "queued": ("待发", "queued"), "claimed": ("发送中", "under way"), "sent": ("已发", "sent"),
    "failed": ("未成，将重试", "failed, to be tried again"), "unknown": ("不明，将重试", "unknown, to be tried again"),
    "superseded": ("未发（已有更新）", "not sent: replaced by a newer notice"), "undelivered": ("未送达，待处理", "not delivered: needs attention"),
    "dead": ("地址不存在", "no such address"),
}  # fmt: skip


@post.command("list")
def listed(
    state: Annotated[list[str] | None, typer.Option(help=" | ".join(deliveries.STATES))] = None,
    channel: Annotated[str | None, typer.Option(help="inbox | mail | wecom | dingtalk | feishu")] = None,
    to: Annotated[str | None, typer.Option(help="收件人 · recipient")] = None,
    stream: Annotated[str | None, typer.Option(help="assessment/2026/u-01")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """最近的投递：发给谁、结果如何 · the latest deliveries and what became of them."""
    with on_screen(lang) as screen:
        unknown = [one for one in state or [] if one not in deliveries.STATES]
        if unknown:
            raise typer.BadParameter(f"--state {unknown[0]}: {' | '.join(deliveries.STATES)}")
        with Database.open(database or Settings().database, read_only=True) as opened:
            found = deliveries.search(opened, state or (), channel, stream, to, limit)
            called = names(opened, _edition().rulebook, screen.language)
        zone = ZoneInfo(called.rulebook.timezone)
        if as_json:
            print(json.dumps([_plain(one) for one in found], ensure_ascii=False, indent=1))
            return
        made = screen.table(
            ("投递", "Deliveries"), ("台账", "Entry"), ("时间", "When"), ("收件人", "To"), ("渠道", "By"),
            ("状态", "State"), ("内容", "What"),
        )  # fmt: skip
        for one in found:
            what = called.said(read_notice(one.notice)) + (
                f"\n{one.response.render(screen.language)}" if one.response else ""
            )
            at = f"{(one.sent_at or one.made_at).astimezone(zone):%m-%d %H:%M}"
            to_whom, state_said = called.recipient(one.recipient), screen.pick(*STATES[one.state])
            made.add_row(str(one.number), at, to_whom, one.channel, state_said, what)
        screen.console.print(made)


@post.command("retry")
def retry(
    message: Annotated[str | None, typer.Argument(help="消息编号；不写则全部 · its id; all if not given")] = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """把未送达的投递重新排队，并让暂停的渠道立即再试 · queue again what was given up; channels that wait try at once."""
    with on_screen(lang) as screen, Database.open(database or Settings().database) as opened:
        done = deliveries.retry(opened, SystemClock().now(), message)
        pauses.end(opened)
        screen.say(
            f"已重新排队 {done} 件，定时服务下一轮发送。", f"{done} back in the queue; the next tick sends them."
        )


@post.command("rewind")
def rewind(
    number: Annotated[int, typer.Argument(min=1, help="从第几号记录起 · from this entry on")],
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """从某条记录起重新生成投递；已有的不重复 · read the ledger again from an entry on; what was sent is not sent twice."""
    with on_screen(lang) as screen, Database.open(database or Settings().database) as opened:
        deliveries.rewind(opened, number)
        after = deliveries.cursor(opened)
        screen.say(
            f"投递将从第 {after + 1} 号记录起读取，定时服务下一轮补发缺少的通知。",
            f"The post reads from entry {after + 1} on; the next tick sends the notices that are missing.",
        )


@post.command("test")
def try_out(
    channel: Annotated[str, typer.Argument(help="mail | wecom | dingtalk | feishu")],
    to: Annotated[str, typer.Option(help="邮件地址 · an address of mail")] = "",
    lang: Lang = None,
) -> None:
    """发一条测试消息；退出码 1 未发出，2 须改设置 · send a test; exit 1: not sent, 2: a setting has to be mended."""
    with on_screen(lang) as screen:
        clock = SystemClock()
        channels = channels_from_settings(Settings(), clock)
        if channel not in channels:
            known = "、".join(channels) or "无"
            screen.say(
                f"渠道 {channel} 没有设置；已设置：{known}。设置方法见 docs/operating.md。",
                f"The channel {channel} is not set up; set up: {', '.join(channels) or 'none'}. See docs/operating.md.",
                "red",
            )
            raise typer.Exit(2)
        if channel == "mail" and not to:
            raise typer.BadParameter("--to: 请给出收件地址 / give an address")
        said = screen.pick("【考核】测试消息，收到即说明此渠道可用。", "[Kaohe] A test: this channel works.")
        try:
            channels[channel].send(Message(f"test-{clock.now():%Y%m%d%H%M%S%f}", to, said, said + "\n"))
        except (NotSent, MaybeSent) as error:
            screen.told(error)
            raise typer.Exit(2 if isinstance(error, NotSent) and error.cause == "ours" else 1) from error
        screen.say("已发出。", "Sent.", "green")


def look_at(screen: Screen, ledger: Ledger) -> int:
    """For the doctor: the channels that wait for us, what was given up, what the post passed over; how many faults."""
    database = ledger.database
    waiting = pauses.all_pauses(database).values()
    for one in waiting:
        screen.say(
            f"✗ 渠道 {one.channel} 暂停发送，信件都在排队：请核对 {one.setting}。对方答复：{one.why.zh} 改好后运行 kaohe post retry",
            f"✗ The channel {one.channel} waits, and every letter with it: look at {one.setting}. It answered: {one.why.en} "
            "Then run `kaohe post retry`",
            "red",
        )
    given_up = sum(n for (_, state), n in deliveries.counts(database).items() if state in deliveries.GIVEN_UP)
    if given_up:
        screen.say(
            f"! 有 {given_up} 件通知未送达，详见 kaohe post list --state undelivered --state dead",
            f"! {given_up} notices were not delivered; `kaohe post list --state undelivered --state dead` shows them",
            "yellow",
        )
    over = entries_without_notice(ledger)
    if over:
        screen.say(
            f"✗ 最近 {SPAN} 条记录中，有 {len(over)} 条的通知未入通知箱，最早为第 {over[0]} 号：投递记录被删除，或投递位置被前移。补发请运行 kaohe post rewind {over[0]}",
            f"✗ Of the last {SPAN} entries, {len(over)} have notices that are in no inbox, the first is entry {over[0]}: deliveries were "
            f"deleted, or the post's cursor was set forward. `kaohe post rewind {over[0]}` sends them",
            "red",
        )
    return len(waiting) + bool(over)


@people.command("import")
def imported(file: Path, database: DatabaseUrl = None, lang: Lang = None) -> None:
    """以文件内容替换全部联系人 · let the file's be all the contacts."""
    with on_screen(lang) as screen:
        found = read_contacts(file, {role.key: role for role in _edition().rulebook.role})
        with wiring.engine(database or Settings().database, SystemClock(), _edition()) as engine:
            replace(engine, [one.row() for one in found], OPERATOR)
        screen.say(f"已导入联系人 {len(found)} 位。", f"{len(found)} contacts imported.", "green")


@people.command("list")
def contacts_listed(database: DatabaseUrl = None, lang: Lang = None) -> None:
    """联系人 · the contacts."""
    with on_screen(lang) as screen:
        with wiring.opened(database or Settings().database, read_only=True) as opened:
            found = [contact_of_row(row) for row in all_contacts(opened)]
            called = names(opened, _edition().rulebook, screen.language)
        made = screen.table(
            ("联系人", "Contacts"), ("账号", "Account"), ("角色", "Roles"), ("部门", "Unit"), ("语言", "Language"),
            ("渠道", "Channels"), ("邮箱", "Mail"),
        )  # fmt: skip
        for one in found:
            made.add_row(
                one.account,
                screen.pick("、", ", ").join(map(called.recipient, one.roles)),
                called.unit(one.unit) if one.unit else "—",
                one.language,
                " ".join(one.channels),
                one.email or "—",
            )
        screen.console.print(made)


def _edition() -> Edition:
    return wiring.default_edition(Settings().rulebook)


def _plain(one: deliveries.Delivery) -> dict[str, object]:
    notice = read_notice(one.notice)
    return {
        "number": one.number, "item": one.item, "to": one.recipient, "channel": one.channel, "state": one.state,
        "message": one.message, "attempts": one.attempts, "told": one.response and {"zh": one.response.zh, "en": one.response.en}, "kind": notice.kind, "unit": notice.unit,
        "made_at": one.made_at.isoformat(), "sent_at": one.sent_at and one.sent_at.isoformat(),
        "next_at": one.next_at and one.next_at.isoformat(),
    }  # fmt: skip
