"""A round in which colleges are ranked by their research and other departments by their score, on both databases."""

from __future__ import annotations

from decimal import Decimal

import pytest

from audit.reader import DatabaseReader
from audit.replay import replay
from states.explanation import explain_inputs
from states.refusals import Incomplete
from states.stages.value_report import ReportValues
from states.year.standings import Settle
from storage.database.database import Database
from tests.college import OFFICE
from tests.earlier import GROUP, Rounds
from tests.kinds import admin, ranked_by_kind

UNITS = ("u-1", "u-2", "p-1", "p-2")


def stream(unit: str) -> str:
    return f"assessment/2026/{unit}"


def test_nobody_waits_for_a_number_of_another_kind(database: Database) -> None:
    made = Rounds(database, ranked_by_kind())
    made.begin(2026, "u-1", "u-2", admin("p-1"), admin("p-2"))
    for unit in UNITS:
        made.fill(stream(unit))
    made.score(stream("p-1"))
    made.score(stream("p-2"), lost="3")
    with pytest.raises(Incomplete, match="科研总分"):
        made.score(stream("u-1"))
    for unit, points in (("u-1", "40"), ("u-2", "55")):
        made.do(stream(unit), ReportValues(numbers={"research": Decimal(points)}), OFFICE)
    made.score(stream("u-1"))
    made.score(stream("u-2"), lost="5")
    for standing in ("by-research", "by-score"):
        made.do("year/2026", Settle(standing=standing), GROUP)
    places = made.engine.state("year/2026").standings["by-research"].places  # type: ignore[union-attr]
    assert {unit: place.place for unit, place in places.items() if place is not None} == {"u-2": 1, "u-1": 2}
    made.tick()
    for unit in UNITS:
        made.score(stream(unit), lost={"u-2": "5", "p-2": "3"}.get(unit, "0"))
    grades = {unit: made.scored(stream(unit)).result.grade for unit in UNITS}
    # The best by research has the seat of the colleges with 95 points; the other college has all points and no seat.
    assert grades == {"u-1": "pass", "u-2": "excellent", "p-1": "excellent", "p-2": "pass"}
    for unit in UNITS:
        made.approve(stream(unit))
    lines = explain_inputs(made.scored(stream("p-2")).inputs, ranked_by_kind().rulebook)
    assert not [line for line in lines if "科研" in f"{line.title.zh}{line.sentence.zh}"]
    assert replay(DatabaseReader(made.database)).ok
