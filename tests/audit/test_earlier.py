"""Earlier results in a replay: a forged one is found, by one process and by the half that does not check its year."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.bundle import dossier as dossiers
from audit.bundle import verify
from audit.bundle.bundle import BundleReader
from audit.reader import DatabaseReader
from audit.replay import ReplayScope, replay, run_pass
from storage.database.database import Database
from tests.audit.copies import Body, Copy, find_defects
from tests.audit.test_dossiers import OURS, resealed
from tests.earlier import Rounds

Y1, Y2 = "assessment/2026/u-1", "assessment/2027/u-1"

pytestmark = (
    pytest.mark.one_database
)  # The copies are lists; that both databases read the same is tested with the engine.


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Two years of a department, the second with a half-year check, both approved."""
    path = str(tmp_path_factory.mktemp("earlier") / "l.db")
    Database.create(path).close()
    with Database.open(path) as database:
        made = Rounds(database)
        made.first_year()
        made.begin(2027, "u-1")
        made.half_year(2027, "u-1", lost="2")
        made.fill(Y2)
        made.score(Y2)
        made.approve(Y2)
        return Copy.of(DatabaseReader(database))


def inputs(body: Body) -> Body:
    made_of: Body = body["payload"]["inputs"]
    return made_of


FORGERIES: list[Callable[[Body], object]] = [
    lambda body: inputs(body)["earlier"].update(half="9"),
    lambda body: inputs(body)["earlier_grades"].update({"last-grade": "pass"}),
    lambda body: inputs(body)["earlier"].pop("m-before@u-1-h1"),
    lambda body: inputs(body)["earlier_sources"].clear(),
    lambda body: inputs(body)["earlier_sources"]["half"].update(version=1),
    lambda body: inputs(body)["earlier_sources"]["last-grade"].update(stream="assessment/2025/u-1"),
]


@pytest.mark.parametrize("number", range(len(FORGERIES)))
@pytest.mark.parametrize("quick", [False, True])
def test_a_forged_earlier_result_is_found_by_reading_it_again(ledger: Copy, number: int, *, quick: bool) -> None:
    entry = [row[0] for row in ledger.rows if row[3] == "Scored"][-1]
    assert find_defects(ledger, quick=quick) == []
    assert (entry, "score") in find_defects(ledger.forged(entry, FORGERIES[number]), quick=quick)


def halves(ledger: Copy, year: str) -> list[tuple[int | None, str]]:
    """What two passes find together: the second owns the streams of this year."""

    def owns(stream: str) -> bool:
        return year in stream

    first = run_pass(ledger, ReplayScope(owns=lambda stream: not owns(stream)))
    second = run_pass(ledger, ReplayScope(owns=owns, with_chain=False))
    assert (first.streams + second.streams) == run_pass(ledger, ReplayScope()).streams
    return sorted((one.number, one.code) for one in (*first.defects, *second.defects))


@pytest.mark.parametrize("year", ["/2026", "/2027"])
def test_two_halves_find_what_one_pass_finds(ledger: Copy, year: str) -> None:
    assert halves(ledger, year) == []
    scores = [row[0] for row in ledger.rows if row[3] == "Scored"]
    for entry, forge in ((scores[-1], FORGERIES[0]), (scores[-1], FORGERIES[1]), (scores[0], FORGERIES[3])):
        forged = ledger.forged(entry, forge)
        assert halves(forged, year) == sorted(find_defects(forged))
    moved = ledger.forged(ledger.first("Approved"), lambda body: body.update(kind="Circulated"))
    assert halves(moved, year) == sorted(find_defects(moved)), "a broken stream is unknown to both"


def test_a_dossier_takes_earlier_results_as_they_were_recorded_and_names_them(ledger: Copy, tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    dossiers.export_dossier(resealed(ledger), Y2, path, OURS)
    outcome = verify.check(str(path))
    assert outcome.defects == []
    said = [en for _, en in outcome.remarks if "earlier result" in en]
    assert [stream for stream in (Y1, f"{Y2}/midyear") for one in said if f" {stream}," in one] == [Y1, f"{Y2}/midyear"]
    with zipfile.ZipFile(path) as archive:
        assert replay(BundleReader(archive, excerpt=True), excerpt=True).defects == ()
