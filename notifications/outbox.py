"""The ledger as the outbox: the notices of an entry, and entries whose notices are in no inbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from states.accounts.account import AccountFact
from states.assessment import Assessment
from states.records.account import Account
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.routine_check import RoutineCheckFact
from states.streams import kind_of
from states.user_errors import UserError
from storage.errors import StorageError
from storage.ledger.chain import StoredEntry, decode
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from storage.post import deliveries

from .notices import routine_checks, visits
from .notices.accounts import account_notice
from .notices.assessments import assessment_notices
from .notices.notice import Notice
from .post_states import PostStates

INBOX = "inbox"
"""The channel that always exists: every notice by role, on the pages."""

SPAN = 10_000
"""Entries that are checked for missing notices: some years of a college."""

UNREADABLE = (UserError, ValueError, LookupError, ArithmeticError, AttributeError, TypeError)
"""What a damaged entry, or an edition that is gone, may raise when it is folded or put into words."""

ReportUnreadable = Callable[[int, str], None]
"""Takes the number of an entry that cannot be read, and the kind of error."""


def notices_of_row(
    row: StoredEntry, states: PostStates, wrong: ReportUnreadable = lambda _number, _kind: None
) -> list[Notice]:
    """The notices of one entry, in order. For an entry that cannot be read there is one to the office, and the post goes on."""
    if kind_of(row[1]) not in ("assessment", "routine_check", "account", "year"):
        return []
    try:
        return _notices(row, states)
    except StorageError:
        raise
    except UNREADABLE as error:
        wrong(row[0], type(error).__name__)
        return [Notice("unreadable", "office", "", {"number": row[0]})]


def inbox_of(notice: Notice) -> str:
    """The inbox a notice belongs to: a role's, one department's, or one account's."""
    if notice.account is not None:
        return notice.account
    return f"unit:{notice.unit}" if notice.to == "unit" else notice.to


def entries_without_notice(ledger: Ledger, span: int = SPAN) -> list[int]:
    """The entries of which a notice lies in no inbox though the post's cursor is past them, of the last `span` it read.

    The rows were deleted, or the cursor was set forward: this program writes both in one transaction. What became of a mail
    or of a robot's message cannot be asked so: whether there was to be one depends on the contacts and settings of that day.
    """
    upto = deliveries.cursor(ledger.database)  # before the rows: they are written with it
    after = max(0, upto - span)
    there, states = deliveries.keys(ledger.database, INBOX, after, upto), PostStates(ledger)
    return [number for number, wanted in _wanted(ledger, states, after, upto) if not wanted <= there]


def _wanted(
    ledger: Ledger, states: PostStates, after: int, upto: int
) -> Iterator[tuple[int, set[deliveries.DeliveryKey]]]:
    """The rows of the inbox that each entry should have."""
    for row in ledger.rows(after):
        if row[0] > upto:
            return
        yield row[0], {(row[0], item, inbox_of(notice)) for item, notice in enumerate(notices_of_row(row, states))}


def _notices(row: StoredEntry, states: PostStates) -> list[Notice]:
    entry = decode(row[4])
    fact = fact_of(entry)
    if isinstance(fact, AccountFact) and not fact.notifies_holder:
        return []
    state = states.after(entry)
    if isinstance(state, RoutineCheck):
        assert isinstance(fact, RoutineCheckFact)
        return list(routine_checks.routine_check_notices(fact, state, states.rulebook(entry.stream)))
    if isinstance(state, Account):
        told = account_notice(fact, entry, states.rulebook(entry.stream))
        return [] if told is None else [told]
    if isinstance(state, Year):
        return list(visits.visit_notices(fact, entry, state, states.rulebook(entry.stream)))
    assert isinstance(state, Assessment)
    return list(assessment_notices(fact, state, states.rulebook(entry.stream)))
