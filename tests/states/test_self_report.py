"""The unit's own report and the 自评 column."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from states.stages.self_report import ReturnSelfReport, SelfReportSubmitted
from states.vocabulary import Text

from .law import (
    DAYS,
    OFFICE,
    OURS,
    REASON,
    RULEBOOK,
    World,
    document,
    full,
    marks,
    opening,
    reached,
    refused,
    self_report,
)

CLAUSE = "第七条（一）"


@pytest.fixture
def world() -> World:
    return reached("opening").on(DAYS["self_report"])


def test_the_unit_hands_in_its_report_and_self_scores(world: World) -> None:
    after = world.do(self_report(world, self_scores=marks("87.5")), OURS).state
    assert after.stage == "self_report"
    fact = after.fact(SelfReportSubmitted)
    assert fact is not None
    assert fact.total == Decimal("87.5")


def test_self_scores_are_never_in_the_result() -> None:
    """F15: the 自评 column is shown and not counted."""
    low = reached("opening").on(DAYS["self_report"])
    low = low.do(self_report(low, self_scores=marks("0")), OURS)
    scored = low.walk("scoring").state.steps[-1].fact
    assert scored == reached("scoring").state.steps[-1].fact


def test_a_returned_report_is_handed_in_again(world: World) -> None:
    back = world.do(self_report(world), OURS).do(ReturnSelfReport(reason=REASON), OFFICE)
    assert back.state.stage == "opening"
    assert back.do(self_report(world), OURS).state.stage == "self_report"


@pytest.mark.parametrize("size", [0, -1, 20 * 2**20 + 1])
def test_a_report_has_bytes_and_not_too_many(world: World, size: int) -> None:
    refusal = refused(world, self_report(world, report=document(size)), OURS, "OutOfRange", size, 20 * 2**20)
    assert refusal.details["clause"] == CLAUSE


@pytest.mark.parametrize("size", [1, 20 * 2**20])
def test_the_bounds_of_a_reports_size_are_inside(world: World, size: int) -> None:
    assert world.do(self_report(world, report=document(size)), OURS).state.stage == "self_report"


@pytest.mark.parametrize(
    "media_type", ["", "pdf", "电话13800138000", "application/pdf 张三", "application/" + "x" * 82, "A/b"]
)
def test_a_media_type_says_no_more_than_a_media_type(world: World, media_type: str) -> None:
    report = document(media_type=media_type)
    refused(world, self_report(world, report=report), OURS, "Malformed", Text(zh="文件类型", en="media type"))


def test_word_files_are_documents(world: World) -> None:
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    world.decide(self_report(world, report=document(media_type=word)), OURS)


def test_every_element_is_scored(world: World) -> None:
    given = full(world)
    del given["a1-1.1.1"]
    refused(world, self_report(world, self_scores=given), OURS, "Incomplete", "a1-1.1.1")


def test_an_element_of_the_other_annex_is_refused(world: World) -> None:
    given = {**full(world), "a2-1.1.1": Decimal(1)}
    refused(world, self_report(world, self_scores=given), OURS, "NotKnown", "a2-1.1.1")


@pytest.mark.parametrize("kind", ["party-admin", "support"])
def test_a_department_is_scored_by_annex_2(kind: str) -> None:
    world = World().do(opening(unit_kind=kind), OFFICE).on(DAYS["self_report"])
    assert world.do(self_report(world), OURS).state.stage == "self_report"
    refused(world, self_report(world, self_scores=full(World())), OURS, "NotKnown")


@pytest.mark.parametrize(
    "given", ["-0.5", "6.5", "0.25", "5.9", "NaN", "sNaN", "Infinity", "-Infinity", "1E+50", "1E-50"]
)
def test_points_lie_within_the_element_in_steps_of_a_half(world: World, given: str) -> None:
    scores: Any = {**full(world), "a1-1.1.1": Decimal(given)}
    refusal = refused(world, self_report(world, self_scores=scores), OURS, "OutOfRange", "1.1.1", given, "6", "0.5")
    assert refusal.details["clause"] == RULEBOOK.forms_by_kind["college"].elements["a1-1.1.1"].clause


@pytest.mark.parametrize("given", ["0", "0.5", "6", "6.0", "5.50"])
def test_the_bounds_and_steps_of_an_element_are_inside(world: World, given: str) -> None:
    scores = {**full(world), "a1-1.1.1": Decimal(given)}
    assert world.do(self_report(world, self_scores=scores), OURS).state.stage == "self_report"
