"""`POST /commands` does one act of those that a system may do (`FOR_SYSTEMS`).

The body has the name of the act, the stream, the command id, the version that the caller read, and the fields of the
command in `states/`. Acts on accounts, seals and tables, acts of the daemon, and acts that need a person are not
possible here. Not here: the rules (`states/`), and how a command is submitted (`console/web/forms/submitting.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

import msgspec
from fastapi import APIRouter, Security
from pydantic import BaseModel, Field, create_model, model_validator
from pydantic_core import PydanticKnownError

from console.web.forms import account_fields, submitting
from console.web.request.page_request import PageRequest
from states import policy, privacy
from states.acts import ACTS
from states.cases.attribution import units_of
from states.command_ids import OutsideId
from states.records.record import Record
from states.refusals import NotKnown
from states.streams import Stream, kind_of
from states.views import view_of_record
from states.vocabulary import Command, Text
from states.year.standings import Settle

from .dependencies import CallerFirst, caller
from .models import STRICT, TEXT, model_of

router = APIRouter(tags=["commands"], route_class=CallerFirst)

Caller = Annotated[PageRequest, Security(caller, scopes=["to_dos"])]

FOR_PERSONS = frozenset(("record_veto", "lift_veto"))
"""Acts that need a recent authentication of a person, so no system may do them."""

FOR_THE_CLOCK = frozenset(
    (
        "remind",
        "escalate",
        "lapse_reminders",
        "raise_veto",
        "note_stale_score",
        "remind_of_check",
        "escalate_check",
    )
)
"""Acts that only the daemon does. `FOR_SYSTEMS` leaves out its acts outside the rulebooks too, such as on seals."""

FOR_SYSTEMS = tuple(
    act for act in ACTS if not policy.is_outside_rulebooks(act) and act not in FOR_PERSONS | FOR_THE_CLOCK
)
"""Acts that a system may do, the same under every rulebook. The rulebook says which roles may do each of them."""

MAX_VALUES = 20_000
"""The most values in one body, at any depth: a hundred times as many as any command has.

So it also limits how many faults one body can have.
"""


class Submission(BaseModel):
    """One command for one stream.

    If it is sent again with the same `command_id`, it is not done again and gets the first answer, with `repeated`
    true. `expected_version` is the version of the stream that the caller read; without it, the stream may have any
    version.
    """

    model_config = STRICT
    act: str
    stream: Annotated[TEXT, Field(max_length=200, examples=["assessment/2026/u-1"])]
    command_id: Annotated[TEXT, Field(min_length=1, max_length=200)]
    expected_version: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)] | None = None
    command: BaseModel

    @model_validator(mode="before")
    @classmethod
    def limit_values(cls, body: object) -> object:
        """Refuse a body of more than `MAX_VALUES` before any value is checked."""
        values, parts = 0, [body]
        while parts:
            part = parts.pop()
            children = list(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
            values += len(children)
            if values > MAX_VALUES:
                raise PydanticKnownError(
                    "too_long", {"field_type": "Body", "max_length": MAX_VALUES, "actual_length": None}
                )
            parts.extend(children)
        return body

    def to_command(self) -> Command:
        """The command that the engine takes."""
        return msgspec.convert(self.command.model_dump(), ACTS[self.act].command)


class Receipt(BaseModel):
    """The answer to a command: its entry. `repeated`: the command was already done by an earlier request."""

    stream: str
    version: int
    number: int
    kind: str
    repeated: bool


def _submission(act: str) -> type[Submission]:
    """The model of a submission of this act."""
    command = ACTS[act].command
    fields: dict[str, Any] = {"act": (Literal[act], ...), "command": (model_of(command), ...)}
    return create_model(f"{command.__name__}Submission", __base__=Submission, __doc__=command.__doc__, **fields)


if TYPE_CHECKING:
    AnySubmission = Submission
else:
    AnySubmission = Annotated[
        Union[tuple(map(_submission, FOR_SYSTEMS))],  # noqa: UP007
        Field(discriminator="act"),
    ]


@router.post("/commands", summary="办理一项")
def submit(caller: Caller, submission: AnySubmission) -> Receipt:
    """Do one act. The caller acts in the role that the rulebook names for it.

    Safe to repeat with the same `command_id`.
    """
    stream, command = submission.stream, submission.to_command()
    privacy.check_stream(stream)
    kind = kind_of(stream)
    if kind not in _VIEW_OF:
        wrong_kind = Text(zh="可由接口办理的台账流", en="stream for systems")
        raise NotKnown(what=wrong_kind, value=kind, known=", ".join(_VIEW_OF), clause=privacy.CLAUSE)
    view = "standings" if isinstance(command, Settle) else _view_of(caller, stream)
    caller.permissions.require_view(view, _unit_of(caller, stream))
    # The refusal of an unknown account lists the accounts that exist, so only a caller who may do the act gets it.
    if account_fields.names_accounts(command) and _may_do(caller, stream, command):
        account_fields.check(caller, command, privacy.CLAUSE)
    command_id = OutsideId("api", submission.command_id)
    outcome = submitting.submit(
        caller, stream, command, expected_version=submission.expected_version, command_id=command_id
    )
    return Receipt(
        stream=outcome.stream,
        version=outcome.version,
        number=outcome.number,
        kind=outcome.kind,
        repeated=outcome.repeated,
    )


def _may_do(caller: PageRequest, stream: str, command: Command) -> bool:
    state, context, _ = caller.context(stream)
    return caller.permissions.may_do(command.act, state, context)


_VIEW_OF = {
    "assessment": "assessment",
    "case": "cases",
    "routine_check": "routine_checks",
    "record": "records",
    "year": "year",
    "roster": "year",
}
"""The view of each kind of stream. A caller without the view is refused first, and learns nothing about the stream."""


def _view_of(caller: PageRequest, stream: str) -> str:
    """The view of a stream. A record of a confidential kind belongs to the view of cases."""
    state = caller.engine.state(stream) if kind_of(stream) == "record" else None
    if isinstance(state, Record) and state.body is not None:
        return view_of_record(state, caller.rulebook)
    return _VIEW_OF[kind_of(stream)]


def _unit_of(caller: PageRequest, stream: str) -> str | None:
    """The department that the stream belongs to; None if it belongs to no single one."""
    unit = Stream.parse(stream).unit
    if unit is not None:
        return unit
    units = units_of(caller.engine.state(stream)) if kind_of(stream) in ("routine_check", "record") else ()
    return next(filter(None, units), None)
