"""The rows that a transaction writes with an entry, beside the ledger.

They are the projection of the changed stream, due times for the clock, and the deletions of an account's secrets. Not
here: the content of a row (`storage/ledger/projection.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.deadlines import rectification, reminders
from states.records.account import Account
from states.records.lineage import all_successors
from states.records.record import RecordState
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.stages.decided_result import decided
from states.stream_kinds import State
from states.streams import ROSTER, Stream
from storage.ledger.chain import Entry
from storage.ledger.projection import assessment_row, record_row, routine_check_row
from storage.vault.account_secrets import deletion_writes

from .unit_of_work import UnitOfWork

# This is not the present time: if the machine's clock was ahead and is set back, that time would be in the future, and
# the assessment would wait.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""The due time of an assessment that the clock must check in its next round."""

# A case may have been recorded before the assessment was opened. A judgement may change a recorded result.
_KINDS_DUE_AT_ONCE = frozenset({"AssessmentOpened", "VetoRecorded", "VetoLifted"})
"""The kinds of fact after which the clock must check the assessment at once."""


def project(before: State, after: State, entry: Entry, compiled: CompiledRulebook, work: UnitOfWork) -> None:
    """Write all rows that follow from an entry. `before` and `after` are the states of its stream.

    An assessment, a record or a routine check gets its row. After a change of a record or of the roster, a settling of
    places, or a decision on a result that later ones read, the assessments that it may concern are due at once. After a
    change of an account, its secrets that ended are deleted. For other kinds of stream there is nothing to write.
    """
    transaction = work.transaction
    if isinstance(after, Assessment):
        due = AT_ONCE if entry.kind in _KINDS_DUE_AT_ONCE else reminders.next_due(after, compiled.rulebook)
        transaction.project("assessment", assessment_row(after, entry.number, due))
        assert isinstance(before, Assessment)
        if decided(before, compiled.rulebook) != decided(after, compiled.rulebook):
            _make_readers_due(after, work)
    elif isinstance(after, RecordState):
        assert isinstance(before, RecordState)
        transaction.project("record", record_row(after, entry.number))
        _make_due({*before.units, *after.units}, work)
    elif isinstance(after, Roster):
        assert isinstance(before, Roster)
        changed = {change.unit for change in {*before.reorganisations} ^ {*after.reorganisations}}
        _make_due(changed.union(*(all_successors(unit, before) for unit in changed)), work)
    elif isinstance(after, RoutineCheck):
        due = rectification.next_due(after, compiled.rulebook)
        transaction.project("routine_check", routine_check_row(after, entry.number, due))
    elif isinstance(after, Year):
        assert isinstance(before, Year)
        if after.standings is not before.standings:
            _make_due({*after.units}, work)
    elif isinstance(after, Account):
        assert isinstance(before, Account)
        for make, values in deletion_writes(before, after):
            transaction.write_beside(make, values)


def _make_readers_due(changed: Assessment, work: UnitOfWork) -> None:
    """Make the assessments due at once that may read this result, and now read another one or none."""
    roster = work.state(ROSTER)
    assert isinstance(roster, Roster)
    for stream in work.assessments_of({changed.unit, *all_successors(changed.unit, roster)}):
        year, is_same = Stream.parse(stream).year or 0, stream == changed.stream
        is_later = year > changed.year or (year == changed.year and changed.occasion is not None and not is_same)
        if is_later and work.rulebook(stream).earlier_values:
            work.transaction.set_due(stream, AT_ONCE)


def _make_due(units: set[str], work: UnitOfWork) -> None:
    """Make the assessments of these departments and their successors due at once: a record may now count differently."""
    roster = work.state(ROSTER)
    assert isinstance(roster, Roster)
    for stream in work.assessments_of(units.union(*(all_successors(unit, roster) for unit in units))):
        work.transaction.set_due(stream, AT_ONCE)
