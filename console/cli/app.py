"""The command line. Each command opens what it needs, asks one room, prints, and sets the exit code.

0: done. 1: what was asked for is not so (a defect, a failed expectation). 2: it could not be asked (bad input).
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from audit.tables.all_tables import check_small_tables
from config import logs
from config.clock import SystemClock
from config.rulebooks import Edition
from config.settings import Settings
from notifications.post_states import PostStates
from scheduler.daemon import silent_for
from states import policy
from states.assessment import Assessment
from states.result.explanation import explain as explain_result
from states.stages.scoring import Scored
from states.user_errors import UserError
from states.vocabulary import Actor
from storage import private_files as files
from storage import queries
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.vault.vault import encrypt_plain_text
from workflow import wiring
from workflow.calendar import working_days
from workflow.engine import Engine
from workflow.fence import doubt

from . import (
    assessments,
    backups,
    bundles,
    file_modes,
    post,
    rules,
    scenarios,
    scheduler,
    seals,
    serve,
    standard_streams,
    vault,
    years,
)
from . import audit as auditing
from . import demo as demonstration
from . import roster as units
from .screen import AsJson, DatabaseUrl, Lang, Screen, on_screen

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Kaohe 考核：年度考核 · the annual assessment")
scenario = typer.Typer(no_args_is_help=True, help="情景 · stories that test the rules")
audit = typer.Typer(no_args_is_help=True, help="审计 · the auditor")
for name, group in (
    ("rules", rules.app), ("year", years.app), ("assessment", assessments.app), ("scenario", scenario), ("audit", audit), ("scheduler", scheduler.scheduler),
    ("calendar", scheduler.days), ("post", post.post), ("contacts", post.people), ("account", serve.account), ("tokens", serve.system),
    ("keys", seals.keys), ("vault", vault.app), ("roster", units.app),
):  # fmt: skip
    app.add_typer(group, name=name)
app.command()(serve.init)
app.command()(serve.serve)
app.command()(backups.backup)
app.command()(backups.restore)


def main() -> None:
    """The entry point."""
    with standard_streams.usable():
        app()


@app.callback()
def begin() -> None:
    """Before any command: where and how to log."""
    try:
        settings = Settings()
    except ValueError as error:
        typer.echo(f"环境变量 KAOHE_… 设置有误，见 docs/operating.md / a KAOHE_… setting is wrong: {error}", err=True)
        raise typer.Exit(2) from error
    logs.set_up(settings.log_form, settings.log_level)


@app.command()
def demo(
    database: DatabaseUrl = None,
    units: Annotated[int, typer.Option(min=1, max=5000, help="部门数 · how many units")] = 16,
    seed: Annotated[int, typer.Option(help="同一种子得同一台账 · same seed, same ledger")] = 2026,
    year: Annotated[int, typer.Option(min=2021, max=2100)] = 2026,
    served: Annotated[bool, typer.Option("--serve/--no-serve", help="随后打开网页 · then serve the console")] = True,
    port: serve.Port = serve.PORT,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """演示：一所样例学院的一年，随后打开网页 · a sample college's year on a virtual clock, then its console."""
    with on_screen(lang) as screen, ExitStack() as held:
        door = held.enter_context(serve.listening(serve.LOOPBACK, port)) if served and not as_json else None
        url = database or _demo_file(units, seed, year)
        edition = wiring.default_edition(Settings().rulebook)
        with Database.create(url) as made:
            shown = made.url
        with _bar(screen, quiet=as_json) as progress:
            mail = demonstration.FOLDER / f"mail-{year}-units-{units}-seed-{seed}"
            keys = demonstration.FOLDER / f"keys-{year}-units-{units}-seed-{seed}"
            summary = demonstration.run(url, edition, year, units, seed, progress, mail, keys)
        if as_json:
            print(json.dumps(summary, ensure_ascii=False, indent=1))
        else:
            _show_demo(screen, summary, edition, shown, mail, keys)
        if door is not None and summary["replay"]["ok"]:
            _serve_demo(screen, url, edition, year, units, seed, door, keys)
        raise typer.Exit(0 if summary["replay"]["ok"] else 1)


@scenario.command("run")
def scenario_run(files: list[Path], as_json: AsJson = False, lang: Lang = None) -> None:
    """运行情景并逐项核对 · run stories and check every expectation."""
    with on_screen(lang) as screen:
        raise typer.Exit(scenarios.run_all(files, rules.loaded(Settings().rulebook), screen, as_json=as_json))


for name, command in (
    ("replay", auditing.replayed), ("show", auditing.show), ("diff", auditing.diff), ("compare", auditing.compare),
    ("export", bundles.make), ("verify", bundles.check),
    ("seal", seals.seal), ("seals", seals.every), ("proof", seals.proof), ("accept", seals.accept),
):  # fmt: skip
    audit.command(name)(command)
audit.add_typer(seals.witness, name="witness")


@app.command()
def explain(
    unit: str,
    year: Annotated[int, typer.Option("--year")],
    occasion: Annotated[str | None, typer.Option(help="专门考核 · a special assessment")] = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """逐项说明得分与等次的由来 · why the result is what it is, line by line."""
    with on_screen(lang) as screen:
        stream = f"assessment/{year}/{unit}" + (f"/{occasion}" if occasion else "")
        with wiring.reading(database or Settings().database) as engine:
            state, _, compiled = engine.context(stream, Actor("reader", "office"))
            called = PostStates(engine.ledger).roster().title(unit, year)
        scored = state.fact(Scored) if isinstance(state, Assessment) else None
        if scored is None or not isinstance(state, Assessment):
            screen.say(f"{stream} 尚无计分。", f"{stream} has no score yet.", "yellow")
            raise typer.Exit(1)
        special = f" · {state.special.render(screen.language)}" if state.special else ""
        screen.explanation(f"{called} {year}{special}", explain_result(state, compiled.rulebook))


@app.command()
def migrate(database: DatabaseUrl = None, lang: Lang = None) -> None:
    """建库或升级库结构，密封尚为明文的个人信息；可重复执行 · create or upgrade the database, seal what lies plain; safe to repeat."""
    with on_screen(lang) as screen:
        url = database or Settings().database
        with wiring.unlocked(Database.create(url), wiring.key_file(url)) as made:
            if isinstance(made.key, MasterKey):
                encrypt_plain_text(made, made.key)
            screen.say(f"库结构已就绪：{made.url}", f"The schema is up to date: {made.url}", "green")


@app.command()
def doctor(database: DatabaseUrl = None, lang: Lang = None) -> None:
    """体检：数据库、台账末尾、办法、日历 · check the database, the ledger's tail, the edition, the calendar."""
    with on_screen(lang) as screen:
        raise typer.Exit(_doctor(screen, database or Settings().database))


def _doctor(screen: Screen, url: str) -> int:
    edition = wiring.default_edition(Settings().rulebook)
    screen.say(f"Python {sys.version.split()[0]}", f"Python {sys.version.split()[0]}")
    screen.say(f"办法：{edition.pin}", f"edition in force: {edition.pin}")
    faults = 0
    try:
        with wiring.reading(url, edition) as engine:
            faults = _look_at(screen, engine)
            _calendar(screen, engine)
            faults += seals.look_at(screen, engine.ledger.database)
            faults += vault.look_at(screen, engine)
            backups.look_at(screen, url, engine.ledger.database)
            faults += file_modes.look_at(screen, url, engine.ledger.database.file)
            faults += _beside(screen, engine.ledger.database)
            faults += post.look_at(screen, engine.ledger)
            units.look_at(screen, engine)
            engine.editions.check()
    except UserError as told:
        faults += 1
        screen.told(told)
    return 1 if faults else 0


def _calendar(screen: Screen, engine: Engine) -> None:
    """The years without a table of working days; whether the clock is alive."""
    days, now = working_days(engine.ledger.database), SystemClock().now()
    for number in (now.year, now.year + 1):
        if days.is_provisional(number):
            screen.say(
                f"! {number} 年放假安排未定，工作日暂按周末和法定节假日推算；公布后请用 kaohe calendar import 导入",
                f"! working days of {number} are provisional; `kaohe calendar import` the table when it is out",
                "yellow",
            )
    if doubt(engine.ledger.database, now, engine.ledger.head().recorded_at) is not None:
        screen.say(
            "! 本机时间存疑，定时服务已停止办理：请核对时间；如时间正确，请运行 kaohe scheduler confirm-time",
            "! the machine's time is in doubt and the clock does nothing: check it; if it is right, `kaohe scheduler confirm-time`",
            "yellow",
        )
    elif silent_for(engine.ledger.database, now) is not None:
        screen.say(
            "! 定时服务没有在运行：提醒和否决不会发出，请启动 kaohe scheduler run",
            "! the clock is not running: nothing is reminded of or vetoed; start `kaohe scheduler run`",
            "yellow",
        )


def _look_at(screen: Screen, engine: Engine) -> int:
    """What the database and the ledger say of themselves; how many faults."""
    database = engine.ledger.database
    screen.say(database.journal, database.journal)
    wrong = queries.integrity(database)
    for line in wrong:
        screen.say(f"✗ {line}", f"✗ {line}", "red")
    head = engine.ledger.head()
    screen.say(
        f"✓ 台账 {head.number} 条，末尾核验无误，摘要 {head.digest}",
        f"✓ the ledger has {head.number} entries, its tail adds up, digest {head.digest}",
        "green",
    )
    return len(wrong)


def _beside(screen: Screen, database: Database) -> int:
    """What is wrong with the schema and the small tables beside the ledger; how many faults."""
    found = check_small_tables(database)
    for one in found.defects:
        screen.say(f"✗ {one.render('zh')}", f"✗ {one.render('en')}", "red")
    for text in found.caveats:
        screen.say(f"! {text.zh}", f"! {text.en}", "yellow")
    if not found.defects:
        screen.say(
            "✓ 触发器、索引等库结构与本版本所建一致",
            "✓ triggers, indexes and tables are as this release makes them",
            "green",
        )
    return len(found.defects)


def _show_demo(screen: Screen, summary: dict[str, Any], edition: Edition, url: str, mail: Path, keys: Path) -> None:
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
    screen.say(
        f"台账 {summary['entries']} 条，末条摘要 {summary['digest']}",
        f"{summary['entries']} entries, last digest {summary['digest']}",
    )
    vouched = checked["vouched"]
    if checked["ok"]:
        sealed = vouched["sealed"]
        screen.say(f"复核：无缺陷，封存至第 {sealed} 号。", f"Replay: no defect, sealed to entry {sealed}.", "green")
    else:
        screen.say(f"复核：{len(checked['defects'])} 处缺陷！", f"Replay: {len(checked['defects'])} defects!", "red")
    if vouched["sealed"]:
        screen.say(
            f"封存 {vouched['seals']} 份，覆盖至第 {vouched['sealed']} 号；见证人（样例）签到第 {vouched['witnessed']} 号。密钥和见证人目录：{keys}/",
            f"{vouched['seals']} seals, the newest to entry {vouched['sealed']}; an invented witness signed to entry {vouched['witnessed']}. Their keys: {keys}/",
        )
    if summary["letters"]:
        screen.letters(summary["letters_by_role"], edition.rulebook)
        screen.say(
            f"实发邮件 {summary['letters']} 封（演示用本机邮件服务器），存于 {mail}/",
            f"{summary['letters']} letters really sent, to the demonstration's own mail server, kept in {mail}/",
        )
    screen.say(f"数据库：{url}", f"Database: {url}")


def _serve_demo(
    screen: Screen, url: str, edition: Edition, year: int, units: int, seed: int, door: socket.socket, keys: Path
) -> None:
    """The console over the sample college in the December after, with somebody to sign in as for each role."""
    mail = demonstration.FOLDER / f"mail-{year + 1}-units-{units}-seed-{seed}"
    engine, roles = demonstration.under_way(url, edition, year, units, seed, keys, mail)
    port = door.getsockname()[1]
    with engine, demonstration.ticking(engine, mail):
        screen.say(
            f"\n网页已打开：http://127.0.0.1:{port}/　按 Ctrl-C 结束。\n其中的时间从 {year + 1} 年 12 月 20 日 10 时起走，提醒照常发出，邮件存于 {mail}/。"
            f"\n各角色样例账号（仅演示数据中有），密码都是 {demonstration.PASSWORD}：",
            f"\nThe console: http://127.0.0.1:{port}/   Press Ctrl-C to end it.\nIts time runs from 20 December {year + 1}, 10:00; reminders go out as usual, their letters are kept in {mail}/."
            f"\nSample sign-ins (in demonstration data only), each with the password {demonstration.PASSWORD}:",
        )
        for role, account in roles.items():
            screen.say(
                *(f"  {account:<18} {policy.role_title(role, edition.rulebook).render(one)}" for one in ("zh", "en"))
            )
        serve.run(engine, Settings(second_factor="optional"), door)


def _demo_file(units: int, seed: int, year: int) -> str:
    """The demonstration's own file, begun afresh: its name says what is in it."""
    folder = demonstration.FOLDER
    files.make_folder(folder)
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
