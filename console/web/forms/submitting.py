"""Submits a form's command to the engine, in the role that is entitled to it, with the names of the form's files.

The id of the command and the version of the stream come from the form. Several commands: `command_batch.py`.
"""

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
    request: PageRequest,
    stream: str,
    command: Command,
    *,
    expected_version: int | None = None,
    command_id: OutsideId | None = None,
    beside: Sequence[SideWrite] = (),
) -> Accepted:
    """Do the command, or raise its `Refusal`. A form that is sent twice is done once.

    The writes `beside` the ledger are in the same transaction as the entry. Raises `CheckNeeded` if the act is final
    and the person has not confirmed it on the check page.
    """
    decision = request.prepare(stream, command)
    expected = confirmation.confirmed_facts(request, [decision])[stream]
    if expected_version is None:
        expected_version = whole_number(request.form.text("version"))
    submission = Submission(
        stream,
        command,
        decision.actor,
        command_id or request.form.command_id,
        expected_version=expected_version,
        beside=tuple(beside),
        expected_fact=expected,
        decision=decision,
    )
    answer = request.engine.submit_many([with_file_names(request, submission)])[0]
    if isinstance(answer, OutcomeChanged | StaleForm):
        raise confirmation.check_again(request, stream, command, answer)
    if isinstance(answer, Refusal):
        raise answer
    return answer


def with_file_names(request: PageRequest, submission: Submission) -> Submission:
    """The submission, which also writes the names of the form's files beside its entry."""
    names = uploads.recorded_names(request, submission.stream, submission.command)
    writes = attachments.attachment_writes(request.database, submission.stream, submission.id, names)
    return replace(submission, beside=(*submission.beside, *writes))
