"""Finds paused channels, notices that were not delivered (a warning), and entries whose notices are missing."""

from __future__ import annotations

from console.cli.screen import Screen
from notifications.outbox import SPAN, entries_without_notice
from storage.ledger.ledger import Ledger
from storage.post import deliveries, pauses


def check(screen: Screen, ledger: Ledger) -> int:
    """Print the findings. Only the last `SPAN` entries are searched for missing notices.

    Returns the number of faults: one for each paused channel, and one if notices are missing.
    """
    database = ledger.database
    paused = pauses.all_pauses(database).values()
    for pause in paused:
        screen.say(
            f"✗ 渠道 {pause.channel} 暂停发送，信件都在排队：请核对 {pause.setting}。对方答复：{pause.why.zh} 改好后运行 kaohe post retry",
            f"✗ The channel {pause.channel} is paused and its letters wait: check {pause.setting}. The server answered: {pause.why.en} "
            "Then run `kaohe post retry`",
            "red",
        )
    undelivered = sum(
        count for (_, state), count in deliveries.counts(database).items() if state in deliveries.UNDELIVERED_STATES
    )
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
