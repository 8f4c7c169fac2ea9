"""The ledger as the outbox: the notices of an entry, the inbox of a notice, and the notices missing from the inboxes.

Only the streams of assessments, routine checks, accounts and years have notices. Not here: who receives a notice by
another channel (`post.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from states.accounts.account import AccountFact
from states.assessment import Assessment
from states.cases.routine_check import RoutineCheckFact
from states.records.account import Account
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.streams import kind_of
from states.user_errors import UserError
from storage.errors import StorageError
from storage.ledger.chain import StoredEntry, decode
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from storage.post import deliveries

from .notices import routine_checks, visits
from .notices.accounts import account_notices
from .notices.assessments import assessment_notices
from .notices.notice import Notice
from .notices.standings import standing_notices
from .post_states import PostStates

INBOX = "inbox"
"""The channel that always exists: the inboxes on the pages, one for each role, department and account."""

SPAN = 10_000
"""The number of entries that are checked for missing notices: a few years of a college."""

UNREADABLE = (UserError, ValueError, LookupError, ArithmeticError, TypeError)
"""The errors of folding or describing a damaged entry, or an entry whose edition is missing."""

ReportUnreadable = Callable[[int, str], None]
"""A function that takes the number of an entry that cannot be read, and the name of the error's class."""


def notices_of_row(
    row: StoredEntry, states: PostStates, report_unreadable: ReportUnreadable = lambda _number, _kind: None
) -> list[Notice]:
    """The notices of one entry, in order.

    For an entry that cannot be read it is one notice to the office, so that the post can go on. Raises `StorageError`
    if the database cannot be read.
    """
    number, stream, *_ = row
    if kind_of(stream) not in ("assessment", "routine_check", "account", "year"):
        return []
    try:
        return _notices(row, states)
    except StorageError:
        raise
    except UNREADABLE as error:
        report_unreadable(number, type(error).__name__)
        return [Notice("unreadable", "office", "", {"number": number})]


def inbox_of(notice: Notice) -> str:
    """The inbox of a notice: that of a role, of one department, of one account, or of one member of a team."""
    if notice.account is not None:
        return notice.account
    if notice.person is not None:
        return f"person:{notice.person}"
    return f"unit:{notice.unit}" if notice.to == "unit" else notice.to


def entries_without_notice(ledger: Ledger, span: int = SPAN) -> list[int]:
    """The entries with a notice that is missing from its inbox, among the last `span` entries that the post has read.

    The rows and the post's cursor are written in one transaction. So if a row is missing, it was deleted, or the cursor
    was set forward. Mails and robots' messages cannot be checked in this way, because they depend on the contacts and
    settings of that day.
    """
    last = deliveries.cursor(ledger.database)  # Read before the rows, which are written together with it.
    after = max(0, last - span)
    stored, states = deliveries.keys(ledger.database, INBOX, after, last), PostStates(ledger)
    return [number for number, keys in _expected_keys(ledger, states, after, last) if not keys <= stored]


def _expected_keys(
    ledger: Ledger, states: PostStates, after: int, last: int
) -> Iterator[tuple[int, set[deliveries.DeliveryKey]]]:
    """The keys of the inbox rows that each entry should have."""
    for row in ledger.rows(after):
        number = row[0]
        if number > last:
            return
        yield number, {(number, item, inbox_of(notice)) for item, notice in enumerate(notices_of_row(row, states))}


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
        return list(account_notices(fact, entry, states.rulebook(entry.stream)))
    if isinstance(state, Year):
        rulebook = states.rulebook(entry.stream)
        return [*visits.visit_notices(fact, entry, state, rulebook), *standing_notices(fact, state, rulebook)]
    assert isinstance(state, Assessment)
    return list(assessment_notices(fact, state, states.rulebook(entry.stream)))
