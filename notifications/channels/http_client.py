"""One HTTP request with limits: for its time, for the size of the answer, and for the addresses it may connect to.

This is the only HTTP client of the program; webhooks and single sign-on use it. It follows no redirect, uses no proxy,
reuses no connection and writes no log. It returns an answer of any status. httpcore implements HTTP; the sockets are
ours (`bounded_connection.py`).
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

# httpx, which is built on the same package, is not used, for two reasons. Its client logs every URL, and the URL of a
# robot is a credential. And if the request could not be written, it still tries to read an answer, so that nothing
# shows whether a message was sent.

REQUEST_ERRORS = (OSError, httpcore2.ProtocolError, httpcore2.NetworkError, httpcore2.TimeoutException, ValueError)
"""The errors of sockets, TLS and HTTP when a request fails."""


class HttpAnswer(Struct, frozen=True):
    """An answer of any status.

    The names of `headers` are in lower case. `is_whole`: `body` was neither too large nor interrupted.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


class RequestFailed(Exception):
    """There is no answer, because of `cause`.

    `was_sent`: the whole request was sent, so the server may have acted on it. `out_of_time`: the time was over.
    """

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
    """Send one request and return its answer. Raises `RequestFailed` if there is none.

    `seconds`: the time for all of it, including the look-up of the name. `step`: the time for one wait, if that is
    shorter. `largest`: the most bytes of the body that are read. `permits`: whether a connection to an address (IPv4 or
    IPv6) is permitted.
    """
    # The certificate authorities of the system, as for mail, because a college may have its own. httpcore would use
    # another list.
    context = context or ssl.create_default_context()
    with BoundedConnection(seconds, step or seconds) as connection:
        network = _Network(connection, permits)
        try:
            with (
                httpcore2.ConnectionPool(ssl_context=context, max_connections=1, network_backend=network) as pool,
                pool.stream(method, url, headers=_headers(body, headers), content=body) as response,
            ):
                if not connection.seconds_left:
                    raise TimeoutError  # The head of the answer may have been cut in the middle.
                received, is_whole = _read(response.iter_stream(), largest)
                fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                return HttpAnswer(response.status, fields, received, is_whole)
        except REQUEST_ERRORS as error:
            out_of_time = isinstance(error, TimeoutError) or not connection.seconds_left
            raise RequestFailed(error, was_sent=network.was_sent, out_of_time=out_of_time) from error


def _headers(body: bytes, headers: Mapping[str, str] | None) -> list[tuple[str, str]]:
    length = {"Content-Length": str(len(body))} if body else {}
    return list({**length, "Connection": "close", "User-Agent": "kaohe", **(headers or {})}.items())


def _read(blocks: Iterable[bytes], largest: int) -> tuple[bytes, bool]:
    """At most `largest` bytes of a body, and whether that is all of it."""
    received = bytearray()
    # An error here is no failure of the request: the status has been received, and it says what the server did.
    with suppress(*REQUEST_ERRORS):
        for block in blocks:
            received += block
            if len(received) > largest:
                break
        else:
            return bytes(received), True
    return bytes(received[:largest]), False


class _Network(httpcore2.NetworkBackend):
    """Gives httpcore its one connection.

    `was_sent`: the request was written. httpcore reads only after that, so a read shows it.
    """

    def __init__(self, connection: BoundedConnection, permits: Callable[[str], bool]) -> None:
        self._connection, self._permits = connection, permits
        self.was_sent = False

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> _Stream:
        return _Stream(self._connection.connect(host, port, self._permits), self)


class _Stream(httpcore2.NetworkStream):
    # It raises the errors of the socket and not `httpcore2.WriteError`: httpcore would ignore that and wait for an
    # answer.

    def __init__(self, connection: socket, network: _Network) -> None:
        self._socket, self._network = connection, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._network.was_sent = True
        return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # httpcore ends a request by writing an empty buffer. If the server resets the connection when it has the whole
        # request, that write would raise, and a message that was sent would be sent again.
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
