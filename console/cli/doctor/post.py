"""Paused channels, undelivered notices, and entries whose notices were never made."""

from __future__ import annotations

from console.cli.screen import Screen
from notifications.outbox import SPAN, entries_without_notice
from storage.ledger.ledger import Ledger
from storage.post import deliveries, pauses


def check(screen: Screen, ledger: Ledger) -> int:
    """Returns the number of faults: paused channels, and one if entries were skipped."""
    database = ledger.database
    paused = pauses.all_pauses(database).values()
    for one in paused:
        screen.say(
            f"✗ 渠道 {one.channel} 暂停发送，信件都在排队：请核对 {one.setting}。对方答复：{one.why.zh} 改好后运行 kaohe post retry",
            f"✗ The channel {one.channel} is paused and its letters wait: check {one.setting}. The server answered: {one.why.en} "
            "Then run `kaohe post retry`",
            "red",
        )
    undelivered = sum(n for (_, state), n in deliveries.counts(database).items() if state in deliveries.GIVEN_UP)
    if undelivered:
        screen.say(
            f"! 有 {undelivered} 件通知未送达，详见 kaohe post list --state undelivered --state dead",
            f"! {undelivered} notices were not delivered; `kaohe post list --state undelivered --state dead` lists them",
            "yellow",
        )
    skipped = entries_without_notice(ledger)
    if skipped:
        screen.say(
            f"✗ 最近 {SPAN} 条记录中，有 {len(skipped)} 条的通知未入通知箱，最早为第 {skipped[0]} 号：投递记录被删除，或投递位置被前移。补发请运行 kaohe post rewind {skipped[0]}",
            f"✗ Of the last {SPAN} entries, {len(skipped)} have notices that are in no inbox; the first is entry {skipped[0]}. Deliveries were "
            f"deleted, or the position of the daemon in the ledger was moved forward. `kaohe post rewind {skipped[0]}` sends them",
            "red",
        )
    return len(paused) + bool(skipped)
