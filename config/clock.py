"""The clocks: the machine's own, a running one with another start, a virtual one.

No other module asks the machine for the date or the time of day.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A source of the present time."""

    def now(self) -> datetime:
        """The time that this clock shows, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's time, aware, in UTC."""
        return datetime.now(UTC)


class RunningClock:
    """A clock that begins at `start` and then runs like the machine's: for a demonstration at another time."""

    def __init__(self, start: datetime) -> None:
        """`start` is an aware datetime. Raises `ValueError` for a naive one."""
        self._offset = _aware(start) - datetime.now(UTC)

    def now(self) -> datetime:
        """The time that this clock shows, aware, in UTC."""
        return datetime.now(UTC) + self._offset


class VirtualClock:
    """A clock that moves only by `advance_to`: for rehearsals and tests."""

    def __init__(self, start: datetime) -> None:
        """`start` is an aware datetime. Raises `ValueError` for a naive one."""
        self._now = _aware(start)

    def now(self) -> datetime:
        """The time that this clock shows, aware, in UTC."""
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Move to `moment`. Raises `ValueError` if it is naive or earlier than the time that the clock shows."""
        moment = _aware(moment)
        if moment < self._now:
            raise ValueError(f"a clock does not go back: from {self._now} to {moment}")
        self._now = moment


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"a moment without its time zone: {moment}")
    return moment.astimezone(UTC)
