"""Replays asked for on a page: one at a time, and one whose process died holds up no other."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import replay_jobs
from storage.database.database import Database
from storage.replay_jobs import SILENCE_LIMIT


def test_one_is_under_way_at_a_time_and_the_next_may_begin_when_it_has_finished(
    database: Database, now: datetime
) -> None:
    assert replay_jobs.begin(database, "audit-1", now, "", 6) == 1
    assert replay_jobs.begin(database, "audit-2", now, "", 6) is None
    replay_jobs.finish(database, 1, now, report="{}")
    assert replay_jobs.begin(database, "audit-2", now, "", 6) == 2
    assert [row.asked_by for row in replay_jobs.latest(database, 5)] == ["audit-2", "audit-1"]


def test_one_that_gives_no_sign_of_life_is_over(database: Database, now: datetime) -> None:
    replay_jobs.begin(database, "audit-1", now, "", 6)
    replay_jobs.record_progress(database, 1, 3, now + timedelta(seconds=30))
    later = now + SILENCE_LIMIT + timedelta(seconds=15)
    assert replay_jobs.begin(database, "audit-2", later, "", 6) is None
    assert replay_jobs.begin(database, "audit-2", later + timedelta(seconds=20), "", 6) == 2
    row = replay_jobs.find(database, 1)
    assert row is not None
    assert (row.read, row.finished_at) == (3, None)
