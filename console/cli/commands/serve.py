"""`kaohe serve`: the pages, and the daemon in a process beside them."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Annotated

import typer

from config.clock import SystemClock
from config.logs import logger
from config.rulebooks import default_edition
from config.settings import Settings
from console import server
from console.cli.options import LOOPBACK, PORT, DatabaseUrl, Lang, MetricsPort, Port
from console.cli.screen import on_screen
from console.supervisor import Supervisor, process
from scheduler.counters import RequestMetrics
from states.vocabulary import Text
from storage.sign_in import accounts
from workflow import wiring


def serve(
    host: Annotated[str, typer.Option(), Text(zh="监听地址；对外请经反向代理", en="Address to listen on; let others reach it through a proxy with TLS")] = LOOPBACK,
    port: Port = PORT,
    daemon: Annotated[bool, typer.Option("--daemon/--no-daemon"), Text(zh="同时运行定时服务", en="Run the daemon beside the pages")] = True,
    metrics_port: MetricsPort = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:  # fmt: skip
    settings = Settings()
    edition = default_edition(settings.rulebook)
    with (
        on_screen(lang) as screen,
        wiring.compose_engine(database or settings.database, SystemClock(), edition) as engine,
    ):
        counters = RequestMetrics()
        if metrics_port is not None:
            server.listen(LOOPBACK, metrics_port).close()
            counters.serve(metrics_port)
        with server.listen(host, port) as listener, _daemon(database) if daemon else nullcontext() as supervisor:
            if not accounts.count(engine.ledger.database):
                screen.say(
                    "还没有账号：请先运行 kaohe init。", "There is no account yet: run `kaohe init` first.", "yellow"
                )
            screen.say(f"网页：http://{host}:{port}/", f"The pages: http://{host}:{port}/")
            server.serve(engine, settings, listener, counters, supervisor)


def _daemon(database: str | None) -> Supervisor:
    # In a process of its own, so that a slow page does not delay a reminder, nor a slow round a page.
    command = [sys.executable, "-m", "console", "scheduler", "run"]
    return Supervisor(process([*command, *(("--database", database) if database else ())]), logger("console"))
