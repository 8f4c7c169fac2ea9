"""The post: what is delivered to whom, who is reached how, up to where the ledger was read, which channels wait."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, false, text
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class DeliveryRow(SQLModel, table=True):
    """One notice for one recipient by one channel.

    Notice number `item` of entry `number`, of a `kind` and about a `unit` ("" for none).

    `notice` is the notice as JSON, `response` what the channel answered (`bilingual_column.py`). `next_at` is when it
    is tried next, None once it is finished. A claim moves `next_at` on, so a claim whose owner died becomes due again
    by itself. `message` is the id of the message it went out in.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("delivery_recipient", "channel", "recipient", "sent_at"),
        Index("delivery_pace", "channel", "tried_at"),
        Index("delivery_inbox", "channel", "recipient", "number"),
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    item: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    recipient: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    stream: str
    kind: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    unit: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    notice: str = Field(sa_type=Text)
    confidential: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    state: str
    message: str | None = Field(default=None, index=True)
    attempts: int = 0
    response: str | None = None
    made_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CursorRow(SQLModel, table=True):
    """Up to which entry a reader has read the ledger. Whoever moves it locks it."""

    __tablename__ = "cursor"

    name: str = Field(primary_key=True)
    number: int


class InboxRow(SQLModel, table=True):
    """Up to which entry an account has read its inbox."""

    __tablename__ = "inbox"

    account: str = Field(primary_key=True)
    number: int


class PauseRow(SQLModel, table=True):
    """A channel that sends nothing until `ends_at`, because it refused our setting or our pace.

    `setting` is what the operator checks and `why` what the channel answered; `tries` counts the tries since `began_at`
    that ended so.
    """

    __tablename__ = "pause"

    channel: str = Field(primary_key=True)
    setting: str
    why: str = Field(sa_type=Text)
    began_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    tries: int


class ContactRow(SQLModel, table=True):
    """How an account is reached, and for which roles. An address is personal: encrypted here, and never in an entry.

    `roles` and `channels` are words separated by a space.
    """

    __tablename__ = "contact"

    account: str = Field(primary_key=True)
    roles: str
    unit: str | None = None
    language: str
    channels: str
    email: str | None = None


DELIVERY, CURSOR, INBOX, PAUSE, CONTACT = (
    table_of(row) for row in (DeliveryRow, CursorRow, InboxRow, PauseRow, ContactRow)
)
