"""What a recorded case does: the mapping table in full, and each reading of the measure with its alternative."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from states.cases import case as cases
from states.cases.case import RecordCase, RescindCase, ReviseCase
from states.cases.vetoes import RecordVeto
from states.explanation import explain_inputs
from states.records.case import Case, CaseBody, Sanction
from states.result.inputs import lines_of_case
from states.stages.scoring import Scored
from states.stream_kinds import initial_state
from states.vocabulary import Text

from .counted import Made, made_of
from .law import (
    BOUNDED,
    COMMITTEE,
    DAYS,
    DISCIPLINE,
    ELSEWHERE,
    OFFICE,
    REASON,
    RULEBOOK,
    UNIT,
    World,
    body,
    case,
    full,
    marks,
    pending,
    reached,
    refused,
    rulebook,
    sanction,
)

D2, D4, D6, D8 = (("deduct", points) for points in (2, 4, 6, 8))
NONE, VETO, COMMITTEE_SAYS, PENDING = ("none", 0), ("veto", 0), ("committee", 0), ("pending", 0)

TABLE: dict[str, tuple[tuple[str, int], tuple[str, int]]] = {
    # outcome: 党员干部, other staff — domain.md F, row by row
    "reminder_talk": (D2, D2),                          # 提醒谈话
    "circulated_criticism": (D4, D4),                   # 通报批评
    "admonition": (D6, D6),                             # 诫勉谈话 / 诫勉
    "party_warning": (D8, D8),                          # 党内警告
    "party_serious_warning": (D8, D8),                  # 严重警告
    "gov_warning": (D8, D8),                            # 政务/事业 警告
    "demerit": (D8, D8),                                # 记过
    "major_demerit": (D8, D8),                          # 记大过
    "party_post_removal": (VETO, COMMITTEE_SAYS),       # 撤销党内职务; n/a for others, so a human looks
    "party_probation": (VETO, COMMITTEE_SAYS),          # 留党察看; others: ask
    "party_expulsion": (VETO, COMMITTEE_SAYS),          # 开除党籍; others: ask
    "demotion": (VETO, D8),                             # 降级
    "post_removal": (VETO, D8),                         # 撤职
    "dismissal": (VETO, COMMITTEE_SAYS),                # 政务开除; others: ask
    "lower_post_grade": (VETO, D8),                     # 降低岗位等级
    "criticism_education": (NONE, NONE),                # 批评教育
    "ordered_inspection": (NONE, NONE),                 # 责令检查
    "letter_inquiry": (NONE, NONE),                     # 谈话函询
    "warning_talk": (NONE, NONE),                       # 警示谈话
    "duty_talk": (NONE, NONE),                          # F7: a talk held as a duty
    "suspension": (COMMITTEE_SAYS, COMMITTEE_SAYS),     # 停职检查
    "transfer": (COMMITTEE_SAYS, COMMITTEE_SAYS),       # 调整职务
    "ordered_resignation": (COMMITTEE_SAYS, COMMITTEE_SAYS),  # 责令辞职
    "office_removal": (COMMITTEE_SAYS, COMMITTEE_SAYS),       # 免职
    "rank_reduction": (COMMITTEE_SAYS, COMMITTEE_SAYS),       # 降职
    "under_investigation": (PENDING, PENDING),          # 立案 not yet closed
    "retention": (PENDING, PENDING),                    # 留置
    "coercive_measures": (PENDING, PENDING),            # 采取强制措施
    "criminal_judgment": (PENDING, PENDING),            # criminal judgment: a flag until the sanction follows
}  # fmt: skip

STANDING_TITLES: tuple[Any, ...] = ("party_cadre", "party_member", "cadre", "staff", "student_member")
WIDE = {"party_cadre", "party_member", "cadre", "student_member"}
"""F1, default: Party member *or* cadre."""


def told(found: Made) -> dict[str, Any]:
    return {
        "deductions": [(d.case, d.person, int(d.points)) for d in found.deductions],
        "vetoes": [v.id for v in found.vetoes],
        "flags": [(f.case, f.why) for f in found.flags],
    }


# -- the mapping table -----------------------------------------------------------------------------


def test_the_table_knows_every_outcome_of_the_rulebook() -> None:
    assert set(TABLE) == set(RULEBOOK.records["case"].first.options)


@pytest.mark.parametrize("reading", ["party_or_cadre", "party_and_cadre"])
@pytest.mark.parametrize("standing", STANDING_TITLES)
@pytest.mark.parametrize("outcome", TABLE)
def test_each_outcome_does_to_each_standing_what_the_table_says(outcome: str, standing: Any, reading: str) -> None:
    under = rulebook(party_cadre=reading)
    cadre = standing in WIDE if reading == "party_or_cadre" else standing == "party_cadre"
    effect, cost = TABLE[outcome][0 if cadre else 1]
    if standing == "student_member" and not cadre:  # 附件1 5.1：本学院教职员工、党员干部
        effect, cost = NONE
    found = made_of(case(sanction(outcome, standing=standing)), under=under)
    assert told(found) == {
        "deductions": [("c-1", "p-1", cost)] if effect == "deduct" else [],
        "vetoes": ["case/c-1"] if effect == "veto" else [],
        "flags": [("c-1", effect)] if effect in ("committee", "pending") else [],
    }


@pytest.mark.parametrize("reading", ["party_or_cadre", "party_and_cadre"])
@pytest.mark.parametrize("outcome", TABLE)
def test_what_a_student_outside_the_party_was_given_costs_the_unit_nothing(outcome: str, reading: str) -> None:
    """附件1 5.1：本学院教职员工、党员干部."""
    assert made_of(case(sanction(outcome, standing="student")), under=rulebook(party_cadre=reading)).counted == []


@pytest.mark.parametrize("outcome", TABLE)
def test_what_is_fully_listed_in_the_measure_is_certain_and_the_rest_is_marked(outcome: str) -> None:
    (one,) = lines_of_case(case(sanction(outcome, standing="staff")), RULEBOOK)
    number = RULEBOOK.ladders["item-5"].row_of(RULEBOOK.records["case"], one.fields)
    certainty = RULEBOOK.ladders["item-5"].row[number].certainty
    assert (certainty == "text") == (outcome in ("reminder_talk", "circulated_criticism", "admonition"))


def test_the_ladder_is_the_measures_own() -> None:
    """F8: 每起分别减2、4、6、8分, 通报批评 before 诫勉谈话."""
    costs = {row.title.zh: row.costs for row in RULEBOOK.ladders["item-5"].row if row.costs is not None}
    assert list(costs.items()) == [
        ("撤销党内职务或降级、撤职以下处分", 8), ("提醒谈话", 2), ("通报批评", 4), ("诫勉谈话", 6),
    ]  # fmt: skip


def test_a_veto_names_its_ground_its_outcome_and_the_day_it_took_effect() -> None:
    (veto,) = made_of(case(sanction("demotion"))).vetoes
    assert veto == ("case/c-1", "heavy_sanction", "demotion", date(2026, 10, 8))


# -- the readings ----------------------------------------------------------------------------------

READINGS = {
    "party_cadre", "deduction_unit", "concurrent_sanctions", "case_year", "later_sanction", "open_cases", "revised_result",
    "substituted_sanction", "duty_talks", "ladder", "double_loss", "deduction_cap", "judged_grounds", "attribution",
    "rounding", "member_grades", "self_scores", "recusal", "numbering", "result_route", "routine_check_points", "interviewed_members",
}  # fmt: skip
FIXED = {
    "duty_talks",
    "ladder",
    "judged_grounds",
    "member_grades",
    "self_scores",
    "recusal",
    "numbering",
    "result_route",
}
"""Readings without an alternative in the data: another value is no rulebook."""


def test_every_setting_of_the_rulebook_is_one_of_the_readings_tested_here() -> None:
    assert set(RULEBOOK.readings) == READINGS
    here = "".join(p.read_text("utf-8") for p in Path(__file__).parent.glob("test_*.py"))
    for name in READINGS - FIXED:
        assert re.search(rf"\b{name}=", here), f"{name} is tried nowhere with another reading"


@pytest.mark.parametrize("name", sorted(FIXED))
def test_a_reading_without_alternative_takes_no_other_value(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        rulebook(**{name: "otherwise"})


PARTY = sanction("party_warning")
GOVERNMENT = sanction("demerit")
MANY = (sanction("admonition", "p-1"), sanction("reminder_talk", "p-2"), sanction("party_warning", "p-3"))


def test_f2_one_case_costs_once_at_its_heaviest_outcome() -> None:
    assert told(made_of(case(*MANY)))["deductions"] == [("c-1", "p-3", 8)]


def test_f2_or_once_per_person() -> None:
    under = rulebook(deduction_unit="person")
    assert told(made_of(case(*MANY), under=under))["deductions"] == [
        ("c-1", "p-1", 6), ("c-1", "p-2", 2), ("c-1", "p-3", 8),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "order", list(permutations((sanction("demotion", "p-0"), sanction("dismissal", "p-9"), *MANY[:2])))
)
def test_f2_a_case_that_vetoes_costs_what_its_heaviest_deducting_outcome_costs(order: tuple[Sanction, ...]) -> None:
    """A heavier sanction in the case does not make the plain score better."""
    found = made_of(case(*order))
    assert told(found) == {"deductions": [("c-1", "p-1", 6)], "vetoes": ["case/c-1"], "flags": []}
    assert found.vetoes[0].outcome == "dismissal"


@pytest.mark.parametrize(
    "order", list(permutations((sanction("demotion", "p-0", effective_on=date(2027, 1, 5)), PARTY)))
)
def test_f4_each_sanction_of_a_case_counts_in_its_own_year(order: tuple[Sanction, ...]) -> None:
    years = {y: told(made_of(case(*order), year=y)) for y in (2026, 2027)}
    assert years[2026] == {"deductions": [("c-1", "p-1", 8)], "vetoes": [], "flags": []}
    assert years[2027] == {"deductions": [], "vetoes": ["case/c-1"], "flags": []}


def test_f2_two_cases_cost_twice() -> None:
    """视违规违纪受处分情形进行累计."""
    found = made_of(case(PARTY), case(sanction("admonition"), id_="c-2"))
    assert told(found)["deductions"] == [("c-1", "p-1", 8), ("c-2", "p-1", 6)]


@pytest.mark.parametrize("order", list(permutations((PARTY, GOVERNMENT))))
def test_f3_party_and_government_sanction_of_one_person_count_once_the_heavier(order: tuple[Sanction, ...]) -> None:
    under = rulebook(deduction_unit="person")
    (only,) = made_of(case(*order), under=under).deductions
    assert only.outcome == "demerit"


def test_f3_or_each() -> None:
    under = rulebook(deduction_unit="person", concurrent_sanctions="each")
    assert len(made_of(case(PARTY, GOVERNMENT), under=under).deductions) == 2


def test_f3_where_each_counts_a_case_still_costs_once() -> None:
    under = rulebook(concurrent_sanctions="each")
    assert len(made_of(case(PARTY, GOVERNMENT), under=under).deductions) == 1


@pytest.mark.parametrize("unit", ["case", "person"])
def test_f3_a_veto_takes_no_deduction_of_the_same_person_away(unit: str) -> None:
    """The plain score, which stays to be seen, is not better for a heavier sanction."""
    found = made_of(case(sanction("demotion"), PARTY), under=rulebook(deduction_unit=unit))
    assert told(found) == {"deductions": [("c-1", "p-1", 8)], "vetoes": ["case/c-1"], "flags": []}


def test_one_case_vetoes_once_however_many_sanctions_would() -> None:
    under = rulebook(deduction_unit="person")
    found = made_of(case(sanction("demotion", "p-1"), sanction("dismissal", "p-2")), under=under)
    assert [(v.id, v.outcome) for v in found.vetoes] == [("case/c-1", "dismissal")]


LATE = case(sanction("party_warning", effective_on=date(2027, 1, 1)), acted_on=date(2026, 5, 1))


def test_f4_a_case_counts_in_the_year_its_decision_took_effect() -> None:
    assert [bool(made_of(LATE, year=y).deductions) for y in (2025, 2026, 2027, 2028)] == [False, False, True, False]


def test_f4_or_in_the_year_of_the_act() -> None:
    under = rulebook(case_year="act")
    assert [bool(made_of(LATE, year=y, under=under).deductions) for y in (2025, 2026, 2027)] == [False, True, False]


def test_f4_an_act_without_a_day_counts_by_its_effect_under_either_reading() -> None:
    under = rulebook(case_year="act")
    unknown = case(sanction("party_warning", effective_on=date(2027, 1, 1)))
    assert made_of(unknown, year=2027, under=under).deductions


@pytest.mark.parametrize(("day", "year"), [(date(2026, 12, 31), 2026), (date(2027, 1, 1), 2027)])
def test_f4_the_turn_of_the_year_is_sharp(day: date, year: int) -> None:
    one = case(sanction("party_warning", effective_on=day))
    assert [y for y in range(2024, 2030) if made_of(one, year=y).deductions] == [year]


def test_f4_an_open_case_is_marked_in_whatever_year_and_costs_nothing() -> None:
    found = made_of(case(pending()))
    assert told(found) == {"deductions": [], "vetoes": [], "flags": [("c-1", "pending")]}


def test_f6_a_sanction_in_place_of_a_heavier_one_counts_as_given() -> None:
    instead = case(sanction("party_serious_warning", instead_of="party_post_removal"))
    assert told(made_of(instead))["deductions"] == [("c-1", "p-1", 8)]


def test_f6_or_waits_for_the_committee() -> None:
    instead = case(sanction("party_serious_warning", instead_of="party_post_removal"))
    found = made_of(instead, under=rulebook(substituted_sanction="committee"))
    assert told(found) == {"deductions": [], "vetoes": [], "flags": [("c-1", "committee")]}


def test_f6_a_sanction_in_place_of_none_counts_as_given_under_either_reading() -> None:
    plain = case(sanction("party_serious_warning"))
    assert made_of(plain, under=rulebook(substituted_sanction="committee")).deductions


def test_f7_a_talk_held_as_a_duty_never_costs_points() -> None:
    assert made_of(case(sanction("duty_talk"), sanction("duty_talk", "p-2"))).counted == []


LOST = case(sanction("admonition"), elements=("a1-2.2.4",))


@pytest.mark.parametrize(
    ("setting", "points", "cost"), [("both", "0", 6), ("both", "4", 6), ("once", "0", 0), ("once", "0.5", 6)]
)
def test_f9_a_case_that_emptied_an_element_costs_both_or_once(setting: str, points: str, cost: int) -> None:
    under = rulebook(double_loss=setting)
    given_ = {**full(World()), "a1-2.2.4": Decimal(points)}
    found = made_of(LOST, under=under, marks=given_)
    assert sum(d.points for d in found.deductions) == cost


def test_f9_one_emptied_element_of_those_named_has_paid() -> None:
    two = case(sanction("admonition"), elements=("a1-2.2.3", "a1-2.2.4"))
    marks_ = {**full(World()), "a1-2.2.4": Decimal(0)}
    assert not made_of(two, under=rulebook(double_loss="once"), marks=marks_).deductions


def test_f9_once_never_takes_a_veto_away() -> None:
    under = rulebook(double_loss="once")
    heavy = case(sanction("demotion"), elements=("a1-2.2.4",))
    assert made_of(heavy, under=under, marks={**full(World()), "a1-2.2.4": Decimal(0)}).vetoes


@pytest.mark.parametrize(("cap", "deducted", "score"), [("none", 14, 86), (10, 10, 90), (14, 14, 86), (20, 14, 86)])
def test_f10_deductions_are_capped_where_a_cap_is_written(cap: int | str, deducted: int, score: int) -> None:
    under = rulebook(deduction_cap=cap)
    found = made_of(case(PARTY), case(sanction("admonition"), id_="c-2"), under=under)
    assert (found.result.adjustment, found.result.score) == (-deducted, score)


def test_f10_the_total_is_not_below_nought_and_the_raw_numbers_stay_visible() -> None:
    many = [case(PARTY, id_=f"c-{n}") for n in range(20)]
    result = made_of(*many, marks=marks("90")).result
    assert (result.subtotal, result.adjustment, result.score, result.grade) == (90, -160, 0, "fail")


def test_f11_what_is_a_judgement_does_not_follow_from_any_case() -> None:
    vetoing = {v.finding for o in TABLE for v in made_of(case(sanction(o))).vetoes}
    assert vetoing == {"heavy_sanction"}
    judged = {finding.key for finding in RULEBOOK.findings.values() if finding.by}
    assert judged == {"major_case", "other_serious"}
    assert RecordVeto(finding="major_case", reason=REASON).reason


MOVED = case(PARTY, unit_now=ELSEWHERE)


@pytest.mark.parametrize(("setting", "unit"), [("unit_at_act", UNIT), ("unit_now", ELSEWHERE)])
def test_f12_a_case_counts_for_the_unit_at_the_act_or_the_unit_now(setting: str, unit: str) -> None:
    under = rulebook(attribution=setting)
    assert [u for u in (UNIT, ELSEWHERE) if made_of(MOVED, unit=u, under=under).deductions] == [unit]


def test_f12_who_has_not_moved_counts_for_the_unit_under_either_reading() -> None:
    assert made_of(case(PARTY), under=rulebook(attribution="unit_now")).deductions


@pytest.mark.parametrize(("setting", "grade"), [("display_only", "pass"), ("before_grade", "excellent")])
def test_f13_the_grade_is_taken_from_the_exact_score_or_the_rounded(setting: str, grade: str) -> None:
    result = made_of(marks=marks("89.5"), under=rulebook(rounding=setting)).result
    assert (result.score, result.grade) == (Decimal("89.5"), grade)


# -- once within a year ------------------------------------------------------------------------------

SANCTIONS = st.builds(
    sanction,
    st.sampled_from([o for o in TABLE if o != "under_investigation"]),
    st.sampled_from(["p-1", "p-2", "p-3"]),
    st.sampled_from(STANDING_TITLES),
    effective_on=st.dates(date(2024, 1, 1), date(2028, 12, 31)),
)
READING = st.fixed_dictionaries(
    {
        "party_cadre": st.sampled_from(["party_or_cadre", "party_and_cadre"]),
        "concurrent_sanctions": st.sampled_from(["heaviest", "each"]),
        "case_year": st.sampled_from(["effective", "act"]),
        "attribution": st.sampled_from(["unit_at_act", "unit_now"]),
    }
)
CASES = st.builds(
    case,
    SANCTIONS,
    SANCTIONS,
    acted_on=st.none() | st.dates(date(2023, 1, 1), date(2028, 12, 31)),
    unit_now=st.none() | st.just(ELSEWHERE),
)


@BOUNDED
@given(CASES, READING)
def test_within_a_year_a_case_costs_once_and_vetoes_once(told_: Case, reading: dict[str, Any]) -> None:
    under = rulebook(**reading)
    found = [
        made_of(told_, unit=unit, year=year, under=under) for unit in (UNIT, ELSEWHERE) for year in range(2022, 2031)
    ]
    assert all(len(effects.deductions) <= 1 and len(effects.vetoes) <= 1 for effects in found)


@BOUNDED
@given(CASES, READING)
def test_a_case_counts_for_one_unit_only(told_: Case, reading: dict[str, Any]) -> None:
    under = rulebook(**reading)
    units = {
        unit for unit in (UNIT, ELSEWHERE) for year in range(2022, 2031)
        if made_of(told_, unit=unit, year=year, under=under).counted
    }  # fmt: skip
    assert len(units) <= 1


@BOUNDED
@given(CASES, READING)
def test_counted_per_person_nobody_is_counted_twice_in_a_year(told_: Case, reading: dict[str, Any]) -> None:
    under = rulebook(**{**reading, "concurrent_sanctions": "heaviest", "deduction_unit": "person"})
    for unit in (UNIT, ELSEWHERE):
        for year in range(2022, 2031):
            people = [d.person for d in made_of(told_, unit=unit, year=year, under=under).deductions]
            assert len(people) == len(set(people))


@BOUNDED
@given(st.lists(CASES, max_size=4), st.randoms(use_true_random=False))
def test_the_order_cases_come_in_says_nothing(some: list[Case], random: Any) -> None:
    numbered = [replace(c, stream=f"case/c-{n}") for n, c in enumerate(some)]
    shuffled = numbered[:]
    random.shuffle(shuffled)
    assert made_of(*numbered).counted == made_of(*shuffled).counted


@BOUNDED
@given(st.lists(SANCTIONS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_sanctions_within_a_case_says_nothing(some: list[Sanction], random: Any) -> None:
    shuffled = some[:]
    random.shuffle(shuffled)
    assert [made_of(case(*some), year=y).counted for y in range(2024, 2029)] == [
        made_of(case(*shuffled), year=y).counted for y in range(2024, 2029)
    ]


# -- revision and rescission -----------------------------------------------------------------------


def recorded(*sanctions: Sanction, **changes: Any) -> World:
    return World(initial_state("case/c-1")).do(RecordCase(**body(*sanctions, **changes)), OFFICE)


def test_a_recorded_case_counts_and_a_rescinded_one_does_not() -> None:
    world = recorded(sanction("demotion"))
    assert made_of(world.state).vetoes
    gone = world.do(RescindCase(reason=REASON, document=REASON), DISCIPLINE)
    assert gone.state.rescinded
    assert made_of(gone.state).counted == []


def test_a_revision_takes_the_place_of_what_was_recorded() -> None:
    world = recorded(pending())
    revised = world.do(ReviseCase(**body(sanction("party_warning")), reason=REASON), OFFICE)
    assert told(made_of(revised.state))["deductions"] == [("c-1", "p-1", 8)]
    assert revised.state.recorders == {OFFICE.id}
    again = revised.do(ReviseCase(**body(sanction("admonition")), reason=REASON), DISCIPLINE)
    assert told(made_of(again.state))["deductions"] == [("c-1", "p-1", 6)]


def test_a_rescinded_case_is_neither_rescinded_nor_revised_again() -> None:
    gone = recorded(sanction("admonition")).do(RescindCase(reason=REASON, document=REASON), DISCIPLINE)
    for command in (
        RescindCase(reason=REASON, document=REASON),
        ReviseCase(**body(sanction("demotion")), reason=REASON),
    ):
        refused(gone, command, DISCIPLINE, "NothingToDo", "c-1")


def test_a_case_knows_its_number_its_units_and_its_id() -> None:
    world = recorded(sanction("admonition"), unit_now=ELSEWHERE)
    assert (world.state.id, world.state.units, world.state.number) == ("c-1", (UNIT, ELSEWHERE), 1)


def test_after_a_change_is_the_case_as_it_would_stand() -> None:
    one = case(sanction("demotion"))
    lighter = CaseBody(**body(sanction("admonition")))
    assert cases.case_after_change(one, lighter).body == lighter
    assert cases.case_after_change(one, RescindCase(reason=REASON, document=REASON)).rescinded


# -- what a case must say --------------------------------------------------------------------------


@pytest.fixture
def blank() -> World:
    return World(initial_state("case/c-1"))


@pytest.mark.parametrize("command", [RecordCase, ReviseCase])
@pytest.mark.parametrize(
    ("sanctions", "changes", "code", "says"),
    [
        ((), {}, "Incomplete", [Text(zh="处理结果", en="Outcome")]),
        ((sanction("scolding"),), {}, "NotKnown", ["scolding"]),
        ((sanction("admonition", instead_of="scolding"),), {}, "NotKnown", ["scolding"]),
        (
            (sanction("admonition", effective_on=None),),
            {},
            "Incomplete",
            [Text(zh="生效日期", en="effective date")],
        ),
        ((sanction("admonition", document=None),), {}, "Incomplete", []),
        ((sanction("duty_talk", effective_on=None),), {}, "Incomplete", []),
        ((sanction("admonition", effective_on=date(2026, 11, 3)),), {}, "InTheFuture", ["2026-11-03", "2026-11-02"]),
        ((pending("retention", effective_on=date(2026, 11, 3)),), {}, "InTheFuture", ["2026-11-03"]),
        ((pending(),), {"acted_on": date(2026, 11, 3)}, "InTheFuture", ["2026-11-03"]),
        (
            (sanction("admonition", effective_on=None), sanction("scolding", "p-2")),
            {"acted_on": date(2026, 11, 3)},
            "SeveralFaults",
            ["2026-11-03", Text(zh="生效日期", en="effective date"), "scolding"],
        ),
        ((sanction("admonition"),), {"elements": ("a1-9.9.9",)}, "NotKnown", ["a1-9.9.9"]),
        ((sanction("admonition"), sanction("admonition", "p-2", document=None)), {}, "Incomplete", []),
    ],
)
def test_a_case_says_what_is_known_and_no_less(
    blank: World, command: Any, sanctions: Any, changes: Any, code: str, says: list[str]
) -> None:
    reason = {"reason": REASON} if command is ReviseCase else {}
    world = blank if command is RecordCase else blank.do(RecordCase(**body(sanction("reminder_talk"))), OFFICE)
    refusal = refused(world, command(**body(*sanctions, **changes), **reason), OFFICE, code, *says)
    assert refusal.details["clause"]


def test_a_sanction_that_takes_effect_today_is_recorded(blank: World) -> None:
    world = blank.do(RecordCase(**body(sanction("admonition", effective_on=DAYS["opening"]))), OFFICE)
    assert world.state.version == 1


def test_an_open_case_needs_neither_day_nor_document(blank: World) -> None:
    for outcome in ("under_investigation", "retention", "coercive_measures", "criminal_judgment"):
        blank.decide(RecordCase(**body(pending(outcome))), OFFICE)


def test_elements_of_either_annex_may_be_named(blank: World) -> None:
    blank.decide(RecordCase(**body(sanction("admonition"), elements=("a1-2.2.4", "a2-2.1.4"))), OFFICE)


def test_a_sanction_that_is_for_the_committee_has_its_day_and_document(blank: World) -> None:
    world = World(initial_state("case/c-1"), chart=reached("opening", substituted_sanction="committee").chart)
    instead = sanction("party_serious_warning", instead_of="party_post_removal", document=None)
    refused(world, RecordCase(**body(instead)), OFFICE, "Incomplete")


# -- from the case to the result -------------------------------------------------------------------


def test_a_veto_forces_the_worst_grade_and_leaves_score_and_deductions_to_be_seen() -> None:
    vetoing, costing = case(sanction("demotion"), id_="c-1"), case(sanction("admonition", "p-2"), id_="c-2")
    scored = reached("scoring", "95", (vetoing, costing)).state.fact(Scored)
    assert scored is not None
    result = scored.result
    assert (result.grade, result.by_row, result.limits) == ("fail", "pass", ("heavy_sanction",))
    assert (result.subtotal, result.adjustment, result.score) == (95, -6, 89)
    lines = explain_inputs(scored.inputs, RULEBOOK)
    assert any("符合“合格”的条件" in line.text.zh for line in lines), "the grade by score"
    assert any("降级、党员干部：属于“本部门党员干部严重违反" in line.text.zh for line in lines)


def test_a_case_recorded_today_about_last_year_counts_last_year() -> None:
    old = case(sanction("party_warning", effective_on=DAYS["opening"] - timedelta(days=365)))
    assert made_of(old, year=2025).deductions
    assert not made_of(old, year=2026).deductions


def test_a_stream_without_its_first_entry_counts_nothing() -> None:
    assert made_of(Case(stream="case/c-9")).counted == []


def test_the_committee_is_not_who_records_cases() -> None:
    refused(World(initial_state("case/c-1")), RecordCase(**body(PARTY)), COMMITTEE, "NotYours")
