"""`kaohe scheduler`: runs the daemon, shows its status, confirms this machine's time, and rehearses a year.

A rehearsal runs on a copy of the database; it writes only the calendar file of `--ics`. Not here: what the daemon does
(`scheduler/daemon.py`).
"""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from config.clock import SystemClock
from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.engine import open_engine
from console.cli.options import AsJson, DatabaseUrl, Lang, MetricsPort, Year
from console.cli.screen import DELIVERY_STATES, Screen, on_screen
from console.display_names import DisplayNames
from console.web.command_ids import new_id
from scheduler import forecast
from scheduler import wiring as daemon_wiring
from scheduler.counters import DaemonMetrics
from scheduler.daemon import INTERVAL, LONGEST_INTERVAL, Tick, silent_for
from states.accounts.account import OPERATOR
from states.custody.confirmed_time import STREAM
from states.vocabulary import Text
from storage import lease, private_files
from storage.database.database import Database
from storage.post import deliveries
from workflow import wiring
from workflow.fence import TimeDoubt, confirmation, doubt_about


def run(
    once: Annotated[
        bool, typer.Option("--once"), Text(zh="只运行一轮，供 cron 使用", en="One tick only, for cron")
    ] = False,
    every: Annotated[
        float, typer.Option(min=1, max=LONGEST_INTERVAL.seconds), Text(zh="每轮间隔秒数", en="Seconds between ticks")
    ] = INTERVAL.seconds,
    metrics_port: MetricsPort = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        settings, metrics = Settings(), DaemonMetrics()
        with open_engine(url) as engine:
            daemon = daemon_wiring.compose_daemon(engine, settings, metrics=metrics, every=timedelta(seconds=every))
            if once:
                tick = daemon.once()
                _print_tick(screen, tick)
                raise typer.Exit(1 if tick.failed else 0)
            if metrics_port is not None:
                metrics.serve(metrics_port)
            daemon.run()
            # The daemon has ended cleanly. A second signal must not change the exit code while the program ends.
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)


def status(url: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    with on_screen(lang) as screen, Database.open(url or Settings().database, read_only=True) as database:
        now = SystemClock().now()
        holder, silent, time_in_doubt = lease.read(database), silent_for(database, now), doubt_about(database, now)
        if as_json:
            counts = sorted(deliveries.counts(database).items())
            values = {
                "owner": holder.owner,
                "term": holder.term,
                "beat_at": holder.beat_at and holder.beat_at.isoformat(),
                "silent": silent is not None,
                "doubted": time_in_doubt is not None,
                "failed": holder.failed,
                "deliveries": {f"{channel} {state}": count for (channel, state), count in counts},
            }
            print(json.dumps(values, ensure_ascii=False))
        elif holder.beat_at is None:
            screen.say(
                "✗ 定时服务从未运行。请启动 kaohe scheduler run。",
                "✗ The daemon has never run. Start `kaohe scheduler run`.",
                "red",
            )
        elif time_in_doubt is not None:
            _print_doubt(screen, time_in_doubt)
        elif silent is not None:
            screen.say(
                f"✗ 定时服务自 {holder.beat_at:%Y-%m-%d %H:%M} UTC 起停摆。请检查 kaohe scheduler run 是否在运行。",
                f"✗ The daemon has given no sign of life since {holder.beat_at:%Y-%m-%d %H:%M} UTC. Check whether `kaohe scheduler run` is running.",
                "red",
            )
        elif holder.failed:
            parts = " ".join(holder.failed)
            screen.say(
                f"✗ 定时服务在运行，但上一轮有事项未能办理（{parts}）。请查看日志中的 failed。",
                f"✗ The daemon is running, but a part of its last round failed ({parts}). Look for “failed” in the log.",
                "red",
            )
        else:
            screen.say(
                f"✓ 定时服务运行正常（{holder.owner}，第 {holder.term} 任）",
                f"✓ The daemon is running ({holder.owner}, term {holder.term})",
                "green",
            )
        raise typer.Exit(1 if silent is not None or holder.failed else 0)


def confirm_time(
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        now = SystemClock().now()
        with open_engine(url) as engine:
            doubt = engine.fence.doubt(now)
            if doubt is None:
                screen.say(
                    "时间没有疑问，不必确认。", "The time is not in doubt; there is nothing to confirm.", "green"
                )
                return
            command, rows = confirmation(doubt)
            engine.submit(STREAM, command, OPERATOR, new_id("confirm-time"), beside=rows)
        screen.say(
            f"已确认：现在是 {now:%Y-%m-%d %H:%M} UTC。定时服务从下一轮起恢复办理。",
            f"Confirmed: it is {now:%Y-%m-%d %H:%M} UTC. The daemon goes on at its next tick.",
            "green",
        )


def rehearse(
    year: Year,
    ics: Annotated[
        Path | None,
        typer.Option(),
        Text(zh="把期限写成此日历文件（iCalendar）", en="File for the deadlines as a calendar (iCalendar)"),
    ] = None,
    first_day: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"]),
        Text(zh="起始日；默认今天", en="First day; today if not given"),
    ] = None,
    url: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        settings = Settings()
        edition = default_edition(settings.rulebook)
        zone = ZoneInfo(edition.rulebook.timezone)
        start = SystemClock().now() if first_day is None else first_day.replace(tzinfo=zone).astimezone(UTC)
        with wiring.open_database(url or settings.database, read_only=True) as database:
            rehearsal = forecast.rehearse(database, edition, year, settings, start)
        if ics is not None:
            private_files.write(ics, forecast.calendar(rehearsal, year, screen.language, settings.origin))
        display_names = DisplayNames(rehearsal.units, edition.rulebook, screen.language)
        if as_json:
            print(json.dumps(_as_json(rehearsal, display_names, zone), ensure_ascii=False, indent=1))
        else:
            _print_notices(screen, rehearsal, display_names, zone)
            _print_provisional(screen, rehearsal)


def _print_doubt(screen: Screen, doubt: TimeDoubt) -> None:
    screen.say(
        f"✗ 本机时间存疑：现在是 {doubt.now:%Y-%m-%d %H:%M} UTC，上次是 {doubt.last:%Y-%m-%d %H:%M} UTC。定时服务已停止办理。"
        "请核对时间；如时间正确，请运行 kaohe scheduler confirm-time。",
        f"✗ This machine's time is in doubt: it is {doubt.now:%Y-%m-%d %H:%M} UTC now, and it was "
        f"{doubt.last:%Y-%m-%d %H:%M} UTC last time. The daemon does nothing. Check the time; if it is right, run `kaohe scheduler confirm-time`.",
        "red",
    )


def _print_tick(screen: Screen, tick: Tick) -> None:
    if tick.idle and not tick.failed:
        screen.say("另有定时服务在运行，本次未做任何事。", "Another daemon is running; nothing was done.", "yellow")
        return
    sent = sum(tick.delivered.values())
    failed = "、".join(tick.failed)
    screen.say(
        f"到期 {tick.due} 项，写入台账 {tick.written} 条，新增投递 {tick.gathered} 件，处理消息 {sent} 封"
        + (f"，封存至第 {tick.sealed} 号" if tick.sealed else "")
        + (f"；失败：{failed}（见日志）" if failed else "。"),
        f"{tick.due} assessments due, {tick.written} entries written, {tick.gathered} deliveries made, {sent} messages handled"
        + (f", sealed to entry {tick.sealed}" if tick.sealed else "")
        + (f"; failed: {failed} (see the log)" if failed else "."),
        "red" if failed else None,
    )


def _as_json(rehearsal: forecast.Forecast, display_names: DisplayNames, zone: ZoneInfo) -> dict[str, Any]:
    language = display_names.language
    return {
        "begins": rehearsal.start.isoformat(),
        "ends": rehearsal.end.isoformat(),
        "ticks": rehearsal.ticks,
        "provisional": list(rehearsal.provisional),
        "deadlines": [
            {
                "stage": deadline.stage,
                "title": deadline.title.render(language),
                "due": deadline.due.isoformat(),
                "unit": deadline.unit,
            }
            for deadline in rehearsal.deadlines
        ],
        "notices": [
            {
                "at": delivery.at.astimezone(zone).isoformat(timespec="minutes"),
                "to": delivery.recipient,
                "channel": delivery.channel,
                "end": delivery.state,
                "why": delivery.why and delivery.why.render(language),
                "kind": delivery.notice.kind,
                "unit": delivery.notice.unit,
                "said": display_names.notice_text(delivery.notice),
            }
            for delivery in rehearsal.notices
        ],
    }


def _print_notices(screen: Screen, rehearsal: forecast.Forecast, display_names: DisplayNames, zone: ZoneInfo) -> None:
    table = screen.table(
        ("预演：谁会在何时收到什么", "Rehearsal: who would receive what, when"),
        ("时间", "Time"),
        ("收件人", "To"),
        ("渠道", "Channel"),
        ("结果", "Outcome"),
        ("内容", "Content"),
    )
    for delivery in rehearsal.notices:
        reason = f" [{delivery.why.render(display_names.language)}]" if delivery.why else ""
        table.add_row(
            f"{delivery.at.astimezone(zone):%Y-%m-%d %H:%M}",
            display_names.recipient(delivery.recipient),
            delivery.channel,
            screen.pick(*DELIVERY_STATES[delivery.state]),
            display_names.notice_text(delivery.notice) + reason,
        )
    screen.console.print(table)


def _print_provisional(screen: Screen, rehearsal: forecast.Forecast) -> None:
    for year in rehearsal.provisional:
        screen.say(
            f"! {year} 年放假安排未定，工作日暂按周末和法定节假日推算",
            f"! The working days of {year} are provisional",
            "yellow",
        )
