"""Every check of the rules of results, through the loader: one thing is broken in the tutorial's measure, and its fault comes out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, cycle, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.rulebooks import FileFault, RulebookFault, parse_edition
from states.rulebook.types import Rulebook

from .broken import Broken
from .broken_results import ALL, APART, FORMATS, NAMES, PROCEDURE, READINGS, TABLES
from .tutorial import final_text

BOUNDED = settings(max_examples=80, deadline=None, database=None, derandomize=True)
TEXT = final_text()


def faults(source: bytes) -> tuple[FileFault, ...]:
    with pytest.raises(RulebookFault) as refused:
        parse_edition(source, "broken.toml", under_every_reading=True)
    return refused.value.faults


def has(broken: Broken, among: tuple[FileFault, ...]) -> bool:
    return any(fault.key == broken.key for fault in among)


def test_each_way_to_break_it_has_a_name_of_its_own() -> None:
    assert len({broken.name for broken in ALL}) == len(ALL)


@pytest.mark.parametrize("broken", ALL, ids=lambda broken: broken.name)
def test_what_is_broken_is_reported_with_its_key_and_a_sentence(broken: Broken) -> None:
    every = faults(broken.of(TEXT))
    at_key = [fault for fault in every if fault.key == broken.key]
    assert any(broken.zh in fault.zh and broken.en in fault.en for fault in at_key), every
    assert not any("不合要求" in fault.zh or "Input should" in fault.en for fault in every)


def both(first: Broken, second: Broken) -> bytes | None:
    """The file broken in both ways; None if the second way is in the text that the first one replaces."""
    text = first.of(TEXT).decode()
    return second.of(text) if text.count(second.old) == 1 else None


PARTS = (PROCEDURE, READINGS[:1] + READINGS[3:], (*APART, *TABLES, *NAMES, *FORMATS))


def pairs_of(one: Sequence[Broken], other: Sequence[Broken]) -> list[tuple[Broken, Broken]]:
    """Pairs in which every fault of both parts stands at least once; as few as there are of the longer part."""
    return list(islice(zip(cycle(one), cycle(other), strict=False), max(len(one), len(other))))


PAIRS = [pair for one, other in combinations(PARTS, 2) for pair in pairs_of(one, other)]
"""Faults of two of the three parts that are checked apart: readings, rules of results, and everything else."""


@pytest.mark.parametrize("first", [*PROCEDURE, *READINGS[:1], *READINGS[3:]], ids=lambda broken: broken.name)
def test_a_fault_of_one_part_hides_none_of_another(first: Broken) -> None:
    for second in (two for one, two in PAIRS if one is first):
        source = both(first, second)
        if source is not None:
            every = faults(source)
            assert has(first, every), (second.name, every)
            assert has(second, every), (second.name, every)


@pytest.mark.parametrize("first", APART, ids=lambda broken: broken.name)
def test_sums_and_ladders_are_checked_whatever_is_wrong_with_a_table_or_a_name(first: Broken) -> None:
    for second in (*TABLES, *NAMES):
        source = both(first, second)
        if source is not None and first.key.split(".")[:2] != second.key.split(".")[:2]:
            every = faults(source)
            assert has(first, every), (second.name, every)
            assert has(second, every), (second.name, every)


WRONG = (
    "5",
    '"x"',
    "[]",
    "[5]",
    "{}",
    '[{ key = "x" }]',
    "true",
    "1e99",
    "1e-99",
    '{ reading = "x" }',
    "{ reading = 5 }",
)
LINES = TEXT.splitlines()
SETTING = [number for number, line in enumerate(LINES) if re.match(r"\w+ = ", line)]


@pytest.mark.parametrize("key", sorted(Rulebook.model_fields))
def test_whatever_stands_alone_at_a_key_only_faults_come_out(key: str) -> None:
    for wrong in WRONG:
        assert faults(f"{key} = {wrong}\n".encode())


@BOUNDED
@given(st.lists(st.tuples(st.sampled_from(SETTING), st.sampled_from(WRONG)), min_size=1, max_size=3))
def test_whatever_stands_in_a_line_it_is_read_or_refused_in_our_own_words(changes: list[tuple[int, str]]) -> None:
    lines = LINES.copy()
    for number, wrong in changes:
        lines[number] = f"{lines[number].partition(' = ')[0]} = {wrong}"
    try:
        parse_edition("\n".join(lines).encode(), "changed.toml")
    except RulebookFault as refused:
        for fault in refused.faults:
            assert "不合要求" not in fault.zh, fault
