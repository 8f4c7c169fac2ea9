"""F16: recusal holds from the first act of a stream on. One row for every kind of stream, so that a new one is decided here."""

from __future__ import annotations

from typing import Any

import pytest

from states import policy
from states.accounts.attempts import RefusedCommand
from states.acts import ACTS, FACTS
from states.cases.case import RecordCase, RescindCase, ReviseCase
from states.cases.record import EnterRecord
from states.custody import confidential
from states.custody.confidential import KeepValue
from states.records.roster import Roster, Unit
from states.records.year import Year
from states.refusals import Refusal
from states.stream_kinds import initial_state
from states.vocabulary import Actor, Command

from .law import CHART, COMMITTEE, DIGEST, DISCIPLINE, ELSEWHERE, REASON, UNIT, World, body, person, sanction
from .test_policy import ANY, outcome
from .test_record import HONOUR, HONOURS

HERE, THERE = person("office", "office-8", UNIT), person("office", "office-8", ELSEWHERE)
WARNED = sanction("party_warning")


def keeping(value: str, *units: str) -> KeepValue:
    return KeepValue(value=value, commitment=DIGEST, of="case/c-1", units=units)  # type: ignore[arg-type]


# Why somebody of the unit may do the first act, or may not; what is tried, and by whom.
FIRST_ACTS: dict[str, tuple[str, str, Command | None, Actor]] = {
    "Assessment": ("allowed", "opening arranges; the office is assessed too", ANY["open_assessment"], HERE),
    "Case": ("refused", "a case counts against the unit", RecordCase(**body(WARNED)), HERE),
    "RoutineCheck": ("refused", "a check is read beside the unit's score", ANY["record_routine_check"], HERE),
    "Record": ("refused", "a record counts for the unit, or against it", EnterRecord(**HONOUR), HERE),
    "Year": ("allowed", "a year is every unit's", ANY["open_year"], HERE),
    "Roster": ("allowed", "the roster says who is assessed, and judges nobody", ANY["register_unit"], HERE),
    "Value": ("refused", "a narrative is evidence", keeping("case_narrative", UNIT), HERE),
    "Account": ("allowed", "three administrators have no act on an assessment", None, HERE),
    "PapersOfYear": ("allowed", "some papers judge, and the check of the act refuses these", None, HERE),
    "PaperTemplate": ("allowed", "a template is of no department", None, HERE),
    "NotedTable": ("allowed", "digests of rows", None, HERE),
    "Seals": ("allowed", "the clock's", None, HERE),
    "ConfirmedTime": ("allowed", "the clock's", None, HERE),
}
STREAMS = {
    "Assessment": f"assessment/2026/{UNIT}", "Case": "case/c-1", "RoutineCheck": "routine_check/r-1",
    "Record": "record/e-1", "Year": "year/2026", "Roster": "roster", "Value": "vault/v-1",
}  # fmt: skip


def test_every_kind_of_stream_is_decided() -> None:
    assert {act.state_type.__name__ for act in ACTS.values()} == set(FIRST_ACTS)
    assert set(FACTS) - {kind for act in ACTS.values() for kind in (f.kind for f in act.facts)} == {RefusedCommand.kind}


@pytest.mark.parametrize("room", STREAMS)
def test_the_first_act_on_the_own_unit_is_refused_or_allowed_as_decided(room: str) -> None:
    decision, _, command, actor = FIRST_ACTS[room]
    assert command is not None
    world = World(initial_state(STREAMS[room]), chart=HONOURS if room == "Record" else CHART)
    assert (outcome(world, command, actor) == "OwnUnit") == (decision == "refused")
    assert outcome(world, command, Actor(actor.id, actor.role, ELSEWHERE)) == "accepted"


@pytest.mark.parametrize("room", sorted(set(FIRST_ACTS) - set(STREAMS)))
def test_streams_that_are_no_part_of_an_assessment_ask_no_recusal(room: str) -> None:
    ours = [name for name, act in ACTS.items() if act.state_type.__name__ == room]
    assert ours
    assert {policy.RULES[name].own_unit for name in ours} == {"allowed"}
    assert all(policy.is_outside_rulebooks(name) for name in ours)


@pytest.mark.parametrize("changes", [{}, {"unit": ELSEWHERE, "unit_now": UNIT}], ids=["at the act", "now"])
@pytest.mark.parametrize("who", ["office", "discipline", "leading_group"])
def test_who_may_not_revise_a_case_of_the_own_unit_may_not_record_it(who: str, changes: dict[str, Any]) -> None:
    recorded = RecordCase(**body(WARNED, **changes))
    revised = ReviseCase(**body(WARNED, **changes), reason=REASON)
    gone = RescindCase(reason=REASON, document=REASON)
    blank = World(initial_state("case/c-1"))
    world = blank.do(recorded, person("office", "office-9"))
    here, elsewhere = person(who, "x-1", UNIT), person(who, "x-1", "u-third")
    assert [outcome(w, c, here) for w, c in ((blank, recorded), (world, revised), (world, gone))] == ["OwnUnit"] * 3
    assert outcome(blank, recorded, elsewhere) == "accepted"


def test_nobody_moves_a_case_to_or_from_the_own_unit() -> None:
    world = World(initial_state("case/c-1")).do(
        RecordCase(**body(WARNED, unit=ELSEWHERE)), person("office", "office-9")
    )
    moved = ReviseCase(**body(WARNED, unit=UNIT), reason=REASON)
    assert outcome(world, moved, HERE) == "OwnUnit"
    assert outcome(world, moved, THERE) == "OwnUnit"
    assert outcome(world, moved, DISCIPLINE) == "accepted"


def test_a_recorded_case_is_held_against_recusal_by_the_replay_too() -> None:
    fact = World(initial_state("case/c-1")).decide(RecordCase(**body(WARNED)), DISCIPLINE)
    world = World(initial_state("case/c-1"))
    with pytest.raises(Refusal) as caught:
        policy.permit("record_case", world.state, fact, world.context(HERE))
    assert caught.value.code == "OwnUnit"


def test_a_case_of_the_discipline_office_itself_is_for_the_leading_group() -> None:
    blank, of_it = World(initial_state("case/c-1")), RecordCase(**body(WARNED, unit="u-discipline"))
    for role in ("office", "discipline"):
        assert outcome(blank, of_it, person(role, unit="u-discipline")) == "OwnUnit"
    assert outcome(blank, of_it, person("leading_group")) == "accepted"
    assert outcome(blank, of_it, COMMITTEE) == "NotYours"


@pytest.mark.parametrize("value", confidential.VALUE_KIND_TITLES)
@pytest.mark.parametrize("role", ["office", "discipline", "working_group", "unit"])
def test_nobody_adds_evidence_on_the_own_unit_and_other_values_are_kept(value: str, role: str) -> None:
    evidence = value in ("interview_notes", "case_narrative")
    world = World(initial_state("vault/v-1"))
    expected = "OwnUnit" if evidence else "accepted"
    assert outcome(world, keeping(value, UNIT), person(role, unit=UNIT)) == expected
    if role != "unit":
        assert outcome(world, keeping(value, UNIT), person(role, unit=ELSEWHERE)) == "accepted"


def test_what_a_year_or_the_roster_holds_of_the_own_unit_is_not_asked() -> None:
    held = Roster(units={UNIT: Unit(unit=UNIT, title=REASON, unit_kind="college", heads=(), staff=3)})  # type: ignore[arg-type]
    assert policy.concerned_units(held, None) == ()
    assert policy.concerned_units(Year(units=(UNIT,)), ANY["open_year"]) == ()
    assert policy.concerned_units(initial_state("case/c-1"), RecordCase(**body(WARNED, unit_now=ELSEWHERE))) == (
        UNIT,
        ELSEWHERE,
    )
