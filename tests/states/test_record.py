"""A record of a kind that the rulebook lists: what it may say, who may do it, and what it adds to an assessment's inputs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from states import policy
from states.assessment import ScoreSheet
from states.cases.attribution import RecordsOfUnit, records_for
from states.cases.record import EnterRecord, RescindRecord, ReviseRecord, record_title
from states.chart import Chart
from states.records.record import Record, RecordedLine
from states.records.roster import Roster, Unit
from states.refusals import Refusal
from states.result.inputs import inputs_of
from states.stream_kinds import initial_state
from states.vocabulary import Actor, Opaque, Text, Words
from tests.honours import edition

from .law import (
    COMMITTEE,
    DISCIPLINE,
    ELSEWHERE,
    HEADS,
    OFFICE,
    REASON,
    UNIT,
    World,
    person,
    reached,
    refused,
    replayed,
)
from .test_reorganisation import A, B, C, ended, roster

HONOURS = Chart(edition().rulebook)
DAY = date(2026, 10, 8)
ROSTER = Roster(
    units={
        unit: Unit(unit=Opaque(unit), title=Words("样例学院"), unit_kind="college", heads=HEADS, staff=40)
        for unit in (UNIT, ELSEWHERE)
    }
)
BLANK = World(initial_state("record/e-1"), chart=HONOURS, roster=ROSTER)
REMARK = Words("文件载明为独立获得")


def line(level: str = "city", share: str = "joint", **changes: Any) -> RecordedLine:
    return RecordedLine(**{"fields": {"level": level, "share": share}, **changes})


def body(*lines: RecordedLine, **changes: Any) -> dict[str, Any]:
    return {"record": "honour", "unit": Opaque(UNIT), "acted_on": DAY, "lines": lines or (line(),), **changes}


def practice(number: Any = None, kind: str = "method") -> dict[str, Any]:
    return body(RecordedLine(fields={"kind": kind}, number=number), record="practice")


def absence(how: str = "late", number: Any = Decimal(2), who: str | None = "p-1", **changes: Any) -> dict[str, Any]:
    about = Opaque(who) if who else None
    return body(RecordedLine(person=about, fields={"how": how}, number=number), record="absence", **changes)


HONOUR = body()


# -- what it says ------------------------------------------------------------------------------------


def test_a_record_is_entered_revised_and_rescinded_and_the_replay_agrees() -> None:
    world = BLANK.do(EnterRecord(**HONOUR), OFFICE)
    assert world.state.body.lines == (line(),)
    world = world.do(ReviseRecord(**body(line("province"), line("city")), reason=REASON), person("office", "office-9"))
    assert (world.state.versions, world.state.recorders) == ((2, 1), {"office-1", "office-9"}), (
        "the municipal line was there before"
    )
    assert {record.fields["level"] for record in world.state.body.lines} == {"province", "city"}
    world = world.do(RescindRecord(reason=REASON), OFFICE)
    assert world.state.rescinded
    assert replayed(world) == world.state
    refused(world, ReviseRecord(**HONOUR, reason=REASON), OFFICE, "NothingToDo", Text(zh="已撤销", en="rescinded"))
    refused(world, RescindRecord(reason=REASON), OFFICE, "NothingToDo")


def test_its_title_has_its_kind_its_options_and_its_day_and_names_nobody() -> None:
    world = BLANK.do(EnterRecord(**absence()), DISCIPLINE)
    title = record_title(world.state, edition().rulebook)
    assert title.zh == "缺席“迟到”（2026-10-08）"
    assert title.en == "absence “late” (2026-10-08)"


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        (body(record="medal"), "NotKnown", ["medal", "honour, practice, absence"]),
        (body(record="case"), "NotKnown", ["case"]),
        (body(unit=Opaque("u-nowhere")), "NotKnown", ["u-nowhere"]),
        ({**HONOUR, "lines": ()}, "Incomplete", []),
        (body(line("galaxy")), "NotKnown", ["galaxy"]),
        (body(RecordedLine(fields={"level": "city"})), "Incomplete", ["share"]),
        (body(acted_on=date(2026, 11, 3)), "InTheFuture", ["2026-11-03"]),
        (body(line(effective_on=date(2026, 11, 3))), "InTheFuture", ["2026-11-03"]),
        (body(line(effective_on=date(2026, 10, 7))), "TooEarly", ["2026-10-07", "2026-10-08"]),
        (body(acted_on=None), "Incomplete", []),
        (body(line(), line()), "Implausible", []),
        (body(line("nation", "alone")), "Implausible", []),
        (body(line(person=Opaque("p-1"))), "Malformed", []),
        (absence(who=None), "Incomplete", []),
        (practice(), "Incomplete", []),
        (practice(Decimal("2.5")), "OutsideRange", ["2.5", "0.5", "2"]),
        (practice(Decimal("0.4")), "OutsideRange", ["0.4"]),
        (practice(Decimal(1), "platform"), "Malformed", []),
        (absence(number=Decimal(-1)), "OutsideRange", ["-1"]),
        (absence(number=Decimal("1E+3")), "accepted", []),
        (absence(number=Decimal("1E+9")), "OutsideRange", []),
    ],
)  # fmt: skip
def test_a_record_says_what_the_rulebook_lists_and_nothing_else(
    fields: dict[str, Any], code: str, says: list[str]
) -> None:
    if code == "accepted":
        BLANK.decide(EnterRecord(**fields), OFFICE if fields["record"] == "honour" else DISCIPLINE)
        return
    actor = DISCIPLINE if fields["record"] == "absence" else OFFICE
    refused(BLANK, EnterRecord(**fields), actor, code, *says)


def test_what_may_be_right_is_accepted() -> None:
    BLANK.decide(EnterRecord(**body(line("nation", "alone", remark=REMARK))), OFFICE)
    BLANK.decide(EnterRecord(**body(line(effective_on=DAY), acted_on=None)), OFFICE)
    BLANK.decide(EnterRecord(**practice(Decimal(2))), OFFICE)
    BLANK.decide(EnterRecord(**practice(Decimal("0.5"))), OFFICE)
    BLANK.decide(EnterRecord(**practice(kind="platform")), OFFICE)


def test_all_that_is_wrong_is_told_at_once_each_at_its_field() -> None:
    wrong = EnterRecord(**body(line("galaxy"), line(person=Opaque("p-1")), acted_on=date(2026, 11, 3)))
    with pytest.raises(Refusal) as caught:
        BLANK.decide(wrong, OFFICE)
    assert {fault.field for fault in caught.value.faults} == {"acted_on", "lines.0.fields.level", "lines.1.person"}


def test_the_kind_of_a_record_cannot_change() -> None:
    world = BLANK.do(EnterRecord(**HONOUR), OFFICE)
    refused(world, ReviseRecord(**practice(Decimal(1)), reason=REASON), OFFICE, "Impossible")


def test_a_rulebook_without_such_records_lets_nobody_enter_one() -> None:
    refused(World(initial_state("record/e-1"), roster=ROSTER), EnterRecord(**HONOUR), OFFICE, "NotYours")


# -- who may do it -----------------------------------------------------------------------------------


def test_a_kind_of_record_may_name_fewer_roles_than_the_act() -> None:
    BLANK.decide(EnterRecord(**practice(Decimal(1))), DISCIPLINE)
    refused(BLANK, EnterRecord(**HONOUR), DISCIPLINE, "NotYours")
    refused(BLANK, EnterRecord(**HONOUR), COMMITTEE, "NotYours")
    world = BLANK.do(EnterRecord(**HONOUR), OFFICE)
    refused(world, RescindRecord(reason=REASON), DISCIPLINE, "NotYours")


def test_the_roles_of_a_kind_are_among_those_of_the_act() -> None:
    rulebook = edition().rulebook
    by, _ = policy.entitled_roles("enter_record", initial_state("record/e-1"), EnterRecord(**HONOUR), rulebook)
    assert by == ("office", "unit")
    assert policy.entitled_roles("enter_record", None, None, rulebook)[0] == ("office", "discipline", "unit")


def test_nobody_enters_a_record_about_the_own_department_but_the_department_itself() -> None:
    own = Actor("u-1", "unit", UNIT)
    refused(BLANK, EnterRecord(**HONOUR), person("office", "office-8", UNIT), "OwnUnit")
    BLANK.decide(EnterRecord(**HONOUR), own)
    refused(BLANK, EnterRecord(**body(unit=Opaque(ELSEWHERE))), own, "OtherUnit")


# -- what it adds to an assessment -------------------------------------------------------------------


def record(fields: dict[str, Any], id_: str = "e-1", actor: Actor = OFFICE) -> Record:
    world = World(initial_state(f"record/{id_}"), chart=HONOURS, roster=ROSTER).do(EnterRecord(**fields), actor)
    assert isinstance(world.state, Record)
    return world.state


def test_its_lines_are_inputs_of_the_assessment_of_its_department_record_by_record() -> None:
    world = reached("opening")
    records = (record(absence(), "e-2", DISCIPLINE), record(body(line("nation"), line("city")), "e-1"))
    gone = World(initial_state("record/e-0"), chart=HONOURS, roster=ROSTER).do(EnterRecord(**HONOUR), OFFICE)
    gone = gone.do(RescindRecord(reason=REASON), OFFICE)
    context = replace(world.context(OFFICE), records=(*records, gone.state))
    lines = inputs_of(world.state, ScoreSheet(marks={}), context).records
    assert [(one.record, one.kind, one.person, one.number) for one in lines] == [
        ("e-1", "honour", "", None), ("e-1", "honour", "", None), ("e-2", "absence", "p-1", 2),
    ]  # fmt: skip
    assert lines[0].fields == {"level": "nation", "share": "joint"}
    assert (lines[0].acted_on, lines[0].effective_on, lines[0].unit) == (DAY, None, UNIT)


def test_the_best_line_of_a_record_gives_its_points_in_its_year_alone() -> None:
    rules, world = edition().rulebook, reached("opening")
    context = replace(world.context(OFFICE), records=(record(body(line("nation"), line("city"))),))
    inputs = inputs_of(world.state, ScoreSheet(marks={}), context)
    ladder, kind = rules.ladders["honours"], rules.records["honour"]
    counted = ladder.count(kind, inputs.records, UNIT, lambda day: day.year - 2026)
    assert [one.points for one in counted] == [3]
    assert ladder.count(kind, inputs.records, UNIT, lambda day: day.year - 2027) == ()


def test_a_record_of_a_department_that_went_over_into_another_is_found_by_the_successor() -> None:
    own = record(HONOUR)
    assert own.body is not None
    of_a = replace(own, body=replace(own.body, unit=A))
    state = replace(reached("opening").state, unit=B, year=2026)
    known = roster(ended(A, B))

    def on_record(unit: str) -> RecordsOfUnit:
        return RecordsOfUnit(records=(of_a,) if unit in of_a.units else ())

    (found,) = records_for(state, known, edition().rulebook, on_record).records
    assert found.units == (A, B)
    split = roster(ended(A, B, C))
    assert [one.is_unassigned for one in records_for(state, split, edition().rulebook, on_record).records] == [True]
