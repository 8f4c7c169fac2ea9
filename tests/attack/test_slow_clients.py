"""Clients that keep us waiting: half-open connections, slow heads, slow bodies, answers nobody takes. Bounded in time and number."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from console import server
from console.web.middleware import Guard
from console.web.network import connections
from console.web.network.connections import BoundedProtocol, WaitingConnections
from console.web.network.proxy import Proxies
from tests.attack.served import Served, receive_all, status

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once at `/`; reads the whole body first at `/read`; sends 64 MB at `/long`."""
    if scope["path"] == "/read":
        await Request(scope, receive).body()
    said = "x" * 2**26 if scope["path"] == "/long" else "so"
    await PlainTextResponse(said)(scope, receive, send)


@contextmanager
def listened(proxies: Proxies, each: int, most: int) -> Iterator[int]:
    """The port of a server of ours, in a thread, its bounds a tenth of what they are."""
    door = server.listen("127.0.0.1", 0)
    running = server.make_server(Guard(echo), proxies)
    running.config.timeout_graceful_shutdown = 2
    running.config.http = partial(BoundedProtocol, waiting=WaitingConnections(proxies, each, most))
    thread = threading.Thread(target=lambda: asyncio.run(running.serve([door])), daemon=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HEAD_SECONDS", "GRACE_SECONDS", "LINGER_SECONDS", "READER_SECONDS"):
            patch.setattr(connections, name, getattr(connections, name) / 10)
        patch.setattr(connections, "BODY_SECONDS", 4.0)
        patch.setattr(type(running), "capture_signals", lambda _self: ExitStack())
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            running.should_exit = True
            thread.join(30)
            assert not thread.is_alive(), "nothing that is open keeps it from ending"
            door.close()


@pytest.fixture
def port() -> Iterator[int]:
    with listened(Proxies(), 8, 16) as found:
        yield found


def connect(port: int, timeout: float = 10.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout)


def answered(line: socket.socket) -> bool:
    """Whether an answer comes, whole."""
    said = b""
    while not said.endswith(b"so") and (part := line.recv(1024)):
        said += part
    return said.startswith(b"HTTP/1.1 200")


def lasts(line: socket.socket, say: Callable[[float], bytes], most: float = 9.0) -> float:
    """For how many seconds a connection is borne that says a little every tenth of a second."""
    began = time.monotonic()
    line.settimeout(0.1)
    while (took := time.monotonic() - began) < most:
        try:
            line.sendall(say(took))
            if not line.recv(1024):
                return took
        except TimeoutError:
            continue
        except OSError:
            return took
    return most


def test_a_connection_that_says_nothing_is_ended_within_its_bound(port: int) -> None:
    with connect(port) as line:
        assert 0.5 < lasts(line, lambda _: b"") < 6


def test_a_head_that_comes_byte_by_byte_is_ended_within_its_bound(port: int) -> None:
    with connect(port) as line:
        line.sendall(HEAD + b"X-Slow: ")
        assert 0.5 < lasts(line, lambda _: b"a") < 6


def test_the_head_of_a_second_request_is_bounded_like_the_first(port: int) -> None:
    with connect(port) as line:
        line.sendall(HEAD + b"\r\n")
        assert answered(line)
        line.sendall(HEAD + b"X-Slow: ")
        assert 0.5 < lasts(line, lambda _: b"a") < 6


def test_a_body_that_comes_too_slowly_is_ended_within_its_bound(port: int) -> None:
    with connect(port) as line:
        line.sendall(HEAD.replace(b"GET /", b"POST /read") + b"Content-Length: 100000\r\n\r\n")
        assert 1 < lasts(line, lambda _: b"a" * 10) < 7


def test_a_body_that_comes_at_its_pace_goes_on_and_is_ended_in_the_end(port: int) -> None:
    with connect(port) as line:
        line.sendall(HEAD.replace(b"GET /", b"POST /read") + b"Content-Length: 1000000\r\n\r\n")
        assert 3.5 < lasts(line, lambda _: b"a" * 1500) < 9


def test_a_body_nobody_reads_is_answered_and_ended(port: int) -> None:
    with connect(port) as line:
        line.sendall(HEAD.replace(b"GET", b"POST") + b"Content-Length: 1000000\r\n\r\n")
        assert answered(line)
        assert lasts(line, lambda _: b"a" * 10) < 6


def test_the_rest_of_a_short_body_nobody_reads_is_thrown_away_and_the_connection_goes_on(port: int) -> None:
    with connect(port) as line:
        line.sendall(HEAD.replace(b"GET", b"POST") + b"Content-Length: 10\r\n\r\n")
        assert answered(line)
        line.sendall(b"a" * 10 + HEAD + b"\r\n")
        assert answered(line)


def test_an_answer_nobody_takes_is_ended_within_its_bound(port: int) -> None:
    with connect(port) as line:
        line.sendall(HEAD.replace(b"GET /", b"GET /long") + b"\r\n")
        time.sleep(7.5)
        assert len(receive_all(line)) < 2**26


def test_of_too_many_half_open_connections_the_longest_silent_goes_and_who_asks_now_is_answered(port: int) -> None:
    with ExitStack() as stack:
        crowd = [stack.enter_context(connect(port)) for _ in range(12)]
        for line in crowd:
            line.sendall(HEAD)
        with connect(port) as person:
            person.sendall(HEAD + b"\r\n")
            assert answered(person)
        time.sleep(0.2)
        gone = [closed(line) for line in crowd]
        assert gone[:4] == [True] * 4
        assert gone[5:] == [False] * 7, "eight of one address are borne"


def test_a_proxys_connections_are_bounded_altogether_only() -> None:
    with listened(Proxies(["127.0.0.1"]), 4, 10) as port, ExitStack() as stack:
        crowd = [stack.enter_context(connect(port)) for _ in range(12)]
        for line in crowd:
            line.sendall(HEAD)
        time.sleep(0.3)
        assert [closed(line) for line in crowd] == [True] * 2 + [False] * 10


def closed(line: socket.socket) -> bool:
    line.settimeout(0.05)
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@pytest.mark.one_database
def test_three_hundred_half_open_connections_keep_nobody_out_of_a_real_console(kaohe: Served) -> None:
    """How connections are counted hangs on no database."""
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(kaohe.connect()).sendall(HEAD)
        with kaohe.client("office") as browser:
            began = time.monotonic()
            assert browser.get("/").status_code == 200
            assert time.monotonic() - began < 5
    assert status(kaohe.talk(HEAD + b"Connection: close\r\n\r\n")) == 303
    assert "Traceback" not in kaohe.output()
