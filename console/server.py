"""The HTTP server of the pages and the API: the socket it listens on, and uvicorn with our limits.

Not here: the answers to requests (`app.py`), and the command that starts the server (`cli/commands/serve.py`).
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from config.settings import Settings
from console.supervisor import Supervisor
from console.web.network.connections import MAX_CONNECTIONS, READER_SECONDS, protocol_factory
from console.web.network.proxy import ForwardedHeaders, Proxies
from scheduler.counters import RequestMetrics
from states.user_errors import UserError
from workflow.engine import Engine

from . import app as web


class AddressNotFree(UserError):
    """No socket can listen on the address."""

    zh = "不能在 {host}:{port} 上监听：{why}。请换一个端口（--port），或停用占用它的程序。"
    en = "Cannot listen on {host}:{port}: {why}. Choose another port (--port), or stop the program that uses it."


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the address. Raises `AddressNotFree`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressNotFree(host=host, port=port, why=error.strerror or str(error)) from error
    # Connections inherit these options. Asyncio sets TCP_NODELAY only on listeners that it opened itself; without it a
    # short page waits 40 ms for the browser to acknowledge its headers.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # With these two options the system notices a client that has vanished, and drops one that reads nothing (Linux).
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(READER_SECONDS * 1000))
    return listener


def serve(
    engine: Engine,
    settings: Settings,
    listener: socket.socket,
    metrics: RequestMetrics | None = None,
    daemon: Supervisor | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. Requests that have begun are still answered."""
    make_server(web.app(engine, settings, metrics, daemon), Proxies(settings.proxy)).run([listener])


def make_server(app: ASGIApp, proxies: Proxies | None = None) -> uvicorn.Server:
    """The server, not yet running. Only `proxies` may say from which address a request came."""
    proxies = proxies or Proxies()
    config = uvicorn.Config(
        ForwardedHeaders(app, proxies),
        http=protocol_factory(proxies),
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=30,
    )
    return _Server(config)


class _Server(uvicorn.Server):
    """Uvicorn, but it does not raise the signal again at its end.

    That would end this process before its daemon has ended.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        earlier_handlers = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in earlier_handlers.items():
                signal.signal(number, handler)
