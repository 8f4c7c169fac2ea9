"""Checks the calendar of working days, the machine's time, and that the daemon is running. Prints only warnings."""

from __future__ import annotations

from config.clock import SystemClock
from console.cli.screen import Screen
from scheduler.daemon import silent_for
from workflow.calendar import working_days
from workflow.engine import Engine
from workflow.fence import doubt_about


def check(screen: Screen, engine: Engine) -> None:
    """Warn of provisional working days in this year and the next, of a time in doubt, or of a daemon that has stopped.

    While the time is in doubt, the daemon is not checked.
    """
    database, now = engine.ledger.database, SystemClock().now()
    days = working_days(database)
    for year in (now.year, now.year + 1):
        if days.is_provisional(year):
            screen.say(
                f"! {year} 年放假安排未定，工作日暂按周末和法定节假日推算；公布后请用 kaohe calendar import 导入",
                f"! The working days of {year} are provisional; run `kaohe calendar import` once the holidays are published",
                "yellow",
            )
    if doubt_about(database, now, engine.ledger.head().recorded_at) is not None:
        screen.say(
            "! 本机时间存疑，定时服务已停止办理：请核对时间；如时间正确，请运行 kaohe scheduler confirm-time",
            "! This machine's time is in doubt, so the daemon does nothing: check the time; if it is right, run `kaohe scheduler confirm-time`",
            "yellow",
        )
    elif silent_for(database, now) is not None:
        screen.say(
            "! 定时服务没有在运行：提醒和否决不会发出，请启动 kaohe scheduler run",
            "! The daemon is not running: no reminder and no veto is issued; start `kaohe scheduler run`",
            "yellow",
        )
