"""The daemon seals the ledger when a seal is due, and sends the witness the seal with a proof that it continues the last one.

Without a key nothing is sealed. If the key cannot be used, or the ledger is not the one that was sealed, this part of the tick fails, at
every tick until somebody has dealt with it; the other parts go on.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from audit.seals import high_water, proving
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.notes import parse_note
from audit.seals.sealing import Sealer
from notifications.post import Post
from states.custody.seals import STREAM, RecordCosignature, RecordSeal, Seals
from states.vocabulary import CLOCK, Command, Digest
from storage import seals
from storage.database.database import Database
from storage.ledger.chain import digest
from storage.tables.seals import SealRow
from workflow.engine import Engine, Submission

WITNESS = "witness"
"""The role that receives the seals."""


class Sealing:
    """The sealing of one ledger. `engine` enters each seal in the ledger; it may be None on a virtual clock. `post` writes to the witness; None if there is none."""

    def __init__(
        self, database: Database, key: Path, timezone: str, post: Post | None = None, engine: Engine | None = None
    ) -> None:
        self._database, self._key, self._engine = database, key, engine
        self._sealer = Sealer(database, key)
        self._timezone = timezone
        self._post = post
        self._last_sent = 0

    def run(self, now: datetime) -> int:
        """Raise the high-water mark and seal if that is due. Returns the last entry under the new seal, or 0 without one."""
        high_water.raise_mark(self._database, self._key)
        made = self._sealer.seal(now) if self._sealer.is_due(now, self._timezone) else None
        if self._engine is not None:
            record(self._engine)
        if self._post is not None:
            self._tell(self._post, now)
        return made.number if made is not None else 0

    def _tell(self, post: Post, now: datetime) -> None:
        """Write to the witness of the newest seal. Whether that was done is read from the deliveries, so a crash loses nothing."""
        newest = seals.last_seal(self._database)
        if newest is None or newest.number == self._last_sent:
            return
        about = f"seal/{newest.number}"
        if not post.was_notified(about):
            since = min(proving.last_witnessed_size(self._database), newest.number)
            asked = str(proving.prove_consistency(self._database, since))
            post.notify("sealed", WITNESS, {**shown(newest), "asked": asked}, about, now)
        self._last_sent = newest.number


def record(engine: Engine) -> None:
    """Write an entry for every seal and cosignature that has none yet. These are read from the tables, so a crash loses nothing."""
    database, state = engine.ledger.database, engine.state(STREAM)
    assert isinstance(state, Seals)
    commands: list[Command] = []
    count, number, before = state.count, state.number, state.note
    for row in seals.seals_after(database, number):
        root, note = parse_checkpoint(parse_note(row.note.encode()).text).root, digest(row.note.encode())
        count, number = count + 1, row.number
        commands.append(RecordSeal(
            count=count, number=number, root=Digest(root.hex()), note=Digest(note),
            previous=Digest(before) if before else None, made_at=row.made_at,
        ))  # fmt: skip
        before = note
    for one in seals.cosignatures(database):
        line = digest(one.line.encode())
        if (one.number, line) not in state.cosigned and one.number <= number:
            commands.append(RecordCosignature(number=one.number, line=Digest(line)))
    ids = (f"clock-{STREAM}@{state.version}-{at}" for at in range(len(commands)))
    engine.submit_many([Submission(STREAM, one, CLOCK, id_) for one, id_ in zip(commands, ids, strict=True)])


def shown(row: SealRow) -> dict[str, object]:
    """What of a seal is printed: whose ledger, how many entries, and the beginning of the root."""
    said = parse_checkpoint(parse_note(row.note.encode()).text)
    return {"origin": said.origin, "number": said.size, "fingerprint": said.fingerprint}
