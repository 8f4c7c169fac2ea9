"""The readings of the measure as people read them: a sentence for each, and no key of a rulebook in it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from .counted import made_of
from .law import RULEBOOK, World, case, full, marks, pending, rulebook, sanction

VALUES = [
    (key, value)
    for key, reading in RULEBOOK.readings.items()
    for value in (*reading.alternatives, *([Decimal(5)] if reading.number else []))
]
KEY = re.compile(r"[a-z]+_[a-z_]+| = ")


@pytest.mark.parametrize(("name", "value"), VALUES, ids=str)
def test_every_reading_a_rulebook_may_choose_is_a_sentence_in_both_languages(name: str, value: object) -> None:
    said = rulebook(**{name: value}).readings[name].sentence
    for sentence in (said.zh, said.en):
        assert sentence
        assert not KEY.search(sentence), sentence
    assert re.search(r"[\u4e00-\u9fff]", said.zh)
    assert not re.search(r"[\u4e00-\u9fff]", said.en)


def test_two_readings_of_one_question_are_told_apart() -> None:
    for name in RULEBOOK.readings:
        said = [rulebook(**{name: value}).readings[name].sentence for of, value in VALUES if of == name]
        assert len({one.zh for one in said}) == len({one.en for one in said}) == len(said)


def test_no_explanation_and_no_reason_for_a_reading_shows_a_key() -> None:
    cases = (case(sanction("demerit")), case(sanction("demotion"), id_="c-2"), case(pending(), id_="c-3"))
    lines = made_of(*cases, marks=marks("90")).lines
    whys = [reading.why for reading in RULEBOOK.reading]
    for line in lines:
        assert not re.search(r"[a-z]+_[a-z_]+", line.text.zh + line.text.en), line.text
    for why in whys:
        assert not KEY.search(why.zh), why.zh
        assert not KEY.search(why.en), why.en
    assert full(World())
