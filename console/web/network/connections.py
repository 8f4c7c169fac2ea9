"""Limits connections that keep the server waiting for a head, for a body, or for the client to read (Slowloris).

uvicorn limits idle connections only: the first byte of a head ends that limit, and no other begins. Here each wait has
a limit of time, and the waiting connections have a limit of number. If there are too many, the one that was silent for
longest is closed, so that a new client can connect. This does not harm a person, whose request is complete after one
round trip or keeps coming.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, BaseTransport, TimerHandle, Transport
from collections import Counter
from functools import partial
from typing import Any, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import get_remote_addr
from uvicorn.server import ServerState

from console.web.throttling.attempts import network

from .heads import StrictConnection
from .proxy import Proxies

HEAD = 10.0
"""The most seconds from the start of the connection, or from the first byte of a request, to the end of its head."""
GRACE, PACE, BODY = 20.0, 4096, 900.0
"""After `GRACE` seconds a body must have come at `PACE` bytes a second. After `BODY` seconds it must be complete."""
# If the connection were closed at once, the client would not see the answer.
LINGER = 2.0
"""If a body is answered before it is complete, its rest is read and thrown away for so many seconds."""
READER = 60.0
"""The most seconds for which a client may read nothing of an answer."""
EACH, ALL = 64, 256
"""The most connections that keep the server waiting: from one address, unless it is a proxy; and together."""
BUSY = 512
"""With more connections than this, requests are answered 503."""


class WaitingConnections:
    """The connections that keep the server waiting. The one that was silent for longest is the first."""

    def __init__(self, proxies: Proxies, each: int = EACH, most: int = ALL) -> None:
        self._proxies, self._each, self._most = proxies, each, most
        self._connections: dict[BoundedProtocol, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, one: BoundedProtocol, address: str) -> None:
        """A connection begins to wait, or has sent something: it becomes the last.

        If there are too many, the first is closed.
        """
        self.drop(one)
        # The clients of a proxy share its address, so a proxy has no limit of its own.
        source = "" if address in self._proxies else network(address)
        self._connections[one] = source
        self._counts[source] += 1
        if source and self._counts[source] > self._each:
            next(other for other, its_source in self._connections.items() if its_source == source).cut_off()
        elif len(self._connections) > self._most:
            next(iter(self._connections)).cut_off()

    def drop(self, one: BoundedProtocol) -> None:
        """A connection no longer waits."""
        source = self._connections.pop(one, None)
        if source is not None:
            self._counts[source] -= 1
            if not self._counts[source]:
                del self._counts[source]


class BoundedProtocol(H11Protocol):
    """uvicorn's protocol of one connection, with the limits above. All connections of a server share `waiting`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
        *,
        waiting: WaitingConnections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = StrictConnection(h11.SERVER)
        self._waiting = waiting
        self._phase, self._phase_began, self._bytes_read = "", 0.0, 0
        self._timer: TimerHandle | None = None
        self._reader_timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """The wait for the first head begins."""
        super().connection_made(cast("Transport", transport))
        self._enter("head")

    def connection_lost(self, exc: Exception | None) -> None:
        """The wait is over."""
        self._enter("")
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request have come."""
        self._bytes_read += len(data)
        super().data_received(data)
        phase = self._current_phase()
        if phase and phase == self._phase:
            self._waiting.add(self, self._address)
        else:
            self._enter(phase)

    def on_response_complete(self) -> None:
        """The wait for the next request begins, or for the rest of a body that was answered already."""
        super().on_response_complete()
        self._enter(self._current_phase())

    def pause_writing(self) -> None:
        """The client does not read at the moment."""
        super().pause_writing()
        self._reader_timer = self.loop.call_later(READER, self.cut_off)

    def resume_writing(self) -> None:
        """The client reads again."""
        if self._reader_timer is not None:
            self._reader_timer.cancel()
            self._reader_timer = None
        super().resume_writing()

    def cut_off(self) -> None:
        """Close the connection at once."""
        # `abort`, because after a `close` the transport would still wait for the client to read.
        self._waiting.drop(self)
        self.transport.abort()

    @property
    def _address(self) -> str:
        remote = get_remote_addr(self.transport)
        return remote[0] if remote else ""

    def _current_phase(self) -> str:
        """What the server waits for: "head", "body", the "rest" of an answered body, "idle" for a request, or ""."""
        if self.transport.is_closing():
            return ""
        # Before the first request `cycle` is None.
        answered = getattr(self.cycle, "response_complete", True)
        if self.conn.their_state is h11.SEND_BODY:
            return "rest" if answered else "body"
        if self.conn.their_state is not h11.IDLE or not answered:
            return ""
        return "head" if self.conn.trailing_data[0] else "idle"

    def _enter(self, phase: str) -> None:
        """Begin to wait for something else, or for nothing, with the limit of time for that."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._phase, self._phase_began, self._bytes_read = phase, self.loop.time(), 0
        if phase == "":
            self._waiting.drop(self)
            return
        self._waiting.add(self, self._address)
        seconds = {"head": HEAD, "body": GRACE, "rest": LINGER, "idle": self.timeout_keep_alive + 1.0}[phase]
        self._timer = self.loop.call_later(seconds, self._time_out)

    def _time_out(self) -> None:
        """The limit of time is reached: close the connection, unless it sends a body fast enough."""
        elapsed = self.loop.time() - self._phase_began
        # Half of the grace is never counted, because a connection may be slow at its start.
        if self._phase != "body" or elapsed >= BODY or self._bytes_read < (elapsed - GRACE / 2) * PACE:
            self.cut_off()
            return
        self._timer = self.loop.call_later(GRACE / 4, self._time_out)


def protocol(proxies: Proxies) -> Any:
    """A factory that makes the protocol of each connection of one server."""
    return partial(BoundedProtocol, waiting=WaitingConnections(proxies))
