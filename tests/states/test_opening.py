"""Opening an assessment; changing the team; the deadlines it begins with."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from states.assessment import Member
from states.chart import decide
from states.deadlines.dates import deadlines_from
from states.records.roster import Roster, Unit
from states.records.year import Year
from states.refusals import Refusal
from states.stages.opening import OpenAssessment, SubstituteMember
from states.stream_kinds import initial_state
from states.vocabulary import CLOCK, Fact, Opaque, Text, Words

from .law import (
    DAYS,
    DUE,
    HEADS,
    LEADERS,
    MEMBERS,
    OFFICE,
    ORGANIZATION,
    RULEBOOK,
    STAGES,
    TEAM,
    UNIT,
    YEAR,
    World,
    check_sentence,
    opening,
    reached,
    refused,
)

CLAUSE = "第六条"
NEW = Member(person=Opaque("p-new"), position=Words("副院长"))


@pytest.mark.parametrize("actor", [OFFICE, LEADERS, CLOCK], ids=lambda a: a.role)
def test_an_assessment_is_opened_with_its_unit_team_and_deadlines(actor: Any) -> None:
    state = World().do(opening(), actor).state
    assert state.stage == "opening"
    assert (state.unit, state.unit_kind, state.year, state.occasion) == (UNIT, "college", YEAR, None)
    assert state.team == HEADS + MEMBERS
    assert state.due == DUE
    assert state.staff == 40


@pytest.mark.parametrize("kind", ["college", "party-admin", "support"])
def test_every_kind_of_unit_the_measure_knows_may_be_assessed(kind: str) -> None:
    assert World().do(opening(unit_kind=kind), OFFICE).state.unit_kind == kind


def test_a_special_assessment_has_a_stream_of_its_own() -> None:
    world = World(initial_state(f"assessment/{YEAR}/{UNIT}/spring"))
    assert world.do(opening(occasion="spring"), OFFICE).state.occasion == "spring"
    refused(world, opening(), OFFICE, "NotKnown", f"assessment/{YEAR}/{UNIT}")


@pytest.mark.parametrize("change", [{"unit": "u-other"}, {"year": 2025}, {"occasion": "spring"}])
def test_an_assessment_is_of_the_unit_and_year_its_stream_names(change: dict[str, Any]) -> None:
    refused(World(), opening(**change), OFFICE, "NotKnown", f"assessment/{YEAR}/{UNIT}")


def test_a_kind_of_unit_without_a_table_is_refused() -> None:
    refusal = refused(
        World(), opening(unit_kind="faculty"), OFFICE, "NotKnown", "faculty", "college, party-admin, support"
    )
    assert refusal.details["clause"] == CLAUSE


def test_a_team_has_a_head() -> None:
    refused(World(), opening(heads=()), OFFICE, "Incomplete", Text(zh="党政主要负责人", en="a head of the team"))


def test_a_team_of_heads_alone_is_a_team() -> None:
    assert World().do(opening(members=()), OFFICE).state.team == HEADS


def test_nobody_is_in_the_team_twice() -> None:
    refused(World(), opening(members=(*MEMBERS, HEADS[0])), OFFICE, "InTeamTwice", HEADS[0].person)


@pytest.mark.parametrize("staff", [0, -1, 100_001])
def test_a_unit_has_staff(staff: int) -> None:
    refused(World(), opening(staff=staff), OFFICE, "OutOfRange", staff)


@pytest.mark.parametrize("kind", DUE)
def test_every_dated_stage_has_its_deadline(kind: str) -> None:
    due = {k: v for k, v in DUE.items() if k != kind}
    refused(World(), opening(due=due), OFFICE, "Incomplete", RULEBOOK.stages[kind].title.text)  # type: ignore[index]


def test_a_deadline_of_no_stage_is_refused() -> None:
    refused(World(), opening(due={**DUE, "picnic": date(2026, 12, 1)}), OFFICE, "NotKnown", "picnic")


@pytest.mark.parametrize(("before", "after"), list(pairwise(DUE)))
def test_deadlines_come_in_the_order_of_their_stages(before: str, after: str) -> None:
    stages: Any = RULEBOOK.stages
    late = DUE[after] + timedelta(days=1)
    due = {**DUE, before: late}
    refused(
        World(), opening(due=due), OFFICE, "OutOfOrder", stages[before].title.text, stages[after].title.text, late,
        DUE[after],
    )  # fmt: skip


def test_two_stages_may_share_a_deadline() -> None:
    assert World().do(opening(due={**DUE, "scoring": DUE["approval"]}), OFFICE).state.due["scoring"] == DUE["approval"]


# -- the year and the roster -----------------------------------------------------------------------

ON_ROSTER = Roster(
    version=1, units={UNIT: Unit(unit=UNIT, title="艺术学院", unit_kind="college", heads=HEADS, staff=9)}
)


def test_a_deadline_whose_year_is_mistyped_is_refused() -> None:
    refused(World(), opening(due={**DUE, "circulation": date(2126, 12, 31)}), OFFICE, "Malformed", "2126-12-31")


OPEN = Year(stream=f"year/{YEAR}", version=1, year=YEAR, units=("u-other",), due=DUE)


def handed(stream: str, command: OpenAssessment, **known: Any) -> Fact | str:
    """What becomes of an opening under what is known of the year and the roster: its fact, or the refusal's code."""
    world = World(initial_state(stream))
    try:
        return decide(world.state, command, replace(world.context(OFFICE), **known), world.chart)
    except Refusal as refusal:
        check_sentence(refusal)
        return refusal.code


STREAM = f"assessment/{YEAR}/{UNIT}"


def test_an_assessment_belongs_to_a_year_that_is_open_whatever_units_it_was_opened_with() -> None:
    assert handed(STREAM, opening(), year=Year(stream=f"year/{YEAR}"), roster=ON_ROSTER) == "Incomplete"
    assert isinstance(handed(STREAM, opening(), year=OPEN, roster=ON_ROSTER), Fact)


def test_a_special_assessment_says_what_it_is_about_and_the_annual_one_does_not() -> None:
    untitled = opening(occasion="spring", title=None)
    assert handed(f"{STREAM}/spring", untitled, year=OPEN, roster=ON_ROSTER) == "Incomplete"
    assert handed(STREAM, opening(title="采购管理"), year=OPEN, roster=ON_ROSTER) == "Malformed"
    named = opening(occasion="spring", title="联系 13800138000")
    assert handed(f"{STREAM}/spring", named, year=OPEN, roster=ON_ROSTER) == "Personal"


def test_deadlines_counted_from_a_day_lie_as_far_apart_as_the_rulebook_s() -> None:
    found = deadlines_from(RULEBOOK, date(2026, 5, 11), lambda day: day.weekday() < 5)
    assert [*found] == [stage.kind for stage in RULEBOOK.stage if stage.due]
    assert found["self_report"] == date(2026, 5, 29)
    assert list(found.values()) == sorted(found.values())


def test_a_special_assessment_waits_for_no_year() -> None:
    special = opening(occasion="spring")
    assert isinstance(handed(f"{STREAM}/spring", special, year=Year(), roster=ON_ROSTER), Fact)


@pytest.mark.parametrize("occasion", [None, "spring"])
def test_every_assessment_is_of_a_unit_on_the_roster(occasion: str | None) -> None:
    stream = f"{STREAM}/{occasion}" if occasion else STREAM
    assert handed(stream, opening(occasion=occasion), year=OPEN, roster=Roster()) == "Incomplete"


def test_an_assessment_goes_by_the_kind_its_unit_has_on_the_roster() -> None:
    assert handed(STREAM, opening(unit_kind="support"), year=OPEN, roster=ON_ROSTER) == "NotKnown"


# -- the team changes ------------------------------------------------------------------------------


def changed(**given: Any) -> SubstituteMember:
    return SubstituteMember(**{"since": DAYS["opening"], **given})


@pytest.mark.parametrize("stage", STAGES[:7])
@pytest.mark.parametrize("actor", [OFFICE, ORGANIZATION], ids=lambda a: a.role)
def test_the_team_may_change_until_it_is_scored(stage: str, actor: Any) -> None:
    world = reached(stage)
    after = world.do(changed(leaves=MEMBERS[0].person, joins=NEW), actor)
    assert after.state.team == (*HEADS, NEW)
    assert after.state.stage == stage
    assert after.state.steps == world.state.steps


def test_somebody_may_leave_or_join_alone() -> None:
    world = reached("opening")
    assert world.do(changed(leaves="p-h2"), OFFICE).state.team == (HEADS[0], *MEMBERS)
    assert world.do(changed(joins=NEW), OFFICE).state.members == (*MEMBERS, NEW)
    assert world.do(changed(joins=NEW, head=True), OFFICE).state.heads == (*HEADS, NEW)


def test_a_member_may_become_a_head_by_leaving_and_joining() -> None:
    promoted = Member(person=MEMBERS[0].person, position=Words("院长"))
    state = reached("opening").do(changed(leaves=promoted.person, joins=promoted, head=True), OFFICE).state
    assert state.heads == (*HEADS, promoted)
    assert state.members == ()


def test_a_change_of_nobody_is_refused() -> None:
    refused(reached("opening"), changed(), OFFICE, "Incomplete")


def test_only_a_member_leaves() -> None:
    refused(reached("opening"), changed(leaves="p-x"), OFFICE, "NotKnown", "p-x", ", ".join(sorted(TEAM)))


def test_a_member_does_not_join_again() -> None:
    refused(reached("opening"), changed(joins=HEADS[1]), OFFICE, "InTeamTwice", HEADS[1].person)


def test_somebody_still_heads_the_team() -> None:
    world = World().do(opening(heads=HEADS[:1]), OFFICE)
    refused(world, changed(leaves="p-h1"), OFFICE, "Incomplete", Text(zh="党政主要负责人", en="a head of the team"))
    refused(world, changed(leaves="p-h1", joins=NEW), OFFICE, "Incomplete")
    assert world.do(changed(leaves="p-h1", joins=NEW, head=True), OFFICE).state.heads == (NEW,)


def test_a_change_that_has_not_happened_is_not_recorded() -> None:
    late = changed(joins=NEW, since=DAYS["opening"] + timedelta(days=1))
    refused(reached("opening"), late, OFFICE, "InTheFuture", late.since, DAYS["opening"])
