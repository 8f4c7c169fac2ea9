"""A connection with a deadline: it is shut down when its time is up, whatever it is doing.

A timeout in Python bounds one wait, so a server that sends a byte now and then is waited for without end; and nothing bounds the
look-up of a name. So names are looked up in a thread, and a timer shuts the connection down. Nothing is sent or read here.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from queue import Empty, Queue
from threading import Thread, Timer
from time import monotonic
from typing import Any, NamedTuple, Self


class ForbiddenAddress(OSError):
    """The name leads to an address that may not be connected to."""


class ResolvedAddress(NamedTuple):
    """One address of a name, as `socket.getaddrinfo` returns it."""

    family: int
    kind: int
    protocol: int
    name: str
    address: tuple[Any, ...]


def any_address(_address: str) -> bool:
    """Permit every address."""
    return True


class BoundedConnection:
    """At most one connection, ended after `total` seconds; no wait is longer than `step` seconds. Raises `OSError`."""

    def __init__(self, total: float, step: float) -> None:
        self._end = monotonic() + total
        self._step = step
        self._open = ExitStack()

    @property
    def seconds_left(self) -> float:
        """Seconds until the end."""
        return max(self._end - monotonic(), 0.0)

    def connect(self, host: str, port: int, permits: Callable[[str], bool] = any_address) -> socket.socket:
        """Connect to a host whose addresses are all permitted.

        Raises `ForbiddenAddress` if any of them is not permitted, and `OSError` if none answers.
        """
        # Looked up once: a second look-up might give another address than the one that was checked (DNS rebinding).
        places = _resolve(host, port, min(self._step, self.seconds_left))
        if not all(permits(place.address[0]) for place in places):
            raise ForbiddenAddress
        connection = self._first(places)
        self._watch(connection)
        return connection

    def _first(self, places: list[ResolvedAddress]) -> socket.socket:
        """The first address that answers. Each has its share of the time, so that one that hangs does not use up that of the others."""
        failed = OSError("no address")
        for i, place in enumerate(places):
            try:
                return _connect(place, min(self._step, self.seconds_left / (len(places) - i)), self._step)
            except OSError as error:
                failed = error
        raise failed

    def _watch(self, connection: socket.socket) -> None:
        # TLS takes the socket over and may close it. A duplicate of its descriptor ends the connection in any case.
        twin = connection.dup()
        watch = Timer(self.seconds_left, _shut_down, [twin])
        watch.daemon = True
        watch.start()
        for done in (twin.close, watch.join, watch.cancel):
            self._open.callback(done)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


def _shut_down(twin: socket.socket) -> None:
    with suppress(OSError):
        twin.shutdown(socket.SHUT_RDWR)


def _connect(place: ResolvedAddress, within: float, step: float) -> socket.socket:
    connection = socket.socket(place.family, place.kind, place.protocol)
    try:
        connection.settimeout(max(within, 0.001))
        connection.connect(place.address)
        connection.settimeout(step)
        # Otherwise a letter's final dot waits for the server to acknowledge the letter, which waits for more.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


def _resolve(host: str, port: int, within: float) -> list[ResolvedAddress]:
    """The addresses of a name. `getaddrinfo` has no timeout, so it runs in a thread, which is left behind when it takes too long."""
    found: Queue[list[ResolvedAddress] | OSError] = Queue(1)

    def ask() -> None:
        try:
            found.put([ResolvedAddress(*each) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else OSError("not a name"))

    Thread(target=ask, daemon=True).start()
    try:
        answer = found.get(timeout=within)
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise answer
    return answer
