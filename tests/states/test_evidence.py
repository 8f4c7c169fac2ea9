"""Evidence: handed in with the self-report, judged one by one, and asked for later with a deadline and reminders."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from notifications.notices.assessments import assessment_notices, still_applies
from states.chart import Chart
from states.deadlines.reminders import DeadlineMoved, MoveDeadline, Reminded, duties, open_items
from states.offers import next_act, next_act_for
from states.records.roster import Reorganisation, Roster
from states.stages.document_review import Finding, Verdict
from states.stages.evidence import (
    DocumentRequested,
    DocumentSupplied,
    RequestDocument,
    SupplyDocument,
    handed_in,
    open_requests,
)
from states.stages.opening import UndoStep, Withdraw
from states.stages.scoring import ReturnScore
from states.views import may_change_folder
from states.vocabulary import CLOCK, Digest, Document, Opaque, Words

from .law import (
    CHART,
    COMMITTEE,
    DAYS,
    DUE,
    GROUP,
    LEADERS,
    OFFICE,
    OURS,
    REASON,
    RULEBOOK,
    World,
    document,
    person,
    reached,
    refused,
    replayed,
    review,
    rulebook,
    self_report,
    weekday,
)

ELEMENT, OTHER = "a1-2.1.2", "a1-1.1.1"
ONE, TWO = Digest("11" * 32), Digest("22" * 32)
WHAT = Words("Protocol Q3")
ANOTHER = person("unit", "unit-2", "u-elsewhere")


def paper(sha256: str = ONE, size: int = 1024) -> Document:
    return document(size, sha256)


@pytest.fixture
def opened() -> World:
    return reached("opening").on(DAYS["self_report"])


@pytest.fixture
def world(opened: World) -> World:
    """The report is handed in with one document, and the interviews are over."""
    report = self_report(opened, evidence={ELEMENT: (paper(),)})
    return opened.do(report, OURS).walk("interviews").on(DAYS["document_review"])


def asked(world: World, **changes: Any) -> RequestDocument:
    due = world.context(GROUP).today + timedelta(days=3)
    return RequestDocument(**{"element": OTHER, "what": WHAT, "due": due, **changes})


def judged(world: World, verdicts: dict[str, Verdict], **changes: Any) -> Any:
    finding = Finding(**{"degree": "met", "verdicts": verdicts, **changes})
    return review(world, findings={**review(world).findings, ELEMENT: finding})


def only_request(world: World) -> str:
    (id_,) = open_requests(world.state)
    return id_


def test_a_report_is_handed_in_with_its_evidence_by_element(world: World) -> None:
    assert handed_in(world.state) == {ELEMENT: {ONE: paper()}}
    assert replayed(world) == world.state


def test_evidence_stands_under_an_element_of_the_own_annex_and_has_bytes(opened: World) -> None:
    refused(opened, self_report(opened, evidence={"a2-1.1.1": (paper(),)}), OURS, "NotKnown", "a2-1.1.1")
    refused(opened, self_report(opened, evidence={ELEMENT: (paper(size=0),)}), OURS, "OutOfRange", 0)
    refused(opened, self_report(opened, evidence={ELEMENT: (paper(),) * 51}), OURS, "OutOfRange", 51)


def test_the_reviewers_say_of_each_document_whether_it_proves_the_element(world: World) -> None:
    done = world.do(judged(world, {ONE: Verdict(fits="yes")}), GROUP)
    assert done.state.stage == "document_review"
    refusal = refused(world, judged(world, {}, evidence=(document(),)), GROUP, "Incomplete", "2.2.2")
    assert [fault.field for fault in refusal.faults] == [f"findings.{ELEMENT}.verdicts.{ONE}"]
    refused(world, judged(world, {ONE: Verdict(fits="yes"), TWO: Verdict(fits="yes")}), GROUP, "NotKnown", TWO[:12])


def test_a_document_that_does_not_fit_proves_nothing(world: World) -> None:
    no = {ONE: Verdict(fits="no", remark=Words("不是本年度的"))}
    refused(world, judged(world, no), GROUP, "Incomplete", "2.2.2")
    world.decide(judged(world, no, evidence=(document(),)), GROUP)
    world.decide(judged(world, no, degree="unmet"), GROUP)
    world.decide(judged(world, {ONE: Verdict(fits="partly")}, degree="partly"), GROUP)


def test_a_document_that_is_asked_for_is_a_task_of_the_department_until_it_is_handed_in(world: World) -> None:
    after = world.do(asked(world), GROUP)
    id_, due = only_request(after), asked(world).due
    assert (id_, due) in [(item.key, day) for item, day in open_items(after.state, RULEBOOK)]
    for_unit = next_act_for({"unit"}, after.state, after.context(OURS))
    assert for_unit is not None
    assert (for_unit.act, for_unit.due) == ("supply_document", due)
    first = next_act(after.state, after.context(GROUP))
    assert first is not None
    assert first.act == "review_documents"
    done = after.do(SupplyDocument(request=id_, documents=(paper(TWO),)), OURS)
    assert handed_in(done.state) == {ELEMENT: {ONE: paper()}, OTHER: {TWO: paper(TWO)}}
    assert not open_requests(done.state)
    assert replayed(done) == done.state


def test_the_department_may_say_that_there_is_none(world: World) -> None:
    after = world.do(asked(world), GROUP)
    id_ = only_request(after)
    refused(after, SupplyDocument(request=id_), OURS, "Incomplete")
    done = after.do(SupplyDocument(request=id_, remark=Words("当年未召开")), OURS)
    assert handed_in(done.state) == handed_in(world.state)
    refused(done, SupplyDocument(request=id_, documents=(paper(),)), OURS, "NothingToDo", WHAT)


def test_a_request_names_an_element_of_the_annex_and_a_day_to_come(world: World) -> None:
    yesterday = world.context(GROUP).today - timedelta(days=1)
    refused(world, asked(world, element="a2-1.1.1"), GROUP, "NotKnown", "a2-1.1.1")
    refused(world, asked(world, due=yesterday), GROUP, "TooEarly", yesterday)
    refused(world, SupplyDocument(request="document/99", documents=(paper(),)), OURS, "NotKnown")


def test_only_reviewers_ask_and_only_the_department_answers(world: World) -> None:
    refused(world, asked(world), OURS, "NotYours")
    after = world.do(asked(world), GROUP)
    answer = SupplyDocument(request=only_request(after), documents=(paper(),))
    refused(after, answer, GROUP, "NotYours")
    refused(after, answer, ANOTHER, "OtherUnit")


def test_nothing_is_asked_for_before_the_report_and_after_the_score(opened: World, world: World) -> None:
    refused(opened, asked(opened), GROUP, "NotNow")
    scored = world.do(asked(world), GROUP).do(judged(world, {ONE: Verdict(fits="yes")}), GROUP).walk("scoring")
    refused(scored, asked(scored), GROUP, "NotNow")
    assert not open_requests(scored.state)
    assert not [item for item, _ in open_items(scored.state, RULEBOOK) if item.key.startswith("document/")]
    answer = SupplyDocument(request=only_request(world.do(asked(world), GROUP)), documents=(paper(),))
    returned = scored.do(ReturnScore(reason=REASON), COMMITTEE)
    assert not open_requests(returned.state)
    refused(returned, answer, OURS, "NothingToDo")
    undone = scored.do(UndoStep(reason=REASON), GROUP)
    assert list(open_requests(undone.state)) == [answer.request], "a score that was undone was none"
    assert not open_requests(undone.do(answer, OURS).state)


def test_what_is_asked_for_is_reminded_of_and_escalated_like_a_step(world: World) -> None:
    due = date(2026, 12, 18)
    assert weekday(due)
    after = world.do(asked(world, due=due), GROUP)
    id_, told = only_request(after), []
    for day in range(1, 20):
        now = after.on(world.context(GROUP).today + timedelta(days=day))
        for command in duties(now.state, now.context(CLOCK)):
            if getattr(command, "stage", "") == id_:
                now = now.do(command, CLOCK)
                told.append((command.act, getattr(command, "step_name", ""), getattr(command, "to", "")))
        after = now
    assert ("remind", "-1", "unit") in told
    assert ("escalate", "up+1", "working_group") in told
    assert replayed(after) == after.state


def test_the_deadline_of_a_request_can_be_moved_by_a_person(world: World) -> None:
    after = world.do(asked(world), GROUP)
    id_ = only_request(after)
    later = asked(world).due + timedelta(days=7)
    moved = after.do(MoveDeadline(stage=id_, due=later, reason=REASON), OFFICE)
    assert open_requests(moved.state)[id_].due == later
    refused(moved, MoveDeadline(stage=id_, due=later, reason=REASON), OFFICE, "NothingToDo", WHAT)
    past = after.context(GROUP).today - timedelta(days=1)
    refused(after, MoveDeadline(stage=id_, due=past, reason=REASON), OFFICE, "TooEarly", past)


def test_the_department_hears_of_the_request_and_the_reviewers_of_the_answer(world: World) -> None:
    after = world.do(asked(world), GROUP)
    request = DocumentRequested(element=OTHER, what=WHAT, due=asked(world).due)
    (told,) = assessment_notices(request, after.state, RULEBOOK)
    assert (told.kind, told.to, told.due) == ("task", "unit", request.due)
    assert WHAT in told.values["stage"].zh
    answer = SupplyDocument(request=only_request(after), documents=(paper(TWO),))
    done = after.do(answer, OURS)
    assert not still_applies(told, done.state, RULEBOOK)
    (heard,) = assessment_notices(
        DocumentSupplied(request=answer.request, documents=answer.documents), done.state, RULEBOOK
    )
    assert (heard.kind, heard.to, heard.values["count"]) == ("document_supplied", "working_group", 1)
    moved = after.do(MoveDeadline(stage=answer.request, due=DUE["scoring"], reason=REASON), OFFICE)
    fact = DeadlineMoved(stage=answer.request, due=DUE["scoring"], reason=REASON)
    assert [one.kind for one in assessment_notices(fact, moved.state, RULEBOOK)] == ["deadline_moved"]
    reminder = Reminded(stage=answer.request, due=request.due, step_name="-1", to="unit")
    (reminded,) = assessment_notices(reminder, after.state, RULEBOOK)
    assert WHAT in reminded.values["stage"].zh


def test_nobody_is_reminded_of_a_request_that_cannot_be_answered(world: World) -> None:
    after = world.do(asked(world), GROUP)
    for ended in (
        after.do(judged(after, {ONE: Verdict(fits="yes")}), GROUP)
        .walk("scoring")
        .do(ReturnScore(reason=REASON), COMMITTEE),
        after.do(Withdraw(reason=REASON), LEADERS),
    ):
        assert not open_requests(ended.state)
        assert not [item for item, _ in open_items(ended.state, RULEBOOK) if item.key.startswith("document/")]


def test_a_day_that_is_years_away_is_mistyped(world: World) -> None:
    refused(world, asked(world, due=date(9999, 12, 31)), GROUP, "Malformed", "9999-12-31")
    after = world.do(asked(world), GROUP)
    far = MoveDeadline(stage=only_request(after), due=date(9990, 1, 1), reason=REASON)
    refused(after, far, OFFICE, "Malformed", "9990-01-01")


def test_without_rules_for_requests_nobody_can_ask(world: World) -> None:
    without = rulebook().model_copy(update={
        "document_request": None,
        "act": tuple(act for act in RULEBOOK.act if act.command not in ("request_document", "supply_document")),
    })  # fmt: skip
    acts = {act for _, act in Chart(without).edges}
    assert not acts & {"request_document", "supply_document"}
    assert {act for _, act in CHART.edges} >= {"request_document", "supply_document"}


@pytest.mark.parametrize(
    ("roles", "own", "may"),
    [
        ({"unit"}, "u-old", True),
        ({"unit"}, "u-new", True),
        ({"unit"}, "u-other", False),
        ({"unit"}, None, False),
        ({"working_group", "committee"}, "u-old", False),
    ],
)
def test_only_the_department_or_the_one_that_took_it_over_changes_its_folder(
    roles: set[str], own: str | None, may: bool
) -> None:
    merged = Reorganisation(
        unit=Opaque("u-old"), since=date(2026, 3, 1), successors=(Opaque("u-new"),), final_year=2025, reason=REASON
    )
    assert may_change_folder(roles, own, "u-old", Roster(reorganisations=(merged,))) is may
