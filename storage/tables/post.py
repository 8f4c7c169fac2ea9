"""The post: deliveries, its position in the ledger, inboxes, paused channels, and contacts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, false, text
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class DeliveryRow(SQLModel, table=True):
    """One notice for one recipient by one channel.

    It is notice number `item` of entry `number`. Its `kind` and its `unit` may be empty. `notice` is the notice as
    JSON, `response` the answer of the channel (`bilingual_column.py`). `next_at` is the time of the next try; None if
    the delivery is finished. A claim moves `next_at` forward, so if the process of a claim ends, the delivery becomes
    due again by itself. `message` is the id of the message that contains the notice.
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
    """How far a reader has read the ledger: the number of the last entry. It is locked before it is moved."""

    __tablename__ = "cursor"

    name: str = Field(primary_key=True)
    number: int


class InboxRow(SQLModel, table=True):
    """How far an account has read its inbox: the number of the last entry."""

    __tablename__ = "inbox"

    account: str = Field(primary_key=True)
    number: int


class PauseRow(SQLModel, table=True):
    """A channel that sends nothing until `ends_at`, because it refused our settings or our pace.

    `setting` names the setting for the operator to check, and `why` is the answer of the channel. `tries` counts the
    refused tries since `began_at`.
    """

    __tablename__ = "pause"

    channel: str = Field(primary_key=True)
    setting: str
    why: str = Field(sa_type=Text)
    began_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    tries: int


class ContactRow(SQLModel, table=True):
    """How to reach an account, and for which roles. The mail address is personal, so it is encrypted and in no entry.

    `roles` and `channels` are words separated by spaces.
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
