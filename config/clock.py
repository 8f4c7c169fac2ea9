"""The clocks. The only file that asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Gives the time: aware, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        return datetime.now(UTC)


class RunningClock:
    """A clock that begins at `start` and runs as fast as the machine's: for a demonstration at another time."""

    def __init__(self, start: datetime) -> None:
        """Run from `start`, an aware datetime. Raises `ValueError` for a naive one."""
        self._offset = _aware(start) - datetime.now(UTC)

    def now(self) -> datetime:
        """The time this clock shows, aware, in UTC."""
        return datetime.now(UTC) + self._offset


class VirtualClock:
    """A clock that stops until `advance_to` moves it: for rehearsals and tests."""

    def __init__(self, start: datetime) -> None:
        """Stop at `start`, an aware datetime. Raises `ValueError` for a naive one."""
        self._now = _aware(start)

    def now(self) -> datetime:
        """The time this clock shows, aware, in UTC."""
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Move to `moment`. Raises `ValueError` if it is naive or earlier than the time the clock shows."""
        moment = _aware(moment)
        if moment < self._now:
            raise ValueError(f"a clock does not go back: from {self._now} to {moment}")
        self._now = moment


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"a moment without its time zone: {moment}")
    return moment.astimezone(UTC)
