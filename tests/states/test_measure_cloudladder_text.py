"""The measure of Cloudladder College: its file loads under every reading, passes every check, and names only clauses that its text has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.checks.known_names import KnownNames
from states.rulebook.checks.reading_checks import check
from states.rulebook.parts import Misfit
from states.rulebook.program_readings import OUR_DEFAULT
from states.rulebook.readings import every_alternative, put_in
from states.rulebook.types import Article, Measure, Role

from .cloudladder import RAW, READINGS, rules


def parts(of: object) -> Iterator[dict[str, Any]]:
    """Every table of the file, at any depth."""
    if isinstance(of, dict):
        yield of
        for part in of.values():
            yield from parts(part)
    elif isinstance(of, list):
        for part in of:
            yield from parts(part)


@pytest.mark.parametrize(("reading", "alternative"), [("two_heads", "lowest"), *every_alternative(READINGS)])
def test_the_measure_loads_under_every_alternative_of_its_readings(reading: str, alternative: str) -> None:
    loaded = rules(**{reading: alternative})
    assert set(loaded.plans) == {"school", "office", "centre"}
    assert set(loaded.occasion_plans["midyear"]) == {"school", "office", "centre"}


def misfits(raw: dict[str, Any]) -> list[Misfit]:
    names = {part: {one["key"] for one in raw[part]} for part in ("role", "occasion", "unit_kind")}
    known = KnownNames(roles=names["role"], occasions=names["occasion"], unit_kinds=names["unit_kind"])
    return check({key: raw[key] for key in (*ResultRules.model_fields, "reading") if key in raw}, known)


def test_the_checks_find_nothing_to_mend_under_any_reading() -> None:
    """No gap but the one that 15(5) gives to the committee, no overlap, no wrong sum, no name that is not there."""
    assert misfits(RAW) == []


def test_without_the_committee_the_gap_in_the_table_of_teams_is_reported() -> None:
    """15(1): 85 exactly is neither 高于85分 nor 不满85分."""
    scales = [{key: part for key, part in scale.items() if key != "ask"} for scale in RAW["scale"]]
    (misfit,) = misfits({**RAW, "scale": scales})
    assert (misfit.location, "85" in misfit.zh) == ("scale.team", True)


def test_every_reading_stands_somewhere_and_asks_its_institution() -> None:
    uses = put_in(RAW, dict.fromkeys(READINGS, 0)).uses
    assert set(uses.values()) == set(READINGS)
    assert all(reading.asks is not None for reading in READINGS.values())


def test_the_text_has_twenty_articles_with_a_title_an_issuer_and_roles() -> None:
    assert Measure.model_validate(RAW["measure"]).issued_on == date(2031, 6, 18)
    assert len([Article.model_validate(article) for article in RAW["article"]]) == 20
    assert len([Role.model_validate(role) for role in RAW["role"]]) == 9


def test_every_clause_that_a_part_names_is_in_the_text() -> None:
    """A clause is a paragraph, an article as a whole, or an item of an annex."""
    paragraphs = {p["clause"] for article in RAW["article"] for p in article["paragraph"]}
    text = paragraphs | {article["label"] for article in RAW["article"]}
    named = {one for part in parts(RAW) if "clause" in part for one in part["clause"].split("；")}
    assert {clause for clause in named if not clause.startswith("附件")} <= text | {OUR_DEFAULT}
    annexes = {clause for clause in named if clause.startswith("附件")}
    assert annexes == {part["clause"] for part in parts(RAW["form"]) if part.get("clause", "").startswith("附件")}


def test_everybody_who_acts_decides_or_gives_a_number_has_a_role() -> None:
    roles = {role["key"] for role in RAW["role"]} | {"clock"}
    lists = [part[key] for part in parts(RAW) for key in ("by", "decided_by", "ask") if isinstance(part.get(key), list)]
    assert len(lists) > 30
    assert {role for named in lists for role in named} <= roles
