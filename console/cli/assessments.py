"""`kaohe assessment open`: a special assessment opened, or one that was withdrawn opened again."""

from __future__ import annotations

from typing import Annotated

import typer

from config.clock import SystemClock
from config.settings import Settings
from console.web.command_ids import new_id
from states.vocabulary import Actor
from workflow import wiring
from workflow.assessments import again, special, stream_of
from workflow.calendar import working_days

from .screen import DatabaseUrl, Lang, on_screen
from .years import typed_dates

app = typer.Typer(no_args_is_help=True, help="单个部门的考核 · one unit's assessment")


@app.callback()
def group() -> None:
    """单个部门的考核 · one unit's assessment"""


@app.command("open")
def open_one(
    unit: str,
    year: Annotated[int, typer.Option("--year", min=2000, max=2199)],
    title: Annotated[str | None, typer.Option(help="专项检查的名称 · what a special assessment is about")] = None,
    occasion: Annotated[
        str | None, typer.Option(help="已撤销的专项检查的编号 · the id of a withdrawn special one")
    ] = None,
    due: Annotated[list[str] | None, typer.Option("--due", help="STAGE=YYYY-MM-DD")] = None,
    actor: Annotated[str, typer.Option(help="经办账号 · account id")] = "office-1",
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """组织专项检查（--title），或重新启动已撤销的考核 · open a special assessment, or a withdrawn one again."""
    with on_screen(lang) as screen:
        settings, dates = Settings(), typed_dates(due or [])
        edition = wiring.default_edition(settings.rulebook)
        with wiring.engine(database or settings.database, SystemClock(), edition) as engine:
            days = working_days(engine.ledger.database)
            if title is not None:
                occasion = occasion or new_id("special")[:24]
                command = special(engine, year, unit, occasion, title, days.is_working, dates)
            else:
                command = again(engine, year, unit, occasion, days.is_working, dates)
            stream = stream_of(year, unit, occasion)
            id_ = f"open-{stream}@{engine.state(stream).version}"
            done = engine.submit(stream, command, Actor(actor, "office"), id_)
        screen.say(f"已启动 {stream}，台账第 {done.number} 号。", f"{stream} is open: entry {done.number}.", "green")
        for stage, day in command.due.items():
            named = edition.rulebook.stages[stage].title.text if stage in edition.rulebook.stages else None
            screen.say(f"  {named.zh if named else stage}：{day}", f"  {named.en if named else stage}: {day}")
