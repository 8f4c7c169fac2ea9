"""`kaohe scheduler`: the daemon, whether it is running, this machine's time confirmed, and a year rehearsed."""

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
from console.cli.options import AsJson, DatabaseUrl, Lang, MetricsPort, Year
from console.cli.screen import DELIVERY_STATES, Screen, on_screen
from console.display_names import DisplayNames
from console.web.command_ids import new_id
from scheduler import forecast
from scheduler import wiring as clock_wiring
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
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        settings, clock, metrics = Settings(), SystemClock(), DaemonMetrics()
        with wiring.compose_engine(database or settings.database, clock, default_edition(settings.rulebook)) as engine:
            daemon = clock_wiring.daemon(engine, settings, metrics=metrics, every=timedelta(seconds=every))
            if once:
                done = daemon.once()
                _print_tick(screen, done)
                raise typer.Exit(1 if done.failed else 0)
            if metrics_port is not None:
                metrics.serve(metrics_port)
            daemon.run()
            # A second signal that comes while the program ends must not make of a clean end a failed one.
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)


def status(database: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    with on_screen(lang) as screen, Database.open(database or Settings().database, read_only=True) as opened:
        now = SystemClock().now()
        holder, silent, time_in_doubt = lease.read(opened), silent_for(opened, now), doubt_about(opened, now)
        if as_json:
            counts = {f"{channel} {state}": n for (channel, state), n in sorted(deliveries.counts(opened).items())}
            values = {
                "owner": holder.owner, "term": holder.term, "beat_at": holder.beat_at and holder.beat_at.isoformat(),
                "silent": silent is not None, "doubted": time_in_doubt is not None, "failed": holder.failed,
                "deliveries": counts,
            }  # fmt: skip
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
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        settings, now = Settings(), SystemClock().now()
        with wiring.compose_engine(
            database or settings.database, SystemClock(), default_edition(settings.rulebook)
        ) as engine:
            found = engine.fence.doubt(now)
            if found is None:
                screen.say(
                    "时间没有疑问，不必确认。", "The time is not in doubt; there is nothing to confirm.", "green"
                )
                return
            command, beside = confirmation(found)
            engine.submit(STREAM, command, OPERATOR, new_id("confirm-time"), beside=beside)
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
    begins: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"]),
        Text(zh="起始日；默认今天", en="First day; today if not given"),
    ] = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        settings = Settings()
        edition = default_edition(settings.rulebook)
        zone = ZoneInfo(edition.rulebook.timezone)
        start = SystemClock().now() if begins is None else begins.replace(tzinfo=zone).astimezone(UTC)
        with wiring.open_database(database or settings.database, read_only=True) as opened:
            shown = forecast.rehearse(opened, edition, year, settings, start)
        if ics is not None:
            private_files.write(ics, forecast.calendar(shown, year, screen.language, settings.origin))
        called = DisplayNames(shown.units, edition.rulebook, screen.language)
        if as_json:
            print(json.dumps(_as_json(shown, called, zone), ensure_ascii=False, indent=1))
        else:
            _show(screen, shown, called, zone)


def _print_doubt(screen: Screen, found: TimeDoubt) -> None:
    screen.say(
        f"✗ 本机时间存疑：现在是 {found.now:%Y-%m-%d %H:%M} UTC，上次是 {found.last:%Y-%m-%d %H:%M} UTC。定时服务已停止办理。"
        "请核对时间；如时间正确，请运行 kaohe scheduler confirm-time。",
        f"✗ This machine's time is in doubt: it is {found.now:%Y-%m-%d %H:%M} UTC now, and it was "
        f"{found.last:%Y-%m-%d %H:%M} UTC last time. The daemon does nothing. Check the time; if it is right, run `kaohe scheduler confirm-time`.",
        "red",
    )


def _print_tick(screen: Screen, done: Tick) -> None:
    if done.idle and not done.failed:
        screen.say("另有定时服务在运行，本次未做任何事。", "Another daemon is running; nothing was done.", "yellow")
        return
    sent = sum(done.delivered.values())
    failed = "、".join(done.failed)
    screen.say(
        f"到期 {done.due} 项，写入台账 {done.written} 条，新增投递 {done.gathered} 件，处理消息 {sent} 封"
        + (f"，封存至第 {done.sealed} 号" if done.sealed else "")
        + (f"；失败：{failed}（见日志）" if failed else "。"),
        f"{done.due} assessments due, {done.written} entries written, {done.gathered} deliveries made, {sent} messages handled"
        + (f", sealed to entry {done.sealed}" if done.sealed else "")
        + (f"; failed: {failed} (see the log)" if failed else "."),
        "red" if failed else None,
    )


def _as_json(shown: forecast.Forecast, called: DisplayNames, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "begins": shown.begins.isoformat(),
        "ends": shown.ends.isoformat(),
        "ticks": shown.ticks,
        "provisional": list(shown.provisional),
        "deadlines": [
            {"stage": d.stage, "title": d.title.render(called.language), "due": d.due.isoformat(), "unit": d.unit}
            for d in shown.deadlines
        ],
        "notices": [
            {
                "at": s.at.astimezone(zone).isoformat(timespec="minutes"), "to": s.recipient, "channel": s.channel,
                "end": s.end, "why": s.why and s.why.render(called.language), "kind": s.notice.kind, "unit": s.notice.unit,
                "said": called.notice_text(s.notice),
            }
            for s in shown.notices
        ],
    }  # fmt: skip


def _show(screen: Screen, shown: forecast.Forecast, called: DisplayNames, zone: ZoneInfo) -> None:
    made = screen.table(
        ("预演：谁会在何时收到什么", "Rehearsal: who would receive what, when"), ("时间", "Time"), ("收件人", "To"),
        ("渠道", "Channel"), ("结果", "Outcome"), ("内容", "Content"),
    )  # fmt: skip
    for said in shown.notices:
        words = called.notice_text(said.notice) + (f" [{said.why.render(called.language)}]" if said.why else "")
        made.add_row(
            f"{said.at.astimezone(zone):%Y-%m-%d %H:%M}",
            called.recipient(said.recipient),
            said.channel,
            screen.pick(*DELIVERY_STATES[said.end]),
            words,
        )
    screen.console.print(made)
    for number in shown.provisional:
        screen.say(
            f"! {number} 年放假安排未定，工作日暂按周末和法定节假日推算",
            f"! The working days of {number} are provisional",
            "yellow",
        )
