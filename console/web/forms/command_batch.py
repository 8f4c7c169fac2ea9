"""Several commands of one form, asked of the engine together: none is done where one would be refused."""

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


class Asked(Struct, frozen=True):
    """One command: `key` tells it from the others on its stream, `row` says where in the form it is."""

    row: str
    stream: str
    command: Command
    key: str = ""
    beside: tuple[SideWrite, ...] = ()


class Place(Protocol):
    """Where in the form the faults of a row's refusal are, by field."""

    def __call__(self, row: str, refusal: Refusal, /) -> dict[str, Refusal]: ...


def submit_all(request: PageRequest, asked: Sequence[Asked], place: Place) -> None:
    """Do all of them in one transaction. Raises InvalidForm with every fault at its place, and then none is done.

    A form that is sent twice is done once.
    """
    wrong: dict[str, Refusal] = {}
    for one, refusal in refused_ahead(request, asked):
        wrong = {**place(one.row, refusal), **wrong}
    if wrong:
        raise InvalidForm(wrong)
    submissions = [_submission(request, one, request.prepare(one.stream, one.command).actor) for one in asked]
    for one, answer in zip(asked, request.engine.submit_many(submissions), strict=True):
        if isinstance(answer, Refusal):  # somebody was quicker; the others are done
            wrong = {**place(one.row, answer), **wrong}
    if wrong:
        raise InvalidForm(wrong)


def refused_ahead(request: PageRequest, asked: Sequence[Asked]) -> list[tuple[Asked, Refusal]]:
    """Which of them would be refused, each decided after those before it; none that was done before, because the form came twice.

    A grave attempt is put on record, by asking the engine for it.
    """
    anybody = request.user.actor()
    new = [one for one in asked if request.engine.ledger.answer(_submission(request, one, anybody).id) is None]
    answers = request.engine.preview_many([(one.stream, one.command) for one in new], request.user.actor, request.now)
    refused = [(one, answer) for one, answer in zip(new, answers, strict=True) if isinstance(answer, Refusal)]
    for one, refusal in refused:
        if refusal.grave:
            actor = request.prepare(one.stream, one.command).actor
            # Possible a moment later, it would be done without the others: `UNSEEN` is the digest of no fact.
            request.engine.submit_many([replace(_submission(request, one, actor), expected_fact=UNSEEN)])
    return refused


def _submission(request: PageRequest, one: Asked, actor: Actor) -> Submission:
    command_id = request.form.command_id.of("/".join(filter(None, (one.stream, one.key))))
    return Submission(one.stream, one.command, actor, command_id, beside=one.beside)
