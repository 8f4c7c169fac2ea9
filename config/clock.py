"""What time it is. The only file that asks the machine."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        return datetime.now(UTC)


class RunningClock:
    """A clock that was set to `start` when it was made, and goes on as the machine's does: for showing another time."""

    def __init__(self, start: datetime) -> None:
        """Run from `start`, an aware datetime. Raises `ValueError` for a naive one."""
        self._ahead = _aware(start) - datetime.now(UTC)

    def now(self) -> datetime:
        """This moment as it would be, aware, in UTC."""
        return datetime.now(UTC) + self._ahead


class VirtualClock:
    """A clock that stands still until it is told to advance: for rehearsals and tests."""

    def __init__(self, start: datetime) -> None:
        """Stand at `start`, an aware datetime. Raises `ValueError` for a naive one."""
        self._now = _aware(start)

    def now(self) -> datetime:
        """The moment the clock stands at, aware, in UTC."""
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Go on to `moment`. Raises `ValueError` if it is naive, or earlier than where the clock stands."""
        moment = _aware(moment)
        if moment < self._now:
            raise ValueError(f"a clock does not go back: from {self._now} to {moment}")
        self._now = moment


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"a moment without its time zone: {moment}")
    return moment.astimezone(UTC)
