"""From a form to the engine: the command in the role that is entitled to it, with the id and the version that the form carries."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from states.command_ids import OutsideId
from states.refusals import OutcomeChanged, Refusal, StaleForm
from states.vocabulary import Actor, Command
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
    expected = confirmation.confirmed_facts(request, {stream: command})[stream]
    if expected_version is None:
        expected_version = whole_number(request.form.text("version"))
    actor, id_ = request.actor_for(stream, command), command_id or request.form.command_id
    asked = submission(request, stream, command, actor, id_, expected_version, beside, expected)
    answer = request.engine.submit_many([asked])[0]
    if isinstance(answer, OutcomeChanged | StaleForm):
        raise confirmation.check_again(request, {stream: command}, answer)
    if isinstance(answer, Refusal):
        raise answer
    return answer


def submission(
    request: PageRequest, stream: str, command: Command, actor: Actor, command_id: OutsideId,
    expected_version: int | None = None, beside: Sequence[SideWrite] = (), expected_fact: str | None = None,
) -> Submission:  # fmt: skip
    """A command as the engine takes it. The names of the form's files are written beside its entry."""
    asked = Submission(stream, command, actor, command_id, expected_version, tuple(beside), expected_fact)
    names = uploads.names(request, stream, command)
    return replace(asked, beside=(*beside, *attachments.attachment_writes(request.database, stream, asked.id, names)))
