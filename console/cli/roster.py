"""`kaohe roster`: the units there are; renamed, retired, merged, split, restored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated

import typer
from msgspec import to_builtins

from config.clock import SystemClock
from config.settings import Settings
from states.vocabulary import Actor, Command, Opaque, Text, Words
from states.year.reorganisation import ReorganiseUnit, RestoreUnit
from states.year.roster import RenameUnit, Reorganisation, Roster
from workflow import wiring
from workflow.engine import Engine
from workflow.reorganisation import Remaining, final_year, remaining

from .screen import AsJson, DatabaseUrl, Lang, Screen, on_screen

app = typer.Typer(no_args_is_help=True, help="名册 · the roster")

Unit = Annotated[str, typer.Argument(metavar="UNIT", help="部门编号 · the unit's id")]
Since = Annotated[datetime, typer.Option("--since", formats=["%Y-%m-%d"], help="生效日期 · takes effect on")]
Reason = Annotated[str, typer.Option("--reason", help="理由和文号 · reason and document")]
By = Annotated[str, typer.Option("--actor", help="经办账号 · account id")]


@app.command("list")
def every(database: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """部门及其沿革 · the units and what became of them."""
    with on_screen(lang) as screen:
        with wiring.reading(database or Settings().database) as engine:
            roster = _roster(engine)
        if as_json:
            print(json.dumps(to_builtins(roster), ensure_ascii=False, indent=1))
            return
        columns = ("名称", "Title"), ("类别", "Kind"), ("情况", "What became of it")
        table = screen.table(("名册", "The roster"), ("部门", "Unit"), *columns)
        for unit in sorted(roster.units.values(), key=lambda one: one.unit):
            end = roster.end(unit.unit)
            became = _said(end, roster).render(screen.language) if end else "—"
            table.add_row(unit.unit, unit.title, unit.unit_kind, became)
        screen.console.print(table)


@app.command()
def rename(
    unit: Unit, title: str, since: Since, reason: Reason, actor: By = "office-1", database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:  # fmt: skip
    """部门更名；以前年度仍用原名称 · a name from a day on; earlier years keep theirs."""
    command = RenameUnit(unit=Opaque(unit), title=Words(title), since=since.date(), reason=Words(reason))
    with on_screen(lang) as screen, _engine(database) as engine:
        _submit(engine, screen, command, actor)


@app.command()
def reorganise(
    unit: Unit, since: Since, reason: Reason,
    into: Annotated[list[str] | None, typer.Option("--into", help="承接部门，可多次 · a successor, repeatable")] = None,
    continues: Annotated[bool, typer.Option("--continues", help="本部门保留，只是从中分设 · the unit goes on")] = False,
    last: Annotated[int | None, typer.Option("--final-year", help="最后考核年度 · the last year assessed")] = None,
    actor: By = "office-1", database: DatabaseUrl = None, lang: Lang = None,
) -> None:  # fmt: skip
    """撤销、并入（一个 --into）、拆分（几个 --into）、分设 · retire, merge, split or divide a unit."""
    day = since.date()
    with on_screen(lang) as screen, _engine(database) as engine:
        command = ReorganiseUnit(
            unit=Opaque(unit), since=day, successors=tuple(map(Opaque, into or [])), continues=continues,
            final_year=last or final_year(engine, day), reason=Words(reason),
        )  # fmt: skip
        _submit(engine, screen, command, actor)
        _show_remaining(engine, screen, unit)


@app.command()
def restore(
    unit: Unit, reason: Reason, actor: By = "office-1", database: DatabaseUrl = None, lang: Lang = None
) -> None:
    """撤回部门最近一次机构调整 · take back a unit's last reorganisation."""
    with on_screen(lang) as screen, _engine(database) as engine:
        _submit(engine, screen, RestoreUnit(unit=Opaque(unit), reason=Words(reason)), actor)


def _engine(database: str | None) -> Engine:
    settings = Settings()
    return wiring.engine(database or settings.database, SystemClock(), wiring.default_edition(settings.rulebook))


def _submit(engine: Engine, screen: Screen, command: Command, actor: str) -> None:
    version = engine.state("roster").version
    done = engine.submit("roster", command, Actor(actor, "office"), f"{command.act}@{version}")
    screen.say(f"已登记，台账第 {done.number} 号。", f"On record: entry {done.number}.", "green")


def look_at(screen: Screen, engine: Engine) -> None:
    """For the doctor: what the units that ended leave behind."""
    roster = _roster(engine)
    for end in roster.reorganisations:
        if not end.continues and not remaining(engine, end.unit).is_nothing:
            title = roster.title(end.unit)
            screen.say(
                f"! 部门“{title}”已于 {end.since} 撤销，还须处理：",
                f"! “{title}” ended on {end.since}; still to be seen to:",
                "yellow",
            )
            _show_remaining(engine, screen, end.unit)


def _show_remaining(engine: Engine, screen: Screen, unit: str) -> None:
    for said in _left(remaining(engine, unit)):
        screen.say(f"  {said.zh}", f"  {said.en}", "yellow")


def _left(left: Remaining) -> Iterator[Text]:
    running, surplus = (", ".join(str(one.year) for one in among) for among in (left.running, left.surplus))
    tasks, checks, accounts, cases = map(len, (left.tasks, left.checks, left.accounts, left.cases))
    if running:
        yield Text(zh=f"{running} 年度考核已启动，按程序办完", en=f"its {running} assessment will be completed")
    if surplus:
        yield Text(zh=f"{surplus} 年度考核仍在办理，请撤销", en=f"its {surplus} assessment is still open: withdraw it")
    if tasks:
        yield Text(zh=f"{tasks} 份结果的运用事项未办结", en=f"follow-up tasks of {tasks} results are open")
    if checks:
        yield Text(
            zh=f"{checks} 项平时检查未办结，由承接部门整改答复",
            en=f"{checks} routine checks are open: the successor units put things right and answer",
        )
    if accounts:
        yield Text(zh=f"{accounts} 个账号仍属该部门，请调整", en=f"{accounts} accounts still belong to it: move them")
    if cases:
        yield Text(
            zh=f"{cases} 件案件须写明承接部门", en=f"{cases} cases do not say which unit took them over: revise them"
        )


def _roster(engine: Engine) -> Roster:
    state = engine.state("roster")
    assert isinstance(state, Roster)
    return state


def _said(end: Reorganisation, roster: Roster) -> Text:
    """How a unit ended."""
    into = ", ".join(roster.title(one) for one in end.successors)
    day: date = end.since
    return Text(zh=f"{day} 并入或拆分为 {into}", en=f"{day}: merged or split into {into}") if into else Text(zh=f"{day} 撤销", en=f"{day}: closed")  # fmt: skip
