"""Connections that keep us waiting: for a head, for a body, for their reader. Each wait has an end, and their number has one.

A subclass of uvicorn's protocol, which has a bound for idle connections only: one byte of a head ends that one, and nothing
begins in its place. Where too many keep us waiting, the one that was silent for longest is cut off, so that a new client gets in. A
person's request is complete within one round trip, or keeps coming.
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
"""Seconds from the first byte of a request (or from connecting) to the end of its head."""
GRACE, PACE, BODY = 20.0, 4096, 900.0
"""A body comes, after so many seconds, at so many bytes a second or more, and is whole after so many seconds."""
LINGER = 2.0
"""Seconds for which the rest of a body is thrown away that was answered before it was read: a client that is cut off sees no answer."""
READER = 60.0
"""Seconds for which an answer waits for a reader that takes nothing of it."""
EACH, ALL = 64, 256
"""Connections that may keep us waiting: from one address (a proxy's aside), and altogether."""
BUSY = 512
"""Connections altogether, beyond which requests are answered 503."""


class Waiting:
    """The connections that wait for their client, the one silent for longest first."""

    def __init__(self, proxies: Proxies, each: int = EACH, most: int = ALL) -> None:
        self._proxies, self._each, self._most = proxies, each, most
        self._connections: dict[BoundedProtocol, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, one: BoundedProtocol, address: str) -> None:
        """A connection that waits, or has just sent something; it becomes the last. If there are too many, the first is cut off."""
        self.drop(one)
        place = "" if address in self._proxies else network(address)
        self._connections[one] = place
        self._counts[place] += 1
        if place and self._counts[place] > self._each:
            next(other for other, its in self._connections.items() if its == place).cut_off()
        elif len(self._connections) > self._most:
            next(iter(self._connections)).cut_off()

    def drop(self, one: BoundedProtocol) -> None:
        """A connection that no longer waits."""
        place = self._connections.pop(one, None)
        if place is not None:
            self._counts[place] -= 1
            if not self._counts[place]:
                del self._counts[place]


class BoundedProtocol(H11Protocol):
    """See the module. `waiting` is shared by all connections of a server."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
        *,
        waiting: Waiting,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = StrictConnection(h11.SERVER)
        self._waiting = waiting
        self._phase, self._began, self._read = "", 0.0, 0
        self._timer: TimerHandle | None = None
        self._reader: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """The head is waited for from now on."""
        super().connection_made(cast("Transport", transport))
        self._enter("head")

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._enter("")
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request."""
        self._read += len(data)
        super().data_received(data)
        phase = self._now()
        if phase and phase == self._phase:
            self._waiting.add(self, self._address)
        else:
            self._enter(phase)

    def on_response_complete(self) -> None:
        """The next request is waited for, or the rest of a body that nobody reads."""
        super().on_response_complete()
        self._enter(self._now())

    def pause_writing(self) -> None:
        """The reader takes nothing at the moment."""
        super().pause_writing()
        self._reader = self.loop.call_later(READER, self.cut_off)

    def resume_writing(self) -> None:
        """The reader goes on."""
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None
        super().resume_writing()

    def cut_off(self) -> None:
        """End it at once, whatever is under way; one that is closed already may still wait for its reader."""
        self._waiting.drop(self)
        self.transport.abort()

    @property
    def _address(self) -> str:
        found = get_remote_addr(self.transport)
        return found[0] if found else ""

    def _now(self) -> str:
        """What the client is waited for: a `head`, a `body`, the `rest` of one that was answered, another request (`idle`), or nothing."""
        if self.transport.is_closing():
            return ""
        answered = getattr(self.cycle, "response_complete", True)  # there is no cycle before the first request
        if self.conn.their_state is h11.SEND_BODY:
            return "rest" if answered else "body"
        if self.conn.their_state is not h11.IDLE or not answered:
            return ""
        return "head" if self.conn.trailing_data[0] else "idle"

    def _enter(self, phase: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._phase, self._began, self._read = phase, self.loop.time(), 0
        if phase == "":
            self._waiting.drop(self)
            return
        self._waiting.add(self, self._address)
        ends = {"head": HEAD, "body": GRACE, "rest": LINGER, "idle": self.timeout_keep_alive + 1.0}[phase]
        self._timer = self.loop.call_later(ends, self._late)

    def _late(self) -> None:
        """The wait is over; a body that comes at its pace goes on."""
        took = self.loop.time() - self._began
        if self._phase != "body" or took >= BODY or self._read < (took - GRACE / 2) * PACE:
            self.cut_off()
            return
        self._timer = self.loop.call_later(GRACE / 4, self._late)


def protocol(proxies: Proxies) -> Any:
    """A factory of the protocol of each connection of one server."""
    return partial(BoundedProtocol, waiting=Waiting(proxies))
