"""Limits connections that keep the server waiting for a head, for a body, or for the client to read (Slowloris).

uvicorn has a time limit only for idle connections. It stops that timer at the first byte of a request and starts no
other. Here each wait has a time limit, and the number of waiting connections has a limit. If there are too many, the
connection that was silent for the longest time is closed, so that a new client can connect. Browsers are not affected:
they send a request at once, or send its bytes without long pauses.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, BaseTransport, TimerHandle, Transport
from collections import Counter
from functools import partial
from typing import Any, Literal, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import get_remote_addr
from uvicorn.server import ServerState

from console.web.throttling.attempts import network_of

from .heads import StrictConnection
from .proxy import Proxies

HEAD_SECONDS = 10.0
"""The most seconds until the head of a request is complete.

They are counted from the start of the connection, or from the first byte of the request.
"""
GRACE_SECONDS, MIN_BYTES_PER_SECOND, BODY_SECONDS = 20.0, 4096, 900.0
"""A body is checked first after `GRACE_SECONDS`. From then on its mean rate must be `MIN_BYTES_PER_SECOND` or more.

The first half of the grace does not count as time. After `BODY_SECONDS` the body must be complete.
"""
LINGER_SECONDS = 2.0
"""If the answer comes before the body is complete, the rest of the body is read and ignored for this time.

If the connection were closed at once, the client would not receive the answer.
"""
READER_SECONDS = 60.0
"""The most seconds in which a client must read so much of an answer that the server can write again."""
MAX_WAITING_PER_ADDRESS, MAX_WAITING = 64, 256
"""The most connections that may keep the server waiting: from one address that is no proxy, and in all."""
MAX_CONNECTIONS = 512
"""With more connections than this, the answer to a request is 503."""

_Phase = Literal["head", "body", "rest", "idle", ""]
"""What the server waits for: a head, a body, the rest of a body that has its answer ("rest"), or a request ("idle").

In the phase "" it waits for nothing.
"""


class WaitingConnections:
    """The connections that keep the server waiting, in the order of their last bytes."""

    def __init__(self, proxies: Proxies, per_address: int = MAX_WAITING_PER_ADDRESS, total: int = MAX_WAITING) -> None:
        self._proxies, self._per_address, self._total = proxies, per_address, total
        self._connections: dict[BoundedProtocol, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, connection: BoundedProtocol, address: str) -> None:
        """Add a connection that begins to wait, or move it to the end because it has sent something.

        If its address has too many, the connection of that address that was silent for the longest time is closed.
        Otherwise, if the server has too many, it is the one of all that was silent for the longest time.
        """
        self.drop(connection)
        # The clients of a proxy share its address, so a proxy has no limit of its own.
        network = "" if address in self._proxies else network_of(address)
        self._connections[connection] = network
        self._counts[network] += 1
        if network and self._counts[network] > self._per_address:
            next(other for other, other_network in self._connections.items() if other_network == network).cut_off()
        elif len(self._connections) > self._total:
            next(iter(self._connections)).cut_off()

    def drop(self, connection: BoundedProtocol) -> None:
        """Remove a connection that no longer waits."""
        network = self._connections.pop(connection, None)
        if network is not None:
            self._counts[network] -= 1
            if not self._counts[network]:
                del self._counts[network]


class BoundedProtocol(H11Protocol):
    """uvicorn's protocol for one connection, with the limits above. All connections of a server share `waiting`."""

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
        self._phase: _Phase = ""
        self._phase_start, self._bytes_read = 0.0, 0
        self._timer: TimerHandle | None = None
        self._reader_timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for the first head."""
        super().connection_made(cast("Transport", transport))
        self._enter("head")

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait."""
        self._enter("")
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count the bytes, and enter the next phase if they complete the current one."""
        self._bytes_read += len(data)
        super().data_received(data)
        phase = self._current_phase()
        if phase and phase == self._phase:
            self._waiting.add(self, self._address)
        else:
            self._enter(phase)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request, or for the rest of a body that has its answer already."""
        super().on_response_complete()
        self._enter(self._current_phase())

    def pause_writing(self) -> None:
        """Start the timer of a client that does not read."""
        super().pause_writing()
        self._reader_timer = self.loop.call_later(READER_SECONDS, self.cut_off)

    def resume_writing(self) -> None:
        """Stop that timer: the client reads again."""
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

    def _current_phase(self) -> _Phase:
        """What the server waits for."""
        if self.transport.is_closing():
            return ""
        # Before the first request `cycle` is None.
        answered = getattr(self.cycle, "response_complete", True)
        if self.conn.their_state is h11.SEND_BODY:
            return "rest" if answered else "body"
        if self.conn.their_state is not h11.IDLE or not answered:
            return ""
        return "head" if self.conn.trailing_data[0] else "idle"

    def _enter(self, phase: _Phase) -> None:
        """Begin a phase with its time limit."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._phase, self._phase_start, self._bytes_read = phase, self.loop.time(), 0
        if phase == "":
            self._waiting.drop(self)
            return
        self._waiting.add(self, self._address)
        # uvicorn's own timer for idle connections ends one second before this one, if it runs. Every byte stops it,
        # also the last byte of a body that has its answer already. Only the next answer starts it again.
        seconds = {
            "head": HEAD_SECONDS,
            "body": GRACE_SECONDS,
            "rest": LINGER_SECONDS,
            "idle": self.timeout_keep_alive + 1.0,
        }[phase]
        self._timer = self.loop.call_later(seconds, self._time_out)

    def _time_out(self) -> None:
        """Close the connection at its time limit. A body that comes fast enough gets more time."""
        elapsed = self.loop.time() - self._phase_start
        # Half of the grace never counts, because a connection may be slow at its start.
        if (
            self._phase != "body"
            or elapsed >= BODY_SECONDS
            or self._bytes_read < (elapsed - GRACE_SECONDS / 2) * MIN_BYTES_PER_SECOND
        ):
            self.cut_off()
            return
        self._timer = self.loop.call_later(GRACE_SECONDS / 4, self._time_out)


def protocol_factory(proxies: Proxies) -> Any:
    """A factory for the protocols of all connections of one server."""
    return partial(BoundedProtocol, waiting=WaitingConnections(proxies))
