"""`kaohe year open` and `kaohe year close`: a year opened for the departments of a roster file, and closed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from config.clock import SystemClock
from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.options import OFFICE_ACCOUNT, ByAccount, DatabaseUrl, Due, Lang, due_dates
from console.cli.screen import Screen, on_screen
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.vocabulary import Actor, Text, Words
from states.year.year import CloseYear
from storage import queries
from workflow import roster, wiring
from workflow import year as years
from workflow.calendar import working_days
from workflow.year import YearDates, deadlines_of

_Number = Annotated[
    int, typer.Argument(metavar="YEAR", min=2000, max=2200), Text(zh="考核年度", en="Year of assessment")
]


def open_year(
    number: _Number,
    roster_file: Annotated[Path, typer.Option("--roster"), Text(zh="部门名册文件（TOML）", en="File of the departments (TOML)")],
    due: Due = None,
    accept: Annotated[bool, typer.Option("--accept-proposed"), Text(zh="采用建议的期限", en="Use the deadlines that are proposed")] = False,
    actor: ByAccount = OFFICE_ACCOUNT,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen:
        units, dates, settings = roster.read(roster_file), due_dates(due or []), Settings()
        edition = default_edition(settings.rulebook)
        with wiring.compose_engine(database or settings.database, SystemClock(), edition) as engine:
            days = working_days(engine.ledger.database)
            found, rulebook = deadlines_of(engine, number, days.is_working), engine.editions.in_force.rulebook
            if accept:
                dates = {**found.proposed, **dates}
            started = {row.unit for row in queries.assessments(engine.ledger.database, number) if row.occasion is None}
            late = {stage: day for stage, day in found.late.items() if stage not in dates}
            if late and any(unit.unit not in started for unit in units):
                _propose(screen, late, found, rulebook)
                raise typer.Exit(1)
            done = years.open_year(engine, number, units, Actor(actor, "office"), days.is_working, dates)
        screen.say(
            f"{number} 年度：新启动 {len(done.opened)} 个部门，已启动 {len(done.before)} 个，未能启动 {len(done.refused)} 个。",
            f"{number}: {len(done.opened)} assessments opened, {len(done.before)} were open before, {len(done.refused)} were refused.",
        )
        for stream, refusal in done.refused.items():
            screen.say(f"  {stream}：{refusal.render('zh')}", f"  {stream}: {refusal.render('en')}", "red")
        if days.is_provisional(number):
            screen.say(
                f"{number} 年放假安排未定：截止日期按周末和法定节假日暂计，调休以通知为准。",
                f"The holidays of {number} are not published yet: the deadlines are provisional.",
                "yellow",
            )
        raise typer.Exit(1 if done.refused else 0)


def close_year(
    number: _Number,
    reason: Annotated[
        str | None, typer.Option(), Text(zh="结果运用事项尚未办结的理由", en="Why follow-up tasks are left open, if some are")
    ] = None,
    actor: ByAccount = OFFICE_ACCOUNT,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen:
        settings = Settings()
        edition = default_edition(settings.rulebook)
        with wiring.compose_engine(database or settings.database, SystemClock(), edition) as engine:
            stream, command = year_stream(number), CloseYear(reason=Words(reason) if reason else None)
            version = engine.state(stream).version
            done = engine.submit(stream, command, Actor(actor, "office"), f"close-{stream}@{version}")
        screen.say(
            f"{number} 年度考核已办结，台账第 {done.number} 号。", f"{number} is closed: entry {done.number}.", "green"
        )


def _propose(screen: Screen, late: dict[str, date], found: YearDates, rulebook: Rulebook) -> None:
    """Name the deadlines that leave too little time, and propose others."""
    notice = rulebook.notice_days
    screen.say(
        f"没有启动：有 {len(late)} 个步骤的期限已过或不足 {notice} 个工作日。建议的期限：",
        f"Nothing was opened: {len(late)} deadlines are past or fewer than {notice} working days away. Proposed deadlines:",
        "yellow",
    )
    for stage, day in found.proposed.items():
        title = rulebook.stages[stage].title.text
        was = (f"（原定 {found.due[stage]}）", f" (was {found.due[stage]})") if day != found.due[stage] else ("", "")
        screen.say(f"  {title.zh}：{day}{was[0]}", f"  {title.en}: {day}{was[1]}")
    screen.say(
        "采用这些期限请加 --accept-proposed；另定期限请用 --due 步骤=日期。",
        "Accept these with --accept-proposed, or set others with --due STAGE=DATE.",
    )
