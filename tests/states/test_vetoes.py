"""一票否决: recorded by judgement, raised from a case, lifted when its ground is gone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from states.assessment import ScoreSheet
from states.cases.vetoes import (
    DueVeto,
    LiftVeto,
    RaiseVeto,
    RecordVeto,
    due_vetoes,
    findings_to_judge,
    record_recorders,
)
from states.deadlines.reasons import VETO_GROUND_CHANGED, recorded_reason
from states.records.case import Case
from states.records.record import Record, RecordBody, RecordedLine
from states.result.inputs import inputs_of
from states.result.result import results_of
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored
from states.vocabulary import CLOCK, Actor, Opaque, Text

from .law import (
    COMMITTEE,
    ELSEWHERE,
    GROUP,
    LEADERS,
    RAW,
    REASON,
    RULEBOOK,
    STAGES,
    UNIT,
    World,
    agree,
    case,
    full,
    person,
    reached,
    refused,
    sanction,
)

HEAVY = case(sanction("demotion"))
GONE = case(sanction("demotion"), rescinded=True)
RAISED = RaiseVeto(veto="case/c-1", finding="heavy_sanction", outcome="demotion", since=date(2026, 10, 8), late=False)
LIFT = LiftVeto(veto="case/c-1", reason=REASON)


def raised(stage: str) -> World:
    """A world where the clock has raised the veto of case c-1."""
    late = stage in ("approval", "circulation")
    return reached(stage).with_cases(HEAVY).do(replace(RAISED, late=late), CLOCK)


# -- judgements ------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("actor", [COMMITTEE, LEADERS], ids=lambda a: a.role)
@pytest.mark.parametrize("finding", ["major_case", "other_serious"])
def test_a_judgement_may_be_recorded_at_any_stage_by_those_who_judge(stage: str, actor: Actor, finding: str) -> None:
    world = reached(stage).do(RecordVeto(finding=finding, reason=REASON), actor)
    (veto,) = world.state.vetoes
    assert (veto.id, veto.finding, veto.by) == (f"judged/{world.state.version}", finding, {actor.id})
    assert world.state.stage == stage


@pytest.mark.parametrize("finding", ["heavy_sanction", "nonsense", ""])
def test_what_follows_from_a_case_is_not_judged(finding: str) -> None:
    refusal = refused(
        reached("scoring"), RecordVeto(finding=finding, reason=REASON), COMMITTEE, "NotKnown", finding,
        "major_case, other_serious",
    )  # fmt: skip
    assert refusal.details["clause"] == RULEBOOK.clause_of_finding(finding)


def test_a_ground_another_role_judges_is_not_this_roles() -> None:
    changed = [{**one, "by": ["committee"]} if one["key"] == "major_case" else one for one in RAW["value"]]
    raw = Rulebook.model_validate({**RAW, "value": changed})
    world = reached("scoring")
    context = replace(world.context(LEADERS), rulebook=raw)
    from states.chart import decide
    from states.refusals import NotKnown

    with pytest.raises(NotKnown):
        decide(world.state, RecordVeto(finding="major_case", reason=REASON), context, world.chart)


def test_a_role_is_offered_the_findings_that_it_judges_and_no_others() -> None:
    world = reached("scoring")
    titles = {key: RULEBOOK.title_of_finding(key) for key in ("major_case", "other_serious")}
    assert findings_to_judge(world.state, world.context(COMMITTEE)) == titles
    assert findings_to_judge(world.state, world.context(GROUP)) == {}


def test_two_judgements_are_two_vetoes_and_each_is_lifted_by_itself() -> None:
    world = reached("scoring").do(RecordVeto(finding="major_case", reason=REASON), COMMITTEE)
    world = world.do(RecordVeto(finding="other_serious", reason=REASON), COMMITTEE)
    first, second = world.state.vetoes
    after = world.do(LiftVeto(veto=first.id, reason=REASON), LEADERS)
    assert after.state.vetoes == (second,)


def test_a_judgement_forces_the_worst_grade_and_lifting_it_frees_the_score() -> None:
    world = reached("site_inspection").sheets().do(RecordVeto(finding="major_case", reason=REASON), LEADERS)
    world = world.do(agree(full(world)), GROUP)
    scored = world.state.fact(Scored)
    assert scored is not None
    assert (scored.result.grade, scored.result.limits, scored.result.score) == ("fail", ("major_case",), 100)
    veto = world.state.vetoes[0].id
    freed = world.do(LiftVeto(veto=veto, reason=REASON), COMMITTEE).do(agree(full(world)), GROUP)
    scored = freed.state.fact(Scored)
    assert scored is not None
    assert scored.result.grade == "excellent"


def test_the_clock_does_not_lift_a_judgement() -> None:
    world = reached("scoring").do(RecordVeto(finding="major_case", reason=REASON), COMMITTEE)
    veto = world.state.vetoes[0].id
    refused(world, LiftVeto(veto=veto, reason=REASON), CLOCK, "VetoStands", RULEBOOK.title_of_finding("major_case"))


# -- vetoes of cases -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_the_clock_raises_a_cases_veto_at_any_stage(stage: str) -> None:
    world = raised(stage)
    (veto,) = world.state.vetoes
    assert (veto.id, veto.finding, veto.by) == ("case/c-1", "heavy_sanction", {"clock"})


def test_a_veto_is_raised_once() -> None:
    refused(raised("scoring"), RAISED, CLOCK, "NothingToDo", "case/c-1")


@pytest.mark.parametrize(
    "told",
    [GONE, case(sanction("party_warning")), case(sanction("demotion"), unit=ELSEWHERE),
     case(sanction("demotion", effective_on=date(2025, 1, 1))), case(sanction("demotion"), id_="c-2")],
    ids=["rescinded", "lighter", "another unit", "another year", "another case"],
)  # fmt: skip
def test_a_veto_no_case_brings_is_not_raised(told: Case) -> None:
    refused(reached("scoring").with_cases(told), RAISED, CLOCK, "NotKnown", "case/c-1")


@pytest.mark.parametrize(
    "change", [{"finding": "major_case"}, {"outcome": "dismissal"}, {"since": None}, {"late": True}], ids=str
)
def test_a_veto_is_raised_as_its_case_brings_it(change: dict[str, Any]) -> None:
    refused(reached("scoring").with_cases(HEAVY), replace(RAISED, **change), CLOCK, "NotKnown", "case/c-1")


def test_a_veto_counts_whether_or_not_the_clock_has_spoken() -> None:
    quiet = reached("scoring", cases=(HEAVY,))
    assert quiet.state.vetoes == ()
    scored = quiet.state.fact(Scored)
    assert scored is not None
    assert scored.result.grade == "fail"
    spoken = raised("site_inspection").sheets()
    spoken = spoken.do(agree(full(spoken)), GROUP)
    assert spoken.state.fact(Scored) == scored


@pytest.mark.parametrize("actor", [COMMITTEE, LEADERS, CLOCK], ids=lambda a: a.role)
@pytest.mark.parametrize(
    "told", [(GONE,), (), (case(sanction("admonition"), by="office-1"),)], ids=["rescinded", "no case", "lighter"]
)
def test_a_cases_veto_is_lifted_when_the_case_no_longer_brings_it(actor: Actor, told: tuple[Case, ...]) -> None:
    world = raised("scoring").with_cases(*told)
    after = world.do(LiftVeto(veto="case/c-1", reason=recorded_reason(VETO_GROUND_CHANGED)), actor)
    assert after.state.vetoes == ()


@pytest.mark.parametrize("actor", [COMMITTEE, LEADERS, CLOCK], ids=lambda a: a.role)
def test_a_cases_veto_stands_while_its_case_does(actor: Actor) -> None:
    refused(raised("scoring"), LIFT, actor, "VetoStands", Text(zh="案件仍然有效", en="its case is still in force"))


def test_a_veto_that_does_not_stand_is_not_lifted() -> None:
    refused(reached("scoring"), LIFT, COMMITTEE, "NotKnown", "case/c-1")


def test_the_recorder_of_a_case_does_not_lift_its_veto_though_it_is_gone() -> None:
    gone = case(sanction("demotion"), rescinded=True, by="leader-9")
    refused(raised("scoring").with_cases(gone), LIFT, person("leading_group", "leader-9"), "SamePerson")


def test_a_case_and_a_judgement_are_two_vetoes() -> None:
    world = raised("scoring").do(RecordVeto(finding="other_serious", reason=REASON), COMMITTEE)
    assert [v.id for v in world.state.vetoes] == ["case/c-1", f"judged/{world.state.version}"]
    assert [v.id for v in due_vetoes(world.state, world.context(CLOCK))] == ["case/c-1"]


def test_a_raised_veto_without_its_case_does_not_count() -> None:
    world = raised("scoring").with_cases()
    assert due_vetoes(world.state, world.context(CLOCK)) == ()


# -- other records than cases ----------------------------------------------------------------------


def words(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def with_accidents() -> Rulebook:
    """The shipped rulebook with one more kind of record, whose gravest option lowers the grade to 合格."""
    named = {"title": words("accident"), "clause": "第八条（三）"}
    options = [{"key": key, "title": words(key)} for key in ("light", "grave")]
    scale = RAW["scale"][0]
    limit = {**named, "key": "accident", "not_above": "pass", "when": [{"of": "accident", "at_least": 1}]}
    rows = [
        {"is": {"gravity": ["grave"]}, "raises": "accident", "clause": "第八条（三）"},
        {"is": {"gravity": ["light"]}, "clause": "第八条（三）"},
    ]
    return Rulebook.model_validate(
        {
            **RAW,
            "record": [
                *RAW["record"],
                {
                    **named, "key": "accident", "personal": False, "by": ["office"],
                    "field": [{"key": "gravity", "title": words("gravity"), "option": options}],
                },
            ],
            "ladder": [*RAW["ladder"], {**named, "key": "accidents", "record": "accident", "row": rows}],
            "value": [*RAW["value"], {**named, "key": "accident", "kind": "finding"}],
            "scale": [{**scale, "limit": [*scale["limit"], limit]}],
        }
    )  # fmt: skip


ACCIDENT = Record(
    stream="record/r-1", version=1, recorders=frozenset({"office-1"}), versions=(1,),
    body=RecordBody(
        record="accident", unit=Opaque(UNIT), acted_on=date(2026, 9, 1),
        lines=(RecordedLine(fields={"gravity": "grave"}),),
    ),
)  # fmt: skip


def test_a_record_of_any_kind_gives_a_veto_where_a_limit_reads_its_finding() -> None:
    world = reached("opening")
    context = replace(world.context(CLOCK), rulebook=with_accidents(), records=(ACCIDENT,))
    assert due_vetoes(world.state, context) == (DueVeto("record/r-1", "accident", "grave", date(2026, 9, 1)),)
    (result,) = results_of(inputs_of(world.state, ScoreSheet(marks=full(world)), context), context.rulebook)
    assert (result.by_row, result.grade, result.limits) == ("excellent", "pass", ("accident",))


def test_the_recorder_of_a_record_that_vetoes_does_not_take_it_back() -> None:
    rulebook, light = with_accidents(), RecordedLine(fields={"gravity": "light"})
    lighter = replace(ACCIDENT, body=replace(ACCIDENT.body, lines=(light,)))
    assert record_recorders(ACCIDENT, lighter, rulebook) == {"office-1"}
    assert record_recorders(ACCIDENT, replace(ACCIDENT, rescinded=True), rulebook) == {"office-1"}
    assert record_recorders(lighter, replace(lighter, rescinded=True), rulebook) == set()
