"""`kaohe calendar`: imports the holidays of a year and moves provisional deadlines by them; shows the holidays."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from config.calendars import parse_table
from config.settings import Settings
from console.cli.engine import actor_for, open_engine
from console.cli.options import OFFICE_ACCOUNT, ByAccount, DatabaseUrl, Lang, WrongOption
from console.cli.screen import on_screen
from states.vocabulary import Text
from storage.database.database import Database
from workflow import calendar


def import_year(
    file: Annotated[
        Path,
        typer.Argument(),
        Text(
            zh="放假安排文件（holiday-cn 格式的 JSON）",
            en="File of the holidays (JSON, as the project holiday-cn publishes it)",
        ),
    ],
    actor: ByAccount = OFFICE_ACCOUNT,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        table = parse_table(_read_file(file), file.name)
        with open_engine(url) as engine:
            moves = calendar.import_table(engine, table, actor_for("move_deadline", engine, actor))
            stages = engine.editions.in_force.rulebook.stages
        screen.say(
            f"已导入 {table.year} 年放假安排，共 {len(table.days)} 天。",
            f"{table.year}: {len(table.days)} days imported.",
            "green",
        )
        for move in moves:
            refusal, title = move.refused, stages[move.stage].title.text
            screen.say(
                f"  {move.year} 年度“{title.zh}”期限 {move.before} → {move.after}"
                + (f"，未调整：{refusal.render('zh')}" if refusal else ""),
                f"  {move.year} {title.en}: {move.before} → {move.after}"
                + (f", not moved: {refusal.render('en')}" if refusal else ""),
                "yellow" if refusal else None,
            )
        raise typer.Exit(1 if any(move.refused for move in moves) else 0)


def show(
    year: Annotated[int, typer.Argument(min=2000, max=2200), Text(zh="年份", en="Year")],
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, Database.open(url or Settings().database, read_only=True) as database:
        days = calendar.working_days(database)
        if days.is_provisional(year):
            screen.say(
                f"{year} 年放假安排未定，工作日暂按周末和法定节假日推算，调休以通知为准。",
                f"The holidays of {year} are not published yet. Working days are estimated from weekends and statutory holidays; moved days are not known.",
                "yellow",
            )
        first = date(year, 1, 1)
        all_days = [first + timedelta(days=number) for number in range((date(year, 12, 31) - first).days + 1)]
        holidays = [day for day in all_days if day.weekday() < 5 and not days.is_working(day)]
        weekends = [day for day in all_days if day.weekday() >= 5 and days.is_working(day)]
        screen.say(
            f"放假：{'、'.join(map(str, holidays)) or '无'}", f"Holidays: {', '.join(map(str, holidays)) or 'none'}"
        )
        screen.say(
            f"调休上班：{'、'.join(map(str, weekends)) or '无'}",
            f"Weekends worked: {', '.join(map(str, weekends)) or 'none'}",
        )


def _read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise WrongOption(option=file, why=error.strerror) from error
