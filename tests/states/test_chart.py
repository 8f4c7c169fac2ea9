"""The table of edges, the machine it is made of, and the one way from command to fact."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from transitions import MachineError

from states import policy
from states.accounts import account, credentials, deputies
from states.accounts.attempts import Access, RefusedCommand
from states.acts import ACT_OF_FACT, ACTS, FACTS, STAGE_COMMANDS, STAGE_FACTS, STAGE_OF_ACT
from states.assessment import UNOPENED, WITHDRAWN, AssessmentFact
from states.cases.case import CaseFact, RecordCase, RescindCase, ReviseCase
from states.cases.record import RecordFact
from states.cases.routine_check import RoutineCheckFact
from states.cases.vetoes import RaiseVeto, RecordVeto, due_vetoes
from states.chart import Chart, decide, stage_title
from states.custody import confidential, confirmed_time, seals, tables
from states.deadlines.reminders import MoveDeadline
from states.deadlines.review import REVIEW_ACTS
from states.papers import issue, template
from states.privacy import check_stream
from states.records.case import Case
from states.records.roster import Roster
from states.records.year import Year
from states.refusals import Malformed, Refusal
from states.rulebook.types import Rulebook
from states.stages.opening import UndoStep, Withdraw
from states.stages.reopening import ReopenResult
from states.stages.scoring import ReturnScore
from states.stages.self_report import ReturnSelfReport
from states.stages.value_report import VALUE_ACTS
from states.stream_kinds import fold, initial_state
from states.vocabulary import CLOCK, Text, snake
from states.year.roster import RegisterUnit, RosterFact
from states.year.year import OpenYear, YearFact

from .law import (
    CHART,
    COMMITTEE,
    DUE,
    GROUP,
    HEADS,
    KIND_OF_STAGE,
    LATE,
    OFFICE,
    OURS,
    RAW,
    REASON,
    RULEBOOK,
    STAGES,
    UNIT,
    YEAR,
    World,
    body,
    case,
    chart,
    check_sentence,
    meeting,
    opening,
    person,
    posting,
    reached,
    refused,
    replayed,
    rulebook,
    sanction,
    unstamped,
)

BEFORE = STAGES[:7]
JUDGED = STAGES[7:]

STAYING = ("record_veto", "raise_veto", "lift_veto", "remind", "escalate", "lapse_reminders")
"""What may be done in every stage and leaves it where it is."""

EDGES: dict[tuple[str, str], str] = {
    # forward: the ten stages of the 2021 measure, in order
    ("unopened", "open_assessment"): "opening",
    ("opening", "submit_self_report"): "self_report",
    ("self_report", "record_meeting"): "meeting",
    ("meeting", "record_ballot"): "democratic_evaluation",
    ("democratic_evaluation", "record_interviews"): "interviews",
    ("interviews", "review_documents"): "document_review",
    ("document_review", "inspect_site"): "site_inspection",
    ("site_inspection", "score"): "scoring",
    ("scoring", "approve"): "approval",
    ("approval", "circulate"): "circulation",
    # back
    ("self_report", "undo_step"): "opening",
    ("meeting", "undo_step"): "self_report",
    ("democratic_evaluation", "undo_step"): "meeting",
    ("interviews", "undo_step"): "democratic_evaluation",
    ("document_review", "undo_step"): "interviews",
    ("site_inspection", "undo_step"): "document_review",
    ("scoring", "undo_step"): "site_inspection",
    ("approval", "undo_step"): "scoring",
    ("self_report", "return_self_report"): "opening",
    ("scoring", "return_score"): "site_inspection",
    ("approval", "reopen_result"): "scoring",
    ("circulation", "reopen_result"): "scoring",
    ("withdrawn", "open_assessment"): "opening",
    **{(stage, "withdraw"): "withdrawn" for stage in (*BEFORE, "scoring")},
    # where it is
    ("scoring", "score"): "scoring",
    ("site_inspection", "fill_sheet"): "site_inspection",
    ("circulation", "complete_task"): "circulation",
    **{(stage, act): stage for stage in BEFORE[1:] for act in ("request_document", "supply_document")},
    **{(stage, "note_stale_score"): stage for stage in JUDGED},
    **{(stage, "substitute_member"): stage for stage in BEFORE},
    **{(stage, act): stage for stage in STAGES for act in STAYING},
    **{(stage, "move_deadline"): stage for stage in STAGES},
    **{(stage, act): stage for stage in STAGES for act in ("chase", "assign")},
}
"""Every edge of the 2021 edition, written out."""


def test_the_edges_of_the_2021_measure_are_these_and_no_others() -> None:
    assert CHART.edges == EDGES


@pytest.mark.parametrize("which", [{}, {"publicity": True}, {"without": "site_inspection"}, {"without": "self_report"}])
def test_machine_and_edges_agree_for_every_stage_and_act(which: dict[str, Any]) -> None:
    made = chart(**which)
    for stage in made.states:
        for act in ACTS:
            assert made.advance(stage, act) == made.edges.get((stage, act)), (stage, act)


def test_the_machine_is_built_once_and_moves_no_model_by_itself() -> None:
    machine = CHART.machine
    assert Chart(RULEBOOK).edges == CHART.edges
    assert machine.models == []
    assert not any(name.startswith("to_") for name in machine.events)
    for event in machine.events.values():
        for among in event.transitions.values():
            for edge in among:
                assert [*edge.conditions, *edge.prepare, *edge.before, *edge.after] == []
    for state in machine.states.values():
        assert [*state.on_enter, *state.on_exit] == []
    assert [*machine.before_state_change, *machine.after_state_change, *machine.prepare_event] == []
    assert machine.send_event is machine.has_queue is False


def test_a_stage_and_act_lead_to_one_stage_only() -> None:
    for event in CHART.machine.events.values():
        for source, among in event.transitions.items():
            assert len(among) == 1, (event.name, source)


def test_the_machine_refuses_what_the_table_does_not_hold() -> None:
    class Cursor:
        state = "opening"

    with pytest.raises(MachineError):
        CHART.machine.events["approve"].trigger(Cursor())
    assert CHART.advance("opening", "no_such_act") is None


def test_every_edge_is_of_a_known_act_between_known_stages() -> None:
    for (source, act), dest in CHART.edges.items():
        assert act in ACTS
        assert {source, dest} <= set(CHART.states)


def test_a_withdrawn_assessment_may_be_opened_again_and_nothing_else() -> None:
    assert CHART.open_acts(WITHDRAWN) == ("open_assessment",)


@pytest.mark.parametrize("stage", CHART.states)
def test_what_is_open_in_a_stage_is_what_the_table_says(stage: str) -> None:
    assert set(CHART.open_acts(stage)) == {act for source, act in EDGES if source == stage}


def test_publicity_stands_between_score_and_approval_where_a_rulebook_has_it() -> None:
    edges = chart(publicity=True).edges
    assert edges["scoring", "post_result"] == "publicity"
    assert edges["publicity", "approve"] == "approval"
    assert ("scoring", "approve") not in edges
    assert edges["publicity", "return_score"] == "site_inspection"
    assert edges["publicity", "undo_step"] == "scoring"
    assert edges["approval", "undo_step"] == "publicity"
    assert edges["circulation", "reopen_result"] == "scoring"
    assert edges["publicity", "note_stale_score"] == "publicity"


def test_a_stage_the_rulebook_leaves_out_is_stepped_over() -> None:
    edges = chart(without="self_report").edges
    assert edges["opening", "record_meeting"] == "meeting"
    assert all("self_report" not in act for _, act in edges)


@pytest.mark.parametrize("kind", STAGE_COMMANDS)
def test_each_stage_kind_has_a_command_whose_act_makes_the_fact_that_leads_there(kind: str) -> None:
    act = STAGE_COMMANDS[kind].act
    assert STAGE_OF_ACT[act] == kind
    assert ACTS[act].facts[0] is STAGE_FACTS[kind]


def test_stages_lead_where_the_user_named_them() -> None:
    assert tuple(RULEBOOK.stages) == STAGES


def test_acts_and_facts_are_one_to_one_but_for_the_void_ballot() -> None:
    assert set(FACTS) == set(ACT_OF_FACT) | {"RefusedCommand"}
    assert FACTS["RefusedCommand"] is RefusedCommand
    doubles = [act.command.act for act in ACTS.values() if len(act.facts) > 1]
    assert doubles == ["record_ballot"]
    for name, act in ACTS.items():
        assert act.command.act == name == snake(act.command.__name__)


def test_the_shipped_rulebook_names_every_act_but_the_optional_stages() -> None:
    named = {a["command"] for a in RAW["act"]} | {STAGE_COMMANDS[s["kind"]].act for s in RAW["stage"]}
    assert set(ACTS) - named == {
        "post_result",
        "take_step",
        "settle",
        *policy.RECORD_ACTS,
        *VALUE_ACTS,
        *REVIEW_ACTS,
        *account.ROLES_OF_ACT,
        *credentials.ROLES_OF_ACT,
        *deputies.ROLES_OF_ACT,
        *confidential.ROLES_OF_ACT,
        *confirmed_time.ROLES_OF_ACT,
        *tables.ROLES_OF_ACT,
        *seals.ROLES_OF_ACT,
        *issue.ROLES_OF_ACT,
        *template.ROLES_OF_ACT,
    }


@pytest.mark.parametrize("name", ACTS)
def test_each_act_belongs_to_the_stream_its_facts_fold_into(name: str) -> None:
    rooms = {
        AssessmentFact: "Assessment", CaseFact: "Case", YearFact: "Year", RosterFact: "Roster",
        account.AccountFact: "Account",
        confidential.ValueFact: "Value",
        tables.TableFact: "NotedTable",
        seals.SealFact: "Seals",
        confirmed_time.TimeConfirmed: "ConfirmedTime",
        RoutineCheckFact: "RoutineCheck",
        RecordFact: "Record",
        issue.PaperFact: "PapersOfYear",
        template.TemplateFact: "PaperTemplate",
    }  # fmt: skip
    fact = ACTS[name].facts[0]
    assert [room for base, room in rooms.items() if issubclass(fact, base)] == [ACTS[name].state_type.__name__]


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        ("assessment/2026/u-arts", "Assessment"), ("assessment/2026/u-arts/spring", "Assessment"),
        ("routine_check/r-1", "RoutineCheck"), ("case/c-1", "Case"), ("year/2026", "Year"), ("roster", "Roster"), ("access", "Access"),
        ("account/office-1", "Account"),
        ("vault/v-1", "Value"),
        ("seals", "Seals"), ("clock/time", "ConfirmedTime"),
    ],
)  # fmt: skip
def test_a_stream_begins_empty_as_its_name_says(stream: str, kind: str) -> None:
    state = initial_state(stream)
    assert type(state).__name__ == kind
    assert state.stream == stream
    assert state.version == 0


@pytest.mark.parametrize("stage", ["unopened", "withdrawn", *STAGES])
def test_every_stage_has_a_title_in_both_languages(stage: str) -> None:
    title = stage_title(stage, RULEBOOK)
    assert re.search("[一-龥]", title.zh)
    assert not re.search("[一-龥]", title.en)
    if stage in KIND_OF_STAGE:
        assert title == RULEBOOK.stages[KIND_OF_STAGE[stage]].title.text  # type: ignore[index]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_diagram_draws_every_moving_edge_and_names_every_stage(language: str) -> None:
    drawn = CHART.mermaid(language)
    assert drawn.startswith("stateDiagram-v2\n")
    for (source, _), dest in EDGES.items():
        assert (f"    {source} --> {dest}: " in drawn) == (source not in (UNOPENED, dest))
    for stage in (*STAGES, WITHDRAWN):
        assert f'state "{stage_title(stage, RULEBOOK).render(language)}" as {stage}' in drawn
    assert "    circulation --> [*]\n    withdrawn --> [*]\n" in drawn
    assert "[*] --> opening" in drawn


# -- not now, not there, already there ---------------------------------------------------------------


def test_an_act_out_of_its_stage_is_refused_saying_where_it_stands_and_what_is_possible() -> None:
    world = reached("opening")
    refusal = refused(
        world, meeting(world), GROUP, "NotNow", RULEBOOK.stages["meeting"].title.text, stage_title("opening", RULEBOOK),
        RULEBOOK.stages["self_report"].title.text,
    )  # fmt: skip
    assert refusal.details["clause"] == "第七条（二）1"
    assert "提醒" not in refusal.render("zh"), "the clock's acts are nothing to offer a person"


def test_an_act_the_rulebook_does_not_name_is_possible_nowhere() -> None:
    world = reached("scoring")
    refused(world, posting(world), OFFICE, "NotNow", Text(zh="本办法未列此项", en="not named in this measure"))


def test_a_withdrawn_assessment_offers_to_be_opened_again() -> None:
    world = reached("opening").do(Withdraw(reason=REASON), OFFICE)
    refused(world, meeting(world), GROUP, "NotNow", RULEBOOK.stages["opening"].title.text)


def test_nothing_is_done_in_an_assessment_that_was_not_opened() -> None:
    refused(
        World(), meeting(World()), GROUP, "NotThere", f"assessment/{YEAR}/{UNIT}", RULEBOOK.stages["opening"].title.text
    )


def test_an_assessment_is_opened_once() -> None:
    for stage in ("opening", "scoring", "circulation"):
        refused(reached(stage), opening(), OFFICE, "AlreadyThere", f"assessment/{YEAR}/{UNIT}")


def test_a_case_is_recorded_once_and_first() -> None:
    world = World(initial_state("case/c-1"))
    told = body(sanction("admonition"))
    refused(world, ReviseCase(**told, reason=REASON), OFFICE, "NotThere", "case/c-1")
    refused(world, RescindCase(reason=REASON, document=REASON), OFFICE, "NotThere", "case/c-1")
    world = world.do(RecordCase(**told), OFFICE)
    refused(world, RecordCase(**told), OFFICE, "AlreadyThere", "case/c-1")


def test_a_year_is_opened_once_and_first() -> None:
    from states.year.year import MoveYearDeadline

    world = World(initial_state("year/2026"))
    move = MoveYearDeadline(stage="meeting", due=date(2026, 12, 3), reason=REASON)
    refused(world, move, OFFICE, "NotThere", "year/2026")
    world = world.do(OpenYear(year=2026, units=(UNIT,), due=DUE), OFFICE)
    refused(world, OpenYear(year=2026, units=(UNIT,), due=DUE), OFFICE, "AlreadyThere", "year/2026")


_STREAMS = {
    "Assessment": lambda: reached("scoring").state,
    "Case": lambda: World(initial_state("case/c-1")).do(RecordCase(**body(sanction("admonition"))), OFFICE).state,
    "Year": lambda: World(initial_state("year/2026")).do(OpenYear(year=2026, units=(UNIT,), due=DUE), OFFICE).state,
    "Roster": Roster,
    "Access": Access,
}


@pytest.mark.parametrize("stream", _STREAMS)
@pytest.mark.parametrize("act", [Withdraw(reason=REASON), RescindCase(reason=REASON, document=REASON), opening(),
                                 OpenYear(year=2026, units=(UNIT,), due=DUE), RecordCase(**body(sanction("admonition"))),
                                 RegisterUnit(unit="u-1", title="教务处", unit_kind="college", heads=HEADS, staff=9)],
                         ids=lambda c: c.act)  # fmt: skip
def test_an_act_of_another_stream_is_refused_and_never_reaches_its_fold(stream: str, act: Any) -> None:
    world = World(_STREAMS[stream]())
    if ACTS[act.act].state_type.__name__ == stream:
        return
    refusal = refused(world, act, OFFICE, "Malformed", world.state.stream)
    assert refusal.details["what"] == world.state.stream


# -- names of streams ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stream",
    ["assessment/2026", "assessment/26/u", "assessment/2026/u/o/x", "assessment/2026/张三", "assessment/2026/U-Arts",
     "assessment/2026//x", "case/", "case/a/b", "case/李四", "year/26", "year/2026/x", "case/.."],
)  # fmt: skip
def test_a_stream_is_named_by_years_and_opaque_ids_only(stream: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_stream(stream)
    check_sentence(caught.value)


@pytest.mark.parametrize("stream", ["case/13800138000", "assessment/2026/u-13800138000", "case/45020319900101123x"])
def test_a_stream_is_not_named_by_a_phone_or_identity_number(stream: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_stream(stream)
    assert caught.value.code == "Personal"


def test_the_name_of_a_stream_is_looked_at_before_anything_else_is_said_of_it() -> None:
    """A grave refusal is recorded under the stream's name: so the name is checked first."""
    refused(World(initial_state("case/张三")), RecordCase(**body(sanction("admonition"))), OURS, "Malformed")


@pytest.mark.parametrize("stream", ["assessment/2026/u-arts", "assessment/2026/u-arts/spring", "case/c-1", "year/2026",
                                    "roster", "access", "case/0d9c13a8-1381-2345-6789-1f3800138000"])  # fmt: skip
def test_a_well_named_stream_passes(stream: str) -> None:
    check_stream(stream)


# -- folds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES[1:-1])
def test_undo_restores_the_state_before_the_step(stage: str) -> None:
    world = reached(stage)
    before = reached(STAGES[STAGES.index(stage) - 1])
    if stage == "scoring":
        before = before.sheets()
    by = {"self_report": OURS, "approval": COMMITTEE}.get(stage, GROUP)
    after = world.do(UndoStep(reason=REASON), by)
    assert unstamped(after.state, "scorers") == unstamped(before.state, "scorers")
    assert after.state.version == world.state.version + 1


def test_the_first_step_is_withdrawn_and_the_last_is_corrected_never_undone() -> None:
    for stage in ("opening", "circulation"):
        refused(reached(stage), UndoStep(reason=REASON), OFFICE, "NotNow")


def test_a_returned_self_report_leaves_the_assessment_opened() -> None:
    after = reached("self_report").do(ReturnSelfReport(reason=REASON), OFFICE)
    assert unstamped(after.state) == unstamped(reached("opening").state)


def test_a_returned_score_goes_back_before_scoring_and_keeps_the_sheets() -> None:
    for which, stage in (({}, "scoring"), ({"publicity": True}, "publicity")):
        world = reached(stage, **which)
        after = world.do(ReturnScore(reason=REASON), COMMITTEE)
        assert after.state.stage == "site_inspection"
        assert after.state.sheets == world.state.sheets


def test_withdrawing_keeps_what_was_done_and_ends_the_assessment() -> None:
    world = reached("interviews")
    after = world.do(Withdraw(reason=REASON), OFFICE)
    assert after.state.stage == WITHDRAWN
    assert after.state.steps[:-1] == world.state.steps


def test_an_assessment_opened_again_begins_afresh() -> None:
    """However far it had come: nothing of it is left but its version."""
    moved = MoveDeadline(stage="circulation", due=date(2027, 1, 5), reason=REASON)
    for stage in (*BEFORE, "scoring"):
        world = reached(stage, cases=(case(sanction("demotion")),)).do(moved, OFFICE)
        gone = world.do(_raised(world), CLOCK).do(Withdraw(reason=REASON), OFFICE)
        again = gone.do(opening(due=LATE), OFFICE)
        assert unstamped(again.state, "steps", "since") == unstamped(
            World().do(opening(due=LATE), OFFICE).state, "steps", "since"
        )
        assert [(s.stage, s.version) for s in again.state.steps] == [("opening", again.state.version)]
        assert again.state.version == gone.state.version + 1
        assert replayed(again) == again.state


def test_a_judgement_and_a_notice_outlive_a_withdrawal() -> None:
    """Else somebody who withdraws and opens again would lift a veto, or drop the notice a correction has to name."""
    world = reached("circulation").do(RecordVeto(finding="major_case", reason=REASON), COMMITTEE)
    world = world.do(ReopenResult(sources=("judged/13",), reason=REASON), CLOCK).do(Withdraw(reason=REASON), OFFICE)
    again = world.do(opening(due=LATE), OFFICE).state
    assert [v.id for v in again.vetoes] == ["judged/13"]
    assert again.circulated == ("柳职院党字〔2026〕88号",)


def _raised(world: World) -> RaiseVeto:
    (veto,) = due_vetoes(world.state, world.context(CLOCK))
    return RaiseVeto(veto=veto.id, finding=veto.finding, outcome=veto.outcome, since=veto.since, late=False)


def test_an_approved_result_is_not_withdrawn() -> None:
    for stage in ("approval", "circulation"):
        refused(reached(stage), Withdraw(reason=REASON), OFFICE, "NotNow")


def test_every_refused_attempt_of_consequence_counts_once_in_access() -> None:
    fact = RefusedCommand(act="approve", stream="assessment/2026/u-arts", refusal="NotYours")
    world = World(initial_state("access")).record(fact, OFFICE)
    assert world.state == Access(version=1)


def test_a_fold_is_pure() -> None:
    world = reached("meeting")
    fact, stamp, _ = world.done[-1]
    earlier = reached("self_report").state
    assert fold(earlier, fact, stamp) == fold(earlier, fact, stamp)


def test_decide_reads_no_clock_and_gives_the_same_fact_twice() -> None:
    world = reached("self_report").on(date(2026, 12, 1))
    command = meeting(world)
    assert world.decide(command, GROUP) == decide(world.state, command, world.context(GROUP), CHART)


@pytest.mark.parametrize("state", [Case(), Year()], ids=["case", "year"])
def test_the_states_of_the_other_streams_start_at_version_nought(state: Any) -> None:
    assert state.version == 0


def test_a_person_is_told_the_stage_before_the_role() -> None:
    """Stage, then role, then the stage's own rules: so a wrong role in a wrong stage hears of the stage."""
    refused(reached("opening"), meeting(World()), person("unit"), "NotNow")


def test_rulebooks_with_other_readings_have_the_same_edges() -> None:
    other: Rulebook = rulebook(deduction_unit="person", open_cases="block")
    assert Chart(other).edges == EDGES
