"""Adds and withdraws comments (意见) on an assessment. The row and the entry that notes it are one transaction.

The ledger has the id of a comment and the digest of everything but its text (`storage/papers/comments.py`). Not here:
who may read and write comments; the pages ask `states/views.py`.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from states.command_ids import CommandId
from states.custody.tables import CLAUSE, COMMENT, NoteRows, Row
from states.refusals import Refusal
from states.streams import table_stream
from states.vocabulary import Actor, Digest
from storage.database.prepared import SideWrite
from storage.papers import comments
from storage.papers.comments import Comment

from .engine import Engine


class NotTheAuthor(Refusal):
    """Somebody else wrote the comment."""

    zh = "这条意见不是您写的，只有作者可以撤回（{clause}）。"
    en = "You did not write this comment. Only its author can withdraw it ({clause})."


def add_comment(engine: Engine, stream: str, text: str, actor: Actor, now: datetime, command_id: CommandId) -> None:
    """Add a comment on the assessment `stream`. The same command id adds it once."""
    id_ = comments.id_for_command(str(command_id))
    comment = Comment(id=id_, stream=stream, author=actor.id, at=now, text=text)
    _note(engine, comment, comments.add_write(engine.ledger.database, comment), actor, command_id)


def withdraw_comment(engine: Engine, comment: Comment, actor: Actor, now: datetime, command_id: CommandId) -> None:
    """Withdraw a comment: delete its text. Nothing happens to one that is withdrawn already. Raises `NotTheAuthor`."""
    if comment.author != actor.id:
        raise NotTheAuthor(clause=CLAUSE)
    if comment.withdrawn_at is None:
        withdrawn = replace(comment, text=None, withdrawn_at=now)
        _note(engine, withdrawn, comments.withdraw_write(withdrawn), actor, command_id)


def _note(engine: Engine, comment: Comment, write: SideWrite, actor: Actor, command_id: CommandId) -> None:
    rows = (Row(key=comment.id, digest=Digest(comment.digest)),)
    engine.submit(table_stream(COMMENT), NoteRows(rows=rows), actor, command_id, beside=(write,))
