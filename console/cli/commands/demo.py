"""`kaohe demo`: runs the sample college through one year, prints its figures, then serves the pages of its second year.

Without `--database`, it deletes the database of an earlier demonstration with the same numbers. It serves the pages
only if the replay of the first year finds no defect; `--no-serve` and `--json` leave the second year out.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from config.rulebooks import Edition, default_edition
from config.settings import Settings
from console import server
from console.cli.options import LOOPBACK, PORT, AsJson, DatabaseUrl, Lang, Port
from console.cli.screen import Screen, on_screen
from console.cli.year_tables import print_year
from console.papers.samples import issue_samples
from console.web.credentials import set_passwords
from demo.post import daemon_in_thread
from demo.second_year import PASSWORD, run_second_round, run_second_year
from demo.year import FOLDER, run, run_any
from demo.year import Progress as YearProgress
from states import policy
from states.vocabulary import Text
from storage import private_files
from storage.database.database import Database
from workflow.engine import Engine


def demo(
    url: DatabaseUrl = None,
    units: Annotated[int, typer.Option(min=1, max=5000), Text(zh="部门数", en="Number of departments")] = 16,
    seed: Annotated[
        int,
        typer.Option(),
        Text(
            zh="随机数种子；同一种子得到同一台账", en="Seed of the random numbers; the same seed gives the same ledger"
        ),
    ] = 2026,
    year: Annotated[
        int | None,
        typer.Option(min=2021, max=2100),
        Text(
            zh="第一个年度；默认 2026，用 --rulebook 时为该办法施行的年度",
            en="The first year: 2026 if not given; with --rulebook the year in which that comes into force",
        ),
    ] = None,
    rulebook: Annotated[
        Path | None,
        typer.Option(metavar="FILE"),
        Text(
            zh="按此办法文件走一年：部门、步骤和数据都由办法生成",
            en="Run a year under this rulebook file: departments, steps and entries are made from it",
        ),
    ] = None,
    pages: Annotated[
        bool, typer.Option("--serve/--no-serve"), Text(zh="随后打开网页", en="Serve the pages afterwards")
    ] = True,
    port: Port = PORT,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, ExitStack() as stack:
        # The port is opened first, so that the command fails at once if it cannot serve the pages.
        serves = pages and not as_json
        listener = stack.enter_context(server.listen(LOOPBACK, port)) if serves else None
        edition = default_edition(rulebook or Settings().rulebook)
        year = year or (2026 if rulebook is None else edition.rulebook.measure.in_force_from.year)
        name = (
            f"{year}-units-{units}-seed-{seed}"
            if rulebook is None
            else f"{edition.rulebook.id}-{year}-units-{units}-seed-{seed}"
        )
        url = url or _new_file(f"year-{name}")
        with Database.create(url) as database:
            full_url = database.url
        mail, keys = FOLDER / f"mail-{name}", FOLDER / f"keys-{name}"
        with _progress_bar(screen, quiet=as_json) as progress:
            live = run if rulebook is None else run_any
            figures = live(url, edition, year, units, seed, progress, mail, keys)
        if as_json:
            print(json.dumps(figures, ensure_ascii=False, indent=1))
        else:
            print_year(screen, figures, edition.rulebook, full_url, mail, keys)
        if listener is not None and figures["replay"]["ok"]:
            second = run_second_year if rulebook is None else run_second_round
            engine, roles = second(url, edition, year, units, seed, set_passwords, keys, FOLDER / f"mail-{name}-second")
            issue_samples(engine, year, roles)
            _serve(screen, engine, roles, edition, listener, FOLDER / f"mail-{name}-second")
        raise typer.Exit(0 if figures["replay"]["ok"] else 1)


def _serve(
    screen: Screen, engine: Engine, roles: dict[str, str], edition: Edition, listener: socket.socket, mail: Path
) -> None:
    """Serve the pages of the second year, with the daemon in a thread, until Ctrl-C.

    Before that, print one sample account for each role.
    """
    port = listener.getsockname()[1]
    now = engine.clock.now().astimezone(ZoneInfo(edition.rulebook.timezone))
    with engine, daemon_in_thread(engine, mail):
        screen.say(
            f"\n网页已打开：http://127.0.0.1:{port}/　按 Ctrl-C 结束。\n其中的时间从 {now.year} 年 {now.month} 月 {now.day} 日 {now:%H} 时起走，提醒照常发出，邮件存于 {mail}/。"
            f"\n各角色样例账号（仅演示数据中有），密码都是 {PASSWORD}：",
            f"\nThe console: http://127.0.0.1:{port}/   Press Ctrl-C to end it.\nIts time starts on {now.day} {now:%B %Y}, {now:%H:%M}. Reminders go out as usual; their letters are in {mail}/."
            f"\nSample accounts (in demonstration data only), each with the password {PASSWORD}:",
        )
        for role, account in roles.items():
            title = policy.role_title(role, edition.rulebook)
            screen.say(f"  {account:<18} {title.zh}", f"  {account:<18} {title.en}")
        server.serve(engine, Settings(second_factor="optional"), listener)


def _new_file(name: str) -> str:
    """The URL of a new database in the demonstration's folder. An old database with the same name is deleted."""
    private_files.make_folder(FOLDER)
    file = FOLDER / f"{name}.db"
    for old in (file, *(file.with_name(file.name + suffix) for suffix in ("-wal", "-shm", "-journal"))):
        old.unlink(missing_ok=True)
    return f"sqlite:///{file}"


@contextmanager
def _progress_bar(screen: Screen, *, quiet: bool) -> Iterator[YearProgress]:
    """A progress bar on stderr, with the virtual day beside it. Yields the function that moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task(screen.pick("启动年度", "opening the year"), total=None)

        def progress(count: int, total: int, moment: datetime) -> None:
            bar.update(task, completed=count, total=total, description=f"{moment:%Y-%m-%d}")

        yield progress
