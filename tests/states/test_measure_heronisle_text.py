"""The second invented measure as text and data: it loads, every check passes, and it has no points at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from msgspec.structs import replace

from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.checks.known_names import KnownNames
from states.rulebook.checks.reading_checks import check
from states.rulebook.program_readings import OUR_DEFAULT
from states.rulebook.readings import every_alternative, put_in
from states.rulebook.sentences.explanation import explain
from states.rulebook.sentences.names import RuleNames
from states.rulebook.sentences.rules_in_words import rules_in_words
from states.rulebook.types import Article, Measure, Role

from .heronisle import RAW, READINGS, SCHOOL, results, rules


def every_pair(part: object) -> Iterator[tuple[str, Any]]:
    """Every key of the data with its value, at any depth."""
    if isinstance(part, dict):
        yield from part.items()
    for below in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from every_pair(below)


@pytest.mark.parametrize("settings", [{}, *({key: option} for key, option in every_alternative(READINGS))], ids=str)
def test_the_measure_loads_under_every_alternative_of_its_readings(settings: dict[str, str]) -> None:
    assert set(rules(**settings).plans) == {"school", "office"}


def test_every_reading_stands_somewhere_in_the_measure() -> None:
    uses = put_in(RAW, {key: reading.alternatives[str(reading.value)].value for key, reading in READINGS.items()}).uses
    assert set(uses.values()) == set(READINGS)


def test_nothing_in_the_measure_has_points() -> None:
    assert {"points", "weight", "each", "between"}.isdisjoint(key for key, _ in every_pair(RAW))
    assert {(result.total.state, result.total.amount) for result in results().values()} == {("absent", None)}


ROLES = KnownNames(roles={role["key"] for role in RAW["role"]})


def test_the_measure_passes_every_check_under_every_reading() -> None:
    assert check(RAW, ROLES) == []


def test_a_grade_that_forgets_one_answer_of_a_review_leaves_a_gap_that_is_named() -> None:
    # 第十条（四）: 其他情形定为一般, a review that says fair among them.
    broken = deepcopy(RAW)
    fair = next(grade for grade in broken["scale"][0]["grade"] if grade["key"] == "fair")
    fair["when"][2]["is"] = ["good", "fairly-good"]
    misfits = check(broken, ROLES)
    assert {misfit.location for misfit in misfits} == {"scale.unit"}
    assert "view = fair" in misfits[0].en


def test_no_sentence_about_the_measure_speaks_of_points() -> None:
    # 第五条（一）: 考核不计分. A form of levels says so itself, and nothing else has to.
    names = RuleNames(rules(), "unit")
    [unit] = [scope for scope in rules().plans["school"].scopes(SCHOOL) if scope.plan.subject.key == "unit"]
    of_rules = [line.sentence for line in rules_in_words(rules(), READINGS) if not line.location.startswith("form.")]
    of_result = [text for line in explain(unit, names) for text in (line.title, line.sentence)]
    spoken = [*of_rules, *of_result]
    about_points = {text for text in spoken if re.search("[得计总满加扣]分|points", text.zh + text.en)}
    assert {text.en for text in about_points} <= {"Levels only, no points"}


def test_a_measure_may_have_no_form_at_all() -> None:
    # Two kinds of department, and nothing but a ballot.
    title, clause = {"zh": "评议", "en": "Ballot"}, "第一条"
    head = {"key": "p", "title": title, "clause": clause}
    vote = {**head, "key": "good", "kind": "vote", "ballot": "opinion", "share_of": "good", "weights": {"staff": 1}}
    scale = {"key": "s", "grade": [{**head, "key": "yes", "when": [{"of": "good", "at_least": 50}]},
                                   {**head, "key": "no", "when": [{"of": "good", "below": 50}]}]}  # fmt: skip
    only_votes = ResultRules.model_validate({
        "unit_kind": RAW["unit_kind"], "subject": [{**head, "is": "unit", "scale": "s"}], "scale": [scale],
        "value": [vote], "ballot": RAW["ballot"],
    })  # fmt: skip
    for kind in ("school", "office"):
        [result] = only_votes.plans[kind].reckon(replace(SCHOOL, unit_kind=kind))
        assert result.decision is not None
        assert (result.decision.grade, result.total.state) == ("yes", "absent")


def test_every_clause_of_the_data_is_in_the_text() -> None:
    Measure.model_validate(RAW["measure"])
    articles = [Article.model_validate(article) for article in RAW["article"]]
    text = {article.label for article in articles} | {p.clause for article in articles for p in article.paragraph}
    clauses = {part for key, value in every_pair(RAW) if key == "clause" for part in value.split("；")}
    assert {clause for clause in clauses if not clause.startswith("附表")} <= text | {OUR_DEFAULT}


def test_every_role_that_acts_is_one_of_the_bodies() -> None:
    roles = {Role.model_validate(role).key for role in RAW["role"]}
    acting = {role for key, value in every_pair(RAW) if key in ("by", "decided_by", "ask") and isinstance(value, list)
              for role in value}  # fmt: skip
    assert acting <= roles
