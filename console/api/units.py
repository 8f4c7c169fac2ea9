"""`GET /units`: the departments on the roster."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Security
from pydantic import BaseModel

from console.web.request.page_request import PageRequest
from states.records import roster

from .dependencies import caller

router = APIRouter(tags=["units"])

Caller = Annotated[PageRequest, Security(caller, scopes=["assessment"])]


class Unit(BaseModel):
    """A department on the roster. `retired_on` and `successors` say what became of one that ended."""

    unit: str
    title: str
    unit_kind: str
    retired_on: date | None
    successors: list[str]


class Units(BaseModel):
    """The departments."""

    units: list[Unit]


@router.get("/units", summary="部门名册")
def units(caller: Caller) -> Units:
    """The departments on the roster that the caller may read of."""
    every = sorted(caller.roster.units.values(), key=lambda unit: unit.unit)
    return Units(
        units=[_unit(caller.roster, unit) for unit in every if caller.permissions.may_view("assessment", unit.unit)]
    )


def _unit(all_units: roster.Roster, unit: roster.Unit) -> Unit:
    end = all_units.end(unit.unit)
    return Unit(
        unit=unit.unit, title=unit.title, unit_kind=unit.unit_kind, retired_on=end.since if end else None,
        successors=[str(one) for one in end.successors] if end else [],
    )  # fmt: skip
