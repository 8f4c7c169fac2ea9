"""`kaohe serve` in a process of its own, the small college (`tests/console/web.py`) in its database: what attacks are made on.

`Served.get`/`post` are a browser's requests; `talk` says bytes over a raw socket and hears what comes back.
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
"""Seconds a server has to come up or to go down."""


class Served:
    """A running console. `url` is its database, `base` its address; what it says is in the file `log`."""

    def __init__(self, url: str, port: int, child: Program, log: Path) -> None:
        self.url, self.port, self.child, self.log = url, port, child, log
        self.base = f"http://127.0.0.1:{port}"

    def client(self, account: str = "", device: str = "", **headers: str) -> httpx2.Client:
        """A browser, signed in as `account` if one is named: a session is put into the database. Close it.

        `device` is the device cookie it has.
        """
        token = self.session(account) if account else sessions.new_token()
        # By hand: no cookie jar gives a Secure cookie to plain HTTP, as a browser does on loopback.
        cookies = f"{sessions.COOKIE}={token}" + (f"; {devices.COOKIE}={device}" if device else "")
        told = {"cookie": cookies, "accept-language": "zh", **headers}
        return httpx2.Client(base_url=self.base, headers=told, trust_env=False, verify=False, timeout=PATIENCE)

    def session(self, account: str) -> str:
        """The token of a new session of an account."""
        with wiring.compose_engine(self.url, SystemClock(), default_edition()) as engine:
            known = state_of(engine, account)
            proof = Digest(known.password or "")
            return sessions.start_session(engine, known, way="password", proof=proof, address="192.0.2.1", agent="")

    def signs_in(self, account: str, password: str, device: str = "", **headers: str) -> httpx2.Response:
        """What the sign-in form answers to a browser that was never here, or has this device cookie."""
        with self.client(device=device, **headers) as browser:
            form = hidden(browser.get("/sign-in").text, "/sign-in")
            return browser.post("/sign-in", data={**form, "account": account, "password": password, "code": ""})

    def connect(self, timeout: float = 10.0) -> socket.socket:
        """A raw connection. Close it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def talk(self, said: bytes, timeout: float = 10.0) -> bytes:
        """Say this and hear what comes back until the server closes or says no more within `timeout` seconds."""
        with self.connect(timeout) as line:
            line.sendall(said)
            return heard(line)

    def said(self) -> str:
        """Everything the server printed and logged so far."""
        return self.log.read_text("utf-8", "replace")

    def stop(self) -> int:
        """End it in order; its exit code."""
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(PATIENCE)


@contextmanager
def served(url: str, directory: Path, *words: str, **settings: str) -> Iterator[Served]:
    """The console over a database, once it answers, without its clock; `settings` without `KAOHE_`: `console_url="…"`.

    It ends with the block, killed if need be. Several may be served over one database.
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
            assert child.poll() is None, made.said()
            assert time.monotonic() < ends, made.said()
            time.sleep(0.05)
        yield made
    finally:
        child.end()


def heard(line: socket.socket) -> bytes:
    """What comes over a connection until the other side closes it or says no more within its timeout."""
    parts = []
    try:
        while part := line.recv(65536):
            parts.append(part)
    except (TimeoutError, ConnectionResetError):
        pass
    return b"".join(parts)


def status(answer: bytes) -> int:
    """The status of a raw answer; 0 where there is none."""
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(found[1]) if found else 0


def answers(port: int) -> bool:
    """Whether a console answers there. Asked often: a client of `httpx2` takes longer to make than the answer."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == httpx2.codes.OK
        except (OSError, HTTPException):
            return False
