"""Begins, ends and lists the pauses of channels. A channel that refused our settings or our pace is paused.

It would refuse every letter. During a pause the letters of the channel stay in the queue.
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
    """A paused channel: the setting to correct, the channel's own words (`why`), begin, end, number of tries."""

    channel: str
    setting: str
    why: Text
    began_at: datetime
    ends_at: datetime
    tries: int = 1


def all_pauses(database: Database) -> dict[str, ChannelPause]:
    """The pauses, by the name of the channel. A pause that is over stays here until the channel sends again."""
    with database.reading() as connection:
        return {
            row.channel: ChannelPause(**{**row._mapping, "why": decode(row.why)})
            for row in connection.execute(select(*PAUSE.c))
        }


def begin(database: Database, pause: ChannelPause) -> None:
    """Pause a channel. This replaces an earlier pause of it."""
    with database.writing() as connection:
        connection.execute(upsert(PAUSE, database.dialect), {**asdict(pause), "why": encode(pause.why)})


def end(database: Database, channel: str | None = None) -> int:
    """End the pause of a channel, or of all channels (None). Returns the number of pauses that were ended."""
    statement = delete(PAUSE) if channel is None else delete(PAUSE).where(PAUSE.c.channel == channel)
    with database.writing() as connection:
        return connection.execute(statement).rowcount
