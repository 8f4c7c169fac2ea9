"""The review of documents: a finding for every element, with evidence unless it is unmet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from states.stages.document_review import DocumentsReviewed, Finding
from states.vocabulary import Words

from .law import DAYS, GROUP, RULEBOOK, World, document, reached, refused, review

CLAUSE = "第七条（二）4"
ELEMENT = "a1-2.1.2"


@pytest.fixture
def world() -> World:
    return reached("interviews").on(DAYS["document_review"])


def changed(world: World, finding: Any) -> Any:
    return review(world, findings={**review(world).findings, ELEMENT: finding})


def test_every_element_gets_its_finding(world: World) -> None:
    state = world.do(review(world), GROUP).state
    assert state.stage == "document_review"
    fact = state.fact(DocumentsReviewed)
    assert fact is not None
    assert list(fact.findings) == list(RULEBOOK.forms_by_kind["college"].elements)


def test_a_review_in_the_future_is_refused(world: World) -> None:
    tomorrow = DAYS["document_review"] + timedelta(days=1)
    refusal = refused(world, review(world, reviewed_on=tomorrow), GROUP, "InTheFuture", tomorrow)
    assert refusal.details["clause"] == CLAUSE


def test_a_missing_element_is_named(world: World) -> None:
    findings = {k: v for k, v in review(world).findings.items() if k != ELEMENT}
    label = RULEBOOK.forms_by_kind[world.state.unit_kind].elements[ELEMENT].label
    refused(world, review(world, findings=findings), GROUP, "Incomplete", label)


def test_an_element_of_the_other_annex_is_refused(world: World) -> None:
    findings = {**review(world).findings, "a2-1.1.1": Finding(degree="unmet")}
    refused(world, review(world, findings=findings), GROUP, "NotKnown", "a2-1.1.1")


@pytest.mark.parametrize("degree", ["met", "partly"])
def test_what_is_found_met_rests_on_evidence_and_the_element_is_named_as_printed(world: World, degree: Any) -> None:
    """F17: element a1-2.1.2 is printed 2.2.2, and the reader knows it by that."""
    refused(world, changed(world, Finding(degree=degree)), GROUP, "Incomplete", "2.2.2")


def test_what_is_unmet_may_stand_without_evidence(world: World) -> None:
    world.decide(changed(world, Finding(degree="unmet", remark=Words("无会议纪要"))), GROUP)
    world.decide(changed(world, Finding(degree="unmet", evidence=(document(),))), GROUP)


@pytest.mark.parametrize("size", [0, 20 * 2**20 + 1])
def test_evidence_has_bytes(world: World, size: int) -> None:
    finding = Finding(degree="met", evidence=(document(), document(size)))
    refused(world, changed(world, finding), GROUP, "OutOfRange", size)
