"""`kaohe serve`: serves the web pages and the API, and runs the daemon in a second process.

`--no-daemon` leaves the daemon out. `--metrics-port` also serves the metrics of the requests on loopback.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Annotated

import typer

from config.logs import logger
from config.settings import Settings
from console import server
from console.cli.engine import open_engine
from console.cli.options import LOOPBACK, PORT, DatabaseUrl, Lang, MetricsPort, Port
from console.cli.screen import on_screen
from console.supervisor import Supervisor, starter_of
from scheduler.counters import RequestMetrics
from states.vocabulary import Text
from storage.sign_in import accounts


def serve(
    host: Annotated[
        str,
        typer.Option(),
        Text(
            zh="监听地址；对外请经反向代理",
            en="Address to listen on. Give other machines access through a reverse proxy with TLS",
        ),
    ] = LOOPBACK,
    port: Port = PORT,
    daemon: Annotated[
        bool, typer.Option("--daemon/--no-daemon"), Text(zh="同时运行定时服务", en="Run the daemon beside the pages")
    ] = True,
    metrics_port: MetricsPort = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        metrics = RequestMetrics()
        if metrics_port is not None:
            # `listen` raises a `UserError` if the port is taken; `metrics.serve` would raise a bare OSError.
            server.listen(LOOPBACK, metrics_port).close()
            metrics.serve(metrics_port)
        supervision = _supervise_daemon(url) if daemon else nullcontext()
        with server.listen(host, port) as listener, supervision as supervisor:
            if not accounts.count(engine.ledger.database):
                screen.say(
                    "还没有账号：请先运行 kaohe init。", "There is no account yet: run `kaohe init` first.", "yellow"
                )
            screen.say(f"网页：http://{host}:{port}/", f"Web pages: http://{host}:{port}/")
            server.serve(engine, Settings(), listener, metrics, supervisor)


def _supervise_daemon(url: str | None) -> Supervisor:
    # The daemon has its own process, so that a slow page does not delay a reminder and a slow round does not delay a
    # page.
    command = [sys.executable, "-m", "console", "scheduler", "run"]
    return Supervisor(starter_of([*command, *(("--database", url) if url else ())]), logger("console"))
