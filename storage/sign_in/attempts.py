"""Attempts to sign in, counted before the password is checked; and the browsers that are known to an account.

Before, because a count after the check would let any number of attempts run at once. `console/web/throttling/` decides
what is counted, for how long, and how long the delays are. A device token is passed as its digest, never itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select, update

from storage.database.database import Database
from storage.database.upsert import insert_or_ignore, upsert
from storage.tables.sign_in import DEVICE, FAILED_ATTEMPT

SKEW = timedelta(minutes=10)
"""By how much the clocks of two machines may differ."""

Delay = Callable[[str, int, datetime], timedelta]
"""(key, failures, time of the last one) -> how long the next attempt has to wait from now on."""


class AttemptTooEarly(Exception):
    """The attempt has to wait, and was not counted."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


class SignInAttempt(Struct, frozen=True):
    """A counted attempt: its time, and for each key the time of the attempt before it."""

    at: datetime
    before: tuple[tuple[str, datetime], ...]


def reserve(
    database: Database, keys: Sequence[str], account: str, now: datetime, since: datetime, delay: Delay
) -> SignInAttempt:
    """Count one attempt under each key. Raises `AttemptTooEarly` and counts nothing if one of them has to wait.

    One transaction locks the rows, so attempts of all threads, processes and machines are counted one after the other.
    A count whose last attempt was before `since` starts at zero; so does one that is more than `SKEW` ahead: the clock
    that made it was set back since. `account` is the digest of the account name that was typed.
    """
    keys = sorted(set(keys))  # in one order: two attempts that lock the same rows cannot wait for each other
    with database.writing() as connection:
        for key in keys:
            row = {"key": key, "account": account, "count": 0, "at": now}
            connection.execute(insert_or_ignore(FAILED_ATTEMPT, database.dialect), row)
        locked = select(FAILED_ATTEMPT.c.key, FAILED_ATTEMPT.c.count, FAILED_ATTEMPT.c.at).where(
            FAILED_ATTEMPT.c.key.in_(keys)
        )
        rows = connection.execute(locked.order_by(FAILED_ATTEMPT.c.key).with_for_update()).all()
        counts = {key: (count if since <= at <= now + SKEW else 0, at) for key, count, at in rows}
        wait = max(delay(key, count, at) for key, (count, at) in counts.items())
        if wait > timedelta():
            raise AttemptTooEarly(wait)
        for key, (count, _) in counts.items():
            connection.execute(
                update(FAILED_ATTEMPT).where(FAILED_ATTEMPT.c.key == key).values(count=count + 1, at=now)
            )
    return SignInAttempt(now, tuple((key, at) for key, (_, at) in counts.items()))


def release(database: Database, attempt: SignInAttempt, forget: Sequence[str] = ()) -> None:
    """The attempt did not fail: take it off the counts, and reset the counts of the keys in `forget`."""
    with database.writing() as connection:
        for key, before in attempt.before:
            mine = FAILED_ATTEMPT.c.key == key
            if key in forget:
                connection.execute(delete(FAILED_ATTEMPT).where(mine))
                continue
            connection.execute(
                update(FAILED_ATTEMPT).where(mine, FAILED_ATTEMPT.c.count > 0).values(count=FAILED_ATTEMPT.c.count - 1)
            )
            # If no other attempt came in between, the delay is measured from the attempt before again.
            alone = FAILED_ATTEMPT.c.at == attempt.at
            connection.execute(update(FAILED_ATTEMPT).where(mine, alone).values(at=before))


def spread(database: Database, account: str, now: datetime, since: datetime, least: int) -> int:
    """The number of addresses from which attempts at an account failed, if it has to be reported now; else 0.

    Reported at `least` addresses, then each time the number has doubled. The last number reported has a row of its own,
    which is locked: of several processes one reports it.
    """
    key = f"told {account}"
    with database.writing() as connection:
        row = {"key": key, "account": "", "count": 0, "at": now}
        connection.execute(insert_or_ignore(FAILED_ATTEMPT, database.dialect), row)
        mine = select(FAILED_ATTEMPT.c.count, FAILED_ATTEMPT.c.at).where(FAILED_ATTEMPT.c.key == key).with_for_update()
        reported, at = connection.execute(mine).one()
        count = _failing(connection, account, since)
        if count < max(least, 2 * reported if at >= since else 0):
            return 0
        connection.execute(update(FAILED_ATTEMPT).where(FAILED_ATTEMPT.c.key == key).values(count=count, at=now))
    return count


def _failing(connection: Connection, account: str, since: datetime) -> int:
    pairs = (FAILED_ATTEMPT.c.account == account, FAILED_ATTEMPT.c.key.startswith("pair "), FAILED_ATTEMPT.c.count > 0)
    return connection.scalar(select(func.count()).where(*pairs, FAILED_ATTEMPT.c.at >= since)) or 0


# --- known browsers -------------------------------------------------------------------------------


def remember(database: Database, device: str, account: str, now: datetime, most: int) -> None:
    """Make a browser known to an account. Only the `most` browsers used last stay known."""
    with database.writing() as connection:
        mine = DEVICE.c.account == account
        connection.execute(upsert(DEVICE, database.dialect), {"digest": device, "account": account, "at": now})
        last = select(DEVICE.c.digest).where(mine).order_by(DEVICE.c.at.desc(), DEVICE.c.digest).limit(most)
        connection.execute(delete(DEVICE).where(mine, DEVICE.c.digest.not_in(last)))


def known(database: Database, device: str, since: datetime, account: str | None = None) -> bool:
    """Whether a browser is known to this account (to any, if None) and was used since `since`."""
    mine = [DEVICE.c.digest == device, DEVICE.c.at >= since]
    if account is not None:
        mine.append(DEVICE.c.account == account)
    with database.reading() as connection:
        return connection.scalar(select(DEVICE.c.account).where(*mine).limit(1)) is not None


def forget_devices(database: Database, account: str) -> None:
    """No browser is known to this account any more."""
    with database.writing() as connection:
        connection.execute(delete(DEVICE).where(DEVICE.c.account == account))


def tidy(database: Database, failures_before: datetime, devices_before: datetime) -> None:
    """Delete failures and browsers that are too old to count."""
    with database.writing() as connection:
        connection.execute(delete(FAILED_ATTEMPT).where(FAILED_ATTEMPT.c.at < failures_before))
        connection.execute(delete(DEVICE).where(DEVICE.c.at < devices_before))
