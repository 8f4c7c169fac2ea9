"""The program reads earlier results from the ledger, on both databases; and what happens if one of them changes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from states.offers import next_act
from states.refusals import Incomplete, NotKnown, ReadFromLedger, ResultNotDecided, ScoreIsStale, SeveralFaults
from states.rulebook.calculation.lines import EarlierSource
from states.stages.opening import Withdraw
from states.stages.value_report import ReportValues, WaiveItem
from storage.database.database import Database
from tests.college import OFFICE
from tests.earlier import REASON, Rounds, other_team, with_earlier

Y1, Y2 = "assessment/2026/u-1", "assessment/2027/u-1"
HALF = "assessment/2027/u-1/midyear"


@pytest.fixture
def made(url: str) -> Iterator[Rounds]:
    with Database.open(url) as database:
        yield Rounds(database)


@pytest.fixture
def second(made: Rounds) -> Rounds:
    """The second year, with its sheets, after a first year of 92 points and a half-year check of 8."""
    made.first_year()
    made.begin(2027, "u-1")
    made.half_year(2027, "u-1", lost="2")
    made.fill(Y2)
    return made


def test_the_results_of_last_year_and_of_the_half_year_check_are_read_and_nobody_is_asked(second: Rounds) -> None:
    state, context, _ = second.engine.context(Y2, OFFICE)
    upcoming = next_act(state, context)  # type: ignore[arg-type]
    assert upcoming is not None
    assert upcoming.act == "score"
    inputs = second.score(Y2).inputs
    last = EarlierSource(stream=Y1, version=second.engine.state(Y1).step("scoring").version)  # type: ignore[union-attr]
    half = EarlierSource(stream=HALF, version=second.engine.state(HALF).step("scoring").version)  # type: ignore[union-attr]
    assert inputs.earlier_grades == {"last-grade": "excellent"}
    assert inputs.earlier == {
        "half": Decimal(8),
        "last-report": Decimal(92),
        "m-before@u-1-h1": Decimal("10.5"),
        "m-before@u-1-m1": Decimal("10.5"),
    }
    assert inputs.earlier_sources == {
        "last-grade": last, "last-report": last, "half": half, "m-before@u-1-h1": last, "m-before@u-1-m1": last,
    }  # fmt: skip
    second.approve(Y2)
    assert second.replayed() == []


def test_what_the_ledger_has_is_not_reported_and_not_said_to_be_missing(second: Rounds) -> None:
    report = ReportValues(earlier_grades={"last-grade": "pass"}, earlier={"half": Decimal(9)}, reasons={"half": REASON})
    with pytest.raises(SeveralFaults) as caught:
        second.do(Y2, report, OFFICE)
    assert "系统取自2026 年度考核" in caught.value.render("zh")
    assert "“Half-year check” of 2027" in caught.value.render("en")
    with pytest.raises(ReadFromLedger):
        second.do(Y2, WaiveItem(item="last-grade", reason=REASON), OFFICE)


def test_what_the_ledger_does_not_have_waits_for_its_role(made: Rounds) -> None:
    made.begin(2026, "u-1")
    made.fill(Y1)
    with pytest.raises(Incomplete):
        made.score(Y1)
    made.do(Y1, WaiveItem(item="last-grade", reason=REASON), OFFICE)
    made.report_none(Y1, earlier={"half": Decimal(7), "last-report": Decimal(30)})
    made.do(Y1, WaiveItem(item="m-before@u-1-h1", reason=REASON), OFFICE)
    made.report_none(Y1, earlier={"m-before@u-1-m1": Decimal(5)})
    inputs = made.score(Y1).inputs
    assert (inputs.absent, inputs.earlier_sources) == (("last-grade", "m-before@u-1-h1"), {})
    assert made.replayed() == []


def test_a_result_that_is_not_decided_is_waited_for_and_a_withdrawn_one_is_not(made: Rounds) -> None:
    made.first_year()
    made.begin(2027, "u-1")
    made.open_half_year(2027, "u-1")
    made.fill(Y2)
    with pytest.raises(ResultNotDecided) as caught:
        made.score(Y2)
    assert "“Half-year check” of 2027" in caught.value.render("en")
    with pytest.raises(ReadFromLedger):
        made.report_none(Y2, earlier={"half": Decimal(7)})
    made.do(HALF, Withdraw(reason=REASON), OFFICE)
    made.report_none(Y2, earlier={"half": Decimal(7)})
    assert made.score(Y2).inputs.earlier["half"] == 7
    assert made.replayed() == []


def test_what_was_reported_gives_way_to_a_result_that_the_ledger_gets(made: Rounds) -> None:
    made.first_year()
    made.begin(2027, "u-1")
    made.fill(Y2)
    made.report_none(Y2, earlier={"half": Decimal(7)})
    made.score(Y2)
    made.half_year(2027, "u-1", lost="2")
    made.tick()
    assert made.assessment(year=2027).noted == ("half",)
    with pytest.raises(ScoreIsStale) as caught:
        made.approve(Y2)
    assert "以往结果有变化：半年检查得分" in caught.value.render("zh")
    assert made.score(Y2).inputs.earlier["half"] == 8
    made.approve(Y2)
    assert made.replayed() == []


def test_a_score_is_stale_while_the_earlier_result_is_open_again_and_valid_if_it_comes_out_the_same(
    second: Rounds,
) -> None:
    second.score(Y2)
    second.reopen(Y1)
    second.tick()
    stale = ("last-grade", "last-report", "m-before@u-1-h1", "m-before@u-1-m1")
    assert second.assessment(year=2027).noted == stale
    with pytest.raises(ResultNotDecided):
        second.score(Y2)
    second.score(Y1, lost="8")
    second.approve(Y1)
    second.tick()
    assert second.assessment(year=2027).noted is None
    second.approve(Y2)
    assert second.replayed() == []


def test_a_score_is_made_again_by_the_earlier_result_that_was_decided_otherwise(second: Rounds) -> None:
    second.score(Y2)
    second.reopen(Y1)
    second.score(Y1, lost="20")
    second.approve(Y1)
    second.tick()
    assert second.assessment(year=2027).noted == ("last-grade", "last-report")
    inputs = second.score(Y2).inputs
    assert inputs.earlier_grades == {"last-grade": "pass"}
    second.approve(Y2)
    assert second.replayed() == []


def test_an_approved_result_stands_until_another_earlier_result_is_decided(second: Rounds) -> None:
    second.score(Y2)
    second.approve(Y2)
    second.reopen(Y1)
    second.tick()
    assert second.assessment(year=2027).is_approved
    second.score(Y1, lost="20")
    second.tick()
    assert second.assessment(year=2027).is_approved, "nobody has decided yet"
    second.approve(Y1)
    second.tick()
    state = second.assessment(year=2027)
    assert (state.is_approved, state.noted) == (False, ("last-grade", "last-report"))
    second.score(Y2)
    second.approve(Y2)
    assert second.replayed() == []


def test_a_person_who_was_elsewhere_last_year_is_not_looked_for_there(made: Rounds) -> None:
    made.first_year()
    made.first_year("u-2")
    made.begin(2027, other_team("u-1", "u-1-m1", "u-2-m1"))
    made.half_year(2027, "u-1")
    made.fill(Y2)
    with pytest.raises(Incomplete) as caught:
        made.score(Y2)
    assert "班子成员 2" in caught.value.render("zh")
    made.report_none(Y2, earlier={"m-before@u-2-m1": Decimal(3)})
    inputs = made.score(Y2).inputs
    assert inputs.earlier["m-before@u-1-m1"] == Decimal("10.5"), "who was a member is the head now"
    assert "m-before@u-2-m1" not in inputs.earlier_sources
    assert made.replayed() == []


def test_a_department_reads_the_results_of_the_only_one_that_was_closed_into_it(made: Rounds) -> None:
    made.first_year()
    made.close_into("u-3", "u-1")
    made.begin(2027, other_team("u-3", "u-1-h1"))
    made.half_year(2027, "u-3")
    made.fill("assessment/2027/u-3")
    inputs = made.score("assessment/2027/u-3").inputs
    assert {source.stream for source in inputs.earlier_sources.values()} == {Y1, "assessment/2027/u-3/midyear"}
    assert inputs.earlier_grades == {"last-grade": "excellent"}
    made.reopen(Y1)
    made.score(Y1, lost="20")
    made.approve(Y1)
    made.tick()
    assert made.assessment("u-3", 2027).noted == ("last-grade", "last-report")
    assert made.replayed() == []


def test_of_two_departments_that_were_merged_none_speaks_for_the_new_one(made: Rounds) -> None:
    made.first_year()
    made.first_year("u-2")
    made.close_into("u-3", "u-1", "u-2")
    made.begin(2027, other_team("u-3", "u-1-h1"))
    made.half_year(2027, "u-3")
    made.fill("assessment/2027/u-3")
    with pytest.raises(Incomplete):
        made.score("assessment/2027/u-3")
    numbers = {"last-report": Decimal(90), "m-before@u-1-h1": Decimal(5)}
    made.report_none("assessment/2027/u-3", earlier=numbers, earlier_grades={"last-grade": "pass"})
    assert set(made.score("assessment/2027/u-3").inputs.earlier_sources) == {"half"}
    assert made.replayed() == []


def test_a_grade_that_the_present_scale_does_not_have_is_named_by_its_role(url: str) -> None:
    first = with_earlier(name="first", renamed=("excellent", "splendid"))
    with Database.open(url) as database:
        made = Rounds(database, first)
        made.begin(2026, "u-1")
        made.fill(Y1)
        made.do(Y1, WaiveItem(item="last-grade", reason=REASON), OFFICE)
        numbers = {"half": 7, "last-report": 30, "m-before@u-1-h1": 5, "m-before@u-1-m1": 5}
        made.report_none(Y1, earlier={key: Decimal(number) for key, number in numbers.items()})
        assert made.score(Y1).result.grade == "splendid"
        made.approve(Y1)
    with Database.open(url) as database:
        made = Rounds(database, with_earlier(), 2027)
        made.begin(2027, "u-1")
        made.half_year(2027, "u-1")
        made.fill(Y2)
        with pytest.raises(Incomplete) as caught:
            made.score(Y2)
        assert "上年等次" in caught.value.render("zh")
        with pytest.raises(NotKnown):
            made.report_none(Y2, earlier_grades={"last-grade": "splendid"})
        made.report_none(Y2, earlier_grades={"last-grade": "excellent"})
        inputs = made.score(Y2).inputs
        assert inputs.earlier_grades == {"last-grade": "excellent"}
        assert "last-grade" not in inputs.earlier_sources, "a person named it"
        assert inputs.earlier_sources["last-report"].stream == Y1
        made.approve(Y2)
        assert made.replayed() == []
