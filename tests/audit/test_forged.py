"""Forgeries whose every digest and link is right: only the rules can tell, and they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.replay import replay
from tests.audit.copies import EVERY, Body, Copy, better, find_defects, score

# What was forged so that every digest and link is right: only the rules can tell


def test_a_forged_total_is_found_by_scoring_again(ledger: Copy) -> None:
    for number in (row[0] for row in ledger.rows if row[3] == "Scored"):
        defects = find_defects(ledger.forged(number, better))
        assert (number, "score") in defects
        assert {code for _, code in defects} <= {"score", "projection"}
        assert (number, "score") in find_defects(ledger.forged(number, better), quick=True)


def test_a_forged_grade_is_found_by_scoring_again(ledger: Copy) -> None:
    number = ledger.first("Scored")
    assert (number, "score") in find_defects(ledger.forged(number, lambda b: score(b).update(grade="fail")))


def test_a_case_left_out_of_a_score_is_found_by_scoring_again(ledger: Copy) -> None:
    number = deducted(ledger)[0]["number"]
    assert (number, "score") in find_defects(ledger.forged(number, lambda body: inputs(body).update(records=[])))


def test_a_deduction_left_out_is_found_by_scoring_again(ledger: Copy) -> None:
    number = deducted(ledger)[0]["number"]

    def forget(body: Body) -> None:
        score(body).update(adjustment="0", score=score(body)["subtotal"])

    assert (number, "score") in find_defects(ledger.forged(number, forget))


def test_a_case_removed_from_before_a_score_is_found_by_scoring_again(ledger: Copy) -> None:
    """A case that deducts: taken out, and everything after it numbered and linked again."""
    bodies, scored = ledger.bodies(), deducted(ledger)[0]
    case = next(line["record"] for line in inputs(scored)["records"] if line["kind"] == "case")
    number = ledger.first("CaseRecorded", case)
    forged = ledger.rechained(number, bodies[number:])
    assert (scored["number"] - 1, "score") in find_defects(forged.changed(projected=[]))


def inputs(body: Body) -> Body:
    made_of: Body = body["payload"]["inputs"]
    return made_of


def deducted(ledger: Copy) -> list[Body]:
    """The scores that a case took points off."""
    return [body for body in ledger.bodies() if body["kind"] == "Scored" and score(body)["adjustment"] != "0"]


def sheet_by_its_own(body: Body) -> None:
    body["home"] = body["stream"].split("/")[2]


def evidence(body: Body) -> Body:
    document: Body = next(iter(body["payload"]["findings"].values()))["evidence"][0]
    return document


def for_its_own(body: Body) -> None:
    """As if somebody had acted as the deputy of an account of the department that is judged."""
    body.update(principal="office-9", principal_home=body["stream"].split("/")[2])


FORGERIES: list[tuple[str, Callable[[Body], object], str]] = [
    ("SheetFilled", sheet_by_its_own, "entitled"),
    ("SheetFilled", lambda b: b.update(role="committee"), "entitled"),
    ("MeetingHeld", lambda b: b.update(role="unit"), "entitled"),
    ("Approved", for_its_own, "entitled"),
    ("Approved", for_its_own, "deputy"),
    ("SheetFilled", lambda b: b.update(principal="office-9"), "entitled"),
    ("MeetingHeld", lambda b: b.update(principal="office-9"), "deputy"),
    ("MeetingHeld", lambda b: b.update(principal="Somebody By Name"), "private"),
    ("MeetingHeld", lambda b: b["payload"].update(present=9999), "refused"),
    ("MeetingHeld", lambda b: b["payload"].update(held_on="2030-01-01"), "refused"),
    ("SelfReportSubmitted", lambda b: b["payload"]["self_scores"].clear(), "refused"),
    ("Reminded", lambda b: b.update(actor="somebody"), "entitled"),
    ("Reminded", lambda b: b["payload"].update(step_name="-99"), "refused"),
    ("Approved", lambda b: b["payload"].update(grades={"unit": "nothing"}), "refused"),
    ("CaseRecorded", lambda b: b.update(role="unit"), "entitled"),
    ("CaseRecorded", lambda b: b["payload"]["sanctions"][0]["fields"].update(outcome="nothing"), "refused"),
    ("VetoRaised", lambda b: b["payload"].update(veto="case/nothing"), "refused"),
    ("AssessmentOpened", lambda b: b["payload"].update(unit_kind="nothing"), "refused"),
    ("YearOpened", lambda b: b["payload"]["due"].clear(), "refused"),
    ("UnitRegistered", lambda b: b["payload"].update(staff=0), "refused"),
    ("Reminded", lambda b: b.update(happened_at="2026-11-01T00:00:00Z"), "happened"),
    ("MeetingHeld", lambda b: b.update(happened_at=b["recorded_at"]), "happened"),
    ("StepUndone", lambda b: b["payload"].update(reason="请致电 13800001111"), "private"),
    ("MeetingHeld", lambda b: b.update(actor="Somebody By Name"), "private"),
    ("MeetingHeld", lambda b: b.update(command="call 13800001111"), "private"),
    ("RefusedCommand", lambda b: b["payload"].update(act="no_such_act"), "unknown_refusal"),
    ("RefusedCommand", lambda b: b["payload"].update(refusal="NoSuchRefusal"), "unknown_refusal"),
    ("AssessmentOpened", lambda b: b.update(rulebook="other@" + "0" * 64), "pin"),
    ("MeetingHeld", lambda b: b.update(rulebook=""), "pin"),
    ("CaseRecorded", lambda b: b.update(rulebook=""), "rulebook_missing"),
    ("MeetingHeld", lambda b: b.update(version=40), "version"),
    ("MeetingHeld", lambda b: b.update(kind="Approved"), "unreadable"),
    ("MeetingHeld", lambda b: b.update(kind="MeetingDreamt"), "kind"),
    ("MeetingHeld", lambda b: b.update(v=2), "newer"),
    ("MeetingHeld", lambda b: b.update(v=2, more="unknown"), "newer"),
    ("MeetingHeld", lambda b: b.pop("role"), "unreadable"),
    ("MeetingHeld", lambda b: b["payload"].update(more=1), "unreadable"),
    ("Reminded", lambda b: b.update(recorded_at="2001-01-01T00:00:00Z"), "backwards"),
    ("Reminded", lambda b: b.update(machine_clock="2001-01-01T00:00:00Z"), "clock"),
    ("RefusedCommand", lambda b: b.update(happened_at="2001-01-01T00:00:00Z"), "happened"),
    ("BallotVoided", lambda b: b.update(happened_at=b["recorded_at"]), "happened"),
    ("MeetingHeld", lambda b: b["payload"].update(held_on="0001-01-01"), "happened"),
    ("ScoreReturned", lambda b: b["payload"].update(reason="请致电 13800001111"), "private"),
    ("ScoreReturned", lambda b: b["payload"].update(reason=""), "private"),
    ("CaseRecorded", lambda b: b["payload"]["sanctions"][0].update(person="王某"), "private"),
    ("DocumentsReviewed", lambda b: evidence(b).update(sha256="x"), "private"),
    ("SheetFilled", lambda b: b.update(actor="13800001111"), "private"),
    ("SheetFilled", lambda b: b.update(home="法学院"), "private"),
    ("SheetFilled", lambda b: b.update(command="13800001111"), "private"),
    ("SheetFilled", lambda b: b.update(role="Assessor"), "private"),
    ("RefusedCommand", lambda b: b["payload"].update(act="dream"), "unknown_refusal"),
    ("RefusedCommand", lambda b: b["payload"].update(act="open_year"), "unknown_refusal"),
    ("RefusedCommand", lambda b: b["payload"].update(refusal="NotNow"), "unknown_refusal"),
    ("RefusedCommand", lambda b: b["payload"].update(refusal="NotYours"), "unknown_refusal"),
    ("RefusedCommand", lambda b: b["payload"].update(refusal="OtherUnit"), "unknown_refusal"),
    ("RefusedCommand", lambda b: b["payload"].update(refusal="NotByDeputy"), "unknown_refusal"),
    ("RefusedCommand", lambda b: b["payload"].update(stream="assessment/2026/王某"), "unknown_refusal"),
    ("RefusedCommand", lambda b: b.update(role="janitor"), "unknown_refusal"),
]


TASKS: list[tuple[str, Callable[[Body], object], str]] = [
    ("awards_cancelled", lambda b: b["payload"]["persons"].pop(), "refused"),
    ("awards_cancelled", lambda b: b["payload"]["persons"].append(b["payload"]["persons"][0]), "refused"),
    ("awards_cancelled", lambda b: b["payload"]["persons"][0].update(measure="免职"), "refused"),
    ("awards_cancelled", lambda b: b.update(role="discipline"), "entitled"),
    ("talk", lambda b: [p.update(exception="未参加") for p in b["payload"]["persons"]], "refused"),
    ("responsibility", lambda b: b["payload"]["persons"].clear(), "refused"),
    ("responsibility", lambda b: b["payload"]["persons"][0].update(measure=None), "refused"),
    ("responsibility", lambda b: b["payload"]["persons"][0].update(exception="不涉及"), "refused"),
    ("responsibility", lambda b: b["payload"]["persons"][0].update(person="王某"), "private"),
    (
        "filed",
        lambda b: b["payload"]["persons"].append({"exception": None, "measure": None, "person": "p-1"}),
        "refused",
    ),
]


@pytest.mark.parametrize(("task", "change", "code"), TASKS)
def test_a_task_done_for_other_persons_than_it_concerns_is_found(
    ledger: Copy, task: str, change: Callable[[Body], object], code: str
) -> None:
    number = next(b["number"] for b in ledger.bodies() if b["kind"] == "TaskCompleted" and b["payload"]["task"] == task)
    assert (number, code) in find_defects(ledger.forged(number, change))


def visits(body: Body) -> Body:
    made: Body = body["payload"]["visit"] if "visit" in body["payload"] else body["payload"]["visits"][0]
    return made


def sanction(body: Body) -> Body:
    made: Body = body["payload"]["sanctions"][0]
    return made


AFTERWARDS: list[tuple[str, str, Callable[[Body], object], str]] = [
    ("RoutineCheckRecorded", "", lambda b: b.update(role="unit"), "entitled"),
    ("RoutineCheckRecorded", "", lambda b: b.update(home="u04"), "entitled"),
    ("RoutineCheckRecorded", "", lambda b: b["payload"].update(unit="u99"), "refused"),
    ("RoutineCheckRecorded", "", lambda b: b["payload"].update(checked_by=[]), "refused"),
    ("RoutineCheckRecorded", "", lambda b: b["payload"].update(checked_by=["p-u04-h1"]), "refused"),
    ("RoutineCheckRecorded", "", lambda b: b["payload"].update(checked_on="2030-01-01"), "refused"),
    ("RoutineCheckRecorded", "", lambda b: b["payload"].update(elements=["a9-9"]), "refused"),
    ("RoutineCheckRecorded", "", lambda b: b["payload"].update(mend_until=None), "refused"),
    ("RoutineCheckRecorded", "", lambda b: b["payload"].update(mend_until="2027-03-01"), "refused"),
    ("RoutineCheckRecorded", "", lambda b: b["payload"].update(observation="请致电 13800001111"), "private"),
    ("RoutineCheckCorrected", "", lambda b: b["payload"].update(to_mend=None), "refused"),
    ("RoutineCheckCorrected", "", lambda b: b.update(role="assessor"), "entitled"),
    ("RoutineCheckWithdrawn", "", lambda b: b.update(home="u09"), "entitled"),
    ("RoutineCheckAnswered", "", lambda b: b.update(home="u07"), "entitled"),
    ("RoutineCheckAnswered", "", lambda b: b.update(role="office"), "entitled"),
    ("AnswerReturned", "", lambda b: b["payload"].update(mend_until="2027-03-24"), "refused"),
    ("AnswerReturned", "", lambda b: b.update(role="unit", home="u04"), "entitled"),
    ("AnswerAccepted", "", lambda b: b["payload"].update(accepted_on="2027-02-01"), "refused"),
    ("AnswerAccepted", "", lambda b: b["payload"].update(accepted_on="2027-03-26"), "refused"),
    ("AnswerAccepted", "", lambda b: b.update(role="unit", home="u04"), "entitled"),
    ("CheckReminded", "", lambda b: b["payload"].update(step_name="+1"), "refused"),
    ("CheckReminded", "", lambda b: b["payload"].update(due="2027-04-30"), "refused"),
    ("CheckReminded", "", lambda b: b["payload"].update(to="office"), "refused"),
    ("CheckReminded", "", lambda b: b.update(actor="somebody", role="office"), "entitled"),
    ("CheckEscalated", "", lambda b: b["payload"].update(to="committee"), "refused"),
    ("CheckEscalated", "", lambda b: b["payload"].update(step_name="up+7", to="leading_group"), "refused"),
    ("UnitRenamed", "", lambda b: b.update(role="unit"), "entitled"),
    ("UnitRenamed", "", lambda b: b["payload"].update(since="2031-01-01"), "refused"),
    ("UnitRenamed", "", lambda b: b["payload"].update(unit="u99"), "refused"),
    ("UnitReorganised", "", lambda b: b.update(role="assessor"), "entitled"),
    ("UnitReorganised", "", lambda b: b["payload"].update(successors=["u99"]), "refused"),
    ("UnitReorganised", "", lambda b: b["payload"].update(successors=["u15"]), "refused"),
    ("UnitReorganised", "", lambda b: b["payload"].update(successors=[], continues=True), "refused"),
    ("UnitReorganised", "", lambda b: b["payload"].update(final_year=2025), "refused"),
    ("UnitRestored", "", lambda b: b["payload"].update(unit="u12"), "refused"),
    ("UnitRestored", "", lambda b: b.update(role="unit"), "entitled"),
    ("ResultReopened", "", lambda b: b.update(role="office"), "entitled"),
    ("ResultReopened", "", lambda b: b.update(actor="clock", role="clock"), "entitled"),
    ("ResultReopened", "", lambda b: b["payload"].update(resolution=None, met_on=None), "refused"),
    ("ResultReopened", "", lambda b: b["payload"].update(resolution=None), "refused"),
    ("ResultReopened", "", lambda b: b["payload"].update(met_on="2026-12-01"), "refused"),
    ("ResultReopened", "", lambda b: b["payload"].update(met_on="2027-05-01"), "refused"),
    ("ResultReopened", "", lambda b: b["payload"].update(sources=["case/c-2026-u12-a"]), "refused"),
    ("CaseRecorded", "c-2027-u16-z", lambda b: sanction(b).update(remark=None), "refused"),
    (
        "CaseRecorded",
        "c-2027-u16-z",
        lambda b: (sanction(b)["fields"].update(standing="student"), sanction(b).update(remark=None)),
        "refused",
    ),
    ("CaseRecorded", "c-2027-u16-z", lambda b: sanction(b)["fields"].update(standing="student"), "refused"),
    ("CaseRecorded", "c-2027-u16-z", lambda b: sanction(b).update(instead_of="reminder_talk"), "refused"),
    ("CaseRecorded", "c-2027-u16-z", lambda b: sanction(b).update(remark="请致电 13800001111"), "private"),
    ("CaseRecorded", "c-2027-u16-z", lambda b: b.update(home="u16"), "entitled"),
    *(
        (kind, "", change, code)
        for kind in ("VisitsPlanned", "VisitMoved")
        for change, code in (
            (lambda b: b.update(role="unit"), "entitled"),
            (lambda b: visits(b).update(unit="u10"), "refused"),
            (lambda b: visits(b).update(day="2027-10-31"), "refused"),
            (lambda b: visits(b).update(ends="08:00"), "refused"),
            (lambda b: visits(b).update(inspectors=[]), "refused"),
            (lambda b: visits(b).update(contact="a-3"), "refused"),
            (lambda b: visits(b)["inspectors"][0].update(unit="u04"), "refused"),
            (lambda b: visits(b)["inspectors"][0].update(unit="u09"), "refused"),
            (lambda b: visits(b)["inspectors"][0].update(unit=None), "refused"),
            (lambda b: visits(b)["inspectors"][1].update(account="a-9"), "refused"),
            (lambda b: visits(b).update(day="2027-12-10"), "refused"),
        )
    ),
    ("VisitMoved", "", lambda b: b["payload"]["before"].update(begins="08:00"), "refused"),
]


def test_a_ledger_that_goes_on_after_its_year_has_no_defect(afterwards: Copy) -> None:
    assert replay(afterwards).defects == ()


@pytest.mark.parametrize(("kind", "stream", "change", "code"), AFTERWARDS)
def test_a_well_formed_forgery_of_what_comes_after_the_year_is_found_at_its_entry(
    afterwards: Copy, kind: str, stream: str, change: Callable[[Body], object], code: str
) -> None:
    number = afterwards.first(kind, stream)
    assert (number, code) in find_defects(afterwards.forged(number, change))


@pytest.mark.parametrize(("kind", "change", "code"), FORGERIES)
def test_a_well_formed_forgery_is_found_at_its_entry(
    ledger: Copy, kind: str, change: Callable[[Body], object], code: str
) -> None:
    number = ledger.first(kind)
    assert (number, code) in find_defects(ledger.forged(number, change))


JSON = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text(max_size=3),
    st.sampled_from(["NaN", "Infinity", "-1", "0001-01-01T00:00:00+08:00", "9999-12-31T23:00:00Z", "2026-12-01T00:00:00", "assessment", "case/", "year/2026", "roster", "2026-12-01", "team", "u04"]),
    st.just([]), st.just({}), st.just([{}]), st.just(["x"]), st.just({"x": "1"}),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, by its path."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield (*path, key)
        yield from places(item, (*path, key))


@EVERY
@given(data=st.data())
def test_whatever_is_forged_the_replay_ends_with_a_report(ledger: Copy, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted({row[3] for row in ledger.rows})))
    number = data.draw(st.sampled_from([row[0] for row in ledger.rows if row[3] == kind]))
    (body,) = ledger.bodies(number)[:1]
    *way, last = data.draw(st.sampled_from([p for p in places(body) if p[0] not in ("number", "previous")]))
    value = data.draw(JSON)

    def forge(body: Any) -> None:
        for step in way:
            body = body[step]
        body[last] = value

    forged = ledger.forged(number, forge)
    replay(forged)
    replay(forged, quick=True)


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("mark", ["NaN", "NAN", "sNaN", "Infinity", "1e999999"])
def test_a_mark_that_is_no_number_is_found(ledger: Copy, mark: str, quick: bool) -> None:
    number = ledger.first("Scored")

    def forge(body: Body) -> None:
        marks = body["payload"]["inputs"]["marks"]
        marks[next(iter(marks))] = mark

    assert number in {n for n, _ in find_defects(ledger.forged(number, forge), quick=quick)}


def test_a_step_taken_too_early_is_illegal_and_ends_its_stream_once(ledger: Copy) -> None:
    stream = ledger.rows[ledger.first("AssessmentOpened") - 1][1]
    bodies = ledger.bodies()
    own = [b for b in bodies if b["stream"] == stream]
    skipped = next(b for b in own if b["kind"] == "MeetingHeld")
    rest = bodies[skipped["number"] :]
    for body in rest:
        if body["stream"] == stream:
            body["version"] -= 1
    early = next(b for b in rest if b["stream"] == stream and b["kind"] == "BallotHeld")
    defects = replay(ledger.rechained(skipped["number"], rest)).defects
    reminded, illegal = [d for d in defects if d.stream == stream]
    assert reminded.code == "refused", "of the step that had not come"
    assert (illegal.number, illegal.code) == (early["number"] - 1, "illegal")
    assert "The rest of this stream cannot be checked" in illegal.en


def test_a_fault_of_our_own_is_not_told_as_a_breach_of_the_rules(ledger: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object) -> None:
        raise ValueError("not enough values to unpack")

    monkeypatch.setattr("audit.rules.rule_checks.check_recorded", faulty)
    defects = replay(ledger).defects
    assert {d.code for d in defects} == {"unchecked"}
    assert "not enough values to unpack" in defects[0].en


def test_an_approval_by_who_gave_points_is_found(ledger: Copy) -> None:
    number = ledger.first("Approved")
    stream = ledger.rows[number - 1][1]
    scorer = next(b["actor"] for b in ledger.bodies() if b["stream"] == stream and b["kind"] == "SheetFilled")
    forged = ledger.forged(number, lambda b: b.update(actor=scorer, command=f"program/{scorer}/forged"))
    assert find_defects(forged) == [(number, "entitled")]


def test_a_quick_replay_does_not_ask_who_was_entitled(ledger: Copy) -> None:
    number = ledger.first("SheetFilled")
    assert find_defects(ledger.forged(number, sheet_by_its_own), quick=True) == []


def test_a_dropped_entry_ends_its_own_stream_and_no_other(ledger: Copy) -> None:
    number = ledger.first("BallotHeld")
    stream = ledger.rows[number - 1][1]
    defects = replay(ledger.changed(rows=ledger.rows[: number - 1] + ledger.rows[number:])).defects
    assert [(d.stream, d.code) for d in defects] == [(None, "missing"), (stream, "version")]


def test_two_independent_defects_are_both_found(ledger: Copy) -> None:
    first, second = ledger.first("MeetingHeld"), ledger.first("Approved")
    both = ledger.forged(first, lambda b: b.update(role="unit")).forged(second, lambda b: b.update(role="unit"))
    assert find_defects(both) == [(first, "entitled"), (second, "entitled")]


def test_an_assessment_in_a_year_that_was_not_opened_is_found(ledger: Copy) -> None:
    year, opened = ledger.first("YearOpened"), ledger.first("AssessmentOpened")
    without = ledger.rechained(year, ledger.bodies(year + 1))
    assert (opened - 1, "refused") in find_defects(without)


def test_an_assessment_of_a_unit_that_is_not_on_the_roster_is_found(ledger: Copy) -> None:
    forged = ledger.forged(ledger.first("UnitRegistered"), lambda b: b["payload"].update(unit="another"))
    assert [code for _, code in find_defects(forged)] == ["refused"]


def test_a_year_or_a_roster_that_cannot_be_read_is_not_held_against_the_assessments(ledger: Copy) -> None:
    for kind in ("UnitRegistered", "YearOpened"):
        forged = ledger.forged(ledger.first(kind), lambda b: b["payload"].update(more=1))
        assert [code for _, code in find_defects(forged)] == ["unreadable"]


def test_a_command_id_used_twice_is_found(ledger: Copy) -> None:
    """The table can hold one row of it; the other entry's is missing."""
    first = ledger.first("MeetingHeld")
    actor = ledger.bodies(first)[0]["actor"]
    second = next(b["number"] for b in ledger.bodies(first + 1) if b["actor"] == actor)
    id_ = ledger.bodies(first)[0]["command"]
    forged = ledger.forged(second, lambda b: b.update(command=id_))
    assert find_defects(forged.changed(ids=ledger.named())) == [(second, "command")]
    without = [row for row in ledger.named() if row[0] != id_ and row[1] != second]
    assert find_defects(forged.changed(ids=[*without, (id_, second, second)])) == [(first, "command")]


def test_a_refusal_of_a_command_that_was_answered_before_is_found(ledger: Copy) -> None:
    """Asked again it would have had its first answer."""
    refused = ledger.first("RefusedCommand")
    first = ledger.bodies(ledger.first("UnitRegistered"))[0]
    forged = ledger.forged(refused, lambda b: b.update(command=first["command"], actor=first["actor"]))
    assert find_defects(forged) == [(refused, "command_refused")]


def test_a_command_refused_and_then_accepted_is_no_defect(ledger: Copy) -> None:
    refused, later = ledger.first("RefusedCommand"), ledger.first("Circulated")
    assert refused < later
    after = ledger.bodies(later)[0]
    assert (
        find_defects(ledger.forged(refused, lambda b: b.update(command=after["command"], actor=after["actor"]))) == []
    )


def test_personal_data_is_found_also_where_a_stream_cannot_go_on(ledger: Copy) -> None:
    number = ledger.first("ScoreReturned")
    stream = ledger.rows[number - 1][1]
    early = ledger.first("MeetingHeld", stream)
    ended = ledger.forged(early, lambda b: b.update(version=40))
    forged = ended.forged(number, lambda b: b["payload"].update(reason="13800001111"))
    assert {(early, "version"), (number, "private")} <= set(find_defects(forged))


def test_a_fact_in_a_stream_of_another_room_is_found(ledger: Copy) -> None:
    number = ledger.first("UnitRegistered")
    assert (number, "stream") in find_defects(ledger.forged(number, lambda b: b.update(stream="case/x", version=1)))
    assert (number, "stream") in find_defects(ledger.forged(number, lambda b: b.update(stream="nowhere/x", version=1)))
