"""Every check before use: one thing is broken in a sound measure, and the report names the location, an example, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from states.rulebook.checks.known_names import KnownNames
from states.rulebook.checks.reading_checks import check
from states.rulebook.parts import Misfit
from states.rulebook.program_readings import PROGRAM_READINGS

from .law import RAW
from .small_measure import SOUND, ask, broken, option, part, row

D = Decimal
LEVELS = [part("how", level=[option("well"), option("badly")])]
del LEVELS[0]["title"]


def one_of(misfits: Sequence[Misfit], location: str) -> Misfit:
    """The only misfit that was found, which must be at this location."""
    assert [misfit.location for misfit in misfits] == [location], misfits
    return misfits[0]


def grades(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [part(f"grade{number}", when=[one]) for number, one in enumerate(rows)]


def test_the_shipped_measure_passes_every_check() -> None:
    assert check(RAW, KnownNames(readings=set(PROGRAM_READINGS))) == []


def test_a_sound_measure_passes_every_check() -> None:
    assert broken() == []


def test_a_gap_between_two_grades_is_reported_with_an_example() -> None:
    rows = grades(ask("own_voice", at_least=60), ask("own_voice", below=D("59.5")))
    found = one_of(broken(scale__person__grade=rows), "scale.person")
    assert "no row holds for own_voice = 59.5" in found.en
    assert "own_voice goes by 0.01" in found.en
    assert "own_voice = 59.5 时没有一行成立" in found.zh


def test_what_the_grain_of_a_value_makes_impossible_is_no_gap() -> None:
    """A score to two decimals is never between 59.99 and 60."""
    rows = grades(ask("own_voice", at_least=60), ask("own_voice", at_most=D("59.99")))
    assert broken(scale__person__grade=rows) == []
    rows = grades(ask("own_voice", at_least=60), ask("own_voice", at_most=D("59.98")))
    assert "own_voice = 59.99" in one_of(broken(scale__person__grade=rows), "scale.person").en


def test_a_gap_is_no_fault_where_somebody_names_the_grade() -> None:
    rows = grades(ask("own_voice", at_least=60), ask("own_voice", below=50))
    assert broken(scale__person__grade=rows, scale__person__ask=["committee"]) == []


def test_a_value_that_may_not_apply_needs_a_row_for_that() -> None:
    rows = grades(ask("own_voice", at_least=60), ask("own_voice", below=60))
    found = broken(scale__person__grade=rows, form__person__item__own_voice__may_be_absent=True)
    assert "own_voice = not applicable" in one_of(found, "scale.person").en
    assert "own_voice = 不适用" in found[0].zh


def test_two_rows_that_hold_together_are_an_overlap_unless_their_order_is_meant() -> None:
    rows = grades(ask("own_voice", at_least=60), ask("own_voice", at_most=60))
    found = one_of(broken(scale__person__grade=rows), "scale.person")
    assert "rows grade0 and grade1 both hold for own_voice = 60" in found.en
    assert "own_voice = 60 时 grade0 与 grade1 两行同时成立" in found.zh
    assert broken(scale__person__grade=rows, scale__person__match="first") == []


def test_a_row_that_is_never_reached_is_reported() -> None:
    found = one_of(broken(scale__unit__grade__good__when=[ask("total", at_least=50)]), "scale.unit.grade.pass")
    assert "is never reached" in found.en
    assert "永远轮不到" in found.zh


def test_a_row_whose_tests_exclude_each_other_can_never_hold() -> None:
    tests = [ask("head_voice", below=60), ask("head_voice", above=80)]
    found = one_of(broken(scale__unit__limit__voice__when=tests), "scale.unit.limit.voice")
    assert "can never hold" in found.en
    assert "不可能同时成立" in found.zh


def test_a_test_beyond_what_a_value_can_be_never_holds() -> None:
    found = one_of(broken(scale__unit__limit__voice__when=[ask("head_voice", below=20)]), "scale.unit.limit.voice")
    assert "can never hold: head_voice lies from 20 to 100" in found.en
    assert "head_voice 在 20 到 100 之间" in found.zh


def test_a_test_that_always_holds_is_reported() -> None:
    found = one_of(broken(scale__unit__limit__voice__when=[ask("heavy", at_least=0)]), "scale.unit.limit.voice")
    assert "its test of heavy always holds: heavy is at least 0" in found.en


def test_a_limit_that_holds_in_every_case_is_reported() -> None:
    """None of its tests always holds, but one of them always does."""
    limit = part("voice", not_above="good", any=[[ask("heavy", at_least=1)], [ask("heavy", below=1)]])
    found = one_of(broken(scale__unit__limit__voice=limit), "scale.unit.limit.voice")
    assert "holds in every case" in found.en
    assert "在任何情形下都成立" in found.zh


def test_shares_of_one_ballot_are_asked_only_as_they_can_be_together() -> None:
    """At most a hundred per cent of the votes are good or poor: 80 per cent good leave no 30 per cent poor."""
    rows = [
        part("first", when=[ask("good_share", at_least=80), ask("poor_share", at_most=20)]),
        part("second", when=[ask("good_share", below=80)]),
    ]
    assert broken(scale__person__grade=rows) == []
    rows[0]["when"][1] = ask("poor_share", at_most=15)
    gaps = broken(scale__person__grade=rows)
    assert gaps
    for gap in gaps:
        good, poor = (D(number) for number in re.findall(r"_share = ([0-9.]+)[,.] ", gap.en))
        assert good >= 80
        assert 15 < poor <= 100 - good


def test_parts_that_do_not_add_up_to_their_whole_are_reported_with_both_numbers() -> None:
    found = one_of(broken(form__main__item__duty__item__plan__points=42), "form.main.item.duty")
    assert "add up to 62, not 60" in found.en
    assert "合计 62，应为 60" in found.zh


def test_a_part_without_a_full_mark_is_reported() -> None:
    items = [part("plan", points=60), part("late", kind="per", each=-1, start=5, min=0)]
    found = one_of(broken(form__main__item__duty__item=items), "form.main.item.duty.item.late")
    assert "has no full mark" in found.en


def test_a_share_cannot_be_added_to_points_without_a_weight() -> None:
    share = part("own_voice", points=40, kind="vote", ballot="meeting", share_of=["good"], decimals=2)
    items = [share, part("other", points=60)]
    found = one_of(broken(form__person__item=items), "form.person.item.own_voice")
    assert "own_voice is a share, and cannot be put together with points" in found.en
    assert "own_voice 是比例，不能与分相加" in found.zh
    items[0] = {**share, "points": 100, "weight": 40}
    assert broken(form__person__item=items) == []


def test_a_quotient_that_is_added_says_to_how_many_decimals() -> None:
    found = one_of(broken(form__person__item__own_voice__decimals=None), "form.person.item.own_voice")
    assert "own_voice need not come out even" in found.en
    assert "own_voice 可能除不尽" in found.zh


def test_a_total_in_proportion_says_to_how_many_decimals() -> None:
    found = one_of(broken(form__main__decimals=None), "form.main")
    assert "(rescale) need not come out even" in found.en


def test_a_weight_that_does_not_divide_even_is_reported() -> None:
    items = [part("own_voice", points=90, weight=40), part("other", points=60)]
    found = one_of(broken(form__person__item=items), "form.person")
    assert "own_voice counts 40/90 and need not come out even" in found.en


def test_what_a_standing_compares_comes_out_even() -> None:
    found = one_of(
        broken(standing__0__of="head_voice", form__person__item__own_voice__min=20, value__head_voice__take="mean"),
        "value.head_voice",
    )
    assert "head_voice need not come out even" in found.en


def test_an_item_that_may_not_apply_needs_a_rescale() -> None:
    found = one_of(broken(form__main__rescale=None), "form.main.item.survey")
    assert "survey may be not applicable" in found.en
    assert "survey 可能不适用" in found.zh


def test_a_form_whose_only_item_does_not_apply_needs_no_rescale() -> None:
    """Then the whole does not apply either, and the scale must have a row for that."""
    bands = grades(ask("own_voice", at_least=60), ask("own_voice", below=60))
    bands.append(part("nothing"))
    changes = {"form__person__item__own_voice__may_be_absent": True, "scale__person__grade": bands}
    assert broken(**changes, scale__person__match="first") == []


def test_only_what_is_entered_can_be_declared_not_applicable() -> None:
    found = one_of(broken(form__main__item__cases__may_be_absent=True), "form.main.item.cases.may_be_absent")
    assert "only a value that is entered" in found.en


def test_a_weight_without_points_has_no_effect() -> None:
    items = [part("own_voice", kind="per", each=1, max=100, weight=40), part("other", points=60)]
    found = one_of(broken(form__person__item=items), "form.person.item.own_voice.weight")
    assert "has no effect without points" in found.en


def test_a_total_without_a_least_amount_is_reported() -> None:
    found = one_of(broken(form__main__min=None, form__main__item__cases__min=None), "form.main")
    assert "the total can go down without end" in found.en
    assert "总分可以低到任何数" in found.zh


def test_what_the_rows_of_a_ladder_cost_makes_the_total_smaller() -> None:
    rows = [row(**{"is": {}}, costs=4), row(**{"is": {"rank": ["chief"]}}, raises="heavy")]
    changes = {"form__main__min": None, "form__main__item__cases__min": None}
    found = broken(ladder__cases__row=rows, ladder__cases__match="first", **changes)
    assert "the total can go down without end" in {misfit.location: misfit.en for misfit in found}["form.main"]


def test_a_line_without_a_row_of_its_ladder_is_reported_with_its_options() -> None:
    found = one_of(
        broken(
            ladder__cases__row__2__is={"outcome": ["removal"], "rank": ["staff", "chief"]},
            ladder__cases__row__3__is={"outcome": ["removal"], "rank": ["chief"]},
            ladder__cases__match="first",
        )[:1],
        "ladder.cases",
    )
    assert "no row for outcome = removal, rank = cadre" in found.en
    assert "outcome = removal, rank = cadre 时没有对应的一行" in found.zh


def test_two_rows_of_a_ladder_for_one_line_are_reported() -> None:
    found = one_of(broken(ladder__cases__row__1__is={"outcome": ["warning", "talk"]}), "ladder.cases")
    assert "rows 1 and 2 both hold for outcome = talk, rank = chief" in found.en


def test_a_row_of_a_ladder_that_is_never_reached_is_reported() -> None:
    rows = [*SOUND["ladder"][1]["row"], row(**{"is": {"level": ["city"]}}, points=1)]
    found = one_of(broken(ladder__honours__row=rows, ladder__honours__match="first"), "ladder.honours.row[2]")
    assert "row 3 is never reached" in found.en


def test_a_finding_that_nobody_can_raise_is_reported() -> None:
    found = one_of(
        broken(ladder__cases__row__3={**row(points=-9), "is": {"outcome": ["removal"], "rank": ["cadres"]}}),
        "value.heavy",
    )
    assert "no record could raise heavy" in found.en
    assert "没有记录能引起 heavy" in found.zh


def test_a_ladder_that_nobody_reads_is_reported() -> None:
    items = [item for item in SOUND["form"][0]["item"] if item["key"] != "honours"]
    found = one_of(broken(form__main__item=items), "ladder.honours")
    assert "no value reads this ladder" in found.en


@pytest.mark.parametrize(
    ("location", "name", "changes"),
    [
        ("scale.unit.limit.voice", "own_voise", {"scale__unit__limit__voice__when": [ask("own_voise", below=60)]}),
        ("value.head_voice", "member:own_voice", {"value__head_voice__over": "member"}),
        ("value.empty", "duties", {"value__empty__under": "duties"}),
        ("value.seat.standing", "row", {"value__seat__standing": "row"}),
        ("standing.order.of", "sum", {"standing__order__of": "sum"}),
        ("standing.order.quota.top.among", "x", {"standing__order__quota__top__among": [ask("x", below=60)]}),
        ("form.person.item.own_voice.ballot", "meetings", {"form__person__item__own_voice__ballot": "meetings"}),
        ("form.person.item.own_voice.weights", "peers", {"form__person__item__own_voice__weights": {"peers": 1}}),
        ("value.poor_share.share_of", "bad", {"value__poor_share__share_of": ["bad"]}),
        ("value.poor_share.share_of", "none", {"value__poor_share__share_of": ["none"]}),
        ("form.main.item.cases.ladder", "case", {"form__main__item__cases__ladder": "case"}),
        ("ladder.cases.record", "crime", {"ladder__cases__record": "crime"}),
        ("ladder.honours.row[0].is.level", "town", {"ladder__honours__row__0__is": {"level": ["town"]}}),
        ("ladder.honours.row[0].is", "size", {"ladder__honours__row__0__is": {"size": ["city"]}}),
        ("record.case.field.rank.group.cadres", "boss", {"record__case__field__rank__group": {"cadres": ["boss"]}}),
        ("form.main.item.survey.by", "dean", {"form__main__item__survey__by": ["dean"]}),
        ("scale.unit.ask", "dean", {"scale__unit__ask": ["dean"]}),
        ("subject.unit.form", "annex", {"subject__unit__form": {"faculty": "main", "bureau": "annex"}}),
        ("subject.unit.form", "school", {"subject__unit__form": {"school": "main"}}),
        ("subject.unit.scale", "units", {"subject__unit__scale": "units"}),
        ("value.poor_share.for", "heads", {"value__poor_share__for": ["heads"]}),
    ],
)  # fmt: skip
def test_a_name_that_nothing_has_is_reported_where_it_stands(location: str, name: str, changes: dict[str, Any]) -> None:
    at_location = [misfit for misfit in broken(**changes) if misfit.location == location]
    assert at_location, broken(**changes)
    assert all(name in misfit.zh and name in misfit.en for misfit in at_location)


def test_a_key_that_occurs_twice_is_reported() -> None:
    items = [part("own_voice", points=50), part("own_voice", points=50)]
    assert "key own_voice occurs 2 times" in one_of(broken(form__person__item=items), "form.person").en
    found = one_of(
        broken(
            value__heavy__key="duty",
            ladder__cases__row__3__raises="duty",
            scale__unit__limit__heavy__when=[ask("duty", at_least=1)],
        ),
        "value",
    )
    assert "key duty occurs 2 times" in found.en


def test_a_key_of_the_programs_own_is_refused() -> None:
    refused = "is a name of the program's own"
    found = broken(value__heavy__key="grade")
    assert [one.location for one in found if refused in one.en] == ["value.grade"]
    found = broken(form__main__item__duty__item__plan__key="total")
    assert [one.location for one in found if refused in one.en] == ["form.main.total"]


def test_a_scale_that_no_subject_has_is_reported() -> None:
    found = one_of(broken(subject__head__scale=None), "scale.person")
    assert "no subject has this scale" in found.en


def test_a_value_that_needs_itself_is_reported_with_the_way() -> None:
    found = one_of(
        broken(
            value__heavy={**part("heavy", kind="per", of="twice", each=1)},
            value__empty=part("twice", kind="sum", of=["heavy"]),
            scale__unit__grade__excellent__when=[ask("total", at_least=90)],
            ladder__cases__row__3__raises=None,
        )[:1],
        "value",
    )
    assert "heavy → twice → heavy" in found.en or "twice → heavy → twice" in found.en


def test_a_standing_by_a_value_that_needs_the_place_is_a_circle() -> None:
    found = one_of(broken(value__seat__give="place", standing__order__of="seat"), "value")
    assert "seat → seat" in found.en


def test_a_seat_of_several_quotas_says_of_which() -> None:
    quotas = [part("top", count=1), part("last", count=1, **{"from": "last"})]
    assert "has 2 quotas" in one_of(broken(standing__order__quota=quotas), "value.seat").en


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (ask("voice_level", at_least=1), "voice_level is a word, and has no bounds"),
        (ask("heavy", **{"is": ["well"]}), "heavy is a number: write bounds"),
        (ask("voice_level", **{"is": ["so-so"]}), "voice_level is never so-so (known: well, badly)"),
    ],
)
def test_a_word_is_not_compared_with_bounds_nor_a_number_with_words(test: dict[str, Any], sentence: str) -> None:
    found = broken(
        levels=LEVELS,
        value__poor_share=part("voice_level", kind="level", among="how"),
        scale__unit__limit__voice__when=[test],
    )
    assert sentence in one_of(found, "scale.unit.limit.voice").en


def test_a_word_is_not_added() -> None:
    found = broken(
        levels=LEVELS,
        value__poor_share=part("how_well", kind="level", among="how"),
        value__head_voice=part("head_voice", kind="sum", of=["heavy", "how_well"]),
    )
    assert "how_well is a word" in one_of(found, "value.head_voice").en


def test_an_alternative_under_which_the_rules_would_not_load_is_a_fault_today() -> None:
    found = one_of(broken(reading__pass_mark__alternative__fifty__means=D("70")), "reading.pass_mark.alternative.fifty")
    assert "with fifty this rulebook would not load: scale.unit.grade.pass is never reached" in found.en
    assert "如果选 fifty，这份办法不能使用：scale.unit.grade.pass" in found.zh
    found = one_of(
        broken(reading__several_people__alternative__each__means="yes please"),
        "reading.several_people.alternative.each",
    )
    assert "ladder.cases.one_per_record" in found.en


def test_a_reading_that_no_place_names_is_reported() -> None:
    found = one_of(broken(ladder__cases__one_per_record=True), "reading.several_people")
    assert "is named nowhere" in found.en


def test_a_reading_with_one_alternative_leaves_no_choice() -> None:
    only = SOUND["reading"][1]["alternative"][:1]
    assert "has no other alternative" in one_of(broken(reading__pass_mark__alternative=only), "reading.pass_mark").en


def test_a_place_that_names_no_reading_is_reported() -> None:
    found = one_of(broken(ladder__cases__one_per_record={"reading": "people"})[:1], "ladder.cases.one_per_record")
    assert "there is no reading called people" in found.en


def test_a_fault_of_the_format_has_its_place() -> None:
    found = one_of(broken(form__main__item__duty__item__plan__points="many"), "form.main.item.duty.item.plan.points")
    assert "decimal number" in found.en


def test_several_faults_come_out_at_once() -> None:
    found = broken(
        form__main__item__cases__may_be_absent=True,
        form__person__item__own_voice__decimals=None,
        scale__unit__limit__voice__when=[ask("head_voice", below=20)],
        ladder__cases__row__1__is={"outcome": ["warning", "talk"]},
    )
    assert {
        "form.main.item.cases.may_be_absent",
        "form.person.item.own_voice",
        "scale.unit.limit.voice",
        "ladder.cases",
    } == {misfit.location for misfit in found}


def test_a_table_with_too_many_cases_is_refused() -> None:
    tests = [ask(name, at_least=number) for number in range(1, 60) for name in ("heavy", "total", "head_voice")]
    rows = [part(f"grade{number}", when=[test]) for number, test in enumerate(tests)]
    found = broken(scale__unit__grade=rows, scale__unit__limit=[])
    assert any("cases to check, more than 100000" in misfit.en for misfit in found if misfit.location == "scale.unit")


def test_a_gap_names_only_what_it_depends_on() -> None:
    """Without a row for totals of 70 and more, it makes no difference how many items are empty, or who has a seat."""
    rows = [one for one in SOUND["scale"][0]["grade"] if one["key"] != "good"]
    rows[1] = {**rows[1], "when": [ask("total", at_least={"reading": "pass_mark"}, below=70)]}
    found = broken(scale__unit__grade=rows, scale__unit__limit=[])
    assert [one.en.split(". ")[0] for one in found if one.location == "scale.unit"] == [
        "no row holds for total = 70 (total goes by 0.01)",
        "no row holds for total = 70.01 (total goes by 0.01)",
        "no row holds for total = 90, seat = 0",
    ]
