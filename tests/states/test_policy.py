"""Who may do what: every role, every act, every stage. Deny unless named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states import policy
from states.accounts import account, credentials, deputies
from states.acts import ACTS
from states.assessment import Assessment, Veto
from states.cases.case import RecordCase, RescindCase, ReviseCase
from states.cases.routine_check import (
    AcceptAnswer,
    AnswerRoutineCheck,
    CorrectRoutineCheck,
    ReturnAnswer,
    WithdrawRoutineCheck,
)
from states.cases.vetoes import LiftVeto, RaiseVeto, RecordVeto
from states.chart import decide
from states.context import Context
from states.custody import confidential, confirmed_time, seals, tables
from states.deadlines.assignment import Assign
from states.deadlines.chase import Chase
from states.deadlines.rectification import EscalateCheck, RemindOfCheck
from states.deadlines.reminders import Escalate, LapseReminders, MoveDeadline, Remind
from states.deadlines.review import AskReview, DecideReview
from states.papers import issue, template
from states.policy import RULES, clause_of, entitled_roles, title
from states.records.case import Case, CaseBody
from states.records.routine_check import RoutineCheck
from states.refusals import Refusal
from states.rulebook.clauses import cite
from states.stages.evidence import RequestDocument, SupplyDocument
from states.stages.opening import SubstituteMember, UndoStep, Withdraw
from states.stages.reopening import ReopenResult
from states.stages.scoring import NoteStaleScore, ReturnScore
from states.stages.self_report import ReturnSelfReport
from states.stages.value_report import ReportValues, RestoreItem, WaiveItem
from states.stream_kinds import initial_state
from states.vocabulary import CLOCK, Actor, Command, Opaque, Text
from states.year.reorganisation import ReorganiseUnit, RestoreUnit
from states.year.roster import ChangeUnit, RegisterUnit, RenameUnit
from states.year.visits import MoveVisit, PlanVisits
from states.year.year import CloseYear, MoveYearDeadline, OpenYear

from .law import (
    ASSESSOR,
    ASSESSOR_2,
    CHART,
    COMMITTEE,
    DAYS,
    DISCIPLINE,
    DUE,
    ELSEWHERE,
    GROUP,
    HEADS,
    LATE,
    MEMBERS,
    OFFICE,
    OURS,
    RAW,
    REASON,
    ROLES,
    RULEBOOK,
    STAGES,
    UNIT,
    YEAR,
    World,
    agree,
    approve,
    ballot,
    body,
    case,
    chart,
    check_sentence,
    checked,
    circulate,
    fill,
    full,
    inspection,
    interviews,
    meeting,
    opening,
    person,
    posting,
    reached,
    refused,
    review,
    roles_of,
    routine_check,
    sanction,
    self_report,
    step,
    task,
)
from .test_chart import EDGES
from .test_visits import visit

W = reached("site_inspection")
ANY: dict[str, Command] = {
    command.act: command
    for command in (
        opening(), self_report(W), meeting(W), ballot(W), interviews(W), review(W), inspection(W), posting(W),
        step(W),
        agree(full(W)), fill(full(W)), approve(reached("scoring")), circulate(W), task(),
        ReturnSelfReport(reason=REASON), ReturnScore(reason=REASON), Withdraw(reason=REASON), UndoStep(reason=REASON),
        NoteStaleScore(sources=("c-1",)), ReopenResult(sources=("c-1",), reason=REASON),
        SubstituteMember(leaves=MEMBERS[0].person, since=DAYS["opening"]),
        MoveDeadline(stage="circulation", due=date(2027, 1, 4), reason=REASON),
        Remind(stage="meeting", due=DUE["meeting"], step_name="-5", to="working_group"),
        Escalate(stage="meeting", due=DUE["meeting"], step_name="up+3", to="leading_group"),
        LapseReminders(stage="meeting", due=DUE["meeting"], step_names=("-7",)),
        RecordVeto(finding="major_case", reason=REASON), LiftVeto(veto="case/c-1", reason=REASON),
        RaiseVeto(veto="case/c-1", finding="heavy_sanction", outcome="demotion", since=None, late=False),
        RecordCase(**body(sanction("admonition"))), ReviseCase(**body(sanction("admonition")), reason=REASON),
        RescindCase(reason=REASON, document=REASON), OpenYear(year=2026, units=(UNIT,), due=DUE),
        MoveYearDeadline(stage="scoring", due=date(2026, 12, 22), reason=REASON), CloseYear(),
        PlanVisits(visits=(visit(UNIT),)), MoveVisit(visit=visit(UNIT, begins="10:00"), reason=REASON),
        RegisterUnit(unit=UNIT, title="艺术学院", unit_kind="college", heads=HEADS, members=MEMBERS, staff=40),
        ChangeUnit(unit=UNIT, title="艺术学院", unit_kind="college", heads=HEADS, members=MEMBERS, staff=40),
        routine_check(), WithdrawRoutineCheck(reason=REASON), AnswerRoutineCheck(answer=REASON),
        CorrectRoutineCheck(checked_on=date(2026, 10, 12), checked_by=("office-3",), observation=REASON, reason=REASON),
        AcceptAnswer(accepted_on=DAYS["opening"]), ReturnAnswer(reason=REASON),
        RemindOfCheck(
            stage="routine_check", due=DAYS["opening"], step_name="0", to="unit", superseded=("-5", "-3", "-1")
        ),
        EscalateCheck(stage="routine_check", due=DAYS["opening"], step_name="up+3", to="office"),
        RenameUnit(unit=UNIT, title="艺术与设计学院", since=date(YEAR, 9, 1), reason="更名"),
        ReorganiseUnit(unit=UNIT, since=date(YEAR, 9, 1), final_year=YEAR - 1, reason="撤销"),
        RestoreUnit(unit=UNIT, reason="登记有误"),
        ReportValues(numbers={"survey": Decimal(88)}), WaiveItem(item="survey", reason=REASON),
        RestoreItem(item="survey", reason=REASON),
        RequestDocument(element="a1-1.1.1", what=REASON, due=date(2027, 1, 4)),
        SupplyDocument(request="document/9", remark=REASON),
        Chase(stage="meeting", reason=REASON), Assign(stage="meeting", accounts=(Opaque("group-2"),)),
        AskReview(window="review", asked_on=DAYS["circulation"], reason=REASON),
        DecideReview(window="review", decision="stands", decided_on=DAYS["circulation"], reason=REASON),
    )
}  # fmt: skip
"""One command of every act; whether its contents fit is not asked here."""

WORLDS = {"unopened": World(), "withdrawn": reached("opening").do(Withdraw(reason=REASON), OFFICE)}
WORLDS |= {stage: reached(stage) for stage in STAGES}
GATE = {"NotNow", "NotThere", "AlreadyThere", "NotYours", "OwnUnit", "OtherUnit", "Malformed"}


def outcome(world: World, command: Command, actor: Actor) -> str:
    """The refusal's code, or `accepted`."""
    try:
        world.decide(command, actor)
    except Refusal as refusal:
        return refusal.code
    return "accepted"


def actor_of(role: str) -> Actor:
    return CLOCK if role == "clock" else person(role, f"{role}-x")


def test_there_is_one_command_of_every_act() -> None:
    # The acts on records need a rulebook that lists kinds of record: tests/states/test_record.py. To settle, it needs a
    # standing: tests/workflow/test_standings.py. Those on papers: tests/states/test_papers.py.
    assert set(ANY) == set(ACTS) - policy.RECORD_ACTS - {"settle"} - set(account.ROLES_OF_ACT) - set(
        credentials.ROLES_OF_ACT
    ) - set(confidential.ROLES_OF_ACT) - set(confirmed_time.ROLES_OF_ACT) - set(seals.ROLES_OF_ACT) - set(
        tables.ROLES_OF_ACT
    ) - set(deputies.ROLES_OF_ACT) - set(issue.ROLES_OF_ACT) - set(template.ROLES_OF_ACT)


@pytest.mark.parametrize("stage", WORLDS)
@pytest.mark.parametrize("act", [a for a in ACTS if ACTS[a].state_type.__name__ == "Assessment"])
def test_every_act_in_every_stage_is_for_the_roles_the_rulebook_names_and_nobody_else(stage: str, act: str) -> None:
    world = WORLDS[stage].on(date(2027, 1, 1))
    allowed = roles_of(act, stage, task="filed")
    for role in ROLES:
        answer = outcome(world, ANY[act], actor_of(role))
        if (stage, act) not in EDGES:
            assert answer in {"NotNow", "NotThere", "AlreadyThere"}, (role, answer)
        elif role not in allowed:
            assert answer == "NotYours", (role, answer)
        else:
            assert answer not in GATE, (role, answer)


@pytest.mark.parametrize("act", [a for a in ANY if ACTS[a].state_type.__name__ != "Assessment"])
def test_every_act_on_cases_years_and_the_roster_is_for_the_roles_named(act: str) -> None:
    streams = {"Case": "case/c-1", "Year": "year/2026", "Roster": "roster", "RoutineCheck": "routine_check/r-1"}
    world = World(initial_state(streams[ACTS[act].state_type.__name__]))
    if act != "record_routine_check" and ACTS[act].state_type is RoutineCheck:
        world = checked()
    if act in ("accept_answer", "return_answer"):
        world = world.do(ANY["answer_routine_check"], OURS)
    if act == "escalate_check":
        world = world.do(ANY["remind_of_check"], CLOCK).on(date(2026, 11, 9))
    if act in ("revise_case", "rescind_case"):
        world = world.do(ANY["record_case"], person("office", "office-9"))
    if act in ("move_year_deadline", "close_year", "plan_visits", "move_visit"):
        world = world.do(ANY["open_year"], OFFICE)
    if act == "move_visit":
        world = world.do(ANY["plan_visits"], OFFICE)
    if act in ("change_unit", "rename_unit", "reorganise_unit", "restore_unit"):
        world = world.do(ANY["register_unit"], OFFICE)
    if act == "restore_unit":
        world = world.do(ANY["reorganise_unit"], OFFICE)
    for role in ROLES:
        expected = "accepted" if role in roles_of(act) else "NotYours"
        assert outcome(world, ANY[act], actor_of(role)) == expected, role


@pytest.mark.parametrize("role", ["", "nobody", "Office", "office ", "系统自动"])
def test_a_role_the_rulebook_does_not_know_may_do_nothing(role: str) -> None:
    for stage, act in EDGES:
        assert outcome(WORLDS[stage], ANY[act], Actor("x", role)) == "NotYours"


def test_a_refused_role_hears_who_may_and_by_which_clause() -> None:
    refusal = refused(
        reached("scoring"), approve(reached("scoring")), OFFICE, "NotYours", RULEBOOK.role_title("committee"),
        RULEBOOK.role_title("office"),
    )  # fmt: skip
    assert refusal.details["clause"] == "第八条（二）"
    assert refusal.grave


@pytest.mark.parametrize("act", [a["command"] for a in RAW["act"]])
def test_what_the_measure_does_not_say_is_not_said_in_its_name(act: str) -> None:
    told = next(a for a in RAW["act"] if a["command"] == act)
    ours = told["source"] == "ours"
    said = clause_of(act, RULEBOOK)
    assert said == (
        Text(zh=f"本系统默认·{told['clause']}", en=f"our default for {cite(told['clause']).en}")
        if ours
        else told["clause"]
    )


@pytest.mark.parametrize(
    ("stage", "act", "actor"),
    [
        ("scoring", "return_score", OFFICE), ("opening", "withdraw", COMMITTEE), ("opening", "substitute_member", GROUP),
        ("opening", "return_self_report", OFFICE),
    ],
    ids=["wrong role", "wrong role too", "and too", "wrong stage"],
)  # fmt: skip
def test_a_refusal_of_an_act_of_ours_says_that_it_is_ours(stage: str, act: str, actor: Actor) -> None:
    with pytest.raises(Refusal) as caught:
        reached(stage).decide(ANY[act], actor)
    check_sentence(caught.value, clause_of(act, RULEBOOK))
    assert "本系统默认" in caught.value.render("zh")
    assert "our default" in caught.value.render("en")


def test_the_rules_of_an_act_of_ours_are_ours_too() -> None:
    world = reached("opening")
    changed = SubstituteMember(leaves="p-nobody", since=DAYS["opening"])
    moved = MoveDeadline(stage="circulation", due=DUE["circulation"], reason=REASON)
    assert refused(world, changed, OFFICE, "NotKnown").details["clause"] == clause_of("substitute_member", RULEBOOK)
    assert refused(world, moved, OFFICE, "NothingToDo").details["clause"] == clause_of("move_deadline", RULEBOOK)


# -- the clock -------------------------------------------------------------------------------------

CLOCKS_OWN = {
    "remind", "escalate", "lapse_reminders", "raise_veto", "note_stale_score", "remind_of_check", "escalate_check",
}  # fmt: skip


def test_these_acts_are_the_clocks_alone() -> None:
    assert {a for a in ACTS if roles_of(a) == {"clock"}} == CLOCKS_OWN


@pytest.mark.parametrize("act", sorted(a for a in ACTS if "clock" in roles_of(a)))
@pytest.mark.parametrize(
    "impostor",
    [Actor("office-1", "clock"), Actor("clock", "clock", "u-arts"), Actor("Clock", "clock"), Actor("clock-2", "clock")],
    ids=["person", "with a unit", "misspelt", "second"],
)
def test_a_person_calling_himself_the_clock_is_refused(act: str, impostor: Actor) -> None:
    streams = {"Case": "case/c-1", "Year": "year/2026", "Roster": "roster", "RoutineCheck": "routine_check/r-1"}
    room = ACTS[act].state_type.__name__
    if room == "Assessment":
        for stage, edge in EDGES:
            if edge == act:
                assert outcome(WORLDS[stage], ANY[act], impostor) == "NotYours"
    else:
        begun = checked() if room == "RoutineCheck" else World(initial_state(streams[room]))
        assert outcome(begun, ANY[act], impostor) == "NotYours"


def test_the_clock_has_no_act_of_a_person() -> None:
    """Nothing that judges or says what took place is the clock's: only what follows from dates and cases."""
    assert {a for a in ACTS if "clock" in roles_of(a)} == CLOCKS_OWN | {
        "open_assessment", "open_year", "lift_veto", "reopen_result", "move_deadline",
    }  # fmt: skip


# -- the own unit ----------------------------------------------------------------------------------

ALLOWED_AT_HOME = {
    "open_assessment", "circulate", "complete_task", "ask_review", "move_deadline", "chase", "substitute_member", "submit_self_report", "supply_document",
    "keep_value", "erase_value", "open_year", "move_year_deadline", "close_year", "register_unit", "change_unit",
    "rename_unit", "reorganise_unit", "restore_unit",
    *account.ROLES_OF_ACT, *credentials.ROLES_OF_ACT, *deputies.ROLES_OF_ACT, *confirmed_time.ROLES_OF_ACT, *tables.ROLES_OF_ACT, *seals.ROLES_OF_ACT,
    *issue.ROLES_OF_ACT, *template.ROLES_OF_ACT,
}  # fmt: skip


@pytest.mark.parametrize(("stage", "act"), [e for e in EDGES if e[0] != "unopened"])
def test_nobody_judges_the_own_unit(stage: str, act: str) -> None:
    for role in roles_of(act, stage, task="filed") - {"clock", "unit"}:
        answer = outcome(WORLDS[stage].on(date(2027, 1, 1)), ANY[act], person(role, "x-1", UNIT))
        assert (answer == "OwnUnit") == (act not in ALLOWED_AT_HOME), (role, answer)


def test_arranging_the_own_units_assessment_is_no_judging() -> None:
    assert {a for a, rule in RULES.items() if rule.own_unit == "allowed"} == ALLOWED_AT_HOME
    assert outcome(World(), opening(), person("office", unit=UNIT)) == "accepted"


@pytest.mark.parametrize("act", ["revise_case", "rescind_case"])
def test_nobody_changes_what_is_on_record_against_the_own_unit(act: str) -> None:
    world = World(initial_state("case/c-1")).do(ANY["record_case"], person("office", "office-9"))
    assert outcome(world, ANY[act], person("office", "office-8", UNIT)) == "OwnUnit"


def test_recusal_names_the_unit_and_its_clause() -> None:
    world = reached("scoring")
    refusal = refused(world, approve(world), person("committee", unit=UNIT), "OwnUnit", UNIT)
    assert refusal.details["clause"] == RULEBOOK.readings["recusal"].clause
    assert refusal.grave


def test_a_member_of_another_unit_judges_this_one() -> None:
    world = reached("scoring")
    assert outcome(world, approve(world), person("committee", unit=ELSEWHERE)) == "accepted"


def test_a_unit_acts_for_itself_only() -> None:
    world = reached("opening").on(DAYS["self_report"])
    for stranger in (person("unit", unit=ELSEWHERE), Actor("x", "unit", None)):
        refusal = refused(world, self_report(world), stranger, "OtherUnit", UNIT, stranger.unit or "—")
        assert refusal.grave
    done = world.do(self_report(world), OURS)
    refused(done, UndoStep(reason=REASON), person("unit", unit=ELSEWHERE), "OtherUnit", UNIT)


# -- two pairs of eyes -----------------------------------------------------------------------------


@pytest.mark.parametrize("scorer", [ASSESSOR.id, ASSESSOR_2.id, GROUP.id])
@pytest.mark.parametrize("act", ["approve", "return_score"])
def test_who_gave_points_neither_approves_nor_returns_the_score(scorer: str, act: str) -> None:
    world = reached("scoring")
    command = approve(world) if act == "approve" else ANY[act]
    refusal = refused(world, command, person("committee", scorer), "SamePerson", title(act, RULEBOOK))
    assert refusal.grave
    assert outcome(world, command, COMMITTEE) == "accepted"


def test_who_filled_a_sheet_in_an_earlier_round_still_does_not_approve() -> None:
    world = reached("scoring").do(ReturnScore(reason=REASON), COMMITTEE)
    world = world.do(agree(full(world)), person("working_group", "group-2"))
    refused(world, approve(world), person("committee", ASSESSOR.id), "SamePerson")


@pytest.mark.parametrize("back", [(ReturnScore(reason=REASON), COMMITTEE), (UndoStep(reason=REASON), GROUP)])
def test_who_agreed_a_score_that_was_taken_back_does_not_approve_the_next(back: tuple[Command, Actor]) -> None:
    world = reached("scoring").do(*back)
    world = world.do(agree(full(world)), person("working_group", "group-2"))
    for scorer in (GROUP.id, "group-2"):
        refused(world, approve(world), person("committee", scorer), "SamePerson")
        refused(world, ReturnScore(reason=REASON), person("committee", scorer), "SamePerson")
    assert outcome(world, approve(world), COMMITTEE) == "accepted"


def test_who_gave_points_before_a_withdrawal_is_no_scorer_of_what_is_opened_again() -> None:
    world = reached("scoring").do(Withdraw(reason=REASON), OFFICE).do(opening(due=LATE), OFFICE)
    assert world.state.scorers == frozenset()


def heavy() -> Case:
    return case(sanction("demotion"), by="office-1")


def test_who_recorded_a_case_does_not_rescind_or_revise_its_veto_away() -> None:
    world = World(heavy())
    lighter = ReviseCase(**body(sanction("party_warning")), reason=REASON)
    gone = RescindCase(reason=REASON, document=REASON)
    moved = ReviseCase(**body(sanction("demotion"), unit=ELSEWHERE), reason=REASON)
    later = ReviseCase(**body(sanction("demotion", effective_on=date(2025, 10, 8))), reason=REASON)
    opened = ReviseCase(**body(sanction("under_investigation", effective_on=None, document=None)), reason=REASON)
    for command in (lighter, gone, moved, later, opened):
        refused(world, command, OFFICE, "SamePerson")
        assert outcome(world, command, DISCIPLINE) == "accepted"


def test_who_recorded_a_case_may_change_it_where_no_veto_goes() -> None:
    still = ReviseCase(**body(sanction("dismissal")), reason=REASON)
    assert outcome(World(heavy()), still, OFFICE) == "accepted"
    light = World(case(sanction("admonition"), by="office-1"))
    for command in (ReviseCase(**body(sanction("demotion")), reason=REASON), ANY["rescind_case"]):
        assert outcome(light, command, OFFICE) == "accepted"


def test_the_recorder_is_held_to_it_also_where_a_case_counts_in_the_year_of_the_act() -> None:
    old = case(sanction("demotion"), acted_on=date(2025, 3, 1), by="office-1")
    world = World(old, chart=chart(case_year="act"))
    lighter = ReviseCase(**body(sanction("party_warning"), acted_on=date(2025, 3, 1)), reason=REASON)
    refused(world, lighter, OFFICE, "SamePerson")
    refused(world, ANY["rescind_case"], OFFICE, "SamePerson")


def test_the_recorder_is_held_to_it_for_the_unit_now_as_well() -> None:
    moved = case(sanction("demotion"), unit_now=ELSEWHERE, by="office-1")
    world = World(moved, chart=chart(attribution="unit_now"))
    back = ReviseCase(**body(sanction("demotion")), reason=REASON)
    refused(world, back, OFFICE, "SamePerson")


def test_who_recorded_the_case_or_the_judgement_does_not_lift_its_veto() -> None:
    base = reached("scoring")
    case_veto = Veto("case/c-1", "heavy_sanction", frozenset({"clock"}))
    judged = Veto("judged/9", "major_case", frozenset({"committee-1"}))
    from msgspec.structs import replace

    world = World(replace(base.state, vetoes=(case_veto, judged)), now=base.now)
    gone = case(sanction("demotion"), rescinded=True, by="committee-7")
    world = world.with_cases(gone)
    refused(world, LiftVeto(veto="case/c-1", reason=REASON), person("committee", "committee-7"), "SamePerson")
    assert outcome(world, LiftVeto(veto="case/c-1", reason=REASON), COMMITTEE) == "accepted"
    refused(world, LiftVeto(veto="judged/9", reason=REASON), COMMITTEE, "SamePerson")
    assert outcome(world, LiftVeto(veto="judged/9", reason=REASON), person("committee", "committee-7")) == "accepted"


# -- who is meant ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "by"), [(c["key"], c["by"]) for c in RAW["task"]])
def test_a_task_is_done_by_those_it_is_given_to(key: str, by: list[str]) -> None:
    world = reached("circulation", "50")
    for role in ROLES:
        answer = outcome(world, task(key), actor_of(role))
        assert answer == ("accepted" if role in by else "NotYours"), (key, role)


def test_a_task_nobody_has_is_nobodys() -> None:
    assert outcome(reached("circulation"), task("parade"), OFFICE) == "NotKnown"


@pytest.mark.parametrize("stage", STAGES[1:-1])
def test_a_step_is_undone_by_those_who_record_it(stage: str) -> None:
    for role in ROLES:
        answer = outcome(WORLDS[stage], ANY["undo_step"], actor_of(role))
        assert (answer == "accepted") == (role in roles_of("undo_step", stage)), (stage, role)


def test_nobody_is_entitled_to_an_act_no_rulebook_names() -> None:
    assert entitled_roles("post_result", None, None, RULEBOOK)[0] == ()
    assert entitled_roles("declare_victory", None, None, RULEBOOK)[0] == ()
    assert title("declare_victory", RULEBOOK).zh == "declare_victory"


@given(data=st.data())
def test_who_was_found_entitled_before_changes_no_answer(data: st.DataObject) -> None:
    known: set[policy.EntitledActor] = set()
    ours = sorted(act for act in ANY if ACTS[act].state_type is Assessment)
    for _ in range(data.draw(st.integers(1, 12))):
        world, act = WORLDS[data.draw(st.sampled_from(sorted(WORLDS)))], data.draw(st.sampled_from(ours))
        role = data.draw(st.sampled_from([*ROLES, "clock", "nobody"]))
        unit = data.draw(st.sampled_from([UNIT, ELSEWHERE, None]))
        actor = Actor(data.draw(st.sampled_from(["office-1", "clock"])), role, unit)
        context = World(world.state, now=world.now).context(actor)
        assert _said(act, world, context, known) == _said(act, world, context, None)


def _said(act: str, world: World, context: Context, known: set[policy.EntitledActor] | None) -> str:
    try:
        policy.permit(act, world.state, ANY[act], context, known)
    except Refusal as refusal:
        return refusal.render("en")
    return ""


def test_an_act_taken_out_of_the_rulebook_is_for_nobody() -> None:
    fewer = RULEBOOK.model_copy(update={"act": tuple(a for a in RULEBOOK.act if a.command != "withdraw")})
    fewer.__dict__.pop("acts", None)
    world = reached("opening")
    context = World(world.state, now=world.now).context(OFFICE)
    from msgspec.structs import replace

    with pytest.raises(Refusal) as caught:
        decide(world.state, Withdraw(reason=REASON), replace(context, rulebook=fewer), CHART)
    assert caught.value.code == "NotYours"
    check_sentence(caught.value, Text(zh="无人", en="nobody"))


def test_the_recorders_of_a_case_are_those_who_recorded_or_revised_it() -> None:
    world = World(initial_state("case/c-1")).do(RecordCase(**body(sanction("admonition"))), OFFICE)
    assert world.state.recorders == {OFFICE.id}
    world = world.do(ReviseCase(**body(sanction("demotion")), reason=REASON), DISCIPLINE)
    assert world.state.recorders == {OFFICE.id, DISCIPLINE.id}
    assert isinstance(world.state.body, CaseBody)


@pytest.mark.parametrize("value", [GROUP, OFFICE])
def test_either_of_the_roles_named_for_a_step_may_take_it(value: Any) -> None:
    world = reached("self_report").on(DAYS["meeting"])
    assert outcome(world, meeting(world), value) == "accepted"
