"""The acts that a part of a rulebook needs: one that nobody has, or not those whom the part names, is a fault of the file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.rulebooks import FileFault, RulebookFault, parse_edition, shipped_editions
from states import policy
from states.acts import ACTS, STAGE_OF_ACT
from tests.occasions import HALF_YEAR
from tests.quota import QUOTA, with_quota

MEASURES = {
    path.stem: path.read_text("utf-8")
    for path in (*shipped_editions().values(), *sorted((Path(__file__).parents[1] / "measures").glob("*.toml")))
}
LIUZHOU, CLOUDLADDER, HERONISLE = "liuzhou-2021", "cloudladder-2031", "heronisle-2031"

OPTIONAL = {
    # A step back. Without it the step stands.
    "return_self_report", "return_score", "withdraw", "undo_step", "restore_item", "return_answer",
    # A record that is wrong. Without it the record stands.
    "rescind_case", "revise_record", "rescind_record", "correct_routine_check", "withdraw_routine_check",
    # What changes in the institution.
    "substitute_member", "change_unit", "rename_unit", "reorganise_unit", "restore_unit",
    # The plan of the year, and its end.
    "move_year_deadline", "plan_visits", "move_visit", "close_year",
    # To ask for what is late by hand. Without it the clock reminds.
    "chase",
    # To divide work, and to hand it over. Without it everybody who may do something sees it.
    "assign",
}  # fmt: skip
"""The acts that no part of a rulebook needs."""

NEEDED = {
    "register_unit": (LIUZHOU, "unit_kind"), "open_year": (LIUZHOU, "open_on"), "fill_sheet": (LIUZHOU, "stage.scoring"),
    "settle": (CLOUDLADDER, "standing.order"), "report_values": (HERONISLE, "scale.head.ask"),
    "waive_item": (CLOUDLADDER, "form.annex-1.item.survey"), "record_veto": (LIUZHOU, "value.major_case.by"),
    "enter_record": (CLOUDLADDER, "record.honour"), "record_case": (LIUZHOU, "record.case"), "revise_case": (LIUZHOU, "record.case"),
    "record_routine_check": (LIUZHOU, "record.routine_check"), "answer_routine_check": (LIUZHOU, "routine_check.by"),
    "ask_review": (HERONISLE, "window.review.by"), "decide_review": (HERONISLE, "window.review.decided_by"),
    "request_document": (LIUZHOU, "document_request"), "supply_document": (LIUZHOU, "document_request.by"),
    "accept_answer": (LIUZHOU, "routine_check"), "complete_task": (LIUZHOU, "task.talk.by"),
    "remind": (LIUZHOU, "stage.scoring.reminders"), "escalate": (LIUZHOU, "stage.scoring.reminders"),
    "lapse_reminders": (LIUZHOU, "stage.scoring.reminders"), "remind_of_check": (LIUZHOU, "routine_check.reminders"),
    "escalate_check": (LIUZHOU, "routine_check.reminders"), "move_deadline": (LIUZHOU, "notice_days"),
    "raise_veto": (LIUZHOU, "ladder.item-5"), "lift_veto": (LIUZHOU, "ladder.item-5"),
    "note_stale_score": (LIUZHOU, "stage.scoring"), "reopen_result": (LIUZHOU, "stage.approval"),
}  # fmt: skip
"""For each other act, a measure with a part that needs it, and the part."""


def faults(text: str) -> tuple[FileFault, ...]:
    with pytest.raises(RulebookFault) as refused:
        parse_edition(text.encode(), "broken.toml")
    return refused.value.faults


def without(act: str, text: str) -> str:
    """The rulebook without the `[[act]]` of this command."""
    rest, count = re.subn(rf'\[\[act\]\]\ncommand = "{act}"\n(?:[^\[\n].*\n)+', "", text)
    assert count == 1, act
    return rest


def withheld(role: str, act: str, text: str) -> str:
    """The rulebook in which this role does not have this act."""
    start = text.index(f'command = "{act}"\n')
    by = re.search(r"by = \[(.*)\]", text[start:])
    assert by is not None
    assert f'"{role}"' in by[1]
    others = ", ".join(one for one in by[1].split(", ") if one != f'"{role}"') or '"office"'
    return text[:start] + text[start:].replace(by[0], f"by = [{others}]", 1)


def test_every_act_that_a_rulebook_gives_is_needed_by_some_part_or_by_none() -> None:
    given = {act for act in ACTS if act not in STAGE_OF_ACT and not policy.is_outside_rulebooks(act)}
    assert given == OPTIONAL | NEEDED.keys()
    assert not OPTIONAL & NEEDED.keys()


@pytest.mark.parametrize("act", sorted(NEEDED))
def test_an_act_that_a_part_needs_and_nobody_has_is_a_fault_of_the_part(act: str) -> None:
    measure, location = NEEDED[act]
    found = {fault.key: fault for fault in faults(without(act, MEASURES[measure]))}
    assert location in found, found
    assert f'请写 command = "{act}" 的 [[act]]' in found[location].zh
    assert f'write an [[act]] with command = "{act}"' in found[location].en


@pytest.mark.parametrize("act", sorted(OPTIONAL))
@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_a_rulebook_may_leave_out_any_other_act(measure: str, act: str) -> None:
    if f'command = "{act}"' in MEASURES[measure]:
        assert act not in parse_edition(without(act, MEASURES[measure]).encode(), "small.toml").rulebook.acts


@pytest.mark.parametrize(
    ("measure", "role", "act", "location"),
    [
        (LIUZHOU, "discipline", "complete_task", "task.talk.by"),
        (LIUZHOU, "leading_group", "record_veto", "value.major_case.by"),
        (LIUZHOU, "unit", "answer_routine_check", "routine_check.by"),
        (CLOUDLADDER, "committee", "report_values", "scale.team.ask"),
        (HERONISLE, "ethics", "record_veto", "value.ethics-breach.by"),
        (HERONISLE, "ethics", "lift_veto", "value.ethics-breach.by"),
        (LIUZHOU, "office", "assign", "act.assign.by"),
        (LIUZHOU, "clock", "lift_veto", "ladder.item-5"),
        (LIUZHOU, "clock", "move_deadline", "notice_days"),
        (LIUZHOU, "clock", "reopen_result", "stage.approval"),
        (LIUZHOU, "clock", "remind", "stage.scoring.reminders"),
    ],
)
def test_a_role_that_a_part_names_must_have_the_act(measure: str, role: str, act: str, location: str) -> None:
    found = {fault.key: fault for fault in faults(withheld(role, act, MEASURES[measure]))}
    assert location in found, found
    title = parse_edition(MEASURES[measure].encode(), "whole.toml").rulebook.role_title(role)
    assert found[location].zh.startswith(f"{title.zh}不能")
    assert found[location].en.startswith(f"{title.en} may not ")
    assert f"add {role} to `by` of the [[act]] with command" in found[location].en


@pytest.mark.parametrize("role", ["unit", "clock"])
def test_a_rulebook_must_have_the_two_roles_that_the_program_knows_by_their_keys(role: str) -> None:
    start = MEASURES[LIUZHOU].index(f'[[role]]\nkey = "{role}"')
    end = MEASURES[LIUZHOU].index("\n\n", start)
    found = faults(MEASURES[LIUZHOU][:start] + MEASURES[LIUZHOU][end:])
    assert [(fault.key, f'key = "{role}"' in fault.zh) for fault in found if "there is no role" in fault.en] == [
        ("role", True)
    ]


def test_a_standing_of_an_occasion_is_refused_because_only_a_round_is_settled() -> None:
    own = QUOTA.format(ties="share", ask=[], afterwards="stands", group="round").split("[[value]]")[0]
    own = own.replace('key = "order"', 'key = "half"\nfor = "half_year"').replace('key = "best"', 'key = "half_best"')
    with pytest.raises(RulebookFault) as caught:
        with_quota(more=HALF_YEAR + own)
    assert [fault.key for fault in caught.value.faults] == ["standing.half.for"]


def test_an_occasion_that_the_clock_opens_must_let_it() -> None:
    text = MEASURES[CLOUDLADDER]
    start, occasion = text.index('kind = "opening"'), '[[occasion]]\nkey = "midyear"\n'
    by = 'by = ["office", "clock"]'
    assert by in text[start : start + 400]
    assert occasion in text
    people_only = text[:start] + text[start:].replace(by, 'by = ["office"]', 1)
    assert parse_edition(people_only.encode(), "people.toml").rulebook.occasion[0].opens is None
    found = faults(people_only.replace(occasion, f'{occasion}opens = "06-20"\n'))
    assert [fault.key for fault in found if "opens it on this day" in fault.en] == ["occasion.midyear.opens"]


def test_a_tie_is_ordered_by_roles_that_may_settle_and_only_where_somebody_orders_it() -> None:
    with pytest.raises(RulebookFault) as caught:
        with_quota(ask=("office", "committee"))
    assert [fault.key for fault in caught.value.faults] == ["standing.order.ask"]
    assert "may not order a tie: add committee to `by`" in caught.value.faults[0].en
    with pytest.raises(RulebookFault) as caught:
        with_quota(ties="share", ask=("office",))
    assert [fault.key for fault in caught.value.faults] == ["standing.order.ask"]
