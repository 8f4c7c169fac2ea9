"""Channels that wait: our setting or our pace was refused, so every letter of the channel stays in the queue."""

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
    """Why and how long one channel waits: the setting to correct, the channel's own words, begin, end, and the number of tries."""

    channel: str
    setting: str
    why: Text
    began_at: datetime
    ends_at: datetime
    tries: int = 1


def all_pauses(database: Database) -> dict[str, ChannelPause]:
    """The channels that wait, by name. A pause that is past its end stays until the channel sends again."""
    with database.reading() as connection:
        return {
            row.channel: ChannelPause(**{**row._mapping, "why": decode(row.why)})
            for row in connection.execute(select(*PAUSE.c))
        }


def begin(database: Database, pause: ChannelPause) -> None:
    """Let a channel wait, or change its present pause to this one."""
    with database.writing() as connection:
        connection.execute(upsert(PAUSE, database.dialect), {**asdict(pause), "why": encode(pause.why)})


def end(database: Database, channel: str | None = None) -> int:
    """End the pause of a channel, or of all; the number of pauses ended."""
    wanted = delete(PAUSE) if channel is None else delete(PAUSE).where(PAUSE.c.channel == channel)
    with database.writing() as connection:
        return connection.execute(wanted).rowcount
