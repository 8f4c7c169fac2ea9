"""The places of a year are settled, scored by and approved, on both databases; and what changes them afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from audit.reader import DatabaseReader
from scheduler.rounds import run
from states.assessment import Assessment, ScoreSheet
from states.records.year import Year
from states.refusals import Incomplete, NothingToDo, NotKnown, NotSettled, NotYours, OwnUnit, ScoreIsStale
from states.result.inputs import inputs_of
from states.stages.approval import Approve
from states.stages.opening import OpenAssessment
from states.stages.scoring import Scored
from states.vocabulary import Actor, Command, Words
from states.year.standings import Settle
from storage.database.database import Database
from tests.audit.copies import Copy, find_defects
from tests.college import OFFICE, College, moment, weekdays
from tests.college import unit as department
from tests.quota import GROUP, report_and_score, score, with_quota

COMMITTEE = Actor("c-1", "committee")
UNITS = ("u-1", "u-2", "u-3", "u-4")
REASON = Words("按日常检查情况")


class Round(College):
    """A year of four departments under a quota: the two best of them may be excellent."""

    def do(self, unit: str, command: Command, actor: Actor) -> None:
        number = self.ledger.head().number
        self.engine.submit(f"assessment/2026/{unit}", command, actor, f"do-{unit}-{number}")

    def begin(self, totals: dict[str, str]) -> None:
        """Open the year, and score each department."""
        self.open(UNITS)
        for unit, total in totals.items():
            report_and_score(self, unit, total)

    def settle(self, *order: str, reason: Words | None = None, actor: Actor = GROUP) -> None:
        command = Settle(standing="order", order=order, reason=reason or (REASON if order else None))
        self.engine.submit("year/2026", command, actor, f"settle-{self.ledger.head().number}")

    def tick(self) -> None:
        """One round of the daemon."""
        run(self.engine, self.clock.now(), weekdays)

    def score_stale(self) -> list[str]:
        """Score again, with the same marks, each department that has another place. Returns them."""
        self.tick()
        stale = [unit for unit in UNITS if self.assessment(unit).noted]
        for unit in stale:
            score(self, unit)
        return stale

    def approve(self, unit: str) -> None:
        grade = self.grade(unit)
        assert grade is not None
        self.do(unit, Approve(resolution=Words("党字1号"), met_on=date(2026, 11, 2), grades={"unit": grade}), COMMITTEE)

    def grade(self, unit: str) -> str | None:
        scored = self.assessment(unit).fact(Scored)
        assert scored is not None
        return scored.result.grade

    @property
    def year(self) -> Year:
        state = self.engine.state("year/2026")
        assert isinstance(state, Year)
        return state

    def seats(self) -> list[str]:
        places = self.year.standings["order"].places
        return [id_ for id_, place in places.items() if place is not None and place.seats]


PLAIN = {"u-1": "98", "u-2": "96", "u-3": "94", "u-4": "80"}


@pytest.fixture
def made(url: str) -> Iterator[Round]:
    with Database.open(url) as database:
        yield Round(database, moment(11, 2), edition=with_quota())


def test_a_round_is_settled_scored_by_its_places_and_approved(made: Round) -> None:
    made.begin(PLAIN)
    assert [made.grade(unit) for unit in UNITS] == [None, None, None, "pass"]
    made.settle()
    assert made.seats() == ["u-1", "u-2"]
    assert made.score_stale() == list(UNITS)
    assert [made.grade(unit) for unit in UNITS] == ["excellent", "excellent", "pass", "pass"]
    for unit in UNITS:
        made.approve(unit)
    made.tick()
    assert all(made.assessment(unit).is_approved for unit in UNITS)
    assert made.replayed() == []


def test_places_are_settled_only_when_every_department_has_a_valid_score(made: Round) -> None:
    made.begin({unit: total for unit, total in PLAIN.items() if unit != "u-4"})
    with pytest.raises(Incomplete) as caught:
        made.settle()
    assert "样例学院4" in caught.value.render("zh")
    made.withdraw("u-4")
    made.settle()
    assert made.seats() == ["u-1"]


def test_a_score_that_a_case_has_changed_keeps_the_places_from_being_settled(made: Round) -> None:
    made.begin(PLAIN)
    made.case("u-2")
    made.tick()
    with pytest.raises(Incomplete) as caught:
        made.settle()
    assert "样例学院2" in caught.value.render("zh")
    score(made, "u-2")
    made.settle()


def test_a_tie_at_the_last_seat_is_ordered_by_name_and_with_a_reason(made: Round) -> None:
    made.begin({**PLAIN, "u-3": "96"})
    with pytest.raises(Incomplete) as caught:
        made.settle()
    assert "样例学院2、样例学院3（并列第 2 名）" in caught.value.render("zh")
    with pytest.raises(Incomplete) as caught:
        made.engine.submit("year/2026", Settle(standing="order", order=("u-3", "u-2")), GROUP, "no-reason")
    assert "理由" in caught.value.render("zh")
    made.settle("u-3", "u-2")
    assert made.seats() == ["u-1", "u-3"]
    assert made.replayed() == []


def test_a_name_that_no_tie_needs_is_refused(made: Round) -> None:
    made.begin(PLAIN)
    with pytest.raises(NotKnown):
        made.settle("u-1", "u-2")


def test_nobody_of_a_tied_department_orders_the_tie_and_others_settle_without_them(made: Round) -> None:
    made.begin({**PLAIN, "u-3": "96"})
    with pytest.raises(OwnUnit):
        made.settle("u-3", "u-2", actor=replace(GROUP, unit="u-2"))
    made.settle("u-3", "u-2", actor=replace(GROUP, unit="u-1"))


def test_only_the_roles_of_the_rulebook_settle(made: Round) -> None:
    made.begin(PLAIN)
    with pytest.raises(NotYours):
        made.settle(actor=COMMITTEE)


def test_nothing_is_approved_before_the_places_are_settled(made: Round) -> None:
    made.begin(PLAIN)
    with pytest.raises(NotSettled) as caught:
        made.approve("u-4")
    assert "得分名次" in caught.value.render("zh")
    made.settle()
    with pytest.raises(ScoreIsStale):
        made.approve("u-4")


def test_a_changed_score_is_settled_again_before_anything_is_approved(made: Round) -> None:
    made.begin(PLAIN)
    made.settle()
    made.score_stale()
    made.case("u-1", outcome="reminder_talk")
    made.tick()
    with pytest.raises(NotSettled):
        made.approve("u-2")
    score(made, "u-1")
    made.settle()
    with pytest.raises(NothingToDo):
        made.settle()
    assert made.score_stale() == []
    made.approve("u-2")
    assert made.replayed() == []


def test_only_who_gets_or_loses_a_seat_is_scored_again(made: Round) -> None:
    made.begin(PLAIN)
    made.settle()
    made.score_stale()
    made.case("u-1", outcome="demotion")
    made.case("u-1", name="c-2", outcome="gov_warning")
    made.tick()
    score(made, "u-1")
    made.settle()
    assert made.seats() == ["u-2", "u-3"]
    assert made.score_stale() == ["u-1", "u-3"]
    assert made.grade("u-3") == "excellent"


def approved_round(made: Round) -> None:
    made.begin(PLAIN)
    made.settle()
    made.score_stale()
    for unit in UNITS:
        made.approve(unit)
    made.case("u-1", outcome="gov_warning")
    made.tick()
    score(made, "u-1")
    with pytest.raises(NotSettled):
        made.approve("u-1")


def test_after_the_approval_the_others_keep_their_places_and_a_lost_seat_stays_empty(made: Round) -> None:
    approved_round(made)
    made.settle()
    assert made.score_stale() == ["u-1"]
    assert made.seats() == ["u-2"]
    made.approve("u-1")
    assert made.replayed() == []


def test_where_everybody_is_settled_again_the_committee_decides_again_on_who_gets_the_seat(url: str) -> None:
    with Database.open(url) as database:
        made = Round(database, moment(11, 2), edition=with_quota(afterwards="again"))
        approved_round(made)
        made.settle()
        assert made.seats() == ["u-2", "u-3"]
        made.tick()
        assert made.assessment("u-3").awaits_rescoring
        assert made.assessment("u-2").is_approved
        score(made, "u-3")
        score(made, "u-1")
        made.approve("u-3")
        assert made.grade("u-3") == "excellent"
        assert made.replayed() == []


def test_a_replay_finds_a_place_that_the_scores_do_not_give(made: Round) -> None:
    made.begin(PLAIN)
    made.settle()
    copy = Copy.of(DatabaseReader(made.database))
    number = copy.first("StandingSettled")

    def favour(entry: dict[str, Any]) -> None:
        entry["payload"]["places"]["u-3"]["seats"] = ["best"]

    assert find_defects(copy) == []
    assert (number, "refused") in find_defects(copy.forged(number, favour))


def test_where_the_year_cannot_be_read_no_score_is_said_to_be_wrong(made: Round) -> None:
    made.begin(PLAIN)
    made.settle()
    made.score_stale()
    copy = Copy.of(DatabaseReader(made.database))
    number = copy.first("StandingSettled")
    broken = find_defects(copy.forged(number, lambda entry: entry.update(version=99)))
    assert [one for one in broken if one[1] in ("score", "refused")] == []
    assert number in {one[0] for one in broken}


def test_a_special_inspection_has_no_place(made: Round) -> None:
    made.begin(PLAIN)
    made.settle()
    held, stream = department("u-1"), "assessment/2026/u-1/o-1"
    command = OpenAssessment(
        unit=held.unit, unit_kind=held.unit_kind, year=2026, heads=held.heads, members=held.members, staff=held.staff,
        due=made.year.due, occasion="o-1", title="采购管理",
    )  # fmt: skip
    made.engine.submit(stream, command, OFFICE, "special")
    state, context, _ = made.engine.context(stream, GROUP)
    assert isinstance(state, Assessment)
    assert inputs_of(state, ScoreSheet(marks={}), context).standings == {
        "order": None,
        "order@u-1-h1": None,
        "order@u-1-m1": None,
    }
