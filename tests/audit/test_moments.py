"""The ledger as it stood: every value with the entry that set it, at any moment, and what differs between two."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.history import BadPointInTime, FoldedStreams, point_filter, snapshot_at, value_changes
from audit.rules.rulebooks import compile_rulebooks
from states.assessment import Assessment
from storage.ledger import chain
from tests.audit.copies import Copy

ZONE = "Asia/Shanghai"


def everything(stream: str) -> bool:
    return True


def at(ledger: Copy, asked: str | None) -> FoldedStreams:
    usable, _ = compile_rulebooks(ledger.stored_rulebooks)
    return snapshot_at(ledger, usable, point_filter(asked, ZONE), everything)


def stage(moment: FoldedStreams, stream: str) -> str:
    state = moment.streams[stream]
    assert isinstance(state, Assessment)
    return state.stage


@pytest.fixture(scope="session")
def stream(ledger: Copy) -> str:
    """An assessment that went all the way."""
    return next(one[1] for one in reversed(ledger.rows) if one[3] == "Circulated")


def test_at_its_end_a_ledger_stands_as_its_projections_say(ledger: Copy) -> None:
    end = at(ledger, None)
    told = [values for table, values in ledger.projected if table == "assessment"]
    assert told
    for values in told:
        assert stage(end, values["stream"]) == values["stage"]


def test_each_value_names_the_entry_that_set_it(ledger: Copy, stream: str) -> None:
    """And not a later one that left it as it was."""
    end = at(ledger, None)
    for value in end.values[stream].values():
        assert value.by.stream == stream
    circulated = next(one for one in reversed(ledger.rows) if one[1] == stream and one[3] == "Circulated")
    assert end.values[stream]["stage"].by.number == circulated[0]
    opened = next(one for one in ledger.rows if one[1] == stream)
    assert end.values[stream]["unit"].by.number == opened[0]


def test_every_number_is_a_moment(ledger: Copy, stream: str) -> None:
    """As of an entry that entry has happened, and the one after it has not."""
    own = [one for one in ledger.rows if one[1] == stream]
    for row in own[:12]:
        state = at(ledger, str(row[0])).streams[stream]
        assert state.version == row[2]
        assert at(ledger, str(row[0] - 1)).streams.get(stream, state).version != row[2] or row[2] == 1


def test_a_date_is_taken_to_its_end_in_the_rulebooks_zone(ledger: Copy) -> None:
    row = ledger.rows[len(ledger.rows) // 2]
    recorded = chain.decode(row[4]).recorded_at
    local = recorded + timedelta(hours=8)
    within = point_filter(local.date().isoformat(), ZONE)
    assert within(row)
    assert not point_filter((local.date() - timedelta(days=1)).isoformat(), ZONE)(row)
    assert point_filter(recorded.isoformat(), ZONE)(row)
    assert not point_filter((recorded - timedelta(microseconds=1)).isoformat(), ZONE)(row)
    assert point_filter(local.replace(tzinfo=None).isoformat(), ZONE)(row)


@pytest.mark.parametrize("asked", ["yesterday", "2026-13-01", "2026-12", "", "-3"])
def test_what_is_no_moment_is_refused_with_the_forms_there_are(asked: str) -> None:
    with pytest.raises(BadPointInTime) as caught:
        point_filter(asked, ZONE)
    assert "2026-12-20T17:30" in caught.value.render("zh")


def test_between_a_moment_and_itself_nothing_differs(ledger: Copy) -> None:
    end = at(ledger, None)
    assert list(value_changes(end, end)) == []


def test_what_differs_is_what_the_entries_between_set(ledger: Copy, stream: str) -> None:
    own = [one for one in ledger.rows if one[1] == stream]
    before, after = own[4], own[8]
    found = [
        one for one in value_changes(at(ledger, str(before[0])), at(ledger, str(after[0]))) if one.stream == stream
    ]
    assert found
    assert all(before[0] < one.by.number <= after[0] for one in found)
    whole = at(ledger, str(after[0])).values[stream]
    assert all(whole[one.path].text == one.after for one in found if one.after is not None)


def test_a_value_that_was_taken_away_is_a_difference(ledger: Copy) -> None:
    """A step undone, a case rescinded: gone is not the same as never there."""
    undone = next(one for one in ledger.rows if one[3] == "StepUndone")
    found = list(value_changes(at(ledger, str(undone[0] - 1)), at(ledger, str(undone[0]))))
    gone = [one for one in found if one.after is None]
    assert gone
    assert {one.by.number for one in gone} == {undone[0]}


def test_an_entry_that_cannot_be_read_is_passed_over(ledger: Copy, stream: str) -> None:
    """The replay tells of it; here the rest is shown."""
    own = [one for one in ledger.rows if one[1] == stream]
    damaged = ledger.with_body(own[2][0], b"rubbish")
    assert stream in at(damaged, None).values
