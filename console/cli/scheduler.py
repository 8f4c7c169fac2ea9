"""`kaohe scheduler …` and `kaohe calendar …`: the daemon, its health, a year rehearsed, and the working days."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from config.calendars import table
from config.clock import SystemClock
from config.settings import Settings
from console.web.command_ids import new_id
from scheduler import forecast, wiring
from scheduler.counters import Metrics
from scheduler.daemon import EVERY, SELDOM, silent_for
from states.accounts.account import OPERATOR
from states.custody.confirmed_time import STREAM
from states.vocabulary import Actor
from storage import lease, private_files
from storage.database.database import Database
from storage.post import deliveries
from workflow import calendar
from workflow import wiring as below
from workflow.fence import Doubt, confirmation, doubt

from .names import Names
from .post import STATES
from .screen import AsJson, DatabaseUrl, Lang, Screen, on_screen

scheduler = typer.Typer(no_args_is_help=True, help="定时服务 · the clock: reminders, vetoes, the post")
days = typer.Typer(no_args_is_help=True, help="工作日 · working days")


@scheduler.command("run")
def run(
    once: Annotated[bool, typer.Option("--once", help="只运行一次，供 cron 使用 · one tick, for cron")] = False,
    every: Annotated[
        float, typer.Option(min=1, max=SELDOM.seconds, help="间隔秒数 · seconds between ticks")
    ] = EVERY.seconds,
    metrics_port: Annotated[int | None, typer.Option(min=1, max=65535, help="本机 /metrics · on loopback")] = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """运行定时服务：开年、提醒、督办、否决、发送 · run the daemon until it is told to stop."""
    with on_screen(lang) as screen:
        settings, clock, metrics = Settings(), SystemClock(), Metrics()
        with below.engine(database or settings.database, clock, below.default_edition(settings.rulebook)) as engine:
            daemon = wiring.daemon(engine, settings, metrics=metrics, every=timedelta(seconds=every))
            if once:
                done = daemon.once()
                _ticked(screen, done)
                raise typer.Exit(1 if done.failed else 0)
            if metrics_port is not None:
                metrics.serve(metrics_port)
            daemon.run()


@scheduler.command("status")
def status(database: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """定时服务是否在运行；停摆则退出码为 1 · is the clock alive; exit 1 if it is silent."""
    with on_screen(lang) as screen, Database.open(database or Settings().database, read_only=True) as opened:
        held, silent = lease.read(opened), silent_for(opened, SystemClock().now())
        found = doubt(opened, SystemClock().now())
        waiting = {f"{channel} {state}": n for (channel, state), n in sorted(deliveries.counts(opened).items())}
        if as_json:
            said = {"owner": held.owner, "term": held.term, "beat_at": held.beat_at and held.beat_at.isoformat()}
            print(
                json.dumps(
                    {
                        **said,
                        "silent": silent is not None,
                        "doubted": found is not None,
                        "failed": held.failed,
                        "deliveries": waiting,
                    },
                    ensure_ascii=False,
                )
            )
        elif held.beat_at is None:
            screen.say(
                "✗ 定时服务从未运行。请启动 kaohe scheduler run。",
                "✗ The clock has never run. Start `kaohe scheduler run`.",
                "red",
            )
        elif found is not None:
            _say_doubt(screen, found)
        elif silent is not None:
            screen.say(
                f"✗ 定时服务自 {held.beat_at:%Y-%m-%d %H:%M} UTC 起停摆。请检查 kaohe scheduler run 是否在运行。",
                f"✗ The clock has been silent since {held.beat_at:%Y-%m-%d %H:%M} UTC. See whether `kaohe scheduler run` is up.",
                "red",
            )
        elif held.failed:
            parts = " ".join(held.failed)
            screen.say(
                f"✗ 定时服务在运行，但上一轮有事项未能办理（{parts}）。请查看日志中的 failed。",
                f"✗ The clock is alive, but part of its last round failed ({parts}). Look for “failed” in the log.",
                "red",
            )
        else:
            screen.say(
                f"✓ 定时服务运行正常（{held.owner}，第 {held.term} 任）",
                f"✓ The clock is alive ({held.owner}, term {held.term})",
                "green",
            )
        raise typer.Exit(1 if silent is not None or held.failed else 0)


@scheduler.command("confirm-time")
def confirm_time(
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """确认本机时间正确，定时服务恢复办理 · say that the machine's time is right; the clock goes on."""
    with on_screen(lang) as screen:
        settings, now = Settings(), SystemClock().now()
        with below.engine(
            database or settings.database, SystemClock(), below.default_edition(settings.rulebook)
        ) as engine:
            found = engine.fence.doubt(now)
            if found is None:
                screen.say("时间没有疑问，不必确认。", "The time is not in doubt; nothing to confirm.", "green")
                return
            command, beside = confirmation(found)
            engine.submit(STREAM, command, OPERATOR, new_id("confirm-time"), beside=beside)
        screen.say(
            f"已确认：现在是 {now:%Y-%m-%d %H:%M} UTC。定时服务从下一轮起恢复办理。",
            f"Confirmed: it is {now:%Y-%m-%d %H:%M} UTC. The clock goes on with its next tick.",
            "green",
        )


@scheduler.command("rehearse")
def rehearse(
    year: Annotated[int, typer.Option(min=2000, max=2200)],
    ics: Annotated[Path | None, typer.Option(help="另存期限日历 · write the deadlines as iCalendar")] = None,
    begins: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="起始日 · from which day on")
    ] = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """预演：谁在何日由何渠道收到什么（不写库、不发送） · a year on a copy: who would hear what, when."""
    with on_screen(lang) as screen:
        settings = Settings()
        edition = below.default_edition(settings.rulebook)
        zone = ZoneInfo(edition.rulebook.timezone)
        start = SystemClock().now() if begins is None else begins.replace(tzinfo=zone).astimezone(UTC)
        with below.opened(database or settings.database, read_only=True) as opened:
            shown = forecast.rehearse(opened, edition, year, settings, start)
        if ics is not None:
            private_files.write(ics, forecast.calendar(shown, year, screen.language, settings.origin))
        called = Names(shown.units, edition.rulebook, screen.language)
        if as_json:
            print(json.dumps(_plain(shown, called, zone), ensure_ascii=False, indent=1))
        else:
            _show(screen, shown, called, zone)


@days.command("import")
def adopt(
    file: Annotated[Path, typer.Argument(help="holiday-cn 格式的 JSON · a JSON file of that form")],
    actor: Annotated[str, typer.Option(help="经办账号 · account id")] = "office-1",
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """导入一年的放假安排，并据此调整暂计的期限 · import a year's days off; provisional deadlines are re-dated."""
    with on_screen(lang) as screen:
        settings = Settings()
        read = table(_bytes(file), file.name)
        with below.engine(
            database or settings.database, SystemClock(), below.default_edition(settings.rulebook)
        ) as engine:
            moved = calendar.adopt(engine, read, Actor(actor, "office"))
            stages = engine.editions.in_force.rulebook.stages
        screen.say(
            f"已导入 {read.year} 年放假安排，共 {len(read.days)} 天。",
            f"{read.year}: {len(read.days)} days imported.",
            "green",
        )
        for one in moved:
            why, title = one.refused, stages[one.stage].title.text
            screen.say(
                f"  {one.year} 年度“{title.zh}”期限 {one.before} → {one.after}"
                + (f"，未调整：{why.render('zh')}" if why else ""),
                f"  {one.year} {title.en}: {one.before} → {one.after}"
                + (f", not moved: {why.render('en')}" if why else ""),
                "yellow" if why else None,
            )
        raise typer.Exit(1 if any(one.refused for one in moved) else 0)


@days.command("show")
def show_days(year: int, database: DatabaseUrl = None, lang: Lang = None) -> None:
    """某年是否已有放假安排 · is a year's table known, and what it frees."""
    with on_screen(lang) as screen, Database.open(database or Settings().database, read_only=True) as opened:
        known = calendar.working_days(opened)
        if known.is_provisional(year):
            screen.say(
                f"{year} 年放假安排未定，工作日暂按周末和法定节假日推算，调休以通知为准。",
                f"{year} is provisional: weekends and the holidays fixed by law; days moved are not known yet.",
                "yellow",
            )
        every = [date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)]
        free = [d for d in every if d.weekday() < 5 and not known.is_working(d)]
        worked = [d for d in every if d.weekday() >= 5 and known.is_working(d)]
        screen.say(f"放假：{'、'.join(map(str, free)) or '无'}", f"free: {', '.join(map(str, free)) or 'none'}")
        screen.say(
            f"调休上班：{'、'.join(map(str, worked)) or '无'}",
            f"worked weekends: {', '.join(map(str, worked)) or 'none'}",
        )


def _say_doubt(screen: Screen, found: Doubt) -> None:
    screen.say(
        f"✗ 本机时间存疑：现在是 {found.now:%Y-%m-%d %H:%M} UTC，上次是 {found.last:%Y-%m-%d %H:%M} UTC。定时服务已停止办理。"
        "请核对时间；如时间正确，请运行 kaohe scheduler confirm-time。",
        f"✗ The machine's time is in doubt: it reads {found.now:%Y-%m-%d %H:%M} UTC and was last seen at "
        f"{found.last:%Y-%m-%d %H:%M} UTC. The clock does nothing. Check the time; if it is right: kaohe scheduler confirm-time.",
        "red",
    )


def _ticked(screen: Screen, done: Any) -> None:
    if done.idle and not done.failed:
        screen.say("另有定时服务在运行，本次未做任何事。", "Another clock is at work; nothing was done.", "yellow")
        return
    sent = sum(done.delivered.values())
    failed = "、".join(done.failed)
    screen.say(
        f"到期 {done.due} 项，写入台账 {done.written} 条，新增投递 {done.gathered} 件，处理消息 {sent} 封"
        + (f"，封存至第 {done.sealed} 号" if done.sealed else "")
        + (f"；失败：{failed}（见日志）" if failed else "。"),
        f"{done.due} due, {done.written} entries written, {done.gathered} deliveries made, {sent} messages handled"
        + (f", sealed to entry {done.sealed}" if done.sealed else "")
        + (f"; failed: {failed} (see the log)" if failed else "."),
        "red" if failed else None,
    )


def _plain(shown: forecast.Forecast, called: Names, zone: ZoneInfo) -> dict[str, Any]:
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
                "said": called.said(s.notice),
            }
            for s in shown.said
        ],
    }  # fmt: skip


def _show(screen: Screen, shown: forecast.Forecast, called: Names, zone: ZoneInfo) -> None:
    made = screen.table(
        ("预演：谁会在何时收到什么", "Rehearsal: who would hear what, when"), ("时间", "When"), ("收件人", "To"),
        ("渠道", "By"), ("结果", "End"), ("内容", "What"),
    )  # fmt: skip
    for said in shown.said:
        words = called.said(said.notice) + (f" [{said.why.render(called.language)}]" if said.why else "")
        made.add_row(
            f"{said.at.astimezone(zone):%Y-%m-%d %H:%M}",
            called.recipient(said.recipient),
            said.channel,
            screen.pick(*STATES[said.end]),
            words,
        )
    screen.console.print(made)
    for number in shown.provisional:
        screen.say(
            f"! {number} 年放假安排未定，工作日暂按周末和法定节假日推算",
            f"! working days of {number} are provisional",
            "yellow",
        )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from error
