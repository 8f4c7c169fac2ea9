"""To chase by hand (催办): what can be chased, whom it names, once a day by the institution's time, and its replay."""

from __future__ import annotations

from datetime import UTC, date, time

import msgspec
import pytest

from notifications.notices.assessments import assessment_notices, still_applies
from states.chart import Chart, check_recorded
from states.deadlines.chase import Chase, Chased, first_to_chase, items_to_chase, last_chase
from states.offers import next_acts, offers
from states.refusals import Refusal
from states.stages.evidence import RequestDocument
from states.stages.scoring import NoteStaleScore
from states.stages.self_report import ReturnSelfReport
from states.vocabulary import CLOCK, Text, Words

from .law import (
    ASSESSOR,
    DUE,
    GROUP,
    OFFICE,
    OURS,
    RAW,
    REASON,
    RULEBOOK,
    World,
    case,
    fill,
    full,
    meeting,
    pending,
    person,
    reached,
    refused,
    replayed,
    sanction,
    self_report,
    task,
)

LEADER = person("leading_group", "leader-1")
MONDAY = date(2026, 11, 16)
REPORT = Chase(stage="self_report", reason=Words("会议已经排定"))


def opened() -> World:
    return reached("opening").on(MONDAY)


def chased(world: World, stage: str) -> Chased:
    fact = world.decide(Chase(stage=stage), OFFICE)
    assert isinstance(fact, Chased)
    return fact


def test_a_chase_is_on_record_with_whom_it_asks_until_when_and_why_and_changes_nothing_else() -> None:
    before = opened()
    after = before.do(REPORT, OFFICE)
    assert after.done[-1][0] == Chased(stage="self_report", reason=REPORT.reason, to=("unit",), due=DUE["self_report"])
    one = after.state.chases["self_report"]
    assert (one.at, one.by, one.role, one.to) == (after.now, OFFICE.id, "office", ("unit",))
    assert one.reason == REPORT.reason
    changed = {
        name for name in after.state.__struct_fields__ if getattr(after.state, name) != getattr(before.state, name)
    }
    assert changed == {"version", "chases"}
    assert replayed(after) == after.state


def test_a_second_chase_of_the_day_is_refused_with_when_it_was_and_by_whom() -> None:
    world = opened().on(MONDAY, time(9, 5)).do(REPORT, OFFICE).on(MONDAY, time(16))
    refused(world, REPORT, OFFICE, "ChasedToday", "09:05", Text(zh="您本人", en="you"))
    refused(world, REPORT, LEADER, "ChasedToday", "09:05", RULEBOOK.role_title("office"))


def test_the_day_is_that_of_the_institutions_time_zone() -> None:
    late = opened().on(MONDAY, time(23, 59)).do(REPORT, OFFICE)
    again = late.on(date(2026, 11, 17), time(0, 1)).do(REPORT, LEADER)
    assert again.state.chases["self_report"].by == LEADER.id
    assert again.now.astimezone(UTC).date() == late.now.astimezone(UTC).date()


def test_only_what_is_open_is_chased_and_the_refusal_names_it() -> None:
    world = opened()
    refused(world, Chase(stage="meeting"), OFFICE, "NotKnown", RULEBOOK.stages["self_report"].title.text)
    done = world.do(self_report(world), OURS)
    refused(done, REPORT, OFFICE, "NotKnown", RULEBOOK.stages["meeting"].title.text)


def test_before_scoring_those_are_asked_who_owe_a_sheet_and_then_the_scorer() -> None:
    world = reached("site_inspection")
    assert chased(world, "scoring").to == RULEBOOK.acts["fill_sheet"].by
    one = world.do(fill(full(world)), ASSESSOR)
    assert chased(one, "scoring").to == RULEBOOK.acts["fill_sheet"].by
    assert chased(world.sheets(), "scoring").to == RULEBOOK.stages["scoring"].by[:1]


def test_nobody_is_chased_for_what_waits_for_a_case_and_the_refusal_tells_of_no_case() -> None:
    world = reached("site_inspection", open_cases="block").sheets()
    waiting = world.with_cases(case(pending()))
    refusal = refused(waiting, Chase(stage="scoring"), OFFICE, "NothingToDo")
    assert "案件" not in refusal.render("zh")
    assert "case" not in refusal.render("en")
    assert items_to_chase(waiting.state, waiting.context(OFFICE)) == {}
    assert "chase" not in offers(waiting.state, waiting.context(OFFICE), waiting.chart)
    assert chased(world, "scoring").to == RULEBOOK.stages["scoring"].by[:1]


def test_an_approval_is_not_chased_while_the_score_is_not_valid_and_to_score_again_is() -> None:
    world = reached("scoring").with_cases(case(sanction("admonition"))).do(NoteStaleScore(sources=("c-1",)), CLOCK)
    assert list(items_to_chase(world.state, world.context(OFFICE))) == ["scoring"]
    approved = reached("approval").with_cases(case(sanction("admonition"))).do(NoteStaleScore(sources=("c-1",)), CLOCK)
    assert items_to_chase(approved.state, approved.context(OFFICE)) == {}
    assert first_to_chase(approved.state, approved.context(OFFICE)) is None


def test_the_tasks_of_a_result_are_chased_each_for_itself_the_nearest_deadline_first() -> None:
    world = reached("circulation", "50")
    keys = list(items_to_chase(world.state, world.context(OFFICE)))
    assert len(keys) > 1
    first_item = first_to_chase(world.state, world.context(OFFICE))
    assert first_item is not None
    assert first_item[0] == keys[0]
    assert chased(world, "filed").to == RULEBOOK.tasks["filed"].by[:1]
    first = world.do(Chase(stage=keys[0]), OFFICE)
    assert list(items_to_chase(first.state, first.context(OFFICE))) == keys[1:]
    done = first.do(task("filed"), person("organization", "organization-1"))
    refused(done, Chase(stage="filed"), OFFICE, "NotKnown")


def test_a_chase_counts_until_the_step_is_returned() -> None:
    world = opened().do(REPORT, OFFICE)
    assert last_chase(world.state, ("self_report",)) == world.state.chases["self_report"]
    assert last_chase(world.state, ("meeting",)) is None
    back = world.on(date(2026, 11, 18)).do(self_report(world), OURS).do(ReturnSelfReport(reason=REASON), OFFICE)
    assert last_chase(back.state, ("self_report",)) is None


def test_a_document_and_a_task_stay_chased_whatever_else_is_done() -> None:
    """The next stage begins again; a request does not, nor a task before its result is circulated again."""
    world = reached("self_report").do(RequestDocument(element="a1-1.1.1", what=REASON, due=date(2026, 12, 1)), GROUP)
    (request,) = world.state.requests
    asked = world.do(Chase(stage=request), OFFICE)
    later = asked.do(meeting(asked), GROUP)
    assert last_chase(later.state, (request,)) == asked.state.chases[request]
    told = reached("circulation", "50").do(Chase(stage="filed"), OFFICE)
    stale = told.with_cases(case(sanction("admonition"))).do(NoteStaleScore(sources=("c-1",)), CLOCK)
    assert last_chase(stale.state, ("filed",)) == told.state.chases["filed"]


def test_assessors_are_chased_for_their_sheets_while_a_case_is_open() -> None:
    """They can fill them in; only the score waits."""
    waiting = reached("site_inspection", open_cases="block").with_cases(case(pending()))
    assert waiting.do(fill(full(waiting)), ASSESSOR).state.sheets
    assert chased(waiting, "scoring").to == RULEBOOK.acts["fill_sheet"].by


def test_the_next_act_knows_what_was_chased() -> None:
    world = opened()
    assert [one.items for one in next_acts(world.state, world.context(OURS))] == [("self_report",)]
    sheets = reached("site_inspection")
    assert {one.items for one in next_acts(sheets.state, sheets.context(GROUP))} == {("scoring",)}


def test_the_notice_has_the_reason_and_who_asks_and_applies_until_the_step_is_done() -> None:
    world = opened().do(REPORT, OFFICE)
    (notice,) = assessment_notices(world.done[-1][0], world.state, RULEBOOK)
    assert (notice.kind, notice.to, notice.due) == ("chased", "unit", DUE["self_report"])
    assert (notice.values["reason"], notice.values["by"]) == (REPORT.reason, RULEBOOK.role_title("office"))
    assert still_applies(notice, world.state, RULEBOOK)
    assert not still_applies(notice, world.do(self_report(world), OURS).state, RULEBOOK)


@pytest.mark.parametrize("change", [{"to": ("office",)}, {"due": None}, {"stage": "meeting"}])
def test_a_replay_finds_a_chase_of_others_or_with_another_deadline(change: dict[str, object]) -> None:
    world = opened()
    fact = msgspec.structs.replace(chased(world, "self_report"), **change)
    with pytest.raises(Refusal):
        check_recorded(world.state, fact, world.context(OFFICE), world.chart)


def test_a_rulebook_without_the_act_has_no_chase() -> None:
    raw = {**RAW, "act": [one for one in RAW["act"] if one["command"] != "chase"]}
    chart = Chart(type(RULEBOOK).model_validate(raw))
    assert not any(act == "chase" for _, act in chart.edges)
    assert ("opening", "chase") in Chart(RULEBOOK).edges
