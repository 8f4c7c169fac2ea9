"""One assessment year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from states.assessment import Assessment
from states.chart import check_recorded
from states.records.year import Progress
from states.refusals import Refusal
from states.stream_kinds import initial_state
from states.vocabulary import CLOCK, Opaque, Text, Words
from states.year.year import CloseYear, MoveYearDeadline, OpenTask, OpenYear, YearClosed, progress

from .law import CHART, DUE, LEADERS, OFFICE, REASON, RULEBOOK, UNIT, World, reached, refused


def opening(**changes: Any) -> OpenYear:
    return OpenYear(**{"year": 2026, "units": (Opaque(UNIT), Opaque("u-2")), "due": DUE, **changes})


def move(stage: str, due: date) -> MoveYearDeadline:
    return MoveYearDeadline(stage=stage, due=due, reason=REASON)


@pytest.fixture
def world() -> World:
    return World(initial_state("year/2026"))


@pytest.mark.parametrize("actor", [OFFICE, LEADERS, CLOCK], ids=lambda a: a.role)
def test_a_year_is_opened_for_its_units_with_its_deadlines(world: World, actor: Any) -> None:
    state = world.do(opening(), actor).state
    assert (state.year, state.units, state.due, state.version) == (2026, (UNIT, "u-2"), DUE, 1)


def test_a_year_is_the_one_its_stream_names(world: World) -> None:
    refused(world, opening(year=2025), OFFICE, "NotKnown", 2025, "year/2026")


def test_a_year_has_units(world: World) -> None:
    refused(world, opening(units=()), OFFICE, "Incomplete", Text(zh="被考核部门", en="departments"))


def test_a_year_has_every_deadline_in_order(world: World) -> None:
    missing = {k: v for k, v in DUE.items() if k != "approval"}
    refused(world, opening(due=missing), OFFICE, "Incomplete", RULEBOOK.stages["approval"].title.text)
    turned = {**DUE, "approval": DUE["circulation"] + timedelta(days=1)}
    refused(world, opening(due=turned), OFFICE, "OutOfOrder")
    refused(world, opening(due={**DUE, "picnic": DUE["democratic_evaluation"]}), OFFICE, "NotKnown", "picnic")


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


# -- closing ---------------------------------------------------------------------------------------

FILED, TALK = Progress(UNIT, "circulation", ("filed",)), Progress("u-2", "circulation", ())


def closing(*found: Progress, reason: str | None = None) -> tuple[World, CloseYear]:
    """A year whose assessments stand so, and the command that closes it."""
    world = World(initial_state("year/2026")).do(opening(), OFFICE)
    return replace(world, progress=found), CloseYear(reason=reason and Words(reason))


def test_a_year_is_closed_when_every_assessment_is_circulated_or_withdrawn() -> None:
    world, command = closing(TALK, Progress(UNIT, "withdrawn", ("filed",)))
    after = world.do(command, LEADERS)
    assert after.done[-1][0] == YearClosed(reason=None, left=())
    assert after.state.closed == after.now
    refused(after, command, OFFICE, "NothingToDo", Text(zh="办结年度考核", en="close the assessment year"))


@pytest.mark.parametrize(
    "found", [(FILED,), (FILED, Progress("u-2", "approval", ())), (FILED, Progress("u-2", "", ()))]
)
def test_an_assessment_that_has_not_ended_or_never_began_stands_in_the_way(found: tuple[Progress, ...]) -> None:
    world, command = closing(*found, reason="尚在整理")
    refusal = refused(world, command, OFFICE, "NotEnded", "u-2")
    assert refusal.details["count"] == 1


def test_tasks_still_open_are_named_and_left_only_for_a_reason() -> None:
    world, command = closing(FILED, TALK)
    filed = RULEBOOK.tasks["filed"].title.text
    refusal = refused(world, command, OFFICE, "Incomplete")
    assert f"{UNIT} {filed.zh}" in refusal.render("zh")
    assert f"{UNIT}: {filed.en}" in refusal.render("en")
    world, command = closing(FILED, TALK, reason="档案尚在整理")
    assert world.do(command, OFFICE).done[-1][0] == YearClosed(
        reason=Words("档案尚在整理"), left=(OpenTask(unit=Opaque(UNIT), task="filed"),)
    )


def test_a_refusal_names_no_more_than_a_page_can_hold() -> None:
    many = [Progress(f"u-{n:02}", "scoring", ()) for n in range(60)]
    world, command = closing(FILED, TALK, *many)
    said = refused(world, command, OFFICE, "NotEnded").render("zh")
    assert "60 个部门" in said
    assert "u-09 等" in said
    assert "u-10" not in said


def test_a_closing_that_says_otherwise_than_the_assessments_is_no_closing() -> None:
    world, _ = closing(FILED, TALK)
    context = world.context(OFFICE)
    with pytest.raises(Refusal) as caught:
        check_recorded(world.state, YearClosed(reason=REASON, left=()), context, CHART)
    assert caught.value.code == "NotKnown"
    unknown = msgspec.structs.replace(context, progress=None)
    check_recorded(world.state, YearClosed(reason=REASON, left=()), unknown, CHART)


def test_no_deadline_of_a_closed_year_moves_and_the_attempt_is_grave() -> None:
    world, command = closing(TALK, Progress(UNIT, "withdrawn", ()))
    refusal = refused(world.do(command, OFFICE), move("scoring", date(2026, 12, 23)), OFFICE, "YearOver", 2026)
    assert refusal.grave


def test_a_special_assessment_is_no_part_of_the_years_work() -> None:
    special = msgspec.structs.replace(reached("scoring").state, occasion="o-1")
    (found,) = progress([special, Assessment(stream="assessment/2026/u-9"), reached("circulation").state])
    assert (found.unit, found.stage, found.tasks) == (UNIT, "circulation", ("filed",))
