"""Makes the process of a daemon kill itself with SIGKILL at one point of its work, at any hour of the day."""

from __future__ import annotations

import os
import signal
from datetime import datetime
from typing import Any

from config.clock import RunningClock, SystemClock
from notifications.channels.smtp import Smtp
from notifications.hours import SendingHours
from storage.post import deliveries


def die_at(name: str, when: str, start: datetime) -> None:
    """Let this process kill itself `before` or `after` its first call of a function of the post, such as `send`.

    Its clock begins at `start`.
    """
    clock = RunningClock(start)
    SystemClock.now = lambda _self: clock.now()  # type: ignore[method-assign]
    owner: Any = Smtp if name == "send" else deliveries
    real = getattr(owner, name)

    def dying(*arguments: Any, **named: Any) -> None:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dying)
    SendingHours.next_opening = lambda _hours, at, _is_working: at  # type: ignore[method-assign]
