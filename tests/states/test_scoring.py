"""Sheets, the agreed score, and when a score no longer says what the rules say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from states.cases.vetoes import RecordVeto
from states.chart import check_recorded
from states.records.case import Case
from states.refusals import Refusal
from states.result.basis import open_records
from states.stages.opening import UndoStep
from states.stages.reopening import ReopenResult
from states.stages.scoring import (
    FillSheet,
    NoteStaleScore,
    ReturnScore,
    Score,
    Scored,
    changed_sources,
    is_stale,
    sources_text,
)
from states.vocabulary import CLOCK, Text, Words
from tests import entered

from .law import (
    ASSESSOR,
    ASSESSOR_2,
    COMMITTEE,
    DAYS,
    ELSEWHERE,
    GROUP,
    LEADERS,
    OFFICE,
    REASON,
    RULEBOOK,
    STAGES,
    World,
    agree,
    approve,
    case,
    check_sentence,
    circulate,
    fill,
    full,
    marks,
    pending,
    reached,
    reasons,
    refused,
    sanction,
)

CLAUSE = "第八条（一）"
ADMONITION = case(sanction("admonition"))


@pytest.fixture
def world() -> World:
    return reached("site_inspection").on(DAYS["scoring"])


# -- sheets ----------------------------------------------------------------------------------------


def test_each_assessor_fills_a_sheet_and_filling_again_replaces_it(world: World) -> None:
    once = world.do(fill(marks("80")), ASSESSOR).do(fill(marks("85")), ASSESSOR_2)
    again = once.do(fill(marks("90")), ASSESSOR)
    assert again.state.stage == "site_inspection"
    assert {who: sum(sheet.marks.values()) for who, sheet in again.state.sheets.items()} == {
        "assessor-1": 90,
        "assessor-2": 85,
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"a1-1.1.1": Decimal("6.5")}, "OutOfRange"), ({"a1-1.1.1": Decimal("-0.5")}, "OutOfRange"),
        ({"a1-1.1.1": Decimal("0.1")}, "OutOfRange"), ({"a1-1.1.1": Decimal("NaN")}, "OutOfRange"),
        ({"a2-1.1.1": Decimal(1)}, "NotKnown"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [FillSheet, Score])
def test_a_sheet_and_an_agreed_score_give_points_as_the_annex_allows(
    world: World, command: Any, change: dict[str, Decimal], code: str
) -> None:
    asked = command(marks={**full(world), **change})
    refused(world.sheets(), asked, GROUP, code, next(iter(change)).removeprefix("a1-"))


@pytest.mark.parametrize("command", [FillSheet, Score])
def test_no_element_is_forgotten(world: World, command: Any) -> None:
    given = full(world)
    given.pop("a1-4.3.2")
    refused(world.sheets(), command(marks=given), GROUP, "Incomplete", "a1-4.3.2")


@pytest.mark.parametrize("command", [FillSheet, Score])
def test_an_assessor_who_takes_points_away_says_why_for_every_element_at_once(world: World, command: Any) -> None:
    given = {**full(world), "a1-1.1.1": Decimal(5), "a1-2.1.2": Decimal("3.5"), "a1-4.3.2": Decimal(0)}
    told = reasons(given)
    places = (
        Text(zh="1.1.1", en="1.1.1"),
        Text(zh="2.1 下的 2.2.2", en="2.2.2 under 2.1"),
        Text(zh="4.3.2", en="4.3.2"),
    )
    every = [Text(zh=f"要素 {one.zh} 的扣分理由", en=f"points lost at {one.en}") for one in places]
    refusal = refused(world.sheets(), command(marks=given), GROUP, "SeveralFaults", *every)
    assert [one.field for one in refusal.faults] == ["reasons.a1-1.1.1", "reasons.a1-2.1.2", "reasons.a1-4.3.2"]
    told.pop("a1-2.1.2")
    refused(
        world.sheets(),
        command(marks=given, reasons=told),
        GROUP,
        "Incomplete",
        Text(zh="要素 2.1 下的 2.2.2 的", en="points lost at 2.2.2 under 2.1 ("),
    )


@pytest.mark.parametrize("command", [FillSheet, Score])
def test_a_reason_at_full_marks_is_refused_at_its_element(world: World, command: Any) -> None:
    given = {**full(world), "a1-1.1.1": Decimal(5)}
    told = reasons(given) | {"a1-1.2.1": Words("留下的理由"), "a1-4.3.2": Words("留下的理由")}
    refusal = refused(
        world.sheets(), command(marks=given, reasons=told), GROUP, "SeveralFaults", Text(zh="未扣分", en="full marks")
    )
    assert [one.field for one in refusal.faults] == ["reasons.a1-1.2.1", "reasons.a1-4.3.2"]


@pytest.mark.parametrize("command", [FillSheet, Score])
def test_a_reason_is_of_an_element_of_the_annex_and_names_nobody_by_number(world: World, command: Any) -> None:
    given = full(world)
    refused(world.sheets(), command(marks=given, reasons={"a2-1.1.1": "无"}), GROUP, "NotKnown", "a2-1.1.1")
    for said, code in (("致电 13800138000 核实", "Personal"), ("  ", "Malformed"), ("字" * 501, "Malformed")):
        given["a1-1.1.1"] = Decimal(5)
        refused(world.sheets(), command(marks=given, reasons={"a1-1.1.1": said}), GROUP, code)


def test_the_sheet_and_the_agreed_score_keep_their_reasons(world: World) -> None:
    given = {**full(world), "a1-1.1.1": Decimal(5)}
    why = Words("第二次党课没有签到")
    own = world.sheets().do(FillSheet(marks=given, reasons={"a1-1.1.1": why}), ASSESSOR)
    assert own.state.sheets["assessor-1"].reasons == {"a1-1.1.1": why}
    scored = own.do(Score(marks=given, reasons={"a1-1.1.1": why}), GROUP).state.fact(Scored)
    assert scored is not None
    assert scored.reasons == {"a1-1.1.1": why}


def test_a_recorded_score_that_does_not_say_why_is_found_by_the_replay(world: World) -> None:
    world = world.sheets()
    fact = world.decide(agree({**full(world), "a1-1.1.1": Decimal(5)}), GROUP)
    check_recorded(world.state, fact, world.context(GROUP), world.chart)
    with pytest.raises(Refusal):
        check_recorded(world.state, replace(fact, reasons={}), world.context(GROUP), world.chart)


# -- the score -------------------------------------------------------------------------------------


def test_the_agreed_sheet_is_the_working_groups_and_no_mean_of_the_sheets(world: World) -> None:
    state = world.sheets(marks("80")).do(agree(marks("91")), GROUP).state
    scored = state.fact(Scored)
    assert scored is not None
    assert (scored.result.score, scored.result.grade) == (Decimal(91), "excellent")
    assert state.stage == "scoring"


def test_a_score_takes_two_sheets(world: World) -> None:
    one = world.do(fill(full(world)), ASSESSOR)
    for few, have in ((world, 0), (one, 1), (one.do(fill(full(world)), ASSESSOR), 1)):
        refusal = refused(few, agree(full(world)), GROUP, "Incomplete", "2", have)
        assert refusal.details["clause"] == CLAUSE


def test_a_score_that_holds_is_not_made_again() -> None:
    world = reached("scoring")
    refused(world, agree(marks("90")), GROUP, "NothingToDo")


def test_a_stale_score_is_made_again_and_replaces_the_first() -> None:
    world = reached("scoring", "92").with_cases(ADMONITION)
    again = world.do(agree(marks("92")), GROUP)
    assert [s.stage for s in again.state.steps].count("scoring") == 1
    scored = again.state.fact(Scored)
    assert scored is not None
    assert (scored.result.score, scored.result.grade) == (Decimal(86), "pass")
    refused(again, agree(marks("92")), GROUP, "NothingToDo")


def test_undoing_a_second_score_goes_back_before_the_first() -> None:
    again = reached("scoring").with_cases(ADMONITION).do(agree(full(World())), GROUP)
    back = again.do(UndoStep(reason=REASON), GROUP)
    assert back.state.stage == "site_inspection"
    assert back.state.fact(Scored) is None


@pytest.mark.parametrize(
    "change",
    [
        {"subtotal": Decimal(7)},
        {"adjustment": Decimal(7)},
        {"score": Decimal(7)},
        {"grade": "fail"},
        {"limits": ("x",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_recorded_score_is_what_the_rules_make_of_its_sheet(world: World, change: dict[str, Any]) -> None:
    world = world.sheets()
    fact = world.decide(agree(full(world)), GROUP)
    assert isinstance(fact, Scored)
    wrong = replace(fact, results=(replace(fact.result, **change),))
    check_recorded(world.state, fact, world.context(GROUP), world.chart)
    with pytest.raises(Refusal) as caught:
        check_recorded(world.state, wrong, world.context(GROUP), world.chart)
    assert caught.value.code == "Incomplete"
    check_sentence(caught.value)


def test_an_open_case_is_marked_or_blocks_as_the_rulebook_chooses(world: World) -> None:
    told = case(pending())
    marked = world.with_cases(told).sheets().do(agree(full(world)), GROUP)
    scored = marked.state.fact(Scored)
    assert scored is not None
    assert open_records(scored.inputs, marked.rulebook) == ("c-1",)
    assert scored.result.grade == "excellent"
    blocking = reached("site_inspection", open_cases="block").with_cases(told).sheets()
    refused(
        blocking,
        agree(full(world)),
        GROUP,
        "CaseOpen",
        Text(zh="“立案（未结）”案件", en="case “Case filed, not closed”"),
    )
    only_flagged = blocking.with_cases(case(sanction("suspension")))
    assert only_flagged.do(agree(full(world)), GROUP).state.stage == "scoring"


# -- when a score is stale -------------------------------------------------------------------------

CHANGES_IT = {
    "a deduction": ADMONITION, "a veto": case(sanction("demotion")), "an open case": case(pending()),
    "a case for the committee": case(sanction("suspension")),
}  # fmt: skip
CHANGES_NOTHING = {
    "no effect": case(sanction("criticism_education")), "another unit": case(sanction("demotion"), unit=ELSEWHERE),
    "another year": case(sanction("demotion", effective_on=date(2025, 12, 31))),
    "rescinded": case(sanction("demotion"), rescinded=True),
}  # fmt: skip


@pytest.mark.parametrize("told", CHANGES_IT.values(), ids=CHANGES_IT)
def test_a_score_is_stale_when_a_case_changes_what_it_rests_on(told: Case) -> None:
    world = reached("scoring").with_cases(told)
    assert is_stale(world.state, world.context(CLOCK))
    assert changed_sources(world.state, world.context(CLOCK)) == ("c-1",)


@pytest.mark.parametrize("told", CHANGES_NOTHING.values(), ids=CHANGES_NOTHING)
@pytest.mark.parametrize("stage", ["scoring", "approval", "circulation"])
def test_a_score_holds_when_a_case_changes_nothing(stage: str, told: Case) -> None:
    world = reached(stage).with_cases(told)
    assert not is_stale(world.state, world.context(CLOCK))
    assert changed_sources(world.state, world.context(CLOCK)) == ()


@pytest.mark.parametrize("stage", ["approval", "circulation"])
def test_an_approved_result_is_not_stale_for_a_case_opened_or_closed_without_effect_on_it(stage: str) -> None:
    """F4: the grade is fixed with its 待定 mark. Else every open case would reopen the results of all past years."""
    opened = reached(stage).with_cases(case(pending()))
    assert not is_stale(opened.state, opened.context(CLOCK))
    closed_next_year = case(sanction("demotion", effective_on=date(2027, 3, 1)))
    marked = reached(stage, cases=(case(pending()),)).with_cases(closed_next_year)
    assert not is_stale(marked.state, marked.context(CLOCK))


@pytest.mark.parametrize("stage", ["approval", "circulation"])
@pytest.mark.parametrize("outcome", ["admonition", "demotion", "suspension"])
def test_an_approved_result_is_stale_when_a_case_takes_effect_in_its_year(stage: str, outcome: str) -> None:
    world = reached(stage, cases=(case(pending()),)).with_cases(case(sanction(outcome)))
    assert is_stale(world.state, world.context(CLOCK))


def test_nothing_is_stale_before_there_is_a_score() -> None:
    for stage in STAGES[:7]:
        world = reached(stage).with_cases(ADMONITION)
        assert not is_stale(world.state, world.context(CLOCK))


def test_a_judgement_makes_a_score_stale_and_is_named() -> None:
    world = reached("approval").do(RecordVeto(finding="major_case", reason=REASON), LEADERS)
    number = world.state.version
    assert changed_sources(world.state, world.context(CLOCK)) == (f"judged/{number}",)


@pytest.mark.parametrize("stage", ["scoring", "approval", "circulation"])
def test_the_clock_notes_a_stale_score_once(stage: str) -> None:
    world = reached(stage).with_cases(ADMONITION)
    after = world.do(NoteStaleScore(sources=("c-1",)), CLOCK)
    assert after.state.noted == ("c-1",)
    assert after.state.stage == stage
    refused(after, NoteStaleScore(sources=("c-1",)), CLOCK, "NothingToDo")
    more = after.with_cases(ADMONITION, case(sanction("admonition"), id_="c-2"))
    assert more.do(NoteStaleScore(sources=("c-1", "c-2")), CLOCK).state.noted == ("c-1", "c-2")


@pytest.mark.parametrize("named", [(), ("c-2",), ("c-1", "c-2")])
def test_the_note_names_the_changed_cases_and_no_others(named: tuple[str, ...]) -> None:
    refused(reached("scoring").with_cases(ADMONITION), NoteStaleScore(sources=named), CLOCK, "NothingToDo")


@pytest.mark.parametrize("stage", ["scoring", "approval", "circulation"])
def test_a_score_that_holds_again_is_noted_so_once(stage: str) -> None:
    noted = reached(stage).with_cases(ADMONITION).do(NoteStaleScore(sources=("c-1",)), CLOCK)
    again = noted.with_cases(replace(ADMONITION, rescinded=True)).do(NoteStaleScore(sources=()), CLOCK)
    assert again.state.noted is None
    refused(again, NoteStaleScore(sources=()), CLOCK, "NothingToDo")


@pytest.mark.parametrize(
    ("publicity", "back"),
    [
        (False, (UndoStep(reason=REASON), GROUP)), (False, (ReturnScore(reason=REASON), COMMITTEE)),
        (True, (ReturnScore(reason=REASON), COMMITTEE)),
    ],
    ids=["undone", "returned", "returned while posted"],
)  # fmt: skip
def test_the_mark_of_a_stale_score_goes_with_the_score(publicity: bool, back: Any) -> None:
    """Else the next score would be born stale in the eyes of who reads the board."""
    world = reached("publicity" if publicity else "scoring", publicity=publicity).with_cases(ADMONITION)
    noted = world.do(NoteStaleScore(sources=("c-1",)), CLOCK)
    assert noted.do(*back).state.noted is None


def test_a_posting_undone_leaves_the_mark_of_the_score_below_it() -> None:
    world = reached("publicity", publicity=True).with_cases(ADMONITION).do(NoteStaleScore(sources=("c-1",)), CLOCK)
    assert world.do(UndoStep(reason=REASON), OFFICE).state.noted == ("c-1",)


def test_a_score_that_holds_is_not_noted() -> None:
    refused(reached("scoring"), NoteStaleScore(sources=()), CLOCK, "NothingToDo")


def test_scoring_again_takes_the_note_away() -> None:
    world = reached("scoring").with_cases(ADMONITION).do(NoteStaleScore(sources=("c-1",)), CLOCK)
    assert world.do(agree(full(world)), GROUP).state.noted is None


# -- reopening -------------------------------------------------------------------------------------

REOPEN = ReopenResult(sources=("c-1",), reason=REASON)


@pytest.mark.parametrize("stage", ["approval", "circulation"])
@pytest.mark.parametrize("actor", [COMMITTEE, LEADERS, CLOCK], ids=lambda a: a.role)
def test_a_result_that_lost_its_ground_goes_back_to_be_scored_and_approved_again(stage: str, actor: Any) -> None:
    world = reached(stage, "92").with_cases(ADMONITION)
    back = world.do(REOPEN, actor)
    assert back.state.stage == "scoring"
    assert back.state.noted == ("c-1",)
    assert back.state.tasks == {}
    refused(back, approve(back), person_other(), "ScoreIsStale", "c-1")
    again = back.do(agree(marks("92")), GROUP)
    again = again.do(approve(again), COMMITTEE)
    replaced = world.state.circulated[-1] if world.state.circulated else None
    done = again.on(DAYS["circulation"]).do(circulate(again, document="2027-1", replaces=replaced), OFFICE)
    assert done.state.stage == "circulation"


def person_other() -> Any:
    from .law import person

    return person("committee", "committee-2")


@pytest.mark.parametrize("stage", ["approval", "circulation"])
def test_a_result_whose_ground_holds_is_not_reopened(stage: str) -> None:
    refusal = refused(reached(stage), REOPEN, COMMITTEE, "NothingToDo")
    assert refusal.details["clause"] == RULEBOOK.readings["revised_result"].clause


def test_a_reopening_names_cases_that_changed() -> None:
    world = reached("approval").with_cases(ADMONITION)
    for named in (("c-9",), ("c-1", "张三"), ("13800138000",)):
        with pytest.raises(Refusal) as caught:
            world.decide(ReopenResult(sources=named, reason=REASON), COMMITTEE)
        assert caught.value.code == "NotKnown"


@pytest.mark.parametrize("stage", ["approval", "circulation"])
def test_where_a_change_is_only_noted_the_approved_result_stays_and_is_circulated(stage: str) -> None:
    """F5, the other reading."""
    world = reached(stage, revised_result="note").with_cases(case(sanction("demotion")))
    refused(world, REOPEN, COMMITTEE, "NothingToDo")
    assert world.do(NoteStaleScore(sources=("c-1",)), CLOCK).state.noted == ("c-1",)
    if stage == "approval":
        out = world.on(DAYS["circulation"])
        out = out.do(circulate(out), OFFICE)
        assert list(out.state.tasks) == ["filed"], "the tasks are those of the approved grade"


def test_where_a_change_is_only_noted_an_unapproved_score_is_still_made_again() -> None:
    world = reached("scoring", revised_result="note").with_cases(ADMONITION)
    refused(world, approve(world), COMMITTEE, "ScoreIsStale", "c-1")


def test_a_returned_score_is_made_again_without_filling_the_sheets_again() -> None:
    back = reached("scoring").do(ReturnScore(reason=REASON), COMMITTEE)
    assert back.do(agree(marks("70")), GROUP).state.stage == "scoring"


def test_a_score_is_counted_exactly_over_any_half_points(world: World) -> None:
    given = {k: p - Decimal("0.5") for k, p in full(world).items()}
    scored = world.sheets().do(agree(given), GROUP).state.fact(Scored)
    assert scored is not None
    assert scored.result.score == Decimal(100) - Decimal("0.5") * len(given)


def test_a_value_that_was_reported_anew_is_named_by_its_title_beside_a_case() -> None:
    why = sources_text(("c-1", "survey"), entered.edition().rulebook)
    assert why is not None
    assert why.zh == "报送的数据有变化：群众满意度；案件或登记事项有变化：c-1"
