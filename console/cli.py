"""The command line. Each command opens what it needs, asks one room, prints, and sets the exit code.

0: done. 1: what was asked for is not so (a defect, a failed expectation). 2: it could not be asked (bad input).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.console import Console

from audit.reader import DatabaseReader
from audit.replay import replay
from config import logs
from config.calendars import WorkingDays
from config.clock import SystemClock
from config.rulebooks import DEFAULT, Edition, RulebookFault, load, shipped
from config.settings import Settings
from states.assessment import Assessment
from states.chart import Chart
from states.result import explain as explain_result
from states.scoring import Scored
from states.sentences import Told
from states.vocabulary import Actor
from storage import queries
from storage.database import Database
from storage.errors import StorageFault
from workflow import roster, wiring
from workflow.year import open_year

from . import demo as demonstration
from . import scenarios
from .show import Screen, flat

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Kaohe 考核：年度考核 · the annual assessment")
rules = typer.Typer(no_args_is_help=True, help="办法 · rulebooks")
year = typer.Typer(no_args_is_help=True, help="年度 · the assessment year")
scenario = typer.Typer(no_args_is_help=True, help="情景 · stories that test the rules")
audit = typer.Typer(no_args_is_help=True, help="审计 · the auditor")
for name, group in (("rules", rules), ("year", year), ("scenario", scenario), ("audit", audit)):
    app.add_typer(group, name=name)

DatabaseUrl = Annotated[str | None, typer.Option("--database", help="SQLite 路径或 PostgreSQL URL · path or URL")]
Lang = Annotated[str | None, typer.Option("--lang", help="zh | en")]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读 · machine-readable")]


def main() -> None:
    """The entry point: settings, logs, then the command."""
    settings = Settings()
    logs.set_up(settings.log_form, settings.log_level)
    app()


@app.command()
def demo(
    database: DatabaseUrl = None,
    units: Annotated[int, typer.Option(min=1, max=5000, help="部门数 · how many units")] = 16,
    seed: Annotated[int, typer.Option(help="同一种子得同一台账 · same seed, same ledger")] = 2026,
    year: Annotated[int, typer.Option(min=2021, max=2100)] = 2026,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """演示：一所样例学院的一年 · a sample college's year on a virtual clock."""
    with _screen(lang) as screen:
        url = database or _demo_file(units, seed, year)
        edition = wiring.default_edition(Settings().rulebook)
        with _bar(screen, quiet=as_json) as progress:
            summary = demonstration.run(url, edition, year, units, seed, progress)
        if as_json:
            print(json.dumps(summary, ensure_ascii=False, indent=1))
        else:
            _show_demo(screen, summary, edition, url)
        raise typer.Exit(0 if summary["replay"]["ok"] else 1)


@rules.command("check")
def rules_check(files: list[Path], lang: Lang = None) -> None:
    """检查办法文件，列出全部错误 · check rulebook files, listing every fault."""
    with _screen(lang) as screen:
        faulty = 0
        for file in files:
            try:
                edition = _loaded(file)
            except RulebookFault as fault:
                faulty += 1
                screen.told(fault)
                continue
            elements = sum(len(t.elements) for t in edition.rulebook.table)
            screen.say(
                f"✓ {file.name}：{edition.rulebook.measure.title.zh}（{elements} 个要素，摘要 {edition.digest[:16]}）",
                f"✓ {file.name}: {edition.rulebook.measure.title.en} ({elements} elements, digest {edition.digest[:16]})",
                "green",
            )
        raise typer.Exit(1 if faulty else 0)


@rules.command("show")
def rules_show(file: Annotated[Path | None, typer.Argument()] = None, lang: Lang = None) -> None:
    """显示办法：环节、指标、等次、扣分、设置 · show stages, indicators, grades, deductions, settings."""
    with _screen(lang) as screen:
        _show_rules(screen, _loaded(file))


@rules.command("chart")
def rules_chart(file: Annotated[Path | None, typer.Argument()] = None, lang: Lang = None) -> None:
    """输出流程图（Mermaid）· print the state diagram."""
    with _screen(lang) as screen:
        print(Chart(_loaded(file).rulebook).mermaid(screen.language), end="")


@rules.command("diff")
def rules_diff(a: Path, b: Path, lang: Lang = None) -> None:
    """比较两个版本 · compare two editions; exit 1 if they differ."""
    with _screen(lang) as screen:
        before, after = (dict(flat(_loaded(f).rulebook.model_dump())) for f in (a, b))
        changed = [k for k in before | after if before.get(k) != after.get(k)]
        table = screen.table((f"{a.name} → {b.name}",) * 2, ("键", "Key"), (a.name,) * 2, (b.name,) * 2)
        for key in changed:
            table.add_row(key, before.get(key, "—"), after.get(key, "—"))
        if changed:
            screen.console.print(table)
        else:
            screen.say("两个版本内容相同。", "The editions say the same.")
        raise typer.Exit(1 if changed else 0)


@year.command("open")
def year_open(
    number: Annotated[int, typer.Argument(metavar="YEAR", min=2000, max=2200)],
    roster_file: Annotated[Path, typer.Option("--roster", help="部门名册 TOML · the roster")],
    due: Annotated[list[str] | None, typer.Option("--due", help="STAGE=YYYY-MM-DD")] = None,
    actor: Annotated[str, typer.Option(help="经办账号 · account id")] = "office-1",
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """启动年度考核；可重复执行 · open a year for a roster; safe to repeat."""
    with _screen(lang) as screen:
        units, dates, settings = roster.read(roster_file), _due_dates(due or []), Settings()
        engine = wiring.engine(database or settings.database, SystemClock(), wiring.default_edition(settings.rulebook))
        days = WorkingDays()
        done = open_year(engine, number, units, Actor(actor, "office"), days.is_working, dates)
        screen.say(
            f"{number} 年度：新启动 {len(done.opened)} 个部门，已启动 {len(done.before)} 个，未能启动 {len(done.refused)} 个。",
            f"{number}: {len(done.opened)} opened, {len(done.before)} open before, {len(done.refused)} refused.",
        )
        for stream, refusal in done.refused.items():
            screen.say(f"  {stream}：{refusal.say('zh')}", f"  {stream}: {refusal.say('en')}", "red")
        if days.is_provisional(number):
            screen.say(
                f"{number} 年放假安排未定：截止日期按周末暂计。", f"No table of working days for {number}: provisional.", "yellow"
            )
        raise typer.Exit(1 if done.refused else 0)


@scenario.command("run")
def scenario_run(files: list[Path], as_json: AsJson = False, lang: Lang = None) -> None:
    """运行情景并逐项核对 · run stories and check every expectation."""
    with _screen(lang) as screen:
        raise typer.Exit(scenarios.run_all(files, _loaded(Settings().rulebook), screen, as_json=as_json))


@audit.command("replay")
def audit_replay(database: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """重放并核验台账（只读），列出全部缺陷 · replay read-only; list every defect; exit 1 if any."""
    with _screen(lang) as screen:
        opened = Database.open(database or Settings().database, read_only=True)
        try:
            report = replay(DatabaseReader(opened))
        finally:
            opened.close()
        if as_json:
            print(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        else:
            for line in report.lines(screen.language):
                screen.console.print(line, markup=False)
        raise typer.Exit(0 if report.ok else 1)


@app.command()
def explain(
    unit: str,
    year: Annotated[int, typer.Option("--year")],
    occasion: Annotated[str | None, typer.Option(help="专门考核 · a special assessment")] = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """逐项说明得分与等次的由来 · why the result is what it is, line by line."""
    with _screen(lang) as screen:
        stream = f"assessment/{year}/{unit}" + (f"/{occasion}" if occasion else "")
        engine = wiring.reading(database or Settings().database)
        state, _, law = engine.context(stream, Actor("reader", "office"))
        scored = state.fact(Scored) if isinstance(state, Assessment) else None
        if scored is None or not isinstance(state, Assessment):
            screen.say(f"{stream} 尚无计分。", f"{stream} has no score yet.", "yellow")
            raise typer.Exit(1)
        rulebook = law.edition.rulebook
        lines = explain_result(scored.result, scored.marks, rulebook.tables[state.unit_kind], rulebook)
        screen.explanation(f"{unit} {year}", lines)


@app.command()
def doctor(database: DatabaseUrl = None, lang: Lang = None) -> None:
    """体检：数据库、台账末尾、办法、日历 · check the database, the ledger's tail, the edition, the calendar."""
    with _screen(lang) as screen:
        raise typer.Exit(_doctor(screen, database or Settings().database))


def _doctor(screen: Screen, url: str) -> int:
    faults = 0
    edition = wiring.default_edition(Settings().rulebook)
    screen.say(f"Python {sys.version.split()[0]}", f"Python {sys.version.split()[0]}")
    screen.say(f"办法：{edition.pin}", f"edition in force: {edition.pin}")
    try:
        engine = wiring.reading(url)
        screen.console.print(engine.ledger.database.journal, markup=False)
        wrong = queries.integrity(engine.ledger.database)
        faults += len(wrong)
        for line in wrong:
            screen.say(f"✗ {line}", f"✗ {line}", "red")
        head = engine.ledger.head()
        screen.say(
            f"✓ 台账 {head.number} 条，末尾核验无误，摘要 {head.digest[:16]}",
            f"✓ the ledger has {head.number} entries, its tail adds up, digest {head.digest[:16]}", "green",
        )  # fmt: skip
    except StorageFault as fault:
        faults += 1
        screen.told(fault)
    days, this = WorkingDays(), SystemClock().now().year
    for number in (this, this + 1):
        if days.is_provisional(number):
            screen.say(f"! {number} 年放假安排未定，工作日暂按周末推算", f"! working days of {number} are provisional", "yellow")
    return 1 if faults else 0


def _show_demo(screen: Screen, summary: dict[str, Any], edition: Edition, url: str) -> None:
    screen.results(summary, edition.rulebook)
    screen.notices(summary["notices"], edition.rulebook)
    facts, checked = summary["facts"], summary["replay"]
    refused = sum(summary["refused"].values())
    screen.say(
        f"提醒 {facts.get('Reminded', 0)} 次，督办 {facts.get('Escalated', 0)} 次，提出否决 {facts.get('VetoRaised', 0)} 次，"
        f"解除 {facts.get('VetoLifted', 0)} 次，退回 {facts.get('SelfReportReturned', 0) + facts.get('ScoreReturned', 0)} 次，"
        f"重开审定 {facts.get('ResultReopened', 0)} 次，拒绝 {refused} 次。",
        f"{facts.get('Reminded', 0)} reminders, {facts.get('Escalated', 0)} escalations, {facts.get('VetoRaised', 0)} vetoes "
        f"raised, {facts.get('VetoLifted', 0)} lifted, {facts.get('SelfReportReturned', 0) + facts.get('ScoreReturned', 0)} "
        f"returns, {facts.get('ResultReopened', 0)} reopened, {refused} commands refused.",
    )
    screen.say(f"台账 {summary['entries']} 条，末条摘要 {summary['digest']}", f"{summary['entries']} entries, last digest {summary['digest']}")
    if checked["ok"]:
        screen.say("重放核验：无缺陷。", "Replay: no defect.", "green")
    else:
        screen.say(f"重放核验：{len(checked['defects'])} 处缺陷！", f"Replay: {len(checked['defects'])} defects!", "red")
    screen.say(f"数据库：{url}", f"Database: {url}")


def _show_rules(screen: Screen, edition: Edition) -> None:
    rulebook, said = edition.rulebook, screen.language
    title = rulebook.measure.title
    screen.say(f"{title.zh}　{edition.pin}", f"{title.en}  {edition.pin}", "bold")
    table = screen.table(("环节", "Stages"), ("环节", "Stage"), ("办理", "By"), ("截止", "Due"), ("依据", "Clause"))
    for stage in rulebook.stage:
        by = ", ".join(rulebook.role_title(r).say(said) for r in stage.by)
        table.add_row(stage.title.text.say(said), by, stage.due or "—", stage.clause)
    screen.console.print(table)
    for annex in rulebook.table:
        table = screen.table((annex.title.zh, annex.title.en), ("要素", "Element"), ("内容", "Text"), ("分", "Points"))
        for element in annex.elements.values():
            table.add_row(element.label, element.text.text.say(said), str(element.points))
        screen.console.print(table)
    table = screen.table(("等次与扣分", "Grades and deductions"), ("项", "Item"), ("值", "Value"), ("依据", "Clause"))
    for grade in rulebook.grade:
        below = f" < {grade.below}" if grade.below is not None else ""
        table.add_row(grade.title.text.say(said), f"≥ {grade.at_least}{below}", grade.clause)
    for tier in rulebook.deduction:
        table.add_row(tier.title.text.say(said), f"−{tier.points}", tier.clause)
    for ground in rulebook.veto_ground:
        table.add_row(ground.title.text.say(said), screen.pick("一票否决", "veto"), ground.clause)
    screen.console.print(table)
    table = screen.table(("设置（歧义的取义）", "Settings (readings)"), ("设置", "Setting"), ("取值", "Value"), ("理由", "Why"))
    for name in type(rulebook.settings).model_fields:
        setting = getattr(rulebook.settings, name)
        table.add_row(name, str(setting.value), setting.why.text.say(said))
    screen.console.print(table)


def _loaded(file: Path | None) -> Edition:
    """The edition of a file; the shipped one without."""
    return load(file or shipped()[DEFAULT])


def _due_dates(given: list[str]) -> dict[str, date]:
    dates = {}
    for one in given:
        stage, _, day = one.partition("=")
        try:
            dates[stage] = date.fromisoformat(day)
        except ValueError:
            raise typer.BadParameter(f"--due {one}: STAGE=YYYY-MM-DD") from None
    return dates


def _demo_file(units: int, seed: int, year: int) -> str:
    """The demonstration's own file, begun afresh: its name says what is in it."""
    folder = Path("demo")
    folder.mkdir(exist_ok=True)
    file = folder / f"year-{year}-units-{units}-seed-{seed}.db"
    for old in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))):
        old.unlink(missing_ok=True)
    return f"sqlite:///{file}"


@contextmanager
def _bar(screen: Screen, *, quiet: bool) -> Iterator[demonstration.Progress]:
    """A progress bar on stderr, with the virtual day beside it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task(screen.pick("启动年度", "opening the year"), total=None)

        def progress(done: int, total: int, at: datetime) -> None:
            bar.update(task, completed=done, total=total, description=f"{at:%Y-%m-%d}")

        yield progress


@contextmanager
def _screen(lang: str | None) -> Iterator[Screen]:
    """The screen in the language asked for; whatever is told on the way is printed, not traced."""
    screen = Screen(lang or Settings().language)
    try:
        yield screen
    except Told as told:
        Screen(screen.language, Console(stderr=True, highlight=False)).told(told)
        raise typer.Exit(2) from told
