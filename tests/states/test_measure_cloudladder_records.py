"""The measure of Cloudladder College: bonus points and deductions (articles 10 and 11), in its academic year (article 5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from states.rulebook.calculation.lines import Inputs

from .cloudladder import OFFICE, SCHOOL, case, honour, other, points, unit

D = Decimal


@pytest.mark.parametrize("inputs", [SCHOOL, OFFICE])
def test_bonus_points_and_deductions_have_the_same_bounds_for_every_kind_of_department(inputs: Inputs) -> None:
    """10(4), (5), 11(5), (6): awards 4 + 4 give 5; practices 2 + 2 give 3; cases 8 + 8 cost 15; absences 4.5 cost 3."""
    records = (
        honour("h-1", "nation"), honour("h-2", "nation"),
        other("n-1", "practice", "method", "2"), other("n-2", "practice", "platform", "2"),
        case("c-1", "removal"), case("c-2", "dismissal"), other("a-1", "absence", "absent", "9"),
    )  # fmt: skip
    result = unit(inputs, records=records)
    of_item = [result.line(key).amount for key in ("honours", "practices", "cases", "absences")]
    assert of_item == [5, 3, -15, -3]


# Bonus points (article 10).


def test_of_several_awards_for_one_matter_only_the_best_counts() -> None:
    """10(3): a provincial 1.5 and a national 2.5, both won jointly, for one matter: 2.5, not 4."""
    assert points("honours", records=(honour("h-1", "province", "jointly"), honour("h-1", "nation", "jointly"))) == D(
        "2.5"
    )


def test_a_better_award_of_a_later_year_adds_the_difference_only() -> None:
    """10(3): provincial in the year before (2.5), national now (4): 1.5."""
    before = honour("h-1", "province", effective_on=date(2031, 5, 1))
    assert points("honours", records=(before, honour("h-1", "nation"))) == D("1.5")


AWARDS = {
    "government": {"nation": ("4", "2.5"), "province": ("2.5", "1.5"), "city": ("1", "0.5"), "college": ("0.5", "0.5")},
    "association": {"nation": ("2.5", "1.5"), "province": ("1", "0.5"), "city": ("0.5", "0.5"), "college": ("0", "0")},
}
"""10(1), (2): won alone, and jointly. An association's award counts as that of the level below."""


@pytest.mark.parametrize("issuer", AWARDS)
@pytest.mark.parametrize("level", ["nation", "province", "city", "college"])
def test_an_award_counts_by_level_issuer_and_share(issuer: str, level: str) -> None:
    won = [points("honours", records=(honour("h-1", level, share, issuer),)) for share in ("alone", "jointly")]
    assert won == [D(number) for number in AWARDS[issuer][level]]


@pytest.mark.parametrize(("reading", "expected"), [("nothing", 0), ("as_college", D("0.5"))])
def test_the_lowest_award_of_an_association_is_a_reading(reading: str, expected: Decimal) -> None:
    """10(2) names no level below the college's."""
    lowest = (honour("h-1", "college", issuer="association"),)
    assert points("honours", settings={"lowest_award": reading}, records=lowest) == expected


def test_new_practices_add_what_the_committee_said_up_to_three() -> None:
    """10(4): 1.8 + 1.5 = 3.3, at most 3."""
    records = (other("n-1", "practice", "method", "1.8"), other("n-2", "practice", "platform", "1.5"))
    assert (points("practices", records=records[:1]), points("practices", records=records)) == (D("1.8"), 3)


# Deductions (article 11), and the academic year (article 5).


def test_deductions_depend_on_the_outcome_the_rank_and_the_rule_broken() -> None:
    """11(1) to (4): talk 1; criticism 2, or 3 for national law; warning 4, of a team member 6; removal of staff 8."""
    cases = [
        case("c-1", "talk"), case("c-1", "criticism"), case("c-1", "criticism", rule="law"), case("c-1", "warning"),
        case("c-1", "warning", rank="member"), case("c-1", "removal"),
    ]  # fmt: skip
    assert [points("cases", records=(one,)) for one in cases] == [-1, -2, -3, -4, -6, -8]


@pytest.mark.parametrize(("reading", "expected"), [("once", -4), ("each", -5)])
def test_a_case_of_two_persons_costs_once_or_for_each(reading: str, expected: int) -> None:
    """11 says 每起: by the reading in force the heavier outcome only; otherwise 4 + 1."""
    records = (case("c-1", "warning", person="p-1"), case("c-1", "talk", person="p-2"))
    assert points("cases", settings={"several_people": reading}, records=records) == expected


def test_deductions_for_cases_end_at_fifteen() -> None:
    """11(5): 8 + 8 = 16, at most 15."""
    assert points("cases", records=(case("c-1", "removal"), case("c-2", "dismissal"))) == -15


def test_absences_cost_for_each_person_and_meeting() -> None:
    """11(6): 3 × 0.5 + 2 × 0.2 = 1.9; 9 × 0.5 would be 4.5, and 3 is the most."""
    mixed = (other("a-1", "absence", "absent", "3"), other("a-2", "absence", "late", "2"))
    assert points("absences", records=mixed) == D("-1.9")
    assert points("absences", records=(other("a-1", "absence", "absent", "9"),)) == -3


def test_the_academic_year_runs_from_september_to_august() -> None:
    """5: of the four days, the round of 2031 has the second and the third."""
    days = (date(2031, 8, 31), date(2031, 9, 1), date(2032, 8, 31), date(2032, 9, 1))
    assert [points("cases", records=(case("c-1", "warning", effective_on=day),)) for day in days] == [0, -4, -4, 0]


@pytest.mark.parametrize(("reading", "expected"), [("decision", -4), ("act", 0)])
def test_a_case_counts_in_the_year_of_its_decision_or_of_its_act(reading: str, expected: int) -> None:
    """11(5): done in August 2031, decided in December; the text is silent on which year it means."""
    records = (case("c-1", "warning", acted_on=date(2031, 8, 20)),)
    assert points("cases", settings={"case_day": reading}, records=records) == expected


def test_an_open_case_costs_nothing_and_is_flagged() -> None:
    """11(5): 尚未结案的，结案后……计算."""
    line = unit(records=(case("c-1", "open", effective_on=None),)).line("cases")
    assert (line.amount, [counted.effect for counted in line.counted]) == (0, ["pending"])
