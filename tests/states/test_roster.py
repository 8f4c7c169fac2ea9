"""The roster of units."""

from __future__ import annotations

from typing import Any

import pytest

from states.chart import beginning
from states.roster import ChangeUnit, RegisterUnit, Unit
from states.vocabulary import Words

from .law import HEADS, MEMBERS, OFFICE, ORGANIZATION, UNIT, World, refused


def unit(command: Any = RegisterUnit, **changes: Any) -> Any:
    fields = {
        "unit": UNIT, "title": Words("艺术学院"), "unit_kind": "college", "heads": HEADS, "members": MEMBERS, "staff": 40,
    }  # fmt: skip
    return command(**{**fields, **changes})


@pytest.fixture
def empty() -> World:
    return World(beginning("roster"))


@pytest.mark.parametrize("actor", [OFFICE, ORGANIZATION], ids=lambda a: a.role)
def test_a_unit_is_registered_and_changed(empty: World, actor: Any) -> None:
    world = empty.do(unit(), actor)
    assert world.state.units == {UNIT: unit(Unit)}
    assert world.state.version == 1
    changed = world.do(unit(ChangeUnit, staff=41), actor).do(unit(unit="u-2"), actor)
    assert [u.staff for u in changed.state.units.values()] == [41, 40]
    assert changed.state.version == 3


def test_a_unit_is_registered_once_and_changed_only_then(empty: World) -> None:
    refused(empty, unit(ChangeUnit), OFFICE, "NotKnown", UNIT)
    refused(empty.do(unit(), OFFICE), unit(), OFFICE, "AlreadyThere", UNIT)


@pytest.mark.parametrize("command", [RegisterUnit, ChangeUnit])
@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"unit_kind": "faculty"}, "NotKnown", "faculty"),
        ({"heads": ()}, "Incomplete", "党政主要负责人 / a head of the team"),
        ({"members": HEADS[:1]}, "AlreadyThere", "p-h1"),
        ({"staff": 0}, "OutOfRange", "0"),
        ({"unit": "张三"} , "Malformed", "unit"),
        ({"title": Words("电话 13800138000")}, "Personal", "title"),
    ],
)  # fmt: skip
def test_what_the_roster_says_of_a_unit_is_whole(
    empty: World, command: Any, changes: dict[str, Any], code: str, says: str
) -> None:
    world = empty if command is RegisterUnit else empty.do(unit(), OFFICE)
    if command is ChangeUnit and "unit" in changes:
        return
    refused(world, unit(command, **changes), OFFICE, code, says)
