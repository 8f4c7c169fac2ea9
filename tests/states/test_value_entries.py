"""The values that an assessment has are made once for all assessments with the same extent, and for no others."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from config.rulebooks import load_edition
from states.assessment import Assessment, Member
from states.result.sheet_items import sheet_items
from states.result.value_entries import entries_of
from states.stages.value_report import report_items
from states.vocabulary import Opaque, Words

from .heronisle import FILE
from .law import RULEBOOK


def member(person: str, position: str) -> Member:
    return Member(person=Opaque(person), position=Words(position))


def test_departments_of_one_kind_share_the_items_of_their_sheets() -> None:
    first, second = (Assessment(unit=unit, unit_kind="college", heads=(member(unit, "处长"),)) for unit in ("a", "b"))
    assert sheet_items(first, RULEBOOK) is sheet_items(second, RULEBOOK)
    assert sheet_items(first, RULEBOOK) is not sheet_items(replace(first, unit_kind="support"), RULEBOOK)


def test_what_does_not_apply_is_left_out_of_the_sheets_of_that_department_alone() -> None:
    whole = Assessment(unit="a", unit_kind="college")
    left_out = next(iter(sheet_items(whole, RULEBOOK)))
    assert left_out not in sheet_items(replace(whole, absent=frozenset({left_out})), RULEBOOK)
    assert left_out in sheet_items(whole, RULEBOOK)


def test_another_post_is_in_the_labels_at_once() -> None:
    rules = load_edition(FILE).rulebook
    [kind, *_] = (kind for kind, plan in rules.plans.items() if plan.is_of_persons)
    before = Assessment(unit="a", unit_kind=kind, members=(member("p1", "副院长"),))
    after = replace(before, members=(member("p1", "院长助理"),))
    for made in (entries_of, sheet_items, report_items):
        assert made(before, rules).keys() == made(after, rules).keys()
    labels = [
        {entry.label.zh for entry in entries_of(state, rules).values() if entry.person} for state in (before, after)
    ]
    assert labels[0]
    assert all("副院长" in label for label in labels[0])
    assert all("院长助理" in label for label in labels[1])


def test_another_edition_has_its_own_items() -> None:
    state = Assessment(unit="a", unit_kind="college")
    again = RULEBOOK.model_copy()
    assert sheet_items(state, again) is not sheet_items(state, RULEBOOK)
    assert sheet_items(state, again) == sheet_items(state, RULEBOOK)


def test_nobody_can_change_what_is_shared() -> None:
    state = Assessment(unit="a", unit_kind="college")
    for items in (entries_of(state, RULEBOOK), sheet_items(state, RULEBOOK), report_items(state, RULEBOOK)):
        with pytest.raises(TypeError):
            items["mark"] = None  # type: ignore[index]
