"""Submits several commands of one form together. If one would be refused, none is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from states.refusals import Refusal
from states.vocabulary import Actor, Command
from storage.database.prepared import SideWrite
from workflow.engine import Submission

from .confirmation import UNSEEN


class BatchCommand(Struct, frozen=True):
    """One command of the form, in row `row`. `key` distinguishes it from others on the same stream."""

    row: str
    stream: str
    command: Command
    key: str = ""
    beside: tuple[SideWrite, ...] = ()


class FieldsOfRow(Protocol):
    """Divides the refusal of a row's command: for each field of the form, its part of the refusal."""

    def __call__(self, row: str, refusal: Refusal, /) -> dict[str, Refusal]: ...


def submit_all(request: PageRequest, commands: Sequence[BatchCommand], fields_of: FieldsOfRow) -> None:
    """Do all commands in one transaction, or raise `InvalidForm` with every error at its field.

    A form sent twice is done once.
    """
    wrong: dict[str, Refusal] = {}
    for one, refusal in refused_ahead(request, commands):
        wrong = {**fields_of(one.row, refusal), **wrong}
    if wrong:
        raise InvalidForm(wrong)
    submissions = [_submission(request, one, request.prepare(one.stream, one.command).actor) for one in commands]
    for one, answer in zip(commands, request.engine.submit_many(submissions), strict=True):
        # Since `refused_ahead`, somebody else has changed this stream. The other commands are done; the refused one is
        # reported.
        if isinstance(answer, Refusal):
            wrong = {**fields_of(one.row, answer), **wrong}
    if wrong:
        raise InvalidForm(wrong)


def refused_ahead(request: PageRequest, commands: Sequence[BatchCommand]) -> list[tuple[BatchCommand, Refusal]]:
    """The commands that would be refused, each decided as if those before it were done.

    A command that the form has done before, when it was sent the first time, is not refused. A grave refusal is
    recorded.
    """
    anybody = request.user.actor()
    new = [one for one in commands if request.engine.ledger.answer(_submission(request, one, anybody).id) is None]
    answers = request.engine.preview_many([(one.stream, one.command) for one in new], request.user.actor, request.now)
    refused = [(one, answer) for one, answer in zip(new, answers, strict=True) if isinstance(answer, Refusal)]
    for one, refusal in refused:
        if refusal.grave:
            actor = request.prepare(one.stream, one.command).actor
            # Only the engine records a grave attempt, so the command is submitted. It must not be done, even if it is
            # possible by now, because the others are not: no fact has the digest `UNSEEN`, so the engine refuses it in
            # any case.
            request.engine.submit_many([replace(_submission(request, one, actor), expected_fact=UNSEEN)])
    return refused


def _submission(request: PageRequest, one: BatchCommand, actor: Actor) -> Submission:
    command_id = request.form.command_id.of("/".join(filter(None, (one.stream, one.key))))
    return Submission(one.stream, one.command, actor, command_id, beside=one.beside)
