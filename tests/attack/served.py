"""Starts `kaohe serve` in a process of its own, over a database with the college of `tests/console/web.py`.

`Served.client` is a browser, signed in or not; `Served.talk` sends raw bytes over a socket and returns the answer.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import httpx2

from config.clock import SystemClock
from config.rulebooks import default_edition
from console.web import sessions
from console.web.credentials import state_of
from console.web.throttling import devices
from states.vocabulary import Digest
from tests.console.web import hidden
from tests.warm import Program
from workflow import wiring

HOUSE = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds in which a server must start or end."""


class Served:
    """A running console. `url` is its database, `base` its address; its output is in the file `log`."""

    def __init__(self, url: str, port: int, child: Program, log: Path) -> None:
        self.url, self.port, self.child, self.log = url, port, child, log
        self.base = f"http://127.0.0.1:{port}"

    def client(self, account: str = "", device: str = "", **headers: str) -> httpx2.Client:
        """A browser. Close it after use.

        With `account`, it is signed in: a session is written into the database. `device` is its device cookie.
        """
        token = self.session(account) if account else sessions.new_token()
        # By hand: no cookie jar gives a Secure cookie to plain HTTP, as a browser does on loopback.
        cookies = f"{sessions.COOKIE}={token}" + (f"; {devices.COOKIE}={device}" if device else "")
        all_headers = {"cookie": cookies, "accept-language": "zh", **headers}
        return httpx2.Client(base_url=self.base, headers=all_headers, trust_env=False, verify=False, timeout=PATIENCE)

    def session(self, account: str) -> str:
        """Start a session of an account. Returns its token."""
        with wiring.compose_engine(self.url, SystemClock(), default_edition()) as engine:
            known = state_of(engine, account)
            proof = Digest(known.password or "")
            return sessions.start_session(engine, known, way="password", proof=proof, address="192.0.2.1", agent="")

    def signs_in(self, account: str, password: str, device: str = "", **headers: str) -> httpx2.Response:
        """The answer to the sign-in form, sent by a new browser or by one with this device cookie."""
        with self.client(device=device, **headers) as browser:
            form = hidden(browser.get("/sign-in").text, "/sign-in")
            return browser.post("/sign-in", data={**form, "account": account, "password": password, "code": ""})

    def connect(self, timeout: float = 10.0) -> socket.socket:
        """A raw connection. Close it after use."""
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def talk(self, data: bytes, timeout: float = 10.0) -> bytes:
        """Send bytes. Returns the answer until the server closes the connection or sends nothing for `timeout` seconds."""
        with self.connect(timeout) as line:
            line.sendall(data)
            return receive_all(line)

    def output(self) -> str:
        """Everything that the server has printed and logged so far."""
        return self.log.read_text("utf-8", "replace")

    def stop(self) -> int:
        """Stop the server with SIGTERM. Returns its exit code."""
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(PATIENCE)


@contextmanager
def served(url: str, directory: Path, *words: str, **settings: str) -> Iterator[Served]:
    """Start the console over a database, without the daemon, and wait until it answers. It is killed after the block.

    `settings` are the names of settings without `KAOHE_`: `console_url="…"`. Several consoles may use one database.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    named = {f"KAOHE_{name.upper()}": value for name, value in settings.items()}
    environment = {
        **os.environ,
        "KAOHE_SECOND_FACTOR": "optional",
        "PYTHONPATH": str(HOUSE),
        "PYTHONUNBUFFERED": "1",
        **named,
    }
    log = directory / f"serve-{port}.log"
    command = ["serve", "--no-daemon", "--port", str(port), "--database", url, *words]
    child = Program(command, environment, directory, log)
    made = Served(url, port, child, log)
    try:
        ends = time.monotonic() + PATIENCE
        while not answers(made.port):
            assert child.poll() is None, made.output()
            assert time.monotonic() < ends, made.output()
            time.sleep(0.05)
        yield made
    finally:
        child.end()


def receive_all(line: socket.socket) -> bytes:
    """The bytes that come until the other side closes the connection or sends nothing within the timeout."""
    parts = []
    try:
        while part := line.recv(65536):
            parts.append(part)
    except (TimeoutError, ConnectionResetError):
        pass
    return b"".join(parts)


def status(answer: bytes) -> int:
    """The status of a raw HTTP answer; 0 if it has none."""
    match = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(match[1]) if match else 0


def answers(port: int) -> bool:
    """Whether a console answers at this port. It is called often, and to make a client of `httpx2` would take longer."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == httpx2.codes.OK
        except (OSError, HTTPException):
            return False
