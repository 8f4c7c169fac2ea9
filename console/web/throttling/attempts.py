"""Slows the guessing of passwords and codes: after some failures each further attempt has to wait.

An attempt counts as a failure before the password is checked, and this count is removed if the password was right. So
attempts that are sent at once, to any number of processes, count one after the other. There are four counts of
failures:

* `device`: from a known browser (`devices.py`) at one account. Until this count reaches its limit, the next two do not
  count;
* `address`: from an address, at any account;
* `pair`: from an address at one account;
* `code`: wrong codes of the second factor at one account, after the right password.

No count is about an account alone before the password was right. Otherwise anybody could lock out its holder with one
wrong password every quarter of an hour. An IPv6 address counts as its /64, because one household has that many
addresses.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from hashlib import sha256

from console.web import sessions
from states.user_errors import UserError
from storage.database.database import Database
from storage.sign_in import attempts, rates
from storage.sign_in.attempts import AttemptTooEarly, SignInAttempt

from . import devices

FREE_FAILURES = {"pair": 4, "code": 4, "address": 30, "device": 5}
"""The failures that cause no wait. An address has many, because a whole college may share one address."""
MAX_WAIT = {"pair": timedelta(minutes=15), "code": timedelta(minutes=15), "address": timedelta(minutes=1)}
"""The longest wait; the wait doubles until then.

It is short for an address, so that one person cannot stop a college.
"""
FAILURE_LIFETIME = timedelta(hours=24)
"""A failure counts for this time."""
REPORTED_ADDRESSES = 5
"""Failures at one account from this number of addresses in a day are reported.

The audit administrator and the holder of the account get the report.
"""


class TooManyAttempts(UserError):
    """There were too many failures, so the next attempt has to wait."""

    zh = "尝试次数过多，请在 {seconds} 秒后重试。"
    en = "Too many attempts. Try again in {seconds} seconds."


def account_digest(account: str) -> str:
    """The digest of a typed account name. The name is not stored: it may be a password in the wrong field."""
    return sha256(account.encode()).hexdigest()


def network_of(address: str) -> str:
    """The part of an address that counts: an IPv4 address, also one mapped into IPv6; the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
        parsed = parsed.ipv4_mapped
    return str(parsed)


def begin(database: Database, account: str, address: str, device: str | None, now: datetime) -> SignInAttempt:
    """Count an attempt at an account.

    `device` is the device token, if the account knows the browser. Raises `TooManyAttempts`.
    """
    if device is not None:
        try:
            return _reserve(database, [f"device {sessions.digest(device)} {account_digest(account)}"], account, now)
        except AttemptTooEarly:
            pass  # after too many failures a known browser is treated as an unknown one
    source = network_of(address)
    try:
        return _reserve(database, [f"address {source}", f"pair {account_digest(account)} {source}"], account, now)
    except AttemptTooEarly as early:
        raise TooManyAttempts(seconds=int(early.wait.total_seconds()) + 1) from early


def begin_code(database: Database, account: str, now: datetime) -> SignInAttempt | None:
    """Count an attempt at the second factor of an account, after the right password.

    None if the attempt has to wait.
    """
    # The only count about an account alone. Without it, somebody who knows the password could guess six digits from
    # many addresses. Only such a person can make the holder wait.
    try:
        return _reserve(database, [f"code {account_digest(account)}"], account, now)
    except AttemptTooEarly:
        return None


def release(database: Database, attempt: SignInAttempt) -> None:
    """Reset the account's failures from this address or browser, because the attempt was right."""
    # The count of the address keeps its earlier failures. Otherwise somebody could sign in to an account of their own
    # again and again, and guess at other accounts without waiting.
    attempts.release(database, attempt, [key for key, _ in attempt.before if not key.startswith("address ")])


def addresses_to_report(database: Database, account: str, now: datetime) -> int:
    """The number of addresses with failures at an account, if it must be reported now; otherwise 0."""
    return attempts.addresses_to_report(
        database, account_digest(account), now, now - FAILURE_LIFETIME, REPORTED_ADDRESSES
    )


def delete_old(database: Database, now: datetime) -> None:
    """Delete the rows that are too old to count: failures, known browsers, and calls per minute (`rate_limit.py`)."""
    attempts.delete_old(database, now - FAILURE_LIFETIME, now - devices.DEVICE_LIFETIME)
    rates.delete_old(database, int(now.timestamp()) // 60 - 60)


def _reserve(database: Database, keys: list[str], account: str, now: datetime) -> SignInAttempt:
    """Add one failure to each of the counts. Raises `AttemptTooEarly` if one of them has to wait."""

    def remaining_wait(key: str, count: int, last: datetime) -> timedelta:
        kind = key.partition(" ")[0]
        excess = count - FREE_FAILURES[kind]
        if excess <= 0:
            return timedelta()
        # The wait of a known browser does not double. After its few failures it counts as an unknown browser for a day.
        wait = min(timedelta(seconds=2 ** min(excess, 20)), MAX_WAIT[kind]) if kind in MAX_WAIT else FAILURE_LIFETIME
        return last - now + wait

    return attempts.reserve(database, keys, account_digest(account), now, now - FAILURE_LIFETIME, remaining_wait)
