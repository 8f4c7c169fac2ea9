"""A connection with a last moment: cut when its time is up, whatever it is doing then.

A timeout of Python's bounds one wait; whoever sends a byte now and then is waited for as long as he likes. And
nothing at all bounds the looking up of a name. So names are looked up aside, and a watch ends the connection. Nothing is
sent or read here.
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
    """The name leads to an address that is not gone to."""


class ResolvedAddress(NamedTuple):
    """What a name was found to mean, as `socket.getaddrinfo` says it."""

    family: int
    kind: int
    protocol: int
    name: str
    address: tuple[Any, ...]


def any_address(_address: str) -> bool:
    """Every address is gone to."""
    return True


class BoundedConnection:
    """At most one connection, over after `total` seconds; no wait is longer than `step`. Fails with `OSError`."""

    def __init__(self, total: float, step: float) -> None:
        self._end = monotonic() + total
        self._step = step
        self._open = ExitStack()

    @property
    def seconds_left(self) -> float:
        """The seconds that are left."""
        return max(self._end - monotonic(), 0.0)

    def connect(self, host: str, port: int, permits: Callable[[str], bool] = any_address) -> socket.socket:
        """Connect. The addresses asked about are the ones connected to; a name is looked up once.

        Raises `ForbiddenAddress` if any of them is not permitted, and `OSError` if none answers.
        """
        places = _resolve(host, port, min(self._step, self.seconds_left))
        if not all(permits(place.address[0]) for place in places):
            raise ForbiddenAddress
        connection = self._first(places)
        self._watch(connection)
        return connection

    def _first(self, places: list[ResolvedAddress]) -> socket.socket:
        """The first that answers; each has its share of the time that is left."""
        failed = OSError("no address")
        for i, place in enumerate(places):
            try:
                return _connect(place, min(self._step, self.seconds_left / (len(places) - i)), self._step)
            except OSError as error:
                failed = error
        raise failed

    def _watch(self, connection: socket.socket) -> None:
        # TLS takes the socket over and closes it in its own time; a twin of it always ends the connection.
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
    """Where the name leads. The system's own search knows no bound, so it is waited for in a thread left behind."""
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
