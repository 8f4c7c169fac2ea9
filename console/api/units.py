"""`GET /units`: the departments whose assessments the caller may read, also those that were closed or reorganised."""

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
    """A department on the roster. If it was closed or reorganised: the day (`retired_on`) and its `successors`."""

    unit: str
    title: str
    unit_kind: str
    retired_on: date | None
    successors: list[str]


class Units(BaseModel):
    """Departments, in the order of their ids."""

    units: list[Unit]


@router.get("/units", summary="部门名册")
def units(caller: Caller) -> Units:
    """The departments on the roster whose assessments the caller may read."""
    all_units = sorted(caller.roster.units.values(), key=lambda unit: unit.unit)
    return Units(
        units=[_unit(caller.roster, unit) for unit in all_units if caller.permissions.may_view("assessment", unit.unit)]
    )


def _unit(departments: roster.Roster, unit: roster.Unit) -> Unit:
    closing = departments.closing(unit.unit)
    return Unit(
        unit=unit.unit,
        title=unit.title,
        unit_kind=unit.unit_kind,
        retired_on=closing.since if closing else None,
        successors=[str(successor) for successor in closing.successors] if closing else [],
    )
