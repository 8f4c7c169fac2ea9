"""The readings of the measure as people read them: a sentence for each, and no key of a rulebook in it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import get_args

import pytest

from states.result.result import compute, explain
from states.rulebook.readings import reading
from states.rulebook.types import MeasureSettings

from .law import RULEBOOK, World, agree, case, full, marks, pending, rulebook, sanction
from .test_result import done_by

VALUES = [
    (name, value)
    for name, field in MeasureSettings.model_fields.items()
    for value in get_args(field.annotation.model_fields["value"].annotation) or (Decimal(0), Decimal(5))  # type: ignore[union-attr]
    if isinstance(value, str | Decimal)
]
KEY = re.compile(r"[a-z]+_[a-z_]+| = ")


@pytest.mark.parametrize(("name", "value"), VALUES, ids=str)
def test_every_reading_a_rulebook_may_choose_is_a_sentence_in_both_languages(name: str, value: object) -> None:
    said = reading(name, rulebook(**{name: value}).settings)
    for sentence in (said.zh, said.en):
        assert sentence
        assert not KEY.search(sentence), sentence
    assert re.search(r"[\u4e00-\u9fff]", said.zh)
    assert not re.search(r"[\u4e00-\u9fff]", said.en)


def test_two_readings_of_one_question_are_told_apart() -> None:
    for name in MeasureSettings.model_fields:
        said = [reading(name, rulebook(**{name: value}).settings) for of, value in VALUES if of == name]
        assert len({one.zh for one in said}) == len({one.en for one in said}) == len(said)


def test_no_explanation_and_no_reason_for_a_reading_shows_a_key() -> None:
    effects = done_by(case(sanction("demerit")), case(sanction("demotion"), id_="c-2"), case(pending(), id_="c-3"))
    given = marks("90")
    lines = explain(compute(given, effects, RULEBOOK), agree(given), RULEBOOK.tables["college"], RULEBOOK)
    whys = [getattr(RULEBOOK.settings, name).why for name in MeasureSettings.model_fields]
    for said in [line.text for line in lines] + [why.text for why in whys]:
        assert not KEY.search(said.zh), said.zh
        assert not KEY.search(said.en), said.en
    assert full(World())
