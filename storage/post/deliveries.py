"""Deliveries, an outbox: rows that are enqueued once, claimed, and marked with what became of them.

The cursor row of the post is its lock. Enqueueing and claiming hold it for one short transaction, never while a message
is being sent: a mail server may take minutes. So a claim is no lock but a lease. It moves `next_at` on; if the process
ends before it marks the delivery, the delivery is due again. A mark counts only while its claim is the last one
(`attempts`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, func, not_, or_, select, update

from states.vocabulary import Text
from storage.bilingual_column import decode, encode
from storage.database.database import Database
from storage.database.upsert import insert_or_ignore
from storage.tables.post import CURSOR, DELIVERY

POST = "post"
"""The name of the post's cursor."""

DeliveryState = Literal["queued", "claimed", "sent", "failed", "unknown", "superseded", "undelivered", "dead"]
"""`failed` and `unknown` are tried again. `sent` and `superseded` are final. `undelivered` (the letter was refused, or
every try failed) and `dead` (the address does not exist) are final until a person retries them (docs/operating.md).
"""

STATES: tuple[DeliveryState, ...] = (
    "queued",
    "claimed",
    "sent",
    "failed",
    "unknown",
    "superseded",
    "undelivered",
    "dead",
)
GIVEN_UP: tuple[DeliveryState, ...] = ("undelivered", "dead")

Pace = tuple[tuple[int, timedelta], ...]
"""The most messages within a span of time, for each span that has a limit."""

Without = Mapping[str, Collection[str]]
"""Deliveries to leave out: those that have one of these values in each of these columns."""

DeliveryKey = tuple[int, int, str]
"""Entry, item and recipient: they identify a delivery within its channel."""


class Delivery(Struct, frozen=True, kw_only=True):
    """One notice for one recipient by one channel.

    `notice` is the notice as JSON, `response` what the channel answered.

    `confidential`: it goes in a message of its own.
    """

    number: int
    item: int
    recipient: str
    channel: str
    stream: str
    kind: str = ""
    unit: str = ""
    notice: str
    confidential: bool = False
    state: DeliveryState = "queued"
    message: str | None = None
    attempts: int = 0
    response: Text | None = None
    made_at: datetime
    sent_at: datetime | None = None
    next_at: datetime | None = None
    tried_at: datetime | None = None


def cursor(database: Database) -> int:
    """The number of the last entry the post has read."""
    with database.reading() as connection:
        return connection.scalar(select(CURSOR.c.number).where(CURSOR.c.name == POST)) or 0


def rewind(database: Database, number: int) -> None:
    """Let the post read again from entry `number` on, if it has read so far.

    A delivery that exists is not made twice.
    """
    with database.writing() as connection:
        if _lock(connection) >= number:
            connection.execute(update(CURSOR).where(CURSOR.c.name == POST).values(number=number - 1))


def enqueue(database: Database, deliveries: Sequence[Delivery], after: int, upto: int) -> bool:
    """Add deliveries and move the cursor from `after` to `upto`.

    False, and nothing is done, if another process moved it first.
    """
    with database.writing() as connection:
        if _lock(connection) != after:
            return False
        if deliveries:
            _insert(connection, database.dialect, deliveries)
        moved = connection.execute(update(CURSOR).where(CURSOR.c.name == POST).values(number=upto))
        if not moved.rowcount:  # the row was deleted by hand: deliveries that exist stay as they are
            connection.execute(CURSOR.insert().values(name=POST, number=upto))
        return True


def add(database: Database, deliveries: Sequence[Delivery]) -> None:
    """Add deliveries that come from no new entry; those that exist stay as they are."""
    with database.writing() as connection:
        _lock(connection)
        _insert(connection, database.dialect, deliveries)


def claim(
    database: Database,
    channel: str,
    now: datetime,
    until: datetime,
    day: tuple[datetime, datetime],
    pace: Pace = (),
    stream: str | None = None,
) -> list[Delivery]:
    """Claim the notices of the next message of a channel, until `until`.

    All that are due for one recipient, and those that wait.

    Empty if there is none, or if the pace is used up. One message for each recipient and day: a recipient who was sent
    a message within `day` (its begin and end) waits for its end. A message that was tried before keeps its notices and
    its id, so that a doubled one can be recognised. With `stream`, only notices about it are claimed, and the day is
    not asked.
    """
    # The pace is counted here, under the lock, so that several daemons share one pace.
    with database.writing() as connection:
        _lock(connection)
        if _next_free(connection, channel, now, pace) is not None:
            return []
        while (first := _first(connection, channel, now, stream)) is not None:
            if first.message or stream or not _was_sent(connection, first, day):
                mine = _of_message(first) if first.message else _of_recipient(first, now, waiting=True)
                mine = and_(mine, *_about(stream))
                name = first.message or _message_id(first)
                taken = {
                    "state": "claimed",
                    "attempts": DELIVERY.c.attempts + 1,
                    "message": name,
                    "next_at": until,
                    "tried_at": now,
                }
                rows = connection.execute(update(DELIVERY).where(mine).values(**taken).returning(*DELIVERY.c))
                return sorted(map(_delivery, rows), key=lambda d: (d.number, d.item))
            due = _of_recipient(first, now)
            connection.execute(update(DELIVERY).where(due).values(next_at=day[1]))
    return []


def mark(
    database: Database,
    claimed: Iterable[Delivery],
    state: DeliveryState,
    *,
    at: datetime | None = None,
    again: datetime | None = None,
    response: Text | None = None,
) -> None:
    """Record what became of claimed deliveries: sent `at`, to be tried `again`, or ended.

    A claim that was lost marks nothing.
    """
    # A notice that certainly was not sent loses its message, and may go out together with newer ones. A message that
    # may have arrived (`unknown`) keeps its notices: with others in it, a second copy could not be told from a new
    # message.
    with database.writing() as connection:
        for one in claimed:
            mine = and_(_is(one), DELIVERY.c.state == "claimed", DELIVERY.c.attempts == one.attempts)
            values: dict[str, Any] = {"state": state, "response": encode(response), "sent_at": at, "next_at": again}
            if state in ("failed", "queued"):
                values["message"] = None
            if state == "queued":  # the letter was not at fault: the try does not count
                values["attempts"] = one.attempts - 1
            connection.execute(update(DELIVERY).where(mine).values(**values))


def advance(database: Database, beyond: datetime, to: datetime) -> int:
    """Bring forward the deliveries that are due after `beyond`, to `to`; how many."""
    with database.writing() as connection:
        late = update(DELIVERY).where(DELIVERY.c.next_at > beyond).values(next_at=to)
        return connection.execute(late).rowcount


def retry(database: Database, now: datetime, message: str | None = None) -> int:
    """Put deliveries that were given up (those of one message, or all) back in the queue; how many."""
    dead = DELIVERY.c.state.in_(GIVEN_UP)
    wanted = dead if message is None else dead & (DELIVERY.c.message == message)
    with database.writing() as connection:
        done = connection.execute(update(DELIVERY).where(wanted).values(state="queued", attempts=0, next_at=now))
        return done.rowcount


def search(
    database: Database,
    states: Sequence[str] = (),
    channel: str | None = None,
    stream: str | None = None,
    recipient: str | Collection[str] | None = None,
    limit: int = 200,
    skip: int = 0,
    without: Without | None = None,
    **others: str | Collection[str] | None,
) -> list[Delivery]:
    """The latest deliveries, newest first, after the first `skip`. `without` and `others` as for `count`."""
    order = (DELIVERY.c.number.desc(), DELIVERY.c.item, DELIVERY.c.recipient, DELIVERY.c.channel)
    wanted = _wanted(
        state=states or None, channel=channel, stream=stream, recipient=recipient, without=without, **others
    )
    found = select(*DELIVERY.c).where(*wanted).order_by(*order).limit(limit).offset(skip)
    with database.reading() as connection:
        return [_delivery(row) for row in connection.execute(found)]


def count(
    database: Database, after: int = 0, without: Without | None = None, **wanted: str | Collection[str] | None
) -> int:
    """How many deliveries of entries after a number have this value, or one of these values, in each column.

    None means any.

    `without` leaves out those that have one of its values in each of its columns.
    """
    given = (DELIVERY.c.number > after, *_wanted(without, **wanted))
    found = select(func.count()).select_from(DELIVERY).where(*given)
    with database.reading() as connection:
        return connection.scalar(found) or 0


def _wanted(without: Without | None = None, **values: str | Collection[str] | None) -> list[ColumnElement[bool]]:
    wanted = [
        DELIVERY.c[name] == value if isinstance(value, str) else DELIVERY.c[name].in_(value)
        for name, value in values.items()
        if value is not None
    ]
    if without:
        wanted.append(not_(and_(*(DELIVERY.c[name].in_(values) for name, values in without.items()))))
    return wanted


def kinds(database: Database) -> list[str]:
    """The kinds of notice that have a delivery, in order."""
    with database.reading() as connection:
        return sorted(kind for kind in connection.scalars(select(DELIVERY.c.kind).distinct()) if kind)


def keys(database: Database, channel: str, after: int, upto: int) -> set[DeliveryKey]:
    """The deliveries of a channel for the entries in (`after`, `upto`]."""
    wanted = select(DELIVERY.c.number, DELIVERY.c.item, DELIVERY.c.recipient)
    wanted = wanted.where(DELIVERY.c.channel == channel, DELIVERY.c.number > after, DELIVERY.c.number <= upto)
    with database.reading() as connection:
        return {(number, item, recipient) for number, item, recipient in connection.execute(wanted)}


def counts(database: Database) -> dict[tuple[str, str], int]:
    """The number of deliveries, by channel and state."""
    wanted = select(DELIVERY.c.channel, DELIVERY.c.state, func.count()).group_by(DELIVERY.c.channel, DELIVERY.c.state)
    with database.reading() as connection:
        return {(channel, state): number for channel, state, number in connection.execute(wanted)}


def pace_free_at(database: Database, channel: str, now: datetime, pace: Pace) -> datetime | None:
    """When a channel may send again whose pace is used up; None if it may now."""
    with database.reading() as connection:
        return _next_free(connection, channel, now, pace)


def next_due_at(database: Database, channels: Sequence[str]) -> datetime | None:
    """When the first delivery of these channels is due; None if none waits."""
    waiting = select(DELIVERY.c.next_at).where(DELIVERY.c.next_at.is_not(None), DELIVERY.c.channel.in_(channels))
    with database.reading() as connection:
        return connection.scalar(waiting.order_by(DELIVERY.c.next_at).limit(1))


def last_due_at(database: Database) -> datetime | None:
    """When the last delivery is due; None if none waits."""
    waiting = select(DELIVERY.c.next_at).where(DELIVERY.c.next_at.is_not(None))
    with database.reading() as connection:
        return connection.scalar(waiting.order_by(DELIVERY.c.next_at.desc()).limit(1))


def _next_free(connection: Connection, channel: str, now: datetime, pace: Pace) -> datetime | None:
    """When the oldest of the counted tries leaves its span. A failed try counts: the channel has seen it."""
    tries = (
        select(DELIVERY.c.tried_at)
        .where(DELIVERY.c.channel == channel, DELIVERY.c.state != "superseded", DELIVERY.c.tried_at <= now)
        .group_by(DELIVERY.c.recipient, DELIVERY.c.tried_at)
        .order_by(DELIVERY.c.tried_at.desc())
    )
    free = []
    for most, span in pace:
        oldest = connection.scalar(tries.where(DELIVERY.c.tried_at > now - span).offset(most - 1).limit(1))
        if oldest is not None:
            free.append(oldest + span)
    return max(free, default=None)


def _lock(connection: Connection) -> int:
    """Lock the cursor until the transaction ends (on SQLite BEGIN IMMEDIATE has done so); the number it is at."""
    return connection.scalar(select(CURSOR.c.number).where(CURSOR.c.name == POST).with_for_update()) or 0


def _insert(connection: Connection, dialect: str, deliveries: Sequence[Delivery]) -> None:
    rows = [
        {**{name: getattr(d, name) for name in Delivery.__struct_fields__}, "response": encode(d.response)}
        for d in deliveries
    ]
    if rows:
        connection.execute(insert_or_ignore(DELIVERY, dialect), rows)


def _first(connection: Connection, channel: str, now: datetime, stream: str | None) -> Delivery | None:
    order = (DELIVERY.c.next_at, DELIVERY.c.number, DELIVERY.c.item, DELIVERY.c.recipient)
    due = select(*DELIVERY.c).where(DELIVERY.c.channel == channel, DELIVERY.c.next_at <= now, *_about(stream))
    row = connection.execute(due.order_by(*order).limit(1)).one_or_none()
    return None if row is None else _delivery(row)


def _about(stream: str | None) -> tuple[Any, ...]:
    return () if stream is None else (DELIVERY.c.stream == stream,)


def _message_id(first: Delivery) -> str:
    """The id of a message: the same for every try, because it is made from its first notice."""
    return sha256(f"{first.channel} {first.recipient} {first.number} {first.item}".encode()).hexdigest()[:24]


def _was_sent(connection: Connection, one: Delivery, day: tuple[datetime, datetime]) -> bool:
    """Whether a message of this sort was sent to the recipient within the day, or is being sent."""
    under_way = DELIVERY.c.state.in_(("claimed", "unknown"))
    today = and_(DELIVERY.c.sent_at >= day[0], DELIVERY.c.sent_at < day[1])
    return connection.scalar(select(DELIVERY.c.number).where(*_alike(one), or_(today, under_way)).limit(1)) is not None


def _of_message(one: Delivery) -> Any:
    """The notices of a message that was tried before and is not finished."""
    mine = (DELIVERY.c.channel == one.channel, DELIVERY.c.recipient == one.recipient)
    return and_(*mine, DELIVERY.c.message == one.message, DELIVERY.c.next_at.is_not(None))


def _of_recipient(one: Delivery, now: datetime, *, waiting: bool = False) -> Any:
    """The due notices of a recipient that are in no message yet.

    With `waiting`, also those never tried and not yet due.
    """
    due = DELIVERY.c.next_at <= now
    if waiting:
        due = or_(due, and_(DELIVERY.c.tried_at.is_(None), DELIVERY.c.next_at.is_not(None)))
    return and_(*_alike(one), DELIVERY.c.message.is_(None), due)


def _alike(one: Delivery) -> tuple[Any, ...]:
    """The notices that may be in one message with this one."""
    return (
        DELIVERY.c.channel == one.channel,
        DELIVERY.c.recipient == one.recipient,
        DELIVERY.c.confidential == one.confidential,
    )


def _is(one: Delivery) -> Any:
    key = ((DELIVERY.c.number, one.number), (DELIVERY.c.item, one.item), (DELIVERY.c.recipient, one.recipient))
    return and_(DELIVERY.c.channel == one.channel, *(column == value for column, value in key))


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**{**row._mapping, "response": decode(row.response)})
