"""Counts attempts to sign in before the password is checked, and stores the known browsers of an account.

A count after the check would allow any number of attempts at the same time. `console/web/throttling/` decides on the
keys, on the lifetime of a count, and on the delays. A device token is always passed as its digest. Also here: from how
many addresses an account was guessed at (`addresses_to_report`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select, update

from storage.database.database import Database
from storage.database.upsert import insert_or_ignore, upsert
from storage.tables.sign_in import DEVICE, FAILED_ATTEMPT

CLOCK_SKEW = timedelta(minutes=10)
"""The clocks of two machines may differ by so much."""

Delay = Callable[[str, int, datetime], timedelta]
"""A function of a key, its number of failures and the time of the last one: how long the next attempt must wait."""


class AttemptTooEarly(Exception):
    """The attempt must wait for the time `wait`. It was not counted."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


class SignInAttempt(Struct, frozen=True):
    """A counted attempt: its time, and for each of its keys the time of the previous attempt."""

    at: datetime
    before: tuple[tuple[str, datetime], ...]


def reserve(
    database: Database, keys: Sequence[str], account: str, now: datetime, since: datetime, delay: Delay
) -> SignInAttempt:
    """Count one attempt under each key. Raises `AttemptTooEarly`, and counts nothing, if one of the keys must wait.

    One transaction locks the rows, so the attempts of all threads, processes and machines are counted one after the
    other. A count starts at zero again if its last attempt was before `since`, or if it is more than `CLOCK_SKEW` in
    the future, because then a clock was set back. `account` is the digest of the typed account name.
    """
    # Always in the same order, so that two attempts that lock the same rows cannot wait for each other.
    keys = sorted(set(keys))
    with database.writing() as connection:
        for key in keys:
            row = {"key": key, "account": account, "count": 0, "at": now}
            connection.execute(insert_or_ignore(FAILED_ATTEMPT, database.dialect), row)
        columns = (FAILED_ATTEMPT.c.key, FAILED_ATTEMPT.c.count, FAILED_ATTEMPT.c.at)
        statement = select(*columns).where(FAILED_ATTEMPT.c.key.in_(keys)).order_by(FAILED_ATTEMPT.c.key)
        rows = connection.execute(statement.with_for_update()).all()
        counts = {key: (count if since <= at <= now + CLOCK_SKEW else 0, at) for key, count, at in rows}
        wait = max(delay(key, count, at) for key, (count, at) in counts.items())
        if wait > timedelta():
            raise AttemptTooEarly(wait)
        for key, (count, _) in counts.items():
            connection.execute(
                update(FAILED_ATTEMPT).where(FAILED_ATTEMPT.c.key == key).values(count=count + 1, at=now)
            )
    return SignInAttempt(now, tuple((key, at) for key, (_, at) in counts.items()))


def release(database: Database, attempt: SignInAttempt, forget: Sequence[str] = ()) -> None:
    """Take an attempt that did not fail off the counts. The counts of the keys in `forget` are deleted."""
    with database.writing() as connection:
        for key, before in attempt.before:
            has_key = FAILED_ATTEMPT.c.key == key
            if key in forget:
                connection.execute(delete(FAILED_ATTEMPT).where(has_key))
                continue
            is_counted = FAILED_ATTEMPT.c.count > 0
            values = {"count": FAILED_ATTEMPT.c.count - 1}
            connection.execute(update(FAILED_ATTEMPT).where(has_key, is_counted).values(values))
            # If no other attempt came after this one, the delay is counted from the previous attempt again.
            is_last = FAILED_ATTEMPT.c.at == attempt.at
            connection.execute(update(FAILED_ATTEMPT).where(has_key, is_last).values(at=before))


def addresses_to_report(database: Database, account: str, now: datetime, since: datetime, min_count: int) -> int:
    """The number of addresses from which attempts at an account failed, if it must be reported now; else 0.

    It is reported when it reaches `min_count`, and then each time it has doubled. The last reported number has a row of
    its own. The row is locked, so that only one of several processes reports the number.
    """
    key = f"told {account}"
    with database.writing() as connection:
        row = {"key": key, "account": "", "count": 0, "at": now}
        connection.execute(insert_or_ignore(FAILED_ATTEMPT, database.dialect), row)
        statement = select(FAILED_ATTEMPT.c.count, FAILED_ATTEMPT.c.at).where(FAILED_ATTEMPT.c.key == key)
        last_reported, reported_at = connection.execute(statement.with_for_update()).one()
        count = _count_addresses(connection, account, since)
        if count < max(min_count, 2 * last_reported if reported_at >= since else 0):
            return 0
        connection.execute(update(FAILED_ATTEMPT).where(FAILED_ATTEMPT.c.key == key).values(count=count, at=now))
    return count


def _count_addresses(connection: Connection, account: str, since: datetime) -> int:
    """The number of addresses with failed attempts at an account.

    They have keys for the pair of address and account.
    """
    pairs = (FAILED_ATTEMPT.c.account == account, FAILED_ATTEMPT.c.key.startswith("pair "), FAILED_ATTEMPT.c.count > 0)
    return connection.scalar(select(func.count()).where(*pairs, FAILED_ATTEMPT.c.at >= since)) or 0


# --- known browsers -------------------------------------------------------------------------------


def remember_device(database: Database, device: str, account: str, now: datetime, limit: int) -> None:
    """Make a browser known to an account. Only the `limit` browsers that were used last stay known."""
    with database.writing() as connection:
        of_account = DEVICE.c.account == account
        connection.execute(upsert(DEVICE, database.dialect), {"digest": device, "account": account, "at": now})
        last_used = select(DEVICE.c.digest).where(of_account).order_by(DEVICE.c.at.desc(), DEVICE.c.digest).limit(limit)
        connection.execute(delete(DEVICE).where(of_account, DEVICE.c.digest.not_in(last_used)))


def is_known_device(database: Database, device: str, since: datetime, account: str | None = None) -> bool:
    """Whether a browser is known to this account (None: to any account) and was used since `since`."""
    conditions = [DEVICE.c.digest == device, DEVICE.c.at >= since]
    if account is not None:
        conditions.append(DEVICE.c.account == account)
    with database.reading() as connection:
        return connection.scalar(select(DEVICE.c.account).where(*conditions).limit(1)) is not None


def forget_devices(database: Database, account: str) -> None:
    """Delete the known browsers of an account."""
    with database.writing() as connection:
        connection.execute(delete(DEVICE).where(DEVICE.c.account == account))


def delete_old(database: Database, failures_before: datetime, devices_before: datetime) -> None:
    """Delete failures and browsers that are too old to count."""
    with database.writing() as connection:
        connection.execute(delete(FAILED_ATTEMPT).where(FAILED_ATTEMPT.c.at < failures_before))
        connection.execute(delete(DEVICE).where(DEVICE.c.at < devices_before))
