"""The committee is told that the places of a year were settled."""

from __future__ import annotations

import pytest

from notifications.outbox import notices_of_row
from notifications.post_states import PostStates
from states.year.standings import Settle
from storage.database.database import Database
from tests.college import College, moment
from tests.quota import GROUP, report_and_score, with_quota


@pytest.fixture
def made(database: Database) -> College:
    college = College(database, moment(11, 2), edition=with_quota())
    college.open(("u-1", "u-2"))
    for unit, total in (("u-1", "95"), ("u-2", "93")):
        report_and_score(college, unit, total)
    college.engine.submit("year/2026", Settle(standing="order"), GROUP, "settle")
    return college


def test_the_committee_is_told_that_the_places_are_settled(made: College) -> None:
    *_, row = made.ledger.rows()
    (notice,) = notices_of_row(row, PostStates(made.ledger))
    assert (notice.kind, notice.to, notice.unit) == ("places_settled", "committee", "")
