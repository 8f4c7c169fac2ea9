"""The rules of retries: how long the post waits after a failure, and when it gives up. Pure.

Also here: the sending limits of a channel as the queue needs them (`rate_limits`).
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from storage.post import deliveries

from .channels.message import Channel

FIRST_RETRY, LAST_RETRY, MAX_ATTEMPTS = timedelta(minutes=1), timedelta(hours=4), 10
"""The shortest and longest wait between two attempts to send a message; the attempts after which it is given up."""

LONGEST_WAIT = timedelta(days=1)
"""The longest wait that a channel may ask for. If it asks for more, the post waits only so long."""

LONGEST_PAUSE = timedelta(hours=1)
"""The longest wait of a channel that is paused because of a setting, unless its server asks for more."""

LONGEST_GREYLIST = timedelta(days=5)
"""How long the post retries a letter that a greylist refuses.

RFC 5321 section 4.5.4.1: "generally needs to be at least 4-5 days".
"""

FAILURES_PER_ROUND = 3
"""After so many failures a channel is not used until the next round.

A server that hangs costs the whole timeout for each message.
"""

LONGEST_DELAY = timedelta(days=21)
"""The longest time for which a delivery may wait: the longest holiday and some days more."""


def retry_delay(attempts: int, message: str) -> timedelta:
    """The wait after so many attempts: one minute, doubled each time up to four hours, plus up to a fifth as jitter."""
    wait: timedelta = min(FIRST_RETRY * 2 ** max(attempts - 1, 0), LAST_RETRY)
    # Because of the jitter, a hundred letters that failed together are not retried together. It is computed from the
    # message's id and is not random, so that the same database leads to the same times. Tests and rehearsals depend on
    # that.
    jitter = sha256(f"{message} {attempts}".encode()).digest()[0] / 255
    return wait * (1 + jitter / 5)


def rate_limits(channel: Channel) -> deliveries.Pace:
    """The limits of a channel: each a number of messages and the period for which it holds."""
    limits = ((channel.per_minute, timedelta(minutes=1)), (channel.per_day, timedelta(days=1)))
    return tuple((limit, period) for limit, period in limits if limit is not None)
