"""Deliveries, an outbox: rows that are enqueued once, claimed for sending, and then marked with their outcome.

The row of the post's cursor is the lock of the post. Enqueueing and claiming hold it for one short transaction, but
never while a message is sent, because a mail server may take minutes. So a claim is not a lock but a lease: it moves
`next_at` into the future, and if the process ends before it marks the delivery, the delivery is due again. A mark
counts only if no later claim was made (`attempts`). Also here: the lists and counts of deliveries for pages and doctor.
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
"""The state of a delivery.

`failed` and `unknown` (it may have arrived) are tried again. `sent` and `superseded` are final. `undelivered` (the
letter was refused, or every try failed) and `dead` (the address does not exist) are final until a person retries them
(docs/operating.md).
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
UNDELIVERED_STATES: tuple[DeliveryState, ...] = ("undelivered", "dead")
"""The states of deliveries that only a person retries."""

Pace = tuple[tuple[int, timedelta], ...]
"""The limits of a channel: at most so many messages within a span of time."""

Exclusions = Mapping[str, Collection[str]]
"""Excludes deliveries that have, in each of these columns, one of its values."""

DeliveryKey = tuple[int, int, str]
"""Entry, item and recipient. Together they identify a delivery within its channel."""


class Delivery(Struct, frozen=True, kw_only=True):
    """One notice for one recipient by one channel.

    `notice` is the notice as JSON, `response` the answer of the channel. A `confidential` notice is not sent in one
    message with others that are not confidential. The other fields are the columns of `DeliveryRow`.
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
    """The number of the last entry that the post has read."""
    with database.reading() as connection:
        return connection.scalar(select(CURSOR.c.number).where(CURSOR.c.name == POST)) or 0


def rewind(database: Database, number: int) -> None:
    """Make the post read the ledger again from entry `number` on, if it has read so far.

    A delivery that exists is not made a second time.
    """
    with database.writing() as connection:
        if _lock(connection) >= number:
            connection.execute(update(CURSOR).where(CURSOR.c.name == POST).values(number=number - 1))


def enqueue(database: Database, deliveries: Sequence[Delivery], after: int, last: int) -> bool:
    """Add the deliveries of the entries after `after` and up to `last`, and move the cursor to `last`.

    Returns False, and adds nothing, if another process moved the cursor first.
    """
    with database.writing() as connection:
        if _lock(connection) != after:
            return False
        if deliveries:
            _insert(connection, database.dialect, deliveries)
        result = connection.execute(update(CURSOR).where(CURSOR.c.name == POST).values(number=last))
        if not result.rowcount:  # somebody deleted the row by hand, so it is made again
            connection.execute(CURSOR.insert().values(name=POST, number=last))
        return True


def add(database: Database, deliveries: Sequence[Delivery]) -> None:
    """Add deliveries without moving the cursor. Deliveries that exist do not change."""
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
    at_once: Collection[str] = (),
) -> list[Delivery]:
    """Claim the notices of the next message of a channel, until the time `until`. An empty list: there is none now.

    The next message is the one with the notice that is due first. If an earlier try may have arrived, it keeps its
    notices and its id, so that a second copy can be recognised. A new message contains all due notices for the
    recipient, and those that are not due yet and were never tried. Confidential notices and others are never in one
    message.

    `day` is the begin and the end of the current day. A recipient gets one new message a day: if a message was sent to
    them within `day`, their notices wait for its end, except those of the kinds `at_once`. `pace` limits the messages
    of the channel. With `stream`, only notices about this stream are claimed, and the rule of one message a day does
    not apply.
    """
    # The pace is counted here, under the lock, so that several daemons share one pace.
    with database.writing() as connection:
        _lock(connection)
        if _next_free_at(connection, channel, now, pace) is not None:
            return []
        while (first := _first_due(connection, channel, now, stream)) is not None:
            if first.message or stream or first.kind in at_once or not _was_sent(connection, first, day):
                return _claim_message(connection, first, now, until, stream)
            # The recipient got a message today, so their notices wait for the end of the day.
            due = and_(_is_due_for_recipient(first, now), DELIVERY.c.kind.not_in(at_once))
            connection.execute(update(DELIVERY).where(due).values(next_at=day[1]))
    return []


def _claim_message(
    connection: Connection, first: Delivery, now: datetime, until: datetime, stream: str | None
) -> list[Delivery]:
    """Claim the notices of the message that begins with `first`."""
    in_message = _is_in_message_of(first) if first.message else _is_due_for_recipient(first, now, or_waiting=True)
    values = {
        "state": "claimed",
        "attempts": DELIVERY.c.attempts + 1,
        "message": first.message or _message_id(first),
        "next_at": until,
        "tried_at": now,
    }
    statement = (
        update(DELIVERY).where(and_(in_message, *_stream_conditions(stream))).values(**values).returning(*DELIVERY.c)
    )
    return sorted(map(_delivery, connection.execute(statement)), key=lambda delivery: (delivery.number, delivery.item))


def mark(
    database: Database,
    deliveries: Iterable[Delivery],
    state: DeliveryState,
    *,
    sent_at: datetime | None = None,
    retry_at: datetime | None = None,
    response: Text | None = None,
) -> None:
    """Record the outcome of claimed deliveries. `sent_at`: when they were sent. `retry_at`: when they are tried again.

    Nothing is recorded for a delivery that was claimed again in the meantime.
    """
    # A notice that certainly was not sent leaves its message, and may be sent together with newer ones. A message that
    # may have arrived (`unknown`) keeps its notices. With other notices in it, a second copy of the message could not
    # be distinguished from a new one.
    with database.writing() as connection:
        for delivery in deliveries:
            is_own_claim = and_(
                _has_key_of(delivery), DELIVERY.c.state == "claimed", DELIVERY.c.attempts == delivery.attempts
            )
            values: dict[str, Any] = {
                "state": state,
                "response": encode(response),
                "sent_at": sent_at,
                "next_at": retry_at,
            }
            if state in ("failed", "queued"):
                values["message"] = None
            if state == "queued":  # the letter was not the reason, so the try does not count
                values["attempts"] = delivery.attempts - 1
            connection.execute(update(DELIVERY).where(is_own_claim).values(**values))


def bring_forward(database: Database, limit: datetime, new_time: datetime) -> int:
    """Make the deliveries that are due after `limit` due at `new_time`. Returns their number."""
    with database.writing() as connection:
        statement = update(DELIVERY).where(DELIVERY.c.next_at > limit).values(next_at=new_time)
        return connection.execute(statement).rowcount


def retry(database: Database, now: datetime, message: str | None = None) -> int:
    """Put undelivered and dead deliveries back into the queue, and count their tries from zero. Returns their number.

    `message`: only the deliveries of this message; None: all of them.
    """
    conditions: list[ColumnElement[bool]] = [DELIVERY.c.state.in_(UNDELIVERED_STATES)]
    if message is not None:
        conditions.append(DELIVERY.c.message == message)
    with database.writing() as connection:
        statement = update(DELIVERY).where(*conditions).values(state="queued", attempts=0, next_at=now)
        return connection.execute(statement).rowcount


def search(
    database: Database,
    states: Sequence[str] = (),
    channel: str | None = None,
    stream: str | None = None,
    recipient: str | Collection[str] | None = None,
    limit: int = 200,
    skip: int = 0,
    without: Sequence[Exclusions] = (),
    **values: str | Collection[str] | None,
) -> list[Delivery]:
    """The latest deliveries, the newest first: at most `limit`, after the first `skip`.

    `states`, `channel`, `stream`, `recipient`, `without` and `values` are conditions as in `count`.
    """
    order = (DELIVERY.c.number.desc(), DELIVERY.c.item, DELIVERY.c.recipient, DELIVERY.c.channel)
    conditions = _conditions(
        state=states or None, channel=channel, stream=stream, recipient=recipient, without=without, **values
    )
    statement = select(*DELIVERY.c).where(*conditions).order_by(*order).limit(limit).offset(skip)
    with database.reading() as connection:
        return [_delivery(row) for row in connection.execute(statement)]


def count(
    database: Database, after: int = 0, without: Sequence[Exclusions] = (), **values: str | Collection[str] | None
) -> int:
    """The number of deliveries of entries after number `after` that meet these conditions.

    `values`: by column, the value that it must have, or several values of which it must have one; None is no condition.
    `without` excludes deliveries.
    """
    conditions = (DELIVERY.c.number > after, *_conditions(without, **values))
    statement = select(func.count()).select_from(DELIVERY).where(*conditions)
    with database.reading() as connection:
        return connection.scalar(statement) or 0


def _conditions(
    without: Sequence[Exclusions] = (), **values: str | Collection[str] | None
) -> list[ColumnElement[bool]]:
    conditions = [
        DELIVERY.c[name] == value if isinstance(value, str) else DELIVERY.c[name].in_(value)
        for name, value in values.items()
        if value is not None
    ]
    conditions += [
        not_(and_(*(DELIVERY.c[name].in_(excluded) for name, excluded in exclusions.items()))) for exclusions in without
    ]
    return conditions


def keys(database: Database, channel: str, after: int, last: int) -> set[DeliveryKey]:
    """The keys of a channel's deliveries for the entries after number `after` and up to `last`."""
    conditions = (DELIVERY.c.channel == channel, DELIVERY.c.number > after, DELIVERY.c.number <= last)
    statement = select(DELIVERY.c.number, DELIVERY.c.item, DELIVERY.c.recipient).where(*conditions)
    with database.reading() as connection:
        return {(number, item, recipient) for number, item, recipient in connection.execute(statement)}


def counts(database: Database) -> dict[tuple[str, str], int]:
    """The number of deliveries, by channel and state."""
    columns = (DELIVERY.c.channel, DELIVERY.c.state)
    statement = select(*columns, func.count()).group_by(*columns)
    with database.reading() as connection:
        return {(channel, state): number for channel, state, number in connection.execute(statement)}


def pace_free_at(database: Database, channel: str, now: datetime, pace: Pace) -> datetime | None:
    """When a channel may send the next message by its pace; None if it may send now."""
    with database.reading() as connection:
        return _next_free_at(connection, channel, now, pace)


def next_due_at(database: Database, channels: Sequence[str]) -> datetime | None:
    """When the first delivery of these channels is due; None if no delivery waits."""
    waiting = select(DELIVERY.c.next_at).where(DELIVERY.c.next_at.is_not(None), DELIVERY.c.channel.in_(channels))
    with database.reading() as connection:
        return connection.scalar(waiting.order_by(DELIVERY.c.next_at).limit(1))


def last_due_at(database: Database) -> datetime | None:
    """When the last delivery is due; None if no delivery waits."""
    waiting = select(DELIVERY.c.next_at).where(DELIVERY.c.next_at.is_not(None))
    with database.reading() as connection:
        return connection.scalar(waiting.order_by(DELIVERY.c.next_at.desc()).limit(1))


def _next_free_at(connection: Connection, channel: str, now: datetime, pace: Pace) -> datetime | None:
    """When the oldest counted try is outside its span; None if the pace is not used up.

    A failed try counts too, because the channel counts it.
    """
    tries = (
        select(DELIVERY.c.tried_at)
        .where(DELIVERY.c.channel == channel, DELIVERY.c.state != "superseded", DELIVERY.c.tried_at <= now)
        .group_by(DELIVERY.c.recipient, DELIVERY.c.tried_at)
        .order_by(DELIVERY.c.tried_at.desc())
    )
    times = []
    for limit, span in pace:
        oldest = connection.scalar(tries.where(DELIVERY.c.tried_at > now - span).offset(limit - 1).limit(1))
        if oldest is not None:
            times.append(oldest + span)
    return max(times, default=None)


def _lock(connection: Connection) -> int:
    """Lock the cursor until the transaction ends, and return its number. On SQLite, BEGIN IMMEDIATE is the lock."""
    return connection.scalar(select(CURSOR.c.number).where(CURSOR.c.name == POST).with_for_update()) or 0


def _insert(connection: Connection, dialect: str, deliveries: Sequence[Delivery]) -> None:
    rows = [
        {**{name: getattr(one, name) for name in Delivery.__struct_fields__}, "response": encode(one.response)}
        for one in deliveries
    ]
    if rows:
        connection.execute(insert_or_ignore(DELIVERY, dialect), rows)


def _first_due(connection: Connection, channel: str, now: datetime, stream: str | None) -> Delivery | None:
    order = (DELIVERY.c.next_at, DELIVERY.c.number, DELIVERY.c.item, DELIVERY.c.recipient)
    due = select(*DELIVERY.c).where(
        DELIVERY.c.channel == channel, DELIVERY.c.next_at <= now, *_stream_conditions(stream)
    )
    row = connection.execute(due.order_by(*order).limit(1)).one_or_none()
    return None if row is None else _delivery(row)


def _stream_conditions(stream: str | None) -> tuple[Any, ...]:
    return () if stream is None else (DELIVERY.c.stream == stream,)


def _message_id(first: Delivery) -> str:
    """The id of a message. It is made from the first notice, so it is the same for every try."""
    return sha256(f"{first.channel} {first.recipient} {first.number} {first.item}".encode()).hexdigest()[:24]


def _was_sent(connection: Connection, delivery: Delivery, day: tuple[datetime, datetime]) -> bool:
    """Whether a message that could contain this notice was sent to the recipient within the day, or is being sent."""
    is_pending = DELIVERY.c.state.in_(("claimed", "unknown"))
    was_sent_today = and_(DELIVERY.c.sent_at >= day[0], DELIVERY.c.sent_at < day[1])
    statement = select(DELIVERY.c.number).where(*_can_share_message(delivery), or_(was_sent_today, is_pending))
    return connection.scalar(statement.limit(1)) is not None


def _is_in_message_of(delivery: Delivery) -> Any:
    """The condition for the notices of a message that was tried before and is not finished."""
    same_recipient = (DELIVERY.c.channel == delivery.channel, DELIVERY.c.recipient == delivery.recipient)
    return and_(*same_recipient, DELIVERY.c.message == delivery.message, DELIVERY.c.next_at.is_not(None))


def _is_due_for_recipient(delivery: Delivery, now: datetime, *, or_waiting: bool = False) -> Any:
    """The condition for the due notices of a recipient that are in no message yet.

    With `or_waiting`, also those that were never tried and are not due yet.
    """
    due = DELIVERY.c.next_at <= now
    if or_waiting:
        due = or_(due, and_(DELIVERY.c.tried_at.is_(None), DELIVERY.c.next_at.is_not(None)))
    return and_(*_can_share_message(delivery), DELIVERY.c.message.is_(None), due)


def _can_share_message(delivery: Delivery) -> tuple[Any, ...]:
    """The conditions for notices that may be in one message with this one."""
    return (
        DELIVERY.c.channel == delivery.channel,
        DELIVERY.c.recipient == delivery.recipient,
        DELIVERY.c.confidential == delivery.confidential,
    )


def _has_key_of(delivery: Delivery) -> Any:
    key = (
        (DELIVERY.c.number, delivery.number),
        (DELIVERY.c.item, delivery.item),
        (DELIVERY.c.recipient, delivery.recipient),
    )
    return and_(DELIVERY.c.channel == delivery.channel, *(column == value for column, value in key))


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**{**row._mapping, "response": decode(row.response)})
