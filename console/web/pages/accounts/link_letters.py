"""Sends one-time links by mail, one letter after the other, while the administrator waits.

A link is a secret and is not stored, so its letter is queued nowhere: it is sent now, or the link is on a slip. Nothing
of a letter is in a log. Not here: issuing links (`links.py`), and the text of the letter (`notifications`).
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

from console.web import credentials
from console.web.command_ids import new_id
from console.web.request.formatter import Formatter
from console.web.request.page_request import PageRequest
from notifications.channels.message import Channel, DeliveryFailure, Message, NotSent
from notifications.letter_text import LinkLetter, write_link_letter

from .accounts import public_url
from .slips import Slip

MOST_AT_ONCE = 60
"""The letters of one form, at most, if the mail server has no lower limit."""
SECONDS = 25.0
"""How long one form sends letters. A browser or a proxy before the console waits about a minute for a page."""


class LinkLetters:
    """The letters of one form. It stops when the server refuses, when the time is over, or at its limit."""

    def __init__(self, request: PageRequest, channel: Channel, languages: Mapping[str, str]) -> None:
        self._request, self._channel, self._languages = request, channel, languages
        self._left = min(MOST_AT_ONCE, channel.per_minute or MOST_AT_ONCE)
        self._ends_at = monotonic() + SECONDS

    @property
    def has_room(self) -> bool:
        """Whether one more letter may be sent."""
        return self._left > 0 and monotonic() < self._ends_at

    def send(self, slip: Slip, address: str) -> DeliveryFailure | None:
        """Send one letter. Returns the failure; None if the server accepted the letter."""
        request, self._left = self._request, self._left - 1
        language = "en" if self._languages.get(slip.account) == "en" else "zh"
        letter = LinkLetter(
            name=slip.name,
            account=slip.account,
            staff_number=slip.staff_number,
            url=slip.url,
            until=Formatter(language, request.rulebook).moment(slip.until),
            sign_in=public_url(request, "/sign-in"),
            rule=credentials.PASSWORD_RULE.render(language),
            contact=request.app.settings.contact,
        )
        text = write_link_letter(letter, language)
        try:
            self._channel.send(Message(id=new_id("link"), to=address, subject=text.subject, body=text.body))
        except DeliveryFailure as failure:
            if not (isinstance(failure, NotSent) and failure.permanent):
                self._left = 0  # The server does not answer, so the next letter would fail too.
            return failure
        return None
