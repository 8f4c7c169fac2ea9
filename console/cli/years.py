"""`kaohe year …`: a year opened for the departments of a roster file, and closed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from config import typed
from config.clock import SystemClock
from config.settings import Settings
from states.rulebook.types import Rulebook
from states.vocabulary import Actor, Words
from states.year.year import CloseYear
from storage import queries
from workflow import roster, wiring
from workflow.calendar import working_days
from workflow.year import Dates, dates_of, open_year

from .screen import DatabaseUrl, Lang, Screen, on_screen

app = typer.Typer(no_args_is_help=True, help="年度 · the assessment year")


@app.command("open")
def year_open(
    number: Annotated[int, typer.Argument(metavar="YEAR", min=2000, max=2200)],
    roster_file: Annotated[Path, typer.Option("--roster", help="部门名册 TOML · the roster")],
    due: Annotated[list[str] | None, typer.Option("--due", help="STAGE=YYYY-MM-DD")] = None,
    accept: Annotated[
        bool, typer.Option("--accept-proposed", help="采用建议的期限 · take the dates that are proposed")
    ] = False,
    actor: Annotated[str, typer.Option(help="经办账号 · account id")] = "office-1",
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """启动年度考核；可重复执行；期限已过或太近时先列出建议 · open a year for a roster; safe to repeat; late dates are named first."""
    with on_screen(lang) as screen:
        units, dates, settings = roster.read(roster_file), typed_dates(due or []), Settings()
        edition = wiring.default_edition(settings.rulebook)
        with wiring.engine(database or settings.database, SystemClock(), edition) as engine:
            days = working_days(engine.ledger.database)
            found, rulebook = dates_of(engine, number, days.is_working), engine.editions.in_force.rulebook
            if accept:
                dates = {**found.proposed, **dates}
            begun = {row.unit for row in queries.assessments(engine.ledger.database, number) if row.occasion is None}
            late = {stage: day for stage, day in found.late.items() if stage not in dates}
            if late and any(unit.unit not in begun for unit in units):
                _name_late(screen, late, found, rulebook)
                raise typer.Exit(1)
            done = open_year(engine, number, units, Actor(actor, "office"), days.is_working, dates)
        screen.say(
            f"{number} 年度：新启动 {len(done.opened)} 个部门，已启动 {len(done.before)} 个，未能启动 {len(done.refused)} 个。",
            f"{number}: {len(done.opened)} opened, {len(done.before)} open before, {len(done.refused)} refused.",
        )
        for stream, refusal in done.refused.items():
            screen.say(f"  {stream}：{refusal.render('zh')}", f"  {stream}: {refusal.render('en')}", "red")
        if days.is_provisional(number):
            screen.say(
                f"{number} 年放假安排未定：截止日期按周末和法定节假日暂计，调休以通知为准。",
                f"No table of working days for {number}: provisional.",
                "yellow",
            )
        raise typer.Exit(1 if done.refused else 0)


@app.command("close")
def year_close(
    number: Annotated[int, typer.Argument(metavar="YEAR", min=2000, max=2200)],
    reason: Annotated[
        str | None, typer.Option(help="结果运用事项留待办理的理由 · why follow-up tasks are left open")
    ] = None,
    actor: Annotated[str, typer.Option(help="经办账号 · account id")] = "office-1",
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """办结年度考核；各部门均已通报或撤销后办理 · close a year whose every assessment has ended."""
    with on_screen(lang) as screen:
        settings = Settings()
        edition = wiring.default_edition(settings.rulebook)
        with wiring.engine(database or settings.database, SystemClock(), edition) as engine:
            stream, command = f"year/{number}", CloseYear(reason=Words(reason) if reason else None)
            version = engine.state(stream).version
            done = engine.submit(stream, command, Actor(actor, "office"), f"close-{stream}@{version}")
        screen.say(
            f"{number} 年度考核已办结，台账第 {done.number} 号。", f"{number} is closed: entry {done.number}.", "green"
        )


def _name_late(screen: Screen, late: dict[str, date], found: Dates, rulebook: Rulebook) -> None:
    """The deadlines that leave too little time, and what is proposed in their place."""
    least = rulebook.notice_days
    screen.say(
        f"没有启动：有 {len(late)} 个步骤的期限已过或不足 {least} 个工作日。建议的期限：",
        f"Nothing was opened: {len(late)} deadlines are past or fewer than {least} working days away. Proposed:",
        "yellow",
    )
    for stage, day in found.proposed.items():
        title = rulebook.stages[stage].title.text
        was = (f"（原定 {found.due[stage]}）", f" (was {found.due[stage]})") if day != found.due[stage] else ("", "")
        screen.say(f"  {title.zh}：{day}{was[0]}", f"  {title.en}: {day}{was[1]}")
    screen.say(
        "采用这些期限请加 --accept-proposed；另定期限请用 --due 步骤=日期。",
        "Take them with --accept-proposed, or set others with --due STAGE=DATE.",
    )


def typed_dates(given: list[str]) -> dict[str, date]:
    """Deadlines as they are typed: STAGE=YYYY-MM-DD."""
    dates = {}
    for one in given:
        stage, _, day = one.partition("=")
        try:
            dates[stage] = typed.day(day)
        except typed.Unclear as unclear:
            raise typer.BadParameter(f"--due {one}: STAGE=YYYY-MM-DD · {unclear.why.zh} · {unclear.why.en}") from None
    return dates
