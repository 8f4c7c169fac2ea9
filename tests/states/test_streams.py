"""The names of streams, and the table of what a stream of each kind holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from states.acts import ACTS, FACTS
from states.stream_kinds import STREAM_KINDS, initial_state, kind_of_fact
from states.streams import (
    ACCESS,
    CLOCK_TIME,
    ID_PATTERNS,
    ROSTER,
    SEALS,
    Stream,
    account_stream,
    assessment_stream,
    assessments_of_year,
    case_stream,
    is_well_formed,
    paper_stream,
    record_stream,
    routine_check_stream,
    table_stream,
    template_stream,
    value_stream,
    year_of,
    year_stream,
)
from storage.tables.projections import PROJECTIONS
from tests.test_house import HOUSE, MODULES

NAMES = {
    "assessment": assessment_stream(2026, "cs", "flood"),
    "case": case_stream("c-1"),
    "routine_check": routine_check_stream("r-1"),
    "record": record_stream("e-1"),
    "year": year_stream(2026),
    "roster": ROSTER,
    "account": account_stream("a-1"),
    "vault": value_stream("v-1"),
    "paper": paper_stream(2026, "circular"),
    "template": template_stream("circular"),
    "table": table_stream("contact"),
    "seals": SEALS,
    "clock": CLOCK_TIME,
    "access": ACCESS,
}


def test_every_kind_of_stream_has_a_name_a_form_and_a_row_in_the_table() -> None:
    assert set(NAMES) == set(ID_PATTERNS) == set(STREAM_KINDS)


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_a_stream_begins_as_the_state_of_its_kind_and_its_name_survives_being_taken_apart(kind: str) -> None:
    name = NAMES[kind]
    assert is_well_formed(name)
    assert str(Stream.parse(name)) == name
    assert type(initial_state(name)) is STREAM_KINDS[kind].state


def test_an_assessments_name_says_its_year_its_department_and_its_occasion() -> None:
    special = Stream.parse(assessment_stream(2026, "cs", "flood"))
    assert (special.year, special.unit, special.occasion) == (2026, "cs", "flood")
    annual = assessment_stream(2026, "cs")
    assert (Stream.parse(annual).occasion, year_of(annual)) == (None, year_stream(2026))
    assert annual.startswith(assessments_of_year(2026))


@pytest.mark.parametrize(
    "name",
    ["", "assessment", "assessment/2026", "assessment/26/cs", "assessment/2026/cs/flood/x", "year/x", "roster/", "x/1"],
)
def test_a_name_of_no_stream_can_be_taken_apart_and_is_not_well_formed(name: str) -> None:
    assert str(Stream.parse(name)) == name
    assert not is_well_formed(name)


def test_every_fact_belongs_to_one_kind_of_stream() -> None:
    for fact in FACTS.values():
        kinds = [kind.name for kind in STREAM_KINDS.values() if issubclass(fact, kind.fact)]
        assert kinds == [kind_of_fact(fact).name], fact


def test_what_begins_a_stream_is_an_act_of_that_kind() -> None:
    for kind in STREAM_KINDS.values():
        assert not kind.first_act or ACTS[kind.first_act].state_type is kind.state
        assert bool(kind.first_act) == (kind.first_step is not None)


def test_every_projection_is_of_a_kind_of_stream_and_cases_and_records_share_one() -> None:
    projections = [kind.projection for kind in STREAM_KINDS.values() if kind.projection]
    assert sorted(projections) == sorted([*PROJECTIONS, "record"])


def test_the_name_of_a_stream_is_spelled_in_one_file() -> None:
    others = [path for path in MODULES if path not in (HOUSE / "states/streams.py", HOUSE / "audit/bundle/verify.py")]
    assert [f"{path.relative_to(HOUSE)}:{line}" for path in others for line in _spelled(path)] == []


def _spelled(path: Path) -> Iterator[int]:
    """The lines with an f-string that is the name of a stream, and no longer key or address. The clock has one stream, of a fixed name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            literals = [str(part.value) for part in node.values if isinstance(part, ast.Constant)]
            kind, slash, rest = literals[0].partition("/")
            if kind in ID_PATTERNS.keys() - {"clock"} and slash and not rest and set(literals[1:]) <= {"/"}:
                yield node.lineno
