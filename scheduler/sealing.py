"""Seals the ledger when a seal is due, and sends the witness the seal with a proof.

The proof shows that the seal continues the one that the witness signed last. Also here: the high-water mark beside the
key is raised, seals and cosignatures get their entries, and a seal is described for letters. Not here: how a seal is
made (`audit/seals/sealing.py`).

If the key cannot be used, or the ledger differs from the sealed one, this part of each tick fails until somebody solves
the problem. The other parts are still done.
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
    """The sealing of one ledger with the key in the file `key`.

    `engine` records each seal in the ledger; None: seals are not recorded. `post` sends it to the witness; None: there
    is no witness.
    """

    def __init__(
        self, database: Database, key: Path, timezone: str, post: Post | None = None, engine: Engine | None = None
    ) -> None:
        self._database, self._key, self._engine = database, key, engine
        self._sealer = Sealer(database, key)
        self._timezone = timezone
        self._post = post
        self._last_sent = 0

    def run(self, now: datetime) -> int:
        """Advance the high-water mark, seal if a seal is due, record new seals, and send the newest one to the witness.

        Returns the number of the last newly sealed entry; 0 without a new seal.
        """
        high_water.advance_mark(self._database, self._key)
        seal = self._sealer.seal(now) if self._sealer.is_due(now, self._timezone) else None
        if self._engine is not None:
            record_new_seals(self._engine)
        if self._post is not None:
            self._tell(self._post, now)
        return seal.number if seal is not None else 0

    def _tell(self, post: Post, now: datetime) -> None:
        """Send the newest seal to the witness, once. The deliveries show if it was sent, so a crash loses nothing."""
        newest = seals.last_seal(self._database)
        if newest is None or newest.number == self._last_sent:
            return
        about = f"seal/{newest.number}"
        if not post.was_notified(about):
            since = min(proving.last_witnessed_size(self._database), newest.number)
            proof = str(proving.prove_consistency(self._database, since))
            post.notify("sealed", WITNESS, {**describe_seal(newest), "asked": proof}, about, now)
        self._last_sent = newest.number


def record_new_seals(engine: Engine) -> None:
    """Record every seal and cosignature that has no entry yet. They are in the tables, so a crash loses nothing."""
    database, state = engine.ledger.database, engine.state(STREAM)
    assert isinstance(state, Seals)
    commands: list[Command] = []
    count, number, previous = state.count, state.number, state.note
    for row in seals.seals_after(database, number):
        root, note_digest = parse_checkpoint(parse_note(row.note.encode()).text).root, digest(row.note.encode())
        count, number = count + 1, row.number
        commands.append(
            RecordSeal(
                count=count,
                number=number,
                root=Digest(root.hex()),
                note=Digest(note_digest),
                previous=Digest(previous) if previous else None,
                made_at=row.made_at,
            )
        )
        previous = note_digest
    for cosignature in seals.cosignatures(database):
        line_digest = digest(cosignature.line.encode())
        if (cosignature.number, line_digest) not in state.cosigned and cosignature.number <= number:
            commands.append(RecordCosignature(number=cosignature.number, line=Digest(line_digest)))
    ids = (f"clock-{STREAM}@{state.version}-{index}" for index in range(len(commands)))
    engine.submit_many([Submission(STREAM, command, CLOCK, id_) for command, id_ in zip(commands, ids, strict=True)])


def describe_seal(row: SealRow) -> dict[str, object]:
    """A seal as it is printed in letters: the ledger's name, the number of entries, and the beginning of the root."""
    checkpoint = parse_checkpoint(parse_note(row.note.encode()).text)
    return {"origin": checkpoint.origin, "number": checkpoint.size, "fingerprint": checkpoint.fingerprint}
