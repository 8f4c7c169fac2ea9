"""`kaohe demo --rulebook FILE`: a year that is made from a rulebook, here from that of the tutorial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from config.rulebooks import Edition, load_edition, parse_edition
from console.cli.app import app
from demo.any_rulebook.acts import YearStopped
from demo.any_rulebook.department import DepartmentRound
from demo.year import run_any
from tests import millgarth
from tests.config import tutorial
from tests.conftest import NewUrl

UNITS, YEAR = 4, 2031
MEASURES = Path(__file__).parents[1] / "measures"


@pytest.fixture(scope="module")
def edition() -> Edition:
    return parse_edition(tutorial.final_text().encode(), tutorial.FILE)


def _live(url: str, edition: Edition, seed: int = 1) -> dict[str, Any]:
    return run_any(url, edition, YEAR, UNITS, seed, lambda *_: None)


def test_a_year_under_a_rulebook_that_is_not_ours_is_lived_whole_and_the_same_on_both_databases(
    new_url: NewUrl, edition: Edition
) -> None:
    """Every department is circulated, nothing is refused, the places are settled, and the replay finds no defect."""
    one, other = (_live(new_url(dialect), edition) for dialect in ("sqlite", "postgresql"))
    assert one == other
    assert one["replay"]["ok"], one["replay"]["defects"][:3]
    assert {row["stage"] for row in one["results"]} == {"circulation"}
    assert len({row["score"] for row in one["results"]}) > 1, "the entries vary"
    assert not one["refused"]
    facts = one["facts"]
    standings, kinds = edition.rulebook.standing, edition.rulebook.record
    assert facts.get("StandingSettled", 0) >= len(standings) > 0
    assert facts.get("RecordEntered", 0) + facts.get("CaseRecorded", 0) >= len(kinds) > 0
    assert facts["Scored"] > UNITS, "a score that rests on a place is made again"


@pytest.mark.parametrize("name", ["cloudladder-2031", "heronisle-2031"])
def test_the_two_invented_measures_are_lived_whole(dialect: str, new_url: NewUrl, name: str) -> None:
    """With members graded on a scale of their own, votes of several groups, a half-year check, a round of two years."""
    one = _live(new_url(dialect), load_edition(MEASURES / f"{name}.toml"))
    assert one["replay"]["ok"], one["replay"]["defects"][:3]
    assert (one["facts"]["ReviewAsked"], one["facts"]["ReviewDecided"]) == (1, 1)
    assert {row["stage"] for row in one["results"]} == {"circulation"}


def test_departments_that_are_only_scored_are_lived_whole(dialect: str, new_url: NewUrl) -> None:
    """They have no grade to approve. Their scores are fractions until they are rounded; an occasion opens before the year."""
    one = _live(new_url(dialect), millgarth.edition())
    assert one["replay"]["ok"], one["replay"]["defects"][:3]
    assert {(row["stage"], row["grade"]) for row in one["results"]} == {("circulation", None)}
    assert all(row["score"] for row in one["results"])


@pytest.mark.one_database  # What is refused does not depend on the database.
def test_nothing_is_approved_while_the_grade_of_a_member_is_open(
    new_url: NewUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DepartmentRound, "named_grades", lambda _self, _engine: [])
    with pytest.raises(YearStopped) as stopped:
        _live(new_url("sqlite"), millgarth.edition())
    assert "the grade of Deputy (班子成员 1)" in stopped.value.render("en")
    assert "which is still open" in stopped.value.render("en")


@pytest.mark.one_database  # The events are made without a database; that both have them is tested above.
def test_another_seed_gives_another_year(new_url: NewUrl, edition: Edition) -> None:
    assert _live(new_url("sqlite"), edition, 1)["digest"] != _live(new_url("sqlite"), edition, 2)["digest"]


@pytest.mark.one_database  # It is about the command line.
def test_the_command_prints_the_results_and_serves_no_pages_if_it_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(tutorial.FILE).write_text(tutorial.final_text(), "utf-8")
    done = CliRunner().invoke(app, ["demo", "--rulebook", tutorial.FILE, "--units", "2", "--lang", "en", "--no-serve"])
    assert done.exit_code == 0, done.output
    assert "Replay: no defect" in done.output
    assert "http://" not in done.output
    assert list((tmp_path / "demo-data").glob("year-*-2031-units-2-seed-2026.db"))
