"""An occasion of the rulebook, such as a half-year check: another run with fewer stages and a form of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from config.rulebooks import RulebookFault
from states import policy
from states.acts import STAGE_OF_ACT
from states.chart import Chart
from states.compiled_rulebook import CompiledRulebook
from states.deadlines.dates import deadlines_from
from states.deadlines.lights import stage_lights
from states.stages.circulation import Circulate
from states.stages.opening import Withdraw
from states.stages.scoring import FillSheet, ReturnScore, Score
from states.stages.self_report import SubmitSelfReport
from states.stream_kinds import initial_state
from states.streams import occasion_of
from states.vocabulary import Words
from tests.occasions import HALF_YEAR, with_half_year

from .law import (
    ASSESSOR,
    ASSESSOR_2,
    COMMITTEE,
    GROUP,
    OFFICE,
    OURS,
    REASON,
    World,
    document,
    opening,
    refused,
    replayed,
    weekday,
)

RULEBOOK = with_half_year().rulebook
MIDYEAR = RULEBOOK.at("midyear")
STREAM = "assessment/2026/u-arts/midyear"
FULL = {"h-1.1": Decimal(6), "h-2.1": Decimal(4)}


@pytest.fixture
def world() -> World:
    due = deadlines_from(MIDYEAR, date(2026, 11, 2), weekday)
    opened = opening(occasion="midyear", title="半年检查", due=due)
    return World(initial_state(STREAM), chart=Chart(MIDYEAR)).do(opened, OFFICE)


def scored(world: World) -> World:
    reported = world.do(SubmitSelfReport(report=document(), self_scores=FULL), OURS)
    filled = reported.do(FillSheet(marks=FULL), ASSESSOR).do(FillSheet(marks=FULL), ASSESSOR_2)
    return filled.do(Score(marks=FULL), GROUP)


def test_an_occasion_has_its_own_stages_and_its_own_form() -> None:
    assert list(MIDYEAR.stages) == ["opening", "self_report", "scoring", "circulation"]
    assert {form.key for form in MIDYEAR.forms_by_kind.values()} == {"half"}
    assert list(MIDYEAR.plans) == list(RULEBOOK.occasion_plans["midyear"])


def test_the_round_is_as_it_would_be_without_the_occasion() -> None:
    assert len(RULEBOOK.stages) == 10
    assert {form.key for form in RULEBOOK.forms_by_kind.values()} == {"annex-1", "annex-2"}


def test_a_special_assessment_that_is_no_occasion_has_all_stages() -> None:
    assert RULEBOOK.at("special-x") is RULEBOOK
    assert RULEBOOK.at(None) is RULEBOOK


def test_the_stream_of_an_assessment_says_by_which_stages_it_goes() -> None:
    compiled = CompiledRulebook(RULEBOOK, "pin")
    assert compiled.at("assessment/2026/u-arts") is compiled
    assert compiled.at("year/2026") is compiled
    assert compiled.at("assessment/2026/u-arts/special-x") is compiled
    assert compiled.at(STREAM) is compiled.at(STREAM)
    assert (compiled.at(STREAM).rulebook, compiled.at(STREAM).pin) == (MIDYEAR, "pin")
    assert [occasion_of(name) for name in (STREAM, "assessment/2026/u-arts", "roster")] == ["midyear", None, None]


def test_an_occasion_is_walked_through_its_stages_and_replayed(world: World) -> None:
    assert sorted(world.state.due) == ["circulation", "scoring", "self_report"]
    end = scored(world).do(Circulate(document=Words("考通〔2026〕1号"), circulated_on=world.now.date()), OFFICE)
    assert [step.stage for step in end.state.steps] == list(MIDYEAR.stages)
    assert end.state.tasks == {}
    assert replayed(end) == end.state


def test_the_marks_of_an_occasion_are_those_of_its_form(world: World) -> None:
    wrong = SubmitSelfReport(report=document(), self_scores={"a1-1.1.1": Decimal(6)})
    refused(world, wrong, OURS, "NotKnown", "a1-1.1.1", "h-1.1")


def test_a_result_without_an_approval_is_returned_also_after_its_circulation(world: World) -> None:
    notice = Circulate(document=Words("考通〔2026〕1号"), circulated_on=world.now.date())
    end = scored(world).do(notice, OFFICE)
    assert (end.state.stage, "reopen_result") not in end.chart.edges
    refused(end, Withdraw(reason=REASON), OFFICE, "NotNow")
    back = end.do(ReturnScore(reason=REASON), COMMITTEE)
    assert back.state.stage == "self_report"
    again = back.do(Score(marks=FULL), GROUP)
    correction = Circulate(document=Words("考通〔2026〕2号"), circulated_on=world.now.date(), replaces=notice.document)
    assert again.do(correction, OFFICE).state.circulated == ("考通〔2026〕1号", "考通〔2026〕2号")


def test_the_lights_of_an_occasion_are_those_of_its_stages(world: World) -> None:
    lights = stage_lights(world.state, MIDYEAR, world.now.date(), world.now.date())
    assert [light.light for light in lights] == ["now", "wait", "wait", "wait"]


@pytest.mark.parametrize(
    ("old", "new", "key", "zh", "en"),
    [
        ('"self_report", "scoring"', '"self_report", "grading"', "occasion.midyear.stages", "grading", "grading"),
        ('"self_report", ', '"self_report", "self_report", ', "occasion.midyear.stages", "重复", "occurs 2 times"),
        ('"opening", ', "", "occasion.midyear.stages", "缺少步骤 opening", "stage opening is missing"),
        ('"scoring", ', "", "occasion.midyear.stages", "缺少步骤 scoring", "stage scoring is missing"),
        ('"self_report", "scoring"', '"scoring", "self_report"', "occasion.midyear.stages", "晚于其后的", "is after what follows"),
        ('"scoring", "circulation"', '"circulation", "scoring"', "occasion.midyear.stages", "不能排在 circulation 之后", "cannot come after circulation"),
        ('key = "midyear"', 'key = "spring"', "subject.half_year.occasion", "midyear", "midyear"),
    ],
)  # fmt: skip
def test_a_wrong_occasion_is_refused_with_key_and_sentence(old: str, new: str, key: str, zh: str, en: str) -> None:
    with pytest.raises(RulebookFault) as caught:
        with_half_year(HALF_YEAR.replace(old, new))
    at_key = [fault for fault in caught.value.faults if fault.key == key]
    assert any(zh in fault.zh and en in fault.en for fault in at_key), caught.value.faults


@pytest.mark.parametrize("act", [act for act, kind in STAGE_OF_ACT.items() if kind not in ("opening", "scoring")])
def test_an_act_whose_stage_the_rulebook_leaves_out_has_a_title_for_people(act: str) -> None:
    bare = RULEBOOK.at("midyear").model_copy(update={"stage": ()})
    for name in bare.__dict__.keys() - type(bare).model_fields.keys():
        del bare.__dict__[name]
    title = policy.title(act, bare)
    assert act not in (title.zh, title.en)
    assert title.zh != title.en


VOICE = """
[[value]]
key = "voice"
for = "SUBJECT"
title = { zh = "满意率", en = "Satisfied voters" }
clause = "第六条"
kind = "vote"
ballot = "meeting"
share_of = ["satisfied"]
"""


def test_votes_that_a_result_reads_are_cast_before_it_is_scored() -> None:
    with pytest.raises(RulebookFault) as caught:
        with_half_year(HALF_YEAR + VOICE.replace("SUBJECT", "half_year"))
    (fault,) = caught.value.faults
    assert (fault.key, fault.en) == (
        "occasion.midyear.stages", "voice reads votes: a stage democratic_evaluation must come before scoring",
    )  # fmt: skip
    assert with_half_year(HALF_YEAR + VOICE.replace("SUBJECT", "unit")).rulebook.at("midyear").value == MIDYEAR.value
