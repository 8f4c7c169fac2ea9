"""One HTTP request within bounds: of time, of the answer's size, and of the addresses it may go to.

The one client of the program, for webhooks and for providers of single sign-on. It follows no redirect, asks no proxy, keeps no
connection and writes no log. It does not judge a status. HTTP itself is httpcore's; the sockets are ours (`bounded_connection.py`).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from socket import socket
from typing import Any

import httpcore2
from msgspec import Struct

from .bounded_connection import BoundedConnection, any_address

# Not httpx, which is built on the same package, for two reasons. Its client logs every URL, and the URL of a robot is a credential.
# And it goes on to read an answer where the request could not be written, so that nobody learns whether a message was sent.

REQUEST_ERRORS = (OSError, httpcore2.ProtocolError, httpcore2.NetworkError, httpcore2.TimeoutException, ValueError)
"""What sockets, TLS and HTTP raise when a request fails."""


class HttpAnswer(Struct, frozen=True):
    """An answer of any status. `headers` are by name in small letters; `body` is cut where it grows too large (`is_whole`)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


class RequestFailed(Exception):
    """No answer, because of `cause`. `was_sent`: the whole request had been handed over, so the server may have acted on it."""

    def __init__(self, cause: Exception, *, was_sent: bool, out_of_time: bool) -> None:
        super().__init__(type(cause).__name__)
        self.cause, self.was_sent, self.out_of_time = cause, was_sent, out_of_time


def request(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    seconds: float,
    step: float | None = None,
    largest: int,
    permits: Callable[[str], bool] = any_address,
    context: ssl.SSLContext | None = None,
) -> HttpAnswer:
    """The answer to one request, within `seconds` for all of it, the look-up of the name included. Raises `RequestFailed`.

    `step`: the seconds to wait for one piece, where that is shorter.
    `largest`: bytes of the body that are read. `permits`: whether an address (of IPv4 or IPv6) may be connected to.
    """
    # The system's authorities, as for mail: a college may have one of its own. httpcore would take a list of its own.
    context = context or ssl.create_default_context()
    with BoundedConnection(seconds, step or seconds) as connection:
        network = _Network(connection, permits)
        try:
            with (
                httpcore2.ConnectionPool(ssl_context=context, max_connections=1, network_backend=network) as pool,
                pool.stream(method, url, headers=_headers(body, headers), content=body) as response,
            ):
                if not connection.seconds_left:
                    raise TimeoutError  # an answer that was cut in the middle is no answer
                received, is_whole = _read(response.iter_stream(), largest)
                named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                return HttpAnswer(response.status, named, received, is_whole)
        except REQUEST_ERRORS as error:
            late = isinstance(error, TimeoutError) or not connection.seconds_left
            raise RequestFailed(error, was_sent=network.was_sent, out_of_time=late) from error


def _headers(body: bytes, headers: Mapping[str, str] | None) -> list[tuple[str, str]]:
    length = {"Content-Length": str(len(body))} if body else {}
    return list({**length, "Connection": "close", "User-Agent": "kaohe", **(headers or {})}.items())


def _read(pieces: Iterable[bytes], largest: int) -> tuple[bytes, bool]:
    """As much of a body as fits and arrives: the head has come, so what the server did is known."""
    received = bytearray()
    with suppress(*REQUEST_ERRORS):
        for piece in pieces:
            received += piece
            if len(received) > largest:
                break
        else:
            return bytes(received), True
    return bytes(received[:largest]), False


class _Network(httpcore2.NetworkBackend):
    """Where httpcore gets its one connection. It knows whether the request was written: httpcore reads only after that."""

    def __init__(self, connection: BoundedConnection, permits: Callable[[str], bool]) -> None:
        self._connection, self._permits = connection, permits
        self.was_sent = False

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> _Stream:
        return _Stream(self._connection.connect(host, port, self._permits), self)


class _Stream(httpcore2.NetworkStream):
    # Its errors stay those of the socket: httpcore would pass over a `WriteError` of its own kind and wait for an answer.

    def __init__(self, opened: socket, network: _Network) -> None:
        self._socket, self._network = opened, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._network.was_sent = True
        return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # httpcore ends a request by writing nothing. On a connection that was reset once the whole request was there, that would raise,
        # and a message that was sent would be sent again.
        if buffer:
            self._socket.sendall(buffer)

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._network)

    def get_extra_info(self, info: str) -> Any:
        return None
