"""Who hears what of an entry, and in which words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from msgspec.structs import replace

import notifications
from config.rulebooks import DEFAULT_EDITION_ID, load_edition, shipped_editions
from notifications.digest import ASKING_KINDS
from notifications.letter_text import write_notice
from notifications.notices.assessments import assessment_notices, still_applies
from notifications.notices.notice import Notice
from states.assessment import Assessment, Step
from states.cases.vetoes import VetoLifted, VetoRaised, VetoRecorded
from states.deadlines.assignment import Assigned
from states.deadlines.chase import Chased
from states.deadlines.reminders import DeadlineMoved, Escalated, Reminded
from states.stages.circulation import Circulated
from states.stages.opening import AssessmentOpened
from states.stages.reopening import ResultReopened
from states.stages.scoring import Score, ScoreReturned, StaleScoreNoted
from states.stages.self_report import SelfReportReturned
from states.vocabulary import Fact, Opaque, Words
from tests.states.law import DISCIPLINE, GROUP, Entry, World, full, reached, task

RULEBOOK = load_edition(shipped_editions()[DEFAULT_EDITION_ID]).rulebook
DUE = date(2026, 11, 20)
REASON = Words("材料不全")
OPENED = AssessmentOpened(unit=Opaque("u1"), unit_kind="college", year=2026, heads=(), members=(), staff=9, due={})
STATE = Assessment(
    stream="assessment/2026/u1", unit="u1", unit_kind="college", year=2026, stage="opening", due={"self_report": DUE},
    steps=(Step("opening", OPENED, 1, "office-1", datetime(2026, 11, 2, tzinfo=UTC)),),
)  # fmt: skip

FACTS: list[tuple[Fact, set[tuple[str, str]]]] = [
    (OPENED, {("step_open", "unit")}),
    (Reminded(stage="self_report", due=DUE, step_name="-7", to="unit"), {("reminder", "unit")}),
    (Reminded(stage="talk", due=DUE, step_name="+1", to="discipline"), {("overdue", "discipline")}),
    (Escalated(stage="filed", due=DUE, step_name="up+3", to="office"), {("escalation", "office")}),
    (Reminded(stage="self_report", due=DUE, step_name="+3", to="unit"), {("overdue", "unit")}),
    (Escalated(stage="self_report", due=DUE, step_name="up+3", to="leading_group"), {("escalation", "leading_group")}),
    (SelfReportReturned(reason=REASON), {("returned", "unit")}),
    (ScoreReturned(reason=REASON), {("returned", "working_group")}),
    (Chased(stage="self_report", due=DUE, to=("unit",), reason=REASON), {("chased", "unit")}),
    (Chased(stage="scoring", to=("assessor", "working_group")), {("chased", "assessor"), ("chased", "working_group")}),
    (
        Assigned(stage="sheets/scoring", accounts=(Opaque("assessor-1"),), roles=("assessor",), reason=REASON),
        {("assigned", "assessor")},
    ),
    (
        Assigned(stage="meeting", accounts=(), roles=("working_group",), former=(Opaque("group-1"),)),
        {("assignment_ended", "working_group")},
    ),
    (DeadlineMoved(stage="self_report", due=DUE, reason=REASON), {("deadline_moved", "unit")}),
    (
        VetoRaised(veto="case/c1", finding="heavy_sanction", outcome="demotion", since=DUE, late=False),
        {("veto_raised", "office"), ("veto_raised", "committee")},
    ),
    (VetoRecorded(finding="major_case", reason=REASON), {("veto_raised", "office"), ("veto_raised", "committee")}),
    (VetoLifted(veto="case/c1", reason=REASON), {("veto_lifted", "office"), ("veto_lifted", "committee")}),
    (StaleScoreNoted(sources=("c1",)), {("stale_score", "working_group")}),
    (ResultReopened(sources=("c1",), reason=REASON), {("reopened", "working_group"), ("reopened", "committee")}),
    (
        Circulated(document=Words("文1号"), circulated_on=DUE, replaces=Words("文0号"), tasks=("filed",)),
        {("circulated", "unit"), ("task", "organization")},
    ),
]


OF_THE_CLOCK = {"clock_stopped", "year_end", "clock_doubted", "year_due", "year_missed", "unreadable", "sealed"}
"""What is told of no fact."""


BESIDE = {
    "access_changed", "deputy", "places_settled", "routine_check", "visit", "visit_dropped", "visits_assigned",
    "window_open", "review_decided", "review_granted", "own_result", "document_supplied",
}  # fmt: skip
"""What is told of facts that are no assessment's; of reviews and members' results, which the shipped measure does not
have (tests/states/test_review.py, tests/console/test_own_result.py); and of evidence (tests/states/test_evidence.py)."""


def heard(fact: Fact) -> list[Notice]:
    """The notices of a fact."""
    # A score is made again where it is the last step; elsewhere nobody could.
    state = replace(STATE, stage="scoring") if isinstance(fact, StaleScoreNoted) else STATE
    if isinstance(fact, Circulated | Chased | Assigned):
        state = fact.fold(state, Entry(1, 1, "office-1", "office", datetime(2026, 12, 31, tzinfo=UTC)))
    return list(assessment_notices(fact, state, RULEBOOK))


@pytest.mark.parametrize(("fact", "expected"), FACTS, ids=lambda x: type(x).__name__ if isinstance(x, Fact) else "")
def test_each_fact_is_heard_by_those_it_concerns_and_nobody_else(fact: Fact, expected: set[tuple[str, str]]) -> None:
    """Kind and receiver; a veto reaches the office and the committee only."""
    assert {(n.kind, n.to) for n in heard(fact)} == expected


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("fact", [f for f, _ in FACTS], ids=lambda f: type(f).__name__)
def test_each_notice_is_one_whole_sentence_in_its_language(fact: Fact, language: str) -> None:
    """No gap, no other language but titles and reasons."""
    for notice in heard(fact):
        said = write_notice(notice, language)
        assert said
        assert "{" not in said
        assert "None" not in said
        assert "u1" in said
        if language == "en":
            assert not re.search(r"[一-鿿]", said.replace(REASON, "").replace("文1号", "").replace("文0号", "")), said
        else:
            assert re.search(r"[一-鿿]", said)


def test_a_missing_value_is_an_error_and_never_an_empty_place() -> None:
    """Templates are strict about what they are given."""
    with pytest.raises(UndefinedError):
        write_notice(Notice("reminder", "unit", "u1", {"unit": "u1"}), "zh")


def test_every_template_is_used_and_stands_in_both_languages() -> None:
    """One for each kind of notice, save those that ask for a step or a task in the same words."""
    folder = Path(notifications.__file__).parent / "templates"
    zh, en = ({p.stem for p in (folder / language).iterdir()} for language in ("zh", "en"))
    kinds = {n.kind for fact, _ in FACTS for n in heard(fact)} | OF_THE_CLOCK | BESIDE
    assert zh == en == (kinds - ASKING_KINDS) | {"ask"}


def test_a_letter_about_a_task_that_names_persons_says_whom_and_never_who() -> None:
    """第九条2: 追究相关责任人的责任 is not done by a date alone, and nobody's id goes out by letter."""
    world = reached("circulation", "50")
    fact = world.state.fact(Circulated)
    assert fact is not None
    said = {n.asks: write_notice(n, "zh") for n in assessment_notices(fact, world.state, RULEBOOK) if n.kind == "task"}
    assert "追究相关责任人的责任（写明责任人和采取的措施）" in said["responsibility"]
    assert "（逐人写明班子成员）" in said["talk"]
    assert "写明" not in said["filed"]
    assert not any(member.person in words for member in world.state.team for words in said.values())
    due = fact.circulated_on + timedelta(days=60)
    late = Reminded(stage="responsibility", due=due, step_name="+1", to="discipline")
    (notice,) = assessment_notices(late, world.state, RULEBOOK)
    assert "写明责任人和采取的措施" in write_notice(notice, "zh")


def test_the_unit_hears_with_its_result_where_it_lost_most_and_why_and_how_many_more_there_are() -> None:
    given = {
        **full(World()),
        "a1-1.1.1": Decimal(5),
        "a1-1.3.2": Decimal(2),
        "a1-2.1.2": Decimal("3.5"),
        "a1-4.3.2": Decimal(1),
    }
    why = {
        "a1-1.1.1": "少 1 次", "a1-1.3.2": "第二次党课没有签到 / 需补", "a1-2.1.2": "纪要没有签批", "a1-4.3.2": "没有走访记录",
    }  # fmt: skip
    scored = reached("site_inspection").sheets().do(Score(marks=given, reasons=why), GROUP)
    fact = Circulated(document=Words("文1号"), circulated_on=DUE, tasks=())
    heard_by = assessment_notices(fact, scored.state, RULEBOOK)
    (told,) = (one for one in heard_by if one.kind == "circulated")
    assert told.to == "unit"
    said = {
        language: write_notice(replace(told, values={"whom": "", **told.values}), language) for language in ("zh", "en")
    }
    worst = "4.3.2 −3（没有走访记录）；1.3.2 −2（第二次党课没有签到 / 需补）；1.1.1 −1（少 1 次）；另有 1 项，见系统"
    assert f"扣分理由：{worst}" in said["zh"]
    assert "4.3.2 −3 (没有走访记录)" in said["en"]
    assert "1 more, see the console" in said["en"]
    full_marks = reached("scoring")
    (plainly,) = (one for one in assessment_notices(fact, full_marks.state, RULEBOOK) if one.kind == "circulated")
    assert "扣分理由" not in write_notice(replace(plainly, values={"whom": "", **plainly.values}), "zh")


def test_the_circular_of_a_special_assessment_is_not_called_the_annual_one() -> None:
    """第九条1 speaks of 年度考核结果; a special one (第六条) is called by its title."""
    state = replace(reached("circulation").state, occasion="s-1", title="采购管理")
    fact = state.fact(Circulated)
    assert fact is not None
    told = next(n for n in assessment_notices(fact, state, RULEBOOK) if n.kind == "circulated")
    for language, called in (("zh", "专项检查：采购管理"), ("en", "Special inspection: 采购管理")):
        told_whole = replace(told, values={"whom": "", **told.values})
        assert called in write_notice(told_whole, language)
    assert "年度考核" not in write_notice(replace(told, values={"whom": "", **told.values}), "zh")


def test_a_task_is_asked_for_until_it_is_done_or_due_on_another_day_and_each_by_itself() -> None:
    world = reached("circulation", "50")
    fact = world.state.fact(Circulated)
    assert fact is not None
    asked = {n.asks: n for n in assessment_notices(fact, world.state, RULEBOOK) if n.kind == "task"}
    assert [str(n.due) for n in asked.values()] == ["2027-01-14", "2027-01-14", "2027-01-29", "2027-02-28"]
    assert all(still_applies(notice, world.state, RULEBOOK) for notice in asked.values())
    done = world.do(task("talk", done_on=world.now.date()), DISCIPLINE)
    assert [key for key, notice in asked.items() if not still_applies(notice, done.state, RULEBOOK)] == ["talk"]
    moved = replace(asked["filed"], due=DUE)
    assert not still_applies(moved, world.state, RULEBOOK)
