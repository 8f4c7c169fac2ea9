"""Units retired, merged, split and divided: what may be recorded, who answers afterwards, and what no later news takes away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from states import policy
from states.cases.attribution import RecordsOfUnit, records_for
from states.cases.case import RecordCase, ReviseCase
from states.cases.routine_check import RecordRoutineCheck
from states.chart import decide
from states.records.case import Case, CaseBody, Sanction
from states.records.lineage import all_successors, answering_units, is_recused, origin_reorganisations, recused_units
from states.records.roster import Reorganisation, Roster
from states.records.routine_check import Findings, RoutineCheck
from states.records.year import Progress, Year
from states.refusals import Impossible, Refusal
from states.stages.opening import OpenAssessment
from states.stream_kinds import initial_state
from states.vocabulary import Actor, Fact, Opaque, Words
from states.year.reorganisation import ReorganiseUnit, RestoreUnit
from states.year.roster import RegisterUnit, RenameUnit
from states.year.year import OpenYear, not_ended

from .counted import made_of
from .law import (
    BOUNDED,
    DUE,
    HEADS,
    OFFICE,
    REASON,
    RULEBOOK,
    YEAR,
    World,
    check_sentence,
    person,
    reached,
    refused,
    rulebook,
)

A, B, C, D = (Opaque(name) for name in ("u-a", "u-b", "u-c", "u-d"))
MARCH = date(2026, 3, 1)
NOW = rulebook(attribution="unit_now")


def world(*units: str, **since: date) -> World:
    """A roster of these units; `a=…` is the day `u-a` was founded."""
    made = World(initial_state("roster"))
    for unit in units or (A, B, C, D):
        made = made.do(
            RegisterUnit(
                unit=Opaque(unit), title=Words(f"College {unit[-1].upper()}"), unit_kind="college", heads=HEADS, staff=9,
                since=since.get(unit[-1]),
            ),
            OFFICE,
        )  # fmt: skip
    return made


def ended(unit: str, *successors: str, since: date = MARCH, final_year: int = 2025, **more: Any) -> ReorganiseUnit:
    return ReorganiseUnit(
        unit=Opaque(unit), since=since, successors=tuple(map(Opaque, successors)), final_year=final_year, reason=REASON,
        **more,
    )  # fmt: skip


def roster(*changes: ReorganiseUnit) -> Roster:
    made = world()
    for change in changes:
        made = made.do(change, OFFICE)
    assert isinstance(made.state, Roster)
    return made.state


def refuse(made: World, command: Any, code: str, *says: str) -> None:
    """It is refused with this code, and the Chinese sentence says all of this."""
    sentence = refused(made, command, OFFICE, code).render("zh")
    assert [words for words in says if words not in sentence] == [], sentence


# -- what may be recorded --------------------------------------------------------------------------


def test_a_unit_is_retired_merged_split_or_divided_and_the_roster_forgets_none() -> None:
    for successors, more in (((), {}), ((B,), {}), ((B, C), {}), ((B,), {"continues": True})):
        after = roster(ended(A, *successors, **more))
        assert A in after.units
        assert all_successors(A, after) == (() if more else successors)
        assert [unit.unit for unit in after.current()] == ([A, B, C, D] if more else [B, C, D])


def test_everything_impossible_about_a_reorganisation_is_said_at_once() -> None:
    refuse(
        world(a=date(2026, 5, 1), b=date(2026, 6, 1)), ended(A, A, B, B, "u-nowhere", final_year=2020),
        "Impossible", "College A成立于 2026-05-01", "部门不能承接自己", "College B成立于 2026-06-01", "承接部门 u-b 重复",
        "u-nowhere 不在名册", "应为 2025 或 2026",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "change", "says"),
    [
        ((), ended(A, B, since=date(2026, 12, 1)), "晚于今天"),
        ((ended(A, B),), ended(A, C), "已于 2026-03-01 撤销"),
        ((ended(B, C),), ended(A, B, since=date(2026, 5, 1)), "College B 已于 2026-03-01 撤销"),
        ((ended(A, B, since=date(2026, 5, 1)),), ended(B, A), "College A 由本部门承接"),
        ((), ended(A, continues=True), "须写明从中分出的部门"),
    ],
    ids=[
        "in the future",
        "retired already",
        "successor retired before",
        "each other's successor",
        "divided into nothing",
    ],
)
def test_an_impossible_reorganisation_is_refused(
    before: tuple[ReorganiseUnit, ...], change: ReorganiseUnit, says: str
) -> None:
    made = world()
    for one in before:
        made = made.do(one, OFFICE)
    refuse(made, change, "Impossible", says)


def test_a_retired_unit_is_not_changed_any_more() -> None:
    made = world().do(ended(A, B), OFFICE)
    rename = RenameUnit(unit=A, title=Words("College E"), since=date(2026, 4, 1), reason=REASON)
    refuse(made, rename, "Impossible", "已于 2026-03-01 撤销")


def test_a_reorganisation_is_taken_back_by_a_new_fact_with_a_reason() -> None:
    made = world().do(ended(A, B), OFFICE)
    restored = made.do(RestoreUnit(unit=A, reason=REASON), OFFICE)
    assert restored.state.current() == world().state.current()
    assert restored.state.version == made.state.version + 1
    refuse(restored, RestoreUnit(unit=A, reason=REASON), "NothingToDo", "没有机构调整的记录")


# -- who is assessed -------------------------------------------------------------------------------


def test_a_retired_unit_is_not_opened_in_the_years_after_its_last() -> None:
    after = roster(ended(A, B))
    opening = OpenAssessment(unit=A, unit_kind="college", year=YEAR, heads=HEADS, members=(), staff=9, due=DUE)
    assert opened(opening, after) == "UnitRetired"
    assert opened(opening, roster(ended(A, B, final_year=YEAR))) == "AssessmentOpened"
    assert opened(opening, roster(ended(A, B, continues=True))) == "AssessmentOpened"


def opened(command: OpenAssessment, known: Roster, units: tuple[Opaque, ...] = (A,)) -> str:
    made = World(initial_state(f"assessment/{YEAR}/{A}"))
    year = Year(stream=f"year/{YEAR}", version=1, year=YEAR, units=units, due=DUE)
    try:
        return decide(made.state, command, replace(made.context(OFFICE), year=year, roster=known), made.chart).kind
    except Refusal as refusal:
        check_sentence(refusal)
        return refusal.code


def test_a_year_is_not_opened_with_a_retired_unit() -> None:
    made = World(initial_state(f"year/{YEAR}"))
    command = OpenYear(year=YEAR, units=(A, B, C), due=DUE)
    gone = roster(ended(A, B), ended(C))
    with pytest.raises(Refusal) as refusal:
        decide(made.state, command, replace(made.context(OFFICE), roster=gone), made.chart)
    assert refusal.value.code == "UnitRetired"
    check_sentence(refusal.value)
    assert (
        "“College A”已于 2026-03-01 撤销（承接部门：College B）；“College C”已于 2026-03-01 撤销，"
        in refusal.value.render("zh")
    )
    assert isinstance(decide(made.state, command, replace(made.context(OFFICE), roster=roster()), made.chart), Fact)


def test_a_year_is_not_opened_with_a_unit_that_ended_before_its_opening_whatever_last_year_was_recorded() -> None:
    """第六条「每年年底组织开展一次」: in March nobody could know that its round would not begin; in November everybody does."""
    made = World(initial_state(f"year/{YEAR}"))
    command = OpenYear(year=YEAR, units=(A, B), due=DUE)
    for since, code in ((MARCH, "UnitRetired"), (made.context(OFFICE).today + timedelta(days=1), None)):
        known = roster_of(Reorganisation(unit=A, since=since, successors=(B,), final_year=YEAR, reason=REASON))
        context = replace(made.context(OFFICE), roster=known)
        if code is None:
            assert isinstance(decide(made.state, command, context, made.chart), Fact)
            continue
        with pytest.raises(Refusal) as refusal:
            decide(made.state, command, context, made.chart)
        assert refusal.value.code == code


def test_a_unit_that_ended_is_added_to_no_year_that_is_under_way() -> None:
    opening = OpenAssessment(unit=A, unit_kind="college", year=YEAR, heads=HEADS, members=(), staff=9, due=DUE)
    known = roster(ended(A, B, final_year=YEAR))
    assert opened(opening, known, (B,)) == "UnitRetired"
    assert opened(opening, known, (A, B)) == "AssessmentOpened"


def roster_of(end: Reorganisation) -> Roster:
    """A roster on which a unit ends, also on a day that is still to come."""
    return replace(roster(), reorganisations=(end,))


def test_a_year_that_was_interrupted_is_not_held_open_by_a_unit_that_can_be_opened_no_more() -> None:
    year = Year(stream=f"year/{YEAR}", version=1, year=YEAR, units=(A, B), due=DUE)
    found = [Progress(B, "circulation", ())]
    assert not_ended(year, found, roster()) == (A,)
    assert not_ended(year, found, roster(ended(A, B))) == ()
    assert not_ended(year, [*found, Progress(A, "opening", ())], roster(ended(A, B))) == (A,)


# -- who answers for its cases ---------------------------------------------------------------------


def test_the_successor_answers_from_the_year_after_the_last_and_not_before() -> None:
    after = roster(ended(A, B))
    assert [answering_units(A, None, year, after) for year in (2025, 2026, 2030)] == [(A,), (B,), (B,)]
    twice = roster(ended(A, B), ended(B, C, since=date(2026, 10, 1), final_year=2026))
    assert [answering_units(A, None, year, twice) for year in (2025, 2026, 2027)] == [(A,), (B,), (C,)]


def test_of_a_split_the_one_that_was_named_answers_or_none_yet() -> None:
    split = roster(ended(A, B, C))
    assert answering_units(A, None, 2026, split) == (B, C)
    assert answering_units(A, C, 2026, split) == (C,)
    assert answering_units(A, C, 2025, split) == (A,)
    assert answering_units(A, D, 2025, split) == answering_units(A, D, 2026, split) == (D,), (
        "the person moved elsewhere"
    )
    joined = roster(ended(A, B, C), ended(C, D, since=date(2026, 10, 1), final_year=2026))
    assert answering_units(A, D, 2027, joined) == (D,)
    assert answering_units(A, D, 2026, joined) == (C,)


def test_a_unit_without_successors_answers_for_itself() -> None:
    assert answering_units(A, None, 2030, roster(ended(A))) == (A,)


def test_a_ring_of_successors_that_was_forged_ends() -> None:
    """No such fact is accepted; a replay reads what is there."""
    forged = Roster(reorganisations=tuple(
        fact for one in (roster(ended(A, B)), roster(ended(B, A))) for fact in one.reorganisations
    ))  # fmt: skip
    assert set(all_successors(A, forged)) == {A, B}
    assert answering_units(A, None, 2026, forged) == (A,)
    assert {one.unit for one in origin_reorganisations(A, forged)} == {A, B}


CASE = Case(
    stream="case/c-1",
    version=1,
    versions=(1,),
    body=CaseBody(
        unit=A,
        sanctions=(
            Sanction(
                person=Opaque("p-1"), fields={"outcome": "demotion", "standing": "party_cadre"}, effective_on=date(2026, 6, 1),
                document=Words("〔2026〕1号"),
            ),
        ),
    ),
)  # fmt: skip


def counted(unit: str, year: int, known: Roster, case: Case = CASE, book: Any = NOW) -> tuple[list[str], list[str]]:
    """The vetoes, and why it is open, that a case brings to a unit in a year."""
    state = replace(reached("opening").state, unit=Opaque(unit), year=year)
    found = records_for(state, known, book, lambda of: RecordsOfUnit((case,) if of in case.units else ())).cases
    made = made_of(*found, unit=unit, year=year, under=book)
    return [v.id for v in made.vetoes], [f.why for f in made.flags]


def test_a_case_goes_to_the_successor_under_the_one_reading_and_stays_under_the_other() -> None:
    merged = roster(ended(A, B))
    assert counted(B, 2026, merged) == (["case/c-1"], [])
    assert counted(A, 2026, merged) == ([], [])
    assert counted(B, 2026, merged, book=RULEBOOK) == ([], [])
    assert counted(A, 2026, merged, book=RULEBOOK) == (["case/c-1"], [])


def test_a_result_of_before_the_reorganisation_stays_what_it_was() -> None:
    """Attribution follows the year: what A had in its own years stays with A, and comes to no other unit."""
    late = roster(ended(A, B, since=date(2026, 10, 1), final_year=2026))
    assert counted(A, 2026, late) == (["case/c-1"], [])
    assert counted(B, 2026, late) == ([], [])
    named = replace(CASE, body=replace(CASE.body, unit_now=B))
    assert counted(A, 2026, late, named) == (["case/c-1"], [])
    assert counted(B, 2026, late, named) == ([], [])


def test_a_split_unit_is_forgotten_by_no_successor_and_judged_in_none_until_one_is_named() -> None:
    split = roster(ended(A, B, C))
    assert counted(B, 2026, split) == counted(C, 2026, split) == ([], ["successor"])
    named = replace(CASE, body=replace(CASE.body, unit_now=C))
    assert counted(B, 2026, split, named) == ([], [])
    assert counted(C, 2026, split, named) == (["case/c-1"], [])


@pytest.mark.parametrize("command", [RecordCase, ReviseCase])
def test_a_case_of_a_split_unit_says_which_successor_took_it_over(command: Any) -> None:
    made = World(initial_state("case/c-1"))
    split = roster(ended(A, B, C))
    more = {} if command is RecordCase else {"reason": REASON}
    if command is ReviseCase:
        made = made.do(RecordCase(unit=A, sanctions=CASE.body.sanctions), OFFICE)  # type: ignore[union-attr]
    context = replace(made.context(Actor("office-9", "office")), roster=split)
    with pytest.raises(Refusal) as refusal:
        decide(made.state, command(unit=A, sanctions=CASE.body.sanctions, **more), context, made.chart)  # type: ignore[union-attr]
    assert refusal.value.code == "SplitUnit"
    check_sentence(refusal.value)
    assert "College B（u-b）" in refusal.value.render("zh")
    named = command(unit=A, unit_now=B, sanctions=CASE.body.sanctions, **more)  # type: ignore[union-attr]
    assert isinstance(decide(made.state, named, context, made.chart), Fact)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from([A, B, C, D]),
        st.lists(st.sampled_from([A, B, C, D]), max_size=2),
        st.integers(1, 9),
        st.booleans(),
    ),
    max_size=6,
)


def changed(changes: Any) -> Roster:
    """The roster after those of these reorganisations that the rules permit."""
    made = world()
    for unit, successors, month, continues in changes:
        command = ended(unit, *successors, since=date(2026, month, 1), continues=continues)
        try:
            made = made.do(command, OFFICE)
        except Refusal as refusal:
            check_sentence(refusal)
    assert isinstance(made.state, Roster)
    return made.state


@BOUNDED
@given(CHANGES)
def test_the_units_somebody_is_recused_from_are_exactly_those_of_which_each_is_refused(changes: Any) -> None:
    known = changed(changes)
    for own in (A, B, C, D):
        assert set(recused_units(own, known)) == {unit for unit in (A, B, C, D) if is_recused(own, unit, known)}


@BOUNDED
@given(CHANGES, st.integers(2025, 2028))
def test_a_case_counts_for_at_most_one_unit_in_a_year_however_units_change(changes: Any, year: int) -> None:
    known = changed(changes)
    case = replace(
        CASE, body=replace(CASE.body, sanctions=(replace(CASE.body.sanctions[0], effective_on=date(year, 6, 1)),))
    )  # type: ignore[union-attr]
    outcomes = {unit: counted(unit, year, known, case) for unit in (A, B, C, D)}
    vetoed = [unit for unit, (vetoes, _) in outcomes.items() if vetoes]
    flagged = [unit for unit, (_, flags) in outcomes.items() if flags]
    assert len(vetoed) + bool(flagged) == 1, outcomes
    assert set(vetoed or flagged) == set(answering_units(A, None, year, known))


@pytest.mark.parametrize(("acted_on", "accepted"), [(date(2026, 2, 28), True), (date(2026, 3, 1), False)])
def test_nobody_acts_in_a_unit_after_its_end(acted_on: date, accepted: bool) -> None:
    made = World(initial_state("case/c-1"))
    context = replace(made.context(OFFICE), roster=roster(ended(A, B)))
    command = RecordCase(unit=A, acted_on=acted_on, sanctions=CASE.body.sanctions)  # type: ignore[union-attr]
    if accepted:
        assert isinstance(decide(made.state, command, context, made.chart), Fact)
        return
    with pytest.raises(Impossible) as refusal:
        decide(made.state, command, context, made.chart)
    check_sentence(refusal.value)
    assert "请写承接部门" in refusal.value.render("zh")


@pytest.mark.parametrize(("checked_on", "accepted"), [(date(2026, 2, 28), True), (date(2026, 3, 1), False)])
def test_nobody_checks_a_unit_after_its_end(checked_on: date, accepted: bool) -> None:
    made = World(initial_state("routine_check/r-1"))
    context = replace(made.context(person("discipline")), roster=roster(ended(A, B)))
    command = RecordRoutineCheck(unit=A, checked_on=checked_on, checked_by=(Opaque("office-3"),), observation=REASON)
    if accepted:
        assert isinstance(decide(made.state, command, context, made.chart), Fact)
        return
    with pytest.raises(Impossible) as refusal:
        decide(made.state, command, context, made.chart)
    check_sentence(refusal.value)


def test_what_was_to_be_mended_is_seen_beside_the_successors_element() -> None:
    found = Findings(
        checked_on=date(2026, 2, 2),
        checked_by=(Opaque("office-3"),),
        observation=REASON,
        to_mend=REASON,
        mend_until=MARCH,
    )
    check = RoutineCheck(stream="routine_check/r-1", version=1, unit=A, findings=found)
    state = replace(reached("opening").state, unit=B, year=2026)
    for known, book, wanted in ((roster(ended(A, B)), NOW, 1), (roster(ended(A, B)), RULEBOOK, 0), (roster(), NOW, 0)):
        on_record = records_for(state, known, book, lambda of: RecordsOfUnit(checks=(check,) if of == A else ()))
        checks = on_record.checks
        assert len([one for one in checks if one.unit == B]) == wanted


# -- who speaks for it -----------------------------------------------------------------------------


def test_the_successors_people_act_for_a_retired_unit_and_recuse_from_it() -> None:
    made, merged = reached("site_inspection"), roster(ended(A, B, final_year=YEAR))
    state = replace(made.state, unit=A)
    judge = replace(made.context(Actor("assessor-1", "assessor", B)), roster=merged)
    assert not policy.may_offer("fill_sheet", state, judge)
    assert policy.may_offer("fill_sheet", state, replace(judge, roster=Roster()))
    theirs = replace(reached("opening").context(Actor("unit-1", "unit", B)), roster=merged)
    before = replace(reached("opening").state, unit=A)
    assert policy.may_offer("submit_self_report", before, theirs)
    assert not policy.may_offer("submit_self_report", before, replace(theirs, roster=roster(ended(A, C))))


def test_the_people_of_a_retired_unit_recuse_from_its_successors_and_act_for_none_of_them() -> None:
    made, merged = reached("site_inspection"), roster(ended(A, B, final_year=YEAR))
    state = replace(made.state, unit=B)
    judge = replace(made.context(Actor("assessor-1", "assessor", A)), roster=merged)
    assert not policy.may_offer("fill_sheet", state, judge)
    assert policy.may_offer("fill_sheet", state, replace(judge, roster=roster(ended(A, C))))
    theirs = replace(reached("opening").context(Actor("unit-1", "unit", A)), roster=merged)
    assert not policy.may_offer("submit_self_report", replace(reached("opening").state, unit=B), theirs)
