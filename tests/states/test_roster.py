"""The roster of units."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from states.records.roster import Unit
from states.stream_kinds import initial_state
from states.titles import FIELD_TITLES
from states.vocabulary import Text, Words
from states.year.roster import ChangeUnit, RegisterUnit, RenameUnit

from .law import HEADS, MEMBERS, OFFICE, ORGANIZATION, UNIT, World, refused


def unit(command: Any = RegisterUnit, **changes: Any) -> Any:
    fields = {
        "unit": UNIT, "title": Words("艺术学院"), "unit_kind": "college", "heads": HEADS, "members": MEMBERS, "staff": 40,
    }  # fmt: skip
    return command(**{**fields, **changes})


@pytest.fixture
def empty() -> World:
    return World(initial_state("roster"))


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
        ({"heads": ()}, "Incomplete", Text(zh="党政主要负责人", en="a head of the team")),
        ({"members": HEADS[:1]}, "InTeamTwice", "p-h1"),
        ({"staff": 0}, "OutOfRange", "0"),
        ({"unit": "张三"} , "Malformed", FIELD_TITLES["unit"]),
        ({"title": Words("电话 13800138000")}, "Personal", FIELD_TITLES["title"]),
    ],
)  # fmt: skip
def test_what_the_roster_says_of_a_unit_is_whole(
    empty: World, command: Any, changes: dict[str, Any], code: str, says: str
) -> None:
    world = empty if command is RegisterUnit else empty.do(unit(), OFFICE)
    if command is ChangeUnit and changes.keys() & {"unit", "title"}:
        return
    refused(world, unit(command, **changes), OFFICE, code, says)


def test_a_name_holds_from_its_day_and_earlier_years_keep_the_name_they_had(empty: World) -> None:
    world = empty.do(unit(), OFFICE).do(renamed("艺术与设计学院", date(2025, 9, 1)), OFFICE)
    roster = world.state
    assert roster.title(UNIT) == roster.title(UNIT, 2026) == roster.title(UNIT, 2025) == "艺术与设计学院"
    assert roster.title(UNIT, 2024) == "艺术学院"
    again = world.do(renamed("设计学院", date(2026, 3, 1)), OFFICE).state
    assert [again.title(UNIT, year) for year in (2024, 2025, 2026)] == ["艺术学院", "艺术与设计学院", "设计学院"]


def test_a_misspelt_name_is_corrected_from_its_own_day(empty: World) -> None:
    world = empty.do(unit(), OFFICE).do(renamed("艺木学院", date(2026, 3, 1)), OFFICE)
    corrected = world.do(renamed("艺术设计学院", date(2026, 3, 1)), OFFICE).state
    assert corrected.title(UNIT) == "艺术设计学院"
    assert [name.title for name in corrected.names_of(UNIT)] == ["艺术设计学院"]


def test_a_name_is_not_changed_in_passing(empty: World) -> None:
    world = empty.do(unit(title=Words("Arts")), OFFICE)
    refused(world, unit(ChangeUnit, title=Words("Design")), OFFICE, "NewName", UNIT, "Arts", "Design")


def test_an_impossible_name_is_refused_with_all_that_is_wrong(empty: World) -> None:
    world = empty.do(unit(title=Words("Arts"), since=date(2024, 9, 1)), OFFICE)
    refused(world, renamed("Arts", date(2026, 3, 1)), OFFICE, "NothingToDo", "Arts")
    refused(world, renamed("Design", date(2024, 8, 31)), OFFICE, "Impossible", "2024-09-01", "2024-08-31")
    world = world.do(renamed("Design", date(2026, 3, 1)), OFFICE)
    refused(world, renamed("Fine Arts", date(2024, 1, 1)), OFFICE, "Impossible", "2024-09-01", "2026-03-01")
    refused(world, renamed("Fine Arts", date(2026, 12, 1)), OFFICE, "Impossible", "2026-12-01", "2026-11-02")
    refused(empty, renamed("Fine Arts", date(2026, 3, 1)), OFFICE, "NotKnown", UNIT)


def test_a_unit_is_not_founded_in_the_future(empty: World) -> None:
    refused(empty, unit(since=date(2026, 12, 1)), OFFICE, "InTheFuture", "2026-12-01")


def renamed(title: str, since: date) -> RenameUnit:
    return RenameUnit(unit=UNIT, title=Words(title), since=since, reason=Words("学院更名"))
