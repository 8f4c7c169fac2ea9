"""One assessment year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from states.chart import beginning
from states.vocabulary import CLOCK, Opaque
from states.year import MoveYearDeadline, OpenYear

from .law import DUE, LEADERS, OFFICE, REASON, RULEBOOK, UNIT, World, refused


def opening(**changes: Any) -> OpenYear:
    return OpenYear(**{"year": 2026, "units": (Opaque(UNIT), Opaque("u-2")), "due": DUE, **changes})


def move(stage: str, due: date) -> MoveYearDeadline:
    return MoveYearDeadline(stage=stage, due=due, reason=REASON)


@pytest.fixture
def world() -> World:
    return World(beginning("year/2026"))


@pytest.mark.parametrize("actor", [OFFICE, LEADERS, CLOCK], ids=lambda a: a.role)
def test_a_year_is_opened_for_its_units_with_its_deadlines(world: World, actor: Any) -> None:
    state = world.do(opening(), actor).state
    assert (state.year, state.units, state.due, state.version) == (2026, (UNIT, "u-2"), DUE, 1)


def test_a_year_is_the_one_its_stream_names(world: World) -> None:
    refused(world, opening(year=2025), OFFICE, "NotKnown", 2025, "year/2026")


def test_a_year_has_units(world: World) -> None:
    refused(world, opening(units=()), OFFICE, "Incomplete", "被考核部门 / units")


def test_a_year_has_every_deadline_in_order(world: World) -> None:
    missing = {k: v for k, v in DUE.items() if k != "approval"}
    refused(world, opening(due=missing), OFFICE, "Incomplete", RULEBOOK.stages["approval"].title.text)
    turned = {**DUE, "approval": DUE["circulation"] + timedelta(days=1)}
    refused(world, opening(due=turned), OFFICE, "OutOfOrder")
    refused(world, opening(due={**DUE, "picnic": DUE["ballot"]}), OFFICE, "NotKnown", "picnic")


def test_a_years_deadline_moves_and_the_others_stay(world: World) -> None:
    state = world.do(opening(), OFFICE).do(move("scoring", date(2026, 12, 23)), LEADERS).state
    assert state.due == {**DUE, "scoring": date(2026, 12, 23)}


def test_a_year_moves_deadlines_it_has_and_keeps_their_order(world: World) -> None:
    opened = world.do(opening(), OFFICE)
    refused(opened, move("publicity", date(2026, 12, 23)), OFFICE, "NotKnown", "publicity")
    refused(opened, move("scoring", date(2026, 12, 29)), OFFICE, "OutOfOrder", "2026-12-29", DUE["approval"])


def test_a_years_deadline_moves_to_another_day_and_never_into_the_past(world: World) -> None:
    opened = world.do(opening(), OFFICE)
    refused(opened, move("scoring", DUE["scoring"]), OFFICE, "NothingToDo", RULEBOOK.stages["scoring"].title.text)
    later = opened.on(date(2026, 11, 18))
    refused(later, move("self_report", date(2026, 11, 17)), OFFICE, "TooEarly", "2026-11-17", "2026-11-18")
    assert later.do(move("self_report", date(2026, 11, 18)), OFFICE).state.due["self_report"] == date(2026, 11, 18)
