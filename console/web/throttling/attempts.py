"""Guessing: how long the next attempt to sign in has to wait, and when many failures are reported.

An attempt is counted before the password is checked, and uncounted if it was right. So attempts that are sent at once, to any
number of processes, count one after the other. What is counted:

* at a known browser (`devices.py`): that browser's failures at that account, and nothing else;
* anywhere else: the failures from the address, and from the address at that account;
* of second factors, once the password was right: the account's.

No count is of the account alone before the password was right. Otherwise anybody could keep its holder out by failing on purpose
once in a quarter of an hour. An IPv6 address counts as its /64, because one household has that many addresses.
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
"""Failures before waiting begins. Behind an address may be a whole college."""
LONGEST = {"pair": timedelta(minutes=15), "code": timedelta(minutes=15), "address": timedelta(minutes=1)}
"""The longest wait. It is short for an address: one person must not hold up a whole college behind the same address."""
FORGOTTEN = timedelta(hours=24)
ADDRESSES = 5
"""From how many addresses within a day failures at one account are reported."""


class TooOften(UserError):
    """Too many failures: each further try waits longer."""

    zh = "尝试次数过多，请在 {seconds} 秒后重试。"
    en = "Too many attempts. Try again in {seconds} seconds."


def digest(account: str) -> str:
    """The digest of a name that was typed. Only this is stored, because the name may be a password in the wrong field."""
    return sha256(account.encode()).hexdigest()


def network(address: str) -> str:
    """The unit that counts as one address: an IPv4 address, also one mapped into IPv6, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
        found = found.ipv4_mapped
    return str(found)


def begin(database: Database, account: str, address: str, device: str | None, now: datetime) -> SignInAttempt:
    """Count an attempt at an account; `device` is the browser's token where it is known to it. `TooOften`."""
    if device is not None:
        try:
            return _reserve(database, [f"device {sessions.digest(device)} {digest(account)}"], account, now)
        except AttemptTooEarly:
            pass  # it has used up its own failures: from here on it is like an unknown browser
    place = network(address)
    try:
        return _reserve(database, [f"address {place}", f"pair {digest(account)} {place}"], account, now)
    except AttemptTooEarly as early:
        raise TooOften(seconds=int(early.wait.total_seconds()) + 1) from early


def begin_code(database: Database, account: str, now: datetime) -> SignInAttempt | None:
    """Count an attempt at an account's second factor, by somebody who knows the password; None if it has to wait.

    The only count of an account alone: with a password in hand, six digits are soon guessed from many addresses.
    """
    try:
        return _reserve(database, [f"code {digest(account)}"], account, now)
    except AttemptTooEarly:
        return None


def release(database: Database, attempt: SignInAttempt) -> None:
    """The attempt was right: reset the account's failures from this address or browser, keep the failures of others from it."""
    attempts.release(database, attempt, [key for key, _ in attempt.before if not key.startswith("address ")])


def spread(database: Database, account: str, now: datetime) -> int:
    """From how many addresses an account was guessed at, if that is to be reported now; else 0."""
    return attempts.spread(database, digest(account), now, now - FORGOTTEN, ADDRESSES)


def tidy(database: Database, now: datetime) -> None:
    """Delete what is too old to count: failures, browsers that were not used again, calls of the API."""
    attempts.tidy(database, now - FORGOTTEN, now - devices.HOLDS)
    rates.tidy(database, int(now.timestamp()) // 60 - 60)


def _reserve(database: Database, what: list[str], account: str, now: datetime) -> SignInAttempt:
    def delay(key: str, count: int, at: datetime) -> timedelta:
        kind = key.partition(" ")[0]
        over = count - FREE[kind]
        if over <= 0:
            return timedelta()
        return at - now + (min(timedelta(seconds=2 ** min(over, 20)), LONGEST[kind]) if kind in LONGEST else FORGOTTEN)

    return attempts.reserve(database, what, digest(account), now, now - FORGOTTEN, delay)
