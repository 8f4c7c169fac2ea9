"""Slows the guessing of passwords and codes: after some failures each further attempt has to wait.

An attempt is counted before the password is checked, and the count is taken back if the password was right. So attempts
that are sent at the same time, to any number of processes, count one after the other. There are four counts of
failures:

* `device`: from a known browser (`devices.py`) at one account. Until it is used up, it replaces the next two;
* `address`: from an address, at any account;
* `pair`: from an address at one account;
* `code`: wrong codes of the second factor at one account, after the right password.

No count is of an account alone before the password was right. Otherwise anybody could lock out its holder with one
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

FREE = {"pair": 4, "code": 4, "address": 30, "device": 5}
"""So many failures have no wait. The number for an address is large, because a whole college may have one address."""
LONGEST = {"pair": timedelta(minutes=15), "code": timedelta(minutes=15), "address": timedelta(minutes=1)}
"""The longest wait, which is reached by doubling.

It is short for an address, so that one person cannot stop a whole college.
"""
COUNTED_FOR = timedelta(hours=24)
"""A failure counts for this time."""
ADDRESSES = 5
"""Failures at one account from so many addresses in a day are reported, to the audit administrator and the holder."""


class TooManyAttempts(UserError):
    """There were too many failures, so the next attempt has to wait."""

    zh = "尝试次数过多，请在 {seconds} 秒后重试。"
    en = "Too many attempts. Try again in {seconds} seconds."


def digest(account: str) -> str:
    """The digest of a typed account name. The name is not stored: it may be a password in the wrong field."""
    return sha256(account.encode()).hexdigest()


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, also if it is mapped into IPv6; or the /64 of an IPv6 address."""
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
            return _reserve(database, [f"device {sessions.digest(device)} {digest(account)}"], account, now)
        except AttemptTooEarly:
            pass  # after too many failures of its own, it is treated as an unknown browser
    source = network(address)
    try:
        return _reserve(database, [f"address {source}", f"pair {digest(account)} {source}"], account, now)
    except AttemptTooEarly as early:
        raise TooManyAttempts(seconds=int(early.wait.total_seconds()) + 1) from early


def begin_code(database: Database, account: str, now: datetime) -> SignInAttempt | None:
    """Count an attempt at an account's second factor, by somebody who knows the password. None if it has to wait."""
    # The only count of an account alone. Somebody who knows the password would otherwise guess six digits from many
    # addresses; and only such a person, not anybody, can make the holder wait.
    try:
        return _reserve(database, [f"code {digest(account)}"], account, now)
    except AttemptTooEarly:
        return None


def release(database: Database, attempt: SignInAttempt) -> None:
    """The attempt was right: reset the account's failures from this address or browser."""
    # The count of the address keeps its earlier failures: an own account must not be a way to guess at others without
    # waiting.
    attempts.release(database, attempt, [key for key, _ in attempt.before if not key.startswith("address ")])


def addresses_to_report(database: Database, account: str, now: datetime) -> int:
    """The number of addresses with failures at an account, if it is to be reported now; otherwise 0."""
    return attempts.spread(database, digest(account), now, now - COUNTED_FOR, ADDRESSES)


def delete_old(database: Database, now: datetime) -> None:
    """Delete the rows that are too old to count: failures, known browsers, calls of the API."""
    attempts.tidy(database, now - COUNTED_FOR, now - devices.KNOWN_FOR)
    rates.tidy(database, int(now.timestamp()) // 60 - 60)


def _reserve(database: Database, keys: list[str], account: str, now: datetime) -> SignInAttempt:
    """Add one failure to each of the counts. Raises `AttemptTooEarly` if one of them has to wait."""

    def remaining_wait(key: str, count: int, last: datetime) -> timedelta:
        kind = key.partition(" ")[0]
        excess = count - FREE[kind]
        if excess <= 0:
            return timedelta()
        # A known browser has no doubling wait: after its few failures it is as unknown as any other for a day.
        wait = min(timedelta(seconds=2 ** min(excess, 20)), LONGEST[kind]) if kind in LONGEST else COUNTED_FOR
        return last - now + wait

    return attempts.reserve(database, keys, digest(account), now, now - COUNTED_FOR, remaining_wait)
