"""`kaohe init`, `kaohe account …`, `kaohe serve`: the first administrators, and the console with its daemon beside it."""

from __future__ import annotations

import json
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
import uvicorn
from starlette.types import ASGIApp

from config.clock import SystemClock
from config.logs import logger
from config.rulebooks import Edition
from config.settings import Settings
from console.web import app as web
from console.web import credentials, tokens
from console.web.command_ids import new_id
from console.web.network.connections import BUSY, READER, protocol
from console.web.network.proxy import Forwarded, Proxies
from scheduler.counters import Requests
from states.accounts.account import ADMINISTRATORS, OPERATOR, ROLE_TITLES, GrantRole, OpenAccount
from states.accounts.tokens import RevokeToken
from states.user_errors import UserError
from states.vocabulary import Opaque, Words
from storage.sign_in import accounts
from storage.vault import account_secrets
from workflow import wiring
from workflow.engine import Clock, Engine

from . import vault
from .screen import AsJson, DatabaseUrl, Lang, Screen, on_screen
from .supervisor import Supervisor, process

LOOPBACK, PORT = "127.0.0.1", 8000

Host = Annotated[str, typer.Option(help="监听地址；对外请经反向代理 · put a proxy with TLS before it")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="端口 · port")]


class NoPort(UserError):
    """The address cannot be listened at."""

    zh = "不能在 {host}:{port} 上监听：{why}。请换一个端口（--port），或停用占用它的程序。"
    en = "{host}:{port} cannot be listened at: {why}. Name another port (--port), or stop what uses it."


AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT", help="系统的账号 · the system's account")]

account = typer.Typer(no_args_is_help=True, help="账号 · accounts")
system = typer.Typer(no_args_is_help=True, help="接口令牌 · tokens of other systems")


def init(database: DatabaseUrl = None, lang: Lang = None) -> None:
    """首次启用：建库、生成保密库密钥并任命三员，各给一次性链接 · the database, its vault's key and the three administrators, a one-time link each."""
    with on_screen(lang) as screen:
        settings = Settings()
        with _engine(database, SystemClock()) as engine:
            if accounts.count(engine.ledger.database):
                screen.say(
                    "已有账号，无需再次启用。管理员忘记密码请用 kaohe account link 账号。",
                    "There are accounts already. For an administrator who forgot a password: `kaohe account link ID`.",
                    "yellow",
                )
                raise typer.Exit(1)
            vault.begin(screen, engine.ledger.database, wiring.key_place(database or settings.database))
            appoint(engine, {role: role.replace("_", "-") for role in ADMINISTRATORS})
            screen.say(
                "三名管理员须由三人分别担任（三员分立）。请把链接分别交给本人，三天内打开并设置密码：",
                "The three administrators are three people. Hand each the own link; it holds for three days:",
            )
            for role in ADMINISTRATORS:
                _tell_link(screen, engine, settings, role.replace("_", "-"), ROLE_TITLES[role].render(screen.language))


@account.command("link")
def link(id_: Annotated[str, typer.Argument(metavar="ID")], database: DatabaseUrl = None, lang: Lang = None) -> None:
    """为账号发放一次性链接（管理员只能在本机发放） · a one-time link; an administrator's is made here only."""
    with on_screen(lang) as screen, _engine(database, SystemClock()) as engine:
        _tell_link(screen, engine, Settings(), id_, id_)


@system.command("new")
def new_token(
    id_: AccountId,
    days: Annotated[int, typer.Option(min=1, max=tokens.LONGEST, help="有效天数 · days it holds")] = 365,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """为其他系统的账号发放接口令牌，只显示一次 · a token for another system's account; it is shown once."""
    with on_screen(lang) as screen, _engine(database, SystemClock()) as engine:
        token = tokens.issue(engine, id_, days, OPERATOR, new_id("token"))
        screen.say(
            f"令牌只显示这一次，{days} 天内有效：\n{token}",
            f"The token is shown this once and holds for {days} days:\n{token}",
        )


@system.command("list")
def list_tokens(database: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """列出未吊销的接口令牌及有效期 · the tokens that were not revoked, and until when each holds."""
    with on_screen(lang) as screen, wiring.reading(database or Settings().database, _edition()) as engine:
        held = [(id_, *token) for id_, found in tokens.all_of(engine).items() for token in found.items()]
        if as_json:
            print(json.dumps([{"account": a, "token": t, "until": str(until)} for a, t, until in held], indent=1))
            return
        table = screen.table(("接口令牌", "Tokens"), ("账号", "Account"), ("令牌", "Token"), ("有效期至", "Until"))
        for row in held:
            table.add_row(*map(str, row))
        screen.console.print(table)


@system.command("revoke")
def revoke_token(
    id_: AccountId,
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="令牌编号（t-…） · the token's id")],
    reason: Annotated[str, typer.Option(help="理由，写入台账 · why; enters the ledger")],
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """吊销接口令牌，立即失效 · revoke a token; it holds no more from now on."""
    with on_screen(lang) as screen, _engine(database, SystemClock()) as engine:
        command = RevokeToken(token=Opaque(token), reason=Words(reason))
        engine.submit(f"account/{id_}", command, OPERATOR, new_id("revoke"))
        screen.say("已吊销。", "Revoked.")


def serve(
    host: Host = LOOPBACK,
    port: Port = PORT,
    daemon: Annotated[
        bool, typer.Option("--daemon/--no-daemon", help="同时运行定时服务 · run the clock beside it")
    ] = True,
    metrics_port: Annotated[int | None, typer.Option(min=1, max=65535, help="本机 /metrics · on loopback")] = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """运行网页，并在旁运行定时服务 · the web pages, and the clock beside them, until told to stop."""
    with on_screen(lang) as screen, _engine(database, SystemClock()) as engine:
        counters = Requests()
        if metrics_port is not None:
            listening(LOOPBACK, metrics_port).close()
            counters.serve(metrics_port)
        with listening(host, port) as door, _clock(database) if daemon else _nothing() as clock:
            if not accounts.count(engine.ledger.database):
                screen.say(
                    "还没有账号：请先运行 kaohe init。", "There is no account yet: run `kaohe init` first.", "yellow"
                )
            screen.say(f"网页：http://{host}:{port}/", f"The pages: http://{host}:{port}/")
            run(engine, Settings(), door, counters, clock)


def listening(host: str, port: int) -> socket.socket:
    """A socket that has the address, before anything is done that a taken port would waste. `NoPort`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host, port), family=family)
    except OSError as error:
        raise NoPort(host=host, port=port, why=error.strerror or str(error)) from error
    # Whoever comes in by it inherits this. Asyncio sets it for doors of its own only, and without it a short page waits 40 ms
    # for the reader's acknowledgement of its headers.
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A client that went without a word is noticed, and one that takes nothing of its answer is given up (Linux).
    door.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(READER * 1000))
    return door


def run(
    engine: Engine, settings: Settings, door: socket.socket, counters: Requests | None = None,
    clock: Supervisor | None = None,
) -> None:  # fmt: skip
    """Serve until SIGTERM or SIGINT; what is under way is brought to its end first."""
    server(web.app(engine, settings, counters, clock), Proxies(settings.proxy)).run([door])


def server(app: ASGIApp, proxies: Proxies | None = None) -> uvicorn.Server:
    """The server, not yet running; it is handed its door when it is run. `proxies` are believed about where a request came from."""
    proxies = proxies or Proxies()
    config = uvicorn.Config(
        Forwarded(app, proxies), http=protocol(proxies), ws="none", log_level="warning", access_log=False, server_header=False,
        proxy_headers=False, limit_concurrency=BUSY, timeout_graceful_shutdown=30,
    )  # fmt: skip
    return _Server(config)


class _Server(uvicorn.Server):
    """Uvicorn, but for how it ends: it would raise the signal again, and take us down before what is beside it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def appoint(engine: Engine, administrators: dict[str, str]) -> None:
    """Open an account for each role, by the operator of the machine."""
    for role, id_ in administrators.items():
        stream, called = f"account/{id_}", account_secrets.name(engine.ledger.database, id_, ROLE_TITLES[role].zh)
        engine.submit(stream, OpenAccount(), OPERATOR, f"init-{id_}", beside=[called])
        engine.submit(stream, GrantRole(role=Opaque(role)), OPERATOR, f"init-{id_}-{role}")


def _tell_link(screen: Screen, engine: Engine, settings: Settings, id_: str, title: str) -> None:
    path = credentials.issue_link(engine, id_, OPERATOR, new_id("link"))
    base = settings.console_url.rstrip("/") or f"http://{LOOPBACK}:{PORT}"
    screen.say(f"  {title}（{id_}）  {base}{path}", f"  {title} ({id_})  {base}{path}")


def _engine(database: str | None, clock: Clock) -> Engine:
    return wiring.engine(database or Settings().database, clock, _edition())


def _edition() -> Edition:
    return wiring.default_edition(Settings().rulebook)


def _clock(database: str | None) -> Supervisor:
    """The daemon in a process of its own, so that neither can hold up the other; it ends with the pages."""
    command = [sys.executable, "-m", "console", "scheduler", "run"]
    return Supervisor(process([*command, *(("--database", database) if database else ())]), logger("console"))


@contextmanager
def _nothing() -> Iterator[None]:
    yield None
