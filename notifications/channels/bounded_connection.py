"""A connection with a deadline: when its time is over it is shut down, whatever it is doing.

A timeout in Python bounds a single wait, so a server that sends a byte from time to time could keep a connection open
for ever; and nothing bounds the look-up of a name. So names are looked up in a thread, and a timer shuts the connection
down. Also here: the check that all addresses of a name are permitted. Nothing is sent or read here.
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
    """The name has an address to which a connection is not permitted."""


class ResolvedAddress(NamedTuple):
    """One address of a name. The fields are those of `socket.getaddrinfo`."""

    family: int
    kind: int
    protocol: int
    name: str
    address: tuple[Any, ...]


def any_address(_address: str) -> bool:
    """Permit every address."""
    return True


class BoundedConnection:
    """A context manager for one connection.

    It ends after `total` seconds, and each wait after `step` seconds. Raises `OSError`.
    """

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
        # The name is looked up once. A second look-up could return another address than the one that was checked (DNS
        # rebinding).
        addresses = _resolve(host, port, min(self._step, self.seconds_left))
        if not all(permits(resolved.address[0]) for resolved in addresses):
            raise ForbiddenAddress
        connection = self._connect_to_first(addresses)
        self._start_timer(connection)
        return connection

    def _connect_to_first(self, addresses: list[ResolvedAddress]) -> socket.socket:
        """Connect to the first address that answers.

        Each gets a share of the time, so that one that hangs leaves time for the others.
        """
        failure = OSError("no address")
        for index, resolved in enumerate(addresses):
            share = self.seconds_left / (len(addresses) - index)
            try:
                return _connect(resolved, min(self._step, share), self._step)
            except OSError as error:
                failure = error
        raise failure

    def _start_timer(self, connection: socket.socket) -> None:
        # TLS takes over the socket and may close it. A duplicate of its descriptor can end the connection in any case.
        duplicate = connection.dup()
        timer = Timer(self.seconds_left, _shut_down, [duplicate])
        timer.daemon = True
        timer.start()
        # `ExitStack` calls these in reverse order: cancel, join, close.
        for callback in (duplicate.close, timer.join, timer.cancel):
            self._open.callback(callback)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _connect(resolved: ResolvedAddress, seconds: float, step: float) -> socket.socket:
    connection = socket.socket(resolved.family, resolved.kind, resolved.protocol)
    try:
        connection.settimeout(max(seconds, 0.001))
        connection.connect(resolved.address)
        connection.settimeout(step)
        # Otherwise the final dot of a letter is held back until the server acknowledges the letter, and the server
        # waits for the dot.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


def _resolve(host: str, port: int, seconds: float) -> list[ResolvedAddress]:
    """The addresses of a name.

    `getaddrinfo` has no timeout, so it runs in a thread, which is abandoned if it takes too long.
    """
    results: Queue[list[ResolvedAddress] | OSError] = Queue(1)

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            results.put([ResolvedAddress(*row) for row in rows])
        except (OSError, UnicodeError) as error:
            results.put(error if isinstance(error, OSError) else OSError("not a name"))

    Thread(target=look_up, daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if isinstance(result, OSError):
        raise result
    return result
