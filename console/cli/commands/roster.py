"""`kaohe roster`: lists departments, renames and reorganises them, and takes back a reorganisation."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer
from msgspec import to_builtins

from config.settings import Settings
from console.cli.doctor.roster import print_remaining
from console.cli.engine import actor_for, open_engine
from console.cli.options import OFFICE_ACCOUNT, AsJson, ByAccount, DatabaseUrl, Lang, Unit
from console.cli.screen import Screen, on_screen
from states.records.roster import Reorganisation, Roster
from states.streams import ROSTER
from states.vocabulary import Command, Opaque, Text, Words
from states.year.reorganisation import ReorganiseUnit, RestoreUnit
from states.year.roster import RenameUnit
from workflow import wiring
from workflow.engine import Engine
from workflow.reorganisation import final_year

_Since = Annotated[
    datetime, typer.Option("--since", formats=["%Y-%m-%d"]), Text(zh="生效日期", en="First day on which it holds")
]
_Reason = Annotated[str, typer.Option("--reason"), Text(zh="理由和文号", en="Reason, and the document that decided it")]


def list_departments(url: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        with wiring.read_only_engine(url or Settings().database) as engine:
            roster = engine.roster()
        if as_json:
            print(json.dumps(to_builtins(roster), ensure_ascii=False, indent=1))
            return
        columns = (("编号", "Id"), ("名称", "Name"), ("类别", "Kind"), ("沿革", "What became of it"))
        table = screen.table(("部门名册", "The roster"), *columns)
        for unit in sorted(roster.units.values(), key=lambda unit: unit.unit):
            end = roster.closing(unit.unit)
            table.add_row(
                unit.unit,
                unit.title,
                unit.unit_kind,
                _describe_end(end, roster).render(screen.language) if end else "—",
            )
        screen.console.print(table)


def rename(
    unit: Unit,
    title: Annotated[str, typer.Argument(metavar="NAME"), Text(zh="新名称", en="The new name")],
    since: _Since,
    reason: _Reason,
    actor: ByAccount = OFFICE_ACCOUNT,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    command = RenameUnit(unit=Opaque(unit), title=Words(title), since=since.date(), reason=Words(reason))
    with on_screen(lang) as screen, open_engine(url) as engine:
        _submit(engine, screen, command, actor)


def reorganise(
    unit: Unit,
    since: _Since,
    reason: _Reason,
    into: Annotated[
        list[str] | None,
        typer.Option("--into"),
        Text(zh="承接部门的编号；可多次", en="Id of a successor department; repeatable"),
    ] = None,
    continues: Annotated[
        bool, typer.Option("--continues"), Text(zh="本部门保留，只是从中分设", en="The department itself goes on")
    ] = False,
    last_year: Annotated[
        int | None, typer.Option("--final-year"), Text(zh="最后考核年度", en="Last year in which it is assessed")
    ] = None,
    actor: ByAccount = OFFICE_ACCOUNT,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    day = since.date()
    with on_screen(lang) as screen, open_engine(url) as engine:
        command = ReorganiseUnit(
            unit=Opaque(unit),
            since=day,
            successors=tuple(map(Opaque, into or [])),
            continues=continues,
            final_year=last_year or final_year(engine, day),
            reason=Words(reason),
        )
        _submit(engine, screen, command, actor)
        print_remaining(screen, engine, unit)


def restore(
    unit: Unit, reason: _Reason, actor: ByAccount = OFFICE_ACCOUNT, url: DatabaseUrl = None, lang: Lang = None
) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        _submit(engine, screen, RestoreUnit(unit=Opaque(unit), reason=Words(reason)), actor)


def _submit(engine: Engine, screen: Screen, command: Command, actor: str) -> None:
    version = engine.state(ROSTER).version
    answer = engine.submit(ROSTER, command, actor_for(command.act, engine, actor), f"{command.act}@{version}")
    screen.say(f"已登记，台账第 {answer.number} 号。", f"Recorded: entry {answer.number}.", "green")


def _describe_end(end: Reorganisation, roster: Roster) -> Text:
    successors = [roster.title(successor) for successor in end.successors]
    if not successors:
        return Text(zh=f"{end.since} 撤销", en=f"{end.since}: closed")
    zh, en = "、".join(successors), ", ".join(successors)
    return Text(zh=f"{end.since} 并入或拆分为 {zh}", en=f"{end.since}: merged or split into {en}")
