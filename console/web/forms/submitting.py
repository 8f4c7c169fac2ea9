"""From a form to the engine: the command in the role that is entitled to it, with the id and the version that the form carries."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from states.command_ids import OutsideId
from states.refusals import OutcomeChanged, Refusal, StaleForm
from states.vocabulary import Command
from storage.database.prepared import SideWrite
from storage.papers import attachments
from workflow.engine import Accepted, Submission

from . import confirmation, uploads


def submit(
    request: PageRequest, stream: str, command: Command, *, expected_version: int | None = None,
    command_id: OutsideId | None = None, beside: Sequence[SideWrite] = (),
) -> Accepted:  # fmt: skip
    """Do the command, or raise its `Refusal`. A form that is sent twice is done once.

    What is written `beside` the ledger is written with the entry. On a page, a final act is shown for confirmation first: `CheckNeeded`.
    """
    decision = request.prepare(stream, command)
    expected = confirmation.confirmed_facts(request, [decision])[stream]
    if expected_version is None:
        expected_version = whole_number(request.form.text("version"))
    asked = Submission(
        stream, command, decision.actor, command_id or request.form.command_id, expected_version, tuple(beside), expected, decision
    )  # fmt: skip
    answer = request.engine.submit_many([with_file_names(request, asked)])[0]
    if isinstance(answer, OutcomeChanged | StaleForm):
        raise confirmation.check_again(request, stream, command, answer)
    if isinstance(answer, Refusal):
        raise answer
    return answer


def with_file_names(request: PageRequest, asked: Submission) -> Submission:
    """The submission, with the names of the form's files to be written beside its entry."""
    names = uploads.names(request, asked.stream, asked.command)
    writes = attachments.attachment_writes(request.database, asked.stream, asked.id, names)
    return replace(asked, beside=(*asked.beside, *writes))
