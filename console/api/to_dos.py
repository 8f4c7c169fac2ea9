"""`GET /to-dos`: the assessments whose next act waits for the caller. Routine checks and accounts are not listed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Security
from pydantic import BaseModel

from console.web.request.page_request import PageRequest
from console.web.to_dos import AssessmentToDo, to_dos_of

from .dependencies import caller

router = APIRouter(tags=["to-dos"])

Caller = Annotated[PageRequest, Security(caller, scopes=["to_dos"])]


class ToDo(BaseModel):
    """The next act of one assessment, which waits for the caller.

    `special` is the name of a special assessment; null for an annual one.
    """

    stream: str
    version: int
    unit: str
    unit_title: str
    special: str | None
    act: str
    title: str
    due: date | None
    late: bool


class ToDos(BaseModel):
    """The acts that wait for the caller, the earliest deadline first."""

    to_dos: list[ToDo]


@router.get("/to-dos", summary="待办事项")
def to_dos(caller: Caller) -> ToDos:
    """The next acts of assessments that wait for the caller's roles, without those that are assigned to others."""
    return ToDos(to_dos=[_to_do(caller, item) for item in to_dos_of(caller)])


def _to_do(caller: PageRequest, item: AssessmentToDo) -> ToDo:
    state, upcoming = item.state, item.next
    return ToDo(
        stream=state.stream,
        version=state.version,
        unit=state.unit,
        unit_title=item.unit,
        special=caller.format.text(special) if (special := caller.special(state)) else None,
        act=upcoming.act,
        title=caller.format.text(upcoming.title),
        due=upcoming.due,
        late=item.light == "late",
    )
