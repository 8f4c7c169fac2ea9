"""Writes the message of the notices that a recipient gets together: names in place of ids, text, attachments.

Not here: which notices are sent together (`post.py`), and the sentences (`letter_text.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from storage.database.database import Database
from storage.post.deliveries import Delivery
from storage.sign_in.accounts import AccountNames

from .channels.message import Message
from .contacts import GROUP, Contact
from .letter_text import write_group_message, write_letter
from .notices import visits
from .notices.notice import Notice, with_account_names, with_department_title
from .post_settings import PostSettings
from .post_states import PostStates

ClaimedNotice = tuple[Delivery, Notice]
"""A delivery that is claimed, with its notice."""


class MessageWriter:
    """Writes the messages of one post, with the names of departments and people as they are now."""

    def __init__(self, database: Database, states: PostStates, settings: PostSettings) -> None:
        self._states, self._settings = states, settings
        self._account_names = AccountNames(database)

    def write(self, current: Sequence[ClaimedNotice], contacts: Mapping[str, Contact], now: datetime) -> Message:
        """The message of these notices. All their deliveries have the same recipient, channel and message id.

        Raises `jinja2.TemplateError` or one of `outbox.UNREADABLE` if a notice or its names cannot be used.
        """
        letterhead, first = self._settings.letterhead, current[0][0]
        id_ = first.message or ""
        if first.recipient == GROUP:
            text = write_group_message([notice for _, notice in current], "zh", letterhead.console)
            return Message(id=id_, to="", subject=text.subject, body=text.body)
        contact = contacts[first.recipient]
        to = next(filter(None, (contact.address(first.channel, notice) for _, notice in current)), "")
        titles = self._states.titles()
        roster_order = {unit: index for index, unit in enumerate(titles)}
        account_names = self._account_names.names(contact.language)
        notices = [self._with_names(delivery, notice, account_names) for delivery, notice in current]
        notices.sort(key=lambda notice: roster_order.get(notice.unit, -1))
        today, own_unit = self._settings.hours.civil_date(now), titles.get(contact.unit or "", "")
        text = write_letter(notices, contact.language, today, letterhead, own_unit)
        attachments = visits.attachments(notices, contact.language, letterhead.console)
        return Message(id=id_, to=to, subject=text.subject, body=text.body, attachments=attachments)

    def _with_names(self, delivery: Delivery, notice: Notice, account_names: Mapping[str, str]) -> Notice:
        """A copy of the notice with names in place of ids: of departments, and of the accounts of those who act.

        A letter never names the person whom a notice is about (`with_person_name`). A notice of a circulation also gets
        the seal over its entry.
        """
        year = notice.values.get("year")
        title = self._states.roster().title(notice.unit, year if isinstance(year, int) else None)
        titled = with_department_title(notice, title) if notice.unit else notice
        named = with_account_names(titled, self._states.titles(), account_names)
        if notice.kind == "circulated" and (seal := self._settings.seal_over(delivery.number)):
            return replace(named, values={**named.values, "seal": seal})
        return named
