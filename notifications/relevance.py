"""Finds out whether a queued notice should still be sent: its recipient or its matter may have changed since.

Not here: whether a newer notice replaces it (`replacement.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from states.assessment import Assessment
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.streams import kind_of
from states.vocabulary import Text
from storage.errors import StorageError
from storage.post.deliveries import Delivery

from .contacts import GROUP, Contact
from .notices import assessments, routine_checks, visits
from .notices.notice import Notice
from .outbox import UNREADABLE
from .post_states import PostStates
from .replacement import ASSESSMENT_UNREADABLE, MATTER_CHANGED, RECIPIENT_CHANGED


def reason_not_to_send(
    delivery: Delivery, notice: Notice, contacts: Mapping[str, Contact], states: PostStates
) -> Text | None:
    """The reason why a notice should not be sent any more; None if it should. `contacts`: by account.

    Raises `StorageError` if the database cannot be read.
    """
    if delivery.recipient != GROUP and not _is_recipient(delivery, notice, contacts, states):
        return RECIPIENT_CHANGED
    if notice.kind in visits.KINDS_WITH_CALENDAR:
        year = states.state(delivery.stream)
        return None if isinstance(year, Year) and visits.still_planned(notice, year) else MATTER_CHANGED
    if kind_of(delivery.stream) not in ("assessment", "routine_check"):
        return None
    try:
        applies = _still_applies(delivery, notice, states)
    except StorageError:
        raise
    except UNREADABLE:
        return ASSESSMENT_UNREADABLE
    return None if applies else MATTER_CHANGED


def _is_recipient(delivery: Delivery, notice: Notice, contacts: Mapping[str, Contact], states: PostStates) -> bool:
    """Whether the account of a delivery still receives the notice by its channel."""
    contact = contacts.get(delivery.recipient)
    return (
        contact is not None
        and (states.receives(contact, notice) or states.is_assigned(contact, notice))
        and contact.address(delivery.channel, notice) is not None
    )


def _still_applies(delivery: Delivery, notice: Notice, states: PostStates) -> bool:
    """Whether the notice still applies in the present state of its assessment or routine check."""
    state = states.state(delivery.stream)
    if isinstance(state, RoutineCheck):
        return routine_checks.still_applies(notice, state)
    assert isinstance(state, Assessment)
    return assessments.still_applies(notice, state, states.rulebook(delivery.stream))
