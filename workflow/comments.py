"""Adds and withdraws comments (意见) on an assessment. The row and the entry that notes it are one transaction.

The ledger has the id of a comment and the digest of everything but its text (`storage/papers/comments.py`). Not here:
who may do so. The pages ask `states/views.py`, and only the author withdraws a comment.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from states.command_ids import CommandId
from states.custody.tables import COMMENT, NoteRows, Row
from states.streams import table_stream
from states.vocabulary import Actor, Digest
from storage.database.prepared import SideWrite
from storage.papers import comments
from storage.papers.comments import Comment

from .engine import Engine


def add_comment(engine: Engine, stream: str, text: str, actor: Actor, now: datetime, command_id: CommandId) -> None:
    """Add a comment on the assessment `stream`. The same command id adds it once."""
    id_ = comments.id_of(str(command_id))
    comment = Comment(id=id_, stream=stream, author=actor.id, at=now, text=text)
    _note(engine, comment, comments.add_write(engine.ledger.database, comment), actor, command_id)


def withdraw_comment(engine: Engine, comment: Comment, actor: Actor, now: datetime, command_id: CommandId) -> None:
    """Withdraw a comment: delete its text. Nothing happens to one that is withdrawn already."""
    if comment.withdrawn_at is None:
        withdrawn = replace(comment, text=None, withdrawn_at=now)
        _note(engine, withdrawn, comments.withdraw_write(withdrawn), actor, command_id)


def _note(engine: Engine, comment: Comment, write: SideWrite, actor: Actor, command_id: CommandId) -> None:
    rows = (Row(key=comment.id, digest=Digest(comment.digest)),)
    engine.submit(table_stream(COMMENT), NoteRows(rows=rows), actor, command_id, beside=(write,))
