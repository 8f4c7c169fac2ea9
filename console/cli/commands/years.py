"""`kaohe year open` opens a year for the departments of a roster file; `kaohe year close` closes it.

If deadlines are too close, `open` proposes others and opens nothing; `--accept-proposed` uses the proposed deadlines.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from console.cli.engine import actor_for, open_engine
from console.cli.options import OFFICE_ACCOUNT, ByAccount, DatabaseUrl, Due, Lang, due_dates
from console.cli.screen import Screen, on_screen
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.vocabulary import Text, Words
from states.year.year import CloseYear
from storage import queries
from workflow import roster
from workflow import year as years
from workflow.calendar import working_days
from workflow.year import YearDates, deadlines_of

Number = Annotated[
    int, typer.Argument(metavar="YEAR", min=2000, max=2200), Text(zh="考核年度", en="Year of assessment")
]


def open_year(
    number: Number,
    roster_file: Annotated[
        Path, typer.Option("--roster"), Text(zh="部门名册文件（TOML）", en="File of the departments (TOML)")
    ],
    due: Due = None,
    accept: Annotated[
        bool, typer.Option("--accept-proposed"), Text(zh="采用建议的期限", en="Use the deadlines that are proposed")
    ] = False,
    actor: ByAccount = OFFICE_ACCOUNT,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        units, dates = roster.read(roster_file), due_dates(due or [])
        with open_engine(url) as engine:
            days = working_days(engine.ledger.database)
            deadlines, rulebook = deadlines_of(engine, number, days.is_working), engine.editions.in_force.rulebook
            if accept:
                dates = {**deadlines.proposed, **dates}
            started = {row.unit for row in queries.assessments(engine.ledger.database, number) if row.occasion is None}
            late = {stage: day for stage, day in deadlines.late.items() if stage not in dates}
            if late and any(unit.unit not in started for unit in units):
                _propose(screen, late, deadlines, rulebook)
                raise typer.Exit(1)
            outcome = years.open_year(
                engine, number, units, actor_for("open_year", engine, actor), days.is_working, dates
            )
        screen.say(
            f"{number} 年度：新启动 {len(outcome.opened)} 个部门，已启动 {len(outcome.before)} 个，未能启动 {len(outcome.refused)} 个。",
            f"{number}: {len(outcome.opened)} assessments opened, {len(outcome.before)} were open before, {len(outcome.refused)} were refused.",
        )
        for stream, refusal in outcome.refused.items():
            screen.say(f"  {stream}：{refusal.render('zh')}", f"  {stream}: {refusal.render('en')}", "red")
        if days.is_provisional(number):
            screen.say(
                f"{number} 年放假安排未定：截止日期按周末和法定节假日暂计，调休以通知为准。",
                f"The holidays of {number} are not published yet: the deadlines are provisional.",
                "yellow",
            )
        raise typer.Exit(1 if outcome.refused else 0)


def close_year(
    number: Number,
    reason: Annotated[
        str | None,
        typer.Option(),
        Text(zh="结果运用事项尚未办结的理由", en="Why follow-up tasks are left open, if some are"),
    ] = None,
    actor: ByAccount = OFFICE_ACCOUNT,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        with open_engine(url) as engine:
            stream, command = year_stream(number), CloseYear(reason=Words(reason) if reason else None)
            version = engine.state(stream).version
            answer = engine.submit(stream, command, actor_for(command.act, engine, actor), f"close-{stream}@{version}")
        screen.say(
            f"{number} 年度考核已办结，台账第 {answer.number} 号。",
            f"{number} is closed: entry {answer.number}.",
            "green",
        )


def _propose(screen: Screen, late: dict[str, date], deadlines: YearDates, rulebook: Rulebook) -> None:
    """Print that nothing was opened, how many deadlines leave too little time, and all proposed deadlines."""
    notice = rulebook.notice_days
    screen.say(
        f"没有启动：有 {len(late)} 个步骤的期限已过或不足 {notice} 个工作日。建议的期限：",
        f"Nothing was opened: {len(late)} deadlines are past or fewer than {notice} working days away. Proposed deadlines:",
        "yellow",
    )
    for stage, day in deadlines.proposed.items():
        title = rulebook.stages[stage].title.text
        old = deadlines.due[stage]
        zh, en = (f"（原定 {old}）", f" (was {old})") if day != old else ("", "")
        screen.say(f"  {title.zh}：{day}{zh}", f"  {title.en}: {day}{en}")
    screen.say(
        "采用这些期限请加 --accept-proposed；另定期限请用 --due 步骤=日期。",
        "Accept these with --accept-proposed, or set others with --due STAGE=DATE.",
    )
