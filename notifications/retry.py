"""When the post tries again: how long it waits after a failure, and when it gives up. Pure."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from storage.post import deliveries

from .channels.message import Channel

FIRST_RETRY, LAST_RETRY, ATTEMPTS = timedelta(minutes=1), timedelta(hours=4), 10
"""The shortest and the longest wait between two attempts at one message; the attempts after which it is given up."""

LONGEST_WAIT = timedelta(days=1)
"""A channel may ask for more time; it does not get more than this."""

LONGEST_PAUSE = timedelta(hours=1)
"""The longest time between two attempts of a channel that is paused because of a setting, unless its server asks for more."""

LONGEST_GREYLIST = timedelta(days=5)
"""How long a letter is sent again after a greylist refused it. RFC 5321 section 4.5.4.1 gives up after four to five days."""

# A channel that hangs costs its whole timeout at each message. After so many failures it rests until the next tick, and the others go on.
FAILURES_PER_ROUND = 3

LONGEST_DELAY = timedelta(days=21)
"""No delivery is put off beyond this: the longest holiday, and some days."""


def retry_delay(attempts: int, message: str) -> timedelta:
    """The wait after that many attempts: one minute, doubled each time, four hours at most, and up to a fifth more."""
    wait: timedelta = min(FIRST_RETRY * 2 ** max(attempts - 1, 0), LAST_RETRY)
    # Jitter, so that a hundred letters that failed together do not come back together. It is taken from the message's id and not from
    # a random number: the same state of the database then leads to the same times, which is what tests and rehearsals rely on.
    jitter = sha256(f"{message} {attempts}".encode()).digest()[0] / 255
    return wait * (1 + jitter / 5)


def rate_limits(channel: Channel) -> deliveries.Pace:
    """A channel's limits, each with the time it is for."""
    limits = ((channel.per_minute, timedelta(minutes=1)), (channel.per_day, timedelta(days=1)))
    return tuple((most, span) for most, span in limits if most is not None)
