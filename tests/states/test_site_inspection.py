"""The site inspection."""

from __future__ import annotations

from datetime import timedelta

import pytest

from states.stages.site_inspection import SiteInspected
from states.vocabulary import Text

from .law import DAYS, GROUP, HEADS, World, inspection, reached, refused

CLAUSE = "第七条（二）5"


@pytest.fixture
def world() -> World:
    return reached("document_review").on(DAYS["site_inspection"])


def test_an_inspection_says_who_looked_at_what(world: World) -> None:
    state = world.do(inspection(world), GROUP).state
    assert state.stage == "site_inspection"
    fact = state.fact(SiteInspected)
    assert fact is not None
    assert fact.inspectors == ("assessor-1",)


def test_an_inspection_in_the_future_is_refused(world: World) -> None:
    tomorrow = DAYS["site_inspection"] + timedelta(days=1)
    refusal = refused(world, inspection(world, inspected_on=tomorrow), GROUP, "InTheFuture", tomorrow)
    assert refusal.details["clause"] == CLAUSE


def test_somebody_inspected(world: World) -> None:
    refused(world, inspection(world, inspectors=()), GROUP, "Incomplete", Text(zh="查看人员", en="inspectors"))


def test_the_team_does_not_inspect_itself(world: World) -> None:
    own = inspection(world, inspectors=("assessor-1", HEADS[0].person))
    refused(
        world, own, GROUP, "Incomplete", Text(zh="本部门以外的查看人员", en="inspectors from outside the department")
    )
