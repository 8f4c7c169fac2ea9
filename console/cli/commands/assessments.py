"""`kaohe assessment open` and `kaohe explain`, for one department.

With `--title`, `assessment open` opens a new special assessment; otherwise it opens a withdrawn assessment again.
`explain` prints a result line by line. Not here: the first opening of annual assessments (`kaohe year open`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.engine import actor_for, open_engine
from console.cli.options import (
    OFFICE_ACCOUNT,
    ByAccount,
    DatabaseUrl,
    Due,
    Lang,
    Occasion,
    Unit,
    WrongOption,
    Year,
    due_dates,
)
from console.cli.screen import on_screen
from console.web.command_ids import new_id
from states.assessment import Assessment
from states.explanation import explain as explain_result
from states.stages.scoring import Scored
from states.vocabulary import Actor, Text
from workflow import wiring
from workflow.assessments import restart_command, special_opening_command, stream_of
from workflow.calendar import working_days


def open_assessment(
    unit: Unit,
    year: Year,
    title: Annotated[
        str | None, typer.Option(), Text(zh="新专项检查的名称", en="Subject of a new special assessment")
    ] = None,
    occasion: Annotated[
        str | None,
        typer.Option(),
        Text(zh="已撤销的专项检查的编号", en="Id of a special assessment that was withdrawn"),
    ] = None,
    due: Due = None,
    actor: ByAccount = OFFICE_ACCOUNT,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        deadlines, edition = due_dates(due or []), default_edition(Settings().rulebook)
        with open_engine(url, edition) as engine:
            calendar = working_days(engine.ledger.database)
            if title is not None:
                occasion = occasion or new_id("special")[:24]
                command = special_opening_command(engine, year, unit, occasion, title, calendar.is_working, deadlines)
            else:
                command = restart_command(engine, year, unit, occasion, calendar.is_working, deadlines)
            stream = stream_of(year, unit, occasion)
            command_id = f"open-{stream}@{engine.state(stream).version}"
            answer = engine.submit(stream, command, actor_for(command.act, engine, actor), command_id)
        screen.say(
            f"已启动 {stream}，台账第 {answer.number} 号。", f"{stream} is open: entry {answer.number}.", "green"
        )
        for stage, day in command.due.items():
            title_of_stage = edition.rulebook.stages[stage].title.text if stage in edition.rulebook.stages else None
            zh, en = (title_of_stage.zh, title_of_stage.en) if title_of_stage else (stage, stage)
            screen.say(f"  {zh}：{day}", f"  {en}: {day}")


def explain(unit: Unit, year: Year, occasion: Occasion = None, url: DatabaseUrl = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        stream = stream_of(year, unit, occasion)
        with wiring.read_only_engine(url or Settings().database) as engine:
            state, _, compiled = engine.context(stream, Actor("reader", "office"))
            roster = engine.roster()
        if unit not in roster.units:
            known = ", ".join(roster.units) or "—"
            why = Text(zh=f"名册上没有这个部门，有 {known}", en=f"it is not on the roster, which has {known}")
            raise WrongOption(option=unit, why=why)
        unit_title = roster.title(unit, year)
        if not isinstance(state, Assessment) or state.fact(Scored) is None:
            screen.say(f"{unit_title} {year} 年度尚未计分。", f"{unit_title} has no score for {year} yet.", "yellow")
            raise typer.Exit(1)
        special = compiled.rulebook.special_title(state.occasion, state.title)
        special_title = f" · {special.render(screen.language)}" if special else ""
        screen.explanation(f"{unit_title} {year}{special_title}", explain_result(state, compiled.rulebook))
