"""Bundles of every release, kept as they were: each later build must read them, find nothing wrong, and come to the same results.

`tests/golden/<release>.zip` is the demonstration's year with eight departments (`kaohe demo --units 8`, then `kaohe audit export`),
`<release>.json` what it came to. A bundle in there is never made again once its release is out.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from audit.bundle import verify
from audit.bundle.bundle import BundleReader
from audit.history import FoldedStreams
from audit.replay import replay
from audit.rules.rulebooks import compile_rulebooks
from states.assessment import Assessment
from states.stages.scoring import Scored

GOLDEN = Path(__file__).parents[1] / "golden"
RELEASES = sorted(GOLDEN.glob("*.zip"))


def results(path: Path) -> dict[str, Any]:
    """What the ledger in a bundle comes to: where each assessment stands, its score and grade, and the last digest."""
    with zipfile.ZipFile(path) as archive:
        reader = BundleReader(archive)
        usable, _ = compile_rulebooks(reader.rulebooks())
        moment = FoldedStreams(usable, lambda stream: stream.startswith("assessment/"))
        for row in reader.entries():
            moment.add_row(row)
    return {"last": row[5], **{stream: _result(state) for stream, state in sorted(moment.streams.items())}}


def _result(state: Any) -> Any:
    if not isinstance(state, Assessment):
        return state.version
    scored = state.fact(Scored)
    assert scored is not None
    result = scored.result
    return [state.stage, str(result.score), result.grade, list(result.limits), state.version]


def test_there_is_a_bundle_of_every_release() -> None:
    assert [path.stem for path in RELEASES] == ["0.1.0"]


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_a_bundle_of_an_earlier_release_is_whole_and_sealed_to_its_end(path: Path) -> None:
    outcome = verify.check(str(path))
    assert outcome.defects == []
    assert not any("unsealed" in en or "not sealed" in en for _, en in outcome.remarks)


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_every_step_of_an_earlier_release_is_still_allowed_and_scored_alike(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert replay(BundleReader(archive)).defects == ()
    assert results(path) == json.loads(path.with_suffix(".json").read_text("utf-8"))
