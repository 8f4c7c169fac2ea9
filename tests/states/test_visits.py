"""The plan of the on-site round: a visit for each unit, no one at two places, nobody at the own unit, moves with a reason."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from states.chart import check_recorded
from states.records.account import Account
from states.records.roster import Reorganisation, Roster
from states.records.year import Inspector, Progress, Visit, Year
from states.refusals import Refusal
from states.stream_kinds import initial_state
from states.vocabulary import Opaque, Words
from states.year.visits import MoveVisit, PlanVisits, VisitMoved, VisitsPlanned, find_impossible_visits

from .law import BOUNDED, CHART, COMMITTEE, OFFICE, REASON, World, refused
from .test_year import opening

A, B, C = (Inspector(account=Opaque(f"a-{n}"), unit=Opaque(f"u-{n}")) for n in (7, 8, 9))
ROUND = (*(Progress(u, "opening", ()) for u in ("u-1", "u-2", "u-7")), Progress("u-3", "withdrawn", ()))


def visit(unit: str = "u-1", **changes: Any) -> Visit:
    given = {
        "unit": Opaque(unit), "day": date(2026, 12, 1), "begins": "09:00", "ends": "11:30", "place": Words("行政楼 201"),
        "group": Words("第一组"), "inspectors": (A, B), "contact": Opaque("a-7"), **changes,
    }  # fmt: skip
    return Visit(**given)


@pytest.fixture
def world() -> World:
    opened = World(initial_state("year/2026")).do(opening(), OFFICE)
    accounts = {
        f"a-{n}": Account(stream=f"account/a-{n}", version=1, unit=f"u-{n}", roles=frozenset({"assessor"}))
        for n in (7, 8, 9)
    }
    return dataclasses.replace(opened, progress=ROUND, accounts=accounts)


def plan(*visits: Visit) -> PlanVisits:
    return PlanVisits(visits=visits or (visit(),))


def test_visits_are_planned_and_stand_in_the_year_by_unit(world: World) -> None:
    state = world.do(plan(visit(), visit("u-2", begins="14:30", ends="17:00")), OFFICE).state
    assert isinstance(state, Year)
    assert [(u, v.begins) for u, v in state.visits.items()] == [("u-1", "09:00"), ("u-2", "14:30")]


def test_the_plan_is_the_offices(world: World) -> None:
    refused(world, plan(), COMMITTEE, "NotYours")


def test_nobody_of_the_unit_itself_comes_to_assess_it(world: World) -> None:
    refusal = refused(world, plan(visit("u-7", contact=Opaque("a-8"))), OFFICE, "OwnUnitVisited", "a-7", "u-7")
    assert "按回避规定" in refusal.render("zh")


def test_somebody_cannot_be_at_two_units_at_one_time(world: World) -> None:
    other = visit("u-2", begins="11:00", ends="12:00", inspectors=(B, C), contact=Opaque("a-9"))
    refused(world, plan(visit(), other), OFFICE, "TwoPlaces", "a-8", "u-1")
    after = replace(other, begins="11:30")
    assert world.do(plan(visit(), after), OFFICE)
    elsewhere = replace(other, inspectors=(C,))
    assert world.do(plan(visit(), elsewhere), OFFICE)


def test_a_visit_planned_before_counts_too(world: World) -> None:
    world = world.do(plan(), OFFICE)
    refused(world, plan(visit("u-2")), OFFICE, "TwoPlaces", "u-1")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"day": date(2026, 11, 2)}, "TooEarly"),
        ({"begins": "9:00"}, "Malformed"),
        ({"begins": "24:00"}, "Malformed"),
        ({"ends": "09:00"}, "OutOfOrder"),
        ({"inspectors": ()}, "Incomplete"),
        ({"inspectors": (A, A)}, "Malformed"),
        ({"contact": Opaque("a-9")}, "NotKnown"),
        ({"inspectors": (Inspector(account=Opaque("a-7"), unit=Opaque("u-8")), B)}, "Malformed"),
        ({"inspectors": (Inspector(account=Opaque("a-5")),), "contact": Opaque("a-5")}, "NotKnown"),
        ({"place": Words("找王老师 13800138000")}, "Personal"),
        ({"unit": Opaque("u-5")}, "NotKnown"),
        ({"unit": Opaque("u-3")}, "NothingToDo"),
    ],
    ids=lambda v: v if isinstance(v, str) else next(iter(v)),
)
def test_a_visit_that_cannot_be_made_is_refused(world: World, changes: dict[str, Any], code: str) -> None:
    refused(world, plan(visit(**changes)), OFFICE, code)


def test_every_visit_that_cannot_be_made_is_named_at_once(world: World) -> None:
    context = world.context(OFFICE)
    wrong = [visit(ends="08:00"), visit("u-7", contact=Opaque("a-8")), visit("u-2", begins="15:00", ends="16:00")]
    assert isinstance(world.state, Year)
    found = {
        unit: type(refusal).__name__
        for unit, refusal in find_impossible_visits("plan_visits", world.state, wrong, context)
    }
    assert found == {"u-1": "OutOfOrder", "u-7": "OwnUnitVisited"}


def test_a_unit_is_planned_once_and_then_moved_with_a_reason(world: World) -> None:
    refused(world, plan(visit(), visit(begins="15:00", ends="16:00")), OFFICE, "NothingToDo", "u-1")
    world = world.do(plan(), OFFICE)
    refused(world, plan(), OFFICE, "NothingToDo", "u-1")
    later = visit(day=date(2026, 12, 3))
    moved = world.do(MoveVisit(visit=later, reason=REASON), OFFICE).state
    assert isinstance(moved, Year)
    assert moved.visits["u-1"].day == date(2026, 12, 3)
    refused(world, MoveVisit(visit=later, reason=Words(" ")), OFFICE, "Malformed")
    refused(world, MoveVisit(visit=visit(), reason=REASON), OFFICE, "NothingToDo")
    refused(world, MoveVisit(visit=visit("u-2"), reason=REASON), OFFICE, "NotKnown", "u-2")


def test_a_recorded_move_says_what_was_planned_before_or_does_not_hold(world: World) -> None:
    world = world.do(plan(), OFFICE)
    later = visit(day=date(2026, 12, 3))
    true = VisitMoved(visit=later, reason=REASON, before=visit())
    check_recorded(world.state, true, world.context(OFFICE), CHART)
    with pytest.raises(Refusal):
        check_recorded(world.state, replace(true, before=visit("u-2")), world.context(OFFICE), CHART)


def test_a_replay_that_does_not_know_the_accounts_still_holds_recusal_against_the_plan(world: World) -> None:
    context = replace(world.context(OFFICE), accounts=None)
    check_recorded(world.state, VisitsPlanned(visits=(visit(),)), context, CHART)
    with pytest.raises(Refusal):
        check_recorded(world.state, VisitsPlanned(visits=(visit("u-7"),)), context, CHART)


@pytest.mark.parametrize(("ended", "successor"), [("u-1", "u-7"), ("u-7", "u-1")])
def test_nobody_comes_to_a_unit_that_took_over_the_own_one_or_went_over_into_it(
    world: World, ended: str, successor: str
) -> None:
    record = Reorganisation(
        unit=Opaque(ended), since=date(2026, 11, 20), successors=(Opaque(successor),), final_year=2026, reason=REASON
    )
    merged = replace(world.context(OFFICE), roster=Roster(reorganisations=(record,)))
    apart = replace(merged, roster=Roster())
    assert [
        (unit, fault.code) for unit, fault in find_impossible_visits("plan_visits", world.state, [visit()], merged)
    ] == [("u-1", "OwnUnitVisited")]
    assert not list(find_impossible_visits("plan_visits", world.state, [visit()], apart))


@BOUNDED
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["u-1", "u-2", "u-7"]), st.integers(8, 16), st.integers(1, 3), st.integers(1, 2),
            st.sets(st.sampled_from([A, B, C]), min_size=1),
        ),
        min_size=1, max_size=3, unique_by=lambda drawn: drawn[0],
    )
)  # fmt: skip
def test_no_plan_that_is_accepted_sends_anybody_to_two_places_at_once_or_to_the_own_unit(drawn: Any) -> None:
    opened = dataclasses.replace(World(initial_state("year/2026")).do(opening(), OFFICE), progress=ROUND)
    visits = [
        visit(unit, day=date(2026, 12, day), begins=f"{hour:02}:00", ends=f"{hour + length:02}:00",
              inspectors=tuple(sorted(group, key=lambda one: one.account)), contact=min(one.account for one in group))
        for unit, hour, length, day, group in drawn
    ]  # fmt: skip
    try:
        planned = opened.do(plan(*visits), OFFICE).state.visits.values()
    except Refusal:
        return
    hours = [
        (i.account, v.day, hour)
        for v in planned
        for i in v.inspectors
        for hour in range(int(v.begins[:2]), int(v.ends[:2]))
    ]
    assert len(set(hours)) == len(hours)
    assert not [v for v in planned for i in v.inspectors if i.unit == v.unit]
