"""The clock seals: when a seal is owed it is made, and the witness is written to, with the proof that it continues the last.

Without a key there is no sealing. A key that cannot be used, or a ledger that is not what was sealed, fails this
part of the tick and no other, at every tick until somebody has seen to it.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from audit import high_water, proving
from audit.checkpoints import checkpoint
from audit.notes import parse
from audit.sealing import Sealer
from notifications.post import Post
from storage import seals
from storage.database import Database
from storage.tables import SealRow

WITNESS = "witness"
"""The role that hears of seals."""


class Sealing:
    """The sealing of one ledger. `post` is told of each seal where there is a witness to write to, else it is None."""

    def __init__(self, database: Database, key: Path, timezone: str, post: Post | None = None) -> None:
        self._database, self._key = database, key
        self._sealer = Sealer(database, key)
        self._timezone = timezone
        self._post = post
        self._told = 0

    def run(self, now: datetime) -> int:
        """Raise the high-water mark and do what is owed; how many entries are newly sealed up to, 0 if there is no new seal."""
        high_water.rise(self._database, self._key)
        made = self._sealer.seal(now) if self._sealer.owes(now, self._timezone) else None
        if self._post is not None:
            self._tell(self._post, now)
        return made.number if made is not None else 0

    def _tell(self, post: Post, now: datetime) -> None:
        """Write to the witness of the newest seal. Nothing is lost by a crash: what was told is asked of the post."""
        newest = seals.newest(self._database)
        if newest is None or newest.number == self._told:
            return
        about = f"seal/{newest.number}"
        if not post.has_told(about):
            since = min(proving.witnessed(self._database), newest.number)
            asked = str(proving.growth(self._database, since))
            post.tell("sealed", WITNESS, {**shown(newest), "asked": asked}, about, now)
        self._told = newest.number


def shown(row: SealRow) -> dict[str, object]:
    """What of a seal is printed: whose ledger, how many entries, and the beginning of the root."""
    said = checkpoint(parse(row.note.encode()).text)
    return {"origin": said.origin, "number": said.size, "fingerprint": said.fingerprint}
