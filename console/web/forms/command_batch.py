"""Several commands of one form, asked of the engine together: none is done where one would be refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from states.chart import decide
from states.refusals import Refusal
from states.stream_kinds import State, fold
from states.vocabulary import Command
from states.year.roster import Roster
from storage.database.prepared import SideWrite
from workflow.engine import Submission
from workflow.previews import NextStamp


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

    A form that is sent twice is done once. An attempt of consequence is put on record by asking the engine for it.
    """
    wrong: dict[str, Refusal] = {}
    for one, refusal in _foreseen(request, asked):
        wrong = {**place(one.row, refusal), **wrong}
        if refusal.grave:
            request.engine.submit_many([_submission(request, one)])
    if wrong:
        raise InvalidForm(wrong)
    for one, answer in zip(
        asked, request.engine.submit_many([_submission(request, one) for one in asked]), strict=True
    ):
        if isinstance(answer, Refusal):  # somebody was quicker; the others are done
            wrong = {**place(one.row, answer), **wrong}
    if wrong:
        raise InvalidForm(wrong)


def _foreseen(request: PageRequest, asked: Sequence[Asked]) -> list[tuple[Asked, Refusal]]:
    """What would be refused, each command decided after those before it."""
    after: dict[str, State] = {}
    found: list[tuple[Asked, Refusal]] = []
    for one in asked:
        if request.engine.ledger.answer(_submission(request, one).id) is not None:
            continue  # the form came twice: the engine gives its first answer
        state, context, compiled = request.context(one.stream)
        context = replace(context, actor=request.actor_for(one.stream, one.command))
        state = after.get(one.stream, state)
        if isinstance(state, Roster):
            context = replace(context, roster=state)
        try:
            fact = decide(state, one.command, context, compiled.chart)
        except Refusal as refusal:
            found.append((one, refusal))
            continue
        stamp = NextStamp(state.version + 1, context.actor.id, context.actor.role, context.now)
        after[one.stream] = fold(state, fact, stamp)
    return found


def _submission(request: PageRequest, one: Asked) -> Submission:
    command_id = request.form.command_id.of("/".join(filter(None, (one.stream, one.key))))
    return Submission(
        one.stream, one.command, request.actor_for(one.stream, one.command), command_id, beside=one.beside
    )
