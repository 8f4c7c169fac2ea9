"""To assign work and hand it over (分工、转办): what, to whom, by whom, and how departments are divided evenly."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from states.acts import STAGE_COMMANDS
from states.chart import check_recorded
from states.deadlines.assignment import (
    MAX_ACCOUNTS,
    SHEETS,
    Assign,
    Assigned,
    assignable,
    items_to_assign,
    still_assigned,
)
from states.deadlines.division import divide
from states.policy import RULES, Rule
from states.records.account import Account
from states.records.roster import Roster
from states.refusals import Refusal
from states.stages.evidence import RequestDocument
from states.stages.opening import UndoStep
from states.vocabulary import Actor, Opaque, Principal

from .law import (
    ASSESSOR,
    DUE,
    GROUP,
    OFFICE,
    ORGANIZATION,
    OURS,
    REASON,
    RULEBOOK,
    UNIT,
    World,
    check_sentence,
    fill,
    full,
    person,
    reached,
    refused,
    replayed,
    task,
)

KNOWN = {
    "assessor-1": Account(stream="account/assessor-1", version=1, unit="u-law", roles=frozenset({"assessor"})),
    "assessor-2": Account(stream="account/assessor-2", version=1, unit="u-law", roles=frozenset({"assessor"})),
    "assessor-3": Account(stream="account/assessor-3", version=1, unit=UNIT, roles=frozenset({"assessor"})),
    "group-2": Account(stream="account/group-2", version=1, roles=frozenset({"working_group"})),
    "left": Account(stream="account/left", version=1, roles=frozenset({"assessor"}), closed=True),
    "ours-2": Account(stream="account/ours-2", version=1, unit=UNIT, roles=frozenset({"unit"})),
    "theirs": Account(stream="account/theirs", version=1, unit="u-law", roles=frozenset({"unit"})),
    "system": Account(stream="account/system", version=1, roles=frozenset({"assessor", "system_admin"})),
}


def assign(stage: str, *accounts: str) -> Assign:
    return Assign(stage=stage, accounts=tuple(map(Opaque, accounts)))


def known(stage: str) -> World:
    """A world at this stage, in which the accounts and the roster are known."""
    return dataclasses.replace(reached(stage), accounts=KNOWN, roster=Roster())


def test_an_assignment_is_on_record_with_the_roles_that_do_the_work_and_changes_nothing_else() -> None:
    before = known("opening")
    after = before.do(assign(SHEETS, "assessor-1", "assessor-2"), OFFICE)
    assert after.done[-1][0] == Assigned(
        stage=SHEETS, accounts=(Opaque("assessor-1"), Opaque("assessor-2")), roles=("assessor", "working_group")
    )
    assert after.state.assigned == {SHEETS: ("assessor-1", "assessor-2")}
    assert replace(after.state, assigned={}, version=before.state.version) == before.state


def test_a_later_assignment_replaces_the_earlier_and_nobody_means_everybody() -> None:
    world = known("opening").do(assign(SHEETS, "assessor-1"), OFFICE).do(assign(SHEETS, "assessor-2"), OFFICE)
    assert world.state.assigned == {SHEETS: ("assessor-2",)}
    assert world.do(assign(SHEETS), OFFICE).state.assigned == {}
    refused(world, assign(SHEETS, "assessor-2"), OFFICE, "NothingToDo")
    refused(known("opening"), assign(SHEETS), OFFICE, "NothingToDo")


def test_every_step_to_come_and_the_sheets_can_be_assigned_and_nothing_that_is_done() -> None:
    coming = {"meeting", "democratic_evaluation", "interviews", "document_review", "site_inspection", "scoring"}
    after = {"approval", "circulation"}
    opening, inspected, scored = (
        set(assignable(reached(stage).state, reached(stage).rulebook))
        for stage in ("opening", "site_inspection", "scoring")
    )
    assert opening == {"self_report", *coming, SHEETS, *after}
    assert inspected == {"scoring", SHEETS, *after}
    assert scored == after
    refused(known("scoring"), assign("meeting", "group-2"), OFFICE, "NotKnown")


def test_a_document_to_hand_in_and_a_task_after_the_result_can_be_assigned() -> None:
    asked = known("self_report").do(RequestDocument(element="a1-1.1.1", what=REASON, due=DUE["circulation"]), GROUP)
    (request,) = asked.state.requests
    assert asked.do(hand_over(request, "ours-2"), OURS).state.assigned == {request: ("ours-2",)}
    circulated = known("circulation")
    (open_task,) = items_to_assign(circulated.state, circulated.context(OFFICE))
    assert open_task == "filed"
    done = circulated.do(task(), ORGANIZATION)
    assert items_to_assign(done.state, done.context(OFFICE)) == {}


def test_every_account_that_may_not_do_the_work_is_refused_with_the_reason_all_at_once() -> None:
    wrong = assign(SHEETS, "left", "ours-2", "assessor-3", "nobody", "system")
    said = refused(known("opening"), wrong, OFFICE, "SeveralFaults", *wrong.accounts).render("zh")
    for why in (
        "不能指定账号 left 承办“填写评分表”：没有这个账号，或账号已停用",
        "账号 ours-2 承办“填写评分表”：该账号没有办理这一事项的角色",
        "账号 assessor-3 承办“填写评分表”：按回避规定，不得办理本部门的考核事项",
        "账号 nobody 承办“填写评分表”：没有这个账号",
        "账号 system 承办“填写评分表”：该账号没有办理这一事项的角色",
    ):
        assert why in said
    for stage, ids, why in (
        ("self_report", ["theirs"], "不属于被考核部门"),
        (SHEETS, ["assessor-1", "assessor-1"], "出现两次"),
    ):
        assert why in refused(known("opening"), assign(stage, *ids), OFFICE, "NotAssignable").render("zh")
    many = assign(SHEETS, *(f"a-{number}" for number in range(MAX_ACCOUNTS + 1)))
    assert "最多指定 20 个账号" in refused(reached("opening"), many, OFFICE, "NotAssignable").render("zh")


def hand_over(stage: str, *accounts: str) -> Assign:
    return replace(assign(stage, *accounts), reason=REASON)


def test_who_has_the_work_hands_over_the_own_part_with_a_reason_and_no_other_part() -> None:
    world = known("opening").do(assign(SHEETS, "assessor-1", "assessor-2"), OFFICE)
    refused(world, assign(SHEETS, "group-2", "assessor-2"), ASSESSOR, "Incomplete")
    handed_over = world.do(hand_over(SHEETS, "group-2", "assessor-2"), ASSESSOR)
    assert set(handed_over.state.assigned[SHEETS]) == {"group-2", "assessor-2"}
    fact = handed_over.done[-1][0]
    assert isinstance(fact, Assigned)
    assert fact.former == ("assessor-1", "assessor-2")
    for others in ((), ("assessor-1",), ("assessor-1", "group-2"), ("group-2",)):
        refused(world, hand_over(SHEETS, *others), ASSESSOR, "AssignedToOthers", RULEBOOK.role_title("office"))
    refused(handed_over, hand_over(SHEETS, "assessor-1", "assessor-2"), ASSESSOR, "AssignedToOthers")
    assert handed_over.do(assign(SHEETS, "assessor-1"), OFFICE).state.assigned == {SHEETS: ("assessor-1",)}


def test_a_deputy_hands_over_what_the_principal_has() -> None:
    world = known("opening").do(assign(SHEETS, "assessor-1"), OFFICE)
    deputy = Actor("assessor-9", "assessor", "u-law", Principal("assessor-1", "u-law"))
    assert world.do(hand_over(SHEETS, "assessor-2"), deputy).state.assigned == {SHEETS: ("assessor-2",)}


def test_only_the_organiser_names_from_nobody_who_is_to_judge() -> None:
    refused(known("opening"), assign("meeting", "group-2"), ASSESSOR, "NotYours")
    refused(known("opening"), assign(SHEETS, "assessor-1"), OURS, "NotYours")
    refused(known("opening"), hand_over(SHEETS, "assessor-2"), ASSESSOR, "AssignedToOthers")
    refused(known("opening"), hand_over("meeting", "group-2"), GROUP, "AssignedToOthers")
    assert known("opening").do(assign("meeting", "group-2"), OFFICE).state.assigned == {"meeting": ("group-2",)}
    assert known("opening").do(hand_over("self_report", "ours-2"), OURS).state.assigned == {"self_report": ("ours-2",)}


def test_what_judges_nobody_is_also_for_people_of_the_department() -> None:
    """As policy says of each act: `judges` must not be another opinion."""
    for stage in RULEBOOK.stage[1:]:
        is_recused = RULES.get(STAGE_COMMANDS[stage.kind].act, Rule()).own_unit == "refused"
        assert assignable(reached("opening").state, RULEBOOK)[stage.key].judges == is_recused, stage.key
    ours = Account(stream="account/office-9", version=1, unit=UNIT, roles=frozenset({"office"}))
    world = dataclasses.replace(known("approval"), accounts={"office-9": ours})
    assert world.do(assign("circulation", "office-9"), OFFICE).state.assigned == {"circulation": ("office-9",)}


def test_who_has_done_the_part_or_may_not_do_it_any_more_has_it_no_longer() -> None:
    world = known("site_inspection").do(assign(SHEETS, "assessor-1", "assessor-2"), OFFICE)

    def still(of: World, key: str = SHEETS, **changed: Account) -> tuple[str, ...]:
        item = assignable(of.state, of.rulebook)[key]
        return still_assigned(of.state, item, lambda id_: {**KNOWN, **changed}[id_], of.roster)

    assert still(world) == ("assessor-1", "assessor-2")
    assert still(world.do(fill(full(world)), ASSESSOR)) == ("assessor-2",)
    name = {"assessor-2": replace(KNOWN["assessor-2"], closed=True)}
    assert still(world, **name) == ("assessor-1",)  # type: ignore[arg-type]
    scorer = Account(stream="account/assessor-1", version=1, roles=frozenset({"committee"}))
    scored = dataclasses.replace(known("scoring"), accounts={"assessor-1": scorer})
    assert "assessor-1" in scored.state.scorers
    named = scored.do(assign("approval", "assessor-1"), OFFICE)
    assert still(named, "approval", **{"assessor-1": scorer}) == ()  # type: ignore[arg-type]


def test_nobody_says_who_assesses_the_own_department() -> None:
    refused(known("opening"), assign(SHEETS, "assessor-1"), person("office", "office-2", UNIT), "OwnUnit")


def test_an_assignment_gives_no_right_and_takes_none_away() -> None:
    world = known("site_inspection").do(assign(SHEETS, "assessor-2"), OFFICE)
    assert world.do(fill(full(world)), ASSESSOR).state.sheets.keys() == {ASSESSOR.id}


def test_an_assignment_outlives_a_step_that_is_undone() -> None:
    world = known("self_report").do(assign(SHEETS, "assessor-1"), OFFICE)
    assert world.do(UndoStep(reason=REASON), OURS).state.assigned == {SHEETS: ("assessor-1",)}


def test_the_replay_finds_an_assignment_with_other_roles() -> None:
    world = known("opening")
    good = world.decide(assign(SHEETS, "assessor-1"), OFFICE)
    assert isinstance(good, Assigned)
    context = world.context(OFFICE)
    check_recorded(world.state, good, context, world.chart)
    for wrong in (replace(good, roles=("assessor",)), replace(good, former=(Opaque("assessor-2"),))):
        with pytest.raises(Refusal) as caught:
            check_recorded(world.state, wrong, context, world.chart)
        check_sentence(caught.value)
        assert "办理角色或原承办人与当前不符" in caught.value.render("zh")
    assert replayed(world.do(assign(SHEETS, "assessor-1"), OFFICE)).assigned == {SHEETS: ("assessor-1",)}


# -- the division ----------------------------------------------------------------------------------

ACCOUNTS = [f"a-{number}" for number in range(8)]


@st.composite
def colleges(draw: st.DrawFn) -> tuple[list[str], int, dict[str, list[str]]]:
    """Departments, how many accounts each needs, and who may: every account is recused from at most one department."""
    units = [f"u-{number:02}" for number in range(draw(st.integers(1, 24)))]
    people = ACCOUNTS[: draw(st.integers(2, 8))]
    homes = {one: draw(st.sampled_from([*units, ""])) for one in people}
    each = draw(st.integers(1, 3))
    return units, each, {unit: [one for one in people if homes[one] != unit] for unit in units}


@given(colleges())
def test_every_department_has_as_many_as_it_needs_and_nobody_who_is_recused(
    college: tuple[list[str], int, dict[str, list[str]]],
) -> None:
    units, each, may = college
    divided = divide(units, each, may, {})
    assert list(divided) == units
    for unit, ids in divided.items():
        assert set(ids) <= set(may[unit])
        assert len(ids) == len(set(ids)) == min(each, len(may[unit]))
    assert divide(units, each, may, {}) == divided


@given(colleges())
def test_where_nobody_is_recused_nobody_has_two_departments_more_than_another(
    college: tuple[list[str], int, dict[str, list[str]]],
) -> None:
    units, each, may = college
    people = sorted({one for ids in may.values() for one in ids})
    divided = divide(units, each, dict.fromkeys(units, people), {})
    load = Counter(dict.fromkeys(people, 0)) + Counter()
    load.update(one for ids in divided.values() for one in ids)
    counts = [load[one] for one in people]
    assert max(counts, default=0) - min(counts, default=0) <= 1


def test_sixty_departments_of_ten_assessors_are_divided_evenly_though_each_is_recused_from_the_own() -> None:
    units, people = [f"u-{number:02}" for number in range(60)], [f"a-{number}" for number in range(10)]
    may = {unit: [one for place, one in enumerate(people) if units[place] != unit] for unit in units}
    divided = divide(units, 2, may, {})
    assert Counter(one for ids in divided.values() for one in ids) == dict.fromkeys(people, 12)


def test_what_is_assigned_already_stays_and_counts() -> None:
    units, people = ["u-1", "u-2", "u-3"], ["a-1", "a-2"]
    divided = divide(units, 1, dict.fromkeys(units, people), {"u-1": ["a-1"], "u-2": ["a-1"]})
    assert divided == {"u-1": ("a-1",), "u-2": ("a-1",), "u-3": ("a-2",)}
