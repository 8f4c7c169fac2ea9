"""`kaohe roster`: lists departments, reads them and their people from a workbook, renames and reorganises them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from msgspec import to_builtins

from config.settings import Settings
from config.tables import FoundTable, find_tables
from console.cli.doctor.roster import print_remaining
from console.cli.engine import actor_for, open_engine
from console.cli.options import OFFICE_ACCOUNT, AsJson, ByAccount, DatabaseUrl, Lang, Unit
from console.cli.screen import Screen, on_screen
from console.web.command_ids import new_id
from documents.inspection import read_workbook
from states.records.roster import Reorganisation, Roster
from states.rulebook.types import Rulebook
from states.streams import ROSTER
from states.vocabulary import Command, Opaque, Text, Words
from states.year.reorganisation import ReorganiseUnit, RestoreUnit
from states.year.roster import RenameUnit
from storage import column_heads, people
from workflow import wiring
from workflow.engine import Engine
from workflow.move_in.arrival import carry_out
from workflow.move_in.heads import HEADS, MOVE_IN
from workflow.move_in.lines import read_lines
from workflow.move_in.plan import Known, MoveInPlan, plan_of
from workflow.reorganisation import final_year
from workflow.roster import RosterFault

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


def read_sheets(
    file: Annotated[Path, typer.Argument(), Text(zh="Excel 或 CSV 文件", en="An Excel or CSV file")],
    do: Annotated[
        bool, typer.Option("--do"), Text(zh="没有错误就写入", en="Bring them in, if nothing is wrong")
    ] = False,
    actor: ByAccount = OFFICE_ACCOUNT,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        workbook = read_workbook(file.name, _bytes_of(file), Settings().office_converter)
        tables = find_tables(workbook, HEADS, column_heads.remembered(engine.ledger.database, MOVE_IN))
        plan = _plan(engine, tables)
        for fault in plan.faults:
            screen.say(fault.text.zh, fault.text.en, "red")
        if not tables:
            screen.say("没有认出部门或人员的表。", "No table of departments or people was found.", "red")
        new_units, new_people = (sum(one.is_new for one in part) for part in (plan.units, plan.people))
        screen.say(
            f"部门：新增 {new_units} 个、变更 {len(plan.units) - new_units} 个；人员：新增 {new_people} 名、变更 {len(plan.people) - new_people} 名、不变 {plan.same} 名、表中已没有 {len(plan.gone)} 名。",
            f"Departments: {new_units} new, {len(plan.units) - new_units} changed. People: {new_people} new, "
            f"{len(plan.people) - new_people} changed, {plan.same} unchanged, {len(plan.gone)} no longer in the sheets.",
        )
        for one in plan.units:
            if not one.is_kind_known:
                kind = next(kind.title.text for kind in _rulebook(engine).unit_kind if kind.key == one.unit.unit_kind)
                screen.say(
                    f"请核对类别：{one.unit.title}（{kind.zh}）",
                    f"Check the kind: {one.unit.title} ({kind.en})",
                    "yellow",
                )
        if plan.faults or not tables:
            raise typer.Exit(1)
        if do and not plan.is_empty:
            refusal = carry_out(
                engine, plan, actor_for("register_unit", engine, actor), f"cli/{actor}/{new_id('move-in')}"
            )
            if refusal is not None:
                raise refusal
            screen.say("已写入。", "Brought in.", "green")


def _bytes_of(file: Path) -> bytes:
    """The bytes of a file. Raises `RosterFault` if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        why = Text(zh="没有这个文件，或无法读取", en="there is no such file, or it cannot be read")
        raise RosterFault(file.name, [why]) from error


def _plan(engine: Engine, tables: list[FoundTable]) -> MoveInPlan:
    known = people.people(engine.ledger.database)
    today = engine.clock.now().astimezone(ZoneInfo(_rulebook(engine).timezone)).date()
    return plan_of(read_lines(tables), Known(engine.roster(), known, _rulebook(engine), today, people.new_id), {})


def _rulebook(engine: Engine) -> Rulebook:
    return engine.editions.in_force.rulebook


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
