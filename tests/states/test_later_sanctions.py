"""Sanctions of one case in several years: what a year has of them, and that bad news makes no year better."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from states.cases import case
from states.cases.case import CaseRecorded, CaseRescinded, CaseRevised
from states.records.case import Case, CaseBody, Sanction
from states.result.result import Result
from states.rulebook.types import Rulebook
from states.stream_kinds import initial_state

from .counted import Made, Repeat, made_of
from .law import (
    BOUNDED,
    ELSEWHERE,
    REASON,
    RULEBOOK,
    START,
    UNIT,
    Entry,
    body,
    marks,
    pending,
    rulebook,
    sanction,
)
from .test_cases import STANDING_TITLES, TABLE

YEARS = range(2024, 2030)


def on_record(*steps: tuple[Sanction, ...], id_: str = "c-1", **changes: Any) -> Case:
    """A case recorded with the first step's sanctions and revised to each of the others."""
    state = initial_state(f"case/{id_}")
    assert isinstance(state, Case)
    for sanctions in steps:
        made = CaseRevised(**body(*sanctions, **changes), reason=REASON) if state.version else None
        state = folded(state, made or CaseRecorded(**body(*sanctions, **changes)))
    return state


def folded(state: Case, fact: Any) -> Case:
    return case.fold(state, fact, Entry(state.version + 1, state.version + 1, "office-1", "office", START))


def in_year(year: int, *found: Case, unit: str = UNIT, under: Rulebook = RULEBOOK) -> Made:
    return made_of(*found, unit=unit, year=year, under=under, marks=marks("98"))


def result(year: int, *found: Case, given_: str = "98", unit: str = UNIT, under: Rulebook = RULEBOOK) -> Result:
    return made_of(*found, unit=unit, year=year, under=under, marks=marks(given_)).result


def late(outcome: str, who: str = "p-1", **changes: Any) -> Sanction:
    return sanction(outcome, who, **{"effective_on": date(2027, 2, 10), **changes})


DEMOTED, ADMONISHED, WARNED = sanction("demotion"), sanction("admonition"), sanction("party_warning")


# -- the earlier year ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "given_", "score", "grade"),
    [
        (DEMOTED, late("dismissal", "p-2"), "91", 91, "fail"),
        (ADMONISHED, late("party_serious_warning"), "93", 87, "pass"),
        (WARNED, late("party_serious_warning", "p-2"), "98", 90, "excellent"),
        (WARNED, late("dismissal", "p-2"), "98", 90, "excellent"),
    ],
    ids=["veto", "one person", "second person", "second person vetoes"],
)
@pytest.mark.parametrize("unit", ["case", "person"])
@pytest.mark.parametrize("reading", ["excess", "whole", "once"])
def test_a_year_keeps_what_it_had_from_its_own_sanctions_whatever_comes_later(
    first: Sanction, second: Sanction, given_: str, score: int, grade: str, unit: str, reading: str
) -> None:
    under = rulebook(deduction_unit=unit, later_sanction=reading)
    before, after = on_record((first,)), on_record((first,), (first, second))
    was, now = (result(2026, one, given_=given_, under=under) for one in (before, after))
    assert now == was
    assert (now.score, now.grade) == (score, grade)


def test_a_year_changes_when_its_own_sanction_is_revised_or_the_case_rescinded() -> None:
    both = on_record((DEMOTED,), (DEMOTED, late("dismissal", "p-2")))
    lighter = folded(both, CaseRevised(**body(ADMONISHED, late("dismissal", "p-2")), reason=REASON))
    gone = folded(both, CaseRescinded(reason=REASON, document=REASON))
    assert (result(2026, lighter).grade, result(2026, lighter).score) == ("excellent", 92)
    assert result(2027, lighter).grade == "fail"
    assert [result(y, gone).score for y in (2026, 2027)] == [98, 98]


# -- the later year: a named reading ---------------------------------------------------------------

LATER: list[tuple[str, Sanction, Sanction, int, bool]] = [
    # reading, in 2026, in 2027, what 2027 costs, whether it is vetoed
    ("excess", ADMONISHED, late("party_warning"), 2, False),
    ("excess", WARNED, late("admonition"), 0, False),
    ("excess", WARNED, late("major_demerit", "p-2"), 0, False),
    ("excess", DEMOTED, late("dismissal", "p-2"), 0, True),
    ("excess", DEMOTED, late("party_warning", "p-2"), 8, False),
    ("excess", ADMONISHED, late("dismissal", "p-2"), 0, True),
    ("whole", ADMONISHED, late("party_warning"), 8, False),
    ("whole", WARNED, late("admonition"), 6, False),
    ("whole", DEMOTED, late("dismissal", "p-2"), 0, True),
    ("once", ADMONISHED, late("party_warning"), 0, False),
    ("once", DEMOTED, late("dismissal", "p-2"), 0, False),
    ("once", ADMONISHED, late("dismissal", "p-2"), 0, True),
    ("once", DEMOTED, late("party_warning", "p-2"), 8, False),
]


@pytest.mark.parametrize(("reading", "first", "second", "cost", "vetoed"), LATER)
def test_what_a_later_sanction_counts_in_its_own_year_is_the_readings(
    reading: str, first: Sanction, second: Sanction, cost: int, vetoed: bool
) -> None:
    under = rulebook(later_sanction=reading)
    found = in_year(2027, on_record((first,), (first, second)), under=under)
    assert (sum(d.points for d in found.deductions), bool(found.vetoes)) == (cost, vetoed)
    adds_nothing = not cost and not vetoed
    assert [r.effect for r in found.repeats] == ([("veto" if first is DEMOTED else "deduct")] if adds_nothing else [])


@pytest.mark.parametrize("reading", ["excess", "whole", "once"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_explanation_says_what_an_earlier_year_had_and_by_which_reading(reading: str, language: str) -> None:
    under = rulebook(later_sanction=reading)
    found = in_year(2027, on_record((ADMONISHED,), (ADMONISHED, late("party_warning"))), under=under)
    lines = found.lines
    (line,) = found.below("item-5")
    said = {
        "excess": {
            "zh": "其中以前年度已扣 6 分，本年扣 2 分",
            "en": "of which 6 points off in an earlier round and 2 points off in this one",
        },
        "whole": {"zh": "扣 8 分", "en": "8 points off"},
        "once": {"zh": "同一记录以前年度已计入，本年不再计分", "en": "no points again in this one"},
    }[reading][language]
    assert said in line.text.render(language)
    sentence = under.readings["later_sanction"].sentence.render(language)
    (named,) = [x for x in lines if sentence[1:] in x.text.render(language)]
    assert named.clause == under.readings["later_sanction"].clause


def test_a_sanction_that_adds_nothing_is_a_line_without_points() -> None:
    found = in_year(2027, on_record((WARNED,), (WARNED, late("major_demerit", "p-2"))))
    assert (found.repeats, found.deductions) == ([Repeat("c-1", "major_demerit", "deduct")], [])
    (line,) = found.below("item-5")
    assert (line.amount, line.clause) == (None, RULEBOOK.readings["later_sanction"].clause)


def test_counted_per_person_a_second_person_of_a_later_year_costs_whole() -> None:
    under = rulebook(deduction_unit="person")
    found = in_year(2027, on_record((WARNED,), (WARNED, late("demerit", "p-2"))), under=under)
    assert [(d.person, d.points) for d in found.deductions] == [("p-2", Decimal(8))]


def test_an_earlier_sanction_that_comes_to_light_late_leaves_the_later_year_as_it_was() -> None:
    before = on_record((late("party_warning"),))
    after = on_record((late("party_warning"),), (late("party_warning"), ADMONISHED))
    assert result(2027, before).score == result(2027, after).score == 90
    assert [result(2026, one).score for one in (before, after)] == [98, 92]


def test_correcting_a_date_or_document_does_not_count_a_sanction_again() -> None:
    later = late("party_warning")
    corrected = sanction("admonition", effective_on=date(2026, 10, 9), document="校纪〔2026〕4号")
    fixed = on_record((ADMONISHED,), (ADMONISHED, later), (corrected, later))
    assert fixed.versions == (1, 2)
    assert result(2027, fixed).adjustment == -2


# -- open cases ------------------------------------------------------------------------------------


def test_an_open_case_is_open_in_every_year_from_its_own_until_it_is_closed() -> None:
    opened = pending(effective_on=date(2025, 4, 1))
    still, closed = on_record((opened,)), on_record((opened,), (late("party_warning"),))
    assert [y for y in YEARS if in_year(y, still).flags] == [2025, 2026, 2027, 2028, 2029]
    assert [y for y in YEARS if in_year(y, closed).flags] == []
    assert [y for y in YEARS if in_year(y, closed).deductions] == [2027]


def test_a_case_closed_for_one_person_is_open_for_the_other() -> None:
    open_for = pending(person="p-2", effective_on=date(2025, 4, 1))
    found = on_record((open_for, late("party_warning")))
    assert [y for y in YEARS if in_year(y, found).flags] == [2025, 2026, 2027, 2028, 2029]
    assert [y for y in YEARS if in_year(y, found).deductions] == [2027]


# -- bad news makes nothing better -----------------------------------------------------------------

SANCTIONS = st.builds(
    sanction,
    st.sampled_from(sorted(TABLE)),
    st.sampled_from(["p-1", "p-2", "p-3"]),
    st.sampled_from([*STANDING_TITLES, "student"]),
    effective_on=st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    instead_of=st.none() | st.just("dismissal"),
)
READINGS = st.fixed_dictionaries(
    {
        "party_cadre": st.sampled_from(["party_or_cadre", "party_and_cadre"]),
        "deduction_unit": st.sampled_from(["case", "person"]),
        "concurrent_sanctions": st.sampled_from(["heaviest", "each"]),
        "case_year": st.sampled_from(["effective", "act"]),
        "later_sanction": st.sampled_from(["excess", "whole", "once"]),
        "substituted_sanction": st.sampled_from(["as_given", "committee"]),
        "deduction_cap": st.sampled_from(["none", Decimal(10)]),
        "rounding": st.sampled_from(["display_only", "before_grade"]),
        "attribution": st.sampled_from(["unit_at_act", "unit_now"]),
    }
)
ABOUT = st.fixed_dictionaries(
    {
        "acted_on": st.none() | st.dates(date(2023, 1, 1), date(2028, 12, 31)),
        "unit_now": st.none() | st.just(ELSEWHERE),
    }
)
HISTORIES = st.lists(SANCTIONS, min_size=1, max_size=6)
WORST_FIRST = [grade.key for grade in reversed(RULEBOOK.scales["unit"].grade)]


@cache
def _under(values: tuple[tuple[str, Any], ...]) -> Rulebook:
    return rulebook(**dict(values))


def reading(values: dict[str, Any]) -> Rulebook:
    """The rulebook under other readings. To load one takes some milliseconds, so each is loaded once."""
    return _under(tuple(values.items()))


def appended(all_: list[Sanction], about: dict[str, Any]) -> list[Case]:
    """The case after each sanction that was added to it, one revision each."""
    steps = [tuple(all_[: n + 1]) for n in range(len(all_))]
    return [on_record(*steps[: n + 1], **about) for n in range(len(steps))]


@BOUNDED
@given(HISTORIES, ABOUT, READINGS, st.sampled_from(["100", "93", "71"]))
def test_adding_a_sanction_raises_no_score_and_no_grade_of_any_year(
    all_: list[Sanction], about: dict[str, Any], readings: dict[str, Any], given_: str
) -> None:
    under = reading(readings)
    history = [None, *appended(all_, about)]
    for unit in (UNIT, ELSEWHERE):
        for year in YEARS:
            results = [result(year, *([c] if c else []), given_=given_, unit=unit, under=under) for c in history]
            scores = [r.score for r in results]
            grades = [WORST_FIRST.index(r.grade) for r in results]
            assert scores == sorted(scores, reverse=True), (year, scores)
            assert grades == sorted(grades, reverse=True), (year, grades)


@BOUNDED
@given(HISTORIES, ABOUT, READINGS, st.sampled_from(YEARS))
def test_a_year_is_as_if_nothing_had_taken_effect_after_it(
    all_: list[Sanction], about: dict[str, Any], readings: dict[str, Any], year: int
) -> None:
    under = reading({**readings, "case_year": "effective"})
    full_ = appended(all_, about)[-1]
    assert full_.body is not None
    until = [s.effective_on is not None and s.effective_on.year <= year for s in all_]
    cut = replace(
        full_,
        body=CaseBody(**body(*(s for s, keep in zip(all_, until, strict=True) if keep), **about)),
        versions=tuple(v for v, keep in zip(full_.versions, until, strict=True) if keep),
    )
    assert in_year(year, full_, under=under).counted == in_year(year, cut, under=under).counted


@BOUNDED
@given(HISTORIES, st.randoms(use_true_random=False))
def test_recorded_in_the_order_of_time_a_case_costs_in_all_what_its_heaviest_costs(
    all_: list[Sanction], random: Any
) -> None:
    """The default reading, and in whatever order one entry lists them."""
    in_time = sorted(all_, key=lambda s: s.effective_on or date.min)
    one_by_one = appended(in_time, {})[-1]
    random.shuffle(all_)
    at_once = on_record(tuple(all_))
    for found in (one_by_one, at_once):
        costs = [d.points for year in YEARS for d in in_year(year, found).deductions]
        tiers = [
            TABLE[s.fields["outcome"]][1 if s.fields["standing"] == "staff" else 0]
            for s in all_
            if s.fields["standing"] != "student"
        ]
        assert sum(costs) == max((points for effect, points in tiers if effect == "deduct"), default=0)
