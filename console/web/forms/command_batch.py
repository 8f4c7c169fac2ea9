"""Submits several commands of one form together. If one of them would be refused, none is done.

There is one exception: somebody else may change a stream between the check of all commands and their submission. Then
the command on this stream is refused and the others are done.
"""

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
    """One command of the form, from row `row`. `key` distinguishes several commands on one stream.

    The writes `beside` the ledger are in the same transaction as the entry.
    """

    row: str
    stream: str
    command: Command
    key: str = ""
    beside: tuple[SideWrite, ...] = ()


class FieldsOfRow(Protocol):
    """Divides the refusal of a row's command. Returns, by field of the form, a part of the refusal."""

    def __call__(self, row: str, refusal: Refusal, /) -> dict[str, Refusal]: ...


def submit_all(request: PageRequest, commands: Sequence[BatchCommand], fields_of: FieldsOfRow) -> None:
    """Do all commands in one transaction. Raises `InvalidForm` with every error at its field.

    If an error is found before the submission, no command is done. A form that is sent twice is done once.
    """
    errors: dict[str, Refusal] = {}
    for batch_command, refusal in refused_commands(request, commands):
        errors = {**fields_of(batch_command.row, refusal), **errors}
    if errors:
        raise InvalidForm(errors)
    submissions = [
        _submission(request, batch_command, request.prepare(batch_command.stream, batch_command.command).actor)
        for batch_command in commands
    ]
    for batch_command, answer in zip(commands, request.engine.submit_many(submissions), strict=True):
        # Somebody else has changed this stream after `refused_commands`. The other commands are done; the refused one
        # is reported.
        if isinstance(answer, Refusal):
            errors = {**fields_of(batch_command.row, answer), **errors}
    if errors:
        raise InvalidForm(errors)


def refused_commands(request: PageRequest, commands: Sequence[BatchCommand]) -> list[tuple[BatchCommand, Refusal]]:
    """The commands that would be refused, each decided as if the commands before it were done.

    If the form is sent a second time, the commands that were done the first time are left out. Each grave refusal is
    recorded in the ledger.
    """
    anybody = request.user.actor()
    new_commands = [
        batch_command
        for batch_command in commands
        if request.engine.ledger.answer(_submission(request, batch_command, anybody).id) is None
    ]
    answers = request.engine.preview_many(
        [(batch_command.stream, batch_command.command) for batch_command in new_commands],
        request.user.actors_in,
        request.now,
    )
    refused = [
        (batch_command, answer)
        for batch_command, answer in zip(new_commands, answers, strict=True)
        if isinstance(answer, Refusal)
    ]
    for batch_command, refusal in refused:
        if refusal.grave:
            actor = request.prepare(batch_command.stream, batch_command.command).actor
            # Only the engine records a grave attempt, so the command is submitted. It must not be done even if it has
            # become possible, because the other commands are not done. No fact has the digest `UNSEEN`, so the engine
            # refuses the command in any case.
            request.engine.submit_many([replace(_submission(request, batch_command, actor), expected_fact=UNSEEN)])
    return refused


def _submission(request: PageRequest, batch_command: BatchCommand, actor: Actor) -> Submission:
    command_id = request.form.command_id.with_suffix("/".join(filter(None, (batch_command.stream, batch_command.key))))
    return Submission(batch_command.stream, batch_command.command, actor, command_id, beside=batch_command.beside)
