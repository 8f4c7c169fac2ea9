"""Paused channels: the channel refused our setting or our pace, so each of its letters would be refused.

They stay in the queue.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import delete, select

from states.vocabulary import Text
from storage.bilingual_column import decode, encode
from storage.database.database import Database
from storage.database.upsert import upsert
from storage.tables.post import PAUSE


class ChannelPause(Struct, frozen=True):
    """A paused channel: the setting to correct, the channel's own words, begin, end, number of tries."""

    channel: str
    setting: str
    why: Text
    began_at: datetime
    ends_at: datetime
    tries: int = 1


def all_pauses(database: Database) -> dict[str, ChannelPause]:
    """The paused channels, by name. A pause that is over stays until the channel sends again."""
    with database.reading() as connection:
        return {
            row.channel: ChannelPause(**{**row._mapping, "why": decode(row.why)})
            for row in connection.execute(select(*PAUSE.c))
        }


def begin(database: Database, pause: ChannelPause) -> None:
    """Pause a channel, or replace its present pause."""
    with database.writing() as connection:
        connection.execute(upsert(PAUSE, database.dialect), {**asdict(pause), "why": encode(pause.why)})


def end(database: Database, channel: str | None = None) -> int:
    """End the pause of a channel, or of all; the number of pauses ended."""
    wanted = delete(PAUSE) if channel is None else delete(PAUSE).where(PAUSE.c.channel == channel)
    with database.writing() as connection:
        return connection.execute(wanted).rowcount
