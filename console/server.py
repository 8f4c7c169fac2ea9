"""The HTTP server of the pages and the API: the socket it listens on, and uvicorn with our limits.

Not here: what a request is answered with (`app.py`), and who starts it (`cli/commands/serve.py`).
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
from console.web.network.connections import BUSY, READER, protocol
from console.web.network.proxy import Forwarded, Proxies
from scheduler.counters import RequestMetrics
from states.user_errors import UserError
from workflow.engine import Engine

from . import app as web


class AddressNotFree(UserError):
    """No socket can listen on the address."""

    zh = "不能在 {host}:{port} 上监听：{why}。请换一个端口（--port），或停用占用它的程序。"
    en = "Cannot listen on {host}:{port}: {why}. Choose another port (--port), or stop the program that uses it."


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the address. Raises AddressNotFree."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressNotFree(host=host, port=port, why=error.strerror or str(error)) from error
    # Connections inherit these options. Asyncio sets TCP_NODELAY only on listeners that it opened itself; without it a short
    # page waits 40 ms for the browser to acknowledge its headers.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # So that a client which vanished is noticed, and one which reads nothing of its answer is dropped (Linux).
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(READER * 1000))
    return listener


def serve(
    engine: Engine, settings: Settings, listener: socket.socket, counters: RequestMetrics | None = None,
    daemon: Supervisor | None = None,
) -> None:  # fmt: skip
    """Serve until SIGTERM or SIGINT. Requests that have begun are answered first."""
    server(web.app(engine, settings, counters, daemon), Proxies(settings.proxy)).run([listener])


def server(app: ASGIApp, proxies: Proxies | None = None) -> uvicorn.Server:
    """The server, not yet running. `proxies` are believed about the address a request came from."""
    proxies = proxies or Proxies()
    config = uvicorn.Config(
        Forwarded(app, proxies), http=protocol(proxies), ws="none", log_level="warning", access_log=False, server_header=False,
        proxy_headers=False, limit_concurrency=BUSY, timeout_graceful_shutdown=30,
    )  # fmt: skip
    return _Server(config)


class _Server(uvicorn.Server):
    """Uvicorn, except that it does not raise the signal again at its end: that would end this process before the daemon beside it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
